// text: plain text in any charset, one block a paragraph.
//
// Reads .txt and, as a last resort, every other file that holds text (with a warning that it was read as plain text);
// never RTF or mail, whose marks would drown the words. The charset is a byte order mark, valid UTF-8, or a guess
// (CP949 among them). Blank lines part paragraphs. Lines that were only wrapped to a width are joined, so that
// sentences stay whole; lines that mean something (short, indented, lists, tables, mail headers) stay lines. Locators
// are byte ranges of the original, also where the charset was converted. Leaves out nothing.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "naru/registry.h"
#include "parse/shared/blocks.h"
#include "parse/shared/format_names.h"
#include "text/charset.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Wrapped text has at least this many columns (a Hangul syllable takes two); shorter lines were ended on purpose.
constexpr std::size_t kWrapColumnsMin = 40;
// Lines that were cut in the middle of a word differ by one syllable; lines broken between words differ by more.
constexpr std::size_t kCutColumnsSpread = 1;
constexpr std::size_t kCutLinesMin = 4;  // two full lines agree by chance in a third of all paragraphs, three seldom
// A table or a log without blank lines becomes blocks of so many lines, which bounds the memory for one paragraph.
constexpr std::size_t kParagraphLinesMax = 1000;

struct Line {
  std::size_t start = 0, end = 0;  // in the decoded text, without the line's end
  std::size_t columns = 0;         // without white space at the end
  bool blank = true;
};

Line measure(std::string_view text, std::size_t start, std::size_t end) {
  Line line{start, end};
  std::size_t columns = 0;
  for (std::size_t at = start; at < end;) {
    const char32_t c = next_code_point(text, at);
    columns += is_hangul(c) || is_han(c) || is_kana(c) || (c >= 0xff00 && c <= 0xff60) ? 2 : 1;
    if (is_space(c)) continue;
    line.blank = false;
    line.columns = columns;
  }
  return line;
}

// Reads the line at `at` and moves behind its end.
Line next_line(std::string_view text, std::size_t& at) {
  const std::size_t end = std::min(text.find_first_of("\n\r\f", at), text.size());
  const Line line = measure(text, at, end);
  at = end + (text.substr(end, 2) == "\r\n" ? 2 : 1);
  return line;
}

bool starts_on_purpose(std::string_view line) {
  if (line.empty() || line.front() == ' ' || line.front() == '\t') return true;
  static constexpr std::array<std::string_view, 14> kMarks = {"- ", "* ", "+ ", "> ", "|", "#", "•",
                                                              "·",  "○",  "●",  "□",  "■", "※", "▪"};
  for (const std::string_view mark : kMarks) {
    if (line.starts_with(mark)) return true;
  }
  std::size_t digits = 0;
  while (digits < line.size() && line[digits] >= '0' && line[digits] <= '9') ++digits;
  return digits > 0 && digits <= 3 && digits + 1 < line.size() && (line[digits] == '.' || line[digits] == ')') &&
         line[digits + 1] == ' ';
}

char32_t last_character(std::string_view text) {
  std::size_t at = text.size();
  while (at > 0 && (static_cast<unsigned char>(text[at - 1]) & 0xc0) == 0x80) --at;
  if (at > 0) --at;
  return text.empty() ? 0 : next_code_point(text, at);
}

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The paragraph's text: wrapped lines joined, others kept.
std::string join_lines(std::string_view text, std::span<const Line> lines) {
  std::size_t widest = 0;
  for (const Line& line : lines) widest = std::max(widest, line.columns);
  bool wrapped = lines.size() > 1 && widest >= kWrapColumnsMin;
  std::size_t narrowest_full = widest;
  for (std::size_t i = 0; i < lines.size() && wrapped; ++i) {
    const std::string_view line = text.substr(lines[i].start, lines[i].end - lines[i].start);
    if (i > 0 && starts_on_purpose(line)) wrapped = false;
    if (i + 1 == lines.size()) break;
    // A line that the next line's first word would still have fitted into was ended on purpose.
    const std::string_view next = text.substr(lines[i + 1].start, lines[i + 1].end - lines[i + 1].start);
    const Line word = measure(next, 0, std::min(next.find(' '), next.size()));
    if (lines[i].columns + 1 + word.columns + 2 < widest) wrapped = false;
    narrowest_full = std::min(narrowest_full, lines[i].columns);
  }
  const std::string_view whole = text.substr(lines.front().start, lines.back().end - lines.front().start);
  const bool enough = lines.size() >= kCutLinesMin || whole.find(' ') == std::string_view::npos;
  const bool cut_in_words = wrapped && enough && widest - narrowest_full <= kCutColumnsSpread;
  std::string joined;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view raw = text.substr(lines[i].start, lines[i].end - lines[i].start);
    std::string_view line = trim_end(raw);
    if (i > 0) {
      std::size_t first = 0;
      const bool hangul_on_both_sides =
          is_hangul(last_character(joined)) && !line.empty() && is_hangul(next_code_point(line, first));
      const std::string_view before = text.substr(lines[i - 1].start, lines[i - 1].end - lines[i - 1].start);
      const bool blank_was_there = trim_end(before).size() != before.size();
      if (!wrapped)
        joined += '\n';
      else if (!(cut_in_words && hangul_on_both_sides && !blank_was_there))
        joined += ' ';
    }
    joined += line;
  }
  return joined;
}

bool is_plain_hint(std::string_view hint) { return hint == "txt" || hint == "text" || hint == "log"; }

class TextParser : public Parser {
 public:
  std::string_view format() const override { return "text"; }

  Confidence detect(const ParseInput& input) const override {
    if (input.bytes.empty()) return Confidence::possible;
    if (!may_be_text(input.bytes) || !describe_format(input.bytes).empty()) return Confidence::no;
    if (is_plain_hint(input.media_hint)) return Confidence::likely;
    return looks_like_mail(input) ? Confidence::no : Confidence::possible;
  }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "text");
    if (!input.media_hint.empty() && !is_plain_hint(input.media_hint) && !input.bytes.empty()) {
      document.warnings.push_back(fmt::format("no parser for .{} files: read as plain text", input.media_hint));
    }
    const Decoded decoded = decode_into(document, input.bytes);
    const std::string_view text(decoded.text);
    BlockList blocks(document);
    std::vector<Line> paragraph;
    const auto end_paragraph = [&] {
      if (paragraph.empty()) return;
      const Line& last = paragraph.back();
      const std::size_t end = last.start + trim_end(text.substr(last.start, last.end - last.start)).size();
      Block block;
      block.text = join_lines(text, paragraph);
      block.locator.bytes = ByteRange{decoded.original_offset(paragraph.front().start), decoded.original_offset(end)};
      blocks.add(std::move(block));
      paragraph.clear();
    };
    for (std::size_t at = 0; at < text.size();) {
      const Line line = next_line(text, at);
      if (line.blank || paragraph.size() == kParagraphLinesMax) end_paragraph();
      if (!line.blank) paragraph.push_back(line);
    }
    end_paragraph();
    finish_document(document);
    return document;
  }
};

}  // namespace

void register_text(Registry& registry) {
  registry.add_parser({.name = "text",
                       .summary = "plain text in any charset, a block a paragraph",
                       .version = 2},
                      [] { return std::make_unique<TextParser>(); });
}

}  // namespace naru
