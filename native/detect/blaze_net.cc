// Computes BlazeFace's network.
#include "detect/blaze_net.hh"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace fr {
namespace {

constexpr int kStemBefore = 1;   // border pixels before the picture: TensorFlow's "same" padding of a 5x5 filter at stride 2
constexpr int kStemBorder = 3;   // border pixels before and after it
constexpr int kColours = 3;

int head_outputs(const BlazeHead& head) { return blaze_padded(head.anchors * (1 + kBlazeBoxFloats)); }
int stem_floats() { return (kBlazeStemTaps * kBlazeStemTaps * kColours + 1) * blaze_padded(kBlazeStem); }
int head_floats(const BlazeHead& head) { return (head.inputs + 1) * head_outputs(head); }

void clear(float* from, int count) { std::memset(from, 0, static_cast<std::size_t>(count) * sizeof(float)); }

// Pixels as -1 to 1, row by row with a border of zeros. Outside the picture they are black.
void read_pixels(const Image& image, int left, int top, int width, int height, BlazeBuffer& input) {
  const int row = (width + kStemBorder) * kColours;
  const int spare = 2 * kColours * kBlazeMostAtOnce;
  input.make_room((height + kStemBorder) * row + spare);
  clear(input.data(), kStemBefore * row);
  clear(input.data() + (kStemBefore + height) * row, (kStemBorder - kStemBefore) * row + spare);
  const int first = std::max(-left, 0);
  const int end = std::min(width, image.width - left);
  for (int y = 0; y < height; ++y) {
    float* out = input.data() + (y + kStemBefore) * row;
    clear(out, kStemBefore * kColours);
    clear(out + (kStemBefore + width) * kColours, (kStemBorder - kStemBefore) * kColours);
    out += kStemBefore * kColours;
    const bool inside = top + y >= 0 && top + y < image.height;
    if (!inside || first > 0 || end < width) std::fill_n(out, width * kColours, -1.0F);
    if (!inside) continue;
    const std::uint8_t* in = image.rgb.data() + (static_cast<std::ptrdiff_t>(top + y) * image.width + left) * kColours;
    for (int i = first * kColours; i < end * kColours; ++i) out[i] = static_cast<float>(in[i]) * (1 / 127.5F) - 1;
  }
}

// `box`: an anchor's kBlazeBoxFloats, relative to the anchor's middle.
BlazeHit hit_of(const float* box, const Point& middle, float score) {
  const auto x = static_cast<float>(middle.x), y = static_cast<float>(middle.y);
  BlazeHit hit;
  hit.score = score;
  hit.left = x + box[0] - box[2] / 2;
  hit.right = x + box[0] + box[2] / 2;
  hit.top = y + box[1] - box[3] / 2;
  hit.bottom = y + box[1] + box[3] / 2;
  for (std::size_t k = 0; k < hit.keypoints.size(); ++k) {
    hit.keypoints[k] = {static_cast<double>(x + box[4 + 2 * k]), static_cast<double>(y + box[5 + 2 * k])};
  }
  return hit;
}

float sigmoid(float value) { return 1 / (1 + std::exp(-std::clamp(value, -100.0F, 100.0F))); }

}  // namespace

const std::array<BlazeHead, kBlazeHeads> kHeads{{{11, 88, 8, 2}, {16, 96, 16, 6}}};

const std::vector<BlazeBlockShape>& blaze_blocks() {
  static const std::vector<BlazeBlockShape> blocks{
      {24, 24, 1}, {24, 28, 1}, {28, 32, 2}, {32, 36, 1}, {36, 42, 1}, {42, 48, 2}, {48, 56, 1}, {56, 64, 1},
      {64, 72, 1}, {72, 80, 1}, {80, 88, 1}, {88, 96, 2}, {96, 96, 1}, {96, 96, 1}, {96, 96, 1}, {96, 96, 1}};
  return blocks;
}

std::size_t blaze_floats() {
  int floats = stem_floats();
  for (const BlazeBlockShape& shape : blaze_blocks()) floats += block_floats(shape);
  for (const BlazeHead& head : kHeads) floats += head_floats(head);
  return static_cast<std::size_t>(floats);
}

BlazeNet::BlazeNet(const Weights& weights, Isa isa) : kernels_(kernels_for(isa).blaze) {
  const Section section = weights.section("blaze");
  if (section.size != blaze_floats() * sizeof(float)) {
    throw std::runtime_error("the weights file's BlazeFace has another size: run the build again");
  }
  weights_ = reinterpret_cast<const float*>(section.data);
}

void BlazeNet::run_stem(int width, int height, BlazeRoom& room) const {
  const int outputs = blaze_padded(kBlazeStem);
  BlazeMap& map = room.maps[0];
  map.resize(width / 2, height / 2, outputs);
  const float* bias = weights_ + stem_floats() - outputs;
  const int row = (width + kStemBorder) * kColours;
  for (int y = 0; y < map.height(); ++y) {
    const float* in[kBlazeStemTaps];
    for (int r = 0; r < kBlazeStemTaps; ++r) in[r] = room.input.data() + (2 * y + r) * row;
    kernels_.convolve({in, kBlazeStemTaps, kBlazeStemTaps * kColours, 2 * kColours, weights_, bias, nullptr, 0, 0,
                       map.at(0, y), kBlazeStem, outputs, map.width(), true});
  }
  map.clear_border();
}

// Boxes are computed only where the score is high enough: they take sixteen times as long as scores.
void BlazeNet::read_head(const BlazeHead& head, const float* weights, const BlazeMap& map, float least, BlazeRoom& room,
                         std::vector<BlazeHit>& hits) const {
  const int step = head_outputs(head);
  const int pixels = map.height() * map.row_pixels() - 1;
  room.head.make_room((pixels + kBlazeMostAtOnce) * step);
  room.boxes.make_room(kBlazeMostAtOnce * step);
  const auto convolve = [&](const float* in, int outputs, float* out, int count) {
    kernels_.convolve({&in, 1, head.inputs, map.step(), weights, weights + head.inputs * step, nullptr, 0, 0, out, outputs, step,
                       count, false});
  };
  convolve(map.at(0, 0), head.anchors, room.head.data(), pixels);
  for (int y = 0; y < map.height(); ++y) {
    for (int x = 0; x < map.width(); ++x) {
      const float* scores = room.head.data() + (y * map.row_pixels() + x) * step;
      if (sigmoid(*std::max_element(scores, scores + head.anchors)) < least) continue;
      convolve(map.at(x, y), head.anchors * (1 + kBlazeBoxFloats), room.boxes.data(), 1);
      const Point from{(x + 0.5) * head.step, (y + 0.5) * head.step};
      for (int a = 0; a < head.anchors; ++a) {
        const float score = sigmoid(scores[a]);
        if (score >= least) hits.push_back(hit_of(room.boxes.data() + head.anchors + a * kBlazeBoxFloats, from, score));
      }
    }
  }
}

std::vector<BlazeHit> BlazeNet::look(const Image& image, int left, int top, int width, int height, float least,
                                     BlazeRoom& room) const {
  read_pixels(image, left, top, width, height, room.input);
  run_stem(width, height, room);
  const float* weights = weights_ + stem_floats();
  const float* head_weights = weights;
  for (const BlazeBlockShape& shape : blaze_blocks()) head_weights += block_floats(shape);
  std::vector<BlazeHit> hits;
  std::size_t head = 0;
  int blocks = 0;
  for (const BlazeBlockShape& shape : blaze_blocks()) {
    const BlazeMap& in = room.maps[blocks % 2];
    BlazeMap& out = room.maps[++blocks % 2];
    run_block(kernels_, shape, weights, nullptr, in, out, room);
    weights += block_floats(shape);
    if (blocks != kHeads[head].after) continue;
    read_head(kHeads[head], head_weights, out, least, room, hits);
    head_weights += head_floats(kHeads[head]);
    if (++head == kHeads.size()) break;
  }
  return hits;
}

}  // namespace fr
