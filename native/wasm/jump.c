// What LLVM calls for setjmp and longjmp on WebAssembly: a longjmp is an exception, which the function that called setjmp
// catches. The names and their meaning are those of LLVM 19's WebAssemblyLowerEmscriptenEHSjLj.
#include <setjmp.h>

enum { kJumpTag = 1 };  // LLVM's number of the tag __c_longjmp

void __wasm_setjmp(struct fr_jump* place, unsigned label, void* invocation) {
  place->invocation = invocation;
  place->label = label;
}

// The label of this call's setjmp, 0 if the place is another's.
unsigned __wasm_setjmp_test(const struct fr_jump* place, const void* invocation) {
  return place->invocation == invocation ? place->label : 0;
}

void __wasm_longjmp(struct fr_jump* place, int value) {
  place->thrown.place = place;
  place->thrown.value = value == 0 ? 1 : value;
  __builtin_wasm_throw(kJumpTag, &place->thrown);
}
