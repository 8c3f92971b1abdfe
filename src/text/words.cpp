#include "text/words.h"

#include <array>

#include "text/unicode.h"

namespace naru {

namespace {

constexpr bool is_lower(char32_t c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char32_t c) { return c >= 'A' && c <= 'Z'; }

// What a byte of UTF-8 says alone; `part`: of a character that is not ASCII.
enum class Byte : std::uint8_t { mark, lower, upper, digit, part };

constexpr std::array<Byte, 256> kBytes = [] {
  std::array<Byte, 256> bytes{};
  for (std::size_t c = 0; c < bytes.size(); ++c) {
    const auto letter = static_cast<char32_t>(c);
    if (c >= 0x80) bytes[c] = Byte::part;
    else if (is_lower(letter)) bytes[c] = Byte::lower;
    else if (is_upper(letter)) bytes[c] = Byte::upper;
    else bytes[c] = c >= '0' && c <= '9' ? Byte::digit : Byte::mark;
  }
  return bytes;
}();

Byte byte_at(std::string_view text, std::size_t at) { return kBytes[static_cast<unsigned char>(text[at])]; }

bool is_apostrophe(char32_t c) { return c == '\'' || c == 0x2019; }

Script script_of(char32_t c) {
  if (c < 0x80) {
    if (is_lower(c) || is_upper(c)) return Script::latin;
    return c >= '0' && c <= '9' ? Script::digit : Script::other;
  }
  if (is_hangul(c)) return Script::hangul;
  if (is_han(c) || is_kana(c)) return Script::han_kana;
  if (is_digit(c)) return Script::digit;
  return is_letter(c) ? Script::latin : Script::other;  // any other alphabet is treated as Latin
}

}  // namespace

std::string_view WordReader::next_plain() {
  while (at_ < text_.size() && byte_at(text_, at_) == Byte::mark) ++at_;
  std::size_t end = at_;
  for (Byte before = Byte::mark; end < text_.size(); ++end) {
    const Byte here = byte_at(text_, end);
    if (here != Byte::lower && here != Byte::upper) break;
    if (here == Byte::upper && before == Byte::lower) return {};  // camelCase
    before = here;
  }
  if (end == at_ || !ends_plain(end)) return {};
  const std::string_view word = text_.substr(at_, end - at_);
  at_ = end;
  return word;
}

// Does a word of letters end here, whatever follows?
bool WordReader::ends_plain(std::size_t at) const {
  if (at == text_.size()) return true;
  if (byte_at(text_, at) != Byte::mark || text_[at] == '\'') return false;
  const bool may_join = text_[at] == '.' || text_[at] == '_';
  return !may_join || at + 1 == text_.size() || byte_at(text_, at + 1) == Byte::mark;
}

bool WordReader::next(std::vector<Piece>& pieces) {
  pieces.clear();
  while (at_ < text_.size()) {
    std::size_t after = at_;
    const char32_t c = next_code_point(text_, after);
    const Script script = script_of(c);
    if (script != Script::other) {
      add(pieces, script, c, after);
    } else if (!pieces.empty() && !joins(c, pieces.back().script, after)) {
      return true;
    }
    at_ = after;
    if (is_apostrophe(c) && !pieces.empty()) skip_letters();
  }
  return !pieces.empty();
}

void WordReader::add(std::vector<Piece>& pieces, Script script, char32_t c, std::size_t after) const {
  const bool goes_on = !pieces.empty() && pieces.back().script == script && pieces.back().end == at_;
  const bool camel = goes_on && is_upper(c) && byte_at(text_, at_ - 1) == Byte::lower;
  if (goes_on && !camel) {
    pieces.back().end = after;
  } else {
    pieces.push_back({script, at_, after});
  }
}

// Does the mark c stand between two pieces of one word? "well-known" is two words.
bool WordReader::joins(char32_t c, Script before, std::size_t after) const {
  if (after >= text_.size()) return false;
  const Script following = script_of(next_code_point(text_, after));
  const bool letters = before == Script::latin && following == Script::latin;
  const bool digits = before == Script::digit && following == Script::digit;
  if (c == ',') return digits;
  if (is_apostrophe(c)) return letters;
  const bool alphanumeric = (before == Script::latin || before == Script::digit) &&
                            (following == Script::latin || following == Script::digit);
  return (c == '.' || c == '_') && alphanumeric;
}

// "don't", "Debian's": the word before the apostrophe tells, the rest does not.
void WordReader::skip_letters() {
  while (at_ < text_.size()) {
    std::size_t after = at_;
    if (script_of(next_code_point(text_, after)) != Script::latin) return;
    at_ = after;
  }
}

}  // namespace naru
