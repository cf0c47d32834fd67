// Build time only: dlib's built-in face detector as plain numbers. dlib decodes it and splits it into separable filters.
#include "build_model/hog_extract.hh"

#include <dlib/image_processing/frontal_face_detector.h>

#include <initializer_list>
#include <stdexcept>
#include <utility>

#include "detect/hog.hh"

namespace fr {
namespace {

/// Bytes that grow number by number.
class Blob {
 public:
  template <typename Value>
  void add(const Value& value) {
    const auto* from = reinterpret_cast<const std::uint8_t*>(&value);
    bytes_.insert(bytes_.end(), from, from + sizeof value);
  }
  void add_words(std::initializer_list<std::int64_t> words) {
    for (const std::int64_t word : words) add(static_cast<std::int32_t>(word));
  }
  void add_taps(const dlib::matrix<float, 0, 1>& taps) {
    if (taps.size() != kTaps) throw std::runtime_error("dlib's face detector has a filter of another size");
    for (const float tap : taps) add(tap);
  }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
};

void require_our_kind(const dlib::frontal_face_detector& detector) {
  const auto& scanner = detector.get_scanner();
  if (scanner.get_cell_size() != kCell || scanner.get_padding() != 0 || scanner.get_fhog_window_width() != kTaps ||
      scanner.get_fhog_window_height() != kTaps || scanner.get_feature_extractor().get_num_planes() != kPlanes) {
    throw std::runtime_error("dlib's face detector is not the one this program computes");
  }
}

// Calls visit(detector, plane, row taps, column taps) for each separable filter.
template <typename Visit>
void for_each_pair(const dlib::frontal_face_detector& detector, Visit visit) {
  for (unsigned long d = 0; d < detector.num_detectors(); ++d) {
    const auto& bank = detector.get_processed_w(d).fb;
    for (std::size_t plane = 0; plane < kPlanes; ++plane) {
      for (std::size_t i = 0; i < bank.row_filters[plane].size(); ++i) {
        visit(d, plane, bank.row_filters[plane][i], bank.col_filters[plane][i]);
      }
    }
  }
}

}  // namespace

std::vector<std::uint8_t> extract_hog_filters() {
  using Taps = dlib::matrix<float, 0, 1>;
  const dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
  require_our_kind(detector);
  const auto& scanner = detector.get_scanner();
  std::int64_t pairs = 0;
  for_each_pair(detector, [&](unsigned long, std::size_t, const Taps&, const Taps&) { ++pairs; });
  Blob blob;
  blob.add_words({kHogMagic, kHogLayout, static_cast<std::int64_t>(detector.num_detectors()), pairs, kPlanes, kTaps,
                  static_cast<std::int64_t>(scanner.get_min_pyramid_layer_width()),
                  static_cast<std::int64_t>(scanner.get_min_pyramid_layer_height()),
                  static_cast<std::int64_t>(scanner.get_max_pyramid_levels()), 0});
  blob.add(detector.get_overlap_tester().get_iou_thresh());
  blob.add(detector.get_overlap_tester().get_percent_covered_thresh());
  for (unsigned long d = 0; d < detector.num_detectors(); ++d) {
    blob.add(detector.get_w(d)(scanner.get_num_dimensions()));
  }
  for_each_pair(detector, [&](unsigned long d, std::size_t plane, const Taps&, const Taps&) {
    blob.add_words({static_cast<std::int64_t>(d), static_cast<std::int64_t>(plane)});
  });
  for_each_pair(detector, [&](unsigned long, std::size_t, const Taps& row, const Taps&) { blob.add_taps(row); });
  for_each_pair(detector, [&](unsigned long, std::size_t, const Taps&, const Taps& column) { blob.add_taps(column); });
  return blob.take();
}

}  // namespace fr
