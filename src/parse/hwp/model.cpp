#include "parse/hwp/model.h"

#include <algorithm>

#include "base/ascii.h"
#include "parse/shared/numerals.h"
#include "text/unicode.h"

namespace naru::hwp {

namespace {

// Longer runs of one letter ("AAAA" for 79) are not written by anybody; larger numbers are shown as digits.
constexpr std::uint32_t kLetterRepeatsMax = 4;

std::string utf8(char32_t c) {
  std::string text;
  append_utf8(text, c);
  return text;
}

// A, B, ... Z, AA, BB: the letter is repeated when the row has been gone through.
std::string from_row(std::u32string_view row, std::uint32_t number) {
  const auto index = (number - 1) % static_cast<std::uint32_t>(row.size());
  const std::uint32_t times = (number - 1) / static_cast<std::uint32_t>(row.size()) + 1;
  if (times > kLetterRepeatsMax) return std::to_string(number);
  std::string text;
  for (std::uint32_t i = 0; i < times; ++i) append_utf8(text, row[index]);
  return text;
}

std::string from_range(char32_t first, std::uint32_t count, std::uint32_t number) {
  return number <= count ? utf8(first + number - 1) : std::to_string(number);
}

// 1 to 99 in Sino-Korean digits.
std::string sino(std::uint32_t number, std::u32string_view digits, char32_t ten) {
  if (number > 99) return std::to_string(number);
  std::string text;
  if (number >= 20) append_utf8(text, digits[number / 10 - 1]);
  if (number >= 10) append_utf8(text, ten);
  if (number % 10 > 0) append_utf8(text, digits[number % 10 - 1]);
  return text;
}

constexpr std::u32string_view kSyllables = U"가나다라마바사아자차카타파하";
constexpr std::u32string_view kJamo = U"ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ";

}  // namespace

std::string format_number(NumberFormat format, std::uint32_t number) {
  if (number == 0) return "0";
  switch (format) {
    case NumberFormat::digit:
      break;
    case NumberFormat::circled_digit:
      return from_range(U'①', 20, number);
    case NumberFormat::roman_capital:
    case NumberFormat::roman_small:
      if (number > kRomanMax) return std::to_string(number);
      return format == NumberFormat::roman_capital ? roman_numeral(number) : lower_ascii(roman_numeral(number));
    case NumberFormat::latin_capital:
      return from_row(U"ABCDEFGHIJKLMNOPQRSTUVWXYZ", number);
    case NumberFormat::latin_small:
      return from_row(U"abcdefghijklmnopqrstuvwxyz", number);
    case NumberFormat::circled_latin_capital:
      return from_range(U'Ⓐ', 26, number);
    case NumberFormat::circled_latin_small:
      return from_range(U'ⓐ', 26, number);
    case NumberFormat::hangul_syllable:
      return from_row(kSyllables, number);
    case NumberFormat::circled_hangul_syllable:
      return from_range(U'㉮', 14, number);
    case NumberFormat::hangul_jamo:
      return from_row(kJamo, number);
    case NumberFormat::circled_hangul_jamo:
      return from_range(U'㉠', 14, number);
    case NumberFormat::hangul_number:
      return sino(number, U"일이삼사오육칠팔구", U'십');
    case NumberFormat::ideograph:
      return sino(number, U"一二三四五六七八九", U'十');
    case NumberFormat::circled_ideograph:
      return from_range(U'㊀', 10, number);
    case NumberFormat::stem:
      return from_row(U"갑을병정무기경신임계", number);
    case NumberFormat::stem_ideograph:
      return from_row(U"甲乙丙丁戊己庚辛壬癸", number);
  }
  return std::to_string(number);
}

void apply_outline_style(ParagraphShape& shape, std::string_view style_name) {
  if (shape.head != Head::none) return;
  std::string_view rest = style_name;
  for (const std::string_view name : {"개요", "Outline"}) {
    if (rest.starts_with(name)) rest.remove_prefix(name.size());
  }
  if (rest.size() == style_name.size()) return;
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  const bool is_digit = rest.size() == 1 && rest[0] >= '1' && rest[0] <= '9';
  if (!is_digit && rest != "10") return;
  shape.head = Head::outline;
  shape.level = is_digit ? static_cast<std::uint8_t>(rest[0] - '1') : kLevels - 1;
  shape.numbered = false;
}

std::string number_text(NumberFormat format, std::uint32_t number, char32_t symbol, char32_t before, char32_t after) {
  std::string text;
  if (before != 0) append_utf8(text, before);
  if (symbol != 0) {
    append_utf8(text, symbol);
  } else {
    text += format_number(format, number);
  }
  if (after != 0) append_utf8(text, after);
  return text;
}

std::string own_description(std::string_view description) {
  std::string own;
  for (std::size_t at = 0; at < description.size();) {
    const std::size_t end = std::min(description.find_first_of("\r\n", at), description.size());
    const std::string line = fold_white_space(description.substr(at, end - at));
    at = end + 1;
    const bool made = line.starts_with("원본 그림의 ") || line.starts_with("사진 찍은 날짜") ||
                      line.starts_with("색 대표 : ") || line.starts_with("프로그램 이름 : ") ||
                      line.starts_with("개체 형식은 ") || line == "OLE 개체입니다." ||
                      (line.ends_with("입니다.") && line.find(' ') == std::string::npos);
    if (!made && !line.empty()) own += (own.empty() ? "" : "\n") + line;
  }
  return own;
}

char32_t public_character(char32_t c) {
  if (c >= 0xf02b1 && c <= 0xf02ba) return U'❶' + (c - 0xf02b1);  // white digits on black squares
  switch (c) {
    case 0xf0850:
      return U'‘';
    case 0xf0851:
      return U'’';
    case 0xf0852:
      return U'“';
    case 0xf0853:
      return U'”';
    case 0xf0854:
      return U'『';
    case 0xf0855:
      return U'』';
    default:
      return c;
  }
}

}  // namespace naru::hwp
