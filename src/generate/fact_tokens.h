// The tokens that facts are read from: numbers, words and signs of a text, each with its place. Pure functions over NFC
// text; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace naru {

// A sentence with more numbers than this is a table of figures; the rest of it is compared as words only.
inline constexpr std::size_t kFactsMax = 200;

enum class FactKind : std::uint8_t { number, dotted, latin, hangul, mixed, symbol };

struct FactToken {
  FactKind kind = FactKind::symbol;
  std::string text;  // lower case; a number without separators
  std::size_t start = 0, end = 0;
  bool capital = false;  // starts with a capital letter
  bool gap = false;      // white space stands before it
};

std::vector<FactToken> fact_tokens(std::string_view text);

double number_value(const std::string& digits);      // 0 where they are none
std::uint32_t whole_number(const std::string& digits);   // 0 where they are no whole number, or a huge one

}  // namespace naru
