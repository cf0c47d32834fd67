// Build time only: dlib's .dat files and built-in detector -> our weights file.
//
//   fr-build-weights FOLDER_OF_DAT_FILES BLAZEFACE_TFLITE FACE_MESH_DATA WEIGHTS full|half
//
// `half` stores the face network's weights as half-precision numbers, which makes the file two fifths smaller.
#include <dlib/image_processing.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "build_model/dlib_filters.hh"
#include "build_model/dlib_net.hh"
#include "build_model/half.hh"
#include "build_model/hog_extract.hh"
#include "align/landmarks.hh"
#include "weights.hh"
#include "embed/layers.hh"
#include "build_model/pack_blaze.hh"
#include "build_model/pack_cnn.hh"
#include "build_model/pack_mesh.hh"

namespace {

using Bytes = std::vector<std::uint8_t>;

template <typename T>
Bytes to_bytes(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

void pack(const fr::Filters& f, const fr::ConvLayer& layer, std::vector<float>& out) {
  if (f.outputs != layer.outputs) throw std::runtime_error("the network has another shape than expected");
  // On a 1x1 picture only the middle of a 3x3 filter counts.
  const bool middle = layer.shape == fr::kSame1;
  const bool taps_together = fr::by_winograd(layer.shape);
  for (int block = 0; block < f.outputs; block += fr::kOutputBlock) {
    for (int c = 0; taps_together && c < f.inputs; ++c) {
      for (int tap = 0; tap < 9; ++tap) {
        for (int k = block; k < block + fr::kOutputBlock; ++k) out.push_back(folded_weight(f, k, c, tap / 3, tap % 3));
      }
    }
    if (taps_together) continue;
    for (int r = middle ? 1 : 0; r < (middle ? 2 : f.rows); ++r) {
      for (int s = middle ? 1 : 0; s < (middle ? 2 : f.columns); ++s) {
        for (int c = 0; c < f.inputs; ++c) {
          for (int k = block; k < block + fr::kOutputBlock; ++k) out.push_back(fr::folded_weight(f, k, c, r, s));
        }
      }
    }
  }
  for (std::size_t k = 0; k < f.biases.size(); ++k) out.push_back(fr::folded_bias(f, k));
}

std::vector<std::uint16_t> to_halves(const std::vector<float>& floats) {
  std::vector<std::uint16_t> halves;
  for (const float value : floats) {
    halves.push_back(fr::to_half(value));
    if ((halves.back() & 0x7c00) == 0x7c00) throw std::runtime_error("the network has a weight too large for a half");
  }
  return halves;
}

Bytes pack_network(const std::string& path, bool half) {
  fr::DlibNet net;
  const fr::Collector collector = fr::collect(net, path);
  const std::vector<fr::ConvLayer>& layers = fr::conv_layers();
  if (collector.convolutions.size() != layers.size()) throw std::runtime_error("the network has other layers");
  std::vector<float> floats;
  for (std::size_t i = 0; i < layers.size(); ++i) pack(collector.convolutions[i], layers[i], floats);
  floats.insert(floats.end(), collector.projection.begin(), collector.projection.end());
  if (floats.size() != fr::network_floats()) throw std::runtime_error("the network has another size than expected");
  return half ? to_bytes(to_halves(floats)) : to_bytes(floats);
}

Bytes pack_landmarks(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  int version = 0;
  dlib::matrix<float, 0, 1> shape;
  std::vector<std::vector<dlib::impl::regression_tree>> forests;
  std::vector<std::vector<unsigned long>> anchors;
  std::vector<std::vector<dlib::vector<float, 2>>> deltas;
  dlib::deserialize(version, file);
  dlib::deserialize(shape, file);
  dlib::deserialize(forests, file);
  dlib::deserialize(anchors, file);
  dlib::deserialize(deltas, file);
  fr::LandmarkForest forest;
  forest.mean_shape.assign(shape.begin(), shape.end());
  for (std::size_t stage = 0; stage < forests.size(); ++stage) {
    fr::LandmarkForest::Stage packed;
    for (std::size_t i = 0; i < deltas[stage].size(); ++i) {
      packed.probes.push_back({deltas[stage][i].x(), deltas[stage][i].y(), static_cast<std::int32_t>(anchors[stage][i])});
    }
    for (const dlib::impl::regression_tree& tree : forests[stage]) {
      fr::LandmarkTree flat{};
      if (tree.splits.size() != fr::kTreeSplits || tree.leaf_values.size() != fr::kTreeLeaves) {
        throw std::runtime_error("the landmark trees have another depth than expected");
      }
      for (std::size_t i = 0; i < tree.splits.size(); ++i) {
        flat.splits[i] = {static_cast<std::uint16_t>(tree.splits[i].idx1),
                          static_cast<std::uint16_t>(tree.splits[i].idx2), tree.splits[i].thresh};
      }
      for (std::size_t i = 0; i < tree.leaf_values.size(); ++i) {
        std::copy(tree.leaf_values[i].begin(), tree.leaf_values[i].end(), flat.leaves[i]);
      }
      packed.trees.push_back(flat);
    }
    forest.stages.push_back(packed);
  }
  return fr::format_landmarks(forest);
}

// Writes a draft and renames it: a running sidecar keeps the weights that it has mapped, and a starting one finds either
// the old file or the new one, always whole.
void write_whole(const std::string& path, const Bytes& bytes) {
  const std::string draft = path + ".draft-" + std::to_string(getpid());
  std::ofstream file(draft, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file || std::rename(draft.c_str(), path.c_str()) != 0) {
    std::remove(draft.c_str());
    throw std::runtime_error("cannot write " + path);
  }
}

int run(const std::string& folder, const std::string& blazeface, const std::string& mesh, const std::string& weights,
        bool half) {
  const std::vector<std::uint8_t> bytes = fr::format_weights({
      {"network", pack_network(folder + "/dlib_face_recognition_resnet_model_v1.dat", half)},
      {"detector", fr::extract_hog_filters()},
      {"blaze", to_bytes(fr::pack_blaze(blazeface))},
      {"mesh", to_bytes(fr::pack_mesh(mesh))},
      {"cnn", to_bytes(fr::pack_cnn(folder + "/mmod_human_face_detector.dat"))},
      {"landmarks", pack_landmarks(folder + "/shape_predictor_5_face_landmarks.dat")},
  });
  write_whole(weights, bytes);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string weights = argc == 6 ? argv[5] : "";
    if (weights != "full" && weights != "half") {
      throw std::runtime_error("usage: fr-build-weights FOLDER_OF_DAT_FILES BLAZEFACE_TFLITE FACE_MESH_DATA WEIGHTS full|half");
    }
    return run(argv[1], argv[2], argv[3], argv[4], weights == "half");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fr-build-weights: %s\n", error.what());
    return 1;
  }
}
