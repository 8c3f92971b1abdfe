#include "store/vector/rotation.h"

#include <bit>
#include <cmath>
#include <cstdint>

#include "base/assert.h"

namespace naru {

namespace {

// Rows are coded in steps of this many numbers: what two AVX2 registers of half bytes hold.
constexpr std::size_t kStep = 64;

// Any seed does; changing it changes every code (docs/format/vectors.md).
constexpr std::uint64_t kSeed = 0x6e617275;  // "naru"

// SplitMix64 (Steele, Lea, Flood 2014): the i-th number of the sequence that a seed begins.
std::uint64_t mixed(std::uint64_t i) {
  std::uint64_t z = kSeed + (i + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// Fast Walsh-Hadamard transform in place, not scaled.
void hadamard(float* values, std::size_t count) {
  for (std::size_t half = 1; half < count; half *= 2) {
    for (std::size_t i = 0; i < count; i += 2 * half) {
      for (std::size_t j = i; j < i + half; ++j) {
        const float a = values[j], b = values[j + half];
        values[j] = a + b;
        values[j + half] = a - b;
      }
    }
  }
}

}  // namespace

Rotation::Rotation(std::size_t dims)
    : width_((dims + kStep - 1) / kStep * kStep), power_(std::bit_floor(width_)) {
  const float scale = 1.0F / std::sqrt(static_cast<float>(power_));
  for (std::size_t round = 0; round < kRounds; ++round) {
    signs_[round].resize(power_);
    for (std::size_t i = 0; i < power_; ++i) {
      signs_[round][i] = (mixed(round * power_ + i) & 1) != 0 ? scale : -scale;
    }
  }
}

// Random signs before a Hadamard transform, by turns over the first and the last numbers: where the width is no power
// of two the two overlap, and two rounds of each reach everything from everything.
void Rotation::apply(std::span<float> values) const {
  NARU_ASSERT(values.size() == width_);
  for (std::size_t round = 0; round < kRounds; ++round) {
    float* const part = values.data() + (round % 2 == 0 ? 0 : width_ - power_);
    for (std::size_t i = 0; i < power_; ++i) part[i] *= signs_[round][i];
    hadamard(part, power_);
  }
}

}  // namespace naru
