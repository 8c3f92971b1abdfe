// TimeZone: what clocks show somewhere, by the time zone database that ICU carries.
//
// Times are seconds since 1970-01-01: of UTC, or as a local clock shows them, taken as if it stood in UTC. A value that
// shares what it opened; one thread at a time. ICU's half for calendars is opened when a first zone is made.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru {

class TimeZone {
 public:
  static TimeZone utc() { return TimeZone(); }
  // "Asia/Seoul", "UTC"; empty: the zone of this machine. invalid_argument: there is no such zone; unavailable: ICU's
  // library does not open.
  static Result<TimeZone> named(std::string_view name);

  const std::string& name() const { return name_; }
  std::int64_t local(std::int64_t utc_seconds) const;
  // The first moment at which the clock shows that. Where it leaps over it, the moment as much after the leap.
  std::int64_t utc(std::int64_t local_seconds) const;

 private:
  class Calendar;
  std::int64_t offset(std::int64_t utc_seconds) const;

  std::string name_ = "UTC";
  std::shared_ptr<Calendar> calendar_;  // null: UTC
};

}  // namespace naru
