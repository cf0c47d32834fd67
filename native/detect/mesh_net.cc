// Computes the face mesh's network.
#include "detect/mesh_net.hh"

#include <algorithm>
#include <stdexcept>

namespace fr {
namespace {

constexpr int kColours = 3;
constexpr int kStemRow = (kMeshSide + 1) * kColours;  // TensorFlow's "same" padding of a 3x3 filter at stride 2: one pixel after
constexpr BlazeBlockShape kNarrowBlock{kMeshNarrow, kMeshNarrow, 1};

int stem_floats() { return (kMeshStemTaps * kMeshStemTaps * kColours + 2) * kMeshStem; }
int narrow_floats() { return (mesh_blocks().back().outputs + 2) * kMeshNarrow; }
int end_floats() { return (kMeshEnd * kMeshEnd * kMeshNarrow + 1) * kMeshAnswers; }

// Pixels as 0 to 1, row by row with a zero after each and a row of zeros below.
void read_pixels(const Image& image, BlazeBuffer& input) {
  constexpr int kSpare = 2 * kColours * kBlazeMostAtOnce;
  input.make_room((kMeshSide + 1) * kStemRow + kSpare);
  std::fill_n(input.data(), (kMeshSide + 1) * kStemRow + kSpare, 0.0F);
  const std::uint8_t* in = image.rgb.data();
  for (int y = 0; y < kMeshSide; ++y) {
    float* out = input.data() + y * kStemRow;
    for (int i = 0; i < kMeshSide * kColours; ++i) *out++ = static_cast<float>(*in++) / 255.0F;
  }
}

MeshAnswer read_end(const float* weights, const BlazeMap& map) {
  std::array<float, kMeshAnswers> sums;
  std::copy_n(weights + end_floats() - kMeshAnswers, kMeshAnswers, sums.begin());
  for (int y = 0; y < kMeshEnd; ++y) {
    const float* in = map.at(0, y);
    for (int i = 0; i < kMeshEnd * kMeshNarrow; ++i) {
      for (float& sum : sums) sum += in[i] * *weights++;
    }
  }
  return {sums[0], sums[1], sums[2], sums[3]};
}

}  // namespace

const std::vector<BlazeBlockShape>& mesh_blocks() {
  static const std::vector<BlazeBlockShape> blocks{
      {32, 32, 1},   {32, 32, 1},   {32, 32, 2},   {32, 32, 1},   {32, 32, 1},   {32, 64, 2},
      {64, 64, 1},   {64, 64, 1},   {64, 128, 2},  {128, 128, 1}, {128, 128, 1}, {128, 128, 2},
      {128, 128, 1}, {128, 128, 1}, {128, 128, 2}, {128, 128, 1}, {128, 128, 1}};
  return blocks;
}

std::size_t mesh_floats() {
  int floats = stem_floats() + narrow_floats() + block_floats(kNarrowBlock) + kMeshNarrow + end_floats();
  for (const BlazeBlockShape& shape : mesh_blocks()) floats += block_floats(shape) + shape.outputs;
  return static_cast<std::size_t>(floats);
}

MeshNet::MeshNet(const Weights& weights, Isa isa) : kernels_(kernels_for(isa).blaze) {
  const Section section = weights.section("mesh");
  if (section.size != mesh_floats() * sizeof(float)) {
    throw std::runtime_error("the weights file's face mesh has another size: run the build again");
  }
  weights_ = reinterpret_cast<const float*>(section.data);
}

const float* MeshNet::run_stem(const Image& image, BlazeRoom& room) const {
  read_pixels(image, room.input);
  BlazeMap& map = room.maps[0];
  map.resize(kMeshSide / 2, kMeshSide / 2, kMeshStem);
  const float* slopes = weights_ + stem_floats() - kMeshStem;
  for (int y = 0; y < map.height(); ++y) {
    const float* in[kMeshStemTaps];
    for (int r = 0; r < kMeshStemTaps; ++r) in[r] = room.input.data() + (2 * y + r) * kStemRow;
    kernels_.convolve({in, kMeshStemTaps, kMeshStemTaps * kColours, 2 * kColours, weights_, slopes - kMeshStem, nullptr, 0, 0,
                       map.at(0, y), kMeshStem, kMeshStem, map.width(), false});
  }
  apply_slopes(slopes, map);
  map.clear_border();
  return weights_ + stem_floats();
}

const float* MeshNet::run_narrow(const float* weights, const BlazeMap& in, BlazeMap& out) const {
  out.resize(in.width(), in.height(), kMeshNarrow);
  const float* bias = weights + in.step() * kMeshNarrow;
  const float* from = in.at(0, 0);
  kernels_.convolve({&from, 1, in.step(), in.step(), weights, bias, nullptr, 0, 0, out.at(0, 0), kMeshNarrow, kMeshNarrow,
                     in.height() * in.row_pixels() - 1, false});
  apply_slopes(bias + kMeshNarrow, out);
  out.clear_border();
  return weights + narrow_floats();
}

MeshAnswer MeshNet::look(const Image& image, BlazeRoom& room) const {
  const float* weights = run_stem(image, room);
  int ran = 0;
  const auto run = [&](const BlazeBlockShape& shape) {
    const float* slopes = weights + block_floats(shape);
    run_block(kernels_, shape, weights, slopes, room.maps[ran % 2], room.maps[(ran + 1) % 2], room);
    weights = slopes + shape.outputs;
    ++ran;
  };
  for (const BlazeBlockShape& shape : mesh_blocks()) run(shape);
  weights = run_narrow(weights, room.maps[ran % 2], room.maps[(ran + 1) % 2]);
  ++ran;
  run(kNarrowBlock);
  return read_end(weights, room.maps[ran % 2]);
}

}  // namespace fr
