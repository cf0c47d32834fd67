// Why no face is found in a picture, where the picture itself shows it.
#pragma once

#include <string>

#include "image/image.hh"

namespace fr {

/// What hides whatever is in the picture, and what to do, one line; empty where nothing does.
std::string why_nothing_shows(const Image& image);

}  // namespace fr
