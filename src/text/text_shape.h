// A text as heuristics of quality see it: its lines and its words, each with what it is long, read in one pass.
//
// A word is what stands between white space, without the signs at its ends; each such sign, and each of those that
// part two words ("and/or", "well-known"), is a word that is a sign alone, and so is a row of dots. "don't" is "do" and
// "n't".
// These are the words of the tokenizers that the published limits were found with. Texts that are written without
// spaces (Chinese, Japanese) have a word for every two characters. Pure; any thread; the text outlives its shape and is
// UTF-8 in NFC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace naru {

// Columns, as text is printed: a Hangul syllable or a Chinese character takes two, and says about as much as two
// letters of an alphabet. So limits in letters hold for Korean too.
std::size_t columns(std::string_view text);

struct ShapeWord {
  std::uint32_t start = 0, end = 0;  // bytes
  std::uint32_t characters = 0;      // code points
  std::uint32_t columns = 0;
  bool has_letter = false;
  bool is_sign = false;  // neither letter nor digit in it
};

struct TextShape {
  std::string_view text;
  std::size_t characters = 0;           // code points
  std::vector<ShapeWord> words;         // in order
  std::vector<std::string_view> lines;  // without their ends; empty ones too
};

TextShape read_shape(std::string_view text);

}  // namespace naru
