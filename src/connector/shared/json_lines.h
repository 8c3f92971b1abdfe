// JSON lines as rows with keys.
#pragma once

#include <stop_token>
#include <string>

#include "connector/shared/keyed_rows.h"
#include "connector/shared/lines.h"

namespace naru {

struct JsonLinesOptions {
  std::string id;  // the field with the key
  std::uint64_t line_bytes_max = 0;
  RowFeed feed = {};
};

// Adds a row for each line; lines without an id become rejects. A line is read up to what is asked of it: whether the
// rest is JSON is seen by whoever reads the row. A row's hash is that of its line.
Status read_json_lines(const ReadAt& read_at, const JsonLinesOptions& options, const std::stop_token& stop,
                       KeyedRows& rows, Listing& listing);

}  // namespace naru
