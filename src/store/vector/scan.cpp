#include "store/vector/scan.h"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "store/vector/half.h"

namespace naru {

namespace {

constexpr std::size_t kLanes = 8;

float add_lanes(const std::array<float, kLanes>& sums) {
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

float dot_portable(const std::uint16_t* row, const float* query, std::size_t dims) {
  std::array<float, kLanes> sums{};
  for (std::size_t i = 0; i < dims; ++i) sums[i % kLanes] = std::fma(from_half(row[i]), query[i], sums[i % kLanes]);
  return add_lanes(sums);
}

__attribute__((target("avx2,fma,f16c"))) float dot_avx2(const std::uint16_t* row, const float* query, std::size_t dims) {
  __m256 sum = _mm256_setzero_ps();
  const std::size_t whole = dims / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    const __m256 values = _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row + i)));
    sum = _mm256_fmadd_ps(values, _mm256_loadu_ps(query + i), sum);
  }
  std::array<float, kLanes> sums;
  _mm256_storeu_ps(sums.data(), sum);
  for (std::size_t i = whole; i < dims; ++i) sums[i % kLanes] = std::fma(from_half(row[i]), query[i], sums[i % kLanes]);
  return add_lanes(sums);
}

bool have_avx2() {
  static const bool have =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  return have;
}

bool better(const RowScore& a, const RowScore& b) { return a.score != b.score ? a.score > b.score : a.row < b.row; }

}  // namespace

float half_dot(const std::uint16_t* row, const float* query, std::size_t dims, Instructions instructions) {
  if (instructions == Instructions::best && have_avx2()) return dot_avx2(row, query, dims);
  return dot_portable(row, query, dims);
}

std::vector<RowScore> scan_top(const std::uint16_t* rows, std::size_t dims, const Bitmap& mask,
                               std::span<const float> query, std::size_t k, Instructions instructions) {
  std::vector<RowScore> best;  // kept to the k best and their ties, cut when it has grown to twice that
  float bar = -INFINITY;       // the k-th best score so far
  const auto cut = [&] {
    if (best.size() <= k) return;
    std::nth_element(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(k - 1), best.end(), better);
    bar = best[k - 1].score;
    std::erase_if(best, [&](const RowScore& score) { return score.score < bar; });
  };
  std::size_t limit = std::max<std::size_t>(2 * k, 64);
  mask.each([&](std::size_t row) {
    const float score = half_dot(rows + row * dims, query.data(), dims, instructions);
    if (score < bar) return;
    best.push_back({row, score});
    if (best.size() < limit) return;
    cut();
    limit = std::max(limit, 2 * best.size());  // many ties: do not cut at every row
  });
  cut();
  std::sort(best.begin(), best.end(), better);
  return best;
}

}  // namespace naru
