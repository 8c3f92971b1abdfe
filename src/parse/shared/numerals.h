// Numbers as lists write them. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace naru {

inline constexpr std::uint32_t kRomanMax = 3'999;

std::string roman_numeral(std::uint32_t number);  // "MCMXCIV"; 1 to kRomanMax

}  // namespace naru
