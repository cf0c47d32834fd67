// How many threads to use, and work shared between them.
#include "threads.hh"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <future>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "platform.hh"

namespace fr {
namespace {

// What the files of one group allow. Infinite when there are none, or when they say "max" or -1.
double limit_in(const std::string& folder) {
  double quota = 0, period = 0;
  std::ifstream(folder + "/cpu.max") >> quota >> period;
  if (period == 0) {  // version 1
    std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;
    std::ifstream(folder + "/cpu.cfs_period_us") >> period;
  }
  return quota > 0 && period > 0 ? quota / period : std::numeric_limits<double>::infinity();
}

// The least of a group and all groups around it. In a container the path may be the host's, and only the mount itself
// exists.
double limit_up_from(const std::string& mount, std::string path) {
  double least = limit_in(mount);
  for (; path.size() > 1; path.resize(path.rfind('/'))) least = std::min(least, limit_in(mount + path));
  return least;
}

}  // namespace

// `groups` has a line "number:controllers:/path" for each hierarchy. A line without controllers is version 2, which is mounted
// at the top, or in "unified" beside version 1.
double group_limit(const std::string& groups, const std::string& mount) {
  double least = std::min({limit_in(mount), limit_in(mount + "/cpu")});
  std::ifstream lines(groups);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos || line.compare(second + 1, 1, "/") != 0) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) {
      least = std::min({least, limit_up_from(mount, path), limit_up_from(mount + "/unified", path)});
    } else if ((',' + controllers + ',').find(",cpu,") != std::string::npos) {
      least = std::min({least, limit_up_from(mount + "/cpu", path), limit_up_from(mount + '/' + controllers, path)});
    }
  }
  return least;
}

std::size_t usable_threads() {
  if (const char* wanted = std::getenv("FR_THREADS")) {
    const std::string text = wanted;
    const bool digits = !text.empty() && text.size() <= 3 && text.find_first_not_of("0123456789") == std::string::npos;
    const std::size_t threads = digits ? std::stoul(text) : 0;
    if (threads < 1 || threads > kMostThreads) {
      throw std::runtime_error("FR_THREADS=" + text + " is not a number from 1 to " + std::to_string(kMostThreads));
    }
    return threads;
  }
  const double allowed = std::min(static_cast<double>(processors()), group_limit("/proc/self/cgroup", "/sys/fs/cgroup"));
  return static_cast<std::size_t>(std::clamp(allowed, 1., double{kMostThreads}));
}

void share(std::size_t count, std::size_t threads, const std::function<void(std::size_t, std::size_t)>& run) {
  const std::size_t parts = std::min(count, threads);
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < parts; ++i) {
    // When no thread can be started, async with its default policy runs the part in get().
    others.push_back(std::async(run, i * count / parts, (i + 1) * count / parts));
  }
  if (parts > 0) run(0, count / parts);
  for (std::future<void>& other : others) other.get();
}

void take_turns(std::size_t threads, const std::function<std::function<void()>()>& take) {
  std::mutex taking;
  const auto take_one = [&] {
    const std::lock_guard<std::mutex> alone(taking);
    return take();
  };
  share(threads, threads, [&](std::size_t, std::size_t) {
    while (const std::function<void()> run = take_one()) run();
  });
}

}  // namespace fr
