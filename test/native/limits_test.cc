// The limits of one picture, one request and the process: pixels, planes, faces, memory, time, threads.
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <new>
#include <string>
#include <vector>

#include "arguments.hh"
#include "check.hh"
#include "image/image.hh"
#include "detect/overlap.hh"
#include "pictures/pictures.hh"
#include "align/quality.hh"
#include "image/resize.hh"
#include "threads.hh"

namespace {

using pictures::decode;
using pictures::File;
using pictures::operator+;

void refuses(const File& file, const std::string& reason, const fr::ImageLimits& limits = {}) {
  CHECK_THROWS(fr::UnusablePicture, reason, decode(file, limits));
}

/// White, 8-bit gray.
File gray_png(int width, int height) {
  pictures::PngOptions options;
  options.colour_type = 0;
  return pictures::png(width, height, File(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 255), options);
}

fr::Image noise(int width, int height) {
  fr::Image image{width, height, {}};
  image.rgb.resize(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  std::uint32_t seed = 1;
  for (std::uint8_t& value : image.rgb) value = static_cast<std::uint8_t>((seed = seed * 1664525 + 1013904223) >> 24);
  return image;
}

fr::Deadline passed_deadline() {
  const fr::Deadline deadline = fr::Deadline::after(std::chrono::milliseconds(1));
  while (!deadline.passed()) {
  }
  return deadline;
}

/// A temporary folder with files.
class Scratch {
 public:
  Scratch() {
    char name[] = "/tmp/fr-limits-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~Scratch() { (void)std::system(("rm -r " + folder_).c_str()); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  void write(const std::string& name, const std::string& text) {
    for (std::size_t at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1)) {
      mkdir(path(name.substr(0, at)).c_str(), 0700);
    }
    std::ofstream(path(name)) << text;
  }

 private:
  std::string folder_;
};

TEST("a PNG is refused for its size also when another chunk comes first") {
  const File plain = pictures::png(pictures::patches());
  const File signature(plain.begin(), plain.begin() + 8);
  const File rest(plain.begin() + 33, plain.end());
  const File text = pictures::png_chunk("tEXt", {});
  const File huge = pictures::png_chunk("IHDR", {0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60, 8, 2, 0, 0, 0});
  refuses(signature + text + huge + rest, "the picture is 60000x60000 (3600.0 megapixels), above the limit of 50.0");
  const File strip = pictures::png_chunk("IHDR", {0, 0x2D, 0xC6, 0xC0, 0, 0, 0, 1, 8, 0, 0, 0, 0});
  refuses(signature + text + strip + rest, "the picture is 3000000x1, and one side is more than 100 times the other");
}

TEST("a side above 10,000 pixels is at most 100 times the other") {
  CHECK_EQ(decode(gray_png(10'000, 1)).width, 10'000);
  CHECK_EQ(decode(gray_png(1, 10'000)).height, 10'000);
  CHECK_EQ(decode(gray_png(10'100, 101)).width, 10'100);
  refuses(gray_png(10'001, 100), "the picture is 10001x100, and one side is more than 100 times the other: crop it");
  refuses(gray_png(100, 10'001), "the picture is 100x10001, and");
  const File plain = gray_png(1000, 1);
  const File head = pictures::png_chunk("IHDR", {0, 0x2D, 0xC6, 0xC0, 0, 0, 0, 1, 8, 0, 0, 0, 0});
  refuses(File(plain.begin(), plain.begin() + 8) + head + File(plain.begin() + 33, plain.end()),
          "the picture is 3000000x1, and");
}

TEST("a PNG with more picture data than pixels is refused before all of it is unpacked") {
  // The data of 131,072 rows, and a header that says 16.
  pictures::PngOptions options;
  options.colour_type = 0;
  const File file = pictures::png(1'024, 131'072, File(std::size_t{1'024} * 131'072, 0), options);
  const File signature(file.begin(), file.begin() + 8);
  const File rest(file.begin() + 33, file.end());
  const File head = pictures::png_chunk("IHDR", {0, 0, 4, 0, 0, 0, 0, 16, 8, 0, 0, 0, 0});
  refuses(signature + head + rest, "the PNG is damaged (more picture data than pixels)");
}

TEST("a JPEG in several scans is refused when its planes would take more than the limit of pixels allows") {
  const fr::Image image = noise(1000, 600);
  fr::ImageLimits limits;
  limits.max_pixels = 600'000;
  pictures::JpegOptions options;
  options.progressive = true;
  CHECK_EQ(decode(pictures::jpeg(image, options), limits).width, 1000);
  options.channels = 4;
  refuses(pictures::jpeg(image, options), "the JPEG stores 4 planes in several scans", limits);
  options.progressive = false;
  CHECK_EQ(decode(pictures::jpeg(image, options), limits).width, 1000);
}

TEST("a decoder of any format stops when the time is up, and says after how long") {
  fr::ImageLimits limits;
  limits.deadline = passed_deadline();
  for (const auto& sample : pictures::samples()) {
    const pictures::File& file = sample.second;
    CHECK_THROWS(fr::TookTooLong, "the picture takes more than 0.001 s: shrink it or raise the limit", decode(file, limits));
  }
}

TEST("a PNG that memory is too short for is reported as out of memory, not as damaged") {
#if defined(FR_SANITIZED)
  std::puts("  not run under sanitizers, which end the program when memory is short");
#else
  pictures::PngOptions options;
  options.colour_type = 6;
  options.depth = 16;
  options.interlaced = true;
  // 300,000 x 3,000: libpng first asks for rows of 2.4 MB, and after that we ask for the pixels.
  File file = pictures::png(1, 1, File(8, 0), options);
  const File head = pictures::png_chunk("IHDR", {0, 4, 0x93, 0xE0, 0, 0, 0x0B, 0xB8, 16, 6, 0, 0, 1});
  file = File(file.begin(), file.begin() + 8) + head + File(file.begin() + 33, file.end());
  fr::ImageLimits limits;
  limits.max_pixels = fr::kMostPixels;
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0;
  statm >> pages;
  rlimit before{};
  getrlimit(RLIMIT_AS, &before);
  const rlimit tight{pages * 4096 + (std::size_t{1} << 20), before.rlim_max};
  setrlimit(RLIMIT_AS, &tight);
  CHECK_THROWS(std::bad_alloc, "", decode(file, limits));
  setrlimit(RLIMIT_AS, &before);
#endif
}

TEST("of more than 1,000 faces the 1,000 with the best scores are kept, and the cut is reported") {
  std::vector<fr::ScoredBox> boxes;
  for (long i = 0; i < 1'001; ++i) boxes.push_back({{100 * i, 0, 100 * i + 80, 80}, static_cast<double>(i % 997)});
  const double least = boxes[0].score;
  fr::Budget budget;
  const std::vector<fr::ScoredBox> kept = fr::best_of_each(boxes, {0.5, 1}, budget);
  CHECK_EQ(kept.size(), fr::kMostFaces);
  CHECK(budget.left_out);
  CHECK_EQ(std::count_if(kept.begin(), kept.end(), [&](const fr::ScoredBox& box) { return box.score <= least; }), 1);
  fr::Budget enough;
  boxes.pop_back();
  CHECK_EQ(fr::best_of_each(boxes, {0.5, 1}, enough).size(), fr::kMostFaces);
  CHECK(!enough.left_out);
}

TEST("a picture is never shrunk to less than one pixel") {
  for (const auto& [width, height] : {std::pair{300, 200}, {300, 1}, {1, 1}, {1, 777}}) {
    for (const std::size_t most : {0U, 1U}) {
      const fr::Image small = fr::shrunk(noise(width, height), most);
      CHECK_EQ(small.width * small.height, 1);
      CHECK_EQ(small.rgb.size(), 3U);
    }
  }
}

TEST("a chip of a single colour has a finite sharpness, whatever the colour") {
  fr::Chip chip;
  for (int red = 0; red < 256; red += 3) {
    for (int blue = 0; blue < 256; blue += 15) {
      for (std::size_t i = 0; i < chip.rgb.size(); i += 3) {
        chip.rgb[i] = static_cast<std::uint8_t>(red);
        chip.rgb[i + 2] = static_cast<std::uint8_t>(blue);
      }
      const double sharpness = fr::sharpness(chip);
      CHECK(std::isfinite(sharpness) && sharpness >= 0);
    }
  }
}

TEST("the limit of pixels cannot be set above a billion, and the error says so") {
  CHECK_EQ(fr::parse_arguments({"--max-pixels", "1000000000"}).limits.max_pixels, fr::kMostPixels);
  for (const char* wrong : {"1000000001", "18446744073709551615", "99999999999999999999999", "0", "-1"}) {
    CHECK_THROWS(fr::UsageError, "--max-pixels wants a whole number from 1 to 1000000000, not '",
                 fr::parse_arguments({"--max-pixels", wrong}));
  }
  CHECK(fr::parse_arguments({"--timeout-ms", "1500"}).limits.max_time == std::chrono::milliseconds(1500));
  CHECK_THROWS(fr::UsageError, "--timeout-ms wants", fr::parse_arguments({"--timeout-ms", "0"}));
}

TEST("there are no more threads than processors that this process may run on") {
  cpu_set_t all, one;
  CHECK_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  CPU_ZERO(&one);
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &all)) {
      CPU_SET(i, &one);
      break;
    }
  }
  CHECK_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  CHECK_EQ(fr::usable_threads(), 1U);
  CHECK_EQ(sched_setaffinity(0, sizeof all, &all), 0);
}

TEST("there are no more threads than the control group allows, or one around it") {
  const double no_limit = std::numeric_limits<double>::infinity();
  Scratch at;
  const auto limit = [&] { return fr::group_limit(at.path("groups"), at.path("fs")); };
  CHECK_EQ(limit(), no_limit);
  at.write("groups", "0::/service/worker\n");
  at.write("fs/service/worker/cpu.max", "max 100000\n");
  CHECK_EQ(limit(), no_limit);
  at.write("fs/service/cpu.max", "300000 100000\n");
  CHECK_EQ(limit(), 3.0);
  at.write("fs/service/worker/cpu.max", "150000 100000\n");
  CHECK_EQ(limit(), 1.5);
  at.write("fs/cpu.max", "50000 100000\n");  // in a container the path may not exist below the mount
  CHECK_EQ(limit(), 0.5);
  Scratch elder;
  const auto elder_limit = [&] { return fr::group_limit(elder.path("groups"), elder.path("fs")); };
  elder.write("groups", "12:memory:/a/b\n4:cpu,cpuacct:/a/b\n1:name=systemd:/\n0::/\nnonsense\n");
  elder.write("fs/cpu,cpuacct/a/b/cpu.cfs_quota_us", "-1\n");
  elder.write("fs/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000\n");
  CHECK_EQ(elder_limit(), no_limit);
  elder.write("fs/cpu,cpuacct/a/cpu.cfs_quota_us", "200000\n");
  elder.write("fs/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  CHECK_EQ(elder_limit(), 2.0);
}

}  // namespace

int main() { return check::run_tests(); }
