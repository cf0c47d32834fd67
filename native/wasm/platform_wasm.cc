// What is WebAssembly's own: no files, one thread, and limits that whoever makes the memory sets.
#include <stdexcept>

#include "platform.hh"
#include "threads.hh"

namespace fr {

Section map_file(const std::string&) { throw std::logic_error("there are no files here"); }

void unmap_file(Section) {}

void prefer_large_pages(void*, std::size_t) {}

std::size_t usable_threads() { return 1; }

void share(std::size_t count, std::size_t, const std::function<void(std::size_t, std::size_t)>& run) {
  if (count > 0) run(0, count);
}

void take_turns(std::size_t, const std::function<std::function<void()>()>& take) {
  while (const std::function<void()> run = take()) run();
}

}  // namespace fr
