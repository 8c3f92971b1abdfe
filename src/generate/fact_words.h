// The words that facts are read by: units, magnitudes, numbers that are written out, months, in Korean and in English.
// Constants; facts.cpp and fact_tokens.cpp alone read them.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace naru {

inline constexpr std::string_view kTimeUnit = "time";
inline constexpr std::string_view kPercentUnit = "percent";

// Written unit -> canonical unit. Latin ones are whole words; Hangul ones start the word that follows the number, so a
// longer one stands before a shorter one that it begins with.
inline constexpr std::pair<std::string_view, std::string_view> kLatinUnits[] = {
    {"day", "day"},
    {"days", "day"},
    {"week", "week"},
    {"weeks", "week"},
    {"month", "month"},
    {"months", "month"},
    {"year", "year"},
    {"years", "year"},
    {"hour", "hour"},
    {"hours", "hour"},
    {"hr", "hour"},
    {"hrs", "hour"},
    {"minute", "minute"},
    {"minutes", "minute"},
    {"min", "minute"},
    {"mins", "minute"},
    {"second", "second"},
    {"seconds", "second"},
    {"sec", "second"},
    {"secs", "second"},
    {"s", "second"},
    {"ms", "ms"},
    {"percent", "percent"},
    {"won", "won"},
    {"krw", "won"},
    {"dollar", "dollar"},
    {"dollars", "dollar"},
    {"usd", "dollar"},
    {"euro", "euro"},
    {"euros", "euro"},
    {"eur", "euro"},
    {"mm", "mm"},
    {"cm", "cm"},
    {"m", "metre"},
    {"meter", "metre"},
    {"meters", "metre"},
    {"metre", "metre"},
    {"metres", "metre"},
    {"km", "km"},
    {"kilometers", "km"},
    {"kilometres", "km"},
    {"mile", "mile"},
    {"miles", "mile"},
    {"feet", "foot"},
    {"foot", "foot"},
    {"ft", "foot"},
    {"g", "gram"},
    {"grams", "gram"},
    {"kg", "kg"},
    {"kilograms", "kg"},
    {"lb", "pound"},
    {"lbs", "pound"},
    {"pounds", "pound"},
    {"ton", "ton"},
    {"tons", "ton"},
    {"kb", "kb"},
    {"kib", "kb"},
    {"mb", "mb"},
    {"mib", "mb"},
    {"megabytes", "mb"},
    {"gb", "gb"},
    {"gib", "gb"},
    {"gigabytes", "gb"},
    {"tb", "tb"},
    {"tib", "tb"},
    {"byte", "byte"},
    {"bytes", "byte"},
    {"bit", "bit"},
    {"bits", "bit"},
    {"mhz", "mhz"},
    {"ghz", "ghz"},
    {"hz", "hz"},
    {"people", "person"},
    {"person", "person"},
    {"persons", "person"},
    {"employees", "person"},
    {"times", "time_count"},
    {"page", "page"},
    {"pages", "page"},
    {"th", "ordinal"},
    {"st", "ordinal"},
    {"nd", "ordinal"},
    {"rd", "ordinal"},
};
inline constexpr std::pair<std::string_view, std::string_view> kHangulUnits[] = {
    {"퍼센트", "percent"}, {"프로", "percent"},    {"시간", "hour"},   {"개월", "month"},  {"달러", "dollar"},
    {"유로", "euro"},      {"킬로미터", "km"},     {"미터", "metre"},  {"킬로그램", "kg"}, {"그램", "gram"},
    {"일간", "day"},       {"일", "day"},          {"주일", "week"},   {"주간", "week"},   {"주", "week"},
    {"달", "month"},       {"년간", "year"},       {"년", "year"},     {"분", "minute"},   {"초", "second"},
    {"원", "won"},         {"명", "person"},       {"사람", "person"}, {"인", "person"},   {"번", "time_count"},
    {"회", "time_count"},  {"차례", "time_count"}, {"배", "fold"},     {"가지", "kind"},   {"개", "piece"},
    {"대", "machine"},     {"권", "volume"},       {"장", "sheet"},    {"쪽", "page"},     {"페이지", "page"},
    {"층", "floor"},       {"조", "article"},      {"항", "clause"},   {"호", "number"},   {"살", "age"},
    {"세", "age"},         {"등", "rank"},         {"위", "rank"},     {"톤", "ton"},
};
// What may follow the hour mark; anything else is another word that begins like it ("두 시스템").
inline constexpr std::array<std::string_view, 16> kAfterHour = {
    "에", "부터", "까지", "이후", "이전", "쯤", "경", "정각", "는", "은", "가", "를", "로", "이", "입", "반"};
inline constexpr std::array<std::string_view, 24> kAfterUnit = {
    "을", "를", "이", "가", "은", "는", "의", "에", "로", "만", "도", "까지", "부터", "입", "과", "와", "씩", "정도",
    "쯤", "미만", "초과", "마다", "당", "으로"};
inline constexpr std::size_t kSyllableBytes = 3;
inline constexpr std::pair<std::string_view, double> kHangulMagnitudes[] = {
    {"백", 1e2}, {"천", 1e3}, {"만", 1e4}, {"억", 1e8}};
inline constexpr std::pair<std::string_view, double> kLatinMagnitudes[] = {
    {"hundred", 1e2}, {"thousand", 1e3}, {"million", 1e6}, {"billion", 1e9}, {"trillion", 1e12}};

inline constexpr std::array<std::string_view, 12> kMonths = {
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december"};
inline constexpr std::array<std::string_view, 12> kShortMonths = {
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};

// "one" is a pronoun more often than a number and is not here.
inline constexpr std::pair<std::string_view, int> kLatinNumbers[] = {
    {"two", 2},       {"three", 3},    {"four", 4},     {"five", 5},       {"six", 6},       {"seven", 7},
    {"eight", 8},     {"nine", 9},     {"ten", 10},     {"eleven", 11},    {"twelve", 12},   {"thirteen", 13},
    {"fourteen", 14}, {"fifteen", 15}, {"sixteen", 16}, {"seventeen", 17}, {"eighteen", 18}, {"nineteen", 19},
    {"twenty", 20},   {"thirty", 30},  {"forty", 40},   {"fifty", 50},     {"sixty", 60},    {"seventy", 70},
    {"eighty", 80},   {"ninety", 90}};
// Only before a counter: "두 번", "세 시".
inline constexpr std::pair<std::string_view, int> kHangulNumbers[] = {
    {"두", 2}, {"세", 3}, {"네", 4}, {"다섯", 5}, {"여섯", 6}, {"일곱", 7}, {"여덟", 8},
    {"아홉", 9}, {"열", 10}, {"스무", 20}};

}  // namespace naru
