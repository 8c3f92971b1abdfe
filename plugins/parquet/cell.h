// A cell of an Arrow array as JSON, as sources of rows say it: whole numbers, numbers, booleans, texts and null as they
// are; decimals, which no double holds, and whole numbers beyond 64 bits with a sign as texts; dates and times in ISO
// 8601; bytes as base64; lists, structs and maps as JSON. Pure functions; any thread.
#pragma once

#include <arrow/array.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru {

// "integer", "number", "text", "boolean", "list", "map"; unsupported: nothing here says what such a cell is, or the
// type is nested too deep.
Result<std::string_view> json_type_of(const arrow::DataType& type, int depth = 0);

// At the end of `line`. The array's type is one that json_type_of() knows.
void append_cell(std::string& line, const arrow::Array& array, std::int64_t row);

}  // namespace naru
