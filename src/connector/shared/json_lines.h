// JSON lines as rows with keys, read in pieces from wherever they lie. Lines end at '\n' only: a text may hold U+2028.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "connector/shared/keyed_rows.h"

namespace naru {

struct JsonLinesOptions {
  std::string id;  // the field with the key
  std::uint64_t line_bytes_max = 0;
};

// The bytes at an offset, at most so many; fewer only at the end.
using ReadAt = std::function<Result<std::string>(std::uint64_t offset, std::size_t bytes_max)>;

// Adds a row for each line; lines without an id become rejects. A line is read up to its id: whether the rest is JSON
// is seen by whoever reads the row. A row's hash is that of its line.
Status read_json_lines(const ReadAt& read_at, const JsonLinesOptions& options, const std::stop_token& stop,
                       KeyedRows& rows, Listing& listing);

}  // namespace naru
