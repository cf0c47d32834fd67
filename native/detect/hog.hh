// dlib's frontal face detector without dlib, with the same rectangles.
//
// A picture is scanned at many sizes, each 5/6 of the one before. Each size becomes cells of 31 HOG features, and five linear
// filters of 10 x 10 cells (front, left, right, front turned left, front turned right) slide over them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "detect/budget.hh"
#include "face.hh"
#include "detect/hog_level.hh"
#include "kernels/kernels.hh"
#include "detect/overlap.hh"
#include "threads.hh"

namespace fr {

constexpr std::int32_t kHogMagic = 0x474f4846;  // "FHOG", read as little-endian
constexpr std::int32_t kHogLayout = 1;

/// A view of the trained filters in memory: a blob of little-endian 4-byte words.
///   magic "FHOG", layout (1), detectors, pairs, planes (31), taps (10), smallest width and height of a picture that
///   is shrunk further, most sizes, 0; overlap limits (2 doubles); a threshold a detector (doubles);
///   detector and plane of each pair; 10 row taps a pair; 10 column taps a pair.
/// The filter of a detector and plane is the sum of its pairs' outer products.
struct HogFilters {
  int detectors = 0;
  int pairs = 0;
  int min_width = 0;
  int min_height = 0;
  int max_levels = 0;
  double max_union_overlap = 0;  // of intersection over union
  double max_cover = 0;          // of intersection over either rectangle
  const double* thresholds = nullptr;
  const std::int32_t* homes = nullptr;  // detector, plane
  const float* rows = nullptr;
  const float* columns = nullptr;
};

/// A view of a blob, which must outlive it and lie at a multiple of 8. Throws std::runtime_error if the blob is cut short or
/// invalid.
HogFilters view_hog_filters(const void* blob, std::size_t bytes);

/// May be used by many threads at once.
class HogDetector {
 public:
  /// Copies what it needs of the filters. `isa` has to be one of usable_isas().
  HogDetector(const HogFilters& filters, Isa isa, std::size_t threads = usable_threads());

  /// Faces of at least 80 pixels on a gray picture of width * height bytes, best first. A score is the margin above
  /// its detector's threshold, >= 0. Smaller copies of the picture take 1.2 bytes for each of its pixels, and up to 2.3 with several
  /// threads. Throws TookTooLong.
  std::vector<ScoredBox> detect(const std::uint8_t* gray, int width, int height, Budget& budget) const;
  std::vector<ScoredBox> detect(const std::uint8_t* gray, int width, int height) const {
    Budget budget;
    return detect(gray, width, height, budget);
  }

 private:
  void add_group(const HogFilters& filters, int plane, const int* pairs, std::size_t count,
                 const std::vector<std::int32_t>& place);
  HogPlan plan() const;
  using LevelHits = std::vector<std::vector<HogHit>>;  // of each detector
  /// Scans the picture at `levels.size()` sizes.
  void scan(const std::uint8_t* pixels, int width, int height, const Deadline& deadline, std::vector<LevelHits>& levels) const;

  std::size_t threads_;
  HogFilters settings_;  // its pointers are not set
  std::vector<double> thresholds_;
  std::vector<float> least_;  // the least float that reaches each threshold
  std::vector<HogGroup> groups_;
  std::vector<float> row_taps_;
  std::vector<std::int32_t> places_;
  std::vector<float> column_taps_;
  std::vector<std::int32_t> first_of_;
  const Kernels& kernels_;
};

}  // namespace fr
