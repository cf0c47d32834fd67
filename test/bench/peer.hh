// What the benchmark's native peers share: they answer one line on stdin with one on stdout, `MILLISECONDS CHECK`.
//
//   embed N        N chips through the network together; CHECK is the first value of the first vector
//   detect PATH    the faces of a picture that is decoded already; CHECK is how many
//   picture PATH   a file's bytes to the vectors of all its faces; CHECK is how many
//   looks PATH     the same with every look at a face that a face is judged by
//   hog PATH       what HOG alone finds in a picture that is decoded already; CHECK is how many
// Milliseconds are processor time of the whole process, or with BENCH_CLOCK=1 what a clock says. `peer --once PATH` does one
// picture and ends.
#pragma once

#include <ctime>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

namespace bench {

/// By the line's first word: takes the second, makes ready what is not measured, and gives back what is.
using Tasks = std::map<std::string, std::function<std::function<double()>(const std::string&)>>;

/// The same chips in every peer, the JavaScript ones too.
inline unsigned char chip_byte(std::size_t chip, std::size_t at) {
  return static_cast<unsigned char>((at * 31 + chip * 17) % 251);
}

inline double now_ms() {
  static const clockid_t kClock = std::getenv("BENCH_CLOCK") != nullptr ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID;
  timespec time{};
  clock_gettime(kClock, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

inline int serve(const Tasks& tasks, int argc, char** argv) {
  if (argc == 3 && argv[1] == std::string("--once")) return tasks.at("picture")(argv[2])() > 0 ? 0 : 1;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string what, on;
    words >> what >> on;
    const std::function<double()> run = tasks.at(what)(on);
    const double from = now_ms();
    const double check = run();
    std::printf("%.4f %.6f\n", now_ms() - from, check);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace bench
