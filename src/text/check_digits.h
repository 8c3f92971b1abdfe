// Check digits of numbers that are given to people and companies. `digits` is ASCII digits alone, of the length named.
// Pure functions, any thread.
#pragma once

#include <string_view>

namespace naru {

// 13 digits: weights 2 to 9, then 2 to 5, modulo 11 (주민등록법 시행규칙, numbers given before October 2020). Of foreigners
// the sum is shifted by two (출입국관리법 시행규칙).
bool is_resident_number(std::string_view digits);
bool is_foreigner_number(std::string_view digits);
// 10 digits: weights 1 3 7 1 3 7 1 3 5, the ninth product also by its tens (국세청 고시).
bool is_business_number(std::string_view digits);
// 13 digits: weights 1 and 2 in turn, modulo 10 (법인등의 등기사항에 관한 특례법). Numbers given since 2025 have none.
bool is_corporate_number(std::string_view digits);
// Luhn's sum, ISO/IEC 7812-1.
bool is_luhn(std::string_view digits);

}  // namespace naru
