// The sidecar's words.
#include "arguments.hh"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace fr {
namespace {

template <typename Number>
Number parse_number(const std::string& what, const std::string& text,
                    Number most = std::numeric_limits<Number>::max()) {
  Number number{};
  const std::from_chars_result end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || number < 1 || number > most) {
    const bool bounded = most < std::numeric_limits<Number>::max();
    const std::string range = bounded ? "from 1 to " + std::to_string(most) : "from 1";
    throw UsageError(what + " wants a whole number " + range + ", not '" + text + "'");
  }
  return number;
}

/// The words one after the other.
class Words {
 public:
  explicit Words(const std::vector<std::string>& words) : words_(words) {}

  bool next(std::string& word) {
    if (at_ == words_.size()) return false;
    word = words_[at_++];
    return true;
  }
  std::string value_of(const std::string& option) {
    std::string value;
    if (!next(value)) throw UsageError(option + " wants a value");
    return value;
  }

 private:
  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
};

// Left, top, right and bottom in pixels; no corner is farther off than any picture reaches.
Box parse_box(const std::string& text) {
  constexpr long kFarthest = 1'000'000'000;
  std::array<long, 4> sides{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const std::from_chars_result read = std::from_chars(at, end, sides[i]);
    const bool followed = i + 1 == sides.size() ? read.ptr == end : read.ptr != end && *read.ptr == ',';
    if (read.ec != std::errc{} || !followed || sides[i] < -kFarthest || sides[i] > kFarthest) {
      throw UsageError("--box wants LEFT,TOP,RIGHT,BOTTOM in whole pixels, not '" + text + "'");
    }
    at = read.ptr + 1;
  }
  const Box box{sides[0], sides[1], sides[2], sides[3]};
  if (box.left >= box.right || box.top >= box.bottom) throw UsageError("--box " + text + " is empty: right is above left, bottom above top");
  return box;
}

bool take_request_option(const std::string& word, Words& words, Request& request) {
  if (word == "--augment") {
    request.augment = true;
  } else if (word == "--probe") {
    request.probe = true;
  } else if (word == "--thorough") {
    request.thorough = true;
  } else if (word == "--face") {
    request.face = parse_number<int>(word, words.value_of(word));
  } else if (word == "--box") {
    request.box = parse_box(words.value_of(word));
  } else {
    return false;
  }
  if (request.augment && request.probe) throw UsageError("--augment and --probe exclude each other");
  if (request.box && request.face != 0) throw UsageError("--box and --face exclude each other");
  return true;
}

// By hand: a stream would bring all of the library's locales into the program.
std::vector<std::string> split(const std::string& line) {
  constexpr const char* kSpace = " \t\r\n\v\f";
  std::vector<std::string> words;
  for (std::size_t end = 0;;) {
    const std::size_t start = line.find_first_not_of(kSpace, end);
    if (start == std::string::npos) return words;
    end = std::min(line.find_first_of(kSpace, start), line.size());
    words.push_back(line.substr(start, end - start));
  }
}

void take_size(const std::string& text, PictureRequest& request) {
  const std::size_t cross = std::min(text.find('x'), text.size());
  request.width = parse_number<std::uint32_t>("the width of --pixels", text.substr(0, cross));
  request.height = parse_number<std::uint32_t>("the height of --pixels", text.substr(std::min(cross + 1, text.size())));
}

}  // namespace

Arguments parse_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  Words rest(words);
  for (std::string word; rest.next(word);) {
    if (take_request_option(word, rest, arguments.request)) continue;
    if (word == "--worker") {
      arguments.worker = true;
    } else if (word == "--weights") {
      arguments.weights_path = rest.value_of(word);
    } else if (word == "--max-pixels") {
      arguments.limits.max_pixels = parse_number<std::size_t>(word, rest.value_of(word), kMostPixels);
    } else if (word == "--max-bytes") {
      arguments.limits.max_bytes = parse_number<std::size_t>(word, rest.value_of(word));
    } else if (word == "--timeout-ms") {
      arguments.limits.max_time = std::chrono::milliseconds(parse_number<int>(word, rest.value_of(word)));
    } else if (word.size() > 1 && word[0] == '-') {
      throw UsageError("unknown option " + word);
    } else if (!arguments.path.empty()) {
      throw UsageError("one picture at a time, or --worker");
    } else {
      arguments.path = word;
    }
  }
  return arguments;
}

PictureRequest parse_request(const std::string& line) {
  const std::vector<std::string> words = split(line);
  Words rest(words);
  PictureRequest request;
  // An empty picture is an unusable picture, not a wrong request.
  const std::string bytes = rest.value_of("a request");
  if (bytes != "0") request.bytes = parse_number<std::size_t>("a request", bytes);
  for (std::string word; rest.next(word);) {
    if (word == "--pixels") {
      take_size(rest.value_of(word), request);
    } else if (word == "--packed") {
      request.request.packed = true;
    } else if (!take_request_option(word, rest, request.request)) {
      throw UsageError("unknown option " + word);
    }
  }
  return request;
}

std::string too_many_bytes(const ImageLimits& limits) {
  return "the file is above the limit of " + std::to_string(limits.max_bytes) + " bytes: shrink it or raise the limit";
}

}  // namespace fr
