// Segment: an immutable file of postings over chunk rows, memory-mapped and searched where it lies.
//
// Built from rows in document order, written once, named by the hash of its bytes, never changed. Which rows live is
// not in it: the truth keeps an alive bitmap beside its name. The layout is drawn in docs/format/segment.md. A Segment
// is safe to read from any thread; a SegmentBuilder belongs to one.
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
#include <vector>

#include "naru/id.h"
#include "naru/result.h"
#include "runtime/files.h"
#include "store/bitmap.h"

namespace naru {

// Postings a block: the unit that is skipped.
inline constexpr std::size_t kPostingsBlock = 128;

// Rows of one segment: row deltas are written with one bit beside them in 32 bits.
inline constexpr std::size_t kSegmentRowsMax = 1ULL << 30;

// One row of a segment. `document` and `chunk` are rows of the truth; rows of one document stand together.
struct SegmentRow {
  std::uint64_t chunk = 0;
  std::uint32_t document = 0;
  std::uint32_t model = 0;   // of the truth; 0: not embedded
  std::uint32_t vector = 0;  // row of the model's vector file
  std::uint32_t length = 0;  // terms
};
static_assert(sizeof(SegmentRow) == 24);

struct Posting {
  std::uint32_t row = 0;        // of the segment
  std::uint32_t frequency = 0;  // of the term in that row
};

// The postings of one term where they lie in the mapped file, decoded block by block. Valid while its Segment lives.
// Nothing read from the bytes is believed: a damaged list gives empty blocks, never a row outside the segment.
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

 private:
  friend class Segment;
  PostingList(std::string_view bytes, std::uint32_t count, std::uint64_t rows)
      : bytes_(bytes), count_(count), rows_(rows) {}
  std::uint32_t block_end(std::size_t block) const;

  std::string_view bytes_;
  std::uint32_t count_;
  std::uint64_t rows_;
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

// Commutative over (term, frequency): the same for text that is analysed and for postings that are scanned.
struct RowDigest {
  std::uint64_t sum = 0;
  std::uint32_t length = 0;
  bool operator==(const RowDigest&) const = default;
};
void add_to_digest(RowDigest& digest, std::string_view term, std::uint32_t frequency);
RowDigest digest_of_terms(const std::vector<std::string>& terms);

class SegmentBuilder {
 public:
  // Rows in document order, chunk rows as they come. `row.length` is set here.
  void add(SegmentRow row, const std::vector<std::string>& terms);
  std::size_t rows() const { return rows_.size(); }
  // Durable when it returns. An equal file that is there already is fine.
  Result<SegmentFile> write(const std::string& folder) const;

 private:
  std::vector<SegmentRow> rows_;
  std::unordered_map<std::string, std::vector<Posting>> postings_;
};

class Segment {
 public:
  // not_found: gone; corrupt: header, tables or their checksum are wrong.
  static Result<std::shared_ptr<const Segment>> open(const std::string& folder, const std::string& name);

  const std::string& name() const { return name_; }
  std::size_t rows() const { return rows_.size(); }
  const SegmentRow& row(std::size_t i) const { return rows_[i]; }
  std::span<const SegmentRow> all_rows() const { return rows_; }
  std::optional<std::uint32_t> find_row(std::uint32_t document, std::uint64_t chunk) const;
  std::size_t terms() const { return term_count_; }
  std::uint64_t total_length() const { return total_length_; }  // of all rows, in terms
  std::uint32_t max_length() const { return max_length_; }      // of any row
  // By row: length_class() of its length. A byte a row stays in the cache where the rows themselves do not.
  std::span<const std::uint8_t> length_classes() const { return length_classes_; }

  // The i-th term in byte order, and its postings.
  std::string_view term(std::size_t i) const;
  PostingList list(std::size_t i) const;
  // Nothing where no row has the term.
  std::optional<PostingList> find(std::string_view term) const;
  // Postings of a term in row order; empty where it is not there, or where its bytes are damaged (`verify` says so).
  std::vector<Posting> postings(std::string_view term) const;
  // All postings of the i-th term. corrupt: they cannot be read.
  Status read_list(std::size_t i, std::vector<Posting>& out) const;
  // Every term in order. corrupt: a posting list that cannot be read, or terms out of order.
  Status each_term(const std::function<Status(std::string_view, std::span<const Posting>)>& take) const;
  Result<std::vector<RowDigest>> digests() const;
  // The whole file against the name it bears.
  Status check_digest() const;

 private:
  explicit Segment(MappedFile file) : file_(std::move(file)) {}
  Status read_tables();

  MappedFile file_;
  std::string name_;
  std::span<const SegmentRow> rows_;
  std::size_t term_count_ = 0;
  std::uint64_t total_length_ = 0;
  std::uint32_t max_length_ = 0;
  std::vector<std::uint8_t> length_classes_;
  std::string_view term_table_, term_bytes_, posting_bytes_;
};

// One segment from several, without rows that are not alive, without analysing again. Rows are ordered by (document,
// chunk row), so equal inputs give equal bytes in whatever order they are named. Terms are merged as they are read:
// what is held in memory is the new file, one posting list, and 36 bytes a row.
struct MergeInput {
  const Segment* segment = nullptr;
  const Bitmap* alive = nullptr;
};
Result<SegmentFile> merge_segments(std::span<const MergeInput> inputs, const std::string& folder);

}  // namespace naru
