// The flow: image bytes -> CSV.
#include "pipeline.hh"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "align/chip.hh"
#include "align/detail.hh"
#include "align/quality.hh"
#include "align/variants.hh"
#include "align/nothing.hh"
#include "csv.hh"
#include "kernels/isa.hh"
#include "threads.hh"

namespace fr {
namespace {

constexpr std::size_t kFacesAtOnce = 16;  // whose chips are cut together, on threads
constexpr std::size_t kLooksAtOnce = 128;  // 9 MB of chips, and work for 16 threads

/// The number of the face that all variants are made of; 0 for none.
int augmented(const Request& request, const std::vector<Detection>& faces) {
  if (!request.augment || request.face != 0 || faces.empty()) return request.augment ? request.face : 0;
  const auto side = [](const Detection& face) { return face.box.right - face.box.left; };
  const auto largest = std::max_element(faces.begin(), faces.end(),
                                        [&](const Detection& a, const Detection& b) { return side(a) < side(b); });
  return static_cast<int>(largest - faces.begin()) + 1;
}

/// In ascending order.
std::vector<int> variants_of(const Request& request, bool is_augmented) {
  if (request.probe) return {kProbeVariants.begin(), kProbeVariants.end()};
  std::vector<int> all(is_augmented ? kVariants : 1);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

Search search_for(const Request& request) {
  if (request.thorough) return Search::thorough;
  return request.augment ? Search::enrolment : Search::usual;
}

constexpr long kLeastBoxSide = 20;  // pixels; in smaller boxes the rounded landmarks fall together

/// A box whose middle is in the picture, and which is not much larger than it. Throws UnusablePicture.
Box checked(const Box& box, const Image& image) {
  if (std::min(box.right - box.left, box.bottom - box.top) < kLeastBoxSide) {
    throw UnusablePicture("the box is too small: " + std::to_string(kLeastBoxSide) + " pixels a side are needed");
  }
  const long across = (box.left + box.right) / 2;
  const long down = (box.top + box.bottom) / 2;
  const bool inside = across >= 0 && across < image.width && down >= 0 && down < image.height;
  if (inside && box.right - box.left <= 2L * image.width && box.bottom - box.top <= 2L * image.height) return box;
  throw UnusablePicture("the box is not in the picture of " + std::to_string(image.width) + " x " +
                        std::to_string(image.height) + " pixels");
}

/// A face's chips, and what they show.
struct FaceLooks {
  Quality quality;
  std::vector<Chip> chips;  // of the variants asked for
};

FaceLooks looks_at(const Image& image, const Detection& face, const FaceMesh& mesh, const std::vector<int>& variants) {
  Place place = place_by_landmarks(face);
  Chip chip = cut_chip(image, place.plain);
  FaceLooks looks{quality_of(image, face.box, chip), {}};
  if (looks.quality.signs.turned > 0) {
    place.plain = place.refined = mesh.square_of(image, face.box, place.plain);
    chip = cut_chip(image, place.plain);
  }
  int shown = -1;  // whose chip is cut and mended: variant 2 * shown and its mirror image
  for (const int i : variants) {
    const Variant look = variant(i);
    if (i / 2 != shown) {
      if (i != 0) chip = cut_chip(image, square_of(place, look));  // variant 0 is cut already
      mend_detail(chip, looks.quality, place.plain.side);
      shown = i / 2;
    }
    looks.chips.push_back(chip);
    if (look.mirror) mirror(looks.chips.back());
  }
  return looks;
}

/// The answer's rows. Looks wait here until there are kLooksAtOnce to embed, so that memory does not grow with the faces.
class Rows {
 public:
  Rows(const Pipeline& pipeline, const Deadline& deadline, Vectors form)
      : pipeline_(pipeline), deadline_(deadline), form_(form), csv_(csv_header(form)) {}

  void add(const Row& row, Chip look) {
    rows_.push_back(row);
    looks_.push_back(std::move(look));
    if (looks_.size() == kLooksAtOnce) embed();
  }
  std::string finish() {
    embed();
    return std::move(csv_);
  }

 private:
  void embed() {
    const std::vector<FaceVector> vectors = pipeline_.embed(looks_, deadline_);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      rows_[i].vector = vectors[i];
      csv_ += csv_row(rows_[i], form_);
    }
    rows_.clear();
    looks_.clear();
  }

  const Pipeline& pipeline_;
  const Deadline& deadline_;
  Vectors form_;
  std::string csv_;
  std::vector<Row> rows_;
  std::vector<Chip> looks_;
};

}  // namespace

Pipeline::Pipeline(const std::string& weights_path) : Pipeline(std::make_unique<Weights>(weights_path)) {}

Pipeline::Pipeline(Section weights) : Pipeline(std::make_unique<Weights>(weights)) {}

Pipeline::Pipeline(std::unique_ptr<Weights> weights)
    : weights_(std::move(weights)), isa_(chosen_isa()), threads_(usable_threads()), finder_(*weights_, isa_, threads_), mesh_(*weights_, isa_),
      face_net_(*weights_, isa_, threads_) {}

std::vector<Detection> Pipeline::detect(const Image& image, Search search, Budget& budget) const {
  return finder_.find(image, search, budget);
}

std::vector<FaceVector> Pipeline::embed(const std::vector<Chip>& chips, const Deadline& deadline) const {
  return face_net_.embed(chips.data(), chips.size(), deadline);
}

std::string Pipeline::describe(const std::vector<std::uint8_t>& bytes, const ImageLimits& limits,
                               const Request& request, std::vector<std::string>* notes) const {
  return describe(decode_image(bytes.data(), bytes.size(), limits, notes), limits, request, notes);
}

std::string Pipeline::describe(const Image& image, const ImageLimits& limits, const Request& request,
                               std::vector<std::string>* notes) const {
  Budget budget;
  budget.deadline = limits.deadline;
  const std::vector<Detection> detections =
      request.box ? std::vector<Detection>{finder_.face_in(image, checked(*request.box, image))}
                  : detect(image, search_for(request), budget);
  if (budget.left_out && notes != nullptr) {
    notes->push_back("the picture may show more faces: only the " + std::to_string(detections.size()) +
                     " that the detector is surest of are used");
  }
  if (detections.empty() && request.augment && notes != nullptr) {
    const std::string why = why_nothing_shows(image);
    if (!why.empty()) notes->push_back(why);
  }
  Rows rows(*this, budget.deadline, request.packed ? Vectors::packed : Vectors::text);
  const int all_of = augmented(request, detections);
  for (std::size_t first = 0; first < detections.size(); first += kFacesAtOnce) {
    const std::size_t count = std::min(kFacesAtOnce, detections.size() - first);
    std::vector<FaceLooks> looks(count);
    const auto variants = [&](std::size_t i) { return variants_of(request, static_cast<int>(first + i) + 1 == all_of); };
    share(count, threads_, [&](std::size_t from, std::size_t to) {
      for (std::size_t i = from; i < to; ++i) {
        budget.deadline.check();
        looks[i] = looks_at(image, detections[first + i], mesh_, variants(i));
      }
    });
    for (std::size_t i = 0; i < count; ++i) {
      const std::vector<int> numbers = variants(i);
      for (std::size_t look = 0; look < numbers.size(); ++look) {
        const Row row{detections[first + i], {}, static_cast<int>(first + i) + 1, numbers[look], looks[i].quality};
        rows.add(row, std::move(looks[i].chips[look]));
      }
    }
  }
  return rows.finish();
}

}  // namespace fr
