#include "store/vector/code_kernels.h"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <limits>

namespace naru {

namespace {

constexpr std::size_t kBlockRows = CodeLayout::kBlockRows;
constexpr std::size_t kTableSize = CodeQuery::kTableSize;

// Bytes of signs, of two tables each, that are added up in 16 bits before the sum moves to 32: 512 · 2 · 63 < 2^16.
constexpr std::size_t kBytesMax = 512;

#define NARU_AVX2 __attribute__((target("avx2")))

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
  const float* const scales = block_scales(block, layout);
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

// What the tables say of one byte of signs of each row: at most 2 · CodeQuery::kEntryMax.
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
  const float* const scales = block_scales(block, layout);
  put_estimates(sums.first, scales, query, wanted, estimates);
  put_estimates(sums.second, scales + 8, query, wanted >> 8, estimates + 8);
  put_estimates(sums.third, scales + 16, query, wanted >> 16, estimates + 16);
  put_estimates(sums.fourth, scales + 24, query, wanted >> 24, estimates + 24);
}

std::int32_t fine_portable(const char* code, const CodeQuery& asked) {
  const std::vector<std::int8_t>& query = asked.fine;
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

NARU_AVX2 std::int32_t fine_avx2(const char* code, const CodeQuery& asked) {
  const std::vector<std::int8_t>& query = asked.fine;
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

constexpr CodeKernels kPortable = {block_portable, reaching_portable, fine_portable};
constexpr CodeKernels kAvx2 = {block_avx2, reaching_avx2, fine_avx2};

}  // namespace

const CodeKernels& code_kernels(Instructions instructions) {
  static const bool have_avx2 = __builtin_cpu_supports("avx2");
  return instructions == Instructions::best && have_avx2 ? kAvx2 : kPortable;
}

}  // namespace naru
