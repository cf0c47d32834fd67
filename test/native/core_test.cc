// Alignment, variants, sharpness, CSV, the command line and threads.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <set>
#include <sstream>

#include "align/align.hh"
#include "align/detail.hh"
#include "arguments.hh"
#include "align/variants.hh"
#include "check.hh"
#include "csv.hh"
#include "align/nothing.hh"
#include "align/quality.hh"
#include "align/signs.hh"
#include "threads.hh"

namespace {

// The landmarks of a face whose chip is the upright square from (40, 60) with sides of 300 pixels.
fr::Landmarks upright_landmarks() {
  const fr::Landmarks mean{{{0.8595674595992, 0.2134981538014},
                            {0.6460604764104, 0.2289674387677},
                            {0.1205750620789, 0.2137274526848},
                            {0.3340850613712, 0.2290642403242},
                            {0.4901123135679, 0.6277975316475}}};
  fr::Landmarks landmarks = mean;
  for (fr::Point& point : landmarks) point = {40 + (point.x + .25) / 1.5 * 300, 60 + (point.y + .25) / 1.5 * 300};
  return landmarks;
}

bool near(double a, double b) { return std::abs(a - b) < 1e-6; }

fr::Chip random_chip(unsigned seed) {
  std::mt19937 random(seed);
  fr::Chip chip;
  for (std::uint8_t& value : chip.rgb) value = static_cast<std::uint8_t>(random());
  return chip;
}

// Each pixel becomes the mean of those up to `radius` to its left and right.
fr::Chip blurred(const fr::Chip& chip, int radius) {
  fr::Chip soft = chip;
  for (int i = 0; i < fr::kChipSide * fr::kChipSide * 3; ++i) {
    const int row = i / (fr::kChipSide * 3) * (fr::kChipSide * 3);
    int sum = 0;
    for (int d = -radius; d <= radius; ++d) {
      const int at = std::clamp(i + 3 * d, row + i % 3, row + (fr::kChipSide - 1) * 3 + i % 3);
      sum += chip.rgb[static_cast<std::size_t>(at)];
    }
    soft.rgb[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(sum / (2 * radius + 1));
  }
  return soft;
}

std::vector<std::string> cells(const std::string& row) {
  std::vector<std::string> all;
  std::istringstream line(row);
  for (std::string cell; std::getline(line, cell, ',');) all.push_back(cell);
  return all;
}

TEST("alignment finds the square that the landmarks were placed in") {
  const fr::ChipGeometry found = fr::align(upright_landmarks());
  CHECK(near(found.center.x, 190));
  CHECK(near(found.center.y, 210));
  CHECK(near(found.side, 300));
  CHECK(near(found.angle, 0));
}

TEST("alignment follows a turn about the square's centre") {
  fr::Landmarks landmarks = upright_landmarks();
  const double angle = .4;
  for (fr::Point& point : landmarks) {
    const double x = point.x - 190;
    const double y = point.y - 210;
    point = {190 + x * std::cos(angle) - y * std::sin(angle), 210 + x * std::sin(angle) + y * std::cos(angle)};
  }
  const fr::ChipGeometry found = fr::align(landmarks);
  CHECK(near(found.center.x, 190));
  CHECK(near(found.center.y, 210));
  CHECK(near(found.side, 300));
  CHECK(near(found.angle, angle));
}

// The refined landmarks differ a little, as they do in a photograph.
fr::Detection upright_face() {
  fr::Detection face{{}, 0, upright_landmarks(), upright_landmarks()};
  for (fr::Point& point : face.refined) point.x += .3;
  return face;
}

// As pipeline.cc does it.
void mirror_where(const fr::Variant& variant, fr::Chip& chip) {
  if (variant.mirror) fr::mirror(chip);
}

TEST("the first variant is the face as dlib sees it") {
  const fr::ChipGeometry aligned = fr::align(upright_landmarks());
  const fr::ChipGeometry same = fr::square_of(fr::place_by_landmarks(upright_face()), fr::variant(0));
  CHECK(same.center.x == aligned.center.x && same.center.y == aligned.center.y);
  CHECK(same.side == aligned.side && same.angle == aligned.angle);
  fr::Chip chip = random_chip(1);
  mirror_where(fr::variant(0), chip);
  CHECK(chip.rgb == random_chip(1).rgb);
}

TEST("a probe is one variant of every square, half of them mirrored") {
  std::set<double> sides;
  int mirrored = 0;
  for (const int i : fr::kProbeVariants) {
    sides.insert(fr::square_of(fr::place_by_landmarks(upright_face()), fr::variant(i)).side);
    mirrored += fr::variant(i).mirror ? 1 : 0;
  }
  CHECK_EQ(sides.size(), std::size_t{fr::kVariants / 2});
  CHECK_EQ(mirrored, fr::kVariants / 4);
  CHECK_EQ(fr::kProbeVariants.front(), 0);  // handler/ reads how the face lies from variant 0
}

TEST("all variants differ from one another, in geometry or in pixels") {
  std::set<std::string> seen;
  for (int i = 0; i < fr::kVariants; ++i) {
    const fr::ChipGeometry g = fr::square_of(fr::place_by_landmarks(upright_face()), fr::variant(i));
    fr::Chip chip = random_chip(2);
    mirror_where(fr::variant(i), chip);
    std::ostringstream key;
    key << g.center.x << ' ' << g.center.y << ' ' << g.side << ' ' << g.angle << ' ';
    key.write(reinterpret_cast<const char*>(chip.rgb.data()), static_cast<std::streamsize>(chip.rgb.size()));
    seen.insert(key.str());
  }
  CHECK_EQ(seen.size(), std::size_t{fr::kVariants});
}

TEST("an odd variant is the mirror image of the even one before it") {
  for (int i = 0; i < fr::kVariants; i += 2) {
    fr::Chip as_seen = random_chip(3);
    fr::Chip mirrored = random_chip(3);
    mirror_where(fr::variant(i), as_seen);
    mirror_where(fr::variant(i + 1), mirrored);
    fr::mirror(as_seen);
    CHECK(as_seen.rgb == mirrored.rgb);
  }
}

TEST("sharpness falls with every blur and is 0 on a flat chip") {
  const double sharp = fr::sharpness(random_chip(5));
  const double soft = fr::sharpness(blurred(random_chip(5), 1));
  const double softer = fr::sharpness(blurred(random_chip(5), 3));
  CHECK(sharp > soft && soft > softer && softer > 0);
  CHECK_EQ(fr::sharpness(fr::Chip{}), 0.0);
}

// Each pixel becomes the mean of those up to `radius` above and below it.
fr::Chip blurred_down(const fr::Chip& chip, int radius) {
  fr::Chip soft = chip;
  constexpr int kRow = fr::kChipSide * 3;
  for (int i = 0; i < fr::kChipSide * kRow; ++i) {
    int sum = 0;
    for (int d = -radius; d <= radius; ++d) {
      const int row = std::clamp(i / kRow + d, 0, fr::kChipSide - 1);
      sum += chip.rgb[static_cast<std::size_t>(row * kRow + i % kRow)];
    }
    soft.rgb[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(sum / (2 * radius + 1));
  }
  return soft;
}

TEST("the least sharpness falls when the chip is smeared in any one direction, by more than the sharpness does") {
  const fr::Chip chip = random_chip(8);
  for (const fr::Chip& smeared : {blurred(chip, 4), blurred_down(chip, 4)}) {
    const double left = fr::least_sharpness(smeared) / fr::least_sharpness(chip);
    CHECK(left < .5);
    CHECK(left < fr::sharpness(smeared) / fr::sharpness(chip) - .1);
  }
  CHECK_EQ(fr::least_sharpness(fr::Chip{}), 0.0);
}

TEST("clipped is the share of the chip's middle in which a channel is at its end") {
  fr::Chip chip;
  CHECK_EQ(fr::clipped(chip), 0.0);
  for (int y = 0; y < fr::kChipSide / 2; ++y) {
    for (int x = 0; x < fr::kChipSide; ++x) chip.rgb[static_cast<std::size_t>(y * fr::kChipSide + x) * 3 + 2] = 255;
  }
  CHECK(near(fr::clipped(chip), .5));
}

// A slope with some noise; in blocks of 8 pixels from `start` on, only the mean of each is left where `is_coarse`.
fr::Image slope(int side, int start, bool is_coarse) {
  std::mt19937 random(9);
  fr::Image image;
  image.width = image.height = side;
  const auto coarse = [&](int at) { return is_coarse ? at - (at + 8 - start) % 8 + 4 : at; };
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const auto value = static_cast<std::uint8_t>(coarse(x) / 2 + coarse(y) / 2 + static_cast<int>(random() % 5));
      image.rgb.insert(image.rgb.end(), 3, value);
    }
  }
  return image;
}

TEST("blocking is high where a picture is laid in blocks, wherever they start, and low where it is not") {
  for (int start = 0; start < 8; start += 3) CHECK(fr::blocking(slope(200, start, true), {10, 13, 180, 190}) > 1);
  CHECK(fr::blocking(slope(200, 0, false), {10, 13, 180, 190}) < .3);
}

TEST("blocking stays inside the picture, and is 0 where there are no four blocks to look at") {
  const fr::Image image = slope(100, 0, true);
  CHECK(fr::blocking(image, {-50, -50, 400, 400}) > 1);
  CHECK_EQ(fr::blocking(image, {80, 80, 200, 200}), 0.0);
  CHECK_EQ(fr::blocking(image, {300, 300, 400, 400}), 0.0);
  CHECK_EQ(fr::blocking(slope(1, 0, true), {0, 0, 1, 1}), 0.0);
}

TEST("softening keeps a flat chip, its mean and its edges, and spreads one bright pixel by the binomials of 4") {
  fr::Chip flat;
  std::fill(flat.rgb.begin(), flat.rgb.end(), std::uint8_t{77});
  fr::Chip same = flat;
  fr::soften(same);
  CHECK(same.rgb == flat.rgb);
  fr::Chip chip;
  const auto green = [&](int x, int y) { return &chip.rgb[static_cast<std::size_t>((y * fr::kChipSide + x) * 3 + 1)]; };
  *green(70, 40) = 255;
  *green(0, 149) = 255;
  fr::soften(chip);
  // 255 x 6/16 is 95.6; each later value is a part of a line that was rounded.
  CHECK_EQ(int{*green(70, 40)}, 36);
  CHECK_EQ(int{*green(71, 40)}, 24);
  CHECK_EQ(int{*green(70, 42)}, 6);
  CHECK_EQ(int{*green(72, 42)}, 1);
  CHECK_EQ(int{*green(73, 40)}, 0);
  CHECK_EQ(int{*(green(70, 40) + 1)}, 0);
  // The corner repeats itself outwards: 11 of 16 stay on it along each line.
  CHECK_EQ(int{*green(0, 149)}, 120);
}

TEST("sharpening keeps a flat chip, steepens an edge on both sides and stays within 0 to 255") {
  fr::Chip chip;
  const auto red = [&](int x) { return int{chip.rgb[static_cast<std::size_t>((75 * fr::kChipSide + x) * 3)]}; };
  for (std::size_t i = 0; i < chip.rgb.size(); ++i) chip.rgb[i] = i / 3 % fr::kChipSide < 75 ? 100 : 140;
  fr::sharpen(chip);
  CHECK(red(74) < 90 && red(75) > 150);
  CHECK_EQ(red(20), 100);
  CHECK_EQ(red(130), 140);
  for (std::size_t i = 0; i < chip.rgb.size(); ++i) chip.rgb[i] = i / 3 % fr::kChipSide < 75 ? 5 : 250;
  fr::sharpen(chip);
  CHECK_EQ(red(74), 0);
  CHECK_EQ(red(75), 255);
}

TEST("a chip is softened where blocks show at their size or larger, sharpened where it is blurred, and left alone otherwise") {
  const fr::Chip chip = random_chip(5);
  fr::Quality quality;
  quality.sharpness = .3;
  double side = 120;
  const auto mended = [&] {
    fr::Chip copy = chip;
    fr::mend_detail(copy, quality, side);
    return copy.rgb;
  };
  fr::Chip soft = chip;
  fr::soften(soft);
  fr::Chip sharp = chip;
  fr::sharpen(sharp);
  CHECK(mended() == chip.rgb);
  quality.sharpness = .07;
  CHECK(mended() == sharp.rgb);
  quality.blocking = 1;
  CHECK(mended() == soft.rgb);
  side = 200;
  CHECK(mended() == chip.rgb);
}

TEST("a chip's texture knows neither light nor contrast, and is 0 on a flat chip") {
  const fr::Chip chip = random_chip(4);
  fr::Chip dimmer = chip;
  for (std::uint8_t& value : dimmer.rgb) value = static_cast<std::uint8_t>(value / 2 + 40);
  const fr::Texture texture = fr::texture_of(chip);
  const fr::Texture again = fr::texture_of(dimmer);
  for (std::size_t i = 0; i < texture.size(); ++i) CHECK(std::abs(texture[i] - again[i]) < .2);
  for (const float value : fr::texture_of(fr::Chip{})) CHECK_EQ(value, 0.f);
}

TEST("a texture's thirds see brightness, steps along rows and steps along columns, each in its own cell") {
  fr::Chip chip;
  // One cell in the chip, third from the left and second from above, has upright stripes.
  for (int y = 25 + 10; y < 25 + 20; ++y) {
    for (int x = 25 + 20; x < 25 + 30; x += 4) {
      for (int i = 0; i < 6; ++i) chip.rgb[static_cast<std::size_t>((y * fr::kChipSide + x) * 3 + i)] = 200;
    }
  }
  const fr::Texture texture = fr::texture_of(chip);
  constexpr std::size_t kThird = fr::kCells * fr::kCells;
  const std::size_t striped = fr::kCells + 2;
  CHECK(static_cast<std::size_t>(std::max_element(texture.begin(), texture.begin() + kThird) - texture.begin()) == striped);
  CHECK(texture[kThird + striped] > 5);
  CHECK(texture[2 * kThird + striped] < texture[kThird + striped]);
}

TEST("brightness is the mean of the chip's middle, from 0 to 255") {
  fr::Chip chip;
  CHECK_EQ(fr::brightness(chip), 0.0);
  std::fill(chip.rgb.begin(), chip.rgb.end(), std::uint8_t{200});
  CHECK(near(fr::brightness(chip), 200));
  chip.rgb[0] = 0;  // a corner, which does not show the face
  CHECK(near(fr::brightness(chip), 200));
}

TEST("what hides a whole picture is said: its size, darkness, too much light, a hard JPEG; else nothing") {
  const auto starts = [](const fr::Image& image, const std::string& words) {
    return fr::why_nothing_shows(image).rfind(words, 0) == 0;
  };
  const fr::Image fair = slope(200, 0, false);
  CHECK_EQ(fr::why_nothing_shows(fair), std::string());
  CHECK(starts(slope(39, 0, false), "the picture is too small, 39 x 39 pixels: "));
  CHECK(starts(slope(200, 0, true), "the picture is compressed too hard"));
  fr::Image dark = fair;
  for (std::uint8_t& value : dark.rgb) value /= 10;
  CHECK(starts(dark, "the picture is dark, almost all of it below 1"));
  fr::Image bright = fair;
  for (std::uint8_t& value : bright.rgb) value = static_cast<std::uint8_t>(std::min(value * 4, 255));
  CHECK(starts(bright, "the picture is overexposed, "));
  fr::Image soft = fair;
  for (std::size_t at = 0; at < soft.rgb.size(); ++at) {
    const auto pixel = static_cast<double>(at / 3);
    soft.rgb[at] = static_cast<std::uint8_t>(120 + 80 * std::sin(std::fmod(pixel, 200) / 19) * std::cos(pixel / 200 / 23));
  }
  CHECK(starts(soft, "the picture is blurred, "));
}

TEST("a CSV row has as many cells as the header, and its floats read back to the same bits") {
  std::mt19937 random(6);
  fr::Row row;
  for (float& value : row.vector) {
    do {
      const auto bits = static_cast<std::uint32_t>(random());
      std::memcpy(&value, &bits, sizeof value);
    } while (!std::isfinite(value));
  }
  row.vector[0] = std::numeric_limits<float>::denorm_min();
  row.vector[1] = std::numeric_limits<float>::max();
  row.vector[2] = -0.0F;
  const std::vector<std::string> texts = cells(fr::csv_row(row, fr::Vectors::text));
  CHECK_EQ(texts.size(), cells(fr::csv_header(fr::Vectors::text)).size());
  for (std::size_t i = 0; i < row.vector.size(); ++i) {
    const float back = std::strtof(texts[15 + i].c_str(), nullptr);
    CHECK(std::memcmp(&back, &row.vector[i], sizeof back) == 0);
  }
}

TEST("a packed row has one cell for its vector: base64 of its bytes, the lowest of each number first") {
  fr::Row row;
  row.vector[0] = 1;   // 00 00 80 3f
  row.vector[1] = -2;  // 00 00 00 c0
  const std::vector<std::string> texts = cells(fr::csv_row(row, fr::Vectors::packed));
  CHECK_EQ(texts.size(), cells(fr::csv_header(fr::Vectors::packed)).size());
  CHECK_EQ(texts[15].substr(0, 12), std::string("AACAPwAAAMAA"));
  CHECK_EQ(texts[15].size(), std::size_t{684});  // 512 bytes
  CHECK_EQ(texts[15].substr(680), std::string("AAA="));
}

TEST("the command line is understood, option by option") {
  const fr::Arguments a =
      fr::parse_arguments({"--augment", "--face", "2", "--max-pixels", "9", "--max-bytes", "8", "--weights", "m", "p.jpg"});
  CHECK(a.request.augment && !a.worker);
  CHECK_EQ(a.request.face, 2);
  CHECK_EQ(a.limits.max_pixels, std::size_t{9});
  CHECK_EQ(a.limits.max_bytes, std::size_t{8});
  CHECK_EQ(a.weights_path, "m");
  CHECK_EQ(a.path, "p.jpg");
  CHECK(fr::parse_arguments({"--worker"}).worker);
}

TEST("a wrong option is refused, and named") {
  CHECK_THROWS(fr::UsageError, "--fase", fr::parse_arguments({"--fase"}));
  CHECK_THROWS(fr::UsageError, "--face wants a value", fr::parse_arguments({"--face"}));
  CHECK_THROWS(fr::UsageError, "'0'", fr::parse_arguments({"--face", "0"}));
  CHECK_THROWS(fr::UsageError, "'2x'", fr::parse_arguments({"--face", "2x"}));
  CHECK_THROWS(fr::UsageError, "exclude", fr::parse_arguments({"--probe", "--augment"}));
  CHECK_THROWS(fr::UsageError, "one picture", fr::parse_arguments({"a", "b"}));
}

TEST("a box is four whole numbers, right and bottom after left and top") {
  const std::optional<fr::Box> box = fr::parse_request("7 --augment --box -5,10,45,70").request.box;
  CHECK(box.has_value());
  CHECK_EQ(box->left, -5L);
  CHECK_EQ(box->top, 10L);
  CHECK_EQ(box->right, 45L);
  CHECK_EQ(box->bottom, 70L);
  for (const char* wrong : {"1,2,3", "1,2,3,4,5", "1,2,3,4,", "1,,3,4", "1.5,2,3,4", "a,2,3,4", "9,9,9,99999999999"}) {
    CHECK_THROWS(fr::UsageError, "--box wants", fr::parse_arguments({"--box", wrong}));
  }
  CHECK_THROWS(fr::UsageError, "is empty", fr::parse_arguments({"--box", "5,5,5,9"}));
  CHECK_THROWS(fr::UsageError, "exclude", fr::parse_arguments({"--face", "1", "--box", "1,2,3,4"}));
}

TEST("a request line is a number of bytes and the same options") {
  const fr::PictureRequest plain = fr::parse_request("123");
  CHECK_EQ(plain.bytes, std::size_t{123});
  CHECK(!plain.request.augment);
  const fr::PictureRequest asked = fr::parse_request("0 --augment --face 3");
  CHECK_EQ(asked.bytes, std::size_t{0});
  CHECK(asked.request.augment);
  CHECK_EQ(asked.request.face, 3);
  CHECK(fr::parse_request("7 --probe").request.probe);
  CHECK(!plain.request.packed && fr::parse_request("7 --packed").request.packed);
  const fr::PictureRequest pixels = fr::parse_request("12 --pixels 4x1 --probe");
  CHECK_EQ(pixels.width, 4U);
  CHECK_EQ(pixels.height, 1U);
  CHECK(pixels.request.probe);
  for (const char* wrong : {"", "-1", "12 --worker", "twelve", "99999999999999999999999", "12 --pixels", "12 --pixels 4",
                            "12 --pixels x", "12 --pixels 4x", "12 --pixels 4x0", "12 --pixels 4x1x1",
                            "12 --pixels 4294967296x1"}) {
    CHECK_THROWS(fr::UsageError, "", fr::parse_request(wrong));
  }
}

TEST("each part of shared work is done once on any number of threads, and a failure reaches the caller") {
  for (const std::size_t threads : {1U, 2U, 7U}) {
    for (const std::size_t count : {0U, 1U, 5U, 100U}) {
      std::vector<int> done(count);
      fr::share(count, threads, [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) ++done[i];
      });
      CHECK(done == std::vector<int>(count, 1));
    }
  }
  CHECK_THROWS(std::runtime_error, "the last", fr::share(5, 3, [](std::size_t, std::size_t to) {
                 if (to == 5) throw std::runtime_error("the last failed");
               }));
}

TEST("FR_THREADS sets the number of threads, and a wrong value is refused") {
  setenv("FR_THREADS", "3", 1);
  CHECK_EQ(fr::usable_threads(), 3U);
  for (const char* wrong : {"0", "-1", "many", "257", "1e9", ""}) {
    setenv("FR_THREADS", wrong, 1);
    CHECK_THROWS(std::runtime_error, "FR_THREADS", fr::usable_threads());
  }
  unsetenv("FR_THREADS");
  CHECK(fr::usable_threads() >= 1);
}

}  // namespace

int main() { return check::run_tests(); }
