# The fuzzers: one program a target, and one that writes their seeds. Included by native/CMakeLists.txt under FR_FUZZ.
foreach(target jpeg png png_repaired webp gif exif sniff weights pipeline worker)
  add_executable(fuzz_${target} ${CMAKE_CURRENT_LIST_DIR}/fuzz.cc)
  target_compile_definitions(fuzz_${target} PRIVATE FUZZ_TARGET="${target}")
  target_link_libraries(fuzz_${target} PRIVATE fr_fuzz_targets)
  target_link_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
endforeach()

add_executable(fuzz_seeds ${CMAKE_CURRENT_LIST_DIR}/fuzz_seeds.cc)
target_link_libraries(fuzz_seeds PRIVATE fr_core fr_pictures)
