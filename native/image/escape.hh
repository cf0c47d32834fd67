// The way back from an error inside a C library that may not return from it (libjpeg, libpng).
#pragma once

#include <csetjmp>

namespace fr {

class Escape {
 public:
  /// Runs a step. False when the step called leave() and so did not finish: hence it may hold nothing with a destructor.
  template <typename Step>
  bool finishes(Step step) {
    if (setjmp(place_) != 0) {
      return false;
    }
    step();
    return true;
  }
  /// Ends the step that finishes() is running. For the library's error callback, which may not return.
  [[noreturn]] void leave() { std::longjmp(place_, 1); }

 private:
  std::jmp_buf place_{};
};

}  // namespace fr
