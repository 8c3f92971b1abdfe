// NARU_ASSERT: what only a bug can break. On in every build, release too: a wrong answer costs more than a branch.
// Bad input is never an assertion.
#pragma once

namespace naru {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}  // namespace naru

#define NARU_ASSERT(...) \
  ((__VA_ARGS__) ? static_cast<void>(0) : ::naru::assertion_failed(#__VA_ARGS__, __FILE__, __LINE__))
#define NARU_UNREACHABLE() ::naru::assertion_failed("unreachable", __FILE__, __LINE__)
