// Says why no face was found, if the picture itself is the reason.
#pragma once

#include <string>

#include "image/image.hh"

namespace fr {

/// One line: what is wrong with the picture, and what to do. Empty if nothing is.
std::string why_nothing_shows(const Image& image);

}  // namespace fr
