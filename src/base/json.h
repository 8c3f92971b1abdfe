// JSON for the whole program: nlohmann's ordered value behind one name, parsed with limits and without exceptions.
// Values are plain data; any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru {

using Json = nlohmann::ordered_json;

// Deeper nesting is refused: nothing we read needs more, and every later recursion over the value is bounded by it.
inline constexpr int kJsonDepthMax = 64;

// corrupt: not JSON, with the byte where it went wrong; limit_exceeded: nested too deep.
Result<Json> parse_json(std::string_view text);

// The text at `name`; empty where there is none, or where `object` is no object.
std::string text_at(const Json& object, const char* name);

// One line; bytes that are not UTF-8 are replaced by U+FFFD, so it never throws.
std::string to_line(const Json& value);

}  // namespace naru
