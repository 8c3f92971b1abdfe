#include "generate/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include "generate/fact_tokens.h"
#include "generate/fact_words.h"
#include "text/unicode.h"

namespace naru {

namespace {

std::string canonical(double value) {
  if (std::abs(value) < 1e15 && value == std::floor(value)) return fmt::format("{:.0f}", value);
  return fmt::format("{:.10g}", value);
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
  explicit Reader(std::string_view text) : tokens_(fact_tokens(text)), korean_(has_hangul(text)) {}

  Facts read() {
    while (at_ < tokens_.size() && facts_.quantities.size() + facts_.dates.size() + facts_.codes.size() < kFactsMax) {
      if (read_date() || read_time() || read_quantity()) continue;
      read_word();
      ++at_;
    }
    return std::move(facts_);
  }

 private:
  const FactToken* token(std::size_t offset) const {
    return at_ + offset < tokens_.size() ? &tokens_[at_ + offset] : nullptr;
  }
  bool is_number(std::size_t offset) const {
    return token(offset) != nullptr && token(offset)->kind == FactKind::number;
  }
  std::uint32_t whole_at(std::size_t offset) const { return is_number(offset) ? whole_number(token(offset)->text) : 0; }
  bool is_symbol(std::size_t offset, std::string_view symbol) const {
    return token(offset) != nullptr && token(offset)->text == symbol && token(offset)->kind == FactKind::symbol;
  }
  bool starts(std::size_t offset, std::string_view hangul) const {
    const FactToken* const word = token(offset);
    return word != nullptr && word->kind == FactKind::hangul && word->text.starts_with(hangul);
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
    return token(offset) != nullptr && token(offset)->kind == FactKind::latin ? month_of(token(offset)->text) : 0;
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
    const FactToken& first = tokens_[at_];
    if (first.kind == FactKind::dotted) return read_dotted(first.text);
    if (first.kind == FactKind::latin) return read_month_first();
    if (first.kind != FactKind::number) return false;
    const std::uint32_t value = whole_number(first.text);
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
      parts.push_back(whole_number(text.substr(start, end - start)));
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
    if (tokens_[at_].kind == FactKind::hangul && (tokens_[at_].text == "오전" || tokens_[at_].text == "오후")) {
      half = tokens_[at_].text == "오전" ? 1 : 2;
      used = 1;
    }
    std::optional<double> hour;
    if (is_number(used)) hour = number_value(token(used)->text);
    const bool native = !hour && token(used) != nullptr && token(used)->kind == FactKind::hangul && is_hour(used + 1);
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
      } else if (token(used) != nullptr && token(used)->kind == FactKind::hangul && starts(used, "반") &&
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
    const FactToken* word = token(offset);
    if (word == nullptr || word->kind != FactKind::latin) return 0;
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
    if (token(offset) == nullptr || token(offset)->kind != FactKind::latin) return std::nullopt;
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
      value = number_value(tokens_[at_].text);
    } else if (const std::optional<double> latin = latin_number(0)) {
      value = *latin;
      const std::size_t hyphen = is_symbol(1, "-") ? 1 : 0;
      const std::optional<double> ones = latin_number(1 + hyphen);  // twenty-five
      if (value >= 20 && ones && *ones < 10) {
        value += *ones;
        used += 1 + hyphen;
      }
    } else if (tokens_[at_].kind == FactKind::hangul) {
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
    if (token(used) != nullptr && token(used)->kind == FactKind::latin) {
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
    while (token(used) != nullptr && token(used)->kind == FactKind::hangul && !token(used)->gap) {
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
      const FactToken* after = token(used + 1);  // "3만 5천": a number that is itself counted goes on
      const bool goes_on = after != nullptr && after->kind == FactKind::hangul && !after->gap &&
                           std::any_of(std::begin(kHangulMagnitudes), std::end(kHangulMagnitudes),
                                       [&](const auto& known) { return after->text.starts_with(known.first); });
      if (!goes_on) break;
      part = number_value(token(used)->text);
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
    const FactToken* next = token(used);
    if (next == nullptr) return {};
    if (next->kind == FactKind::symbol && next->text == "%") return ++used, std::string(kPercentUnit);
    if (next->kind == FactKind::hangul) {
      std::string unit = hangul_unit(next->text);
      if (next->gap && !native && is_another_word(next->text)) return {};
      if (!unit.empty()) ++used;
      return unit;
    }
    std::size_t word = used;  // "15 working days", "30-day"
    if (is_symbol(word, "-")) ++word;
    for (std::size_t offset = word; offset <= word + 1; ++offset) {
      if (token(offset) == nullptr || token(offset)->kind != FactKind::latin) break;
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
    const FactToken& word = tokens_[at_];
    if (word.kind == FactKind::mixed) facts_.codes.push_back(word.text);
    if (word.kind != FactKind::latin || word.text.size() < 2) return;
    const bool first = at_ == 0 || is_stop(tokens_[at_ - 1]);
    if (korean_ || (word.capital && !first)) facts_.names.push_back(word.text);
  }

  static bool is_stop(const FactToken& token) {
    return token.kind == FactKind::symbol && (token.text == "." || token.text == "!" || token.text == "?" ||
                                          token.text == ":" || token.text == "\"" || token.text == "“");
  }

  std::vector<FactToken> tokens_;
  const bool korean_;  // Latin words in Korean are copied, never inflected: each is a name
  std::size_t at_ = 0;
  Facts facts_;
};

}  // namespace

Facts facts_in(std::string_view text) { return Reader(text).read(); }

}  // namespace naru
