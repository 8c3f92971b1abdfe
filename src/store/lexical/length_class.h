// Lengths of rows in 256 classes: each its own below 64, then sixteen classes for every doubling, so that a class
// begins at more than 16/17 of each length in it. The last has no end. Free functions, any thread.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace naru {

namespace detail {
inline constexpr std::uint32_t kExactLengths = 64, kClassesPerDoubling = 16;
inline constexpr std::uint32_t kPartShift = 2;  // log2(kExactLengths / kClassesPerDoubling)
}  // namespace detail

inline std::uint8_t length_class(std::uint32_t length) {
  if (length < detail::kExactLengths) return static_cast<std::uint8_t>(length);
  const auto doublings = static_cast<std::uint32_t>(std::bit_width(length) - std::bit_width(detail::kExactLengths));
  const std::uint32_t part = (length >> (doublings + detail::kPartShift)) & (detail::kClassesPerDoubling - 1);
  const std::uint32_t of = detail::kExactLengths + doublings * detail::kClassesPerDoubling + part;
  return static_cast<std::uint8_t>(std::min<std::uint32_t>(of, 255));
}

inline std::uint32_t shortest_of_class(std::uint8_t of) {
  if (of < detail::kExactLengths) return of;
  const std::uint32_t doublings = (of - detail::kExactLengths) / detail::kClassesPerDoubling;
  const std::uint32_t part = (of - detail::kExactLengths) % detail::kClassesPerDoubling;
  return (detail::kClassesPerDoubling + part) << (doublings + detail::kPartShift);
}

}  // namespace naru
