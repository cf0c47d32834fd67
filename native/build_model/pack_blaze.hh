// Build time only: packs MediaPipe's face_detection_short_range.tflite into the section "blaze" of the weights file.
#pragma once

#include <string>
#include <vector>

namespace fr {

/// Returns blaze_floats() floats. Throws std::runtime_error if the file is not the network that blaze_net.hh computes.
std::vector<float> pack_blaze(const std::string& path);

}  // namespace fr
