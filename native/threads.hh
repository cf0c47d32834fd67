// Work that falls into independent parts, on the cores that are there.
#pragma once

#include <cstddef>
#include <functional>

namespace fr {

/// The threads that pay: this process's processors, or fewer where its control group may use less, or what the
/// environment variable FR_THREADS says. Throws std::runtime_error when that is no number from 1 to 256.
std::size_t usable_threads();

/// Calls `run(from, to)` for adjoining ranges that together make 0 to `count`, one a thread, at most `threads`; the
/// caller's thread takes the first. Returns when all are done; throws what one of them threw.
void share(std::size_t count, std::size_t threads, const std::function<void(std::size_t, std::size_t)>& run);

}  // namespace fr
