// Numbers of cells as people see them: dates by their format's pattern, percentages, and plain numbers in full.
//
// A date keeps the order and the words of its format, Korean ones too ("2024년 3월 1일"); formats that follow the
// reader's country are written year first. Other numbers keep all their digits and get no thousands marks, so that they
// can be searched and counted with. Pure.
#pragma once

#include <string>
#include <string_view>

namespace naru::xlsx {

// The pattern of a format that the standard numbers (ECMA-376, 18.8.30); empty: general, or unknown.
std::string_view built_in_pattern(long long id);

// `value` as the file has it. `from_1904`: the workbook counts its days from 1904.
std::string format_number(std::string_view value, std::string_view pattern, bool from_1904);

}  // namespace naru::xlsx
