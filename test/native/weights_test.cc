// The weights file is read back as written, and refused in one line when anything is wrong with it.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>

#include "check.hh"
#include "pipeline.hh"

namespace {

using Bytes = std::vector<std::uint8_t>;

/// A file that is removed again.
class Temporary {
 public:
  explicit Temporary(const Bytes& bytes) {
    close(mkstemp(path_.data()));
    std::ofstream file(path_, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  ~Temporary() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/fr-weights-test-XXXXXX";
};

Bytes sample() { return fr::format_weights({{"first", {1, 2, 3}}, {"second", Bytes(1000, 7)}}); }

TEST("sections are read back as written") {
  const Temporary file(sample());
  const fr::Weights weights(file.path());
  const fr::Section first = weights.section("first");
  CHECK_EQ(first.size, std::size_t{3});
  CHECK(first.data[0] == 1 && first.data[2] == 3);
  CHECK_EQ(weights.section("second").size, std::size_t{1000});
  CHECK(reinterpret_cast<std::uintptr_t>(weights.section("second").data) % 64 == 0);
  CHECK_THROWS(std::runtime_error, "no section third", weights.section("third"));
}

TEST("a missing, empty, short or foreign file is refused, and named") {
  CHECK_THROWS(std::runtime_error, "/nowhere/weights cannot be opened", fr::Weights("/nowhere/weights"));
  CHECK_THROWS(std::runtime_error, "too short", fr::Weights(Temporary({}).path()));
  CHECK_THROWS(std::runtime_error, "is not a weights file", fr::Weights(Temporary(Bytes(100, 1)).path()));
  const Bytes whole = sample();
  CHECK_THROWS(std::runtime_error, "cut short", fr::Weights(Temporary(Bytes(whole.begin(), whole.end() - 64)).path()));
  Bytes newer = whole;
  newer[8] = 9;
  CHECK_THROWS(std::runtime_error, "format 9", fr::Weights(Temporary(newer).path()));
  Bytes older = whole;
  older[8] = 1;
  CHECK_THROWS(std::runtime_error, "format 1: run the build again", fr::Weights(Temporary(older).path()));
}

TEST("a change of any byte is found") {
  const Bytes whole = sample();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    if (at >= 32 && at < 64) continue;  // the head's unused bytes
    Bytes damaged = whole;
    damaged[at] ^= 0x10;
    CHECK_THROWS(std::runtime_error, "", fr::Weights(Temporary(damaged).path()));
  }
}

TEST("a pipeline refuses sections of the wrong size or with indices that point nowhere") {
  const Bytes none;
  CHECK_THROWS(std::runtime_error, "", fr::Pipeline(Temporary(sample()).path()));
  const Temporary small(fr::format_weights({{"network", Bytes(64)}, {"landmarks", Bytes(64)}, {"detector", Bytes(64)}, {"cnn", Bytes(64)}, {"blaze", Bytes(64)}, {"mesh", Bytes(64)}}));
  const fr::Weights weights(small.path());
  CHECK_THROWS(std::runtime_error, "BlazeFace", fr::BlazeNet(weights, fr::Isa::portable));
  CHECK_THROWS(std::runtime_error, "face mesh", fr::MeshNet(weights, fr::Isa::portable));
  CHECK_THROWS(std::runtime_error, "CNN detector", fr::CnnDetector(weights, fr::Isa::portable));
  CHECK_THROWS(std::runtime_error, "network", fr::FaceNet(weights, fr::Isa::portable));
  CHECK_THROWS(std::runtime_error, "landmarks", fr::LandmarkPredictor{weights});
  fr::LandmarkForest forest;
  forest.mean_shape.resize(fr::kShapeFloats);
  forest.stages.push_back({{{0, 0, 0}}, {fr::LandmarkTree{}}});
  const Temporary sound(fr::format_weights({{"landmarks", fr::format_landmarks(forest)}}));
  fr::LandmarkPredictor{fr::Weights(sound.path())};
  forest.stages[0].trees[0].splits[3].second = 1;  // there is one probe, number 0
  const Temporary stray(fr::format_weights({{"landmarks", fr::format_landmarks(forest)}}));
  CHECK_THROWS(std::runtime_error, "point nowhere", fr::LandmarkPredictor{fr::Weights(stray.path())});
}

}  // namespace

int main() { return check::run_tests(); }
