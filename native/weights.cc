// The weights file: map it, check it, hand out its sections.
#include "weights.hh"

#include <cstring>
#include <stdexcept>

#include "platform.hh"

namespace fr {
namespace {

constexpr std::uint32_t kFormat = 3;
constexpr std::size_t kAlignment = 64;
// The file's old name. It stays, since a new magic would mean a new format.
constexpr char kMagic[8] = {'f', 'r', '-', 'm', 'o', 'd', 'e', 'l'};

struct Head {
  char magic[8];
  std::uint32_t format;
  std::uint32_t sections;
  std::uint64_t bytes;     // of the whole file
  std::uint64_t checksum;  // of all that follows the head
  std::uint8_t unused[32];
};
static_assert(sizeof(Head) == kAlignment);

struct Entry {
  char name[16];  // padded with zeros
  std::uint64_t offset;
  std::uint64_t bytes;
};
static_assert(sizeof(Entry) == 32);

Entry entry_at(const Section& map, std::size_t index) {
  Entry entry;
  std::memcpy(&entry, map.data + sizeof(Head) + index * sizeof(Entry), sizeof entry);
  return entry;
}

void check(const Section& map) {
  Head head;
  if (map.size < sizeof head) throw std::runtime_error("is too short");
  std::memcpy(&head, map.data, sizeof head);
  if (std::memcmp(head.magic, kMagic, sizeof kMagic) != 0) throw std::runtime_error("is not a weights file");
  if (head.format != kFormat) throw std::runtime_error("is of format " + std::to_string(head.format));
  if (head.bytes != map.size) throw std::runtime_error("is cut short, or too long");
  if (head.checksum != weights_checksum(map.data + sizeof head, map.size - sizeof head)) {
    throw std::runtime_error("is damaged");
  }
  if (head.sections > (map.size - sizeof head) / sizeof(Entry)) throw std::runtime_error("is damaged");
  for (std::size_t i = 0; i < head.sections; ++i) {
    const Entry entry = entry_at(map, i);
    const bool fits = entry.offset <= map.size && entry.bytes <= map.size - entry.offset;
    if (!fits || entry.offset % kAlignment != 0) throw std::runtime_error("is damaged");
  }
}

std::size_t align_up(std::size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

// Four lanes of FNV-1a over 8-byte words: it need not resist an enemy, only damage, and must run at memory speed.
std::uint64_t weights_checksum(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  std::uint64_t lanes[4] = {1, 2, 3, 4};
  std::size_t at = 0;
  for (; at + 32 <= size; at += 32) {
    std::uint64_t words[4];
    std::memcpy(words, data + at, sizeof words);
    for (int i = 0; i < 4; ++i) lanes[i] = (lanes[i] ^ words[i]) * kPrime;
  }
  std::uint64_t sum = size;
  for (; at < size; ++at) sum = (sum ^ data[at]) * kPrime;
  for (const std::uint64_t lane : lanes) sum = (sum ^ lane) * kPrime;
  return sum ^ sum >> 32;
}

Weights::Weights(const std::string& path) : path_(path) {
  try {
    map_ = map_file(path);
    check(map_);
  } catch (const std::runtime_error& error) {
    unmap_file(map_);
    throw std::runtime_error("the weights file " + path + " " + error.what() + ": run the build again");
  }
}

Weights::Weights(Section bytes) : lent_(true), map_(bytes), path_("in memory") {
  try {
    check(map_);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(std::string("the weights file ") + error.what() + ": run the build again");
  }
}

Weights::~Weights() {
  if (!lent_) unmap_file(map_);
}

Section Weights::section(const std::string& name) const {
  Head head;
  std::memcpy(&head, map_.data, sizeof head);
  for (std::size_t i = 0; i < head.sections; ++i) {
    const Entry entry = entry_at(map_, i);
    if (name.size() <= sizeof entry.name && std::strncmp(entry.name, name.c_str(), sizeof entry.name) == 0) {
      return {map_.data + entry.offset, static_cast<std::size_t>(entry.bytes)};
    }
  }
  throw std::runtime_error("the weights file " + path_ + " has no section " + name + ": run the build again");
}

std::vector<std::uint8_t> format_weights(const std::vector<std::pair<std::string, std::vector<std::uint8_t>>>& sections) {
  std::vector<std::uint8_t> file(align_up(sizeof(Head) + sections.size() * sizeof(Entry)));
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const auto& [name, bytes] = sections[i];
    Entry entry{{}, file.size(), bytes.size()};
    std::memcpy(entry.name, name.data(), name.size() < sizeof entry.name ? name.size() : sizeof entry.name);
    std::memcpy(file.data() + sizeof(Head) + i * sizeof(Entry), &entry, sizeof entry);
    file.insert(file.end(), bytes.begin(), bytes.end());
    file.resize(align_up(file.size()));
  }
  Head head{{}, kFormat, static_cast<std::uint32_t>(sections.size()), file.size(), 0, {}};
  std::memcpy(head.magic, kMagic, sizeof kMagic);
  head.checksum = weights_checksum(file.data() + sizeof head, file.size() - sizeof head);
  std::memcpy(file.data(), &head, sizeof head);
  return file;
}

}  // namespace fr
