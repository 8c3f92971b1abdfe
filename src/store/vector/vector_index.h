// VectorIndex: the rows of one embedding model as they are searched: codes where there are some, the f16 rows for the
// last word and for everything that codes do not cover. One committed state; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "naru/result.h"
#include "store/bitmap.h"
#include "store/vector/scan.h"
#include "store/vector/vector_file.h"

namespace naru {

class VectorCodes;

class VectorIndex {
 public:
  // corrupt: as VectorRows::open. Codes that are missing, damaged or of other rows are left out.
  static Result<std::shared_ptr<const VectorIndex>> open(const std::string& folder, const std::string& name,
                                                         std::uint32_t dims, std::uint64_t rows);
  const VectorRows& rows() const { return *rows_; }
  bool has_codes() const { return codes_ != nullptr; }

  // The k best rows of the mask and whatever ties with the k-th; best first, ties by row; scores are exact.
  // invalid_argument: a query of other dimensions, or with what is no finite number in it.
  Result<std::vector<RowScore>> search(const Bitmap& mask, std::span<const float> query, std::size_t k,
                                       VectorSearch how, Instructions instructions = Instructions::best) const;

 private:
  VectorIndex(std::shared_ptr<const VectorRows> rows, std::shared_ptr<const VectorCodes> codes)
      : rows_(std::move(rows)), codes_(std::move(codes)) {}
  std::shared_ptr<const VectorRows> rows_;
  std::shared_ptr<const VectorCodes> codes_;  // may be none
};

// invalid_argument: other dimensions, NaN or infinite.
Status check_query(std::span<const float> query, std::uint32_t dims);

}  // namespace naru
