#include "store/vector/scan.h"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/assert.h"
#include "store/vector/half.h"

namespace naru {

namespace {

constexpr std::size_t kLanes = 8;

// Rows whose bytes are on their way from memory while four are added up. Measured over 150,000 rows of 384 on one
// machine, all kept: 81 ns a row with none, 53 with four, 84 with eight. A mask that keeps every second or tenth row
// neither gains nor loses much by it (9.3 against 10.3 ms, 1.9 against 1.7).
constexpr std::size_t kAhead = 4;

// Collected rows are cut to the best k no sooner: sorting a few is cheaper than asking at each.
constexpr std::size_t kCollectedMin = 64;

float add_lanes(const std::array<float, kLanes>& sums) {
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

float dot_portable(const std::uint16_t* row, const float* query, std::size_t dims) {
  std::array<float, kLanes> sums{};
  for (std::size_t i = 0; i < dims; ++i) sums[i % kLanes] = std::fma(from_half(row[i]), query[i], sums[i % kLanes]);
  return add_lanes(sums);
}

#define NARU_AVX2 __attribute__((target("avx2,fma,f16c")))

NARU_AVX2 inline __m256 load_halves(const std::uint16_t* at) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
}

// The elements behind the last whole eight, then the sum of the lanes.
NARU_AVX2 float finish(__m256 sum, const std::uint16_t* row, const float* query, std::size_t from, std::size_t dims) {
  std::array<float, kLanes> sums;
  _mm256_storeu_ps(sums.data(), sum);
  for (std::size_t i = from; i < dims; ++i) sums[i % kLanes] = std::fma(from_half(row[i]), query[i], sums[i % kLanes]);
  return add_lanes(sums);
}

NARU_AVX2 float dot_avx2(const std::uint16_t* row, const float* query, std::size_t dims) {
  __m256 sum = _mm256_setzero_ps();
  const std::size_t whole = dims / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    sum = _mm256_fmadd_ps(load_halves(row + i), _mm256_loadu_ps(query + i), sum);
  }
  return finish(sum, row, query, whole, dims);
}

// Four rows side by side: one row alone waits for its own sum at every step. Each row adds up as in dot_avx2.
NARU_AVX2 void dot4_avx2(const std::array<const std::uint16_t*, 4>& rows, const float* query, std::size_t dims,
                         std::array<float, 4>& scores) {
  __m256 a = _mm256_setzero_ps(), b = a, c = a, d = a;
  const std::size_t whole = dims / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    const __m256 part = _mm256_loadu_ps(query + i);
    a = _mm256_fmadd_ps(load_halves(rows[0] + i), part, a);
    b = _mm256_fmadd_ps(load_halves(rows[1] + i), part, b);
    c = _mm256_fmadd_ps(load_halves(rows[2] + i), part, c);
    d = _mm256_fmadd_ps(load_halves(rows[3] + i), part, d);
  }
  scores = {finish(a, rows[0], query, whole, dims), finish(b, rows[1], query, whole, dims),
            finish(c, rows[2], query, whole, dims), finish(d, rows[3], query, whole, dims)};
}

// Asks for a row's bytes before they are needed: four rows at once are too many short streams for the processor to
// guess.
inline void fetch(const std::uint16_t* row, std::size_t dims) {
  constexpr std::size_t kCacheLine = 64 / sizeof(std::uint16_t);
  for (std::size_t i = 0; i < dims; i += kCacheLine) __builtin_prefetch(row + i);
}

bool have_avx2() {
  static const bool have =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  return have;
}

bool better(const RowScore& a, const RowScore& b) { return a.score != b.score ? a.score > b.score : a.row < b.row; }

}  // namespace

void keep_best(std::vector<RowScore>& scores, std::size_t k) {
  std::sort(scores.begin(), scores.end(), better);
  std::size_t size = std::min(k, scores.size());
  while (size < scores.size() && scores[size].score == scores[size - 1].score) ++size;
  scores.resize(size);
}

float half_dot(const std::uint16_t* row, const float* query, std::size_t dims, Instructions instructions) {
  if (instructions == Instructions::best && have_avx2()) return dot_avx2(row, query, dims);
  return dot_portable(row, query, dims);
}

void half_dots(const std::uint16_t* rows, std::size_t count, std::span<const float> query, float* products,
               Instructions instructions) {
  const std::size_t dims = query.size();
  std::size_t i = 0;
  if (instructions == Instructions::best && have_avx2()) {
    for (std::array<float, 4> four{}; i + 4 <= count; i += 4) {
      const std::uint16_t* const at = rows + i * dims;
      dot4_avx2({at, at + dims, at + 2 * dims, at + 3 * dims}, query.data(), dims, four);
      std::copy(four.begin(), four.end(), products + i);
    }
  }
  for (; i < count; ++i) products[i] = half_dot(rows + i * dims, query.data(), dims, instructions);
}

std::vector<RowScore> scan_top(const std::uint16_t* rows, std::size_t dims, const Bitmap& mask,
                               std::span<const float> query, std::size_t k, Instructions instructions) {
  NARU_ASSERT(query.size() == dims);
  if (k == 0) return {};
  std::vector<RowScore> best;  // cut to the k best and their ties when it has grown to twice that
  float bar = -INFINITY;       // the k-th best score so far
  std::size_t limit = std::max<std::size_t>(2 * k, kCollectedMin);
  const auto cut = [&] {
    if (best.size() <= k) return;
    std::nth_element(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(k - 1), best.end(), better);
    bar = best[k - 1].score;
    std::erase_if(best, [&](const RowScore& score) { return score.score < bar; });
  };
  const auto take = [&](std::size_t row, float score) {
    if (!(score >= bar)) return;  // nor what is no number: damaged rows are verify's to find
    best.push_back({row, score});
    if (best.size() < limit) return;
    cut();
    limit = std::max(limit, 2 * best.size());  // many ties: do not cut at every row
  };
  if (instructions == Instructions::best && have_avx2()) {
    std::array<std::size_t, kAhead + 4> waiting{};
    std::size_t count = 0;
    mask.each([&](std::size_t row) {
      fetch(rows + row * dims, dims);
      waiting[count++] = row;
      if (count < waiting.size()) return;
      std::array<float, 4> scores{};
      const std::array<const std::uint16_t*, 4> four = {rows + waiting[0] * dims, rows + waiting[1] * dims,
                                                        rows + waiting[2] * dims, rows + waiting[3] * dims};
      dot4_avx2(four, query.data(), dims, scores);
      for (std::size_t i = 0; i < 4; ++i) take(waiting[i], scores[i]);
      std::copy(waiting.begin() + 4, waiting.end(), waiting.begin());
      count -= 4;
    });
    for (std::size_t i = 0; i < count; ++i) take(waiting[i], dot_avx2(rows + waiting[i] * dims, query.data(), dims));
  } else {
    mask.each([&](std::size_t row) { take(row, dot_portable(rows + row * dims, query.data(), dims)); });
  }
  keep_best(best, k);
  return best;
}

}  // namespace naru
