// The inner loops of the scan over codes, each in portable code and for processors with AVX2. Both give the same bits:
// sums are of integers, and what follows is one operation after another. Pure functions; any thread.
#pragma once

#include <cstdint>

#include "store/vector/code_layout.h"
#include "store/vector/code_query.h"
#include "store/vector/scan.h"

namespace naru {

struct CodeKernels {
  // Estimates, by 1 bit, of the rows of a block, without the query's product with the centre. What `wanted` has not
  // becomes NaN, which no comparison takes.
  void (*block)(const char* block, const CodeLayout& layout, const CodeQuery& query, std::uint32_t wanted,
                float* estimates);
  // Which of a block's estimates reach the bar, as bits.
  std::uint32_t (*reaching)(const float* estimates, float bar);
  // The sum of a row's half bytes times the query in 8 bits.
  std::int32_t (*fine)(const char* code, const CodeQuery& query);
};

const CodeKernels& code_kernels(Instructions instructions);

inline const float* block_scales(const char* block, const CodeLayout& layout) {
  return reinterpret_cast<const float*>(block + layout.signs_bytes);
}
inline const float* block_offsets(const char* block, const CodeLayout& layout) {
  return block_scales(block, layout) + CodeLayout::kBlockRows;
}

}  // namespace naru
