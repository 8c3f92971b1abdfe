#include "parse/html/blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "parse/html/elements.h"
#include "parse/shared/blocks.h"
#include "text/unicode.h"

namespace naru::html {

namespace {

// Of one page: what spanning cells repeat beyond this is left empty.
constexpr std::size_t kRepeatedBytesMax = 4U << 20;

// The text of one block as it grows: white space folded as browsers do, with the range that it covers.
class Inline {
 public:
  void add(std::string_view text, std::pair<std::size_t, std::size_t> range) {
    const std::size_t before = text_.size();
    for (std::size_t i = 0; i < text.size();) {
      const auto c = static_cast<unsigned char>(text[i]);
      if (c <= 0x20) {
        blank();
        ++i;
        continue;
      }
      if (c == 0xc2 && i + 1 < text.size()) {
        const auto next = static_cast<unsigned char>(text[i + 1]);
        if (next == 0xa0) blank();
        if (next == 0xa0 || next == 0xad) {  // no-break space; soft hyphen, which shows nothing
          i += 2;
          continue;
        }
      }
      const std::string_view three = text.substr(i, 3);
      if (three == "\xe2\x80\x8b" || three == "\xef\xbb\xbf") {  // zero width: shows nothing
        i += 3;
        continue;
      }
      put_blank();
      // Everything up to the next byte that needs a look.
      std::size_t end = i + 1;
      while (end < text.size() && static_cast<unsigned char>(text[end]) > 0x20 && text[end] != '\xc2' &&
             text[end] != '\xe2' && text[end] != '\xef') {
        ++end;
      }
      text_.append(text, i, end - i);
      i = end;
    }
    if (text_.size() > before) cover(range);
  }

  void add_verbatim(std::string_view text, std::pair<std::size_t, std::size_t> range) {
    put_blank();
    text_ += text;
    if (range.second > range.first) cover(range);
  }

  void blank() { blank_ = blank_ || !text_.empty(); }

  // A line break; true where it is the second in a row, which ends a paragraph.
  bool line_break() {
    if (text_.empty() && !broken_) return false;
    if (broken_) return true;
    broken_ = !text_.empty();
    return false;
  }

  bool empty() const { return text_.empty(); }
  std::string take() {
    std::string text = std::move(text_);
    *this = Inline();
    return text;
  }
  ByteRange range() const { return {start_, end_}; }

 private:
  void put_blank() {
    if (broken_)
      text_ += '\n';
    else if (blank_)
      text_ += ' ';
    blank_ = broken_ = false;
  }
  void cover(std::pair<std::size_t, std::size_t> range) {
    if (range.second <= range.first) return;
    start_ = end_ == 0 ? range.first : std::min(start_, range.first);
    end_ = std::max(end_, range.second);
  }

  std::string text_;
  bool blank_ = false, broken_ = false;
  std::size_t start_ = 0, end_ = 0;
};

std::size_t span_of(const Node& cell, const char* name) {
  const std::string_view value = cell.attribute(name);
  std::size_t number = 1;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

// Elements that part words although they stand on the line: each is a box of its own.
bool is_apart(GumboTag tag) {
  return tag == GUMBO_TAG_BUTTON || tag == GUMBO_TAG_SELECT || tag == GUMBO_TAG_OPTION || tag == GUMBO_TAG_IMG ||
         tag == GUMBO_TAG_INPUT || tag == GUMBO_TAG_LABEL;
}

class Reader {
 public:
  Reader(const Page& page, const std::vector<bool>& kept) : page_(page), kept_(kept) {}

  ReadBlocks read(bool with_noscript) {
    noscript_ = with_noscript;
    for (std::size_t i = 1; i < page_.size();) {
      while (!open_.empty() && page_[open_.back()].end <= i) leave(page_[open_.back()]), open_.pop_back();
      const Node& node = page_[i];
      if (node.is_text()) {
        text(i);
        ++i;
      } else if (unread(node)) {
        i = node.end;
      } else if (node.tag == GUMBO_TAG_TABLE && is_data_table(page_, i)) {
        flush();
        read_table(i);
        i = node.end;
      } else {
        enter(node);
        open_.push_back(i);
        ++i;
      }
    }
    while (!open_.empty()) leave(page_[open_.back()]), open_.pop_back();
    flush();
    return std::move(out_);
  }

 private:
  bool is_kept(std::size_t i) const { return kept_.empty() || kept_[i]; }
  bool unread(const Node& node) const {
    if (node.tag == GUMBO_TAG_NOSCRIPT) return !noscript_;
    return is_unread_element(node.tag) || is_hidden(node) || is_source_of_formula(node);
  }
  // The TeX source that stands beside a formula.
  static bool is_source_of_formula(const Node& node) {
    return node.tag == GUMBO_TAG_UNKNOWN && node.gumbo->type == GUMBO_NODE_ELEMENT &&
           node.gumbo->v.element.tag_namespace == GUMBO_NAMESPACE_MATHML && node.has("encoding");
  }

  void text(std::size_t i) {
    if (!is_kept(i)) return;
    const Node& node = page_[i];
    if (preformatted_ > 0)
      inline_.add_verbatim(node.text(), page_.range(node));
    else
      inline_.add(node.text(), page_.range(node));
  }

  void enter(const Node& node) {
    if (node.tag == GUMBO_TAG_BR) {
      line_break();
      return;
    }
    if (is_apart(node.tag)) inline_.blank();
    if (!is_block_element(node.tag)) return;
    boundary();
    count(node, 1);
  }

  void leave(const Node& node) {
    if (is_apart(node.tag)) inline_.blank();
    if (!is_block_element(node.tag)) return;
    const bool ends_whole = heading_level(node.tag) > 0 || is_caption(node.tag);
    if (ends_whole && (whole_ == 1))
      flush();
    else
      boundary();
    count(node, -1);
  }

  // Headings and captions stay one block, whatever they hold.
  void boundary() {
    if (whole_ > 0)
      inline_.blank();
    else
      flush();
  }

  void line_break() {
    if (preformatted_ > 0)
      inline_.add_verbatim("\n", {});
    else if (whole_ > 0)
      inline_.blank();
    else if (inline_.line_break())
      flush();
  }

  static bool is_caption(GumboTag tag) { return tag == GUMBO_TAG_FIGCAPTION || tag == GUMBO_TAG_CAPTION; }

  void count(const Node& node, int step) {
    if (const unsigned level = heading_level(node.tag); level > 0) {
      if (step > 0 && whole_ == 0) level_ = level;
      whole_ += step;
      headings_ += step;
    } else if (is_caption(node.tag)) {
      whole_ += step;
      captions_ += step;
    }
    switch (node.tag) {
      case GUMBO_TAG_UL:
      case GUMBO_TAG_OL:
      case GUMBO_TAG_DL:
      case GUMBO_TAG_MENU:
      case GUMBO_TAG_DIR:
        lists_ += step;
        break;
      case GUMBO_TAG_LI:
      case GUMBO_TAG_DD:
      case GUMBO_TAG_DT:
        items_ += step;
        break;
      case GUMBO_TAG_BLOCKQUOTE:
        quotes_ += step;
        break;
      case GUMBO_TAG_PRE:
      case GUMBO_TAG_LISTING:
      case GUMBO_TAG_XMP:
      case GUMBO_TAG_PLAINTEXT:
        preformatted_ += step;
        break;
      default:
        break;
    }
  }

  void flush() {
    if (inline_.empty()) {
      inline_ = Inline();
      return;
    }
    Block block;
    block.locator.bytes = inline_.range();
    block.text = inline_.take();
    if (headings_ > 0) {
      block.kind = BlockKind::heading;
      block.level = level_;
    } else if (preformatted_ > 0) {
      block.kind = BlockKind::code;
      while (!block.text.empty() && is_space(static_cast<unsigned char>(block.text.back()))) block.text.pop_back();
    } else if (captions_ > 0) {
      block.kind = BlockKind::caption;
    } else if (quotes_ > 0) {
      block.kind = BlockKind::quote;
    } else if (items_ > 0) {
      block.kind = BlockKind::list_item;
      block.level = static_cast<std::uint32_t>(std::max(lists_, 1));
    }
    out_.blocks.push_back(std::move(block));
  }

  // ---- tables ---------------------------------------------------------------------------------------------------

  struct Cell {
    std::string text;
    std::size_t columns = 1, rows = 1;
  };

  void read_table(std::size_t table) {
    std::vector<std::vector<Cell>> rows;
    std::vector<Block> captions;
    Block block;
    block.kind = BlockKind::table;
    std::size_t start = 0, end = 0, cells = 0;
    bool cut = false;
    for (std::size_t i = table + 1; i < page_[table].end;) {
      const Node& node = page_[i];
      if (!node.is_text() && unread(node)) {
        i = node.end;
        continue;
      }
      if (node.tag == GUMBO_TAG_TR) rows.emplace_back();
      const bool cell = node.tag == GUMBO_TAG_TD || node.tag == GUMBO_TAG_TH;
      if (!cell && node.tag != GUMBO_TAG_CAPTION) {
        ++i;
        continue;
      }
      Inline text = cell_text(i);
      i = node.end;
      const ByteRange range = text.range();
      if (node.tag == GUMBO_TAG_CAPTION) {
        if (text.empty()) continue;
        Block caption;
        caption.kind = BlockKind::caption;
        caption.locator.bytes = range;
        caption.text = text.take();
        out_.blocks.push_back(std::move(caption));
        continue;
      }
      if (++cells > kTableCellsMax) {
        cut = true;
        break;
      }
      if (range.end > range.start) {
        start = end == 0 ? range.start : std::min<std::size_t>(start, range.start);
        end = std::max<std::size_t>(end, range.end);
      }
      if (rows.empty()) rows.emplace_back();
      rows.back().push_back({text.take(), span_of(node, "colspan"), span_of(node, "rowspan")});
    }
    if (cut) out_.warnings.push_back(fmt::format("a table was cut after {} cells", kTableCellsMax));
    if (end == 0) return;
    block.cells = grid(rows);
    block.text = table_text(block.cells);
    block.locator.bytes = ByteRange{start, end};
    out_.blocks.push_back(std::move(block));
  }

  Inline cell_text(std::size_t cell) const {
    Inline text;
    for (std::size_t i = cell + 1; i < page_[cell].end;) {
      const Node& node = page_[i];
      if (!node.is_text() && unread(node)) {
        i = node.end;
        continue;
      }
      if (!node.is_text()) {
        if (is_block_element(node.tag) || is_apart(node.tag) || node.tag == GUMBO_TAG_BR) text.blank();
      } else if (is_kept(i)) {
        text.add(node.text(), page_.range(node));
      }
      ++i;
      // Blocks that end here part words as well.
      for (std::size_t up = node.is_text() ? node.parent : i - 1; up != cell && page_[up].end == i;
           up = page_[up].parent) {
        if (is_block_element(page_[up].tag) || is_apart(page_[up].tag)) text.blank();
      }
    }
    return text;
  }

  // Places cells as the standard's table model does. What a cell spans repeats its text, so that each row and column
  // can be read alone; a cell as wide as the table is a title and stands once.
  std::vector<std::vector<std::string>> grid(const std::vector<std::vector<Cell>>& rows) {
    std::size_t columns = 0;
    for (const std::vector<Cell>& row : rows) {
      std::size_t width = 0;
      for (const Cell& cell : row) width += std::min(cell.columns, kSpanRepeatMax);
      columns = std::max(columns, width);
    }
    columns = std::min(columns, kColumnsMax);
    std::vector<std::vector<std::string>> cells;
    struct Hanging {
      std::size_t rows = 0;
      std::string text;
    };
    std::vector<Hanging> hanging(columns + 1);
    const auto repeated = [this](const std::string& text) {
      repeated_bytes_ += text.size();
      return repeated_bytes_ <= kRepeatedBytesMax ? text : std::string();
    };
    for (std::size_t r = 0; r < rows.size(); ++r) {
      std::vector<std::string> line;
      const auto take_hanging = [&] {
        while (line.size() < columns && hanging[line.size()].rows > 0) {
          Hanging& above = hanging[line.size()];
          --above.rows;
          line.push_back(repeated(above.text));
        }
      };
      for (const Cell& cell : rows[r]) {
        take_hanging();
        if (line.size() >= columns) break;
        const std::size_t wide = std::clamp<std::size_t>(cell.columns, 1, kSpanRepeatMax);
        std::size_t tall = cell.rows == 0 ? rows.size() : cell.rows;  // 0: to the end of the table
        tall = std::min({tall, rows.size() - r, kSpanRepeatMax});
        const bool title = wide >= columns && rows[r].size() == 1;
        for (std::size_t k = 0; k < wide && line.size() < columns; ++k) {
          if (k > 0 && hanging[line.size()].rows > 0) break;  // cells that overlap
          if (tall > 1) hanging[line.size()] = {tall - 1, k > 0 && title ? std::string() : repeated(cell.text)};
          line.push_back(k == 0 ? cell.text : title ? std::string() : repeated(cell.text));
        }
      }
      take_hanging();
      const bool blank = std::all_of(line.begin(), line.end(), [](const std::string& text) { return text.empty(); });
      if (!blank) cells.push_back(std::move(line));
    }
    drop_blank_columns(cells);
    return cells;
  }

  // Columns that only held room between others.
  static void drop_blank_columns(std::vector<std::vector<std::string>>& cells) {
    std::size_t columns = 0;
    for (const auto& row : cells) columns = std::max(columns, row.size());
    std::vector<bool> used(columns, false);
    for (const auto& row : cells) {
      for (std::size_t c = 0; c < row.size(); ++c) used[c] = used[c] || !row[c].empty();
    }
    const bool square = cells.size() * columns <= kTableCellsMax;
    for (auto& row : cells) {
      if (square) row.resize(columns);
      std::size_t to = 0;
      for (std::size_t c = 0; c < row.size(); ++c) {
        if (!used[c]) continue;
        if (to != c) row[to] = std::move(row[c]);
        ++to;
      }
      row.resize(to);
    }
  }

  const Page& page_;
  const std::vector<bool>& kept_;
  bool noscript_ = false;
  ReadBlocks out_;
  Inline inline_;
  std::vector<std::size_t> open_;  // elements that were entered
  // How many of each are open.
  int whole_ = 0, headings_ = 0, captions_ = 0, lists_ = 0, items_ = 0, quotes_ = 0, preformatted_ = 0;
  unsigned level_ = 0;
  std::size_t repeated_bytes_ = 0;
};

}  // namespace

ReadBlocks read_blocks(const Page& page, const std::vector<bool>& kept) {
  ReadBlocks read = Reader(page, kept).read(false);
  // A page that is nothing without scripts may say something in place of them.
  return read.blocks.empty() ? Reader(page, kept).read(true) : std::move(read);
}

}  // namespace naru::html
