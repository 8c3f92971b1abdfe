// What PostgreSQL writes of a value (text format, DateStyle ISO, TimeZone UTC) as a Value: whole numbers, numbers,
// booleans, JSON and lists as such; numeric as text, which loses no digit; times in ISO 8601; bytea as base64; all else
// as text.
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "naru/result.h"
#include "naru/value.h"

namespace naru {

// `type` is its oid. corrupt: a text that is no UTF-8.
Result<Value> postgres_cell(std::uint32_t type, std::string_view text);
// A list of texts as PostgreSQL writes arrays: {"a","b \"x\""}.
std::string postgres_array(const ValueList& list);

}  // namespace naru
