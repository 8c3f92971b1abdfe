#include "parse/hwp/writer.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "parse/shared/table.h"
#include "text/unicode.h"

namespace naru::hwp {

namespace {

// Outline styles are also put on running text; nobody writes a heading of this length (UTF-8: some 200 syllables).
constexpr std::size_t kHeadingBytesMax = 600;

bool is_frame(const Object& object) { return object.kind == Object::Kind::table && object.cells.size() == 1; }

// A table of one cell frames what stands in it.
std::vector<Paragraph>& content(Object& object) {
  return is_frame(object) ? object.cells[0].paragraphs : object.paragraphs;
}

bool stands_before_text(const Object& object) {
  return object.kind == Object::Kind::table || object.kind == Object::Kind::box;
}

// The first rows with a title cell; else the first one, where it is repeated on each page and names each column.
std::uint32_t header_rows(const Object& table) {
  std::vector<bool> named;
  std::uint32_t rows = 0, first_row_cells = 0;
  bool plain = true;
  for (const Cell& cell : table.cells) {
    rows = std::max(rows, cell.row + 1);
    first_row_cells += cell.row == 0 ? 1 : 0;
    plain = plain && (cell.row > 0 || (cell.rows == 1 && cell.columns == 1 && !cell.paragraphs.empty()));
    if (!cell.names_columns) continue;
    named.resize(std::max<std::size_t>(named.size(), std::size_t{cell.row} + 1));
    named[cell.row] = true;
  }
  const auto marked = static_cast<std::uint32_t>(std::find(named.begin(), named.end(), false) - named.begin());
  if (marked > 0) return marked;
  return table.repeats_first_row && plain && rows > 1 && first_row_cells > 1 ? 1 : 0;
}

}  // namespace

void SectionWriter::add(Section section, std::uint32_t number) {
  outline_numbering_ = section.outline_numbering;
  here_.section = number;
  std::uint32_t count = 0;
  for (Paragraph& one : section.paragraphs) {
    here_.paragraph = ++count;
    paragraph(one);
  }
}

void SectionWriter::add_page_part(std::vector<Paragraph> list, std::uint32_t section) {
  Locator locator;
  locator.section = section;
  page_parts_.push_back({std::move(list), locator});
}

void SectionWriter::finish() {
  for (PagePart& part : page_parts_) {
    Document page;
    SectionWriter writer(page, {});
    writer.here_ = part.locator;
    writer.paragraphs(part.paragraphs);
    std::string text = document_text(page);
    if (!page_texts_.insert(std::move(text)).second) continue;
    for (Block& block : page.blocks) {
      if (block.kind == BlockKind::heading) block.kind = BlockKind::paragraph;
      block.level = 0;
      const std::size_t before = document_.blocks.size();
      blocks_.add(std::move(block));
      if (document_.blocks.size() > before) document_.blocks.back().heading_path.clear();
    }
  }
  page_parts_.clear();
  if (table_cut_) document_.warnings.push_back("a table is too large: the rest of it is left out");
}

void SectionWriter::paragraphs(std::span<Paragraph> list) {
  for (Paragraph& one : list) paragraph(one);
}

void SectionWriter::paragraph(Paragraph& paragraph) {
  const std::string_view text = trim(paragraph.text);
  BlockKind kind = BlockKind::paragraph;
  if (paragraph.shape.head == Head::outline && text.size() <= kHeadingBytesMax) kind = BlockKind::heading;
  if (paragraph.shape.head == Head::number || paragraph.shape.head == Head::bullet) kind = BlockKind::list_item;
  // What is anchored before the first letter stands above the text, but not above a heading that it belongs to.
  const std::size_t first = kind == BlockKind::heading || text.empty()
                                ? 0
                                : static_cast<std::size_t>(text.data() - paragraph.text.data()) + 1;
  const auto split = std::find_if(paragraph.objects.begin(), paragraph.objects.end(),
                                  [&](const Object& o) { return o.at >= first || !stands_before_text(o); });
  const auto before = static_cast<std::size_t>(split - paragraph.objects.begin());
  objects(paragraph.objects, 0, before);
  if (!text.empty()) {
    const std::uint32_t level = kind == BlockKind::paragraph ? 0 : paragraph.shape.level + 1U;
    write(kind, level, label(paragraph.shape) + std::string(text));
  }
  objects(paragraph.objects, before, paragraph.objects.size());
}

void SectionWriter::objects(std::vector<Object>& list, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) object(list[i]);
}

void SectionWriter::object(Object& object) {
  if (object.kind == Object::Kind::page_part) {
    page_parts_.push_back({std::move(object.paragraphs), here_});
    return;
  }
  if (object.caption_first) caption(object);
  if (object.kind == Object::Kind::table && !is_frame(object)) {
    table(object);
  } else if (object.kind == Object::Kind::description) {
    for (const Paragraph& line : object.paragraphs) write(BlockKind::caption, 0, line.text);
  } else {
    paragraphs(content(object));
  }
  if (!object.caption_first) caption(object);
}

void SectionWriter::caption(Object& object) {
  std::vector<Object*> after;
  write(BlockKind::caption, 0, cell_text(object.caption, after));
  for (Object* one : after) this->object(*one);
}

void SectionWriter::table(Object& table) {
  TableGrid grid;
  std::vector<Object*> after;
  for (Cell& cell : table.cells) {
    grid.place(cell.row, cell.column, cell_text(cell.paragraphs, after), cell.rows, cell.columns);
  }
  grid.set_header_rows(header_rows(table));
  table_cut_ = table_cut_ || grid.cut();
  Block block = grid.finish();
  block.locator = here_;
  blocks_.add(std::move(block));
  for (Object* one : after) object(*one);
}

// Paragraphs by lines. Boxes and frames are text of the cell; everything else follows the table.
std::string SectionWriter::cell_text(std::vector<Paragraph>& list, std::vector<Object*>& after) {
  std::string text;
  const auto add_line = [&](std::string line) {
    if (line.empty()) return;
    if (!text.empty()) text += '\n';
    text += line;
  };
  for (Paragraph& paragraph : list) {
    const std::string_view line = trim(paragraph.text);
    if (!line.empty()) add_line(label(paragraph.shape) + std::string(line));
    for (Object& object : paragraph.objects) {
      if (object.kind == Object::Kind::box || is_frame(object)) {
        add_line(cell_text(content(object), after));
        add_line(cell_text(object.caption, after));
      } else {
        after.push_back(&object);
      }
    }
  }
  return text;
}

void SectionWriter::write(BlockKind kind, std::uint32_t level, std::string text) {
  if (kind == BlockKind::heading && level == 1 && document_.title.empty())
    document_.title = fold_white_space(nfc(text));
  Block block;
  block.kind = kind;
  block.level = level;
  block.text = std::move(text);
  block.locator = here_;
  blocks_.add(std::move(block));
}

std::string SectionWriter::label(const ParagraphShape& shape) {
  if (!shape.numbered || (shape.head != Head::outline && shape.head != Head::number)) return {};
  const std::uint32_t id = shape.head == Head::outline ? outline_numbering_ : shape.numbering;
  if (id >= numberings_.size() || shape.level >= kLevels) return {};
  const Numbering& numbering = numberings_[id];
  const auto [found, fresh] = counts_.try_emplace(id);
  auto& counts = found->second;
  const std::size_t level = shape.level;
  counts[level] = counts[level] == 0 ? numbering[level].start : counts[level] + 1;
  std::fill(counts.begin() + static_cast<std::ptrdiff_t>(level) + 1, counts.end(), 0);
  const std::string& pattern = numbering[level].pattern;
  std::string text;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '^' || at + 1 == pattern.size()) {
      text += pattern[at];
      continue;
    }
    const char next = pattern[++at];
    if (next == 'n' || next == 'N') {  // the numbers of all levels: "1.2.3", with N also a last point
      for (std::size_t i = 0; i <= level; ++i) {
        if (i > 0) text += '.';
        text += format_number(numbering[i].format, std::max(counts[i], 1U));
      }
      if (next == 'N') text += '.';
      continue;
    }
    const auto other = static_cast<std::size_t>(next - '1');
    if (next < '1' || next > '9' || other >= kLevels) continue;
    text += format_number(numbering[other].format, std::max(counts[other], 1U));
  }
  if (!text.empty()) text += ' ';
  return text;
}

void add_preview(Document& document, std::string_view text) {
  if (!document.blocks.empty()) return;
  BlockList blocks(document);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of("\r\n", at), text.size());
    Block block;
    block.text = text.substr(at, end - at);
    block.locator.section = 1;
    blocks.add(std::move(block));
    at = end + 1;
  }
  if (document.blocks.empty()) return;
  document.warnings.push_back("the body could not be read: this is the preview text, the document's beginning");
}

}  // namespace naru::hwp
