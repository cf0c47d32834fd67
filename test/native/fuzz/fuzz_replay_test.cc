// No input that the fuzzers kept, and no drawn picture, crashes a target. Run as `fuzz_replay_test FOLDER`.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "check.hh"
#include "fuzz/fuzz_targets.hh"
#include "pictures/pictures.hh"

namespace {

std::filesystem::path folder;

TEST("every input that the fuzzers kept is answered or refused") {
  for (const fuzz::Target& target : fuzz::targets()) {
    int inputs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / target.name)) {
      std::ifstream file(entry.path(), std::ios::binary);
      const pictures::File bytes{std::istreambuf_iterator<char>(file), {}};
      target.run(bytes.data(), bytes.size());
      ++inputs;
    }
    CHECK(inputs > 0);
  }
}

TEST("every drawn picture is decoded or refused by every target") {
  for (const auto& [name, file] : pictures::samples()) {
    for (const fuzz::Target& target : fuzz::targets()) target.run(file.data(), file.size());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  folder = argv[1];
  return check::run_tests();
}
