// How many threads to use, and work shared between them.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace fr {

/// How many threads to use: the processors that this process may run on, or fewer when its control group allows less. The
/// environment variable FR_THREADS overrides that. At most kMostThreads. Throws std::runtime_error when FR_THREADS is not a
/// number from 1 to kMostThreads.
std::size_t usable_threads();

constexpr std::size_t kMostThreads = 256;

/// How many processors a process's control groups (version 1 or 2) may keep busy: the least that its own group or a group
/// around it allows. Infinite without a limit. `groups` is /proc/self/cgroup and `mount` is /sys/fs/cgroup.
double group_limit(const std::string& groups, const std::string& mount);

/// Splits 0 to `count` into at most `threads` ranges and calls `run(from, to)` for each, on a thread of its own; the caller's
/// thread takes the first. Returns when all are done. Throws what one of them threw.
void share(std::size_t count, std::size_t threads, const std::function<void(std::size_t, std::size_t)>& run);

/// Up to `threads` threads, the caller's among them, call `take` in turns and at the same time run what it gave them, until it
/// gives nothing. Returns when all are done. Throws what one of them threw.
void take_turns(std::size_t threads, const std::function<std::function<void()>()>& take);

}  // namespace fr
