#!/usr/bin/env bash
# Fuzzes everything that reads bytes from outside, all targets side by side, and prints a table. Needs clang and
# libclang-rt-dev. It starts from the kept inputs in test/fixtures/fuzz, and writes to build/fuzz only.
#   test/native/fuzz/fuzz.sh [SECONDS] [TARGET...]       600 seconds and every target, unless said otherwise
#   test/native/fuzz/fuzz.sh --pack [TARGET...]          keeps the inputs of the last run that reach new code
#   test/native/fuzz/fuzz.sh --unpack FOLDER             the kept inputs as files, one folder a target
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
kept=$root/test/fixtures/fuzz
all=(jpeg png png_repaired webp gif exif sniff weights pipeline worker)

fail() {
  echo "fuzz: $*" >&2
  exit 1
}

unpack() {
  rm -rf "$1" && mkdir -p "$1"
  for archive in "$kept"/*.tar.gz; do tar xzf "$archive" -C "$1"; done
}

# The same files always give the same archive.
pack() {
  for target in "${@:-${all[@]}}"; do
    [[ -d merged/$target ]] || fail "there is nothing to pack for $target: run test/native/fuzz/fuzz.sh 600 $target first"
    tar c --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --format=ustar -C merged "$target" |
      gzip -9n >"$kept/$target.tar.gz"
    echo "$target: $(ls "merged/$target" | wc -l) inputs kept"
  done
}

build() {
  command -v clang++ >/dev/null || fail 'the fuzzers need clang: apt-get install clang libclang-rt-dev'
  [[ -e $FR_WEIGHTS_FILE ]] || fail "there are no weights at dist/native/fr-sidecar.weights: run 'npm run setup' first"
  {
    cmake -S "$root/native" -B . -G Ninja -DFR_FUZZ=ON -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ &&
      cmake --build . --parallel 2 --target fuzz_seeds "${@/#/fuzz_}"
  } >build.log 2>&1 || { tail -20 build.log >&2; fail 'the fuzzers do not build: see above, and build/fuzz/build.log'; }
}

# libpng allocates what an eXIf chunk claims, up to 2 GB, but uses no more than the file has: hence the malloc limit.
run() {
  local inputs=(inputs/"$1")
  [[ ! -d kept/$1 ]] || inputs+=(kept/"$1")
  status=0
  nice -n 19 "./fuzz_$1" -max_total_time="$2" -max_len=4096 -timeout=60 -rss_limit_mb=2048 -malloc_limit_mb=4096 \
    -artifact_prefix="findings/$1-" -print_final_stats=1 "${inputs[@]}" &>"$1.log" || status=$?
  rm -rf "merged/$1" && mkdir -p "merged/$1"
  nice -n 19 "./fuzz_$1" -merge=1 -max_len=2048 "merged/$1" "${inputs[@]}" &>"$1-merge.log" || status=$?
  return "$status"
}

figure() {
  grep -aoP "$2" "$1.log" | tail -1 || echo -
}

fuzz() {
  local seconds=$1 failed=0
  shift
  local targets=("${@:-${all[@]}}")
  for target in "${targets[@]}"; do [[ " ${all[*]} " == *" $target "* ]] || fail "no target '$target': there are ${all[*]}"; done
  build "${targets[@]}"
  unpack kept
  ./fuzz_seeds inputs
  mkdir -p findings
  declare -A running
  trap 'kill -- "${running[@]}" $(for pid in "${running[@]}"; do cat "/proc/$pid/task/$pid/children"; done) 2>/dev/null; exit 130' INT TERM
  for target in "${targets[@]}"; do run "$target" "$seconds" & running[$target]=$!; done
  printf '%-13s %12s %10s %7s  %s\n' target runs runs/s edges result
  for target in "${targets[@]}"; do
    result="sound, $(ls "kept/$target" 2>/dev/null | wc -l) inputs before"
    wait "${running[$target]}" || { result="FINDING: build/fuzz/$target.log, build/fuzz/findings"; failed=1; }
    [[ $result != sound* ]] || result+=", $(ls "merged/$target" | wc -l) after"
    printf '%-13s %12s %10s %7s  %s\n' "$target" "$(figure "$target" 'number_of_executed_units: +\K\d+')" \
      "$(figure "$target" 'average_exec_per_sec: +\K\d+')" "$(figure "$target" 'cov: \K\d+')" "$result"
  done
  return "$failed"
}

if [[ ${1-} == --unpack ]]; then
  unpack "${2:?fuzz: --unpack wants a folder}"
  exit
fi
mkdir -p "$root/build/fuzz"
cd "$root/build/fuzz"
export FR_WEIGHTS_FILE=$root/dist/native/fr-sidecar.weights FR_PHOTOS=$root/node_modules/@vladmandic/face-api/demo
if [[ ${1-} == --pack ]]; then
  pack "${@:2}"
elif [[ ${1:-600} =~ ^[0-9]+$ ]]; then
  fuzz "${1:-600}" "${@:2}"
else
  fail "'$1' is not a number of seconds; usage: test/native/fuzz/fuzz.sh [SECONDS] [TARGET...], or --pack [TARGET...]"
fi
