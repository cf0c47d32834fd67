# The benchmark's native programs. Included by native/CMakeLists.txt; built on demand, by target bench-programs.
add_custom_target(bench-programs)
foreach(program own_peer dlib_peer measure peak)
  add_executable(${program} EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/${program}.cc)
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
  add_dependencies(bench-programs ${program})
  strict(${program})
endforeach()
target_link_libraries(own_peer PRIVATE fr_core)
# As Debian's packages have it: shared libraries, compiled with no instruction set in particular.
target_link_libraries(dlib_peer PRIVATE -ldlib -lopenblas -ljpeg -lpng16 Threads::Threads)
target_compile_options(peak PRIVATE -O3 -ffp-contract=fast)
