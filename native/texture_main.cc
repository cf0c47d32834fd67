// For tools/lab/coach-fit.ts: paths on standard input -> the texture of the face nearest each picture's centre, a line each;
// an empty line where no face is found.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "align/chip.hh"
#include "align/signs.hh"
#include "image/image.hh"
#include "pipeline.hh"

namespace {

void print_texture(const fr::Pipeline& pipeline, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<std::uint8_t> bytes(std::istreambuf_iterator<char>(file), {});
  const fr::ImageLimits limits;
  const fr::Image image = fr::decode_image(bytes.data(), bytes.size(), limits);
  fr::Budget budget;
  const std::vector<fr::Detection> faces = pipeline.detect(image, fr::Search::usual, budget);
  const auto away = [&](const fr::Detection& face) {
    return std::hypot(static_cast<double>(face.box.left + face.box.right - image.width),
                      static_cast<double>(face.box.top + face.box.bottom - image.height));
  };
  const auto nearest =
      std::min_element(faces.begin(), faces.end(), [&](const auto& a, const auto& b) { return away(a) < away(b); });
  if (nearest == faces.end()) return;
  for (const float value : fr::texture_of(fr::cut_chip(image, fr::align(nearest->landmarks)))) {
    std::cout << value << ' ';
  }
}

}  // namespace

int main(int, char** argv) try {
  const fr::Pipeline pipeline(argv[1]);
  for (std::string path; std::getline(std::cin, path); std::cout << std::endl) print_texture(pipeline, path);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "fr-texture: " << error.what() << '\n';
  return 1;
}
