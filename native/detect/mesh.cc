// Shows the face mesh's network the face, twice: the second time where the first look saw it.
#include "detect/mesh.hh"

#include <cmath>
#include <complex>

#include "align/chip.hh"
#include "detect/blaze_face.hh"

namespace fr {
namespace {

constexpr int kLooks = 2;
constexpr double kShown = 1.5;  // the side of what is shown, for BlazeFace's box and for the chip's square
constexpr double kQuarter = 1.5707963267948966;

using Complex = std::complex<double>;

/// What is shown first: a square around BlazeFace's box of the face.
ChipGeometry around(const Box& box, double angle) {
  const double upright = std::round(angle / kQuarter) * kQuarter;
  const BlazeFace place = place_of(box);
  const Complex middle{static_cast<double>(box.left + box.right) / 2, static_cast<double>(box.top + box.bottom) / 2};
  const Complex center = middle + (Complex{place.x, place.y} - middle) * std::polar(1., upright);
  return {{center.real() - .5, center.imag() - .5}, place.side * kShown, upright};
}

}  // namespace

bool may_be_of(const Box& box, const ChipGeometry& square) {
  const auto between = [](double value, double low, double high) { return value >= low && value <= high; };
  const auto side = static_cast<double>(box.right - box.left);
  return between(square.center.x, static_cast<double>(box.left), static_cast<double>(box.right)) &&
         between(square.center.y, static_cast<double>(box.top), static_cast<double>(box.bottom)) &&
         between(square.side, side / 3, side * 3);
}

ChipGeometry FaceMesh::square_of(const Image& image, const Box& box, const ChipGeometry& by_landmarks) const {
  BlazeRoom room;
  ChipGeometry shown = around(box, by_landmarks.angle);
  ChipGeometry square;
  for (int look = 0; look < kLooks; ++look) {
    const double step = shown.side / kMeshSide;
    // cut_square's side is measured from the first pixel's middle to the last one's, and a pixel.
    const MeshAnswer answer = net_.look(cut_square(image, {shown.center, step * (kMeshSide - 1) + 1, shown.angle}, kMeshSide), room);
    const Complex to_picture = std::polar(step, shown.angle);
    const Complex edge = Complex{answer.across, answer.down} * to_picture;
    const Complex center = Complex{shown.center.x, shown.center.y} +
                           Complex{answer.x - kMeshSide / 2., answer.y - kMeshSide / 2.} * to_picture;
    square = {{center.real(), center.imag()}, std::abs(edge), std::arg(edge)};
    if (!may_be_of(box, square)) return by_landmarks;
    shown = {square.center, square.side * kShown, square.angle};
  }
  return square;
}

}  // namespace fr
