#include "naru/descriptor.h"

#include "base/assert.h"
#include "base/json.h"

namespace naru {

namespace {

template <class T>
const T& value_of(const std::map<std::string, OptionValue, std::less<>>& values, std::string_view name) {
  const auto it = values.find(name);
  NARU_ASSERT(it != values.end());
  const T* value = std::get_if<T>(&it->second);
  NARU_ASSERT(value != nullptr);
  return *value;
}

}  // namespace

std::string_view payload_kind_name(PayloadKind kind) {
  switch (kind) {
    case PayloadKind::bytes: return "bytes";
    case PayloadKind::row: return "rows";
    case PayloadKind::document: return "documents";
    case PayloadKind::chunk: return "passages";
  }
  return "records";
}

std::string Place::text() const {
  if (line == 0) return file;
  if (column == 0) return file + ":" + std::to_string(line);
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

const std::string& Options::text(std::string_view name) const { return value_of<std::string>(values_, name); }

std::int64_t Options::integer(std::string_view name) const { return value_of<std::int64_t>(values_, name); }

double Options::number(std::string_view name) const {
  const auto it = values_.find(name);
  NARU_ASSERT(it != values_.end());
  // A whole number stands where a number may stand.
  if (const auto* whole = std::get_if<std::int64_t>(&it->second)) return static_cast<double>(*whole);
  return value_of<double>(values_, name);
}

bool Options::boolean(std::string_view name) const { return value_of<bool>(values_, name); }

const std::vector<std::string>& Options::list(std::string_view name) const {
  return value_of<std::vector<std::string>>(values_, name);
}

std::string Options::canonical() const {
  Json object = Json::object();
  for (const auto& [name, value] : values_) {  // a map: sorted by name
    std::visit([&](const auto& held) { object[name] = held; }, value);
  }
  return to_line(object);
}

}  // namespace naru
