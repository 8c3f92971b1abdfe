// How a segment file is laid out, for those who write and read one; docs/format/segment.md explains it. Every number is
// little-endian.
#pragma once

#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "text/analyzer.h"

namespace naru {

//   0  magic "NARUSEG3"        8  u64 rows
//  16  u64 terms of the body, of titles, of heading paths, of file names
//  48  u64 offset of the row table (24 bytes a row: u64 chunk, u32 document, u32 model, u32 vector, u32 length)
//  56  u64 offset of the lengths of the other fields (for each that has terms, a byte a row)
//  64  u64 offset of the term table (24 bytes a term and one more: u32 offset of its bytes, u32 rows, u64 offset of its
//                                    postings, u64 offset of its positions)
//  72  u64 offset of the term bytes     80 u64 offset of the postings     88 u64 offset of the positions
//  96  u64 size of the file    104 u64 XXH3 of header [0, 104) and of everything from 112 to the postings
// 112  rows, lengths, terms, term bytes, postings, positions
struct SegmentHeader {
  char magic[8];
  std::uint64_t rows;
  std::uint64_t terms[kFields];
  std::uint64_t row_table, lengths, term_table, term_bytes, postings, positions, file_size, checksum;
};
static_assert(sizeof(SegmentHeader) == 112);

// Each ends where the next begins; a last one stands behind the last term.
struct TermRecord {
  std::uint32_t bytes_at, count;
  std::uint64_t postings_at, positions_at;
};
static_assert(sizeof(TermRecord) == 24);

inline constexpr char kSegmentMagic[9] = "NARUSEG3";
inline constexpr std::size_t kSegmentMagicNameBytes = 7;  // what is behind them is the version

inline std::uint64_t head_checksum(std::string_view file, const SegmentHeader& header) {
  const std::uint64_t seed = XXH3_64bits(&header, offsetof(SegmentHeader, checksum));
  return XXH3_64bits_withSeed(file.data() + sizeof header, header.postings - sizeof header, seed);
}

}  // namespace naru
