// Numbers of one width, bit behind bit: the i-th stands at bits [i · width, (i + 1) · width) of little-endian bytes.
// What is left of the last byte is 0. Free functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace naru {

inline constexpr unsigned kPackedWidthMax = 32;

constexpr std::size_t packed_bytes(std::size_t count, unsigned width) { return (count * width + 7) / 8; }

// Appends; no value has more bits than `width`.
void pack(std::string& out, std::span<const std::uint32_t> values, unsigned width);

// `bytes` are packed_bytes() of `count`, which is at most 128. `out` has room for whole groups of eight.
void unpack(std::string_view bytes, std::size_t count, unsigned width, std::uint32_t* out);

}  // namespace naru
