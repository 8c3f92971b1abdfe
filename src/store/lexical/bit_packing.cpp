#include "store/lexical/bit_packing.h"

#include <array>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace naru {

namespace {

// Eight numbers fill `width` bytes, so that each group begins at a byte and every shift is known to the compiler.
constexpr std::size_t kGroup = 8;
constexpr std::size_t kCountMax = 128;

// What a group of the widest numbers may reach behind its bytes: the group itself and a word.
constexpr std::size_t kBehind = kGroup * sizeof(std::uint32_t) + sizeof(std::uint64_t);

template <unsigned Width>
void unpack_groups(const char* at, std::size_t groups, std::uint32_t* out) {
  constexpr std::uint64_t kMask = (1ULL << Width) - 1;
  for (; groups > 0; --groups, at += Width, out += kGroup) {
    for (std::size_t i = 0; i < kGroup; ++i) {
      std::uint64_t bits = 0;
      std::memcpy(&bits, at + i * Width / 8, sizeof bits);  // 32 bits and 7 before them at most
      out[i] = static_cast<std::uint32_t>((bits >> (i * Width % 8)) & kMask);
    }
  }
}

using Unpack = void (*)(const char*, std::size_t, std::uint32_t*);

template <std::size_t... Widths>
constexpr std::array<Unpack, sizeof...(Widths)> table_of(std::index_sequence<Widths...>) {
  return {unpack_groups<static_cast<unsigned>(Widths)>...};
}
constexpr std::array<Unpack, kPackedWidthMax + 1> kUnpack = table_of(std::make_index_sequence<kPackedWidthMax + 1>{});

}  // namespace

void pack(std::string& out, std::span<const std::uint32_t> values, unsigned width) {
  NARU_ASSERT(width <= kPackedWidthMax);
  std::uint64_t bits = 0;
  unsigned held = 0;
  for (const std::uint32_t value : values) {
    bits |= std::uint64_t{value} << held;
    for (held += width; held >= 8; held -= 8, bits >>= 8) out += static_cast<char>(bits);
  }
  if (held > 0) out += static_cast<char>(bits);
}

void unpack(std::string_view bytes, std::size_t count, unsigned width, std::uint32_t* out) {
  NARU_ASSERT(width <= kPackedWidthMax && count <= kCountMax && bytes.size() == packed_bytes(count, width));
  // The last numbers are read with bytes behind them, which may not be there.
  std::array<char, kCountMax * sizeof(std::uint32_t) + kBehind> room;
  std::memcpy(room.data(), bytes.data(), bytes.size());
  std::memset(room.data() + bytes.size(), 0, kBehind);
  kUnpack[width](room.data(), (count + kGroup - 1) / kGroup, out);
}

}  // namespace naru
