// The memo of parsing and chunking: a Document with its Chunks as bytes, so that a renamed or doubled file is not
// parsed again.
//
// Pure functions; any thread. Names are not in it: whoever takes a value out puts uri and chunk ids of the item in.
// A cache: a value of another release, or a damaged one, decodes to nothing and is made again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flow/drop.h"
#include "naru/record.h"

namespace naru {

struct PreparedDocument {
  Document document;
  std::vector<Chunk> chunks;
  std::vector<Row> rows;     // instead of both; not kept: rows need no parser
  DropCounts dropped_parts;  // that are not among these
  std::optional<Drop> drop;  // of the whole item: then there is nothing else
};

std::string encode_memo(const PreparedDocument& prepared);
std::optional<PreparedDocument> decode_memo(std::string_view bytes);

}  // namespace naru
