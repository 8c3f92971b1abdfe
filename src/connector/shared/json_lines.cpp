#include "connector/shared/json_lines.h"

#include <fmt/format.h>

#include "base/json.h"

namespace naru {

namespace {

// Read at once while looking for line ends.
constexpr std::size_t kReadBytes = 1U << 20;

struct Line {
  std::uint64_t offset = 0, size = 0, number = 1;
};

Result<std::string> id_of(const Json& value, const std::string& field) {
  const auto found = value.is_object() ? value.find(field) : value.end();
  if (!value.is_object()) return Error(Code::invalid_argument, "the line is no JSON object");
  if (found == value.end()) return Error(Code::invalid_argument, "the field `" + field + "` (id) is missing");
  if (found->is_string() && !found->get_ref<const std::string&>().empty()) return found->get<std::string>();
  if (found->is_number()) return to_line(*found);
  return Error(Code::invalid_argument, "the field `" + field + "` (id) must be a text or a number");
}

void add_line(const std::string& text, const Line& line, const JsonLinesOptions& options, KeyedRows& rows,
              Listing& listing) {
  const auto reject = [&](Code code, std::string message) {
    listing.rejects.push_back({fmt::format("line {}", line.number), std::string(code_name(code)), std::move(message)});
  };
  if (line.size > options.line_bytes_max) {
    return reject(Code::limit_exceeded, fmt::format("the line has {} bytes, more than max_line_bytes ({})", line.size,
                                                    options.line_bytes_max));
  }
  if (text.find_first_not_of(" \t\r") == std::string::npos) return;
  const Result<Json> value = parse_json(text);
  if (!value) return reject(value.error().code(), value.error().describe());
  Result<std::string> id = id_of(*value, options.id);
  if (!id) return reject(id.error().code(), id.error().describe());
  rows.add({std::move(*id), line.offset, line.size, line.number, hash128(text)});
}

}  // namespace

Status read_json_lines(const ReadAt& read_at, const JsonLinesOptions& options, const std::stop_token& stop,
                       KeyedRows& rows, Listing& listing) {
  std::string pending;  // the line that is not whole yet
  Line line;
  for (std::uint64_t offset = 0;;) {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped while reading lines");
    const std::string bytes = NARU_TRY(read_at(offset, kReadBytes));
    offset += bytes.size();
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      const std::string_view part = rest.substr(0, end);
      line.size += part.size();
      if (line.size <= options.line_bytes_max) pending += part;
      if (end == std::string_view::npos) break;
      add_line(pending, line, options, rows, listing);
      line = {line.offset + line.size + 1, 0, line.number + 1};
      pending.clear();
      rest.remove_prefix(end + 1);
    }
    if (bytes.size() < kReadBytes) break;
  }
  if (line.size > 0) add_line(pending, line, options, rows, listing);
  return {};
}

}  // namespace naru
