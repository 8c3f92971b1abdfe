#include "text/text_shape.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "text/unicode.h"

namespace naru {

namespace {

enum class Class : std::uint8_t { sign, letter, digit, dense };  // dense: of a script without spaces

constexpr std::size_t kDenseWordCharacters = 2;

Class class_of(char32_t c) {
  if (c < 0x80) {
    if (c >= '0' && c <= '9') return Class::digit;
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? Class::letter : Class::sign;
  }
  if (is_hangul(c)) return Class::letter;
  if (is_han(c) || is_kana(c)) return Class::dense;
  if (is_letter(c)) return Class::letter;
  return is_digit(c) ? Class::digit : Class::sign;
}

// East Asian wide forms, as far as they are letters, and full-width signs.
bool is_wide(char32_t c) {
  return c >= 0x1100 && (is_hangul(c) || is_han(c) || is_kana(c) || (c >= 0x3000 && c <= 0x303f) ||
                         (c >= 0xff01 && c <= 0xff60));
}

struct Character {
  std::uint32_t start = 0, end = 0;
  char32_t code = 0;
  Class kind = Class::sign;
};

constexpr std::array<std::string_view, 7> kClitics = {"n't", "'s", "'re", "'ve", "'ll", "'d", "'m"};
constexpr char32_t kRightQuote = 0x2019;

class ShapeReader {
 public:
  explicit ShapeReader(std::string_view text) { shape_.text = text; }

  TextShape read() && {
    const std::string_view text = shape_.text;
    shape_.words.reserve(text.size() / 6);  // an English word and its blank; Korean ones are longer
    std::size_t line = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t start = at;
      const char32_t c = next_code_point(text, at);
      ++shape_.characters;
      if (is_space(c) || c < 0x20) {
        end_run();
        if (c == '\n') {
          end_line(line, start);
          line = at;
        }
        continue;
      }
      run_.push_back({static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(at), c, class_of(c)});
    }
    end_run();
    if (line < text.size()) end_line(line, text.size());
    return std::move(shape_);
  }

 private:
  void end_line(std::size_t start, std::size_t end) {
    std::string_view line = shape_.text.substr(start, end - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    shape_.lines.push_back(line);
  }

  // What stands between white space.
  void end_run() {
    std::size_t first = 0, last = run_.size();
    while (first < last && run_[first].kind == Class::sign) ++first;
    while (last > first && run_[last - 1].kind == Class::sign) --last;
    if (last < run_.size() && run_[last].code == '.' && is_initials(first, last)) ++last;
    signs(0, first);
    inner(first, last);
    signs(last, run_.size());
    run_.clear();
  }

  // "U.S", "e.g": the full stop behind belongs to it.
  bool is_initials(std::size_t first, std::size_t last) const {
    if (last - first < 3) return false;
    for (std::size_t i = first; i < last; ++i) {
      const bool is_dot = (i - first) % 2 == 1;
      if (is_dot ? run_[i].code != '.' : run_[i].kind != Class::letter) return false;
    }
    return true;
  }

  bool is_dot(std::size_t i, std::size_t last) const { return i < last && run_[i].code == '.'; }

  void signs(std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last;) {
      std::size_t end = i + 1;
      while (is_dot(i, last) && is_dot(end, last)) ++end;
      add(i, end);
      i = end;
    }
  }

  bool parts_words(std::size_t i) const {
    const Character &before = run_[i - 1], &sign = run_[i], &after = run_[i + 1];
    const bool letters = before.kind == Class::letter && after.kind == Class::letter;
    switch (sign.code) {
      case '-':
      case ',':
        return letters;
      case '/':
      case ':':
      case '=':
      case '<':
      case '>':
        return before.kind != Class::sign && after.kind == Class::letter;
      case 0x2013:  // the dashes
      case 0x2014:
      case 0x2026:  // the ellipsis
        return true;
      default:
        return false;
    }
  }

  // A word and what is joined to it: from its first letter or digit to its last.
  void inner(std::size_t first, std::size_t last) {
    std::size_t start = first;
    for (std::size_t i = first; i < last;) {
      const bool dots = is_dot(i, last) && is_dot(i + 1, last);
      if (run_[i].kind == Class::sign && i > start && i + 1 < last && (dots || parts_words(i))) {
        word(start, i);
        std::size_t end = i + 1;
        while (dots && is_dot(end, last)) ++end;
        add(i, end);
        start = i = end;
        continue;
      }
      ++i;
    }
    word(start, last);
  }

  void word(std::size_t first, std::size_t last) {
    if (first == last) return;
    const std::size_t clitic = clitic_start(first, last);
    dense(first, clitic);
    if (clitic < last) add(clitic, last);
  }

  std::size_t clitic_start(std::size_t first, std::size_t last) const {
    constexpr std::size_t kLongest = 3;
    std::array<char, kLongest> tail{};
    const std::size_t length = std::min(kLongest, last - first);
    for (std::size_t i = 0; i < length; ++i) {
      const char32_t c = run_[last - length + i].code;
      if (c >= 0x80 && c != kRightQuote) return last;
      tail[i] = c == kRightQuote ? '\'' : lower_ascii(static_cast<char>(c));
    }
    const std::string_view ending(tail.data(), length);
    for (const std::string_view clitic : kClitics) {
      if (ending.ends_with(clitic) && last - first > clitic.size()) return last - clitic.size();
    }
    return last;
  }

  // Of scripts without spaces two characters are a word, of all others the whole is one.
  void dense(std::size_t first, std::size_t last) {
    for (std::size_t start = first; start < last;) {
      std::size_t end = start + 1;
      if (run_[start].kind == Class::dense) {
        while (end < last && end - start < kDenseWordCharacters && run_[end].kind == Class::dense) ++end;
      } else {
        while (end < last && run_[end].kind != Class::dense) ++end;
      }
      add(start, end);
      start = end;
    }
  }

  void add(std::size_t first, std::size_t last) {
    ShapeWord word;
    word.start = run_[first].start;
    word.end = run_[last - 1].end;
    word.characters = static_cast<std::uint32_t>(last - first);
    word.is_sign = true;
    for (std::size_t i = first; i < last; ++i) {
      const Character& one = run_[i];
      word.columns += is_wide(one.code) ? 2 : 1;
      word.has_letter |= one.kind == Class::letter || one.kind == Class::dense;
      word.is_sign &= one.kind == Class::sign;
    }
    shape_.words.push_back(word);
  }

  TextShape shape_;
  std::vector<Character> run_;
};

}  // namespace

std::size_t columns(std::string_view text) {
  std::size_t sum = 0;
  for (std::size_t at = 0; at < text.size();) sum += is_wide(next_code_point(text, at)) ? 2 : 1;
  return sum;
}

TextShape read_shape(std::string_view text) { return ShapeReader(text).read(); }

}  // namespace naru
