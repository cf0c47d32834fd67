// Build time only: packs the face mesh, and joins its last layer with the fit of a square to its points.
#include "build_model/pack_mesh.hh"

#include <array>
#include <complex>
#include <iterator>
#include <stdexcept>

#include "build_model/pack_layers.hh"
#include "detect/mesh_net.hh"
#include "face.hh"

namespace fr {
namespace {

// Where face_landmark.tflite lies among the packed files, as the package's ..._packed_assets_loader.js says.
constexpr std::ptrdiff_t kStart = 2'495'952;
constexpr std::ptrdiff_t kEnd = 3'737'848;

constexpr int kPoints = 468;       // of the network's answer: x, y and depth each
constexpr int kFirstChannels = 16;  // of the first blocks; 32 as packed

// Its layers after the blocks, whose last is not where it would be: those of the score, which we do not use, lie between.
constexpr std::size_t kLayers = 45;
constexpr std::size_t kLastBlock[] = {34, 36};
constexpr std::size_t kNarrow = 38;
constexpr std::size_t kNarrowBlock[] = {40, 42};
constexpr std::size_t kEndLayer = 44;

struct TemplatePoint {
  std::size_t index;
  double x, y;
};

// The points inside the face's outline, and where they lie in dlib's chip.
constexpr TemplatePoint kTemplate[] = {
#include "build_model/mesh_template.inc"
};

using Complex = std::complex<double>;
using Layers = std::vector<TfliteConvolution>;

void append_block(const Layers& layers, std::size_t deep, std::size_t wide, int inputs, int outputs, std::vector<float>& out) {
  append_depthwise(layers[deep], out, inputs);
  append_full({&layers[wide]}, out, inputs, outputs);
  append_slopes(layers[wide], out, outputs);
}

/// For each point of the template, what its place adds to the square's edge and to its centre: least squares by shift, turn
/// and scale, as align/similarity.hh has it.
struct Share {
  std::size_t index;
  Complex edge;
  Complex center;
};

std::vector<Share> shares() {
  const double count = std::size(kTemplate);
  Complex middle;
  for (const TemplatePoint& point : kTemplate) middle += Complex{point.x, point.y} / count;
  double variance = 0;
  for (const TemplatePoint& point : kTemplate) variance += std::norm(Complex{point.x, point.y} - middle);
  const Complex to_center = Complex{kChipSide / 2., kChipSide / 2.} - middle;
  std::vector<Share> all;
  for (const TemplatePoint& point : kTemplate) {
    const Complex turn = std::conj(Complex{point.x, point.y} - middle) / variance;
    all.push_back({point.index, turn * double{kChipSide}, turn * to_center + 1 / count});
  }
  return all;
}

/// The four answers from the x and y of all points.
std::array<double, kMeshAnswers> join(const std::vector<Share>& all, const std::vector<float>& values, std::size_t from,
                                      std::size_t step) {
  std::array<double, kMeshAnswers> answers{};
  for (const Share& share : all) {
    const Complex point{double{values.at(from + 3 * share.index * step)}, double{values.at(from + (3 * share.index + 1) * step)}};
    const Complex edge = share.edge * point, center = share.center * point;
    const double parts[] = {edge.real(), edge.imag(), center.real(), center.imag()};
    for (std::size_t i = 0; i < answers.size(); ++i) answers[i] += parts[i];
  }
  return answers;
}

void append_end(const TfliteConvolution& end, std::vector<float>& out) {
  require(end, false, 3 * kPoints, kMeshEnd, kMeshNarrow);
  const std::vector<Share> all = shares();
  const std::size_t filter = kMeshEnd * kMeshEnd * kMeshNarrow;
  for (std::size_t i = 0; i < filter; ++i) {
    for (const double value : join(all, end.weights, i, filter)) out.push_back(static_cast<float>(value));
  }
  for (const double value : join(all, end.biases, 0, 1)) out.push_back(static_cast<float>(value));
}

}  // namespace

std::vector<float> pack_mesh(const std::string& path) {
  const std::vector<std::uint8_t> packed = read_file(path);
  if (static_cast<std::ptrdiff_t>(packed.size()) < kEnd) throw std::runtime_error(path + " is cut short: run npm ci");
  const Layers layers = tflite_convolutions({packed.begin() + kStart, packed.begin() + kEnd});
  if (layers.size() != kLayers) throw std::runtime_error("the face mesh has other layers than expected");
  std::vector<float> floats;
  require(layers[0], false, kFirstChannels, kMeshStemTaps, 3);
  append_full({&layers[0]}, floats, 3, kMeshStem);
  append_slopes(layers[0], floats, kMeshStem);
  const std::vector<BlazeBlockShape>& blocks = mesh_blocks();
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const bool last = i + 1 == blocks.size();
    const std::size_t deep = last ? kLastBlock[0] : 2 * i + 1, wide = last ? kLastBlock[1] : 2 * i + 2;
    require(layers[deep], true, 1, 3, i < 3 ? kFirstChannels : blocks[i].inputs);
    require(layers[wide], false, i < 2 ? kFirstChannels : blocks[i].outputs, 1, layers[deep].inputs);
    append_block(layers, deep, wide, blocks[i].inputs, blocks[i].outputs, floats);
  }
  require(layers[kNarrow], false, kMeshNarrow, 1, blocks.back().outputs);
  append_full({&layers[kNarrow]}, floats);
  append_slopes(layers[kNarrow], floats, kMeshNarrow);
  append_block(layers, kNarrowBlock[0], kNarrowBlock[1], kMeshNarrow, kMeshNarrow, floats);
  append_end(layers[kEndLayer], floats);
  if (floats.size() != mesh_floats()) throw std::runtime_error("the face mesh has another size than expected");
  return floats;
}

}  // namespace fr
