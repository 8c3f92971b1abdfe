// BodyReader: the main part of a word processor's document, with what hangs on it, as blocks in reading order.
//
// Text boxes, notes and comments follow the paragraph that they are anchored in, tables in cells follow their table,
// tables that frame a single cell are read as their content. Insertions stay and deletions go, as if all changes were
// accepted; of fields the results; of alternatives the one for newer readers. Headers and footers come last, each text
// once and under no heading.
//
// The locator: `section` from 1, and `paragraph`: which paragraph or table of the section's body, from 1; what stands
// in a table, box or note has the number of what it hangs on. Lives on a parser's stack; one thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "parse/docx/styles.h"
#include "parse/shared/blocks.h"
#include "parse/shared/office_package.h"
#include "parse/shared/table.h"

namespace naru::docx {

class BodyReader {
 public:
  BodyReader(OfficePackage& package, Document& document, const std::string& main_part);
  void read(const XmlTree& main);

 private:
  // What is read after the block that it is anchored in.
  struct Anchored {
    enum class Kind : std::uint8_t { box, table, footnote, endnote, comment, chart, diagram } kind;
    pugi::xml_node node;  // box, table
    std::string id;       // of a note or comment; the part of a chart or diagram
  };
  struct Inline {
    std::string text;
    std::vector<Anchored> anchored;
  };
  struct Notes {
    std::optional<XmlTree> tree;
    std::map<std::string, pugi::xml_node, std::less<>> by_id;
  };

  Notes open_notes(std::string_view type);
  void blocks_of(const pugi::xml_node& parent, bool in_body);
  void block_of(const pugi::xml_node& node, bool in_body);
  void paragraph(const pugi::xml_node& node);
  void table(const pugi::xml_node& node);
  void table_rows(const pugi::xml_node& parent, bool first_is_header, TableGrid& grid, std::vector<Anchored>& after);
  void table_cells(const pugi::xml_node& parent, TableGrid& grid, std::vector<Anchored>& after);
  void cell_text(const pugi::xml_node& parent, std::string& text, std::vector<Anchored>& after);
  void anchored(const std::vector<Anchored>& list);
  void note(const Anchored& what);
  void comment(const pugi::xml_node& node);
  void end_section(const pugi::xml_node& properties);
  void page_parts();
  void write(Block block);
  void write_all(std::vector<Block> blocks);

  void inline_of(const pugi::xml_node& parent, Inline& out);
  void run_of(const pugi::xml_node& run, Inline& out);
  void drawing(const pugi::xml_node& parent, Inline& out);
  void field_mark(const pugi::xml_node& mark);
  bool in_field_code() const;

  OfficePackage& package_;
  Document& document_;
  std::optional<BlockList> blocks_;  // another for what stands under no heading
  std::map<std::string, Relationship> relationships_;
  Styles styles_;
  Numbering numbering_;
  Notes footnotes_, endnotes_, comments_;
  std::set<std::string> read_;  // notes that were read: none is read twice, none holds itself
  std::size_t note_depth_ = 0;  // notes that refer to notes
  std::vector<bool> fields_;    // open ones, outermost first: is this still its code?
  bool left_out_hidden_ = false;
  Locator here_;
  std::vector<std::pair<std::string, Locator>> page_parts_;  // headers and footers
};

}  // namespace naru::docx
