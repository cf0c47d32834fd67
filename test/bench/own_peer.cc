// Ours as a peer of the benchmark: the sidecar's own parts, called as its worker calls them. FR_MODEL names the model.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "peer.hh"
#include "pipeline.hh"

namespace {

std::vector<std::uint8_t> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  fr::Engine engine(std::getenv("FR_MODEL"));
  bench::Peer peer;
  peer.embed = [&](int count) {
    std::vector<fr::Chip> chips(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      std::vector<std::uint8_t>& rgb = chips[static_cast<std::size_t>(i)].rgb;
      for (std::size_t at = 0; at < rgb.size(); ++at) rgb[at] = bench::chip_byte(i, at);
    }
    return static_cast<double>(engine.embed(chips)[0][0]);
  };
  peer.detect = [&](const std::string& path) {
    const std::vector<std::uint8_t> bytes = read_file(path);
    return [&engine, image = fr::decode_image(bytes.data(), bytes.size(), {})] {
      return static_cast<double>(engine.detect(image, false).size());
    };
  };
  peer.picture = [&](const std::string& path) {
    const std::string csv = fr::describe_faces(engine, read_file(path), {}, {});
    return static_cast<double>(std::count(csv.begin(), csv.end(), '\n') - 1);
  };
  return bench::serve(peer, argc, argv);
}
