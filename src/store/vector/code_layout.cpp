#include "store/vector/code_layout.h"

#include <algorithm>

#include "store/vector/rotation.h"

namespace naru {

namespace {

constexpr std::size_t kHeaderBytes = 128;  // rows and blocks start on a cache line

}  // namespace

CodeLayout::CodeLayout(std::size_t numbers) : dims(numbers), width(Rotation::width_of(numbers)) {
  signs_bytes = width / 8 * kBlockRows;
  block_bytes = signs_bytes + 2 * kBlockRows * sizeof(float);
  scales_at = kGroupRows / kBlockRows * block_bytes;
  fine_at = scales_at + kGroupRows * sizeof(float);
  fine_bytes = width / 2;
  group_bytes = fine_at + kGroupRows * fine_bytes;
  row_bytes = width / 8 + 3 * sizeof(float) + fine_bytes;
  groups_at = kHeaderBytes + (dims * sizeof(float) + 63) / 64 * 64;
}

template <class Move>
void CodeLayout::each_piece(std::size_t place, Move move) const {
  const std::size_t block = place / kBlockRows * block_bytes, lane = place % kBlockRows;
  std::size_t alone = 0;
  const auto piece = [&](std::size_t at, std::size_t bytes) {
    move(at, alone, bytes);
    alone += bytes;
  };
  for (std::size_t byte = 0; byte < width / 8; ++byte) piece(block + byte * kBlockRows + lane, 1);
  const std::size_t factors = block + signs_bytes + lane * sizeof(float);
  piece(factors, sizeof(float));
  piece(factors + kBlockRows * sizeof(float), sizeof(float));
  piece(scales_at + place * sizeof(float), sizeof(float));
  piece(fine_at + place * fine_bytes, fine_bytes);
}

void CodeLayout::get(std::string_view group, std::size_t place, std::span<char> code) const {
  each_piece(place, [&](std::size_t at, std::size_t alone, std::size_t bytes) {
    std::copy_n(group.data() + at, bytes, code.data() + alone);
  });
}

void CodeLayout::put(std::span<const char> code, std::size_t place, std::span<char> group) const {
  each_piece(place, [&](std::size_t at, std::size_t alone, std::size_t bytes) {
    std::copy_n(code.data() + alone, bytes, group.data() + at);
  });
}

}  // namespace naru
