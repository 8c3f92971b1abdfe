// RowFeed: what a file of rows says beside its rows, where it is a record of changes: which rows are gone, which of two
// versions is the later, and that what it does not name stays as it was.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "naru/descriptor.h"
#include "naru/result.h"
#include "naru/value.h"

namespace naru {

struct RowFeed {
  std::string order, deleted;  // fields; "": none
  bool append = false;         // what is not listed stays
  // Of rows with one id the latest counts; else the first, and the others are rejects.
  bool latest_counts() const { return !order.empty() || !deleted.empty(); }
};

std::vector<OptionSpec> row_feed_options();
RowFeed row_feed_of(const Options& options);

// A whole number from 0, or a time in any form that record/date.h knows, to the second. invalid_argument: neither.
Result<std::uint64_t> order_of(const Value& value);
// true, a number other than 0, "true", "1", "d", "delete", "deleted", in any case.
bool says_deleted(const Value& value);

}  // namespace naru
