#include "generate/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "text/unicode.h"

namespace naru {

namespace {

// A sentence with more numbers than this is a table of figures; the rest of it is compared as words only.
constexpr std::size_t kFactsMax = 200;

constexpr std::string_view kTimeUnit = "time";
constexpr std::string_view kPercentUnit = "percent";

// Written unit -> canonical unit. Latin ones are whole words; Hangul ones start the word that follows the number, so a
// longer one stands before a shorter one that it begins with.
constexpr std::pair<std::string_view, std::string_view> kLatinUnits[] = {
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
constexpr std::pair<std::string_view, std::string_view> kHangulUnits[] = {
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
constexpr std::array<std::string_view, 16> kAfterHour = {"에", "부터", "까지", "이후", "이전", "쯤", "경", "정각",
                                                         "는", "은",   "가",   "를",   "로",   "이", "입", "반"};
constexpr std::array<std::string_view, 24> kAfterUnit = {"을", "를",   "이", "가",   "은",   "는",   "의", "에",
                                                         "로", "만",   "도", "까지", "부터", "입",   "과", "와",
                                                         "씩", "정도", "쯤", "미만", "초과", "마다", "당", "으로"};
constexpr std::size_t kSyllableBytes = 3;
constexpr std::pair<std::string_view, double> kHangulMagnitudes[] = {
    {"백", 1e2}, {"천", 1e3}, {"만", 1e4}, {"억", 1e8}};
constexpr std::pair<std::string_view, double> kLatinMagnitudes[] = {
    {"hundred", 1e2}, {"thousand", 1e3}, {"million", 1e6}, {"billion", 1e9}, {"trillion", 1e12}};

constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 12> kShortMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                           "jul", "aug", "sep", "oct", "nov", "dec"};

// "one" is a pronoun more often than a number and is not here.
constexpr std::pair<std::string_view, int> kLatinNumbers[] = {
    {"two", 2},       {"three", 3},    {"four", 4},     {"five", 5},       {"six", 6},       {"seven", 7},
    {"eight", 8},     {"nine", 9},     {"ten", 10},     {"eleven", 11},    {"twelve", 12},   {"thirteen", 13},
    {"fourteen", 14}, {"fifteen", 15}, {"sixteen", 16}, {"seventeen", 17}, {"eighteen", 18}, {"nineteen", 19},
    {"twenty", 20},   {"thirty", 30},  {"forty", 40},   {"fifty", 50},     {"sixty", 60},    {"seventy", 70},
    {"eighty", 80},   {"ninety", 90}};
// Only before a counter: "두 번", "세 시".
constexpr std::pair<std::string_view, int> kHangulNumbers[] = {{"두", 2},   {"세", 3},   {"네", 4},   {"다섯", 5},
                                                               {"여섯", 6}, {"일곱", 7}, {"여덟", 8}, {"아홉", 9},
                                                               {"열", 10},  {"스무", 20}};

enum class Kind : std::uint8_t { number, dotted, latin, hangul, mixed, symbol };

struct Token {
  Kind kind = Kind::symbol;
  std::string text;  // lower case; a number without separators
  std::size_t start = 0, end = 0;
  bool capital = false;  // starts with a capital letter
  bool gap = false;      // white space stands before it
};

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
bool is_latin(char32_t c) { return c < 0x80 ? (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') : is_letter(c); }

// What joins the parts of an address or a code: "a_b", "x/y", "user@host", "v2.0-rc".
bool joins_code(char c) { return c == '_' || c == '@' || c == '/' || c == '-' || c == '.' || c == ':'; }

std::size_t hangul_end(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    std::size_t next = at;
    if (!is_hangul(next_code_point(text, next))) break;
    at = next;
  }
  return at;
}

// The end of a run of Latin letters, digits and what joins them; Hangul and all else ends it.
std::size_t word_end(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (at < text.size()) {
    std::size_t next = at;
    const char32_t c = next_code_point(text, next);
    const bool letter =
        (is_latin(c) && !is_hangul(c) && !is_han(c) && !is_kana(c)) || (c < 0x80 && is_ascii_digit(text[at]));
    if (letter) {
      end = next;
    } else if (!(c < 0x80 && joins_code(text[at]))) {
      break;
    }
    at = next;
  }
  return end;
}

Token number_token(std::string_view text, std::size_t at) {
  Token token{Kind::number, "", at, at};
  int dots = 0;
  std::size_t i = at;
  for (; i < text.size(); ++i) {
    const bool digit_follows = i + 1 < text.size() && is_ascii_digit(text[i + 1]);
    if (is_ascii_digit(text[i])) {
      token.text += text[i];
    } else if (text[i] == ',' && digit_follows && dots == 0) {
      continue;
    } else if (text[i] == '.' && digit_follows) {
      token.text += '.';
      ++dots;
    } else {
      break;
    }
  }
  if (dots > 1) token.kind = Kind::dotted;  // "2024.3.5", "1.2.3"
  token.end = i;
  return token;
}

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  bool gap = true;
  for (std::size_t at = 0; at < text.size() && tokens.size() < 20 * kFactsMax;) {
    std::size_t next = at;
    const char32_t c = next_code_point(text, next);
    if (is_space(c)) {
      gap = true;
      at = next;
      continue;
    }
    Token token;
    if (is_hangul(c)) {
      token = {Kind::hangul, std::string(text.substr(at, hangul_end(text, at) - at)), at, hangul_end(text, at)};
    } else if (c < 0x80 && is_ascii_digit(text[at])) {
      token = number_token(text, at);
      std::size_t letter = token.end;
      const bool glued = letter < text.size() &&
                         (text[letter] == '_' || text[letter] == '@' || (text[letter] >= 'a' && text[letter] <= 'z') ||
                          (text[letter] >= 'A' && text[letter] <= 'Z'));
      const std::string tail = glued ? case_fold(text.substr(letter, word_end(text, letter) - letter)) : "";
      const bool unit = std::any_of(std::begin(kLatinUnits), std::end(kLatinUnits),
                                    [&](const auto& known) { return known.first == tail; });
      const bool meridiem = tail == "am" || tail == "pm" || tail == "a.m" || tail == "p.m";
      if (glued && !unit && !meridiem) {
        const std::size_t end = word_end(text, at);
        token = {Kind::mixed, case_fold(text.substr(at, end - at)), at, end};
      }
    } else if (is_latin(c)) {
      const std::size_t end = word_end(text, at);
      const std::string_view word = text.substr(at, end - at);
      const bool code = std::any_of(word.begin(), word.end(), is_ascii_digit) ||
                        word.find("://") != std::string_view::npos || word.find('@') != std::string_view::npos ||
                        word.find('_') != std::string_view::npos;
      if (code) {
        token = {Kind::mixed, case_fold(word), at, end};
      } else {  // letters only: what joins words is a gap between two of them
        std::size_t letters = at;
        while (letters < end) {
          std::size_t after = letters;
          if (!is_latin(next_code_point(text, after))) break;
          letters = after;
        }
        const std::string_view part = text.substr(at, letters - at);
        token = {Kind::latin, case_fold(part), at, letters, c >= 'A' && c <= 'Z'};
      }
    } else {
      token = {Kind::symbol, std::string(text.substr(at, next - at)), at, next};
    }
    token.gap = gap;
    gap = false;
    at = token.end;
    tokens.push_back(std::move(token));
  }
  return tokens;
}

std::string canonical(double value) {
  if (std::abs(value) < 1e15 && value == std::floor(value)) return fmt::format("{:.0f}", value);
  return fmt::format("{:.10g}", value);
}

double number_of(const std::string& digits) {
  double value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return result.ec == std::errc() ? value : 0;
}

std::uint32_t whole(const std::string& digits) {
  std::uint32_t value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return result.ec == std::errc() && result.ptr == digits.data() + digits.size() ? value : 0;
}

std::uint32_t month_of(const std::string& word) {
  for (std::uint32_t i = 0; i < 12; ++i) {
    if (word == kMonths[i] || word == kShortMonths[i] || (i == 8 && word == "sept")) return i + 1;
  }
  return 0;
}

bool is_year(std::uint32_t value) { return value >= 1000 && value <= 2999; }
bool is_month(std::uint32_t value) { return value >= 1 && value <= 12; }
bool is_day(std::uint32_t value) { return value >= 1 && value <= 31; }

// Reads the tokens of one text from left to right.
class Reader {
 public:
  explicit Reader(std::string_view text) : tokens_(tokens_of(text)), korean_(has_hangul(text)) {}

  Facts read() {
    while (at_ < tokens_.size() && facts_.quantities.size() + facts_.dates.size() + facts_.codes.size() < kFactsMax) {
      if (read_date() || read_time() || read_quantity()) continue;
      read_word();
      ++at_;
    }
    return std::move(facts_);
  }

 private:
  const Token* token(std::size_t offset) const {
    return at_ + offset < tokens_.size() ? &tokens_[at_ + offset] : nullptr;
  }
  bool is_number(std::size_t offset) const { return token(offset) != nullptr && token(offset)->kind == Kind::number; }
  std::uint32_t whole_at(std::size_t offset) const { return is_number(offset) ? whole(token(offset)->text) : 0; }
  bool is_symbol(std::size_t offset, std::string_view symbol) const {
    return token(offset) != nullptr && token(offset)->text == symbol && token(offset)->kind == Kind::symbol;
  }
  bool starts(std::size_t offset, std::string_view hangul) const {
    return token(offset) != nullptr && token(offset)->kind == Kind::hangul && token(offset)->text.starts_with(hangul);
  }
  bool is_hour(std::size_t offset) const {
    if (!starts(offset, "시")) return false;
    const std::string_view rest = std::string_view(token(offset)->text).substr(std::string_view("시").size());
    return rest.empty() || std::any_of(kAfterHour.begin(), kAfterHour.end(),
                                       [&](std::string_view particle) { return rest.starts_with(particle); });
  }
  // As `starts`, and the word is not a longer one that means something else.
  bool starts_but(std::size_t offset, std::string_view hangul, std::string_view longer) const {
    return starts(offset, hangul) && !starts(offset, longer);
  }
  std::uint32_t month_at(std::size_t offset) const {
    return token(offset) != nullptr && token(offset)->kind == Kind::latin ? month_of(token(offset)->text) : 0;
  }

  bool take(Date date, std::size_t count) {
    facts_.dates.push_back(date);
    at_ += count;
    return true;
  }
  bool take(Quantity quantity, std::size_t count) {
    facts_.quantities.push_back(std::move(quantity));
    at_ += count;
    return true;
  }

  bool read_date() {
    const Token& first = tokens_[at_];
    if (first.kind == Kind::dotted) return read_dotted(first.text);
    if (first.kind == Kind::latin) return read_month_first();
    if (first.kind != Kind::number) return false;
    const std::uint32_t value = whole(first.text);
    if (is_year(value)) return read_year_first(value);
    if (is_month(value) && starts(1, "월")) {
      const bool day = is_day(whole_at(2)) && starts(3, "일");
      return day ? take(Date{0, value, whole_at(2)}, 4) : take(Date{0, value, 0}, 2);
    }
    // "5 March 2024", "5th of March"
    std::size_t after = 1;
    if (token(after) != nullptr && (token(after)->text == "th" || token(after)->text == "st" ||
                                    token(after)->text == "nd" || token(after)->text == "rd")) {
      ++after;
    }
    if (token(after) != nullptr && token(after)->text == "of") ++after;
    const std::uint32_t month = month_at(after);
    if (!is_day(value) || month == 0 || !token(after)->capital) return false;
    const std::size_t comma = is_symbol(after + 1, ",") ? 1 : 0;
    if (is_year(whole_at(after + 1 + comma)))
      return take(Date{whole_at(after + 1 + comma), month, value}, after + 2 + comma);
    return take(Date{0, month, value}, after + 1);
  }

  bool read_year_first(std::uint32_t year) {
    for (const std::string_view mark : {"-", "/", "."}) {  // 2024-03-05, 2024. 3. 5.
      if (is_symbol(1, mark) && is_month(whole_at(2)) && is_symbol(3, mark) && is_day(whole_at(4))) {
        return take(Date{year, whole_at(2), whole_at(4)}, 5);
      }
    }
    if (!starts_but(1, "년", "년간")) return false;
    if (!is_month(whole_at(2)) || !starts(3, "월")) return take(Date{year, 0, 0}, 2);
    const bool day = is_day(whole_at(4)) && starts(5, "일");
    return day ? take(Date{year, whole_at(2), whole_at(4)}, 6) : take(Date{year, whole_at(2), 0}, 4);
  }

  bool read_dotted(const std::string& text) {
    std::vector<std::uint32_t> parts;
    for (std::size_t start = 0; start <= text.size();) {
      const std::size_t end = std::min(text.find('.', start), text.size());
      parts.push_back(whole(text.substr(start, end - start)));
      start = end + 1;
    }
    if (parts.size() == 3 && is_year(parts[0]) && is_month(parts[1]) && is_day(parts[2])) {
      return take(Date{parts[0], parts[1], parts[2]}, 1);
    }
    facts_.codes.push_back(text);
    ++at_;
    return true;
  }

  // "March 5, 2024", "March 2024", "March 5"; a month alone is a word.
  bool read_month_first() {
    const std::uint32_t month = month_at(0);
    if (month == 0 || !tokens_[at_].capital) return false;
    const std::size_t stop = is_symbol(1, ".") ? 1 : 0;
    const std::uint32_t value = whole_at(1 + stop);
    if (is_year(value)) return take(Date{value, month, 0}, 2 + stop);
    if (!is_day(value)) return false;
    std::size_t after = 2 + stop;
    if (token(after) != nullptr && (token(after)->text == "th" || token(after)->text == "st" ||
                                    token(after)->text == "nd" || token(after)->text == "rd")) {
      ++after;
    }
    const std::size_t comma = is_symbol(after, ",") ? 1 : 0;
    if (is_year(whole_at(after + comma))) return take(Date{whole_at(after + comma), month, value}, after + comma + 1);
    return take(Date{0, month, value}, after);
  }

  // "18:30", "6:30 pm", "오후 6시 30분", "9시"; "9시간" is a duration.
  bool read_time() {
    std::size_t used = 0;
    int half = 0;  // 1: morning, 2: afternoon
    if (tokens_[at_].kind == Kind::hangul && (tokens_[at_].text == "오전" || tokens_[at_].text == "오후")) {
      half = tokens_[at_].text == "오전" ? 1 : 2;
      used = 1;
    }
    std::optional<double> hour;
    if (is_number(used)) hour = number_of(token(used)->text);
    const bool native = !hour && token(used) != nullptr && token(used)->kind == Kind::hangul && is_hour(used + 1);
    if (native) hour = hangul_number(token(used)->text);
    if (!hour || *hour > 24 || *hour != std::floor(*hour)) return false;
    std::uint32_t minute = 0;
    ++used;
    if (is_hour(used)) {
      const bool half_past = token(used)->text.starts_with("시반");
      ++used;
      if (half_past) {
        minute = 30;
      } else if (is_number(used) && starts(used + 1, "분") && whole_at(used) < 60) {
        minute = whole_at(used);
        used += 2;
      } else if (token(used) != nullptr && token(used)->kind == Kind::hangul && starts(used, "반") &&
                 token(used)->text.size() <= 6) {
        minute = 30;
        ++used;
      }
      return take_time(*hour, minute, half, used);
    }
    const bool colon = is_symbol(used, ":") && is_number(used + 1) && token(used + 1)->text.size() == 2 &&
                       !token(used + 1)->gap && whole_at(used + 1) < 60;
    if (colon) {
      minute = whole_at(used + 1);
      used += 2;
    }
    const std::size_t meridiem = read_meridiem(used, half);
    if (!colon && meridiem == 0) return false;
    return take_time(*hour, minute, half, used + meridiem);
  }

  std::size_t read_meridiem(std::size_t offset, int& half) const {
    const Token* word = token(offset);
    if (word == nullptr || word->kind != Kind::latin) return 0;
    if (word->text == "am" || word->text == "pm") {
      half = word->text == "am" ? 1 : 2;
      return 1;
    }
    const bool spelled = (word->text == "a" || word->text == "p") && is_symbol(offset + 1, ".") &&
                         token(offset + 2) != nullptr && token(offset + 2)->text == "m";
    if (!spelled) return 0;
    half = word->text == "a" ? 1 : 2;
    return is_symbol(offset + 3, ".") ? 4 : 3;
  }

  bool take_time(double hour, std::uint32_t minute, int half, std::size_t count) {
    if (half == 2 && hour < 12) hour += 12;
    if (half == 1 && hour == 12) hour = 0;
    return take(Quantity{fmt::format("{:.0f}:{:02}", hour, minute), std::string(kTimeUnit)}, count);
  }

  static std::optional<double> hangul_number(const std::string& word) {
    for (const auto& [text, value] : kHangulNumbers) {
      if (word == text) return value;
    }
    return std::nullopt;
  }

  std::optional<double> latin_number(std::size_t offset) const {
    if (token(offset) == nullptr || token(offset)->kind != Kind::latin) return std::nullopt;
    for (const auto& [text, value] : kLatinNumbers) {
      if (token(offset)->text == text) return value;
    }
    return std::nullopt;
  }

  bool read_quantity() {
    std::size_t used = 1;
    double value = 0;
    bool bare_word = false;
    if (is_number(0)) {
      value = number_of(tokens_[at_].text);
    } else if (const std::optional<double> latin = latin_number(0)) {
      value = *latin;
      const std::size_t hyphen = is_symbol(1, "-") ? 1 : 0;
      const std::optional<double> ones = latin_number(1 + hyphen);  // twenty-five
      if (value >= 20 && ones && *ones < 10) {
        value += *ones;
        used += 1 + hyphen;
      }
    } else if (tokens_[at_].kind == Kind::hangul) {
      const std::optional<double> native = hangul_number(tokens_[at_].text);
      if (!native) return false;
      value = *native;
      bare_word = true;
    } else {
      return false;
    }
    std::string unit;
    if (!bare_word) value = read_magnitudes(value, used, unit);
    if (unit.empty()) unit = read_unit(used, bare_word);
    if (bare_word && unit.empty()) return false;  // "네" is also "yes" and "your"
    if (unit.empty() && at_ > 0) unit = currency(tokens_[at_ - 1].text);
    return take(Quantity{canonical(value), unit}, used);
  }

  // "3만 5천 원": the sum of what each part counts. A Hangul token may go on with the unit: "3만원".
  double read_magnitudes(double value, std::size_t& used, std::string& unit) {
    if (token(used) != nullptr && token(used)->kind == Kind::latin) {
      for (const auto& [word, factor] : kLatinMagnitudes) {
        if (token(used)->text == word) {
          ++used;
          return value * factor;
        }
      }
      return value;
    }
    double sum = 0, part = value;
    bool any = false;
    while (token(used) != nullptr && token(used)->kind == Kind::hangul && !token(used)->gap) {
      std::string_view rest = token(used)->text;
      bool counted = false;
      for (bool more = true; more;) {  // "5천만" counts twice
        more = false;
        for (const auto& [word, factor] : kHangulMagnitudes) {
          if (!rest.starts_with(word)) continue;
          part *= factor;
          rest.remove_prefix(word.size());
          more = counted = true;
          break;
        }
      }
      if (!counted) break;
      any = true;
      sum += part;
      part = 0;
      ++used;
      unit = hangul_unit(rest);
      if (!rest.empty() || !is_number(used)) break;
      const Token* after = token(used + 1);  // "3만 5천": a number that is itself counted goes on
      const bool goes_on = after != nullptr && after->kind == Kind::hangul && !after->gap &&
                           std::any_of(std::begin(kHangulMagnitudes), std::end(kHangulMagnitudes),
                                       [&](const auto& known) { return after->text.starts_with(known.first); });
      if (!goes_on) break;
      part = number_of(token(used)->text);
      ++used;
    }
    return any ? sum : value;
  }

  static std::string hangul_unit(std::string_view word) {
    for (const auto& [text, unit] : kHangulUnits) {
      if (word.starts_with(text)) return std::string(unit);
    }
    return {};
  }
  // Begins with a unit of one syllable and goes on with more than a particle.
  static bool is_another_word(std::string_view word) {
    for (const auto& [text, unit] : kHangulUnits) {
      if (!word.starts_with(text)) continue;
      const std::string_view rest = word.substr(text.size());
      if (text.size() > kSyllableBytes || rest.empty()) return false;
      return std::none_of(kAfterUnit.begin(), kAfterUnit.end(),
                          [&](std::string_view particle) { return rest.starts_with(particle); });
    }
    return false;
  }

  // A blank before a unit of one syllable makes it a word of its own: "5 일반" is no day. Native numbers have the
  // blank.
  std::string read_unit(std::size_t& used, bool native) const {
    const Token* next = token(used);
    if (next == nullptr) return {};
    if (next->kind == Kind::symbol && next->text == "%") return ++used, std::string(kPercentUnit);
    if (next->kind == Kind::hangul) {
      std::string unit = hangul_unit(next->text);
      if (next->gap && !native && is_another_word(next->text)) return {};
      if (!unit.empty()) ++used;
      return unit;
    }
    std::size_t word = used;  // "15 working days", "30-day"
    if (is_symbol(word, "-")) ++word;
    for (std::size_t offset = word; offset <= word + 1; ++offset) {
      if (token(offset) == nullptr || token(offset)->kind != Kind::latin) break;
      for (const auto& [text, unit] : kLatinUnits) {
        if (token(offset)->text != text || (text.size() == 1 && token(offset)->gap)) continue;
        used = offset + 1;
        return std::string(unit);
      }
    }
    return {};
  }

  static std::string currency(const std::string& symbol) {
    if (symbol == "$") return "dollar";
    if (symbol == "₩" || symbol == "￦") return "won";
    if (symbol == "€") return "euro";
    return {};
  }

  void read_word() {
    const Token& word = tokens_[at_];
    if (word.kind == Kind::mixed) facts_.codes.push_back(word.text);
    if (word.kind != Kind::latin || word.text.size() < 2) return;
    const bool first = at_ == 0 || is_stop(tokens_[at_ - 1]);
    if (korean_ || (word.capital && !first)) facts_.names.push_back(word.text);
  }

  static bool is_stop(const Token& token) {
    return token.kind == Kind::symbol && (token.text == "." || token.text == "!" || token.text == "?" ||
                                          token.text == ":" || token.text == "\"" || token.text == "“");
  }

  std::vector<Token> tokens_;
  const bool korean_;  // Latin words in Korean are copied, never inflected: each is a name
  std::size_t at_ = 0;
  Facts facts_;
};

bool part_of_date(const Quantity& claim, const Facts& source) {
  const std::uint32_t value = whole(claim.value);
  if (value == 0) return false;
  return std::any_of(source.dates.begin(), source.dates.end(), [&](const Date& date) {
    if (claim.unit.empty()) return date.year == value || date.month == value || date.day == value;
    if (claim.unit == "day" || claim.unit == "ordinal") return date.day == value;
    return claim.unit == "year" && date.year == value;
  });
}

bool quantity_holds(const Quantity& claim, const Facts& source) {
  for (const Quantity& quantity : source.quantities) {
    const bool unit = claim.unit == quantity.unit || claim.unit.empty() || quantity.unit.empty();
    if (unit && claim.value == quantity.value) return true;
    // "at 9" and "9시"
    if (claim.unit.empty() && quantity.unit == kTimeUnit && quantity.value == claim.value + ":00") return true;
  }
  return part_of_date(claim, source);
}

bool has_part(std::uint32_t value, std::string_view unit, const Facts& source) {
  return value == 0 || quantity_holds(Quantity{std::to_string(value), std::string(unit)}, source);
}

// Parts that a date of the source does not say may stand elsewhere in it ("in 2024 ... on 5 March").
bool date_holds(const Date& claim, const Facts& source) {
  const auto agrees = [](std::uint32_t said, std::uint32_t there) { return said == 0 || there == 0 || said == there; };
  for (const Date& date : source.dates) {
    if (!agrees(claim.year, date.year) || !agrees(claim.month, date.month) || !agrees(claim.day, date.day)) continue;
    const bool missing_hold = (date.year != 0 || has_part(claim.year, "year", source)) &&
                              (date.month != 0 || has_part(claim.month, "month", source)) &&
                              (date.day != 0 || has_part(claim.day, "day", source));
    if (missing_hold) return true;
  }
  const bool year_alone = claim.month == 0 && claim.day == 0;
  return year_alone && has_part(claim.year, "", source);
}

}  // namespace

Facts facts_in(std::string_view text) { return Reader(text).read(); }

bool numbers_hold(const Facts& claim, const Facts& source) {
  return std::all_of(claim.quantities.begin(), claim.quantities.end(),
                     [&](const Quantity& quantity) { return quantity_holds(quantity, source); }) &&
         std::all_of(claim.dates.begin(), claim.dates.end(),
                     [&](const Date& date) { return date_holds(date, source); });
}

void add_facts(Facts& all, const Facts& more) {
  all.quantities.insert(all.quantities.end(), more.quantities.begin(), more.quantities.end());
  all.dates.insert(all.dates.end(), more.dates.begin(), more.dates.end());
  all.codes.insert(all.codes.end(), more.codes.begin(), more.codes.end());
  all.names.insert(all.names.end(), more.names.begin(), more.names.end());
}

}  // namespace naru
