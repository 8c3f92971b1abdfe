// The scan over codes: which rows may be among the best of a query, by estimates from few bits a row.
//
// Rows are looked at partition by partition, the nearest first, until enough have been; where there are no partitions
// every row is. Two steps: each is estimated from 1 bit a number, the query's share in each four signs looked up in a
// table of 6-bit numbers and added up, 32 rows at once; the best of them are estimated from 4 bits a number and the
// query in 8. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "store/bitmap.h"
#include "store/vector/codes.h"
#include "store/vector/scan.h"

namespace naru {

// How many rows go on to the next step.
struct CodeDepth {
  std::size_t coarse = 0;  // estimated from 4 bits, of those estimated from 1
  std::size_t fine = 0;    // returned
  // Of the mask, looked at; all where there are no partitions.
  std::size_t near = std::numeric_limits<std::size_t>::max();
};

// Those rows of the mask, of what codes cover, that are estimated best: at least `depth.fine` where there are so many,
// and all that tie with the last. Every element of `query` is finite.
std::vector<RowScore> scan_codes(const VectorCodes& codes, const Bitmap& mask, std::span<const float> query,
                                 CodeDepth depth, Instructions instructions = Instructions::best);

}  // namespace naru
