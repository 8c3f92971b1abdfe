// Cells and rows as CSV is written (RFC 4180, lines ending in '\n'), and the option that says what stands between
// cells.
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "naru/descriptor.h"
#include "naru/value.h"

namespace naru {

// The option `delimiter`: one ASCII character that is neither quote nor line end, or "tab"; "auto" gives `automatic`.
Result<char> delimiter_of(const Options& options, char automatic);

// Quoted where it has to be; a text of nothing is quoted, so that it is told from null.
void append_cell(std::string& line, std::string_view text, char delimiter);
// Null is an empty cell; lists and maps are JSON.
void append_cell(std::string& line, const Value& value, char delimiter);

}  // namespace naru
