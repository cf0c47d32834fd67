// Damaged pictures, cut anywhere or with changed bytes: each is refused with a reason, or decodes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "check.hh"
#include "image/image.hh"
#include "pictures/pictures.hh"

namespace {

using pictures::File;

/// Checks that the message is one line for a person.
void check_message(const std::string& message) {
  CHECK(!message.empty() && message.size() < 300);
  CHECK(std::none_of(message.begin(), message.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
}

/// The reason for refusing the picture; or the note on a picture that is used; or nothing.
std::string said_of(const File& file) {
  // A small limit keeps a corrupted size from costing seconds.
  fr::ImageLimits limits;
  limits.max_pixels = 100'000;
  try {
    std::vector<std::string> notes;
    const fr::Image image = fr::decode_image(file.data(), file.size(), limits, &notes);
    CHECK_EQ(image.rgb.size(), static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3);
    CHECK(notes.size() <= 1);
    return notes.empty() ? "" : notes[0];
  } catch (const fr::UnusablePicture& error) {
    check_message(error.what());
    return error.what();
  }
}

}  // namespace

TEST("half a file of any format is refused, because it ends early") {
  for (const auto& [name, file] : pictures::samples()) {
    const File half(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(file.size() / 2));
    CHECK_EQ(said_of(half), "the " + name + " ends early: part of the file is missing");
  }
}

TEST("a file cut at any byte is refused or decodes, and a cut JPEG, PNG or WebP is never taken for a whole one") {
  const std::string note = "the JPEG lacks its end mark, and nothing else: it is used as it is";
  for (const auto& [name, file] : pictures::samples()) {
    CHECK_EQ(said_of(file), "");
    for (std::size_t size = 1; size < file.size(); ++size) {
      // A vector of exactly this size, so that the address sanitizer notices reading past the cut.
      const std::string said = said_of(File(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
      CHECK(!said.empty() || name == "GIF");
      // The end mark is two bytes.
      CHECK_EQ(said == note, name == "JPEG" && size + 2 >= file.size());
    }
  }
}

TEST("a file with one byte changed is refused or decodes") {
  std::mt19937 random(20240607);  // the same bytes every time
  for (const auto& [name, file] : pictures::samples()) {
    for (int i = 0; i < 1500; ++i) {
      File changed = file;
      changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
      said_of(changed);
    }
  }
}

TEST("a file with several bytes changed and its end cut is refused or decodes") {
  std::mt19937 random(7);
  for (const auto& [name, file] : pictures::samples()) {
    for (int i = 0; i < 1000; ++i) {
      File changed = file;
      for (int change = 0; change < 8; ++change) {
        changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
      }
      changed.resize(changed.size() - random() % (changed.size() / 4));
      said_of(changed);
    }
  }
}

int main() {
  return check::run_tests();
}
