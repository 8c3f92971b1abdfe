// Whether what one text says of numbers and dates stands in another.
#include <algorithm>

#include "generate/fact_tokens.h"
#include "generate/fact_words.h"
#include "generate/facts.h"

namespace naru {

namespace {

bool part_of_date(const Quantity& claim, const Facts& source) {
  const std::uint32_t value = whole_number(claim.value);
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
