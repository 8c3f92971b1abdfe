// Segment: an immutable file of postings over chunk rows, memory-mapped and searched where it lies.
//
// Built from rows in document order (segment_builder.h) or from other segments (segment_merge.h), written once, named
// by the hash of its bytes, never changed. Which rows live is not in it: the truth keeps an alive bitmap beside its
// name. The layout is drawn in docs/format/segment.md. Safe to read from any thread.
//
// To search: find() a term in a field, or prefix_range() the terms that begin alike; walk its rows with a PostingCursor
// (or block by block with PostingList::decode()); ask the cursor for positions only where a phrase needs them: they lie
// apart, and who does not ask does not read them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "naru/result.h"
#include "runtime/files.h"
#include "store/lexical/posting_list.h"
#include "store/lexical/row_terms.h"
#include "text/analyzer.h"

namespace naru {

// Of the format: the last byte of a file's magic. Segments of another version are built anew when a writer opens.
inline constexpr std::uint32_t kSegmentVersion = 3;

// Rows of one segment: the sum of two row numbers stays within 32 bits.
inline constexpr std::size_t kSegmentRowsMax = 1ULL << 30;

// One row of a segment. `document` and `chunk` are rows of the truth; rows of one document stand together.
struct SegmentRow {
  std::uint64_t chunk = 0;
  std::uint32_t document = 0;
  std::uint32_t model = 0;   // of the truth; 0: not embedded
  std::uint32_t vector = 0;  // row of the model's vector file
  std::uint32_t length = 0;  // terms of the body
};
static_assert(sizeof(SegmentRow) == 24);

struct SegmentFile {
  std::string name;  // hex digest of its bytes
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
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
  // From every posting and position. corrupt: a list that cannot be read or is not written as it should be, or terms
  // out of order.
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

}  // namespace naru
