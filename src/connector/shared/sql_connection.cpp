#include "connector/shared/sql_connection.h"

#include <algorithm>

namespace naru {

namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string SqlConnection::quoted(std::string_view name) const {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

std::string quoted_table(const SqlConnection& connection, std::string_view table) {
  if (table.find_first_of("\"`[") != std::string_view::npos) return std::string(table);
  std::string text;
  for (std::size_t at = 0; at <= table.size();) {
    const std::size_t dot = std::min(table.find('.', at), table.size());
    if (!text.empty()) text += '.';
    text += connection.quoted(table.substr(at, dot - at));
    at = dot + 1;
  }
  return text;
}

Result<std::vector<std::vector<Value>>> all_rows(SqlConnection& connection, const std::string& sql,
                                                 std::span<const Value> values, std::size_t rows_max) {
  const std::unique_ptr<SqlRows> rows = NARU_TRY(connection.query(sql, values));
  std::vector<std::vector<Value>> all;
  for (SqlRow row; NARU_TRY(rows->next(row));) {
    if (row.problem) return std::move(*row.problem);
    if (all.size() >= rows_max) return Error(Code::limit_exceeded, "the answer has too many rows");
    all.push_back(std::move(row.cells));
    row = {};
  }
  return all;
}

// "2026-01-31 17:05:09[.25][+00[:00[:00]]]"
std::string iso_time(std::string_view text) {
  constexpr std::size_t kSeconds = 19;  // so far the form is fixed
  const bool is_time = text.size() >= kSeconds && all_digits(text.substr(0, 4)) && text[4] == '-' && text[7] == '-' &&
                       (text[10] == ' ' || text[10] == 'T') && text[13] == ':' && text[16] == ':';
  if (!is_time || text.ends_with("BC")) return std::string(text);
  const std::size_t zone = text.find_first_of("+-Z", kSeconds);
  std::string iso(text.substr(0, zone));
  iso[10] = 'T';
  if (zone == std::string_view::npos) return iso;
  const std::string_view offset = text.substr(zone);
  if (offset == "Z" || offset == "+00" || offset == "+00:00") return iso + "Z";
  return iso + std::string(offset) + (offset.size() == 3 ? ":00" : "");
}

}  // namespace naru
