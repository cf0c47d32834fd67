// Finds faces that HOG misses: runs BlazeFace over a picture at several sizes. It also finds profiles, and sideways and
// upside-down faces, but does not say how they are turned.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "detect/blaze_face.hh"
#include "detect/blaze_net.hh"
#include "detect/blaze_sizes.hh"
#include "detect/budget.hh"
#include "threads.hh"

namespace fr {

/// What a second look at a place shows.
struct BlazeLook {
  BlazeFace face;     // the face at the place; its score is 0 if there is none
  double best_score;  // of the faces around the place, which an upside-down face is found at
};

/// May be used by many threads at once.
class BlazeDetector {
 public:
  /// Borrows the weights, which must outlive this. Throws std::runtime_error if their section "blaze" is wrong.
  BlazeDetector(const Weights& weights, Isa isa, std::size_t threads = usable_threads());

  /// Places that may be faces when the picture is turned by `quarters`, best first. Most are not faces. Most faces that are
  /// turned in other ways are also found, less reliably. Throws TookTooLong.
  std::vector<BlazeFace> scan(const Image& image, int quarters, const BlazeReach& reach, Budget& budget) const;

  /// Looks again at one place, with the picture turned by `quarters`.
  BlazeLook look_again(const Image& image, const BlazeFace& place, int quarters) const;

  /// The best score around one place, for each number of quarters that the picture is turned by. If it is plainly upright, the
  /// others are 0. `upright`: the upright score, if a second look has found it already.
  std::array<double, 4> score_turned(const Image& image, const BlazeFace& place, std::optional<double> upright = {}) const;

 private:
  BlazeLook look(const Image& square, const BlazeFace& place, int quarters, BlazeRoom& room) const;

  BlazeNet net_;
  std::size_t threads_;
};

}  // namespace fr
