#include "store/vector/code_scan.h"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

#include "base/assert.h"

namespace naru {

namespace {

constexpr std::size_t kBlockRows = CodeLayout::kBlockRows;
constexpr std::size_t kTableDims = 4;                   // numbers whose signs index one table
constexpr std::size_t kTableSize = 1U << kTableDims;    // what one shuffle looks up in

// The largest entry of a table: four of them add up in 8 bits. The error of so coarse a table is a tenth of that of the
// signs.
constexpr int kEntryMax = 63;

// Bytes of signs, of two tables each, that are added up in 16 bits before the sum moves to 32: 512 · 2 · 63 < 2^16.
constexpr std::size_t kBytesMax = 512;

constexpr int kFineOdd = 15;      // half byte u stands for 2u − 15
constexpr int kQueryLevels = 127;  // of the query in 8 bits

// Estimates are sorted into so many ranges to find where the best begin: a range near the best holds a handful.
constexpr std::size_t kRanges = 2048;

// Of the 32 rows of a block so many are looked at for it. With 1,800 rows kept of 50,000 the number that comes out is
// right to 7 % (one deviation).
constexpr std::size_t kSampled = 4;

// A share of masked rows below this (one in 8) is estimated from 4 bits at once: looking at 32 rows for the sake of
// fewer than 4 saves nothing. Measured in docs/decisions/0011-vector-codes.md.
constexpr std::size_t kSparse = 8;

// The 4-bit code of a row is asked for this many rows before it is needed.
constexpr std::size_t kAhead = 8;

// The query as the scans want it.
struct CodeQuery {
  CodeQuery(const VectorCodes& codes, std::span<const float> query);
  float centre = 0;                  // its product with the centre
  float base = 0, step = 0;          // product with a row of signs: base + step · sum of table entries
  std::vector<std::uint8_t> tables;  // kTableSize a table
  float fine_step = 0;               // product with a row of odd numbers: fine_step · (2 · sum − 15 · fine_sum)
  std::int32_t fine_sum = 0;
  std::vector<std::int8_t> fine;
};

CodeQuery::CodeQuery(const VectorCodes& codes, std::span<const float> query) {
  const std::vector<float>& middle = codes.centre();
  std::vector<float> turned(codes.layout().width, 0.0F);
  double product = 0;
  for (std::size_t d = 0; d < query.size(); ++d) {
    product += static_cast<double>(query[d]) * middle[d];
    turned[d] = query[d] - middle[d];
  }
  centre = static_cast<float>(product);
  codes.rotation().apply(turned);

  float largest = 0, widest = 0;
  double lowest = 0;
  for (std::size_t d = 0; d < turned.size(); d += kTableDims) {
    float reach = 0;
    for (std::size_t i = d; i < d + kTableDims; ++i) {
      reach += std::abs(turned[i]);
      largest = std::max(largest, std::abs(turned[i]));
    }
    widest = std::max(widest, 2 * reach);
    lowest -= reach;
  }
  base = static_cast<float>(lowest);
  step = widest / kEntryMax;
  const float inverse = step > 0 ? 1 / step : 0;
  tables.resize(turned.size() / kTableDims * kTableSize);
  for (std::size_t t = 0; t < turned.size() / kTableDims; ++t) {
    for (std::size_t signs = 0; signs < kTableSize; ++signs) {
      float above = 0;  // the lowest that these four can give
      for (std::size_t i = 0; i < kTableDims; ++i) {
        const float value = turned[t * kTableDims + i];
        if ((value >= 0) == (((signs >> i) & 1) != 0)) above += 2 * std::abs(value);
      }
      const float entry = std::min(above * inverse + 0.5F, static_cast<float>(kEntryMax));
      tables[t * kTableSize + signs] = static_cast<std::uint8_t>(entry);
    }
  }

  fine_step = largest / kQueryLevels;
  const float fine_inverse = fine_step > 0 ? 1 / fine_step : 0;
  fine.resize(turned.size());
  for (std::size_t d = 0; d < turned.size(); ++d) {
    const float level = std::floor(turned[d] * fine_inverse + 0.5F);
    fine[d] = static_cast<std::int8_t>(std::clamp(level, -127.0F, 127.0F));
    fine_sum += fine[d];
  }
}

#define NARU_AVX2 __attribute__((target("avx2")))

bool have_avx2() {
  static const bool have = __builtin_cpu_supports("avx2");
  return have;
}

const float* factors_of(const char* block, const CodeLayout& layout) {
  return reinterpret_cast<const float*>(block + layout.signs_bytes);
}

// Estimates of the 32 rows of a block, without the centre's constant; what `wanted` has not becomes NaN, which no
// comparison takes.
void block_portable(const char* block, const CodeLayout& layout, const CodeQuery& query, std::uint32_t wanted,
                    float* estimates) {
  std::array<std::uint32_t, kBlockRows> sums{};
  for (std::size_t byte = 0; byte < layout.width / 8; ++byte) {
    const std::uint8_t* const low = query.tables.data() + byte * 2 * kTableSize;
    for (std::size_t i = 0; i < kBlockRows; ++i) {
      const auto signs = static_cast<unsigned char>(block[byte * kBlockRows + i]);
      sums[i] += low[signs & 15U] + low[kTableSize + (signs >> 4)];
    }
  }
  const float* const scales = factors_of(block, layout);
  for (std::size_t i = 0; i < kBlockRows; ++i) {
    const float product = query.base + query.step * static_cast<float>(sums[i]);
    const float estimate = scales[kBlockRows + i] + scales[i] * product;
    estimates[i] = ((wanted >> i) & 1) != 0 ? estimate : std::numeric_limits<float>::quiet_NaN();
  }
}

NARU_AVX2 inline __m256 wanted_lanes(std::uint32_t bits) {
  const __m256i each = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  const __m256i set = _mm256_and_si256(_mm256_set1_epi32(static_cast<int>(bits & 255)), each);
  return _mm256_castsi256_ps(_mm256_cmpeq_epi32(set, each));
}

// 32-bit sums of rows 0–7, 8–15, 16–23 and 24–31.
struct BlockSums {
  __m256i first, second, third, fourth;
};

// Adds 16-bit sums of even and of odd rows to those of the rows in order.
NARU_AVX2 inline void add_in_order(__m256i even, __m256i odd, BlockSums& sums) {
  const __m256i low = _mm256_unpacklo_epi16(even, odd);   // rows 0–7, 16–23
  const __m256i high = _mm256_unpackhi_epi16(even, odd);  // rows 8–15, 24–31
  sums.first = _mm256_add_epi32(sums.first, _mm256_cvtepu16_epi32(_mm256_castsi256_si128(low)));
  sums.second = _mm256_add_epi32(sums.second, _mm256_cvtepu16_epi32(_mm256_castsi256_si128(high)));
  sums.third = _mm256_add_epi32(sums.third, _mm256_cvtepu16_epi32(_mm256_extracti128_si256(low, 1)));
  sums.fourth = _mm256_add_epi32(sums.fourth, _mm256_cvtepu16_epi32(_mm256_extracti128_si256(high, 1)));
}

// Eight rows from their sums.
NARU_AVX2 inline void put_estimates(__m256i sums, const float* scales, const CodeQuery& query, std::uint32_t wanted,
                                    float* estimates) {
  const __m256 product = _mm256_add_ps(_mm256_set1_ps(query.base),
                                       _mm256_mul_ps(_mm256_set1_ps(query.step), _mm256_cvtepi32_ps(sums)));
  const __m256 estimate = _mm256_add_ps(_mm256_load_ps(scales + kBlockRows),
                                        _mm256_mul_ps(_mm256_load_ps(scales), product));
  const __m256 none = _mm256_set1_ps(std::numeric_limits<float>::quiet_NaN());
  _mm256_storeu_ps(estimates, _mm256_blendv_ps(none, estimate, wanted_lanes(wanted)));
}

// What the tables say of one byte of signs of each row: at most 2 · kEntryMax.
NARU_AVX2 inline __m256i looked_up(const char* block, const CodeQuery& query, std::size_t byte) {
  const __m256i nibble = _mm256_set1_epi8(15);
  const __m256i signs = _mm256_load_si256(reinterpret_cast<const __m256i*>(block + byte * kBlockRows));
  const auto* const tables = reinterpret_cast<const __m128i*>(query.tables.data() + byte * 2 * kTableSize);
  const __m256i low = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128(tables)),
                                          _mm256_and_si256(signs, nibble));
  const __m256i high = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128(tables + 1)),
                                           _mm256_and_si256(_mm256_srli_epi16(signs, 4), nibble));
  return _mm256_add_epi8(low, high);
}

NARU_AVX2 void block_avx2(const char* block, const CodeLayout& layout, const CodeQuery& query, std::uint32_t wanted,
                          float* estimates) {
  const __m256i zero = _mm256_setzero_si256();
  BlockSums sums = {zero, zero, zero, zero};
  const std::size_t bytes = layout.width / 8;
  for (std::size_t first = 0; first < bytes; first += kBytesMax) {
    // `all` adds pairs of bytes as 16-bit numbers, `odd` the upper ones of each pair: even = all − 256 · odd, mod 2^16.
    __m256i all = zero, odd = zero;
    for (std::size_t byte = first; byte < std::min(bytes, first + kBytesMax); byte += 2) {  // widths have whole eights
      const __m256i sum = _mm256_add_epi8(looked_up(block, query, byte), looked_up(block, query, byte + 1));
      all = _mm256_add_epi16(all, sum);
      odd = _mm256_add_epi16(odd, _mm256_srli_epi16(sum, 8));
    }
    add_in_order(_mm256_sub_epi16(all, _mm256_slli_epi16(odd, 8)), odd, sums);
  }
  const float* const scales = factors_of(block, layout);
  put_estimates(sums.first, scales, query, wanted, estimates);
  put_estimates(sums.second, scales + 8, query, wanted >> 8, estimates + 8);
  put_estimates(sums.third, scales + 16, query, wanted >> 16, estimates + 16);
  put_estimates(sums.fourth, scales + 24, query, wanted >> 24, estimates + 24);
}

// The sum of half bytes times the query in 8 bits.
std::int32_t fine_portable(const char* code, const std::vector<std::int8_t>& query) {
  std::int32_t sum = 0;
  for (std::size_t d = 0; d < query.size(); d += 64) {
    for (std::size_t i = 0; i < 32; ++i) {
      const auto both = static_cast<unsigned char>(code[d / 2 + i]);
      sum += static_cast<std::int32_t>(both & 15U) * query[d + i];
      sum += static_cast<std::int32_t>(both >> 4) * query[d + 32 + i];
    }
  }
  return sum;
}

NARU_AVX2 std::int32_t fine_avx2(const char* code, const std::vector<std::int8_t>& query) {
  const __m256i nibble = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
  __m256i sums = _mm256_setzero_si256();
  for (std::size_t d = 0; d < query.size(); d += 64) {
    const __m256i both = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(code + d / 2));
    const auto* const levels = reinterpret_cast<const __m256i*>(query.data() + d);
    const __m256i low = _mm256_maddubs_epi16(_mm256_and_si256(both, nibble), _mm256_loadu_si256(levels));
    const __m256i high = _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(both, 4), nibble),
                                              _mm256_loadu_si256(levels + 1));
    // Each at most 2 · 15 · 127: the two fit in 16 bits.
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_add_epi16(low, high), ones));
  }
  __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
  return _mm_cvtsi128_si32(half);
}

// The wanted rows of a block, as bits.
std::uint32_t wanted_of(const Bitmap& mask, std::uint64_t block) {
  return static_cast<std::uint32_t>(mask.words()[block / 2] >> (block % 2 * 32));
}

// Rows of a block that reach the bar, as bits.
std::uint32_t reaching_portable(const float* estimates, float bar) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < kBlockRows; ++i) bits |= (estimates[i] >= bar ? 1U : 0U) << i;
  return bits;
}

NARU_AVX2 std::uint32_t reaching_avx2(const float* estimates, float bar) {
  const __m256 all = _mm256_set1_ps(bar);
  std::uint32_t bits = 0;
  for (int i = 0; i < 4; ++i) {
    const __m256 reaching = _mm256_cmp_ps(_mm256_loadu_ps(estimates + i * 8), all, _CMP_GE_OQ);
    bits |= static_cast<std::uint32_t>(_mm256_movemask_ps(reaching)) << (i * 8);
  }
  return bits;
}

class CodeScan {
 public:
  CodeScan(const VectorCodes& codes, const Bitmap& mask, std::span<const float> query, Instructions instructions)
      : codes_(codes), layout_(codes.layout()), mask_(mask), query_(codes, query),
        avx2_(instructions == Instructions::best && have_avx2()) {}

  // About `keep` rows, those with the best 1-bit estimates; all that are estimated alike stay together.
  std::vector<std::uint32_t> coarse(std::size_t keep) const {
    const auto estimates = std::make_unique_for_overwrite<float[]>(codes_.rows());
    for (std::uint64_t b = 0; b < codes_.rows() / kBlockRows; ++b) {
      const std::uint32_t wanted = wanted_of(mask_, b);
      if (wanted == 0) continue;
      float* const to = estimates.get() + b * kBlockRows;
      if (avx2_) {
        block_avx2(block(b), layout_, query_, wanted, to);
      } else {
        block_portable(block(b), layout_, query_, wanted, to);
      }
    }
    // A part of the estimates tells well where the best begin; where it misled, all are asked.
    std::vector<std::uint32_t> rows = reaching(estimates.get(), bar_of(estimates.get(), keep, kSampled));
    if (rows.size() < keep - keep / 4 || rows.size() > 2 * keep) {
      rows = reaching(estimates.get(), bar_of(estimates.get(), keep, kBlockRows));
    }
    return rows;
  }

  std::vector<std::uint32_t> all() const {
    std::vector<std::uint32_t> rows;
    mask_.each_below(codes_.rows(), [&](std::size_t row) { rows.push_back(static_cast<std::uint32_t>(row)); });
    return rows;
  }

  std::vector<RowScore> fine(const std::vector<std::uint32_t>& rows, std::size_t keep) const {
    std::vector<RowScore> found;
    found.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i + kAhead < rows.size()) fetch(rows[i + kAhead]);
      const float score = fine_estimate(rows[i]);
      if (!std::isnan(score)) found.push_back({rows[i], score});
    }
    if (found.size() <= keep) return found;
    std::vector<float> scores;
    scores.reserve(found.size());
    for (const RowScore& one : found) scores.push_back(one.score);
    std::nth_element(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(keep - 1), scores.end(),
                     std::greater<>());
    std::erase_if(found, [bar = scores[keep - 1]](const RowScore& one) { return one.score < bar; });
    return found;
  }

 private:
  const char* group(std::uint64_t row) const { return codes_.group(row / CodeLayout::kGroupRows).data(); }

  const char* block(std::uint64_t b) const {
    return group(b * kBlockRows) + b % (CodeLayout::kGroupRows / kBlockRows) * layout_.block_bytes;
  }

  void fetch(std::uint32_t row) const {
    const char* const at = group(row);
    const std::size_t place = row % CodeLayout::kGroupRows;
    const char* const code = at + layout_.fine_at + place * layout_.fine_bytes;
    for (std::size_t i = 0; i < layout_.fine_bytes; i += 64) __builtin_prefetch(code + i);
    __builtin_prefetch(at + layout_.scales_at + place * sizeof(float));
    __builtin_prefetch(factors_of(block(row / kBlockRows), layout_) + kBlockRows + row % kBlockRows);
  }

  float fine_estimate(std::uint32_t row) const {
    const char* const at = group(row);
    const std::size_t place = row % CodeLayout::kGroupRows;
    const char* const code = at + layout_.fine_at + place * layout_.fine_bytes;
    const std::int32_t sum = avx2_ ? fine_avx2(code, query_.fine) : fine_portable(code, query_.fine);
    const float product = query_.fine_step * static_cast<float>(2 * sum - kFineOdd * query_.fine_sum);
    const float scale = reinterpret_cast<const float*>(at + layout_.scales_at)[place];
    const float offset = factors_of(block(row / kBlockRows), layout_)[kBlockRows + row % kBlockRows];
    return query_.centre + (offset + scale * product);
  }

  // The estimate that about `keep` reach, judged by `lanes` of the 32 rows of each block.
  float bar_of(const float* estimates, std::size_t keep, std::size_t lanes) const {
    std::vector<float> sample;
    sample.reserve(codes_.rows() / kBlockRows * lanes);
    float low = std::numeric_limits<float>::infinity(), high = -low;
    for (std::uint64_t b = 0; b < codes_.rows() / kBlockRows; ++b) {
      if (wanted_of(mask_, b) == 0) continue;
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        // Other lanes in each block: documents may have their rows in a rhythm.
        const float one = estimates[b * kBlockRows + (b + lane * (kBlockRows / lanes)) % kBlockRows];
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

  std::vector<std::uint32_t> reaching(const float* estimates, float bar) const {
    std::vector<std::uint32_t> rows;
    for (std::uint64_t b = 0; b < codes_.rows() / kBlockRows; ++b) {
      if (wanted_of(mask_, b) == 0) continue;
      const float* const here = estimates + b * kBlockRows;
      std::uint32_t bits = avx2_ ? reaching_avx2(here, bar) : reaching_portable(here, bar);
      for (; bits != 0; bits &= bits - 1) {
        rows.push_back(static_cast<std::uint32_t>(b * kBlockRows) + static_cast<std::uint32_t>(std::countr_zero(bits)));
      }
    }
    return rows;
  }

  const VectorCodes& codes_;
  const CodeLayout& layout_;
  const Bitmap& mask_;
  const CodeQuery query_;
  const bool avx2_;
};

}  // namespace

std::vector<RowScore> scan_codes(const VectorCodes& codes, const Bitmap& mask, std::span<const float> query,
                                 CodeDepth depth, Instructions instructions) {
  NARU_ASSERT(query.size() == codes.layout().dims && mask.size() >= codes.rows());
  const CodeScan scan(codes, mask, query, instructions);
  const std::size_t wanted = mask.count_below(codes.rows());
  const bool sparse = wanted <= depth.coarse || wanted < codes.rows() / kSparse;
  return scan.fine(sparse ? scan.all() : scan.coarse(depth.coarse), depth.fine);
}

}  // namespace naru
