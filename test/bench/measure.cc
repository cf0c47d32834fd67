// Runs a program to its end: `WALL_MS CPU_MS PEAK_KB STATUS` of it and what it started, on stdout. Its own output goes
// nowhere.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace {

double ms(const timeval& time) { return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3; }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 1;
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    dup2(open("/dev/null", O_RDWR), 1);
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  int status = 0;
  rusage used{};
  if (child < 0 || wait4(child, &status, 0, &used) != child) return 1;
  const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - start;
  std::printf("%.2f %.2f %ld %d\n", wall.count(), ms(used.ru_utime) + ms(used.ru_stime), used.ru_maxrss, status);
  return 0;
}
