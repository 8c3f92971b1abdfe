// Rotation: a fixed turn of the space that spreads what a vector says evenly over its numbers, so that each is worth
// the same few bits. Lengths and angles stay (to rounding). The same input gives the same bits on every machine: each
// step is one addition or multiplication of two numbers. Immutable; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace naru {

class Rotation {
 public:
  explicit Rotation(std::size_t dims);
  static std::size_t width_of(std::size_t dims);  // rounded up to whole steps of 64: what is added is 0 before
  std::size_t width() const { return width_; }
  void apply(std::span<float> values) const;    // width() of them

 private:
  static constexpr std::size_t kRounds = 4;
  std::size_t width_, power_;                      // the largest power of two that fits in the width
  std::array<std::vector<float>, kRounds> signs_;  // ± 1/√power: the sign of a round, and the scale of its transform
};

}  // namespace naru
