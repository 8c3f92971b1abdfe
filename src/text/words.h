// A text cut into words, and words into pieces of one script: what the analyzer makes terms of.
//
// A word is letters and digits with the marks that join them (a_b, a.b, 1,200). Its pieces differ in script, so that
// "Sphinx를" is "Sphinx" and "를"; camelCase gives a piece for each part. One thread a reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace naru {

enum class Script : std::uint8_t { other, latin, digit, hangul, han_kana };

// Part of a word in one script, at bytes [start, end) of the text.
struct Piece {
  Script script;
  std::size_t start, end;
};

class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_(text) {}

  // The next word where it is one of ASCII letters alone: a single Latin piece. Empty where it is another, or the text
  // ends: then next() tells. Most words of most texts are read here, and in a tenth of the time.
  std::string_view next_plain();
  // False at the end of the text.
  bool next(std::vector<Piece>& pieces);

 private:
  void add(std::vector<Piece>& pieces, Script script, char32_t c, std::size_t after) const;
  bool joins(char32_t c, Script before, std::size_t after) const;
  bool ends_plain(std::size_t at) const;
  void skip_letters();

  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace naru
