#include "runtime/random.h"

#include <sys/random.h>

#include "base/assert.h"

namespace naru {

std::uint64_t system_entropy() {
  std::uint64_t value = 0;
  NARU_ASSERT(::getrandom(&value, sizeof value, 0) == static_cast<ssize_t>(sizeof value));
  return value;
}

std::string random_hex(std::size_t bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  while (text.size() < bytes * 2) {
    std::uint64_t value = system_entropy();
    for (int i = 0; i < 16 && text.size() < bytes * 2; ++i, value >>= 4) text += kDigits[value & 15];
  }
  return text;
}

}  // namespace naru
