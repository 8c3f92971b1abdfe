// Numbers of 7 bits a byte, lowest first; the top bit says that more follow. Free functions, any thread.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

namespace naru {

inline void put_varint(std::string& out, std::uint32_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

// False: the bytes end before, or the number does not.
inline bool get_varint(const char*& at, const char* end, std::uint32_t& value) {
  value = 0;
  for (int shift = 0; shift < 35 && at < end; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    value |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

// Behind `count` varints; null where the bytes end before. Eight bytes at a time: a varint ends where no top bit is.
inline const char* skip_varints(const char* at, const char* end, std::uint64_t count) {
  constexpr std::uint64_t kTopBits = 0x8080808080808080;
  for (std::uint64_t bytes = 0; count >= sizeof bytes && end - at >= static_cast<std::ptrdiff_t>(sizeof bytes);) {
    std::memcpy(&bytes, at, sizeof bytes);
    count -= static_cast<std::uint64_t>(std::popcount(~bytes & kTopBits));
    at += sizeof bytes;
  }
  while (count > 0 && at < end) count -= static_cast<unsigned char>(*at++) < 0x80 ? 1 : 0;
  return count == 0 ? at : nullptr;
}

}  // namespace naru
