// The entry of the fuzzer for one target. libFuzzer has the main function; fuzz.sh runs it.
#include "fuzz/fuzz_targets.hh"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Target& target = fuzz::target(FUZZ_TARGET);
  target.run(data, size);
  return 0;
}
