// What the benchmark's native peers share: they answer one line on stdin with one on stdout, `MILLISECONDS CHECK`.
//
//   embed N        N chips through the network together; CHECK is the first value of the first vector
//   detect PATH    the faces of a picture that is decoded already; CHECK is how many
//   picture PATH   a file's bytes to the vectors of all its faces; CHECK is how many
// Milliseconds are processor time of the whole process. `peer --once PATH` does one picture and ends.
#pragma once

#include <ctime>

#include <cstdio>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>

namespace bench {

struct Peer {
  std::function<double(int)> embed;
  /// Decodes, and gives back what detects.
  std::function<std::function<double()>(const std::string&)> detect;
  std::function<double(const std::string&)> picture;
};

/// The same chips in every peer, the JavaScript ones too.
inline unsigned char chip_byte(int chip, std::size_t at) {
  return static_cast<unsigned char>((at * 31 + static_cast<std::size_t>(chip) * 17) % 251);
}

template <typename Run>
void answer(Run run) {
  timespec from{}, to{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
  const double check = run();
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
  const double ms = static_cast<double>(to.tv_sec - from.tv_sec) * 1e3 + static_cast<double>(to.tv_nsec - from.tv_nsec) / 1e6;
  std::printf("%.4f %.6f\n", ms, check);
  std::fflush(stdout);
}

inline int serve(const Peer& peer, int argc, char** argv) {
  if (argc == 3 && argv[1] == std::string("--once")) return peer.picture(argv[2]) > 0 ? 0 : 1;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string what, on;
    words >> what >> on;
    if (what == "embed") answer([&] { return peer.embed(std::stoi(on)); });
    if (what == "picture") answer([&] { return peer.picture(on); });
    if (what == "detect") answer(peer.detect(on));
  }
  return 0;
}

}  // namespace bench
