// The flow: image bytes -> CSV.
#include "pipeline.hh"

#include <utility>

#include "align/chip.hh"
#include "align/quality.hh"
#include "align/variants.hh"
#include "csv.hh"
#include "kernels/isa.hh"
#include "threads.hh"

namespace fr {
namespace {

constexpr std::size_t kLooksAtOnce = 128;  // 9 MB of chips, and work for 16 threads

struct Range {
  int from;
  int to;
};

Range variants_of(const Request& request, int face, std::size_t faces) {
  if (request.probe) return {kFirstProbeVariant, kFirstProbeVariant + kProbeVariants};
  const bool chosen = request.face == 0 ? faces == 1 : request.face == face;
  return {0, request.augment && chosen ? kVariants : 1};
}

/// The answer's rows. Looks wait here until there are kLooksAtOnce to embed, so that memory does not grow with the faces.
class Rows {
 public:
  Rows(const Pipeline& pipeline, const Deadline& deadline) : pipeline_(pipeline), deadline_(deadline), csv_(csv_header()) {}

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
      csv_ += csv_row(rows_[i]);
    }
    rows_.clear();
    looks_.clear();
  }

  const Pipeline& pipeline_;
  const Deadline& deadline_;
  std::string csv_;
  std::vector<Row> rows_;
  std::vector<Chip> looks_;
};

}  // namespace

Pipeline::Pipeline(const std::string& weights_path)
    : weights_(weights_path), isa_(chosen_isa()), threads_(usable_threads()), finder_(weights_, isa_, threads_),
      face_net_(weights_, isa_, threads_) {}

std::vector<Detection> Pipeline::detect(const Image& image, bool thorough, Budget& budget) const {
  return finder_.find(image, thorough, budget);
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
  const std::vector<Detection> detections = detect(image, request.thorough, budget);
  if (budget.left_out && notes != nullptr) {
    notes->push_back("the picture may show more faces: only the " + std::to_string(detections.size()) +
                     " that the detector is surest of are used");
  }
  Rows rows(*this, budget.deadline);
  int face = 0;
  for (const Detection& detection : detections) {
    budget.deadline.check();
    Chip chip = cut_chip(image, square_of(detection, variant(0)));
    const double sharp = sharpness(chip);
    const double bright = brightness(chip);
    const Range variants = variants_of(request, ++face, detections.size());
    for (int i = variants.from; i < variants.to; ++i) {
      const Variant look = variant(i);
      // An odd variant mirrors the chip of the one before, and variant 0 is cut already.
      if (i != 0 && !look.mirror) chip = cut_chip(image, square_of(detection, look));
      Chip shown = chip;
      if (look.mirror) mirror(shown);
      rows.add({detection, {}, face, i, sharp, bright}, std::move(shown));
    }
  }
  return rows.finish();
}

}  // namespace fr
