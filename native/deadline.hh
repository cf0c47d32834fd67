// The time limit of one picture. Every stage of the flow checks it now and then.
#pragma once

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace fr {

/// The picture takes longer than its limit. `what()` is one line for a person.
class TookTooLong : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Deadline {
 public:
  /// Never.
  Deadline() = default;
  /// `time` from now on; zero: never.
  static Deadline after(std::chrono::milliseconds time) {
    Deadline deadline;
    if (time.count() > 0) {
      deadline.time_ = time;
      deadline.at_ = std::chrono::steady_clock::now() + time;
    }
    return deadline;
  }

  bool passed() const { return time_.count() > 0 && std::chrono::steady_clock::now() >= at_; }
  /// Throws TookTooLong when the time is up. Takes 30 ns: call it for rows and faces, not for pixels.
  void check() const {
    if (!passed()) return;
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%g", static_cast<double>(time_.count()) / 1000);
    throw TookTooLong(std::string("the picture takes more than ") + seconds + " s: shrink it or raise the limit");
  }

 private:
  std::chrono::milliseconds time_{0};
  std::chrono::steady_clock::time_point at_;
};

}  // namespace fr
