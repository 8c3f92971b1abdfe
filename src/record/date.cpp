#include "record/date.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace naru {

namespace {

constexpr std::size_t kDateBytesMax = 64;  // nobody writes a longer one

// What the years 1 to 9999 have no second for; sorts after all of them.
constexpr std::string_view kAfterAll = "9999-12-31T23:59:60Z";

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};

// The fields of metadata that say when, the most telling first.
constexpr std::array<std::string_view, 9> kDateFields = {"date",    "published",  "published_at",  "created",
                                                         "created_at", "creation_date", "modified", "updated",
                                                         "updated_at"};

using Seconds = std::int64_t;  // since 1970, UTC

struct Parts {
  int year = 0, month = 0, day = 0;         // month, day: 0 where not written
  int hour = -1, minute = -1, second = -1;  // -1 where not written
  Seconds zone = 0;                         // east of UTC
};

std::optional<Seconds> seconds_of(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (year < 1 || year > 9999 || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * Seconds{86400};
}

std::string text_of(Seconds at) {
  const auto days = at >= 0 ? at / 86400 : -((-at + 86399) / 86400);
  const Seconds of_day = at - days * 86400;
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  const int year = static_cast<int>(date.year());
  if (year > 9999) return std::string(kAfterAll);
  if (year < 1) return "";
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", year, static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), of_day / 3600, of_day / 60 % 60, of_day % 60);
}

std::optional<DateSpan> span_of(const Parts& parts) {
  const auto first = seconds_of(parts.year, std::max(parts.month, 1), std::max(parts.day, 1));
  if (!first) return std::nullopt;
  DateSpan span;
  Seconds start = *first, length = 86400;
  if (parts.month == 0) {
    length = parts.year == 9999 ? 366 * 86400 : seconds_of(parts.year + 1, 1, 1).value_or(0) - start;
  } else if (parts.day == 0) {
    const bool december = parts.month == 12;
    const auto next = seconds_of(parts.year + (december ? 1 : 0), december ? 1 : parts.month + 1, 1);
    length = next ? *next - start : 31 * 86400;
  } else if (parts.hour >= 0) {
    if (parts.hour > 23 || parts.minute > 59 || parts.second > 60) return std::nullopt;
    start += parts.hour * 3600 + std::max(parts.minute, 0) * 60 + std::min(std::max(parts.second, 0), 59) - parts.zone;
    length = parts.minute < 0 ? 3600 : parts.second < 0 ? 60 : 1;
  }
  span.start = text_of(start);
  span.end = text_of(start + length);
  if (span.start.empty() || span.end.empty()) return std::nullopt;
  return span;
}

class DateReader {
 public:
  explicit DateReader(std::string_view text) : text_(text) {}

  std::optional<DateSpan> read() {
    skip_blanks();
    Parts parts;
    const bool read = take("D:") ? read_packed(parts) : read_named(parts) || read_ordered(parts);
    skip_blanks();
    if (!read || at_ != text_.size()) return std::nullopt;
    return span_of(parts);
  }

 private:
  bool digit_here() const { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool take(std::string_view what) {
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  bool take_any(std::string_view one_of) {
    if (at_ == text_.size() || one_of.find(text_[at_]) == std::string_view::npos) return false;
    ++at_;
    return true;
  }
  // `least` to `most` digits.
  bool number(std::size_t least, std::size_t most, int& value) {
    const std::size_t start = at_;
    std::size_t digits = 0;
    int sum = 0;
    while (digits < most && digit_here()) {
      sum = sum * 10 + (text_[at_++] - '0');
      ++digits;
    }
    if (digits < least) {
      at_ = start;
      return false;
    }
    value = sum;
    return true;
  }

  // 20240531, 20240531090000+09'00'
  bool read_packed(Parts& parts) {
    if (!number(4, 4, parts.year)) return false;
    if (!number(2, 2, parts.month) || !number(2, 2, parts.day)) return !digit_here();
    if (!number(2, 2, parts.hour)) return !digit_here();
    if (number(2, 2, parts.minute)) number(2, 2, parts.second);
    return read_zone(parts);
  }

  // 2024-05-31, 2024. 5. 31., 2024년 5월 31일, then perhaps a time
  bool read_ordered(Parts& parts) {
    const std::size_t start = at_;
    if (!number(4, 4, parts.year)) return false;
    if (digit_here()) {
      at_ = start;
      return read_packed(parts) && parts.day != 0;
    }
    if (!between()) return true;
    if (!number(1, 2, parts.month)) return at_ == text_.size();
    if (parts.month == 0) return false;
    if (!between()) return true;
    if (!number(1, 2, parts.day)) return at_ == text_.size();
    if (parts.day == 0) return false;
    if (!take("일")) take_any(".");
    if (!take_any("Tt")) skip_blanks();
    return read_time(parts);
  }
  bool between() {
    if (take("년") || take("월") || take_any("-/.")) {
      skip_blanks();
      return true;
    }
    return false;
  }

  // Fri, 31 May 2024 09:00:00 +0900; May 31, 2024
  bool read_named(Parts& parts) {
    const std::size_t start = at_;
    if (take_name_of_day()) {
      take_any(",");
      skip_blanks();
    }
    const int month = read_name();
    const bool read = month != 0 ? read_month_first(month, parts) : read_day_first(parts);
    if (!read) {
      at_ = start;
      parts = {};
    }
    return read;
  }
  bool read_month_first(int month, Parts& parts) {
    parts.month = month;
    take_any(".");
    skip_blanks();
    if (!number(1, 2, parts.day) || parts.day == 0) return false;
    take_any(",");
    skip_blanks();
    if (!number(4, 4, parts.year)) return false;
    skip_blanks();
    return read_time(parts);
  }
  bool read_day_first(Parts& parts) {
    if (!number(1, 2, parts.day) || parts.day == 0 || digit_here()) return false;
    skip_blanks();
    parts.month = read_name();
    if (parts.month == 0) return false;
    take_any(".,");
    skip_blanks();
    if (!number(4, 4, parts.year)) return false;
    skip_blanks();
    return read_time(parts);
  }
  // The number of the month whose name, whole or its first three letters, stands here; 0: none.
  int read_name() {
    const std::string word = word_here();
    if (word.size() < 3) return 0;
    for (std::size_t i = 0; i < kMonths.size(); ++i) {
      if (std::string_view(word).substr(0, 3) != kMonths[i]) continue;
      at_ += word.size();
      return static_cast<int>(i) + 1;
    }
    return 0;
  }
  bool take_name_of_day() {
    const std::string word = word_here();
    constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    if (word.size() < 3) return false;
    if (std::find(kDays.begin(), kDays.end(), std::string_view(word).substr(0, 3)) == kDays.end()) return false;
    at_ += word.size();
    return true;
  }
  std::string word_here() const {
    std::string word;
    for (std::size_t i = at_; i < text_.size(); ++i) {
      const char c = text_[i];
      const bool upper = c >= 'A' && c <= 'Z';
      if (!upper && (c < 'a' || c > 'z')) break;
      word += upper ? static_cast<char>(c + ('a' - 'A')) : c;
    }
    return word;
  }

  bool read_time(Parts& parts) {
    if (at_ == text_.size()) return true;
    if (!number(1, 2, parts.hour) || !take(":") || !number(2, 2, parts.minute)) return false;
    if (take(":") && !number(2, 2, parts.second)) return false;
    if (parts.second >= 0 && take_any(".,")) {
      if (!digit_here()) return false;
      while (digit_here()) ++at_;
    }
    skip_blanks();
    return read_zone(parts);
  }
  bool read_zone(Parts& parts) {
    if (at_ == text_.size() || take_any("Zz") || take("GMT") || take("UTC")) return true;
    const bool west = take("-");
    if (!west && !take("+")) return false;
    int hours = 0, minutes = 0;
    if (!number(2, 2, hours)) return false;
    take_any(":'");
    if (digit_here() && !number(2, 2, minutes)) return false;
    take_any("'");
    skip_blanks();
    if (take("(")) at_ = text_.size();  // the zone's name once more, as mail has it
    if (hours > 14 || minutes > 59) return false;
    parts.zone = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<DateSpan> parse_date(std::string_view text) {
  if (text.size() > kDateBytesMax) return std::nullopt;
  return DateReader(text).read();
}

std::string date_of(const Metadata& metadata) {
  for (const std::string_view name : kDateFields) {
    for (const auto& [key, value] : metadata) {
      if (key != name) continue;
      if (const std::optional<DateSpan> span = parse_date(value)) return span->start;
    }
  }
  return "";
}

}  // namespace naru
