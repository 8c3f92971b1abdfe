// Drops: what operators leave out for a reason, and how often for which. Neither rejects nor errors.
//
// Plain values; any thread. An item that was dropped is remembered as one without a document, so that it is not looked
// at again while nothing changes: in the place of a reject's code stands "dropped:STEP:REASON", which is none of the
// twelve, and in that of its message the detail.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "naru/record.h"

namespace naru {

struct Drop {
  std::string step;    // the word in naru.yaml
  std::string reason;  // of the operator
  std::string detail;  // for people; may be empty
  bool operator==(const Drop&) const = default;

  std::string code() const;  // "dropped:quality:too_short"
};

// What an operator said, cut to what is fit to be counted by and to be shown.
Drop make_drop(std::string_view step, const DropReason& said);

bool is_drop(std::string_view reject_code);
// Nothing: the code is that of a reject, or of a document.
std::optional<Drop> drop_of(std::string_view reject_code, std::string_view reject_message);

struct DropCount {
  std::uint64_t items = 0;   // that were left out as a whole
  std::uint64_t parts = 0;   // chunks or rows of items that stayed
  bool operator==(const DropCount&) const = default;
};

using DropCounts = std::map<std::pair<std::string, std::string>, DropCount>;  // by step and reason

// Reasons are few; where an operator makes up ever new ones, they count as "others" of its step.
void count_drop(DropCounts& counts, const std::string& step, const std::string& reason, const DropCount& more);

}  // namespace naru
