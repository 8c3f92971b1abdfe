#include "store/vector/row_coder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "store/vector/half.h"

namespace naru {

namespace {

// The step between the levels of a 4-bit code, in standard deviations: the best for a uniform quantiser of 16 levels
// when numbers are spread normally (Max 1960), as they are after the rotation.
constexpr double kFineStep = 0.3352;

constexpr int kLevels = 16;

void put_float(std::span<char> bytes, std::size_t at, double value) {
  const auto narrow = static_cast<float>(value);
  std::memcpy(bytes.data() + at, &narrow, sizeof narrow);
}

}  // namespace

bool widen_row(const VectorRows& rows, std::uint64_t i, std::span<float> values) {
  const std::uint16_t* const row = rows.row(i);
  bool any = false;
  for (std::size_t d = 0; d < rows.dims(); ++d) {
    values[d] = from_half(row[d]);
    if (!std::isfinite(values[d])) return false;
    any = any || values[d] != 0;
  }
  return any;
}

std::vector<float> centre_of(const VectorRows& rows, std::uint64_t coded) {
  std::vector<float> values(rows.dims()), centre(rows.dims());
  std::vector<double> sum(rows.dims(), 0.0);
  std::uint64_t count = 0;
  for (std::uint64_t i = 0; i < std::bit_floor(coded); ++i) {
    if (!widen_row(rows, i, values)) continue;
    ++count;
    for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += values[d];
  }
  for (std::size_t d = 0; d < sum.size() && count > 0; ++d) {
    centre[d] = static_cast<float>(sum[d] / static_cast<double>(count));
  }
  return centre;
}

void RowCoder::code(std::uint64_t row, std::span<char> code) {
  std::fill(code.begin(), code.end(), '\0');
  if (!widen_row(rows_, row, values_)) return;
  double offset = 0;  // the centre's share in products with this row
  for (std::size_t d = 0; d < layout_.dims; ++d) {
    values_[d] -= centre_[d];
    offset += static_cast<double>(centre_[d]) * values_[d];
  }
  std::fill(values_.begin() + static_cast<std::ptrdiff_t>(layout_.dims), values_.end(), 0.0F);
  rotation_.apply(values_);
  double squares = 0, sum = 0;
  for (const float value : values_) {
    squares += static_cast<double>(value) * value;
    sum += std::abs(value);
  }
  const std::size_t factors = layout_.width / 8;
  put_signs(code);
  put_float(code, factors, sum > 0 ? squares / sum : 0);
  put_float(code, factors + sizeof(float), offset);
  put_float(code, factors + 2 * sizeof(float), put_levels(squares, code.subspan(factors + 3 * sizeof(float))));
}

void RowCoder::put_signs(std::span<char> code) const {
  for (std::size_t byte = 0; byte < layout_.width / 8; ++byte) {
    unsigned bits = 0;
    for (std::size_t b = 0; b < 8; ++b) bits |= (values_[byte * 8 + b] >= 0 ? 1U : 0U) << b;
    code[byte] = static_cast<char>(bits);
  }
}

// Half bytes u stand for the odd numbers 2u − 15. Returns the factor for products with those.
double RowCoder::put_levels(double squares, std::span<char> code) const {
  const double step = kFineStep * std::sqrt(squares / static_cast<double>(layout_.width));
  if (!(step > 0)) return 0;
  const auto inverse = static_cast<float>(1 / step);
  double product = 0;
  const auto level = [&](std::size_t d) {
    const int u = std::clamp(static_cast<int>(std::floor(values_[d] * inverse)) + kLevels / 2, 0, kLevels - 1);
    product += static_cast<double>(values_[d]) * (2 * u - (kLevels - 1));
    return static_cast<unsigned>(u);
  };
  for (std::size_t d = 0; d < layout_.width; d += 64) {
    for (std::size_t i = 0; i < 32; ++i) {
      code[d / 2 + i] = static_cast<char>(level(d + i) | (level(d + 32 + i) << 4));
    }
  }
  return product > 0 ? squares / product : 0;
}

}  // namespace naru
