// Work on the cores that are there.
#include "threads.hh"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace fr {
namespace {

// Processors that the control group of a container may keep busy; none written there means no limit, as does -1.
double group_limit() {
  double quota = 0, period = 0;
  std::ifstream("/sys/fs/cgroup/cpu.max") >> quota >> period;
  if (period == 0) {  // the elder layout
    std::ifstream("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") >> quota;
    std::ifstream("/sys/fs/cgroup/cpu/cpu.cfs_period_us") >> period;
  }
  return quota > 0 && period > 0 ? quota / period : 1e9;
}

}  // namespace

std::size_t usable_threads() {
  if (const char* wanted = std::getenv("FR_THREADS")) {
    const std::string text = wanted;
    const bool digits = !text.empty() && text.size() <= 3 && text.find_first_not_of("0123456789") == std::string::npos;
    const std::size_t threads = digits ? std::stoul(text) : 0;
    if (threads < 1 || threads > 256) throw std::runtime_error("FR_THREADS=" + text + " is no number from 1 to 256");
    return threads;
  }
  const double processors = std::max(1U, std::thread::hardware_concurrency());
  return static_cast<std::size_t>(std::max(1., std::min(processors, group_limit())));
}

void share(std::size_t count, std::size_t threads, const std::function<void(std::size_t, std::size_t)>& run) {
  const std::size_t parts = std::min(count, threads);
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < parts; ++i) {
    // By its default policy async runs the part in get() where no thread can be had.
    others.push_back(std::async(run, i * count / parts, (i + 1) * count / parts));
  }
  if (parts > 0) run(0, count / parts);
  for (std::future<void>& other : others) other.get();
}

}  // namespace fr
