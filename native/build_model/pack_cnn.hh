// Build time only: dlib's mmod_human_face_detector.dat -> the weights file's section "cnn".
#pragma once

#include <string>
#include <vector>

namespace fr {

/// cnn_floats() floats. Throws when the file is not the detector that cnn.hh computes.
std::vector<float> pack_cnn(const std::string& path);

}  // namespace fr
