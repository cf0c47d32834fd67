// Writes the fuzzers' first inputs, made by the tests' encoders. Run as `fuzz_seeds FOLDER`; each target gets a folder in it.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "align/landmarks.hh"
#include "weights.hh"
#include "pictures/pictures.hh"

namespace {

using pictures::operator+;

// The two bytes that the target `pipeline` reads first.
pictures::File question(int asked, int kind) {
  return {static_cast<std::uint8_t>(asked), static_cast<std::uint8_t>(kind)};
}

void write(const std::filesystem::path& folder, int number, const pictures::File& file) {
  std::filesystem::create_directories(folder);
  std::ofstream out(folder / ("seed-" + std::to_string(number)), std::ios::binary);
  out.write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
}

fr::LandmarkForest small_forest() {
  fr::LandmarkForest forest;
  forest.mean_shape.assign(fr::kShapeFloats, .5F);
  forest.stages.resize(1);
  forest.stages[0].probes.resize(2);
  forest.stages[0].trees.resize(1);
  return forest;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  const std::filesystem::path folder = argv[1];
  int number = 0;
  for (const auto& [name, file] : pictures::samples()) {
    const char* target = name == "JPEG" ? "jpeg" : name == "PNG" ? "png" : name == "WebP" ? "webp" : "gif";
    write(folder / target, number, file);
    if (name == "PNG") write(folder / "png_repaired", number, file);
    for (const int asked : {0, 1, 2, 4}) write(folder / "pipeline", number++, question(asked, 0) + file);
    write(folder / "worker", number, pictures::bytes(std::to_string(file.size()) + " --probe\n") + file);
    write(folder / "sniff", number++, file);
  }
  for (const int asked : {0, 1, 2, 4, 65}) {
    write(folder / "pipeline", number++, question(asked, 255) + pictures::File(40, 128));
    write(folder / "pipeline", number++, question(asked, 40) + pictures::File(1600, 90));
  }
  write(folder / "worker", number++, pictures::bytes("1200 --pixels 20x20 --probe\n") + pictures::File(1200, 90));
  for (const char* text : {"0\n", "4 --face 2 --augment --thorough\nGIF8", "70000\n", "3 --nonsense\nabc", "3 --pixels 1x1\nabc", "9"}) {
    write(folder / "worker", number++, pictures::bytes(text));
  }
  for (int orientation = 1; orientation <= 8; ++orientation) {
    write(folder / "exif", number++, pictures::exif(orientation, orientation % 2 == 0));
    write(folder / "exif", number++, pictures::prefixed_exif(orientation, orientation % 2 == 1));
  }
  write(folder / "weights", number++, fr::format_weights({{"landmarks", fr::format_landmarks(small_forest())}, {"detector", pictures::File(200)}}));
  return 0;
}
