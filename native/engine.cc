// Detecting, cutting chips and embedding.
#include "engine.hh"

#include <algorithm>

namespace fr {

Engine::Engine(const std::string& weights_path)
    : weights_(weights_path), isa_(chosen_isa()), threads_(usable_threads()), finder_(weights_, isa_, threads_),
      face_net_(weights_, isa_, threads_) {}

std::vector<Detection> Engine::detect(const Image& image, bool thorough, Budget& budget) const {
  return finder_.find(image, thorough, budget);
}

std::vector<FaceVector> Engine::embed(const std::vector<Chip>& chips, const Deadline& deadline) const {
  return face_net_.embed(chips.data(), chips.size(), deadline);
}

}  // namespace fr
