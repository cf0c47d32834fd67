// Large buffers: they are used again, and never hold more memory than was in use at once before.
#include <malloc.h>

#include <cstdint>
#include <vector>

#include "check.hh"

namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t kMegabyte = 1 << 20;

std::size_t mapped() { return mallinfo2().hblkhd; }

TEST("a large buffer is used again for one of about its size, and not for a much smaller one") {
  const void* first = Bytes(20 * kMegabyte).data();
  CHECK(Bytes(19 * kMegabyte).data() == first);
  const Bytes small(8 * kMegabyte);
  CHECK(small.data() != first);
}

TEST("buffers that wait and those in use are never more than were in use at once") {
  const std::size_t before = mapped();
  { const Bytes large(100 * kMegabyte); }
  CHECK(mapped() >= before + 100 * kMegabyte);
  const Bytes first(30 * kMegabyte), second(50 * kMegabyte);
  CHECK(mapped() < before + 104 * kMegabyte);
}

TEST("what is too much to be kept is given back") {
  const std::size_t before = mapped();
  { const Bytes large(200 * kMegabyte); }
  CHECK(mapped() < before + 104 * kMegabyte);
}

}  // namespace

int main() { return check::run_tests(); }
