#include "store/vector/code_scan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <memory>

#include "base/assert.h"
#include "store/vector/code_kernels.h"
#include "store/vector/code_query.h"

namespace naru {

namespace {

constexpr std::size_t kBlockRows = CodeLayout::kBlockRows;
constexpr std::size_t kGroupBlocks = CodeLayout::kGroupRows / kBlockRows;

constexpr std::size_t kCacheLine = 64;
constexpr int kFineOdd = 15;  // half byte u stands for 2u − 15

// Estimates are sorted into so many ranges to find where the best begin: a range near the best holds a handful.
constexpr std::size_t kRanges = 2048;

// Of the 32 rows of a block so many are looked at for it. With 1,000 rows kept of 50,000 the number that comes out is
// right to 12 % (one deviation).
constexpr std::size_t kSampled = 2;

// A share of masked rows below this (one in 8) is estimated from 4 bits at once: looking at 32 rows for the sake of
// fewer than 4 saves nothing. Measured in docs/decisions/0011-vector-codes.md.
constexpr std::size_t kSparse = 8;

// A mask that leaves whole partitions near the query without a row keeps away from it: what it has left is all about
// equally far, and the order of the partitions says less. A quarter of the rows passed in vain doubles what is
// looked at.
constexpr std::size_t kVainMore = 4;

// The 4-bit code of a row is asked for this many rows before it is needed.
constexpr std::size_t kAhead = 8;

// A block likewise: the processor guesses what comes next in a partition, not where the next one is.
constexpr std::size_t kBlocksAhead = 2;

// A block and those of its places that are looked at, as bits.
struct Look {
  std::uint32_t block, wanted;
};

using Places = std::vector<std::uint32_t>;

class CodeScan {
 public:
  CodeScan(const VectorCodes& codes, const Bitmap& mask, std::span<const float> query, Instructions instructions)
      : codes_(codes), layout_(codes.layout()), groups_(codes.group(0).data()), mask_(mask), query_(codes, query),
        kernels_(code_kernels(instructions)), wanted_(mask.count_below(codes.rows())),
        all_wanted_(wanted_ == codes.rows()) {}
  std::size_t wanted() const { return wanted_; }

  // Everything that the mask wants.
  std::vector<Look> every_block() const {
    std::vector<Look> looks;
    const auto blocks = static_cast<std::uint32_t>(codes_.rows() / kBlockRows);
    looks.reserve(blocks);
    for (std::uint32_t b = 0; b < blocks; ++b) {
      const std::uint32_t wanted = codes_.starts().empty() ? wanted_rows(b) : wanted_places(b, ~0U);
      if (wanted != 0) looks.push_back({b, wanted});
    }
    return looks;
  }

  // The blocks of the nearest partitions, until they have `enough` places that the mask wants, or more where it keeps
  // away from the query. A block that two partitions share comes twice, with other places.
  std::vector<Look> nearest_blocks(std::span<const float> query, std::size_t enough) const {
    const std::vector<float> nearness = codes_.centroids().nearness(query);
    std::vector<std::uint32_t> partitions(nearness.size());
    for (std::uint32_t p = 0; p < partitions.size(); ++p) partitions[p] = p;
    const auto farther = [&](std::uint32_t a, std::uint32_t b) {
      return nearness[a] != nearness[b] ? nearness[a] < nearness[b] : a > b;
    };
    std::make_heap(partitions.begin(), partitions.end(), farther);
    std::vector<Look> looks;
    std::size_t seen = 0, vain = 0;
    while (seen < enough + kVainMore * enough * vain / codes_.rows() && !partitions.empty()) {
      std::pop_heap(partitions.begin(), partitions.end(), farther);
      const std::uint32_t begin = codes_.starts()[partitions.back()], end = codes_.starts()[partitions.back() + 1];
      partitions.pop_back();
      const std::size_t here = look_at(begin, end, looks);
      seen += here;
      vain += here == 0 ? end - begin : 0;
    }
    return looks;
  }

  Places every_place() const {
    Places places;
    mask_.each_below(codes_.rows(),
                     [&](std::size_t row) { places.push_back(static_cast<std::uint32_t>(codes_.place_of(row))); });
    return places;
  }

  static Places places_of(const std::vector<Look>& looks) {
    Places places;
    for (const Look& look : looks) add_places(look.block, look.wanted, places);
    return places;
  }

  // About `keep` of them, those with the best 1-bit estimates; all that are estimated alike stay together.
  Places coarse(const std::vector<Look>& looks, std::size_t keep) const {
    const auto estimates = std::make_unique_for_overwrite<float[]>(looks.size() * kBlockRows);
    for (std::size_t i = 0; i < looks.size(); ++i) {
      if (i + kBlocksAhead < looks.size()) fetch_block(looks[i + kBlocksAhead].block);
      kernels_.block(block(looks[i].block), layout_, query_, looks[i].wanted, estimates.get() + i * kBlockRows);
    }
    // A part of the estimates tells well where the best begin; where it misled, all are asked.
    Places places = reaching(looks, estimates.get(), bar_of(looks, estimates.get(), keep, kSampled));
    if (places.size() < keep - keep / 4 || places.size() > 2 * keep) {
      places = reaching(looks, estimates.get(), bar_of(looks, estimates.get(), keep, kBlockRows));
    }
    return places;
  }

  // The rows at those places with the best 4-bit estimates.
  std::vector<RowScore> fine(const Places& places, std::size_t keep) const {
    std::vector<RowScore> found;
    found.reserve(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (i + kAhead < places.size()) fetch(places[i + kAhead]);
      const float score = fine_estimate(places[i]);
      if (!std::isnan(score)) found.push_back({places[i], score});
    }
    if (found.size() > keep) {
      std::vector<float> scores;
      scores.reserve(found.size());
      for (const RowScore& one : found) scores.push_back(one.score);
      std::nth_element(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(keep - 1), scores.end(),
                       std::greater<>());
      std::erase_if(found, [bar = scores[keep - 1]](const RowScore& one) { return one.score < bar; });
    }
    for (RowScore& one : found) one.row = codes_.row_at(one.row);
    return found;
  }

 private:
  const char* group(std::uint64_t place) const {
    return groups_ + place / CodeLayout::kGroupRows * layout_.group_bytes;
  }
  const char* block(std::uint64_t b) const {
    return groups_ + b / kGroupBlocks * layout_.group_bytes + b % kGroupBlocks * layout_.block_bytes;
  }

  // Without partitions: the wanted rows of a block, as bits.
  std::uint32_t wanted_rows(std::uint32_t b) const {
    return static_cast<std::uint32_t>(mask_.words()[b / 2] >> (b % 2 * kBlockRows));
  }

  // Of the places in `among`, those whose rows are wanted.
  std::uint32_t wanted_places(std::uint32_t b, std::uint32_t among) const {
    if (all_wanted_) return among;
    const std::uint32_t* const rows = codes_.order().data() + std::size_t{b} * kBlockRows;
    const std::uint64_t* const words = mask_.words().data();
    std::uint32_t wanted = 0;
    for (std::uint32_t lane = 0; lane < kBlockRows; ++lane) {
      wanted |= static_cast<std::uint32_t>((words[rows[lane] / 64] >> (rows[lane] % 64)) & 1) << lane;
    }
    return wanted & among;
  }

  // Adds what is wanted of the places [begin, end); says how many that are.
  std::size_t look_at(std::uint32_t begin, std::uint32_t end, std::vector<Look>& looks) const {
    constexpr std::uint32_t kLanes = kBlockRows;
    std::size_t seen = 0;
    while (begin < end) {
      const std::uint32_t b = begin / kLanes, first = begin % kLanes;
      const std::uint32_t count = std::min(end - begin, kLanes - first);
      const std::uint32_t wanted = wanted_places(b, (~0U >> (kLanes - count)) << first);
      if (wanted != 0) looks.push_back({b, wanted});
      seen += static_cast<std::size_t>(std::popcount(wanted));
      begin += count;
    }
    return seen;
  }

  static void add_places(std::uint32_t block, std::uint32_t bits, Places& places) {
    for (; bits != 0; bits &= bits - 1) {
      places.push_back(block * kBlockRows + static_cast<std::uint32_t>(std::countr_zero(bits)));
    }
  }

  void fetch_block(std::uint32_t b) const {
    const char* const at = block(b);
    for (std::size_t byte = 0; byte < layout_.block_bytes; byte += kCacheLine) __builtin_prefetch(at + byte);
  }

  void fetch(std::uint32_t place) const {
    const char* const at = group(place);
    const std::size_t i = place % CodeLayout::kGroupRows;
    const char* const code = at + layout_.fine_at + i * layout_.fine_bytes;
    for (std::size_t byte = 0; byte < layout_.fine_bytes; byte += kCacheLine) __builtin_prefetch(code + byte);
    __builtin_prefetch(at + layout_.scales_at + i * sizeof(float));
    __builtin_prefetch(block_offsets(block(place / kBlockRows), layout_) + place % kBlockRows);
  }

  float fine_estimate(std::uint32_t place) const {
    const char* const at = group(place);
    const std::size_t i = place % CodeLayout::kGroupRows;
    const std::int32_t sum = kernels_.fine(at + layout_.fine_at + i * layout_.fine_bytes, query_);
    const float product = query_.fine_step * static_cast<float>(2 * sum - kFineOdd * query_.fine_sum);
    const float scale = reinterpret_cast<const float*>(at + layout_.scales_at)[i];
    const float offset = block_offsets(block(place / kBlockRows), layout_)[place % kBlockRows];
    return query_.centre + (offset + scale * product);
  }

  // The estimate that about `keep` reach, judged by `lanes` of the 32 rows of each block.
  static float bar_of(const std::vector<Look>& looks, const float* estimates, std::size_t keep, std::size_t lanes) {
    std::vector<float> sample;
    sample.reserve(looks.size() * lanes);
    float low = std::numeric_limits<float>::infinity(), high = -low;
    for (std::size_t i = 0; i < looks.size(); ++i) {
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        // Other lanes in each block: documents may have their rows in a rhythm.
        const float one = estimates[i * kBlockRows + (i + lane * (kBlockRows / lanes)) % kBlockRows];
        if (std::isnan(one)) continue;
        sample.push_back(one);
        low = std::min(low, one);
        high = std::max(high, one);
      }
    }
    const float scale = static_cast<float>(kRanges - 1) / (high - low);
    if (!std::isfinite(scale) || !std::isfinite(low)) return low;  // all alike, or damaged: the next step looks
    std::array<std::uint32_t, kRanges> counts{};
    for (const float one : sample) ++counts[static_cast<std::size_t>((one - low) * scale)];
    std::size_t range = kRanges, sum = 0;
    while (range > 0 && sum * kBlockRows < keep * lanes) sum += counts[--range];
    // Half a range less, so that rounding shuts none out.
    return low + (static_cast<float>(range) - 0.5F) / scale;
  }

  Places reaching(const std::vector<Look>& looks, const float* estimates, float bar) const {
    Places places;
    for (std::size_t i = 0; i < looks.size(); ++i) {
      add_places(looks[i].block, kernels_.reaching(estimates + i * kBlockRows, bar), places);
    }
    return places;
  }

  const VectorCodes& codes_;
  const CodeLayout& layout_;
  const char* const groups_;
  const Bitmap& mask_;
  const CodeQuery query_;
  const CodeKernels& kernels_;
  const std::size_t wanted_;  // rows of the mask that have codes
  const bool all_wanted_;
};

}  // namespace

std::vector<RowScore> scan_codes(const VectorCodes& codes, const Bitmap& mask, std::span<const float> query,
                                 CodeDepth depth, Instructions instructions) {
  NARU_ASSERT(query.size() == codes.layout().dims && mask.size() >= codes.rows());
  const CodeScan scan(codes, mask, query, instructions);
  const bool sparse = scan.wanted() <= depth.coarse || scan.wanted() < codes.rows() / kSparse;
  const bool some = codes.centroids().size() > 0 && depth.near < scan.wanted();
  if (sparse && !some) return scan.fine(scan.every_place(), depth.fine);
  const std::vector<Look> looks = some ? scan.nearest_blocks(query, depth.near) : scan.every_block();
  return scan.fine(sparse ? CodeScan::places_of(looks) : scan.coarse(looks, depth.coarse), depth.fine);
}

}  // namespace naru
