// Build time only: dlib's built-in face detector -> the weights file's section "detector", which detect/hog.hh reads.
#pragma once

#include <cstdint>
#include <vector>

namespace fr {

/// The section's bytes, from dlib::get_frontal_face_detector(). Throws std::runtime_error when dlib's detector is not of the
/// kind that detect/hog.cc calculates.
std::vector<std::uint8_t> extract_hog_filters();

}  // namespace fr
