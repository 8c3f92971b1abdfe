// RowCoder: what the code of a row is. The row is centred, turned (rotation.h) and rounded to 1 bit and to 4 bits a
// number; with it stand the factors that make the inner product with its code an unbiased estimate of that with the row
// (RaBitQ, Gao and Long 2024, and its form of several bits, 2025). One thread; borrows the rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "store/vector/code_layout.h"
#include "store/vector/rotation.h"
#include "store/vector/vector_file.h"

namespace naru {

// A row as it enters a code, `values` being of dims(); false for one that was erased or is no row of numbers: it has no
// share in anything.
bool widen_row(const VectorRows& rows, std::uint64_t i, std::span<float> values);

// The mean of the first rows, as many as the largest power of two that is covered: the same while a file grows to twice
// its size, so that the codes before stay as they are.
std::vector<float> centre_of(const VectorRows& rows, std::uint64_t coded);

class RowCoder {
 public:
  RowCoder(const VectorRows& rows, const CodeLayout& layout, std::vector<float> centre)
      : rows_(rows), layout_(layout), rotation_(layout.dims), centre_(std::move(centre)), values_(layout.width) {}
  const std::vector<float>& centre() const { return centre_; }

  // As CodeLayout::get() takes it out of a group. All zeros for a row that widen_row() refuses: estimated as the
  // centre is.
  void code(std::uint64_t row, std::span<char> code);

 private:
  void put_signs(std::span<char> code) const;
  double put_levels(double squares, std::span<char> code) const;

  const VectorRows& rows_;
  const CodeLayout layout_;
  const Rotation rotation_;
  const std::vector<float> centre_;
  std::vector<float> values_;
};

}  // namespace naru
