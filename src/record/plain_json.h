// JSON objects as nearly all rows are, read by simdjson (G. Langdale and D. Lemire, Parsing gigabytes of JSON per
// second, 2019). The reader of value_json.cpp is asked where this one has nothing to say.
//
// Pure; any thread. A thread that has read one keeps up to 14 bytes for each byte of its longest.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "naru/value.h"
#include "record/value_json.h"

namespace naru {

// Longer texts are not read here: what a thread keeps is 3.5 MB at most.
inline constexpr std::size_t kPlainJsonBytes = std::size_t{256} << 10;

// The fields of an object, exactly. Nothing: what is not JSON, no object, nested too deep or too long, and what is rare
// and has rules of its own: numbers larger than 64 bits hold, and names that stand twice.
std::optional<Fields> read_plain_json(std::string_view text);

// The other reader, which is asked then: all that fields_from_json says of a text (value_json.h).
Result<Fields> fields_from_any_json(std::string_view text, LargeNumbers large = LargeNumbers::refuse);

}  // namespace naru
