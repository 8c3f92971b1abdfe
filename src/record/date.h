// Dates as documents and people write them, as one form that sorts: "2024-05-31T09:00:00Z".
//
// Pure; any thread. A date without a zone is taken as UTC.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "naru/record.h"

namespace naru {

// What a written date covers, [start, end): a day, where only the day was written. Texts of one length, so that they
// compare as the times do.
struct DateSpan {
  std::string start, end;
  bool operator==(const DateSpan&) const = default;
};

// ISO 8601 and its parts ("2024", "2024-05", "2024-05-31T09:00+09:00", also with / or . between), Korean
// ("2024. 5. 31.", "2024년 5월 31일"), PDF ("D:20240531090000+09'00'"), mail ("Fri, 31 May 2024 09:00:00 +0900") and
// "May 31, 2024". None: it is no date, or not of the years 1 to 9999.
std::optional<DateSpan> parse_date(std::string_view text);

// The start of a document's date by its metadata: its own, else when it was published, made or changed. Empty: none.
std::string date_of(const Metadata& metadata);

}  // namespace naru
