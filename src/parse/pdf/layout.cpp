#include "parse/pdf/layout.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "parse/pdf/grid.h"
#include "parse/pdf/hyphens.h"
#include "parse/pdf/labels.h"
#include "parse/pdf/running_heads.h"
#include "parse/pdf/turns.h"
#include "record/running_heads.h"
#include "text/unicode.h"

namespace naru::pdf {

namespace {

// Shares and multiples of the font size; tried on the documents of the parser's test set.
constexpr float kGapWide = 1.5F;       // starts a new box on the same line
constexpr float kRowGoesOn = 8;        // a row may have such a gap where the content ends its line
constexpr float kElsewhere = 0.3F;     // from the row, where the content ends no line
constexpr float kBlank = 0.15F;        // between two letters
constexpr float kSameRow = 0.5F;       // of the lower line's height: two runs stand on one row
constexpr float kSizeSame = 0.12F;     // sizes that differ less may be one paragraph
constexpr float kPitchFirst = 1.75F;   // from line to line, where a block has no pitch of its own yet
constexpr float kPitchMore = 1.25F;    // of the block's own pitch
constexpr float kIndent = 0.8F;        // a line that starts this far inside starts a paragraph
constexpr float kHeadingSize = 1.12F;  // of the body's size
constexpr std::uint32_t kHeadingCharacters = 200, kHeadingLines = 4;
constexpr std::uint32_t kBoldHeadingCharacters = 100, kBoldHeadingLines = 2;
constexpr std::size_t kHeadingLevels = 6;
constexpr float kLevelStep = 1.06F;  // heading sizes closer than this are one level

void enclose(Box& box, const Box& other) {
  box.x0 = std::min(box.x0, other.x0);
  box.y0 = std::min(box.y0, other.y0);
  box.x1 = std::max(box.x1, other.x1);
  box.y1 = std::max(box.y1, other.y1);
}

bool is_bullet(char32_t c) {
  switch (c) {
    case U'•':
    case U'◦':
    case U'▪':
    case U'▫':
    case U'■':
    case U'□':
    case U'●':
    case U'○':
    case U'◆':
    case U'◇':
    case U'‣':
    case U'⁃':
    case U'∙':
    case U'▶':
    case U'►':
    case U'▷':
    case U'※':
    case U'❖':
    case U'➢':
    case U'✓':
    case U'–':
    case U'-':
    case U'*':
    case U'·':
    case U'ㆍ':
    case U'・':
      return true;
    default:
      return c >= U'①' && c <= U'⑳';
  }
}

bool continues(const Line& last, const Line& line, const PageBlock& block, float pitch_before) {
  if (line.turn != last.turn || line.role != last.role) return false;
  if (starts_list_item(line.text)) return false;
  if (std::abs(line.size - last.size) > kSizeSame * std::max(line.size, last.size)) return false;
  if (line.bold != last.bold && block.lines == 1 && last.bold) return false;  // a bold line above a paragraph
  const float pitch = line.box.y1 - last.box.y1;
  const float size = std::max(line.size, 1.0F);
  if (pitch <= 0.2F * size) return false;  // beside it or above it: another column
  if (pitch > (pitch_before > 0 ? pitch_before * kPitchMore : size * kPitchFirst)) return false;
  if (line.box.x0 > last.box.x1 || last.box.x0 > line.box.x1) return false;
  const float left = block.block.locator.boxes.front().x0;
  const bool item = block.block.kind == BlockKind::list_item;
  if (!item && block.lines > 1 && line.box.x0 > last.box.x0 + kIndent * size && last.box.x0 < left + kIndent * size) {
    return false;  // the first line of the next paragraph is set in
  }
  // Back to the mark's column after a hanging indent: the item has ended.
  if (item && block.lines > 1 && line.box.x0 < last.box.x0 - kIndent * size) return false;
  return true;
}

bool has_letter(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (is_letter(next_code_point(text, at))) return true;
  }
  return false;
}

void finish_line(std::vector<Line>& lines, Line& line, std::map<int, std::uint32_t>& sizes) {
  if (line.characters == 0) return;
  std::uint32_t most = 0;
  for (const auto& [size, count] : sizes) {
    if (count > most) {
      most = count;
      line.size = static_cast<float>(size) / 4;
    }
  }
  line.box = line.boxes.front();
  for (const Box& box : line.boxes) enclose(line.box, box);
  lines.push_back(std::move(line));
  line = Line();
  sizes.clear();
}

// Chinese and Japanese are written without blanks.
bool goes_without_blank(std::string_view above, std::string_view below) {
  std::size_t start = above.size() - 1, next = 0;
  while (start > 0 && (static_cast<unsigned char>(above[start]) & 0xc0) == 0x80) --start;
  const auto is_han_or_kana = [](char32_t c) { return (c >= 0x2e80 && c < 0x3100) || (c >= 0x31c0 && c < 0xa000); };
  return is_han_or_kana(next_code_point(above, start)) && is_han_or_kana(next_code_point(below, next));
}

bool is_heading(Role role) { return role >= Role::heading_1 && role <= Role::heading_6; }

void append_line(PageBlock& block, const Line& line, bool joined) {
  std::string& text = block.block.text;
  if (joined) {
    text += kJoint;
  } else if (!text.empty() && !goes_without_blank(text, line.text)) {
    text += ' ';
  }
  text += line.text;
  for (const Box& box : line.boxes) block.block.locator.boxes.push_back(box);
  block.characters += line.characters;
  ++block.lines;
}

}  // namespace

bool starts_list_item(std::string_view text) {
  std::size_t at = 0;
  char32_t c = next_code_point(text, at);
  if (is_bullet(c)) return (c >= U'①' && c <= U'⑳') || (at < text.size() && text[at] == ' ');
  const bool parenthesis = c == U'(';
  if (parenthesis && at < text.size()) c = next_code_point(text, at);
  int digits = 0;
  while (c >= U'0' && c <= U'9' && digits < 3 && at < text.size()) {
    ++digits;
    c = next_code_point(text, at);
  }
  if (digits == 0) {
    const bool letter = (c >= U'a' && c <= U'z') ||
                        (is_hangul_syllable(c) &&
                         std::u32string_view(U"가나다라마바사아자차카타파하").find(c) != std::u32string_view::npos);
    if (!letter || at >= text.size()) return false;
    c = next_code_point(text, at);
  }
  const bool closed = parenthesis ? c == U')' : (c == U'.' || c == U')');
  return closed && at < text.size() && text[at] == ' ';
}

Box around(const Box& a, const Box& b) {
  Box box = a;
  enclose(box, b);
  return box;
}

bool same_row(const Box& a, const Box& b) {
  const float overlap = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
  return overlap > kSameRow * std::min(a.y1 - a.y0, b.y1 - b.y0);
}

std::vector<Line> make_lines(std::span<const Glyph> glyphs) {
  std::vector<Line> lines;
  Line line;
  std::map<int, std::uint32_t> sizes;  // quarter points: characters
  for (const Glyph& glyph : glyphs) {
    const Box box = to_frame(glyph.box, glyph.turn);
    bool blank = glyph.space_before;
    if (line.characters > 0) {
      const Box& last = line.boxes.back();
      const float size = std::max(glyph.size, 1.0F);
      const bool same_turn = glyph.turn == line.turn;
      // The same row goes on: a superscript, a table's next cell.
      const bool goes_on = same_turn && !glyph.hyphen_before && same_row(last, box) && box.x0 >= last.x1 - 1.0F &&
                           box.x0 - last.x1 < kRowGoesOn * size;
      // Labels along an axis come without an end of line between them.
      const bool elsewhere = !same_turn || box.y0 - last.y1 > kElsewhere * size || last.y0 - box.y1 > kElsewhere * size;
      if (glyph.line_before ? !goes_on : elsewhere) {
        line.joins_next = glyph.hyphen_before;
        finish_line(lines, line, sizes);
        blank = false;
      } else if (glyph.line_before) {
        blank = blank || box.x0 - last.x1 > kBlank * glyph.size;
      }
    }
    if (line.characters == 0) {
      line.bold = glyph.bold;
      line.turn = glyph.turn;
      line.role = glyph.role;
      line.boxes.push_back(box);
      line.starts.push_back(0);
    } else {
      line.bold = line.bold && glyph.bold;
      const bool apart = box.x0 - line.boxes.back().x1 > kGapWide * std::max(glyph.size, 1.0F);
      if (blank || apart) line.text += ' ';
      if (apart) {
        line.boxes.push_back(box);
        line.starts.push_back(line.text.size());
      } else {
        enclose(line.boxes.back(), box);
      }
    }
    append_utf8(line.text, glyph.character);
    ++line.characters;
    ++sizes[static_cast<int>(std::lround(glyph.size * 4))];
  }
  finish_line(lines, line, sizes);
  order_turned_lines(lines);
  return lines;
}

std::vector<PageBlock> make_blocks(std::span<const Line> read, std::uint32_t page, PageSize size) {
  Arranged arranged = arrange(read, size.height);
  std::vector<PageBlock> blocks;
  std::size_t next_table = 0;
  const auto add_tables = [&](std::size_t before) {
    bool added = false;
    for (; next_table < arranged.tables.size() && arranged.tables[next_table].before <= before; ++next_table) {
      blocks.push_back(std::move(arranged.tables[next_table].block));
      blocks.back().block.locator.page = page;
      blocks.back().block.locator.page_size = size;
      added = true;
    }
    return added;
  };
  const Line* last = nullptr;
  float pitch = 0;
  for (std::size_t i = 0; i < arranged.lines.size(); ++i) {
    const Line& line = arranged.lines[i];
    if (add_tables(i)) last = nullptr;
    const bool joined = last != nullptr && last->joins_next;
    if (last != nullptr && !blocks.empty() && (continues(*last, line, blocks.back(), pitch))) {
      pitch = line.box.y1 - last->box.y1;
      append_line(blocks.back(), line, joined);
      blocks.back().bold = blocks.back().bold && line.bold;
    } else {
      PageBlock& block = blocks.emplace_back();
      block.block.locator.page = page;
      block.block.locator.page_size = size;
      block.size = line.size;
      block.bold = line.bold;
      block.turn = line.turn;
      block.role = line.role;
      if (starts_list_item(line.text)) {
        block.block.kind = BlockKind::list_item;
        block.block.level = 1;
      }
      append_line(block, line, false);
      pitch = 0;
    }
    last = &line;
  }
  add_tables(arranged.lines.size());
  for (PageBlock& block : blocks) {
    block.block.text = nfc(block.block.text);
    for (Box& box : block.block.locator.boxes) box = from_frame(box, block.turn);
  }
  return blocks;
}

std::vector<Block> finish_blocks(std::vector<PageBlock> blocks) {
  settle_hyphens(blocks);
  blocks = set_apart_running_heads(std::move(blocks));
  std::map<int, std::uint64_t> characters_of_size;  // half points
  std::uint64_t bold = 0, all = 0;
  for (const PageBlock& block : blocks) {
    characters_of_size[static_cast<int>(std::lround(block.size * 2))] += block.characters;
    bold += block.bold ? block.characters : 0;
    all += block.characters;
  }
  float body = 0;
  std::uint64_t most = 0;
  for (const auto& [size, count] : characters_of_size) {
    if (count > most) {
      most = count;
      body = static_cast<float>(size) / 2;
    }
  }
  label_captions_and_footnotes(blocks, body);
  const bool bold_says_something = bold * 4 < all;

  // Where the author says what is a heading, sizes say nothing.
  const bool tagged =
      std::any_of(blocks.begin(), blocks.end(), [](const PageBlock& block) { return is_heading(block.role); });
  const auto may_be_heading = [tagged](const PageBlock& block) {
    return (!tagged || block.role == Role::none) && block.block.locator.part.empty() &&
           block.block.kind != BlockKind::table && block.block.kind != BlockKind::caption;
  };
  const auto by_size = [&](const PageBlock& block) {
    return may_be_heading(block) && block.size > body * kHeadingSize && block.characters <= kHeadingCharacters &&
           block.lines <= kHeadingLines && block.characters > 1 && has_letter(block.block.text);
  };
  const auto by_weight = [&](const PageBlock& block) {
    return may_be_heading(block) && bold_says_something && block.bold && block.size > body * 0.98F &&
           block.characters <= kBoldHeadingCharacters && block.lines <= kBoldHeadingLines && block.characters > 1 &&
           has_letter(block.block.text);
  };

  std::vector<float> sizes;
  for (const PageBlock& block : blocks) {
    if (by_size(block)) sizes.push_back(block.size);
  }
  std::sort(sizes.rbegin(), sizes.rend());
  std::vector<float> levels;  // the smallest size of each level, falling
  float largest = 0;
  for (const float size : sizes) {
    if (levels.empty() || largest > size * kLevelStep) {
      if (levels.size() == kHeadingLevels) break;
      levels.push_back(size);
      largest = size;
    } else {
      levels.back() = size;
    }
  }

  std::vector<Block> out;
  out.reserve(blocks.size());
  std::vector<std::pair<std::uint32_t, std::string>> path;
  for (PageBlock& block : blocks) {
    std::uint32_t level = 0;
    if (is_heading(block.role) && block.block.kind != BlockKind::table) {
      level = static_cast<std::uint32_t>(block.role) - static_cast<std::uint32_t>(Role::heading_1) + 1;
    } else if (by_size(block)) {
      level = kHeadingLevels;
      for (std::size_t i = 0; i < levels.size(); ++i) {
        if (block.size >= levels[i]) {
          level = static_cast<std::uint32_t>(i + 1);
          break;
        }
      }
    } else if (by_weight(block) && block.block.kind != BlockKind::list_item) {
      level = static_cast<std::uint32_t>(std::min(levels.size() + 1, kHeadingLevels));
    }
    if (level > 0) {
      while (!path.empty() && path.back().first >= level) path.pop_back();
      block.block.kind = BlockKind::heading;
      block.block.level = level;
    }
    if (is_running_head(block.block)) path.clear();  // below no heading
    for (const auto& [depth, text] : path) block.block.heading_path.push_back(text);
    if (level > 0) path.emplace_back(level, block.block.text);
    out.push_back(std::move(block.block));
  }
  return out;
}

}  // namespace naru::pdf
