// Half precision: float32 to IEEE 754 binary16 and back, round to nearest even, the same bits with and without the
// processor's own instruction. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <cstring>

namespace naru {

inline std::uint16_t to_half(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, 4);
  const std::uint32_t sign = (bits >> 16) & 0x8000;
  const std::uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x7f800000) return static_cast<std::uint16_t>(sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00));
  if (magnitude >= 0x477ff000) return static_cast<std::uint16_t>(sign | 0x7c00);  // rounds to infinity
  if (magnitude < 0x38800000) {                                                    // subnormal in half precision
    if (magnitude < 0x33000000) return static_cast<std::uint16_t>(sign);
    const std::uint32_t shift = 126 - (magnitude >> 23);
    const std::uint32_t mantissa = (magnitude & 0x7fffff) | 0x800000;
    std::uint32_t half = mantissa >> shift;
    const std::uint32_t rest = mantissa & ((1U << shift) - 1), middle = 1U << (shift - 1);
    if (rest > middle || (rest == middle && (half & 1) != 0)) ++half;
    return static_cast<std::uint16_t>(sign | half);
  }
  std::uint32_t half = (magnitude - 0x38000000) >> 13;
  const std::uint32_t rest = magnitude & 0x1fff;
  if (rest > 0x1000 || (rest == 0x1000 && (half & 1) != 0)) ++half;
  return static_cast<std::uint16_t>(sign | half);
}

inline float from_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1f, mantissa = half & 0x3ff;
  std::uint32_t bits = sign;
  if (exponent == 0x1f) {
    bits |= 0x7f800000 | (mantissa << 13);
  } else if (exponent != 0) {
    bits |= ((exponent + 112) << 23) | (mantissa << 13);
  } else if (mantissa != 0) {
    std::uint32_t shift = 0, m = mantissa;
    while ((m & 0x400) == 0) {
      m <<= 1;
      ++shift;
    }
    bits |= ((113 - shift) << 23) | ((m & 0x3ff) << 13);
  }
  float value = 0;
  std::memcpy(&value, &bits, 4);
  return value;
}

}  // namespace naru
