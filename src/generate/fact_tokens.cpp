#include "generate/fact_tokens.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "generate/fact_words.h"
#include "text/unicode.h"

namespace naru {

namespace {

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
bool is_latin(char32_t c) { return c < 0x80 ? (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') : is_letter(c); }

// What joins the parts of an address or a code: "a_b", "x/y", "user@host", "v2.0-rc".
bool joins_code(char c) { return c == '_' || c == '@' || c == '/' || c == '-' || c == '.' || c == ':'; }

std::size_t hangul_end(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    std::size_t next = at;
    if (!is_hangul(next_code_point(text, next))) break;
    at = next;
  }
  return at;
}

// The end of a run of Latin letters, digits and what joins them; Hangul and all else ends it.
std::size_t word_end(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (at < text.size()) {
    std::size_t next = at;
    const char32_t c = next_code_point(text, next);
    const bool letter =
        (is_latin(c) && !is_hangul(c) && !is_han(c) && !is_kana(c)) || (c < 0x80 && is_ascii_digit(text[at]));
    if (letter) {
      end = next;
    } else if (!(c < 0x80 && joins_code(text[at]))) {
      break;
    }
    at = next;
  }
  return end;
}

FactToken number_token(std::string_view text, std::size_t at) {
  FactToken token{FactKind::number, "", at, at};
  int dots = 0;
  std::size_t i = at;
  for (; i < text.size(); ++i) {
    const bool digit_follows = i + 1 < text.size() && is_ascii_digit(text[i + 1]);
    if (is_ascii_digit(text[i])) {
      token.text += text[i];
    } else if (text[i] == ',' && digit_follows && dots == 0) {
      continue;
    } else if (text[i] == '.' && digit_follows) {
      token.text += '.';
      ++dots;
    } else {
      break;
    }
  }
  if (dots > 1) token.kind = FactKind::dotted;  // "2024.3.5", "1.2.3"
  token.end = i;
  return token;
}

}  // namespace

std::vector<FactToken> fact_tokens(std::string_view text) {
  std::vector<FactToken> tokens;
  bool gap = true;
  for (std::size_t at = 0; at < text.size() && tokens.size() < 20 * kFactsMax;) {
    std::size_t next = at;
    const char32_t c = next_code_point(text, next);
    if (is_space(c)) {
      gap = true;
      at = next;
      continue;
    }
    FactToken token;
    if (is_hangul(c)) {
      token = {FactKind::hangul, std::string(text.substr(at, hangul_end(text, at) - at)), at, hangul_end(text, at)};
    } else if (c < 0x80 && is_ascii_digit(text[at])) {
      token = number_token(text, at);
      std::size_t letter = token.end;
      const bool glued = letter < text.size() &&
                         (text[letter] == '_' || text[letter] == '@' || (text[letter] >= 'a' && text[letter] <= 'z') ||
                          (text[letter] >= 'A' && text[letter] <= 'Z'));
      const std::string tail = glued ? case_fold(text.substr(letter, word_end(text, letter) - letter)) : "";
      const bool unit = std::any_of(std::begin(kLatinUnits), std::end(kLatinUnits),
                                    [&](const auto& known) { return known.first == tail; });
      const bool meridiem = tail == "am" || tail == "pm" || tail == "a.m" || tail == "p.m";
      if (glued && !unit && !meridiem) {
        const std::size_t end = word_end(text, at);
        token = {FactKind::mixed, case_fold(text.substr(at, end - at)), at, end};
      }
    } else if (is_latin(c)) {
      const std::size_t end = word_end(text, at);
      const std::string_view word = text.substr(at, end - at);
      const bool code = std::any_of(word.begin(), word.end(), is_ascii_digit) ||
                        word.find("://") != std::string_view::npos || word.find('@') != std::string_view::npos ||
                        word.find('_') != std::string_view::npos;
      if (code) {
        token = {FactKind::mixed, case_fold(word), at, end};
      } else {  // letters only: what joins words is a gap between two of them
        std::size_t letters = at;
        while (letters < end) {
          std::size_t after = letters;
          if (!is_latin(next_code_point(text, after))) break;
          letters = after;
        }
        const std::string_view part = text.substr(at, letters - at);
        token = {FactKind::latin, case_fold(part), at, letters, c >= 'A' && c <= 'Z'};
      }
    } else {
      token = {FactKind::symbol, std::string(text.substr(at, next - at)), at, next};
    }
    token.gap = gap;
    gap = false;
    at = token.end;
    tokens.push_back(std::move(token));
  }
  return tokens;
}

double number_value(const std::string& digits) {
  double value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return result.ec == std::errc() ? value : 0;
}

std::uint32_t whole_number(const std::string& digits) {
  std::uint32_t value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return result.ec == std::errc() && result.ptr == digits.data() + digits.size() ? value : 0;
}

}  // namespace naru
