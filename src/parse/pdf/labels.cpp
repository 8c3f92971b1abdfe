#include "parse/pdf/labels.h"

#include <algorithm>
#include <array>

#include "text/unicode.h"

namespace naru::pdf {

namespace {

constexpr std::uint32_t kCaptionCharacters = 400, kCaptionLines = 6;
constexpr std::size_t kBareCaptionBytes = 240;  // "표 1 뱃삯": without a mark behind the number it has to be short
constexpr float kSmall = 0.93F;                 // of the body's size
constexpr std::size_t kNumberDigits = 3;

constexpr std::array<std::string_view, 20> kCaptionWords = {
    "Figure", "FIGURE", "Fig.", "FIG.", "Table", "TABLE", "Tab.", "Chart", "Scheme", "Plate",
    "Photo",  "그림",   "표",   "사진", "도표",  "차트",  "図",   "表",    "图",     "Abbildung"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void skip_blanks(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
}

// "3", "2.1", "A-4": takes it off.
bool take_number(std::string_view& text) {
  std::size_t at = 0;
  if (text.size() > 2 && text[0] >= 'A' && text[0] <= 'Z' && (text[1] == '.' || text[1] == '-')) at = 2;
  const std::size_t digits = at;
  while (at < text.size() && (is_digit(text[at]) || (at > digits && at + 1 < text.size() && is_digit(text[at + 1]) &&
                                                     (text[at] == '.' || text[at] == '-')))) {
    ++at;
  }
  if (at == digits) return false;
  text.remove_prefix(at);
  return true;
}

// "1", "12)", "*", "†", "주1)" and then the note; "1." is an item of a list.
bool begins_with_note_mark(std::string_view text) {
  for (const std::string_view mark : {"*", "†", "‡", "§", "¹", "²", "³", "※"}) {
    if (text.starts_with(mark)) return true;
  }
  if (text.starts_with("주")) text.remove_prefix(std::string_view("주").size());
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  if (digits == 0 || digits > kNumberDigits || digits == text.size()) return false;
  std::size_t at = digits;
  const char32_t next = next_code_point(text, at);
  if (next == U')') return true;
  if (next != U' ') return is_letter(next);
  std::string_view rest = text.substr(at);
  skip_blanks(rest);
  std::size_t first = 0;
  return !rest.empty() && is_letter(next_code_point(rest, first));
}

Box area_of(const PageBlock& block) {
  Box area = block.block.locator.boxes.front();
  for (const Box& box : block.block.locator.boxes) area = around(area, box);
  return area;
}

// From the foot of the page up, as far as everything is small: that is where its notes stand.
void label_footnotes(std::vector<PageBlock*>& page, float body) {
  std::sort(page.begin(), page.end(),
            [](const PageBlock* a, const PageBlock* b) { return area_of(*a).y1 > area_of(*b).y1; });
  std::vector<PageBlock*> notes;
  for (PageBlock* block : page) {
    const bool small = block->size > 0 && block->size < kSmall * body;
    if (!small || block->block.kind == BlockKind::table || block->block.kind == BlockKind::caption) break;
    notes.push_back(block);
  }
  if (notes.size() == page.size()) return;  // a page of small print
  // The highest one with a mark begins them; what stands above it belongs to the text.
  while (!notes.empty() && !begins_with_note_mark(notes.back()->block.text)) notes.pop_back();
  for (PageBlock* note : notes) {
    note->block.kind = BlockKind::paragraph;
    note->block.level = 0;
    note->block.locator.part = kFootnote;
  }
}

}  // namespace

bool is_caption(std::string_view text) {
  const bool bracket = text.starts_with('<') || text.starts_with('[');
  if (bracket) text.remove_prefix(1);
  skip_blanks(text);
  const auto word = std::find_if(kCaptionWords.begin(), kCaptionWords.end(),
                                 [text](std::string_view one) { return text.starts_with(one); });
  if (word == kCaptionWords.end()) return false;
  text.remove_prefix(word->size());
  skip_blanks(text);
  if (!take_number(text)) return false;
  if (bracket) return text.starts_with('>') || text.starts_with(']');
  if (text.empty() || text[0] == ':' || text[0] == '.' || text[0] == '|' || text.starts_with(" -") ||
      text.starts_with(" –") || text.starts_with(" —")) {
    return true;
  }
  // A name follows at once: not a verb, and not a sentence of Korean.
  if (text[0] != ' ' || text.size() > kBareCaptionBytes || text.ends_with('.')) return false;
  skip_blanks(text);
  std::size_t first = 0;
  const char32_t c = text.empty() ? U' ' : next_code_point(text, first);
  return is_hangul_syllable(c) || case_fold(text.substr(0, first)) != text.substr(0, first);
}

void label_captions_and_footnotes(std::vector<PageBlock>& blocks, float body) {
  std::vector<PageBlock*> page;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    PageBlock& block = blocks[i];
    Block& content = block.block;
    const bool of_text = content.locator.part.empty() && block.lines > 0 && block.turn == 0;
    if (of_text && content.kind != BlockKind::table && block.characters <= kCaptionCharacters &&
        block.lines <= kCaptionLines && (block.role == Role::caption || is_caption(content.text))) {
      content.kind = BlockKind::caption;
      content.level = 0;
    }
    if (of_text && block.role == Role::note) content.locator.part = kFootnote;
    if (of_text && !content.locator.boxes.empty()) page.push_back(&block);
    if (i + 1 == blocks.size() || blocks[i + 1].block.locator.page != content.locator.page) {
      label_footnotes(page, body);
      page.clear();
    }
  }
}

}  // namespace naru::pdf
