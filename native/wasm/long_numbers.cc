// Keeps 105 kB of tables out: libc++'s std::to_chars needs them for huge whole numbers (above 2^24 as float, 2^53 as double), and for printing with a given
// precision. Scores, landmarks and qualities are neither; if one were, this picture would be answered with an error.
#include <charconv>
#include <cstdint>
#include <cstdlib>

_LIBCPP_BEGIN_NAMESPACE_STD

std::to_chars_result __d2fixed_buffered_n(char*, char*, double, std::uint32_t);
std::to_chars_result __d2fixed_buffered_n(char*, char*, double, std::uint32_t) { std::abort(); }

std::to_chars_result __d2exp_buffered_n(char*, char*, double, std::uint32_t);
std::to_chars_result __d2exp_buffered_n(char*, char*, double, std::uint32_t) { std::abort(); }

void __append_n_digits(std::uint32_t, std::uint32_t, char*);
void __append_n_digits(std::uint32_t, std::uint32_t, char*) { std::abort(); }

void __append_nine_digits(std::uint32_t, char*);
void __append_nine_digits(std::uint32_t, char*) { std::abort(); }

_LIBCPP_END_NAMESPACE_STD
