// Memory of large buffers: in large pages, since a 12-megapixel picture touches 20,000 small ones otherwise, and used again by the next
// picture, since the kernel clears what is new (a seventh of such a picture's time).
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

#include "platform.hh"

#if !defined(FR_SANITIZED)
namespace fr {
namespace {

constexpr std::size_t kLargePage = 2 << 20;
constexpr std::size_t kLarge = 2 * kLargePage;
constexpr std::size_t kMostKept = 128 << 20;  // bytes
constexpr std::size_t kMostBlocks = 16;

struct Block {
  void* data;
  std::size_t bytes;
};

/// Blocks that were given back wait here. All that it holds is never more than what was in use at once before.
class LargeBlocks {
 public:
  /// Null when memory is short.
  void* take(std::size_t bytes) {
    const std::lock_guard<std::mutex> alone(changing_);
    const std::size_t size = (bytes + kLargePage - 1) / kLargePage * kLargePage;
    void* data = take_kept(size);
    if (data == nullptr) data = take_new(size);
    if (data == nullptr) return nullptr;
    used_ += malloc_usable_size(data);
    most_used_ = std::max(most_used_, used_);
    return data;
  }
  void give_back(void* data, std::size_t bytes) {
    const std::lock_guard<std::mutex> alone(changing_);
    used_ -= bytes;
    if (count_ == kMostBlocks || kept_ + bytes > kMostKept) return std::free(data);
    blocks_[count_++] = {data, bytes};
    kept_ += bytes;
  }

 private:
  // The smallest that is large enough, unless more than a third of it would lie idle.
  void* take_kept(std::size_t size) {
    Block* best = nullptr;
    for (Block* block = blocks_; block != blocks_ + count_; ++block) {
      const bool fits = block->bytes >= size && block->bytes / 3 * 2 <= size;
      if (fits && (best == nullptr || block->bytes < best->bytes)) best = block;
    }
    return best == nullptr ? nullptr : remove(best).data;
  }
  void* take_new(std::size_t size) {
    while (count_ > 0 && used_ + kept_ + size > most_used_) free_largest();
    void* data = std::aligned_alloc(kLargePage, size);
    while (data == nullptr && count_ > 0) {
      free_largest();
      data = std::aligned_alloc(kLargePage, size);
    }
    if (data != nullptr) prefer_large_pages(data, size);
    return data;
  }
  void free_largest() {
    std::free(remove(std::max_element(blocks_, blocks_ + count_, [](const Block& a, const Block& b) { return a.bytes < b.bytes; })).data);
  }
  Block remove(Block* block) {
    const Block removed = *block;
    *block = blocks_[--count_];
    kept_ -= removed.bytes;
    return removed;
  }

  std::mutex changing_;
  Block blocks_[kMostBlocks];
  std::size_t count_ = 0, kept_ = 0, used_ = 0, most_used_ = 0;
};

// Never destroyed: the last delete comes after every destructor.
LargeBlocks& large_blocks() {
  alignas(LargeBlocks) static unsigned char room[sizeof(LargeBlocks)];
  static LargeBlocks* blocks = new (room) LargeBlocks();
  return *blocks;
}

}  // namespace
}  // namespace fr

void* operator new(std::size_t bytes) {
  void* data = bytes >= fr::kLarge ? fr::large_blocks().take(bytes) : std::malloc(bytes);
  if (data == nullptr) throw std::bad_alloc();
  return data;
}
void operator delete(void* data) noexcept {
  // What is not from take() is never as large.
  const std::size_t bytes = malloc_usable_size(data);
  if (bytes >= fr::kLarge) return fr::large_blocks().give_back(data, bytes);
  std::free(data);
}
void operator delete(void* data, std::size_t) noexcept { operator delete(data); }
#endif
