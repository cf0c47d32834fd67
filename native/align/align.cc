// Landmarks -> where the chip lies in the picture.
#include "align/align.hh"

#include "align/similarity.hh"

namespace fr {
namespace {

constexpr double kPadding = 0.25;

// Where dlib's network expects the five landmarks, in units of the unpadded chip (dlib 19.24,
// image_transforms/interpolation.h, get_face_chip_details).
constexpr Landmarks kMeanFace{{{0.8595674595992, 0.2134981538014},
                               {0.6460604764104, 0.2289674387677},
                               {0.1205750620789, 0.2137274526848},
                               {0.3340850613712, 0.2290642403242},
                               {0.4901123135679, 0.6277975316475}}};

using Complex = std::complex<double>;

Complex chip_position(const Point& mean_face_point) {
  const Complex point{mean_face_point.x, mean_face_point.y};
  return (point + Complex{kPadding, kPadding}) / (2 * kPadding + 1) * double{kChipSide};
}

}  // namespace

ChipGeometry align(const Landmarks& landmarks) {
  FivePoints chip;
  FivePoints picture;
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    chip[i] = chip_position(kMeanFace[i]);
    picture[i] = {landmarks[i].x, landmarks[i].y};
  }
  const Similarity fit = fit_similarity(chip, picture);
  const Complex center = fit.turn * (Complex{kChipSide / 2.0, kChipSide / 2.0} - fit.from_middle) + fit.to_middle;
  return {{center.real(), center.imag()}, std::abs(fit.turn) * kChipSide, std::arg(fit.turn)};
}

}  // namespace fr
