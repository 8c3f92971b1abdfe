// The text of a record, as steps that judge whole texts see it, and its fields, as expressions ask for them. Pure
// functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/expression.h"
#include "naru/record.h"

namespace naru {

// Of a document its blocks, a line for each line of them, list items with a mark before them: as the tools that made
// the published corpora wrote pages. Of a chunk its text, of a row the field of that name. Nothing: it has none.
std::optional<std::string> record_text(const Record& record, std::string_view field);

// For matches(): numbers as plain decimals, lists as several values; what is null or a map is not there.
FieldValues field_values(const Record& record);

}  // namespace naru
