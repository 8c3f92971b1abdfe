#include "config/schedule.h"

#include <gtest/gtest.h>

#include <chrono>

namespace naru {
namespace {

std::int64_t at(int year, unsigned month, unsigned day, int hour, int minute, int second = 0) {
  const std::chrono::sys_days date = std::chrono::year(year) / month / day;
  return std::chrono::duration_cast<std::chrono::milliseconds>(date.time_since_epoch()).count() +
         ((hour * 60LL + minute) * 60 + second) * 1000;
}

Schedule schedule(std::string_view cron, std::string_view zone = "UTC") {
  return Schedule::parse(cron, TimeZone::named(zone).value()).value();
}

// The next times, one after the other.
std::vector<std::int64_t> times(const Schedule& schedule, std::int64_t after, std::size_t count) {
  std::vector<std::int64_t> found;
  while (found.size() < count) {
    const std::optional<std::int64_t> next = schedule.next(found.empty() ? after : found.back());
    if (!next) break;
    found.push_back(*next);
  }
  return found;
}

TEST(Schedule, ComesAtItsMinutesAndHours) {
  EXPECT_EQ(times(schedule("*/20 8-9 * * *"), at(2026, 11, 27, 8, 5), 5),
            (std::vector<std::int64_t>{at(2026, 11, 27, 8, 20), at(2026, 11, 27, 8, 40), at(2026, 11, 27, 9, 0),
                                       at(2026, 11, 27, 9, 20), at(2026, 11, 27, 9, 40)}));
  EXPECT_EQ(schedule("0 3 * * *").next(at(2026, 11, 27, 3, 0)), at(2026, 11, 28, 3, 0));
  EXPECT_EQ(schedule("0 3 * * *").next(at(2026, 11, 27, 2, 59, 59) + 999), at(2026, 11, 27, 3, 0));
}

TEST(Schedule, ComesOnItsDays) {
  EXPECT_EQ(schedule("0 6 * * mon-fri").next(at(2026, 11, 27, 6, 0)), at(2026, 11, 30, 6, 0));  // after a Friday
  EXPECT_EQ(schedule("0 0 * * 7").next(at(2026, 11, 27, 0, 0)), at(2026, 11, 29, 0, 0));        // Sunday is 0 and 7
  EXPECT_EQ(schedule("@monthly").next(at(2026, 11, 27, 0, 0)), at(2026, 12, 1, 0, 0));
  EXPECT_EQ(schedule("0 0 29 2 *").next(at(2026, 11, 27, 0, 0)), at(2028, 2, 29, 0, 0));
  // Either day will do where both are restricted: Friday the 27th, then the 1st.
  EXPECT_EQ(times(schedule("0 0 1 * fri"), at(2026, 11, 26, 0, 0), 2),
            (std::vector<std::int64_t>{at(2026, 11, 27, 0, 0), at(2026, 12, 1, 0, 0)}));
}

TEST(Schedule, StandsInItsZone) {
  // Nine hours before: 03:00 in Seoul.
  EXPECT_EQ(schedule("0 3 * * *", "Asia/Seoul").next(at(2026, 11, 27, 0, 0)), at(2026, 11, 27, 18, 0));
  // A day of Seoul, which is another one in UTC.
  EXPECT_EQ(schedule("30 0 1 * *", "Asia/Seoul").next(at(2026, 11, 27, 0, 0)), at(2026, 11, 30, 15, 30));
}

TEST(Schedule, TakesATimeOnceThatComesTwice) {
  // Berlin, 25 October 2026: 03:00 summer time is 02:00 again.
  EXPECT_EQ(times(schedule("30 2 * * *", "Europe/Berlin"), at(2026, 10, 24, 12, 0), 2),
            (std::vector<std::int64_t>{at(2026, 10, 25, 0, 30), at(2026, 10, 26, 1, 30)}));
}

TEST(Schedule, TakesATimeThatIsLeaptOverAfterTheLeap) {
  // Berlin, 29 March 2026: 02:00 is 03:00; half past two is half past three.
  EXPECT_EQ(times(schedule("30 2 * * *", "Europe/Berlin"), at(2026, 3, 28, 12, 0), 2),
            (std::vector<std::int64_t>{at(2026, 3, 29, 1, 30), at(2026, 3, 30, 0, 30)}));
}

TEST(Schedule, SaysWhatIsWrong) {
  const auto message = [](std::string_view cron) {
    const Result<Schedule> made = Schedule::parse(cron, TimeZone::utc());
    return made ? std::string("it was taken") : made.error().describe();
  };
  EXPECT_NE(message("0 24 * * *").find("\"24\" is no hour: numbers from 0 to 23"), std::string::npos)
      << message("0 24 * * *");
  EXPECT_NE(message("0 0 * foo *").find("names (jan, feb)"), std::string::npos) << message("0 0 * foo *");
  EXPECT_NE(message("0 3 * *").find("five parts"), std::string::npos);
  for (const char* cron : {"", "* * * * * *", "60 * * * *", "-1 * * * *", "*/0 * * * *", "5-1 * * * *", "1,,2 * * * *",
                           "1- * * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "*/x * * * *"}) {
    EXPECT_FALSE(Schedule::parse(cron, TimeZone::utc())) << cron;
  }
  EXPECT_FALSE(Schedule::parse(std::string(10'000, '1'), TimeZone::utc()));
}

TEST(Schedule, KnowsADayThatNeverComes) { EXPECT_EQ(schedule("0 0 30 2 *").next(at(2026, 1, 1, 0, 0)), std::nullopt); }

TEST(Schedule, KnowsItsZones) {
  EXPECT_FALSE(TimeZone::named("Asia/Atlantis"));
  EXPECT_FALSE(TimeZone::named("GMT+9"));
  EXPECT_FALSE(TimeZone::named("서울"));
  EXPECT_TRUE(TimeZone::named(""));
  EXPECT_EQ(TimeZone::named("Asia/Seoul")->name(), "Asia/Seoul");
}

}  // namespace
}  // namespace naru
