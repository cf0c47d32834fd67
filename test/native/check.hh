// The native tests' harness: TEST("a present-tense fact") { CHECK(...); } and a main that returns run_tests().
#pragma once

#include <cstdio>
#include <exception>
#include <sstream>
#include <string>
#include <vector>

namespace check {

struct Test {
  const char* title;
  void (*body)();
};

inline std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

/// Failures so far in the test that is running.
inline int& failures() {
  static int count = 0;
  return count;
}

inline void fail(const char* file, int line, const std::string& what) {
  ++failures();
  std::printf("  %s:%d: %s\n", file, line, what.c_str());
}

struct Registration {
  Registration(const char* title, void (*body)()) { tests().push_back({title, body}); }
};

template <typename A, typename B>
void equal(const char* file, int line, const char* text, const A& actual, const B& expected) {
  if (!(actual == expected)) {
    std::ostringstream what;
    what << text << " is " << actual << ", not " << expected;
    fail(file, line, what.str());
  }
}

/// `body` throws an `Error` whose message holds `part`; an empty part accepts any message.
template <typename Error, typename Body>
void throws(const char* file, int line, const std::string& part, Body body) {
  try {
    body();
  } catch (const Error& error) {
    const std::string message = error.what();
    if (message.find(part) == std::string::npos) {
      fail(file, line, "says \"" + message + "\", without \"" + part + "\"");
    }
    return;
  }
  fail(file, line, "throws nothing; expected \"" + part + "\"");
}

inline int run_tests() {
  int passed = 0;
  int failed = 0;
  for (const Test& test : tests()) {
    failures() = 0;
    try {
      test.body();
    } catch (const std::exception& error) {
      fail(test.title, 0, std::string("throws \"") + error.what() + "\"");
    } catch (...) {
      fail(test.title, 0, "throws something that is no std::exception");
    }
    if (failures() != 0) {
      std::printf("FAILED: %s\n", test.title);
    }
    ++(failures() == 0 ? passed : failed);
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace check

#define CHECK_JOIN_(a, b) a##b
#define CHECK_NAME_(prefix, line) CHECK_JOIN_(prefix, line)

#define TEST(title)                                                                                              \
  static void CHECK_NAME_(test_, __LINE__)();                                                                    \
  static const check::Registration CHECK_NAME_(registration_, __LINE__)(title, CHECK_NAME_(test_, __LINE__)); \
  static void CHECK_NAME_(test_, __LINE__)()

#define CHECK(condition) ((condition) ? void() : check::fail(__FILE__, __LINE__, "not so: " #condition))
#define CHECK_EQ(actual, expected) check::equal(__FILE__, __LINE__, #actual, actual, expected)
/// CHECK_THROWS(SomeError, "part of its message", expression)
#define CHECK_THROWS(Error, part, ...) check::throws<Error>(__FILE__, __LINE__, part, [&] { (void)(__VA_ARGS__); })
