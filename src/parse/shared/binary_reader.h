// BinaryReader: the numbers and UTF-16 texts of Microsoft's and Hancom's records, out of bytes that nobody trusts.
//
// Borrows the bytes. A record is read field by field and asked once, at its end, whether it was long enough: ok(). One
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/little_endian.h"
#include "text/unicode.h"

namespace naru {

// Lone surrogates become U+FFFD; an odd last byte is left out.
inline std::string utf16le_to_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  const auto unit = [&](std::size_t at) {
    return static_cast<char32_t>(static_cast<unsigned char>(bytes[at]) |
                                 (static_cast<unsigned char>(bytes[at + 1]) << 8));
  };
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
    char32_t c = unit(at);
    if (c >= 0xd800 && c < 0xdc00 && at + 3 < bytes.size()) {
      const char32_t low = unit(at + 2);
      if (low >= 0xdc00 && low < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        at += 2;
      }
    }
    append_utf8(out, c >= 0xd800 && c < 0xe000 ? kReplacement : c);
  }
  return out;
}

class BinaryReader : public BoundedReader {
 public:
  explicit BinaryReader(std::string_view bytes) : BoundedReader(bytes), size_(bytes.size()) {}

  std::uint8_t u8() { return number<std::uint8_t>(); }
  std::uint16_t u16() { return number<std::uint16_t>(); }
  std::uint32_t u32() { return number<std::uint32_t>(); }
  std::uint64_t u64() { return number<std::uint64_t>(); }
  void skip(std::size_t count) { (void)take(count); }
  // A length in UTF-16 units (u16), then the units.
  std::string text16() { return utf16le_to_utf8(take(std::size_t{u16()} * 2)); }

  std::size_t left() const { return ok() ? size_ - at() : 0; }

 private:
  std::size_t size_;
};

}  // namespace naru
