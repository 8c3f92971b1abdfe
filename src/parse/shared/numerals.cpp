#include "parse/shared/numerals.h"

#include <array>
#include <string_view>
#include <utility>

namespace naru {

std::string roman_numeral(std::uint32_t number) {
  static constexpr std::array<std::pair<std::uint32_t, std::string_view>, 13> kParts = {{{1000, "M"},
                                                                                         {900, "CM"},
                                                                                         {500, "D"},
                                                                                         {400, "CD"},
                                                                                         {100, "C"},
                                                                                         {90, "XC"},
                                                                                         {50, "L"},
                                                                                         {40, "XL"},
                                                                                         {10, "X"},
                                                                                         {9, "IX"},
                                                                                         {5, "V"},
                                                                                         {4, "IV"},
                                                                                         {1, "I"}}};
  std::string text;
  for (const auto& [value, letters] : kParts) {
    for (; number >= value; number -= value) text += letters;
  }
  return text;
}

}  // namespace naru
