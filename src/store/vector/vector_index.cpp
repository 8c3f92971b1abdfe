#include "store/vector/vector_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "store/vector/code_scan.h"
#include "store/vector/codes.h"

namespace naru {

namespace {

// How deep each step looks; docs/decisions/0011-vector-codes.md has the measurements. On real vectors the k best stand
// among the best 1.5 k + 15 by 4 bits, and among a few hundred by 1 bit, more where there are more rows.
constexpr std::size_t kFineMore = 15, kCoarseMin = 640, kCoarseShare = 256, kCoarsePerFine = 8;

// Of the mask's rows this share is looked at where there are partitions: a fifth holds what is among the best 20 of all
// rows, and as what is asked for lies deeper, because of k or because the mask takes what is better, it grows: by a
// thousandth for each place, up to half.
constexpr double kNearShare = 0.18, kNearPerDepth = 0.001, kNearShareMax = 0.5;

// Masks of fewer than one row in so many are looked at whole: that is as quick as the partitions' share of full ones.
constexpr std::size_t kNearSparse = 32;

// Masks of fewer rows are compared exactly: that is as quick as the codes are.
constexpr std::size_t kExactMax = 1024;

// Never so few that the next step would lack rows.
std::size_t near_of(std::size_t k, std::size_t coarse, std::size_t kept, std::size_t rows) {
  if (kept <= rows / kNearSparse) return kept;  // none, too
  const double depth = static_cast<double>(k) * static_cast<double>(rows) / static_cast<double>(kept);
  const double share = std::min(kNearShare + kNearPerDepth * depth, kNearShareMax);
  return std::max(coarse, static_cast<std::size_t>(share * static_cast<double>(kept)));
}

// `kept` of the `rows` that codes cover are in the mask.
CodeDepth depth_of(std::size_t k, std::size_t kept, std::size_t rows) {
  const std::size_t fine = k + k / 2 + kFineMore;
  const std::size_t coarse = std::max(kCoarseMin + rows / kCoarseShare, kCoarsePerFine * fine);
  return {coarse, fine, near_of(k, coarse, kept, rows)};
}

}  // namespace

Status check_query(std::span<const float> query, std::uint32_t dims) {
  if (query.size() != dims) {
    return Error(Code::invalid_argument,
                 fmt::format("the query has {} dimensions, the stored vectors {}", query.size(), dims));
  }
  if (std::all_of(query.begin(), query.end(), [](float value) { return std::isfinite(value); })) return {};
  return Error(Code::invalid_argument, "the query holds what is no finite number");
}

Result<std::shared_ptr<const VectorIndex>> VectorIndex::open(const std::string& folder, const std::string& name,
                                                             std::uint32_t dims, std::uint64_t count) {
  std::shared_ptr<const VectorRows> rows = NARU_TRY(VectorRows::open(folder, name, dims, count));
  std::shared_ptr<const VectorCodes> codes = VectorCodes::open(folder, name, *rows).value_or(nullptr);
  return std::shared_ptr<const VectorIndex>(new VectorIndex(std::move(rows), std::move(codes)));
}

Result<std::vector<RowScore>> VectorIndex::search(const Bitmap& mask, std::span<const float> query, std::size_t k,
                                                  VectorSearch how, Instructions instructions) const {
  NARU_TRY(check_query(query, rows_->dims()));
  if (rows_->rows() == 0 || k == 0) return std::vector<RowScore>{};
  const std::uint16_t* const halves = rows_->row(0);
  if (how == VectorSearch::exact || !codes_ || mask.count() <= std::max(kExactMax, k)) {
    return scan_top(halves, rows_->dims(), mask, query, k, instructions);
  }
  const CodeDepth depth = depth_of(k, mask.count_below(codes_->rows()), codes_->rows());
  std::vector<RowScore> found;
  std::vector<std::uint16_t> row(rows_->dims());
  for (const RowScore& candidate : scan_codes(*codes_, mask, query, depth, instructions)) {
    NARU_TRY(rows_->read(candidate.row, row));
    const float score = half_dot(row.data(), query.data(), row.size(), instructions);
    if (!std::isnan(score)) found.push_back({candidate.row, score});
  }
  Bitmap newer(mask.size());  // than the codes
  mask.each_from(codes_->rows(), [&](std::size_t i) { newer.set(i); });
  const std::vector<RowScore> others = scan_top(halves, rows_->dims(), newer, query, k, instructions);
  found.insert(found.end(), others.begin(), others.end());
  keep_best(found, k);
  return found;
}

}  // namespace naru
