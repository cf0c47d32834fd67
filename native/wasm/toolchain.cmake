# How CMake compiles for WebAssembly: Debian's clang 19, wasi-libc and libc++. tools/setup/wasm.mjs has the list of packages.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_C_COMPILER_TARGET wasm32-wasi)
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)
set(CMAKE_AR llvm-ar-19)
set(CMAKE_RANLIB llvm-ranlib-19)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # a program would need what wasm/ defines

# Not the machine's own headers: the compiler looks into /usr/include too if it is let.
set(headers "-nostdlibinc -isystem ${CMAKE_CURRENT_LIST_DIR}/include")
set(libc "-isystem /usr/include/wasm32-wasi")
# libjpeg and libpng leave errors by longjmp, and our code by exceptions. Both are WebAssembly exceptions here.
set(features "-msimd128 -mllvm -wasm-enable-sjlj")
set(CMAKE_C_FLAGS_INIT "${headers} ${libc} ${features}")
set(CMAKE_CXX_FLAGS_INIT "${headers} -nostdinc++ -isystem /usr/include/wasm32-wasi/c++/v1 ${libc} ${features} -fwasm-exceptions")

# The kernels, and the decoders where a picture's time is spent, set their own; elsewhere speed is the same and the file smaller. Set
# whole: CMake adds its own -O3 to what is only begun.
set(CMAKE_C_FLAGS_RELEASE "-Os -DNDEBUG" CACHE STRING "" FORCE)
set(CMAKE_CXX_FLAGS_RELEASE "-Os -DNDEBUG" CACHE STRING "" FORCE)
