// Build time only: packs MediaPipe's face_landmark.tflite into the section "mesh" of the weights file.
#pragma once

#include <string>
#include <vector>

namespace fr {

/// Reads the network from npm's @mediapipe/face_mesh, which holds it in face_mesh_solution_packed_assets.data. Returns
/// mesh_floats() floats. Throws std::runtime_error if it is not the network that mesh_net.hh computes.
std::vector<float> pack_mesh(const std::string& path);

}  // namespace fr
