#include "connector/shared/row_feed.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "connector/shared/connector_options.h"
#include "record/date.h"
#include "text/unicode.h"

namespace naru {

std::vector<OptionSpec> row_feed_options() {
  return {
      flag_option("append", "What is not listed stays as it was: the rows say what changed, not all that there is.",
                  false),
      optional_text("order", "The field that says which of two versions of a row is the later, a whole number or a "
                             "time. Of rows with one id the latest counts, and what is older than what is known came "
                             "late and changes nothing."),
      optional_text("deleted", "The field that says that a row is gone: true, 1, \"d\", \"delete\" or \"deleted\"."),
  };
}

RowFeed row_feed_of(const Options& options) {
  return {text_or_empty(options, "order"), text_or_empty(options, "deleted"),
          options.has("append") && options.boolean("append")};
}

Result<std::uint64_t> order_of(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value); number != nullptr && *number >= 0) {
    return static_cast<std::uint64_t>(*number);
  }
  if (const std::string* text = value.text()) {
    std::string digits = *text;  // of CSV a number is a text
    if (const auto date = parse_date(*text); date && digits.find_first_not_of("0123456789") != std::string::npos) {
      digits.clear();
      for (const char c : date->start) {
        if (c >= '0' && c <= '9') digits += c;
      }
    }
    const bool number = !digits.empty() && digits.size() <= 19 &&
                        digits.find_first_not_of("0123456789") == std::string::npos;
    if (number) return std::stoull(digits);
  }
  return Error(Code::invalid_argument, "is neither a whole number from 0 nor a time");
}

bool says_deleted(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number != 0;
  const std::string* text = value.text();
  if (text == nullptr) return false;
  const std::string folded = case_fold(*text);
  constexpr std::array<std::string_view, 5> kDeleted = {"true", "1", "d", "delete", "deleted"};
  return std::find(kDeleted.begin(), kDeleted.end(), folded) != kDeleted.end();
}

}  // namespace naru
