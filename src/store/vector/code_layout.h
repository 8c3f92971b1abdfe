// CodeLayout: where things stand in a codes file, which docs/format/vectors.md draws. A group of 256 places holds the
// codes of as many rows, laid out for the scans; get() and put() take one row's code out of a group and into one.
// Plain value; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace naru {

struct CodeLayout {
  static constexpr std::size_t kBlockRows = 32;   // one byte each in an AVX2 register
  static constexpr std::size_t kGroupRows = 256;  // divides every coded_rows()

  explicit CodeLayout(std::size_t dims);

  // One row's code by itself: its signs, bit after bit, the three factors, the half bytes. `code` has row_bytes.
  void get(std::string_view group, std::size_t place, std::span<char> code) const;
  void put(std::span<const char> code, std::size_t place, std::span<char> group) const;

  std::size_t dims, width;
  std::size_t signs_bytes;  // of a block: per 8 numbers and row one byte, row after row
  std::size_t block_bytes;  // signs, then per row an f32 scale and an f32 offset
  std::size_t scales_at;    // in a group, behind its blocks: per row the f32 scale of its half bytes
  std::size_t fine_at;      // in a group: per row the half bytes
  std::size_t fine_bytes;   // of a row
  std::size_t group_bytes;
  std::size_t row_bytes;  // of one row's code by itself
  std::size_t groups_at;  // in a file without partitions

 private:
  // Calls move(at in a group, at in the code by itself, bytes) for each piece of a row's code.
  template <class Move>
  void each_piece(std::size_t place, Move move) const;
};

}  // namespace naru
