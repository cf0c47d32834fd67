// Landmarks -> where the chip lies in the picture: a least-squares similarity transform.
#include "align.hh"

#include <cmath>
#include <complex>

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
  Complex chip_mean;
  Complex picture_mean;
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    chip_mean += chip_position(kMeanFace[i]) / 5.0;
    picture_mean += Complex{landmarks[i].x, landmarks[i].y} / 5.0;
  }
  // Read as complex numbers, a similarity is picture = turn * chip + shift, and least squares has a closed form.
  Complex covariance;
  double variance = 0;
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    const Complex chip = chip_position(kMeanFace[i]) - chip_mean;
    covariance += std::conj(chip) * (Complex{landmarks[i].x, landmarks[i].y} - picture_mean);
    variance += std::norm(chip);
  }
  const Complex turn = covariance / variance;
  const Complex center = turn * (Complex{kChipSide / 2.0, kChipSide / 2.0} - chip_mean) + picture_mean;
  return {{center.real(), center.imag()}, std::abs(turn) * kChipSide, std::arg(turn)};
}

}  // namespace fr
