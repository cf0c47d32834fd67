// Build time only: dlib's built-in face detector -> the blob that hog.hh reads.
#pragma once

#include <cstdint>
#include <vector>

namespace fr {

/// The blob of dlib::get_frontal_face_detector(). Throws std::runtime_error when dlib's detector is not of the kind
/// that hog.cc computes.
std::vector<std::uint8_t> extract_hog_filters();

}  // namespace fr
