#include "parse/xlsx/number_format.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "base/ascii.h"
#include "text/unicode.h"

namespace naru::xlsx {

namespace {

constexpr std::size_t kPatternBytesMax = 256;  // Excel's own limit
constexpr double kDaysMax = 2'958'466;         // the day after 9999-12-31
constexpr int kDays1904 = 1462;                // from 1900's count to 1904's
constexpr int kDaysToEpoch = 25'569;           // 1970-01-01 in the count from 1900
constexpr int kSignificantDigits = 15;         // what Excel shows and keeps; more is the noise of binary fractions

struct Moment {
  long long year = 0;
  unsigned month = 1, day = 1, weekday = 0;  // 0: Sunday
  long long hours = 0;                       // since the beginning of the count, for "[h]"
  unsigned hour = 0, minute = 0, second = 0, milliseconds = 0;
};

// Days to a civil date: Howard Hinnant's algorithm "civil_from_days".
void set_date(Moment& moment, long long days_since_epoch) {
  const long long z = days_since_epoch + 719'468;
  const long long era = (z >= 0 ? z : z - 146'096) / 146'097;
  const auto doe = static_cast<unsigned>(z - era * 146'097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36'524 - doe / 146'096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  moment.day = doy - (153 * mp + 2) / 5 + 1;
  moment.month = mp < 10 ? mp + 3 : mp - 9;
  moment.year = static_cast<long long>(yoe) + era * 400 + (moment.month <= 2 ? 1 : 0);
  moment.weekday = static_cast<unsigned>(((days_since_epoch % 7) + 11) % 7);  // 1970-01-01 was a Thursday
}

std::optional<Moment> moment_of(double serial, bool from_1904) {
  if (from_1904) serial += kDays1904;
  if (!(serial >= 0) || serial >= kDaysMax) return std::nullopt;
  constexpr double kMilliseconds = 86'400'000;
  const auto total = static_cast<long long>(std::llround(serial * kMilliseconds));
  long long days = total / 86'400'000;
  auto rest = static_cast<unsigned>(total % 86'400'000);
  Moment moment;
  moment.hours = total / 3'600'000;
  // The count from 1900 has a 29 February 1900 that never was: day 60, and before it all are one day off.
  set_date(moment, days - kDaysToEpoch + (days < 60 ? 1 : 0));
  moment.milliseconds = rest % 1000;
  rest /= 1000;
  moment.second = rest % 60;
  moment.minute = rest / 60 % 60;
  moment.hour = rest / 3600;
  return moment;
}

// ---- patterns -------------------------------------------------------------------------------------------------

struct Piece {
  char letter =
      0;  // y m d h s a(weekday in the country's words) b; 'p': AM/PM; 'M': minutes; 0: the text stands as it is
  std::size_t count = 0;
  bool elapsed = false;
  std::string text;
};

struct Pattern {
  std::vector<Piece> pieces;
  bool is_date = false, has_half_day = false, is_percent = false, is_general = false;
  std::size_t decimals = 0;
};

bool is_korean_half_day(std::string_view rest) { return rest.starts_with("오전/오후"); }

// Only the first section counts: those for negative numbers and for zero hold no dates.
Pattern read_pattern(std::string_view text) {
  Pattern pattern;
  text = text.substr(0, whole_characters(text, kPatternBytesMax));
  const auto literal = [&pattern](std::string_view part) {
    if (pattern.pieces.empty() || pattern.pieces.back().letter != 0) pattern.pieces.emplace_back();
    pattern.pieces.back().text += part;
  };
  bool after_point = false;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const std::string_view rest = text.substr(i);
    if (c == ';') break;
    if (c == '"') {
      const std::size_t end = std::min(text.find('"', i + 1), text.size());
      literal(text.substr(i + 1, end - i - 1));
      i = end + 1;
    } else if (c == '\\' || c == '_' || c == '*') {  // the next as it is; a gap of its width; a filling
      std::size_t at = i + 1;
      if (at < text.size()) (void)next_code_point(text, at);
      if (c == '\\') literal(text.substr(i + 1, at - i - 1));
      if (c == '_') literal(" ");
      i = at;
    } else if (c == '[') {
      const std::size_t end = std::min(text.find(']', i), text.size());
      const std::string_view inside = text.substr(i + 1, end - i - 1);
      if (!inside.empty() && inside.find_first_not_of("hHmMsS") == std::string_view::npos) {
        pattern.pieces.push_back({lower_ascii(inside[0]), inside.size(), true, {}});
        pattern.is_date = true;
      }
      i = std::min(end + 1, text.size());  // colours, conditions and countries show nothing
    } else if (rest.starts_with("AM/PM") || rest.starts_with("am/pm") || is_korean_half_day(rest)) {
      pattern.pieces.push_back({'p', is_korean_half_day(rest) ? std::size_t{2} : std::size_t{1}, false, {}});
      pattern.has_half_day = true;
      i += is_korean_half_day(rest) ? std::string_view("오전/오후").size() : 5;
    } else if (rest.starts_with("General")) {
      pattern.is_general = true;
      i += 7;
    } else if (std::string_view("ymdhsaebg").find(lower_ascii(c)) != std::string_view::npos) {
      std::size_t end = i;
      while (end < text.size() && lower_ascii(text[end]) == lower_ascii(c)) ++end;
      pattern.pieces.push_back({lower_ascii(c), end - i, false, {}});
      pattern.is_date = pattern.is_date || std::string_view("ymdhs").find(lower_ascii(c)) != std::string_view::npos ||
                        (lower_ascii(c) == 'a' && end - i >= 3);
      i = end;
    } else {
      if (c == '%') pattern.is_percent = true;
      if (c == '.') after_point = true;
      if (after_point && (c == '0' || c == '#')) ++pattern.decimals;
      if (c == ',') after_point = false;
      std::size_t at = i;
      (void)next_code_point(text, at);
      literal(text.substr(i, at - i));
      i = at;
    }
  }
  return pattern;
}

// "m" is a minute behind an hour or before a second.
void tell_minutes(std::vector<Piece>& pieces) {
  char before = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].letter == 0) continue;
    char after = 0;
    for (std::size_t k = i + 1; k < pieces.size() && after == 0; ++k) after = pieces[k].letter;
    if (pieces[i].letter == 'm' && pieces[i].count <= 2 && (before == 'h' || after == 's')) pieces[i].letter = 'M';
    before = pieces[i].letter == 'p' ? before : pieces[i].letter;
  }
}

constexpr std::array<const char*, 12> kMonths = {"January", "February", "March",     "April",   "May",      "June",
                                                 "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<const char*, 7> kWeekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                  "Thursday", "Friday", "Saturday"};
constexpr std::array<const char*, 7> kKoreanWeekdays = {"일", "월", "화", "수", "목", "금", "토"};

void append_date_part(const Piece& piece, const Moment& moment, bool half_day, std::string& out) {
  const auto padded = [&](long long value) {
    out += piece.count >= 2 ? fmt::format("{:02}", value) : std::to_string(value);
  };
  switch (piece.letter) {
    case 'y':
    case 'e':
      out += piece.count <= 2 && piece.letter == 'y' ? fmt::format("{:02}", moment.year % 100)
                                                     : std::to_string(moment.year);
      break;
    case 'm':
      if (piece.elapsed)
        padded(moment.hours * 60 + moment.minute);
      else if (piece.count >= 3)
        out += std::string_view(kMonths[moment.month - 1]).substr(0, piece.count == 3 ? 3 : std::string_view::npos);
      else
        padded(moment.month);
      break;
    case 'd':
      if (piece.count >= 3)
        out += std::string_view(kWeekdays[moment.weekday]).substr(0, piece.count == 3 ? 3 : std::string_view::npos);
      else
        padded(moment.day);
      break;
    case 'a':
      out += kKoreanWeekdays[moment.weekday];
      if (piece.count >= 4) out += "요일";
      break;
    case 'h':
      padded(piece.elapsed ? moment.hours : half_day ? (moment.hour + 11) % 12 + 1 : moment.hour);
      break;
    case 'M':
      padded(moment.minute);
      break;
    case 's':
      padded(piece.elapsed ? (moment.hours * 60 + moment.minute) * 60 + moment.second : moment.second);
      break;
    case 'p':
      out += piece.count == 2 ? (moment.hour < 12 ? "오전" : "오후") : (moment.hour < 12 ? "AM" : "PM");
      break;
    default:
      break;
  }
}

std::string date_text(const Pattern& pattern, const Moment& moment) {
  std::string out;
  bool after_seconds = false;
  for (const Piece& piece : pattern.pieces) {
    if (piece.letter != 0) {
      append_date_part(piece, moment, pattern.has_half_day, out);
      after_seconds = piece.letter == 's';
    } else if (after_seconds && piece.text.starts_with(".0")) {
      const std::size_t digits = std::min(piece.text.find_first_not_of('0', 1), piece.text.size()) - 1;
      out += fmt::format(".{:03}", moment.milliseconds).substr(0, 1 + std::min<std::size_t>(digits, 3));
    } else if (piece.text != "@") {
      out += piece.text;
    }
  }
  return fold_white_space(out);
}

std::string plain_number(double value) {
  std::string text = fmt::format("{:.{}g}", value, kSignificantDigits);
  if (text.find('e') != std::string::npos && std::fabs(value) < 1e21 && std::fabs(value) >= 1)
    text = fmt::format("{:.0f}", value);
  return text;
}

}  // namespace

std::string_view built_in_pattern(long long id) {
  switch (id) {
    case 9:
      return "0%";
    case 10:
      return "0.00%";
    case 14:
      return "yyyy-mm-dd";  // by country: "m/d/yyyy" in America
    case 15:
      return "d-mmm-yy";
    case 16:
      return "d-mmm";
    case 17:
      return "mmm-yy";
    case 18:
      return "h:mm AM/PM";
    case 19:
      return "h:mm:ss AM/PM";
    case 20:
      return "h:mm";
    case 21:
      return "h:mm:ss";
    case 22:
      return "yyyy-mm-dd h:mm";
    case 30:
    case 34:
      return "yyyy-mm-dd";
    case 27:
    case 28:
    case 29:
    case 31:
    case 36:
    case 50:
    case 51:
    case 54:
    case 57:
    case 58:
      return "yyyy\"년\" mm\"월\" dd\"일\"";
    case 32:
      return "h\"시\" mm\"분\"";
    case 33:
      return "h\"시\" mm\"분\" ss\"초\"";
    case 45:
      return "mm:ss";
    case 46:
      return "[h]:mm:ss";
    case 47:
      return "mm:ss.0";
    default:
      return {};
  }
}

std::string format_number(std::string_view value, std::string_view pattern_text, bool from_1904) {
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(number)) return std::string(value);
  if (!pattern_text.empty()) {
    Pattern pattern = read_pattern(pattern_text);
    if (pattern.is_date && !pattern.is_general) {
      tell_minutes(pattern.pieces);
      if (const std::optional<Moment> moment = moment_of(number, from_1904)) return date_text(pattern, *moment);
    }
    if (pattern.is_percent) return plain_number(number * 100) + "%";
  }
  // A whole number of up to 15 digits stands as the file has it.
  const bool digits =
      value.find_first_not_of("0123456789-") == std::string_view::npos && value.size() <= kSignificantDigits;
  return digits ? std::string(value) : plain_number(number);
}

}  // namespace naru::xlsx
