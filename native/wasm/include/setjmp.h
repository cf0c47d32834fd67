// setjmp and longjmp, which wasi-libc lacks. The compiler turns them into the functions of ../jump.c.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

struct fr_jump {
  void* invocation;    // the call of the function that called setjmp
  unsigned label;      // which of its setjmp it was
  struct {             // what longjmp throws
    void* place;
    int value;
  } thrown;
};
typedef struct fr_jump jmp_buf[1];

int setjmp(jmp_buf place) __attribute__((returns_twice));
void longjmp(jmp_buf place, int value) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif
