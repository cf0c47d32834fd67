// What differs from one operating system to another. platform_linux.cc has it for Linux; the WebAssembly build, which has no
// files, processes or threads of its own, has its own in wasm/.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>

#include "section.hh"

namespace fr {

/// A whole file, to be read only; in memory at once, at a multiple of 64. Throws std::runtime_error, which says what is wrong
/// but not the file's name.
Section map_file(const std::string& path);
/// Gives up what map_file gave. Nothing happens to an empty section.
void unmap_file(Section file);

/// Where the weights are when nobody says so: beside the program. Throws std::runtime_error when the system does not tell.
std::string default_weights();

bool is_folder(std::FILE* file);

/// The processors that this process may run on; the machine may have more. At least 1.
std::size_t processors();

/// A crash leaves no core file, and nothing for a program that collects crashes: a picture must not stay on a disk.
void leave_no_core_dumps();

/// These whole pages will soon be written: they may be few large ones. A first touch of a page of 4 kB takes up to 10 us under a
/// hypervisor, as long as a thousand pixels in BlazeFace.
void prefer_large_pages(void* data, std::size_t bytes);

/// Requests beyond `most` bytes of data in all fail: std::bad_alloc.
void limit_memory(std::size_t most);

/// Memory of up to a few megabytes that is freed is kept for the next use. Call it before anything large is allocated.
void keep_freed_memory();

}  // namespace fr
