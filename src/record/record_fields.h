// Fields of a record, whatever it carries: what expressions ask for and what steps change.
//
//   row        its own fields; inside a map "user.name", inside a list "tags.0"
//   document   title, language, format, text, and meta.NAME: its metadata (of a name that stands twice a list)
//   chunk      text, heading_path, and page where it has one
//   all        doc: the key of the item, unless a row has a field of that name; source: the flow
//
// Pure functions; any thread, one at a time for one record.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "naru/record.h"
#include "naru/result.h"

namespace naru {

// Null: there is none. The value lies in the record, or in `room`, and lives as long as both are left alone. The text
// of a document is put together at each call.
const Value* read_field(const Record& record, std::string_view name, Value& room);

// invalid_argument: there is nothing of this kind to change, or a value that it cannot have. Maps on the way to a field
// of a row are made; `text` of documents and chunks is what their places point at, and stays.
Status write_field(Record& record, std::string_view name, Value value);

// A field that is not there is fine. invalid_argument: it is not of a kind that may be missing.
Status remove_field(Record& record, std::string_view name);

// In their order: of a row those of its own, not what is inside them.
std::vector<std::string> field_names(const Record& record);

}  // namespace naru
