// VectorCodes: the rows of a vector file in 1 bit and in 4 bits a number, small enough to stay in memory and to be
// compared with a query all at once. A derivative: made from the f16 rows, the same rows give the same bytes.
//
// A row is centred, turned (rotation.h) and rounded; with it stand the factors that make the inner product with its
// code an unbiased estimate of that with the row (RaBitQ, Gao and Long 2024, and its form of several bits, 2025).
// docs/format/vectors.md draws the file. Codes cover the first coded_rows() rows; what came later is compared exactly.
// Immutable once open; any thread. Writing is the store's one writer's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"
#include "runtime/files.h"
#include "store/vector/rotation.h"
#include "store/vector/vector_file.h"

namespace naru {

// Vector files of fewer rows are compared exactly and have no codes: contract.md promises it.
inline constexpr std::uint64_t kCodedRowsMin = 20'000;

// How many rows of a file of `rows` have codes: the first seven binary digits of the number, so that a file which grows
// is not written anew at every turn, and what is left to compare exactly is never more than a sixty-fourth of it.
std::uint64_t coded_rows(std::uint64_t rows);

// Where things stand in a codes file of rows of `dims` numbers.
struct CodeLayout {
  static constexpr std::size_t kBlockRows = 32;   // one byte each in an AVX2 register
  static constexpr std::size_t kGroupRows = 256;  // divides every coded_rows()

  explicit CodeLayout(std::size_t dims);
  std::size_t dims, width;
  std::size_t signs_bytes;   // of a block: per 8 numbers and row one byte, row after row
  std::size_t block_bytes;   // signs, then per row an f32 scale and an f32 offset
  std::size_t scales_at;     // in a group, behind its blocks: per row the f32 scale of its half bytes
  std::size_t fine_at;       // in a group: per row the half bytes
  std::size_t fine_bytes;    // of a row
  std::size_t group_bytes;
  std::size_t groups_at;     // in the file
};

class VectorCodes {
 public:
  // not_found: there are none. corrupt: damaged, or of other rows; the exact scan still answers.
  static Result<std::shared_ptr<const VectorCodes>> open(const std::string& folder, const std::string& name,
                                                         const VectorRows& rows);
  std::uint64_t rows() const { return rows_; }
  const CodeLayout& layout() const { return layout_; }
  const Rotation& rotation() const { return rotation_; }
  const std::vector<float>& centre() const { return centre_; }
  std::string_view group(std::uint64_t g) const;
  Status check_digest() const;  // corrupt: a byte changed

 private:
  VectorCodes(MappedFile file, std::uint32_t dims, std::uint64_t rows)
      : file_(std::move(file)), rows_(rows), layout_(dims), rotation_(dims) {}
  MappedFile file_;
  std::uint64_t rows_;
  CodeLayout layout_;
  Rotation rotation_;
  std::vector<float> centre_;
};

// Sees to it that the first coded_rows() have codes and no others do. Durable.
Status refresh_codes(const std::string& folder, const std::string& name, const VectorRows& rows);

// Makes or extends the codes of the first `coded` rows, a multiple of kGroupRows, where there are none, damaged ones or
// those of another number. What is there and whole is not made again.
Status write_codes(const std::string& folder, const std::string& name, const VectorRows& rows, std::uint64_t coded);
Status remove_codes(const std::string& folder, const std::string& name);

// Holds every code to its row. `differs` is told each row that is not what its f16 row gives.
Status compare_codes(const VectorCodes& codes, const VectorRows& rows,
                     const std::function<void(std::uint64_t row)>& differs);

}  // namespace naru
