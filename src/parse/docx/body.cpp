#include "parse/docx/body.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "text/unicode.h"

namespace naru::docx {

namespace {

constexpr std::size_t kOpenFieldsMax = 64;    // Word nests 20
constexpr std::size_t kNoteDepthMax = 8;      // a note may refer to another, and that is rare
constexpr long long kSpanMax = 1'000;         // Word's tables have at most 63 columns
constexpr unsigned kFirstRowIsHeader = 0x20;  // ECMA-376, 17.4.55

unsigned hexadecimal(std::string_view text) {
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

bool is_on(const pugi::xml_node& node, std::string_view name) {
  const pugi::xml_node found = child(node, name);
  const std::string_view value = attribute(found, "val");
  return found && value != "0" && value != "false" && value != "off";
}

// Elements that only wrap what is read.
bool is_wrapper(std::string_view name) {
  static constexpr std::array<std::string_view, 11> kNames = {"hyperlink", "ins",        "moveTo",    "smartTag",
                                                              "sdt",       "sdtContent", "fldSimple", "customXml",
                                                              "dir",       "bdo",        "rubyBase"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::string part_of_type(const std::map<std::string, Relationship>& relationships, std::string_view type) {
  for (const auto& [id, relationship] : relationships) {
    if (relationship.type == type) return relationship.part;
  }
  return {};
}

template <class Reader>
Reader read_part(OfficePackage& package, const std::string& part) {
  const std::optional<XmlTree> tree = package.tree(part);
  return Reader(tree ? &*tree : nullptr);
}

// The Symbol font's private characters that are letters and signs elsewhere; others show as a mark.
void append_symbol(const pugi::xml_node& node, std::string& out) {
  static constexpr std::u32string_view kSymbol =  // the font from 0x41 on
      U"ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ";
  const unsigned code = hexadecimal(attribute(node, "char"));
  const bool is_private = code >= 0xf000 && code <= 0xf0ff;
  const unsigned low = is_private ? code - 0xf000 : code;
  if (attribute(node, "font") == "Symbol" && low >= 0x41 && low - 0x41 < kSymbol.size())
    append_utf8(out, kSymbol[low - 0x41]);
  else if (is_private)
    append_utf8(out, U'•');
  else if (code >= 0x20 && code < 0xd800)
    append_utf8(out, code);
}

// A frame around a single cell holds text as it stands elsewhere. The cell, or nothing.
pugi::xml_node only_cell(const pugi::xml_node& table) {
  pugi::xml_node only;
  std::size_t cells = 0;
  for (const pugi::xml_node& row : table.children()) {
    if (is_wrapper(local_name(row))) return {};
    if (local_name(row) != "tr") continue;
    for (const pugi::xml_node& cell : row.children()) {
      if (is_wrapper(local_name(cell))) return {};
      if (local_name(cell) == "tc") only = cell, ++cells;
    }
  }
  return cells == 1 ? only : pugi::xml_node();
}

bool first_row_is_header(const pugi::xml_node& table) {
  const pugi::xml_node look = child(child(table, "tblPr"), "tblLook");
  const std::string_view mark = attribute(look, "firstRow");
  if (!mark.empty()) return mark == "1" || mark == "true";
  return (hexadecimal(attribute(look, "val")) & kFirstRowIsHeader) != 0;
}

}  // namespace

BodyReader::BodyReader(OfficePackage& package, Document& document, const std::string& main_part)
    : package_(package),
      document_(document),
      blocks_(document),
      relationships_(package.relationships(main_part)),
      styles_(read_part<Styles>(package, part_of_type(relationships_, "styles"))),
      numbering_(read_part<Numbering>(package, part_of_type(relationships_, "numbering"))),
      footnotes_(open_notes("footnotes")),
      endnotes_(open_notes("endnotes")),
      comments_(open_notes("comments")) {
  here_.section = 1;
  here_.paragraph = 0;
}

BodyReader::Notes BodyReader::open_notes(std::string_view type) {
  Notes notes;
  notes.tree = package_.tree(part_of_type(relationships_, type));
  if (!notes.tree) return notes;
  for (const pugi::xml_node& node : notes.tree->root().children()) {
    const bool separator = attribute(node, "type").find("eparat") != std::string_view::npos;
    if (!separator) notes.by_id.emplace(attribute(node, "id"), node);
  }
  return notes;
}

void BodyReader::read(const XmlTree& main) {
  const pugi::xml_node body = child(main.root(), "body");
  blocks_of(body, true);
  end_section(child(body, "sectPr"));
  page_parts();
  if (left_out_hidden_) package_.warn("hidden text was left out");
}

void BodyReader::write(Block block) {
  block.locator = here_;
  blocks_->add(std::move(block));
}

void BodyReader::write_all(std::vector<Block> blocks) {
  for (Block& block : blocks) write(std::move(block));
}

// ---- blocks ---------------------------------------------------------------------------------------------------

void BodyReader::blocks_of(const pugi::xml_node& parent, bool in_body) {
  for (const pugi::xml_node& node : parent.children()) block_of(node, in_body);
}

void BodyReader::block_of(const pugi::xml_node& node, bool in_body) {
  const std::string_view name = local_name(node);
  if (in_body && (name == "p" || name == "tbl")) here_.paragraph = *here_.paragraph + 1;
  if (name == "p") {
    paragraph(node);
    const pugi::xml_node section = child(child(node, "pPr"), "sectPr");
    if (!in_body || !section) return;
    end_section(section);
    here_.section = *here_.section + 1;
    here_.paragraph = 0;
  } else if (name == "tbl") {
    table(node);
  } else if (name == "altChunk") {
    package_.warn("a document that is embedded as a whole (altChunk) was not read");
  } else if (is_wrapper(name)) {
    blocks_of(node, in_body);
  } else if (name == "oMathPara" || name == "oMath") {
    Block block;
    block.text = formula_text(node);
    write(std::move(block));
  } else if (const pugi::xml_node chosen = chosen_alternative(node)) {
    blocks_of(chosen, in_body);
  }
}

void BodyReader::paragraph(const pugi::xml_node& node) {
  Inline read;
  inline_of(node, read);
  fields_.assign(fields_.size(), false);  // a code ends with its paragraph
  Block block;
  block.text = without_optional_hyphens(read.text);
  while (!block.text.empty() && is_space(static_cast<unsigned char>(block.text.back()))) block.text.pop_back();
  if (!fold_white_space(block.text).empty()) {
    const Style style = styles_.of(child(node, "pPr"));
    const std::optional<std::string> label = numbering_.next(style.numbering);
    if (style.outline.value_or(0) > 0) {
      block.kind = BlockKind::heading;
      block.level = *style.outline;
      block.text = fold_white_space(block.text);
    } else if (label) {
      block.kind = BlockKind::list_item;
      block.level = static_cast<std::uint32_t>(style.numbering.level.value_or(0) + 1);
    } else if (style.kind) {
      block.kind = *style.kind;
    }
    if (label && !label->empty()) block.text = *label + " " + block.text;
    write(std::move(block));
  }
  anchored(read.anchored);
}

void BodyReader::anchored(const std::vector<Anchored>& list) {
  for (const Anchored& what : list) {
    switch (what.kind) {
      case Anchored::Kind::box:
        blocks_of(what.node, false);
        break;
      case Anchored::Kind::table:
        table(what.node);
        break;
      case Anchored::Kind::chart:
        if (const auto tree = package_.tree(what.id)) write_all(chart_blocks(*tree));
        break;
      case Anchored::Kind::diagram:
        if (const auto tree = package_.tree(what.id)) write_all(diagram_blocks(*tree));
        break;
      case Anchored::Kind::footnote:
      case Anchored::Kind::endnote:
      case Anchored::Kind::comment:
        note(what);
        break;
    }
  }
}

void BodyReader::note(const Anchored& what) {
  const bool is_comment = what.kind == Anchored::Kind::comment;
  const Notes& notes = is_comment ? comments_ : what.kind == Anchored::Kind::endnote ? endnotes_ : footnotes_;
  const auto found = notes.by_id.find(what.id);
  if (found == notes.by_id.end() || note_depth_ >= kNoteDepthMax) return;
  if (!read_.insert(fmt::format("{} {}", static_cast<int>(what.kind), what.id)).second) return;
  ++note_depth_;
  if (is_comment)
    comment(found->second);
  else
    blocks_of(found->second, false);
  --note_depth_;
}

void BodyReader::comment(const pugi::xml_node& node) {
  std::vector<Anchored> after;
  Block block;
  block.kind = BlockKind::quote;
  cell_text(node, block.text, after);
  const std::string author = fold_white_space(attribute(node, "author"));
  if (!author.empty()) block.text = author + ": " + block.text;
  write(std::move(block));
  anchored(after);
}

void BodyReader::end_section(const pugi::xml_node& properties) {
  for (const pugi::xml_node& node : properties.children()) {
    const std::string_view name = local_name(node);
    if (name != "headerReference" && name != "footerReference") continue;
    const auto found = relationships_.find(std::string(attribute(node, "id")));
    if (found == relationships_.end()) continue;
    Locator where;
    where.section = here_.section;
    where.part = name == "headerReference" ? "header" : "footer";
    page_parts_.emplace_back(found->second.part, where);
  }
}

void BodyReader::page_parts() {
  std::set<std::string> parts, texts;
  std::vector<Block> body;
  std::swap(body, document_.blocks);
  for (const auto& [part, where] : page_parts_) {
    if (!parts.insert(part).second) continue;
    const std::optional<XmlTree> tree = package_.tree(part);
    if (!tree) continue;
    relationships_ = package_.relationships(part);
    here_ = where;
    blocks_.emplace(document_);
    blocks_of(tree->root(), false);
    for (Block& block : document_.blocks) {
      if (texts.insert(block.text).second) body.push_back(std::move(block));
    }
    document_.blocks.clear();
  }
  document_.blocks = std::move(body);
}

// ---- tables ---------------------------------------------------------------------------------------------------

void BodyReader::table(const pugi::xml_node& node) {
  if (const pugi::xml_node frame = only_cell(node)) return blocks_of(frame, false);
  TableGrid grid;
  std::vector<Anchored> after;
  table_rows(node, first_row_is_header(node), grid, after);
  if (grid.cut()) package_.warn("a table was cut: it is too large");
  Block block = grid.finish();
  if (!block.cells.empty()) write(std::move(block));
  anchored(after);
}

void BodyReader::table_rows(const pugi::xml_node& parent, bool first_is_header, TableGrid& grid,
                            std::vector<Anchored>& after) {
  for (const pugi::xml_node& row : parent.children()) {
    if (is_wrapper(local_name(row))) table_rows(row, first_is_header, grid, after);
    const pugi::xml_node properties = child(row, "trPr");
    if (local_name(row) != "tr" || child(properties, "del")) continue;
    grid.start_row(is_on(properties, "tblHeader") || (first_is_header && grid.rows() == 0));
    const long long before = number(child(properties, "gridBefore"), "val");
    if (before > 0) grid.skip(static_cast<std::uint32_t>(std::min(before, kSpanMax)));
    table_cells(row, grid, after);
  }
}

void BodyReader::table_cells(const pugi::xml_node& parent, TableGrid& grid, std::vector<Anchored>& after) {
  for (const pugi::xml_node& cell : parent.children()) {
    if (is_wrapper(local_name(cell))) table_cells(cell, grid, after);
    if (local_name(cell) != "tc") continue;
    const pugi::xml_node properties = child(cell, "tcPr");
    const long long wide = std::clamp<long long>(number(child(properties, "gridSpan"), "val", 1), 1, kSpanMax);
    const auto columns = static_cast<std::uint32_t>(wide);
    const pugi::xml_node merge = child(properties, "vMerge");
    std::string text;
    cell_text(cell, text, after);
    // A continued cell has no text of its own, but some writers leave one there.
    if (merge && attribute(merge, "val") != "restart" && text.empty())
      grid.extend_above(columns);
    else
      grid.add(text, 1, columns);
  }
}

void BodyReader::cell_text(const pugi::xml_node& parent, std::string& text, std::vector<Anchored>& after) {
  for (const pugi::xml_node& node : parent.children()) {
    const std::string_view name = local_name(node);
    if (name == "p") {
      Inline read;
      inline_of(node, read);
      const std::string line = without_optional_hyphens(read.text);
      if (!fold_white_space(line).empty()) {
        if (!text.empty()) text += '\n';
        const std::optional<std::string> label = numbering_.next(styles_.of(child(node, "pPr")).numbering);
        if (label && !label->empty()) text += *label + " ";
        text += line;
      }
      for (Anchored& what : read.anchored) after.push_back(std::move(what));
    } else if (name == "tbl") {
      after.push_back({Anchored::Kind::table, node, {}});
    } else if (is_wrapper(name)) {
      cell_text(node, text, after);
    } else if (const pugi::xml_node chosen = chosen_alternative(node)) {
      cell_text(chosen, text, after);
    }
  }
}

// ---- inside a paragraph ---------------------------------------------------------------------------------------

bool BodyReader::in_field_code() const { return std::find(fields_.begin(), fields_.end(), true) != fields_.end(); }

void BodyReader::field_mark(const pugi::xml_node& mark) {
  const std::string_view type = attribute(mark, "fldCharType");
  if (type == "begin" && fields_.size() < kOpenFieldsMax) fields_.push_back(true);
  if (type == "separate" && !fields_.empty()) fields_.back() = false;
  if (type == "end" && !fields_.empty()) fields_.pop_back();
}

void BodyReader::inline_of(const pugi::xml_node& parent, Inline& out) {
  for (const pugi::xml_node& node : parent.children()) {
    const std::string_view name = local_name(node);
    if (name == "r")
      run_of(node, out);
    else if (name == "oMath" || name == "oMathPara")
      out.text += formula_text(node);
    else if (is_wrapper(name))
      inline_of(node, out);
    else if (const pugi::xml_node chosen = chosen_alternative(node))
      inline_of(chosen, out);
  }
}

void BodyReader::run_of(const pugi::xml_node& run, Inline& out) {
  const bool hidden = styles_.hides(child(run, "rPr"));
  for (const pugi::xml_node& node : run.children()) {
    const std::string_view name = local_name(node);
    if (name == "fldChar") field_mark(node);
    if (in_field_code()) continue;
    if (hidden) {  // marks of fields count all the same
      if (name == "t") left_out_hidden_ = true;
      continue;
    }
    if (name == "t") {
      out.text += text_of(node);
    } else if (name == "tab" || name == "ptab") {
      out.text += '\t';
    } else if (name == "br" || name == "cr") {
      out.text += '\n';
    } else if (name == "noBreakHyphen") {
      out.text += '-';
    } else if (name == "sym") {
      append_symbol(node, out.text);
    } else if (name == "footnoteReference") {
      out.anchored.push_back({Anchored::Kind::footnote, {}, std::string(attribute(node, "id"))});
    } else if (name == "endnoteReference") {
      out.anchored.push_back({Anchored::Kind::endnote, {}, std::string(attribute(node, "id"))});
    } else if (name == "commentReference") {
      out.anchored.push_back({Anchored::Kind::comment, {}, std::string(attribute(node, "id"))});
    } else if (name == "drawing" || name == "pict" || name == "object") {
      drawing(node, out);
    } else if (name == "ruby") {
      inline_of(child(node, "rubyBase"), out);
      Inline reading;
      inline_of(child(node, "rt"), reading);
      if (!reading.text.empty()) out.text += "(" + reading.text + ")";
    } else if (const pugi::xml_node chosen = chosen_alternative(node)) {
      run_of(chosen, out);
    }
  }
}

// What a drawing says: the words of its boxes, its chart or diagram, and what stands for a picture that is not seen.
void BodyReader::drawing(const pugi::xml_node& parent, Inline& out) {
  const auto part = [this](std::string_view id) {
    const auto found = relationships_.find(std::string(id));
    return found == relationships_.end() ? std::string() : found->second.part;
  };
  for (const pugi::xml_node& node : parent.children()) {
    const std::string_view name = local_name(node);
    if (name == "txbxContent") {
      out.anchored.push_back({Anchored::Kind::box, node, {}});
      continue;
    }
    if (name == "docPr" || name == "shape") {
      const std::string instead = fold_white_space(attribute(node, name == "docPr" ? "descr" : "alt"));
      if (!instead.empty()) out.text += (out.text.empty() ? "[" : " [") + instead + "]";
    } else if (name == "chart") {
      out.anchored.push_back({Anchored::Kind::chart, {}, part(attribute(node, "id"))});
    } else if (name == "relIds") {
      out.anchored.push_back({Anchored::Kind::diagram, {}, part(attribute(node, "dm"))});
    } else if (name == "textpath") {  // WordArt
      out.text += attribute(node, "string");
    }
    const pugi::xml_node chosen = chosen_alternative(node);
    drawing(chosen ? chosen : node, out);
  }
}

}  // namespace naru::docx
