// Finding faces that HOG misses: BlazeFace over a picture at several sizes. It also finds profiles, and faces that lie on
// their side or on their head, though it does not know which way they are turned.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "detect/blaze_net.hh"
#include "detect/budget.hh"
#include "detect/overlap.hh"
#include "threads.hh"

namespace fr {

/// What a look at one place says, in the pixels of the picture: where the face is, and how sure the network is of it.
struct BlazeFace {
  double x = 0, y = 0;  // its middle
  double side = 0;
  double score = 0;  // 0 to 1
};

/// The box that HOG has of such a face, which is what the landmarks are learned from. `quarters`: by how much the picture
/// has to be turned for the face to be upright.
Box hog_box(const BlazeFace& face, int quarters);

/// How finely a picture is looked at: at most so large, and with at most so many pixels.
struct BlazeReach {
  double scale;
  double pixels;
};

/// Faces from 40 pixels.
constexpr BlazeReach kBlazeUsual{.5, 1e6};
/// Faces from 20 pixels.
constexpr BlazeReach kBlazeThorough{1, 3e6};

/// May be used by many threads at once.
class BlazeDetector {
 public:
  /// Borrows the weights, which must outlive this. Throws std::runtime_error if their section "blaze" is wrong.
  BlazeDetector(const Weights& weights, Isa isa, std::size_t threads = usable_threads());

  /// Places that may be faces when the picture is turned by `quarters`, best first; most are none. It also finds most faces
  /// that are turned otherwise, but less well. Throws TookTooLong.
  std::vector<BlazeFace> scan(const Image& image, int quarters, const BlazeReach& reach, Budget& budget) const;

  /// Looks again at one place, with the picture turned by `quarters`; the score is 0 where no face is there.
  BlazeFace look_again(const Image& image, const BlazeFace& place, int quarters) const;

  /// The best score about one place, for each turn of the picture.
  std::array<double, 4> score_turned(const Image& image, const BlazeFace& place) const;

 private:
  BlazeFace seen(const Image& square, const BlazeFace& place, int quarters, double furthest, BlazeRoom& room) const;

  BlazeNet net_;
  std::size_t threads_;
};

}  // namespace fr
