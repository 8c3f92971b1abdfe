// SectionWriter: sections of the common model, in order, as a Document's blocks.
//
// Outline levels become headings, numbered and bulleted paragraphs list items, with their numbers counted as Hancom
// Office counts them. A box follows its paragraph, a note too; tables that frame a single cell are boxes. What stands
// in a cell is its text; tables in cells follow the table. Headers, footers and master pages come last, each text once
// and under no heading.
//
// The locator: `section` and `paragraph`, both from 1. A paragraph is counted where it stands in the section itself;
// what stands in its tables, boxes and notes has its number.
//
// Lives on a parser's stack; one thread.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "naru/record.h"
#include "parse/hwp/model.h"
#include "parse/shared/blocks.h"

namespace naru::hwp {

class SectionWriter {
 public:
  SectionWriter(Document& document, std::vector<Numbering> numberings)
      : document_(document), blocks_(document), numberings_(std::move(numberings)) {}

  // `number` from 1.
  void add(Section section, std::uint32_t number);
  // A header, footer or master page that stands outside the sections.
  void add_page_part(std::vector<Paragraph> paragraphs, std::uint32_t section);
  // After the last section: headers, footers and what was left out.
  void finish();

 private:
  struct PagePart {
    std::vector<Paragraph> paragraphs;
    Locator locator;
  };

  void paragraphs(std::span<Paragraph> list);
  void paragraph(Paragraph& paragraph);
  void objects(std::vector<Object>& list, std::size_t from, std::size_t to);
  void object(Object& object);
  void table(Object& table);
  void caption(Object& object);
  std::string cell_text(std::vector<Paragraph>& list, std::vector<Object*>& after);
  void write(BlockKind kind, std::uint32_t level, std::string text);
  // "가. ", or nothing. Counts on.
  std::string label(const ParagraphShape& shape);

  Document& document_;
  BlockList blocks_;
  std::vector<Numbering> numberings_;
  std::map<std::uint32_t, std::array<std::uint32_t, kLevels>> counts_;  // by numbering
  std::uint32_t outline_numbering_ = kNoNumbering;
  Locator here_;
  std::vector<PagePart> page_parts_;
  std::set<std::string> page_texts_;
  bool table_cut_ = false;
};

// The document's beginning as plain text, which HWP and HWPX keep for file managers: taken where no block was read,
// with a warning.
void add_preview(Document& document, std::string_view text);

}  // namespace naru::hwp
