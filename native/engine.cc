// Detecting, cutting chips and embedding.
#include "engine.hh"

#include <algorithm>

namespace fr {

Engine::Engine(const std::string& model_path)
    : model_(model_path), isa_(chosen_isa()), finder_(model_, isa_), face_net_(model_, isa_) {}

std::vector<Detection> Engine::detect(const Image& image, bool thorough) const { return finder_.find(image, thorough); }

std::vector<FaceVector> Engine::embed(const std::vector<Chip>& chips) const {
  std::vector<FaceVector> vectors;
  for (std::size_t i = 0; i < chips.size(); i += kEmbedBatch) {
    const std::size_t count = std::min(kEmbedBatch, chips.size() - i);
    const std::vector<FaceVector> batch = face_net_.embed(chips.data() + i, count);
    vectors.insert(vectors.end(), batch.begin(), batch.end());
  }
  return vectors;
}

}  // namespace fr
