// Ours as a peer of the benchmark: the sidecar's own parts, called as its worker calls them. FR_WEIGHTS_FILE names the weights.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "detect/hog.hh"
#include "image/gray.hh"
#include "peer.hh"
#include "pipeline.hh"

namespace {

std::vector<std::uint8_t> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fr::Chip> some_chips(std::size_t count) {
  std::vector<fr::Chip> chips(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t at = 0; at < chips[i].rgb.size(); ++at) chips[i].rgb[at] = bench::chip_byte(i, at);
  }
  return chips;
}

double describe(const fr::Pipeline& pipeline, const std::string& path, bool probe) {
  fr::Request request;
  request.probe = probe;
  const std::string csv = pipeline.describe(read_file(path), {}, request);
  return static_cast<double>(std::count(csv.begin(), csv.end(), '\n') - 1);
}

}  // namespace

int main(int argc, char** argv) {
  const fr::Pipeline pipeline(std::getenv("FR_WEIGHTS_FILE"));
  bench::Tasks tasks;
  tasks["embed"] = [&](const std::string& count) {
    return [&pipeline, chips = some_chips(std::stoul(count))] { return static_cast<double>(pipeline.embed(chips)[0][0]); };
  };
  tasks["detect"] = [&](const std::string& path) {
    const std::vector<std::uint8_t> bytes = read_file(path);
    return [&pipeline, image = fr::decode_image(bytes.data(), bytes.size(), {})] {
      return static_cast<double>(pipeline.detect(image, fr::Search::usual).size());
    };
  };
  const fr::Weights weights(std::getenv("FR_WEIGHTS_FILE"));
  const fr::Section filters = weights.section("detector");
  const fr::HogDetector hog(fr::view_hog_filters(filters.data, filters.size), fr::chosen_isa());
  tasks["hog"] = [&](const std::string& path) {
    const std::vector<std::uint8_t> bytes = read_file(path);
    return [&hog, gray = fr::to_gray(fr::decode_image(bytes.data(), bytes.size(), {}), fr::chosen_isa())] {
      return static_cast<double>(hog.detect(gray.pixels.data(), gray.width, gray.height).size());
    };
  };
  tasks["picture"] = [&](const std::string& path) { return [&pipeline, path] { return describe(pipeline, path, false); }; };
  tasks["looks"] = [&](const std::string& path) { return [&pipeline, path] { return describe(pipeline, path, true); }; };
  return bench::serve(tasks, argc, argv);
}
