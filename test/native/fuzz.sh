#!/usr/bin/env bash
# Builds the fuzzers and runs each for so many seconds, from the kept inputs and fresh seeds; then keeps what reaches
# new code. Wants clang and libclang-rt-dev.   test/native/fuzz.sh [SECONDS] [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-600}
targets=("${@:2}")
if ((${#targets[@]} == 0)); then targets=(jpeg png webp gif exif sniff model); fi

mkdir -p build
cmake -S native -B build/fuzz -G Ninja -DFR_FUZZ=ON -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ >build/fuzz.log
cmake --build build/fuzz --parallel 2 --target fuzz_seeds "${targets[@]/#/fuzz_}" >>build/fuzz.log
build/fuzz/fuzz_seeds build/fuzz/inputs

# libpng reserves what an eXIf chunk claims, up to 2 GB, and touches no more than the file has: hence the malloc limit.
for target in "${targets[@]}"; do
  kept=test/fixtures/fuzz/$target
  mkdir -p "$kept" build/fuzz/findings
  nice -n 19 "build/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=4096 \
    -artifact_prefix="build/fuzz/findings/$target-" -print_final_stats=1 "build/fuzz/inputs/$target" "$kept" \
    2>"build/fuzz/$target.log" || { tail -40 "build/fuzz/$target.log" >&2; exit 1; }
  rm -rf "build/fuzz/merged" && mkdir "build/fuzz/merged"
  "build/fuzz/fuzz_$target" -merge=1 -max_len=2048 build/fuzz/merged "$kept" "build/fuzz/inputs/$target" 2>>"build/fuzz/$target.log"
  rm -rf "$kept" && mv build/fuzz/merged "$kept"
  echo "$target: $(grep -a number_of_executed_units "build/fuzz/$target.log" | head -1), $(ls "$kept" | wc -l) inputs kept"
done
