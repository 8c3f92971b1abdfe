#include "store/vector/rotation.h"

#include <bit>
#include <cmath>
#include <cstdint>

#include "base/assert.h"
#include "runtime/random.h"

namespace naru {

namespace {

// Rows are coded in steps of this many numbers: what two AVX2 registers of half bytes hold.
constexpr std::size_t kStep = 64;

// Any seed does; changing it changes every code (docs/format/vectors.md).
constexpr std::uint64_t kSeed = 0x6e617275;  // "naru"

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
    : width_(width_of(dims)), power_(std::bit_floor(width_)) {
  const float scale = 1.0F / std::sqrt(static_cast<float>(power_));
  Random random(kSeed);
  for (std::vector<float>& signs : signs_) {
    signs.resize(power_);
    for (float& sign : signs) sign = (random.next() & 1) != 0 ? scale : -scale;
  }
}

std::size_t Rotation::width_of(std::size_t dims) { return (dims + kStep - 1) / kStep * kStep; }

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
