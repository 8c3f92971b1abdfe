// CodeQuery: a query as the scans over codes want it: turned like the rows, its share in every four signs in a table,
// and itself in 8 bits. Plain value; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "store/vector/codes.h"

namespace naru {

struct CodeQuery {
  static constexpr std::size_t kTableDims = 4;                 // numbers whose signs index one table
  static constexpr std::size_t kTableSize = 1U << kTableDims;  // what one shuffle looks up in

  // The largest entry of a table: four of them add up in 8 bits. The error of so coarse a table is a tenth of that of
  // the signs.
  static constexpr int kEntryMax = 63;

  CodeQuery(const VectorCodes& codes, std::span<const float> query);

  float centre = 0;                  // its product with the centre
  float base = 0, step = 0;          // product with a row of signs: base + step · sum of table entries
  std::vector<std::uint8_t> tables;  // kTableSize a table
  float fine_step = 0;               // product with a row of odd numbers: fine_step · (2 · sum − 15 · fine_sum)
  std::int32_t fine_sum = 0;
  std::vector<std::int8_t> fine;

 private:
  void make_tables(std::span<const float> turned);
  void make_fine(std::span<const float> turned);
};

}  // namespace naru
