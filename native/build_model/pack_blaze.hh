// Build time only: MediaPipe's face_detection_short_range.tflite -> the weights file's section "blaze".
#pragma once

#include <string>
#include <vector>

namespace fr {

/// blaze_floats() floats. Throws std::runtime_error when the file is not the network that blaze_net.hh computes.
std::vector<float> pack_blaze(const std::string& path);

}  // namespace fr
