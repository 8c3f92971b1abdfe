#include "connector/shared/json_lines.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/json.h"

namespace naru {

namespace {

// Read at once while looking for line ends.
constexpr std::size_t kReadBytes = 1U << 20;

struct Line {
  std::uint64_t offset = 0, size = 0, number = 1;
};

// Reads a line up to its id and no further: whoever reads the row sees what the rest of it is.
class IdFinder : public nlohmann::json_sax<Json> {
 public:
  explicit IdFinder(const std::string& field) : field_(field) {}

  // Each returns whether to go on.
  bool null() override { return value(std::nullopt); }
  bool boolean(bool) override { return value(std::nullopt); }
  bool number_integer(number_integer_t number) override { return value(to_line(number)); }
  bool number_unsigned(number_unsigned_t number) override { return value(to_line(number)); }
  bool number_float(number_float_t number, const string_t&) override { return value(to_line(number)); }
  bool string(string_t& text) override { return value(text.empty() ? std::nullopt : std::optional(text)); }
  bool binary(binary_t&) override { return value(std::nullopt); }
  bool start_object(std::size_t) override { return begin(true); }
  bool start_array(std::size_t) override { return begin(false); }
  bool key(string_t& name) override {
    is_id_ = depth_ == 1 && name == field_;
    return true;
  }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }
  bool parse_error(std::size_t at, const std::string&, const Json::exception&) override {
    id_ = Error(Code::corrupt, fmt::format("not JSON: error at byte {}", at));
    return false;
  }

  Result<std::string> take() { return std::move(id_); }

 private:
  bool value(std::optional<std::string> id) {
    if (depth_ == 0) return no_object();
    if (!std::exchange(is_id_, false)) return true;
    if (id) {
      id_ = std::move(*id);
    } else {
      id_ = Error(Code::invalid_argument, "the field `" + field_ + "` (id) must be a text or a number");
    }
    return false;
  }
  bool begin(bool object) {
    if (depth_ == 0 && !object) return no_object();
    if (is_id_) return value(std::nullopt);
    ++depth_;
    return true;
  }
  bool end() {
    --depth_;
    return true;
  }
  bool no_object() {
    id_ = Error(Code::invalid_argument, "the line is no JSON object");
    return false;
  }

  const std::string& field_;
  std::size_t depth_ = 0;
  bool is_id_ = false;  // the value that comes next
  Result<std::string> id_ = Error(Code::invalid_argument, "the field `" + field_ + "` (id) is missing");
};

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
  IdFinder finder(options.id);
  static_cast<void>(Json::sax_parse(text, &finder));
  Result<std::string> id = finder.take();
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
