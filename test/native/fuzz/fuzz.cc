// A fuzzer's entry, for one of the targets; libFuzzer brings main. test/native/fuzz/fuzz.sh runs it.
#include "fuzz/fuzz_targets.hh"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Target& target = fuzz::target(FUZZ_TARGET);
  target.run(data, size);
  return 0;
}
