// Segment: an immutable file of postings over chunk rows, memory-mapped and searched where it lies.
//
// Built from rows in document order, written once, named by the hash of its bytes, never changed. Which rows live is
// not in it: the truth keeps an alive bitmap beside its name. The layout is drawn in docs/format/segment.md. A Segment
// is safe to read from any thread; a SegmentBuilder and a PostingCursor belong to one.
//
// To search: find() a term in a field, or prefix_range() the terms that begin alike; walk its rows with a PostingCursor
// (or block by block with PostingList::decode()); ask the cursor for positions only where a phrase needs them: they lie
// apart, and who does not ask does not read them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "naru/id.h"
#include "naru/result.h"
#include "runtime/files.h"
#include "store/bitmap.h"
#include "text/analyzer.h"

namespace naru {

// Of the format: the last byte of a file's magic. Segments of another version are built anew when a writer opens.
inline constexpr std::uint32_t kSegmentVersion = 2;

// Postings a block: the unit that is skipped.
inline constexpr std::size_t kPostingsBlock = 128;

// Rows of one segment: row deltas are written with one bit beside them in 32 bits.
inline constexpr std::size_t kSegmentRowsMax = 1ULL << 30;

// Terms of a title, heading path or file name; what is behind them is not indexed. So their lengths take a byte.
inline constexpr std::size_t kFieldTermsMax = 255;

// One row of a segment. `document` and `chunk` are rows of the truth; rows of one document stand together.
struct SegmentRow {
  std::uint64_t chunk = 0;
  std::uint32_t document = 0;
  std::uint32_t model = 0;   // of the truth; 0: not embedded
  std::uint32_t vector = 0;  // row of the model's vector file
  std::uint32_t length = 0;  // terms of the body
};
static_assert(sizeof(SegmentRow) == 24);

struct Posting {
  std::uint32_t row = 0;        // of the segment
  std::uint32_t frequency = 0;  // of the term in that row
};

// The postings of one term in one field where they lie in the mapped file, decoded block by block. Valid while its
// Segment lives. Nothing read from the bytes is believed: a damaged list gives empty blocks, never a row outside the
// segment.
class PostingList {
 public:
  using Block = std::array<Posting, kPostingsBlock>;

  std::uint32_t count() const { return count_; }
  std::size_t blocks() const { return (count_ + kPostingsBlock - 1) / kPostingsBlock; }
  // The rows of a block lie in [first_row, last_row]; blocks without a wanted row need not be decoded.
  std::uint64_t first_row(std::size_t block) const { return block == 0 ? 0 : last_row(block - 1) + 1; }
  std::uint64_t last_row(std::size_t block) const;
  // The first block that can hold `row` or a later one; blocks() where there is none. Starts at block `from`.
  std::size_t block_of(std::uint64_t row, std::size_t from) const;
  // Fills the front of `out` and says how many; 0: the bytes are damaged.
  std::size_t decode(std::size_t block, Block& out) const;
  // The positions of a block's postings as they are written; empty: the bytes are damaged. For PostingCursor.
  std::string_view position_bytes(std::size_t block) const;

 private:
  friend class Segment;
  PostingList(std::string_view bytes, std::string_view positions, std::uint32_t count, std::uint64_t rows)
      : bytes_(bytes), positions_(positions), count_(count), rows_(rows) {}
  std::uint32_t block_end(std::size_t block) const;

  std::string_view bytes_, positions_;
  std::uint32_t count_;
  std::uint64_t rows_;
};

// Walks the rows of a list, forwards. A damaged list ends early.
class PostingCursor {
 public:
  static constexpr std::uint64_t kEnd = ~0ULL;  // behind the last row

  explicit PostingCursor(const PostingList& list) : list_(list) { load(0); }
  std::uint64_t row() const { return at_ < count_ ? block_[at_].row : kEnd; }
  std::uint32_t frequency() const { return block_[at_].frequency; }  // not at kEnd
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

struct SegmentFile {
  std::string name;  // hex digest of its bytes
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
};

// Lengths in 256 classes: each its own below 64, then sixteen classes for every doubling, so that a class begins at
// more than 16/17 of each length in it. The last has no end.
std::uint8_t length_class(std::uint32_t length);
std::uint32_t shortest_of_class(std::uint8_t of);

// What is indexed of one row, by field. Only the body may have more terms than kFieldTermsMax.
using RowTerms = std::array<PlacedTerms, kFields>;

// Commutative over (field, term, position): the same for text that is analysed and for postings that are scanned.
struct RowDigest {
  std::uint64_t sum = 0;
  std::array<std::uint32_t, kFields> lengths{};
  bool operator==(const RowDigest&) const = default;
};
void add_to_digest(RowDigest& digest, Field field, std::string_view term, std::uint32_t position);
RowDigest digest_of(const RowTerms& terms);

// The postings of one term as they are collected: `positions` holds those of each posting one behind the other, the
// first as it is and the others as distances, in varints.
struct TermPostings {
  std::vector<Posting> postings;
  std::string positions;
};

class SegmentBuilder {
 public:
  // Rows in document order, chunk rows as they come. `row.length` is set here.
  void add(SegmentRow row, const RowTerms& terms);
  // Of a body alone, its terms at the places 0, 1, 2, …
  void add(SegmentRow row, const std::vector<std::string>& terms);
  std::size_t rows() const { return rows_.size(); }
  // Durable when it returns. An equal file that is there already is fine.
  Result<SegmentFile> write(const std::string& folder) const;

 private:
  struct Collected {
    TermPostings term;
    std::uint32_t last_position = 0;
  };
  std::vector<SegmentRow> rows_;
  std::array<std::vector<std::uint8_t>, kFields> lengths_;  // by row; not of the body
  std::array<std::unordered_map<std::string, Collected>, kFields> postings_;
};

class Segment {
 public:
  // not_found: gone; corrupt: header, tables or their checksum are wrong; unsupported: another version of the format.
  static Result<std::shared_ptr<const Segment>> open(const std::string& folder, const std::string& name);

  const std::string& name() const { return name_; }
  std::size_t rows() const { return rows_.size(); }
  const SegmentRow& row(std::size_t i) const { return rows_[i]; }
  std::optional<std::uint32_t> find_row(std::uint32_t document, std::uint64_t chunk) const;

  // ---- lengths: how many terms a field of a row has ----
  std::uint32_t length(Field field, std::size_t row) const;
  std::uint64_t total_length(Field field = Field::body) const { return of(field).total_length; }  // of all rows
  std::uint32_t max_length(Field field = Field::body) const { return of(field).max_length; }      // of any row
  // By row: length_class() of its length. A byte a row stays in the cache where the rows themselves do not. Empty where
  // no row has a term in the field.
  std::span<const std::uint8_t> length_classes(Field field = Field::body) const { return of(field).length_classes; }

  // ---- terms: numbered through all fields, body first, in a field in byte order ----
  std::size_t terms() const { return term_count_; }
  std::string_view term(std::size_t i) const;
  Field field_of(std::size_t i) const;
  PostingList list(std::size_t i) const;
  // [first, last) of a field's terms; of those that begin with `prefix`. list(i).count() tells how many rows have one.
  std::pair<std::size_t, std::size_t> term_range(Field field) const { return {of(field).first, of(field).last}; }
  std::pair<std::size_t, std::size_t> prefix_range(Field field, std::string_view prefix) const;
  // Nothing where no row has the term.
  std::optional<PostingList> find(std::string_view term, Field field = Field::body) const;
  // Postings of a term in row order; empty where it is not there, or where its bytes are damaged (`verify` says so).
  std::vector<Posting> postings(std::string_view term, Field field = Field::body) const;

  // ---- the whole file ----
  // All postings of the i-th term, with positions. corrupt: they cannot be read.
  Status read_list(std::size_t i, TermPostings& out) const;
  // From every posting and position. corrupt: a list that cannot be read, or terms out of order.
  Result<std::vector<RowDigest>> digests() const;
  // The whole file against the name it bears.
  Status check_digest() const;

 private:
  struct FieldTable {
    std::size_t first = 0, last = 0;             // its terms
    std::span<const std::uint8_t> lengths;       // by row; not of the body
    std::vector<std::uint8_t> length_classes;
    std::uint64_t total_length = 0;
    std::uint32_t max_length = 0;
  };

  explicit Segment(MappedFile file) : file_(std::move(file)) {}
  Status read_tables();
  bool terms_lie_inside() const;
  void read_lengths();
  const FieldTable& of(Field field) const { return fields_[static_cast<std::size_t>(field)]; }
  std::size_t lower_bound(Field field, std::string_view term) const;

  MappedFile file_;
  std::string name_;
  std::span<const SegmentRow> rows_;
  std::size_t term_count_ = 0;
  std::array<FieldTable, kFields> fields_;
  std::string_view term_table_, term_bytes_, posting_bytes_, position_bytes_;
};

// One segment from several, without rows that are not alive, without analysing again. Rows are ordered by (document,
// chunk row), so equal inputs give equal bytes in whatever order they are named. Terms are merged as they are read:
// what is held in memory is the new file, one posting list, and some 40 bytes a row.
struct MergeInput {
  const Segment* segment = nullptr;
  const Bitmap* alive = nullptr;
};
// `go_on` is asked between terms, where there is one; after a no the merge ends. cancelled: it said no.
Result<SegmentFile> merge_segments(std::span<const MergeInput> inputs, const std::string& folder,
                                   const std::function<bool()>& go_on = {});

}  // namespace naru
