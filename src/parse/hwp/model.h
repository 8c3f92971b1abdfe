// What HWP 5, HWPX and HWPML have in common: sections of paragraphs with the objects that are anchored in them. Each of
// the three readers makes it, `writer.h` turns it into blocks.
//
// Plain values; a section at a time is alive.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace naru::hwp {

// Deeper nests (tables in tables, boxes in boxes) are left out with a warning; people stop at three or four.
inline constexpr std::size_t kDepthMax = 32;
// ---- how paragraphs are headed --------------------------------------------------------------------------------

// Numbers as Hancom's formats count them: the values are those of the file formats.
enum class NumberFormat : std::uint8_t {
  digit = 0,
  circled_digit,
  roman_capital,
  roman_small,
  latin_capital,
  latin_small,
  circled_latin_capital,
  circled_latin_small,
  hangul_syllable,
  circled_hangul_syllable,
  hangul_jamo,
  circled_hangul_jamo,
  hangul_number,
  ideograph,
  circled_ideograph,
  stem,
  stem_ideograph,
};

std::string format_number(NumberFormat format, std::uint32_t number);

inline constexpr std::size_t kLevels = 10;

struct NumberingLevel {
  std::string pattern;  // "^1.^2)": each ^n is the number of level n
  NumberFormat format = NumberFormat::digit;
  std::uint32_t start = 1;
};
using Numbering = std::array<NumberingLevel, kLevels>;

enum class Head : std::uint8_t { none, outline, number, bullet };
inline constexpr std::uint32_t kNoNumbering = 0xffffffff;

struct ParagraphShape {
  Head head = Head::none;
  std::uint8_t level = 0;                  // from 0
  std::uint32_t numbering = kNoNumbering;  // Head::number: index into the document's numberings
  bool numbered = true;                    // false: a heading by its style alone
};

// ---- what a section holds -------------------------------------------------------------------------------------

struct Object;

struct Paragraph {
  ParagraphShape shape;
  std::string text;
  std::vector<Object> objects;
};

struct Cell {
  std::uint32_t row = 0, column = 0, rows = 1, columns = 1;
  bool names_columns = false;  // marked as a title cell
  std::vector<Paragraph> paragraphs;
};

struct Object {
  enum class Kind : std::uint8_t {
    table,
    box,          // a text box or drawing with text
    note,         // a footnote, endnote or comment: belongs to the place that it is anchored at
    page_part,    // a header, footer or master page: belongs to no place in the text
    description,  // of a picture or drawing, written by a person
  };
  Kind kind = Kind::box;
  std::size_t at = 0;  // in the paragraph's text
  std::vector<Paragraph> paragraphs;
  std::vector<Paragraph> caption;
  bool caption_first = false;
  bool repeats_first_row = false;
  std::vector<Cell> cells;
};

struct Section {
  std::vector<Paragraph> paragraphs;
  std::uint32_t outline_numbering = kNoNumbering;
};

// A paragraph without a head whose style is "개요 3" or "Outline 3" is a heading of level 3: its number was switched
// off.
void apply_outline_style(ParagraphShape& shape, std::string_view style_name);

// What stands in the text for an automatic number: the symbol, or the number in its format, between two characters; 0
// for those that there are none of.
std::string number_text(NumberFormat format, std::uint32_t number, char32_t symbol, char32_t before, char32_t after);

// Hancom Office itself describes drawings ("사각형입니다.", "원본 그림의 이름: a.png ..."): what remains was written by
// a person.
std::string own_description(std::string_view description);

// A character of Hancom's fonts in a private area as the Unicode character that it shows, where one is known.
char32_t public_character(char32_t c);

}  // namespace naru::hwp
