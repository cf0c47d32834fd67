# The fuzzers: one program a target, and one that writes their seeds. Included by native/CMakeLists.txt under FR_FUZZ.
set(tests ${CMAKE_CURRENT_LIST_DIR})
find_library(FR_sharpyuv sharpyuv)
set(fuzz_flags -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all)

add_library(fr_fuzzed STATIC exif.cc gif.cc hog_filters.cc image.cc jpeg.cc landmarks.cc model.cc png.cc sniff.cc webp.cc
                             ${tests}/fuzz_targets.cc)
target_compile_options(fr_fuzzed PUBLIC ${fuzz_flags})
target_link_options(fr_fuzzed PUBLIC ${fuzz_flags})
target_include_directories(fr_fuzzed PUBLIC ${CMAKE_CURRENT_SOURCE_DIR} ${tests})
target_link_libraries(fr_fuzzed PUBLIC ${FR_jpeg} ${FR_png16} ${FR_z} ${FR_webpdemux} ${FR_webp} ${FR_gif} m)
if(FR_sharpyuv)
  target_link_libraries(fr_fuzzed PUBLIC ${FR_sharpyuv})
endif()

foreach(target jpeg png webp gif exif sniff model)
  add_executable(fuzz_${target} ${tests}/fuzz.cc)
  target_compile_definitions(fuzz_${target} PRIVATE FUZZ_TARGET="${target}")
  target_link_libraries(fuzz_${target} PRIVATE fr_fuzzed)
  target_link_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
endforeach()

add_executable(fuzz_seeds ${tests}/fuzz_seeds.cc ${tests}/pictures.cc ${tests}/pictures_gif.cc ${tests}/pictures_jpeg.cc
                          ${tests}/pictures_png.cc ${tests}/pictures_samples.cc ${tests}/pictures_webp.cc)
target_link_libraries(fuzz_seeds PRIVATE fr_fuzzed)
