// Work that falls into independent parts, on the cores that are there.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace fr {

/// The threads that pay: the processors that this process may run on, or fewer where its control group may use less, or
/// what the environment variable FR_THREADS says. At most kMostThreads. Throws std::runtime_error when the variable is no
/// number from 1 to that.
std::size_t usable_threads();

constexpr std::size_t kMostThreads = 256;

/// How many processors the control groups that a process is in may keep busy, in either layout: the least that its own
/// group or one around it allows. `groups` is /proc/self/cgroup, `mount` is /sys/fs/cgroup. Infinite without a limit.
double group_limit(const std::string& groups, const std::string& mount);

/// Calls `run(from, to)` for adjoining ranges that together make 0 to `count`, one a thread, at most `threads`; the
/// caller's thread takes the first. Returns when all are done; throws what one of them threw.
void share(std::size_t count, std::size_t threads, const std::function<void(std::size_t, std::size_t)>& run);

}  // namespace fr
