// One picture's answer, whoever asks.
#include "answer.hh"

#include <new>
#include <utility>

namespace fr {

Answer answer(const Pipeline& pipeline, ImageLimits limits, const Request& request, const ReadImage& read) {
  limits.deadline = Deadline::after(limits.max_time);
  try {
    std::vector<std::string> notes;
    const Image image = read(limits, &notes);
    std::string csv = pipeline.describe(image, limits, request, &notes);
    return {0, std::move(csv), std::move(notes)};
  } catch (const UnusablePicture& reason) {
    return {2, reason.what(), {}};
  } catch (const TookTooLong& reason) {
    return {3, reason.what(), {}};
  } catch (const std::bad_alloc&) {
    return {1, kOutOfMemory, {}};
  }
}

}  // namespace fr
