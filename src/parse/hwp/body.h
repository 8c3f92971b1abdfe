// SectionReader: the records of one section of HWP 5's body text, as the common model.
//
// A paragraph's text has control characters: some are one unit, others eight, of which the extended ones stand for a
// control whose records follow in the same order. Nothing is left out but what shows no text (page numbers, index
// marks, bookmarks) and what nests too deep.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parse/hwp/doc_info.h"
#include "parse/hwp/model.h"
#include "parse/hwp/records.h"

namespace naru::hwp {

class SectionReader {
 public:
  // Borrows both; `records` is one section's.
  SectionReader(const DocInfo& info, const Records& records) : info_(info), list_(records.list) {}

  Section read();
  // True: something was nested too deep, or a table was too large.
  bool left_out() const { return left_out_; }

 private:
  struct Range {
    std::size_t from, to;
  };

  Range below(std::size_t index) const { return {index + 1, list_[index].end}; }
  std::vector<Paragraph> paragraphs(Range range, std::size_t depth);
  // Paragraphs anywhere below, in the order of their records.
  void gather(Range range, std::size_t depth, std::vector<Paragraph>& out);
  Paragraph paragraph(std::size_t index, std::size_t depth);
  void text(std::string_view units, const std::vector<std::size_t>& controls, std::size_t depth, Paragraph& out);
  void control(std::size_t index, std::size_t depth, Paragraph& out);
  void table(std::size_t index, std::size_t depth, Paragraph& out);
  void drawing(std::size_t index, std::size_t depth, Paragraph& out);
  void section_definition(std::size_t index, std::size_t depth, Paragraph& out);

  const DocInfo& info_;
  const std::vector<Record>& list_;
  std::uint32_t outline_numbering_ = kNoNumbering;
  bool left_out_ = false;
};

}  // namespace naru::hwp
