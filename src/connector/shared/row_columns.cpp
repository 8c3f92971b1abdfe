#include "connector/shared/row_columns.h"

#include <fmt/format.h>

#include <algorithm>

namespace naru {

std::string_view value_type_name(const Value& value) {
  constexpr std::string_view kNames[] = {"", "boolean", "integer", "number", "text", "list", "map"};
  return kNames[value.index()];
}

void RowColumns::add(const Fields& row) {
  ++rows_;
  for (const NamedValue& field : row) {
    auto seen =
        std::find_if(seen_.begin(), seen_.end(), [&](const Seen& one) { return one.column.name == field.name; });
    if (seen == seen_.end()) {
      if (seen_.size() >= kColumnsMax) continue;
      seen_.emplace_back().column.name = field.name;
      seen = std::prev(seen_.end());
    }
    const std::string_view type = value_type_name(field.value);
    if (type.empty()) continue;
    ++seen->rows;
    if (std::find(seen->types.begin(), seen->types.end(), type) == seen->types.end()) seen->types.push_back(type);
  }
}

std::vector<Column> RowColumns::take() {
  std::vector<Column> columns;
  for (Seen& seen : seen_) {
    std::sort(seen.types.begin(), seen.types.end());
    seen.column.type = seen.types.empty() ? "null" : fmt::format("{}", fmt::join(seen.types, " or "));
    seen.column.nullable = seen.rows < rows_;
    seen.column.key = seen.column.name == key_;
    columns.push_back(std::move(seen.column));
  }
  return columns;
}

}  // namespace naru
