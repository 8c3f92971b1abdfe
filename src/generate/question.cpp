#include "generate/question.h"

#include <algorithm>
#include <iterator>

#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::string_view kNumberPhrases[] = {
    "몇",        "며칠",       "얼마",      "언제",      "how many",  "how much",     "how long",
    "how old",   "how far",    "how tall",  "how often", "how big",   "how large",    "how high",
    "what year", "which year", "what date", "what time", "what day",  "what percent", "when did",
    "when was",  "when is",    "when were", "when does", "when will", "when do",      "when are"};

constexpr std::string_view kOpenPhrases[] = {"무엇",   "무슨",   "뭐",     "뭔",   "어떤",  "어떻", "어디",
                                             "어느",   "누구",   "누가",   "왜",   "what ", "who ", "whom ",
                                             "whose ", "which ", "where ", "why ", "how "};

struct UnitPhrase {
  std::string_view phrase, unit;
};
// "몇" with what is counted; English counts by the words of kLatinUnits after "how many".
constexpr UnitPhrase kUnitPhrases[] = {{"며칠", "day"},
                                       {"몇 일", "day"},
                                       {"몇 시간", "hour"},
                                       {"몇 시", "time"},
                                       {"몇시", "time"},
                                       {"몇 분", "minute"},
                                       {"몇 개월", "month"},
                                       {"몇 달", "month"},
                                       {"몇 년", "year"},
                                       {"몇 주", "week"},
                                       {"몇 명", "person"},
                                       {"몇 사람", "person"},
                                       {"몇 권", "volume"},
                                       {"몇 번", "time_count"},
                                       {"몇 회", "time_count"},
                                       {"몇 대", "machine"},
                                       {"몇 층", "floor"},
                                       {"몇 살", "age"},
                                       {"몇 세부", "age"},
                                       {"몇 쪽", "page"},
                                       {"몇 페이지", "page"},
                                       {"몇 가지", "kind"},
                                       {"몇 퍼센트", "percent"},
                                       {"몇 %", "percent"},
                                       {"몇 원", "won"},
                                       {"몇 미터", "metre"},
                                       {"몇 킬로미터", "km"},
                                       {"몇 킬로그램", "kg"},
                                       {"몇 조", "article"},
                                       {"몇 장", "sheet"},
                                       {"how many days", "day"},
                                       {"how many weeks", "week"},
                                       {"how many months", "month"},
                                       {"how many years", "year"},
                                       {"how many hours", "hour"},
                                       {"how many minutes", "minute"},
                                       {"how many people", "person"},
                                       {"what percent", "percent"},
                                       {"how many pages", "page"},
                                       {"how many times", "time_count"}};

constexpr std::string_view kDurations[] = {"second", "minute", "hour", "day", "week", "month", "year", "ms"};

bool is_duration(std::string_view unit) {
  return std::find(std::begin(kDurations), std::end(kDurations), unit) != std::end(kDurations);
}

bool has_any(const std::string& text, const auto& phrases) {
  return std::any_of(std::begin(phrases), std::end(phrases),
                     [&](std::string_view phrase) { return text.find(phrase) != std::string::npos; });
}

}  // namespace

Asked asked_for(std::string_view question) {
  const std::string text = case_fold(fold_white_space(question)) + " ";
  Asked asked;
  asked.number = has_any(text, kNumberPhrases);
  asked.open = asked.number || has_any(text, kOpenPhrases);
  for (const auto& [phrase, unit] : kUnitPhrases) {
    if (text.find(phrase) == std::string::npos) continue;
    asked.unit = unit;
    break;
  }
  return asked;
}

bool has_asked(const Asked& asked, const Facts& facts) {
  if (!asked.number) return true;
  const bool date_will_do = asked.unit.empty() || is_duration(asked.unit);
  if (!facts.dates.empty() && date_will_do) return true;
  return std::any_of(facts.quantities.begin(), facts.quantities.end(), [&](const Quantity& quantity) {
    return asked.unit.empty() || quantity.unit.empty() || quantity.unit == asked.unit ||
           (is_duration(asked.unit) && is_duration(quantity.unit));
  });
}

}  // namespace naru
