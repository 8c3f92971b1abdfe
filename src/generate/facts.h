// Facts: what a sentence says that must match to the letter: quantities with their units, dates, times, codes, names.
//
// "3만 5천 원" and "35,000원" are one quantity, "2024년 3월 5일" and "March 5, 2024" one date, "오후 6시 30분" and
// "18:30" one time. Pure functions over NFC text; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace naru {

struct Quantity {
  std::string value;  // canonical: "1200", "3.5"; a time of day is "18:30" with the unit "time"
  std::string unit;   // canonical: "day", "won", "percent" ...; empty where none is said
  bool operator==(const Quantity&) const = default;
};

// Parts that are not said are 0.
struct Date {
  std::uint32_t year = 0, month = 0, day = 0;
  bool operator==(const Date&) const = default;
};

struct Facts {
  std::vector<Quantity> quantities;
  std::vector<Date> dates;
  std::vector<std::string> codes;  // words of letters and digits, addresses; in lower case
  // Capitalised words that do not start a sentence; in Korean every Latin word, for it was copied. In lower case.
  std::vector<std::string> names;
};

Facts facts_in(std::string_view text);

// Every quantity and date of the claim stands in the source. A unit that one side does not say contradicts nothing.
bool numbers_hold(const Facts& claim, const Facts& source);

// The source's facts of several sentences together.
void add_facts(Facts& all, const Facts& more);

}  // namespace naru
