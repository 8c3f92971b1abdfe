#include "runtime/time_zone.h"

#include <fmt/format.h>
#include <unicode/ucal.h>

#include <algorithm>
#include <utility>

#include "runtime/shared_library.h"

namespace naru {

namespace {

// Debian's ICU names its functions and its libraries by its version.
#define NARU_TEXT_OF(X) #X
#define NARU_NAME_OF(X) NARU_TEXT_OF(X)
constexpr const char* kLibrary = "libicui18n.so." U_ICU_VERSION_SHORT;
// No zone's name is longer: "America/Argentina/ComodRivadavia" has 32.
constexpr std::size_t kNameMax = 64;
// No clock has ever been changed twice within this time of a change.
constexpr std::int64_t kDay = 86'400;

struct CalendarLibrary {
  decltype(&::ucal_open) open = nullptr;
  decltype(&::ucal_close) close = nullptr;
  decltype(&::ucal_setMillis) set_millis = nullptr;
  decltype(&::ucal_get) get = nullptr;
  decltype(&::ucal_getCanonicalTimeZoneID) canonical_id = nullptr;
  decltype(&::ucal_getDefaultTimeZone) default_zone = nullptr;

  static const Result<CalendarLibrary>& get_library() {
    static const Result<CalendarLibrary> library = []() -> Result<CalendarLibrary> {
      SharedLibrary opened = NARU_TRY(SharedLibrary::open_installed(kLibrary));
      CalendarLibrary calendar;
      const bool complete = opened.bind(NARU_NAME_OF(ucal_open), calendar.open) &&
                            opened.bind(NARU_NAME_OF(ucal_close), calendar.close) &&
                            opened.bind(NARU_NAME_OF(ucal_setMillis), calendar.set_millis) &&
                            opened.bind(NARU_NAME_OF(ucal_get), calendar.get) &&
                            opened.bind(NARU_NAME_OF(ucal_getCanonicalTimeZoneID), calendar.canonical_id) &&
                            opened.bind(NARU_NAME_OF(ucal_getDefaultTimeZone), calendar.default_zone);
      opened.keep();
      if (!complete) return Error(Code::unavailable, fmt::format("{} lacks a function that we need", kLibrary));
      return calendar;
    }();
    return library;
  }
};

std::u16string widened(std::string_view ascii) { return {ascii.begin(), ascii.end()}; }

}  // namespace

class TimeZone::Calendar {
 public:
  Calendar(const CalendarLibrary& library, UCalendar* calendar) : library_(library), calendar_(calendar) {}
  ~Calendar() { library_.close(calendar_); }
  Calendar(const Calendar&) = delete;
  Calendar& operator=(const Calendar&) = delete;

  std::int64_t offset(std::int64_t utc_seconds) {
    UErrorCode status = U_ZERO_ERROR;
    library_.set_millis(calendar_, static_cast<UDate>(utc_seconds) * 1000, &status);
    const std::int64_t zone = library_.get(calendar_, UCAL_ZONE_OFFSET, &status);
    const std::int64_t summer = library_.get(calendar_, UCAL_DST_OFFSET, &status);
    return U_FAILURE(status) ? 0 : (zone + summer) / 1000;
  }

 private:
  const CalendarLibrary& library_;
  UCalendar* const calendar_;
};

Result<TimeZone> TimeZone::named(std::string_view name) {
  if (name == "UTC") return utc();
  const Result<CalendarLibrary>& library = CalendarLibrary::get_library();
  if (!library) return library.error();
  UErrorCode status = U_ZERO_ERROR;
  UChar wide[kNameMax] = {};
  const auto unknown = [&] {
    return Error(Code::invalid_argument,
                 fmt::format("there is no time zone \"{}\"; for example Asia/Seoul or UTC", name));
  };
  TimeZone zone;
  if (name.empty()) {
    library->default_zone(wide, kNameMax, &status);
  } else {
    const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
    if (!plain || name.size() >= kNameMax) return unknown();
    UBool is_known = false;
    const std::u16string given = widened(name);
    library->canonical_id(given.data(), static_cast<std::int32_t>(given.size()), wide, kNameMax, &is_known, &status);
    // "GMT+9" is no zone of the database: it would follow no law.
    if (U_FAILURE(status) || !is_known) return unknown();
    std::copy(given.begin(), given.end() + 1, wide);  // as it was named, not as ICU calls it
  }
  UCalendar* calendar = library->open(wide, -1, "en", UCAL_GREGORIAN, &status);
  if (U_FAILURE(status)) return Error(Code::unavailable, "the time zone of this machine is not known");
  zone.calendar_ = std::make_shared<Calendar>(*library, calendar);
  zone.name_.clear();
  for (const UChar* at = wide; *at != 0; ++at) zone.name_ += static_cast<char>(*at);
  return zone;
}

std::int64_t TimeZone::offset(std::int64_t utc_seconds) const {
  return calendar_ == nullptr ? 0 : calendar_->offset(utc_seconds);
}

std::int64_t TimeZone::local(std::int64_t utc_seconds) const { return utc_seconds + offset(utc_seconds); }

std::int64_t TimeZone::utc(std::int64_t local_seconds) const {
  const std::int64_t before = local_seconds - offset(local_seconds - kDay);
  if (local(before) == local_seconds) return before;
  const std::int64_t after = local_seconds - offset(local_seconds + kDay);
  return local(after) == local_seconds ? after : before;
}

}  // namespace naru
