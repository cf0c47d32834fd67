// Detecting, cutting chips and embedding.
#include "engine.hh"

#include <algorithm>

namespace fr {

Engine::Engine(const std::string& model_path)
    : model_(model_path), isa_(chosen_isa()), finder_(model_, isa_), face_net_(model_, isa_) {}

std::vector<Detection> Engine::detect(const Image& image, bool thorough) const { return finder_.find(image, thorough); }

std::vector<FaceVector> Engine::embed(const std::vector<Chip>& chips) const {
  return face_net_.embed(chips.data(), chips.size());
}

}  // namespace fr
