// What stands in a table for an item: its rows as they are, its document, or its passages, each as named values.
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "naru/descriptor.h"
#include "naru/result.h"
#include "naru/target.h"
#include "naru/value.h"

namespace naru {

// Columns of documents and passages that a database may have types of its own for.
inline constexpr std::string_view kAccessColumn = "access", kHeadingPathColumn = "heading_path",
                                  kVectorColumn = "vector";

struct SqlRecord {
  std::string id;
  Fields fields;
};

// `key`: the field that names a row. A passage's vector, where it came with one, is a text: [0.25,-0.5].
Result<std::vector<SqlRecord>> sql_records_of(const DocumentUpsert& upsert, PayloadKind takes, const std::string& key);

}  // namespace naru
