#include "config/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>
#include <vector>

#include "base/ascii.h"

namespace naru {

namespace {

// 29 February may be eight years away, about 1900 and 2100.
constexpr std::int64_t kDaysAhead = 8 * 366 + 1;
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::size_t kCronBytesMax = 512;

struct Part {
  std::string_view name;
  int lowest, highest;
  std::vector<std::string_view> names;  // of the lowest and those after it
};

const std::array<Part, 5>& parts() {
  static const std::array<Part, 5> all = {{
      {"minute", 0, 59, {}},
      {"hour", 0, 23, {}},
      {"day of month", 1, 31, {}},
      {"month", 1, 12, {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
      {"day of week", 0, 7, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
  }};
  return all;
}

Error wrong(const Part& part, std::string_view text) {
  return Error(Code::invalid_argument,
               fmt::format("\"{}\" is no {}: numbers from {} to {}{}, *, lists (1,5), ranges (1-5) and steps (*/5)",
                           text, part.name, part.lowest, part.highest,
                           part.names.empty() ? "" : fmt::format(", names ({}, {})", part.names[0], part.names[1])));
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<int> value_of(const Part& part, std::string_view text) {
  std::optional<int> value = number(text);
  if (!value) {
    const auto named = std::find_if(part.names.begin(), part.names.end(),
                                    [&](std::string_view name) { return lower_ascii(text) == name; });
    if (named == part.names.end()) return std::nullopt;
    value = part.lowest + static_cast<int>(named - part.names.begin());
  }
  if (*value < part.lowest || *value > part.highest) return std::nullopt;
  return value;
}

// One of a list: "*", "5", "1-5", each with "/2".
template <std::size_t N>
bool read_range(const Part& part, std::string_view text, std::bitset<N>& set) {
  int step = 1;
  const std::size_t slash = text.find('/');
  const bool stepped = slash != std::string_view::npos;
  if (stepped) {
    const std::optional<int> given = number(text.substr(slash + 1));
    if (!given || *given < 1 || *given > part.highest) return false;
    step = *given;
    text = text.substr(0, slash);
  }
  int from = part.lowest, to = part.highest;
  if (text != "*") {
    const std::size_t dash = text.find('-');
    const std::optional<int> first = value_of(part, text.substr(0, dash));
    if (!first) return false;
    from = *first;
    if (dash != std::string_view::npos) {
      const std::optional<int> last = value_of(part, text.substr(dash + 1));
      if (!last || *last < from) return false;
      to = *last;
    } else if (!stepped) {
      to = from;
    }
  }
  for (int value = from; value <= to; value += step) set.set(static_cast<std::size_t>(value));
  return true;
}

template <std::size_t N>
Status read_part(const Part& part, std::string_view text, std::bitset<N>& set) {
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    if (!read_range(part, text.substr(start, end - start), set)) return wrong(part, text);
    start = end + 1;
  }
  return {};
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(" \t", at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::string_view written_out(std::string_view cron) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> names = {{
      {"@hourly", "0 * * * *"}, {"@daily", "0 0 * * *"}, {"@weekly", "0 0 * * 0"}, {"@monthly", "0 0 1 * *"},
      {"@yearly", "0 0 1 1 *"},
  }};
  for (const auto& [name, meaning] : names) {
    if (cron == name) return meaning;
  }
  return cron;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

Result<Schedule> Schedule::parse(std::string_view cron, TimeZone zone, Missed missed) {
  if (cron.size() > kCronBytesMax) {
    return Error(Code::limit_exceeded, fmt::format("a schedule has at most {} bytes", kCronBytesMax));
  }
  const std::vector<std::string_view> words = words_of(written_out(cron));
  if (words.size() != 5) {
    return Error(Code::invalid_argument,
                 fmt::format("\"{}\" is no schedule: it has five parts, minute, hour, day of month, month and day of "
                             "week, for example \"0 3 * * mon-fri\"; or write @hourly, @daily, @weekly, @monthly",
                             cron));
  }
  Schedule schedule(std::move(zone));
  schedule.cron_ = cron;
  schedule.missed_ = missed;
  NARU_TRY(read_part(parts()[0], words[0], schedule.minutes_));
  NARU_TRY(read_part(parts()[1], words[1], schedule.hours_));
  NARU_TRY(read_part(parts()[2], words[2], schedule.days_));
  NARU_TRY(read_part(parts()[3], words[3], schedule.months_));
  NARU_TRY(read_part(parts()[4], words[4], schedule.weekdays_));
  schedule.weekdays_[0] = schedule.weekdays_[0] || schedule.weekdays_[7];
  schedule.any_day_ = words[2].front() == '*';
  schedule.any_weekday_ = words[4].front() == '*';
  return schedule;
}

bool Schedule::has_day(std::int64_t local_day) const {
  const std::chrono::sys_days day{std::chrono::days(local_day)};
  const std::chrono::year_month_day date(day);
  if (!months_[static_cast<unsigned>(date.month())]) return false;
  const bool by_date = days_[static_cast<unsigned>(date.day())];
  const bool by_weekday = weekdays_[std::chrono::weekday(day).c_encoding()];
  return any_day_ || any_weekday_ ? by_date && by_weekday : by_date || by_weekday;
}

std::optional<std::int64_t> Schedule::next(std::int64_t after_ms) const {
  const std::int64_t after = floor_div(after_ms, 1000);
  const std::int64_t first_day = floor_div(zone_.local(after), kDaySeconds);
  for (std::int64_t day = first_day; day <= first_day + kDaysAhead; ++day) {
    if (!has_day(day)) continue;
    for (std::int64_t hour = 0; hour < 24; ++hour) {
      if (!hours_[static_cast<std::size_t>(hour)]) continue;
      for (std::int64_t minute = 0; minute < 60; ++minute) {
        if (!minutes_[static_cast<std::size_t>(minute)]) continue;
        const std::int64_t at = zone_.utc(day * kDaySeconds + hour * 3600 + minute * 60);
        if (at > after) return at * 1000;
      }
    }
  }
  return std::nullopt;
}

}  // namespace naru
