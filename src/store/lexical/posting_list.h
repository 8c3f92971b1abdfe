// The postings of one term in one field: which rows have it, how often, and where. Written here, and read where they
// lie in a mapped segment, block by block (docs/format/segment.md).
//
// A PostingList is a view, valid while its Segment lives, safe from any thread; a PostingCursor belongs to one. Nothing
// read from the bytes is believed: a damaged list gives empty blocks, never a row outside the segment.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/bitmap.h"
#include "store/lexical/varint.h"

namespace naru {

// Postings a block: the unit that is skipped.
inline constexpr std::size_t kPostingsBlock = 128;

struct Posting {
  std::uint32_t row = 0;        // of the segment
  std::uint32_t frequency = 0;  // of the term in that row
};

// The postings of one term as they are collected: `positions` holds those of each posting one behind the other, the
// first as it is and the others as distances, in varints.
struct TermPostings {
  std::vector<Posting> postings;
  std::string positions;
};

// What bounds the scores of a block, whatever k1, b and statistics are: for the frequencies 1, 2, 3 and more the class
// of the shortest row that has the term so often, and the highest frequency.
struct BlockBest {
  static constexpr std::uint8_t kNone = 255;           // no row; a row of the last class counts as one of that before
  static constexpr std::uint8_t kFrequencyOpen = 255;  // so often or more
  std::array<std::uint8_t, 4> shortest = {kNone, kNone, kNone, kNone};
  std::uint8_t frequency = 0;
  bool operator==(const BlockBest&) const = default;
};
static_assert(sizeof(BlockBest) == 5);

// Appends postings as a segment has them. `classes`: by row, length_class() of the field.
void append_postings(std::string& bytes, std::span<const Posting> postings, std::span<const std::uint8_t> classes);
// Appends their positions. False: they do not fit the postings.
bool append_positions(std::string& bytes, const TermPostings& term);

class PostingList {
 public:
  // Numbers of one kind together, as they are unpacked.
  struct Block {
    std::array<std::uint32_t, kPostingsBlock> rows, frequencies;
  };

  PostingList(std::string_view bytes, std::string_view positions, std::uint32_t count, std::uint64_t rows)
      : bytes_(bytes), positions_(positions), count_(count), rows_(rows) {}
  // Do the tables before the blocks lie inside? For a Segment that opens, before it makes a list.
  static bool tables_fit(std::uint64_t count, std::uint64_t bytes, std::uint64_t positions);

  std::uint32_t count() const { return count_; }
  std::size_t blocks() const { return (count_ + kPostingsBlock - 1) / kPostingsBlock; }
  // The rows of a block lie in [first_row, last_row]; blocks without a wanted row need not be decoded.
  std::uint64_t first_row(std::size_t block) const { return block == 0 ? 0 : last_row(block - 1) + 1; }
  std::uint64_t last_row(std::size_t block) const;
  // The first block that can hold `row` or a later one; blocks() where there is none. Starts at block `from`.
  std::size_t block_of(std::uint64_t row, std::size_t from) const;
  // Only of a list of several blocks.
  BlockBest best(std::size_t block) const;
  // Fills the front of `out` and says how many; 0: the bytes are damaged.
  std::size_t decode(std::size_t block, Block& out) const;
  // The positions of a block's postings as they are written; empty: the bytes are damaged.
  std::string_view position_bytes(std::size_t block) const;

  // Calls take(row) for each row of the list within `rows`; blocks without one are not decoded.
  template <class Take>
  void each_in(const Bitmap& rows, Take take) const {
    Block block;
    for (std::size_t b = 0; b < blocks(); ++b) {
      if (!rows.any_in(first_row(b), last_row(b) + 1)) continue;
      const std::size_t count = decode(b, block);
      for (std::size_t i = 0; i < count; ++i) {
        if (rows.test(block.rows[i])) take(block.rows[i]);
      }
    }
  }
  // All of it, as it was collected. False: it cannot be read; `out` holds anything.
  bool read(TermPostings& out) const;
  // Are the bytes those that append_postings() and append_positions() make of this?
  bool is_written_as(const TermPostings& term, std::span<const std::uint8_t> classes) const;

 private:
  std::string_view bytes_, positions_;
  std::uint32_t count_;
  std::uint64_t rows_;
};

// Reads the `count` positions of one posting and calls take(position) for each. False: the bytes end before, or a
// number is too large.
template <class Take>
bool each_position(const char*& at, const char* end, std::uint32_t count, Take take) {
  std::uint64_t position = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t distance = 0;
    if (!get_varint(at, end, distance)) return false;
    position += distance;
    if (position > ~std::uint32_t{0}) return false;
    take(static_cast<std::uint32_t>(position));
  }
  return true;
}

// Walks the rows of a list, forwards. A damaged list ends early.
class PostingCursor {
 public:
  static constexpr std::uint64_t kEnd = ~0ULL;  // behind the last row

  explicit PostingCursor(const PostingList& list) : list_(list) { load(0); }
  std::uint64_t row() const { return at_ < count_ ? block_.rows[at_] : kEnd; }
  std::uint32_t frequency() const { return block_.frequencies[at_]; }  // not at kEnd
  void next() {
    if (++at_ >= count_) load(number_ + 1);
  }
  // To the first row that is not before `row`; blocks between are not decoded. Never backwards.
  void advance_to(std::uint64_t row);
  // Where the term stands in the row, ascending, as PlacedTerms counts: frequency() numbers. False: damaged, `out` is
  // empty. Not at kEnd.
  bool positions(std::vector<std::uint32_t>& out);

 private:
  void load(std::size_t block);

  PostingList list_;
  std::size_t number_ = 0, at_ = 0, count_ = 0;  // of the block; in it; of its postings
  PostingList::Block block_;
  std::string_view places_;        // of the postings from places_at_ on
  std::size_t places_at_ = ~0ULL;  // ~0: not yet looked for in this block
};

}  // namespace naru
