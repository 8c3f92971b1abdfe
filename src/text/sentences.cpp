#include "text/sentences.h"

#include <algorithm>
#include <array>

#include "text/unicode.h"

namespace naru {

namespace {

// A "sentence" longer than this (a base64 blob, a table without stops) is cut at white space.
constexpr std::size_t kSentenceBytesMax = 2000;

constexpr std::array<std::string_view, 34> kAbbreviations = {
    "mr",   "mrs",  "ms",     "dr",  "prof", "sr", "jr",  "st",  "vs",  "etc", "e.g", "i.e",
    "fig",  "figs", "eq",     "no",  "vol",  "pp", "cf",  "al",  "inc", "ltd", "co",  "corp",
    "dept", "est",  "approx", "sec", "ch",   "ed", "u.s", "u.k", "a.m", "p.m"};

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

bool is_closing(char32_t c) {
  return c == '"' || c == '\'' || c == ')' || c == ']' || c == 0x201d || c == 0x2019 || c == 0x300d || c == 0x300f ||
         c == 0xbb;
}

std::string word_before(std::string_view text, std::size_t dot) {
  std::size_t start = dot;
  while (start > 0 && dot - start < 12) {
    const char c = text[start - 1];
    const bool inside = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.';
    if (!inside) break;
    --start;
  }
  return case_fold(text.substr(start, dot - start));
}

bool upper_or_caseless(std::string_view text, std::size_t at) {
  const char32_t c = next_code_point(text, at);
  return !(c >= 'a' && c <= 'z');
}

// Does the full stop at `dot` end a sentence? `next` is the first byte after it and what closes it.
bool ends_here(std::string_view text, std::size_t dot, std::size_t next) {
  if (next >= text.size()) return true;
  const char after = text[next];
  if (!is_blank(after)) {
    // "다.그리고": Korean without the blank still ends a sentence; "3.14", "a.b", "v1.2" do not.
    std::size_t at = next;
    std::size_t before = dot;
    while (before > 0 && (static_cast<unsigned char>(text[before - 1]) & 0xc0) == 0x80) --before;
    if (before > 0) --before;
    return is_hangul(next_code_point(text, before)) && is_hangul(next_code_point(text, at));
  }
  std::size_t start = next;
  while (start < text.size() && is_blank(text[start])) ++start;
  const std::string word = word_before(text, dot);
  if (std::find(kAbbreviations.begin(), kAbbreviations.end(), word) != kAbbreviations.end()) return false;
  const bool initial = word.size() == 1 && dot >= 1 && text[dot - 1] >= 'A' && text[dot - 1] <= 'Z';
  if (initial) return false;
  if (start >= text.size()) return true;
  // "1. Install": a number at the start of a line is a list mark, not a sentence.
  std::size_t digits = dot;
  while (digits > 0 && text[digits - 1] >= '0' && text[digits - 1] <= '9') --digits;
  const bool list_mark = digits < dot && dot - digits <= 3 && (digits == 0 || text[digits - 1] == '\n');
  return !list_mark && upper_or_caseless(text, start);
}

bool starts_item(std::string_view line) {
  if (line.empty()) return true;
  if (line.front() == '-' || line.front() == '*' || line.front() == '|' || line.front() == '#') return true;
  if (line.starts_with("•") || line.starts_with("·") || line.starts_with("○") || line.starts_with("□")) return true;
  std::size_t digits = 0;
  while (digits < line.size() && line[digits] >= '0' && line[digits] <= '9') ++digits;
  return digits > 0 && digits <= 3 && digits + 1 < line.size() && (line[digits] == '.' || line[digits] == ')') &&
         line[digits + 1] == ' ';
}

void add(std::vector<TextRange>& ranges, std::string_view text, std::size_t start, std::size_t end) {
  while (start < end) {
    std::size_t next = start;
    if (!is_space(next_code_point(text, next))) break;
    start = next;
  }
  while (end > start) {
    std::size_t last = end - 1;
    while (last > start && (static_cast<unsigned char>(text[last]) & 0xc0) == 0x80) --last;
    std::size_t at = last;
    if (!is_space(next_code_point(text, at))) break;
    end = last;
  }
  while (end - start > kSentenceBytesMax) {
    std::size_t cut = start + text.substr(start, kSentenceBytesMax + 1).rfind(' ');
    if (cut <= start || cut > start + kSentenceBytesMax) {  // no blank: before a character
      cut = start + whole_characters(text.substr(start), kSentenceBytesMax);
      if (cut == start) cut = start + kSentenceBytesMax;  // no text at all
    }
    ranges.push_back({start, cut});
    start = cut;
    while (start < end && text[start] == ' ') ++start;
  }
  if (start < end) ranges.push_back({start, end});
}

}  // namespace

std::vector<TextRange> split_sentences(std::string_view text) {
  std::vector<TextRange> ranges;
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t here = at;
    const char32_t c = next_code_point(text, at);
    bool end = false;
    if (c == '.' || c == '!' || c == '?' || c == 0x3002 || c == 0xff01 || c == 0xff1f || c == 0x2026) {
      std::size_t next = at;
      while (next < text.size()) {
        std::size_t after = next;
        const char32_t d = next_code_point(text, after);
        const bool more = is_closing(d) || d == '.' || d == '!' || d == '?';
        if (!more) break;
        next = after;
      }
      if (c == '.' || c == 0x2026) {
        end = ends_here(text, here, next);
      } else if (c == '!' || c == '?') {
        end = next >= text.size() || is_blank(text[next]) || static_cast<unsigned char>(text[next]) >= 0x80;
      } else {
        end = true;
      }
      at = next;  // marks that stand together are looked at once
    } else if (c == '\n') {
      std::size_t line = at;
      while (line < text.size() && (text[line] == ' ' || text[line] == '\t')) ++line;
      end = line >= text.size() || text[line] == '\n' ||
            starts_item(text.substr(line, std::min<std::size_t>(text.size() - line, 8))) ||
            starts_item(text.substr(start, std::min<std::size_t>(here - start, 8)));
    }
    if (end) {
      add(ranges, text, start, at);
      start = at;
    }
  }
  add(ranges, text, start, text.size());
  return ranges;
}

}  // namespace naru
