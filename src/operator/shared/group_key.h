// What Keyed steps have in common: naming groups by fields, and the order of values. Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "naru/descriptor.h"
#include "naru/record.h"

namespace naru {

// The values of these fields as a JSON list: `["kim",3]`; of what is not there null. A text of more than 512 bytes is
// its hash, since it names the group wherever it goes.
std::string group_key(const Row& row, const std::vector<std::string>& fields);

// The whole row, whatever the order of its fields, as its hash.
std::string group_of_row(const Row& row);

// A field by its name; `a.b` inside a map. Null: it is not there.
const Value* row_field(const Row& row, std::string_view name);

// Negative, 0 or positive: null, false, true, numbers by their value, texts by their bytes, lists and maps as JSON.
// What is not there is null.
int compare_values(const Value* a, const Value* b);

// `key`, the fields by which rows come together.
OptionSpec group_fields_option();

}  // namespace naru
