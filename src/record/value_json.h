// Rows as JSON and back: exactly, or not at all.
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "naru/result.h"
#include "naru/value.h"

namespace naru {

// The fields of a JSON object, in their order; of a name that stands twice the last value, in the first place. corrupt:
// not JSON, or no object; limit_exceeded: nested too deep (kJsonDepthMax), or a whole number that 64 bits do not hold,
// which would come out as another one.
Result<Fields> fields_from_json(std::string_view text);

// One line without blanks; bytes that are not UTF-8 become U+FFFD, and numbers that JSON cannot say null.
std::string to_json_line(const Fields& fields);
// The same, at the end of `line`.
void append_json(std::string& line, const Value& value);
void append_json(std::string& line, const Fields& fields);

}  // namespace naru
