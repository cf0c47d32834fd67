// The reader of TensorFlow Lite files: reads BlazeFace's file, and stays inside a damaged one.
#include "build_model/tflite.hh"

#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

#include "build_model/half.hh"
#include "check.hh"
#include "photos.hh"

namespace {

using Bytes = std::vector<std::uint8_t>;

const Bytes& file() {
  static const Bytes bytes = [] {
    std::ifstream in(photos::environment("FR_BLAZEFACE"), std::ios::binary);
    return Bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }();
  return bytes;
}

// True if the bytes are read, false if they are refused. Anything else ends the test.
bool is_read(const Bytes& bytes) {
  try {
    (void)fr::tflite_convolutions(bytes);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

TEST("halves widened to floats become the same halves again") {
  for (std::uint32_t half = 0; half < 0x10000; ++half) {
    if ((half & 0x7c00) == 0x7c00) continue;  // not finite
    CHECK_EQ(fr::to_half(fr::from_half(static_cast<std::uint16_t>(half))), half);
  }
  CHECK_EQ(fr::from_half(0x3c00), 1.0F);
  CHECK_EQ(fr::from_half(0xc100), -2.5F);
  CHECK_EQ(fr::from_half(0x0001), 0x1p-24F);
}

TEST("BlazeFace's file has its 37 convolutions, in the order they run") {
  const auto layers = fr::tflite_convolutions(file());
  CHECK_EQ(layers.size(), 37U);
  CHECK(!layers[0].depthwise && layers[0].outputs == 24 && layers[0].rows == 5 && layers[0].inputs == 3);
  CHECK(layers[1].depthwise && layers[1].rows == 3 && layers[1].inputs == 24);
  CHECK_EQ(layers[36].outputs, 96);
  for (const fr::TfliteConvolution& layer : layers) {
    CHECK_EQ(layer.weights.size(), static_cast<std::size_t>(layer.outputs * layer.rows * layer.columns * layer.inputs));
    CHECK_EQ(layer.biases.size(), static_cast<std::size_t>(layer.depthwise ? layer.inputs : layer.outputs));
  }
}

TEST("the PReLU after a convolution of the face mesh is found, also if a sum is between them") {
  std::ifstream in(photos::environment("FR_FACE_MESH"), std::ios::binary);
  const Bytes packed{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const auto layers = fr::tflite_convolutions({packed.begin() + 2'495'952, packed.begin() + 3'737'848});
  CHECK_EQ(layers.size(), 45U);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const bool has_slopes = !layers[i].depthwise && i < 43;  // the last two give the score and the points
    CHECK_EQ(layers[i].slopes.size(), has_slopes ? layers[i].biases.size() : 0);
  }
}

TEST("a file that is cut short, or of another kind, is refused") {
  CHECK(is_read(file()));
  CHECK(!is_read({}));
  CHECK(!is_read(Bytes(4096)));
  for (std::size_t size = 8; size < file().size(); size += 977) {
    CHECK(!is_read(Bytes(file().begin(), file().begin() + static_cast<std::ptrdiff_t>(size))));
  }
}

// Most of the file is weights. The damage here also hits offsets, sizes and indices.
TEST("a damaged file is either refused or read") {
  std::mt19937 random(1);
  int refused = 0;
  for (int i = 0; i < 1500; ++i) {
    Bytes damaged = file();
    for (int k = 0; k < 40; ++k) damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
    for (int k = 0; k < 2; ++k) damaged[random() % 64] = static_cast<std::uint8_t>(random());
    if (!is_read(damaged)) ++refused;
  }
  CHECK(refused > 500);
}

}  // namespace

int main() { return check::run_tests(); }
