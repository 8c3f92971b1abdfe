// The exact scan: inner products of a unit query with f16 rows under a mask, best k.
//
// Two ways that give the same bits: AVX2 with FMA and F16C where the processor has them, and portable code that adds in
// the same order. Eight sums run side by side, row element i goes to sum i mod 8; they are then added pairwise. Pure
// functions; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "store/bitmap.h"
#include "store/instructions.h"

namespace naru {

enum class VectorSearch : std::uint8_t {
  exact,  // every row of the mask is compared
  fast    // by codes where that is quicker: nearly always the same rows, always their exact scores
};

struct RowScore {
  std::uint64_t row = 0;
  float score = 0;
};

// What is left are the k best and whatever ties with the k-th; best first, ties by row.
void keep_best(std::vector<RowScore>& scores, std::size_t k);

float half_dot(const std::uint16_t* row, const float* query, std::size_t dims, Instructions instructions);

// Inner products of the query with `count` rows, one after another in memory.
void half_dots(const std::uint16_t* rows, std::size_t count, std::span<const float> query, float* products,
               Instructions instructions = Instructions::best);

// The k best rows of those set in `mask` and whatever ties with the k-th; best first, ties by row.
std::vector<RowScore> scan_top(const std::uint16_t* rows, std::size_t dims, const Bitmap& mask,
                               std::span<const float> query, std::size_t k,
                               Instructions instructions = Instructions::best);

}  // namespace naru
