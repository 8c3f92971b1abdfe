// Rows as JSON and back: exactly, or not at all.
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "naru/result.h"
#include "naru/value.h"

namespace naru {

// A whole number that 64 bits do not hold would come out as another one.
enum class LargeNumbers : std::uint8_t { refuse, as_text };

// The fields of a JSON object, in their order; of a name that stands twice the last value, in the first place. corrupt:
// not JSON, or no object; limit_exceeded: nested too deep (kJsonDepthMax), or a number that is too large.
Result<Fields> fields_from_json(std::string_view text, LargeNumbers large = LargeNumbers::refuse);

// One line without blanks; bytes that are not UTF-8 become U+FFFD, and numbers that JSON cannot say null.
std::string to_json_line(const Fields& fields);
// The same, at the end of `line`.
void append_json(std::string& line, const Value& value);
void append_json(std::string& line, const Fields& fields);

}  // namespace naru
