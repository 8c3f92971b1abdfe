#include <algorithm>
#include <cstdlib>
#include <unordered_map>

#include "json_lines.h"
#include "record/value_json.h"

namespace naru {

namespace {

// Beyond them a double does not tell whole numbers apart.
constexpr std::int64_t kExactMax = std::int64_t{1} << 53;

// What stands in a column.
struct Seen {
  std::string name;
  bool boolean = false, integer = false, large = false, number = false, text = false, texts = false, other = false;

  void add(const Value& value) {
    const auto* whole = std::get_if<std::int64_t>(&value);
    if (std::holds_alternative<bool>(value)) boolean = true;
    if (whole != nullptr) (*whole > kExactMax || *whole < -kExactMax ? large : integer) = true;
    if (std::holds_alternative<double>(value)) number = true;
    if (value.text() != nullptr) text = true;
    if (const ValueList* list = value.list()) {
      const bool all = std::all_of(list->begin(), list->end(), [](const Value& one) { return one.text() != nullptr; });
      (all ? texts : other) = true;
    }
    if (value.map() != nullptr) other = true;
  }

  std::string_view type() const {
    const bool whole = integer || large;
    if (other || (texts && (boolean || whole || number || text))) return "json";
    if (texts) return "texts";
    if (text || (boolean && (whole || number)) || (large && number)) return "text";
    if (boolean) return "boolean";
    return number ? "number" : whole ? "integer" : "text";
  }
};

}  // namespace

Status say_types(std::string_view lines, MessagesOut& out) {
  std::vector<Seen> columns;
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    for (const NamedValue& field : NARU_TRY(fields_from_json(lines.substr(at, end - at), LargeNumbers::as_text))) {
      const auto [place, fresh] = places.try_emplace(field.name, columns.size());
      if (fresh) columns.emplace_back().name = field.name;
      columns[place->second].add(field.value);
    }
    at = end + 1;
  }
  Json said = Json::array();
  for (const Seen& column : columns) said.push_back({{"name", column.name}, {"type", column.type()}});
  return out.say(ParquetMessage::columns, to_line(said));
}

}  // namespace naru
