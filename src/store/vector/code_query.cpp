#include "store/vector/code_query.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace naru {

namespace {

constexpr int kFineLevels = 127;  // of the query in 8 bits

// Like clamp, but what is no number, as sums of huge ones may be, becomes the lowest.
float held(float value, float lowest, float highest) { return std::max(lowest, std::min(value, highest)); }

}  // namespace

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
  make_tables(turned);
  make_fine(turned);
}

// Entries count from the lowest that their four numbers can give.
void CodeQuery::make_tables(std::span<const float> turned) {
  float widest = 0;
  double lowest = 0;
  for (std::size_t d = 0; d < turned.size(); d += kTableDims) {
    float reach = 0;
    for (std::size_t i = d; i < d + kTableDims; ++i) reach += std::abs(turned[i]);
    widest = std::max(widest, 2 * reach);
    lowest -= reach;
  }
  base = static_cast<float>(lowest);
  step = widest / kEntryMax;
  const float inverse = step > 0 ? 1 / step : 0;
  tables.resize(turned.size() / kTableDims * kTableSize);
  for (std::size_t t = 0; t < turned.size() / kTableDims; ++t) {
    // With no sign set the negative numbers add up; each sign that is set moves by twice its number.
    std::array<float, kTableSize> above{};
    for (std::size_t i = 0; i < kTableDims; ++i) above[0] += 2 * std::max(0.0F, -turned[t * kTableDims + i]);
    for (std::size_t i = 0; i < kTableDims; ++i) {
      const float move = 2 * turned[t * kTableDims + i];
      for (std::size_t signs = 0; signs < 1U << i; ++signs) above[(1U << i) + signs] = above[signs] + move;
    }
    for (std::size_t signs = 0; signs < kTableSize; ++signs) {
      tables[t * kTableSize + signs] = static_cast<std::uint8_t>(
          static_cast<int>(held(above[signs] * inverse + 0.5F, 0, static_cast<float>(kEntryMax))));
    }
  }
}

void CodeQuery::make_fine(std::span<const float> turned) {
  float largest = 0;
  for (const float value : turned) largest = std::max(largest, std::abs(value));
  fine_step = largest / kFineLevels;
  const float inverse = fine_step > 0 ? 1 / fine_step : 0;
  fine.resize(turned.size());
  for (std::size_t d = 0; d < turned.size(); ++d) {
    const float level = std::floor(turned[d] * inverse + 0.5F);
    fine[d] = static_cast<std::int8_t>(held(level, -kFineLevels, kFineLevels));
    fine_sum += fine[d];
  }
}

}  // namespace naru
