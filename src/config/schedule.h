// Schedule: when a flow runs by the clock, as crontab(5) says it, in a time zone.
//
// "minute hour day-of-month month day-of-week": numbers, names (mon, jan), *, lists (1,15), ranges (mon-fri) and steps
// (*/10, 8-18/2); or @hourly, @daily, @weekly, @monthly, @yearly. Where both days are restricted, either will do. A
// time that comes twice when a clock is put back is taken once; one that is leapt over, as much after the leap.
//
// A value; one thread at a time.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "naru/result.h"
#include "runtime/time_zone.h"

namespace naru {

class Schedule {
 public:
  // What becomes of times that passed while nobody ran: one run makes up for all of them, or they are skipped.
  enum class Missed : std::uint8_t { run_once, skip };

  // invalid_argument: says which part is wrong and what it may be.
  static Result<Schedule> parse(std::string_view cron, TimeZone zone, Missed missed = Missed::run_once);

  // The first time after that moment, Unix milliseconds; none within eight years: it names a day that never comes.
  std::optional<std::int64_t> next(std::int64_t after_ms) const;
  Missed missed() const { return missed_; }
  std::string text() const { return cron_ + " " + zone_.name(); }

 private:
  explicit Schedule(TimeZone zone) : zone_(std::move(zone)) {}
  bool has_day(std::int64_t local_day) const;

  std::string cron_;
  TimeZone zone_;
  Missed missed_ = Missed::run_once;
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<8> weekdays_;  // 0 and 7: Sunday
  bool any_day_ = true, any_weekday_ = true;
};

}  // namespace naru
