// VectorCodes: the rows of a vector file in 1 bit and in 4 bits a number, small enough to stay in memory and to be
// compared with a query all at once. A derivative: made from the f16 rows, the same rows give the same bytes.
//
// row_coder.h says what a code is, code_layout.h where it stands, docs/format/vectors.md draws the file. Codes cover
// the first coded_rows() rows; what came later is compared exactly. In a large file they stand in the order of
// partitions (partitions.h), so that a row's place is not its number.
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
#include "store/vector/code_layout.h"
#include "store/vector/partitions.h"
#include "store/vector/rotation.h"
#include "store/vector/vector_file.h"

namespace naru {

// Vector files of fewer rows are compared exactly and have no codes: contract.md promises it.
inline constexpr std::uint64_t kCodedRowsMin = 20'000;

// How many rows of a file of `rows` have codes: the first seven binary digits of the number, so that a file which grows
// is not written anew at every turn, and what is left to compare exactly is never more than a sixty-fourth of it.
std::uint64_t coded_rows(std::uint64_t rows);

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
  // What stands before the groups: all that is not a row's.
  std::string_view head() const { return file_.bytes().substr(0, groups_at_); }

  // Partition p has the places starts()[p] to starts()[p + 1]. Without partitions a place is a row and both are empty.
  const Centroids& centroids() const { return centroids_; }
  std::string_view centroid_bytes() const;
  std::size_t partitions_wanted() const { return wanted_; }
  std::span<const std::uint32_t> starts() const { return starts_; }
  std::span<const std::uint32_t> order() const { return order_; }  // the row at each place
  std::uint64_t row_at(std::uint64_t place) const { return order_.empty() ? place : order_[place]; }
  std::uint64_t place_of(std::uint64_t row) const { return places_.empty() ? row : places_[row]; }
  Status check_digest() const;  // corrupt: a byte changed

 private:
  VectorCodes(MappedFile file, std::uint32_t dims, std::uint64_t rows)
      : file_(std::move(file)), rows_(rows), layout_(dims), rotation_(dims) {}
  Status read_places(const std::string& name, std::size_t partitions);
  std::size_t centroid_size(std::size_t partitions) const;

  MappedFile file_;
  std::uint64_t rows_;
  CodeLayout layout_;
  Rotation rotation_;
  std::vector<float> centre_;
  std::size_t wanted_ = 0, groups_at_ = 0;
  Centroids centroids_;
  std::span<const std::uint32_t> starts_, order_, places_;
};

// Sees to it that the first coded_rows() have codes and no others do. Durable.
Status refresh_codes(const std::string& folder, const std::string& name, const VectorRows& rows);

// Makes or extends the codes of the first `coded` rows, a multiple of kGroupRows, in about so many partitions, where
// there are none, damaged ones or others. What is there and whole is not made again.
Status write_codes(const std::string& folder, const std::string& name, const VectorRows& rows, std::uint64_t coded,
                   std::size_t partitions);
Status remove_codes(const std::string& folder, const std::string& name);

// Holds every code to its row. `differs` is told each row that is not what its f16 row gives. corrupt: the centre or
// the partitions are not those of the rows.
Status compare_codes(const VectorCodes& codes, const VectorRows& rows,
                     const std::function<void(std::uint64_t row)>& differs);

}  // namespace naru
