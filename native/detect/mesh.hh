// Finds where a turned face's chip lies, by the face mesh: dlib's five landmarks are often wrong there.
#pragma once

#include "align/align.hh"
#include "detect/mesh_net.hh"
#include "face.hh"
#include "image/image.hh"

namespace fr {

/// Whether a square may be of the face in the box: its middle lies inside, and neither is three times as large as the other.
bool may_be_of(const Box& box, const ChipGeometry& square);

class FaceMesh {
 public:
  /// Borrows the weights, which must outlive this. Throws std::runtime_error if the section is wrong.
  FaceMesh(const Weights& weights, Isa isa) : net_(weights, isa) {}

  /// The square of the chip of the face in `box`. `by_landmarks`: where its landmarks put it. Of this only the nearest quarter
  /// turn is used, unless the network sees a face elsewhere: then it is the answer.
  ChipGeometry square_of(const Image& image, const Box& box, const ChipGeometry& by_landmarks) const;

 private:
  MeshNet net_;
};

}  // namespace fr
