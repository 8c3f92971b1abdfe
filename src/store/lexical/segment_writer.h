// SegmentWriter: takes terms in order and lays out the file of a segment. For SegmentBuilder and merge_segments(); one
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"
#include "store/lexical/segment.h"
#include "store/lexical/segment_layout.h"

namespace naru {

// By field, a byte a row; empty where no row has a term in it, and always for the body, whose lengths the rows have.
using FieldLengths = std::array<std::vector<std::uint8_t>, kFields>;

class SegmentWriter {
 public:
  // `rows` outlive the writer.
  SegmentWriter(std::span<const SegmentRow> rows, FieldLengths lengths);

  // Body first, in a field by the bytes of the terms. corrupt: the positions do not fit the postings.
  Status add(Field field, std::string_view term, const TermPostings& found);
  // Durable when it returns. limit_exceeded: more than the format can say.
  Result<SegmentFile> write(const std::string& folder);

 private:
  void put_record(std::uint64_t count);
  std::string lay_out();

  std::span<const SegmentRow> rows_;
  FieldLengths lengths_;
  std::array<std::vector<std::uint8_t>, kFields> classes_;  // by row
  std::array<std::uint64_t, kFields> terms_{};
  std::vector<TermRecord> records_;
  std::string term_bytes_, postings_, positions_;
  std::uint64_t largest_ = 0;  // postings or positions of one term
};

}  // namespace naru
