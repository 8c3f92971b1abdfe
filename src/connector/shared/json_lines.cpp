#include "connector/shared/json_lines.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/json.h"

namespace naru {

namespace {

// Reads a line up to the last of the fields that are asked for: whoever reads the row sees what the rest of it is.
class FieldFinder : public nlohmann::json_sax<Json> {
 public:
  explicit FieldFinder(const JsonLinesOptions& options) : options_(options) {
    left_ = 1 + (options.feed.order.empty() ? 0 : 1) + (options.feed.deleted.empty() ? 0 : 1);
  }

  // Each returns whether to go on.
  bool null() override { return value(Value()); }
  bool boolean(bool flag) override { return value(Value(flag)); }
  bool number_integer(number_integer_t number) override { return value(Value(number), to_line(number)); }
  bool number_unsigned(number_unsigned_t number) override {
    const bool fits = number <= static_cast<number_unsigned_t>(INT64_MAX);
    return value(fits ? Value(static_cast<std::int64_t>(number)) : Value(), to_line(number));
  }
  bool number_float(number_float_t number, const string_t&) override { return value(Value(number), to_line(number)); }
  bool string(string_t& text) override {
    return value(Value(text), text.empty() ? std::nullopt : std::optional(text));
  }
  bool binary(binary_t&) override { return value(Value()); }
  bool start_object(std::size_t) override { return begin(true); }
  bool start_array(std::size_t) override { return begin(false); }
  bool key(string_t& name) override {
    field_ = depth_ == 1 ? name : "";
    return true;
  }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }
  bool parse_error(std::size_t at, const std::string&, const Json::exception&) override {
    return fail(Error(Code::corrupt, fmt::format("not JSON: error at byte {}", at)));
  }

  // Its key, order and deletion.
  Result<KeyedRow> take() {
    if (error_) return *error_;
    if (row_.key.empty()) return Error(Code::invalid_argument, "the field `" + options_.id + "` (id) is missing");
    if (!has_order_ && !options_.feed.order.empty()) {
      return Error(Code::invalid_argument, "the field `" + options_.feed.order + "` (order) is missing");
    }
    return std::move(row_);
  }

 private:
  // `id`: as a key, where it can be one.
  bool value(const Value& value, std::optional<std::string> id = std::nullopt) {
    if (depth_ == 0) return no_object();
    const std::string field = std::exchange(field_, "");
    if (depth_ != 1 || field.empty()) return true;
    if (field == options_.id) {
      if (!id) {
        return fail(Error(Code::invalid_argument, "the field `" + field + "` (id) must be a text or a number"));
      }
      row_.key = std::move(*id);
      --left_;
    }
    if (field == options_.feed.order) {
      const Result<std::uint64_t> order = order_of(value);
      if (!order) return fail({order.error().code(), "the field `" + field + "` (order) " + order.error().message()});
      row_.order = *order;
      has_order_ = true;
      --left_;
    }
    if (field == options_.feed.deleted) {
      row_.deleted = says_deleted(value);
      --left_;
    }
    return left_ > 0;
  }
  bool begin(bool object) {
    if (depth_ == 0 && !object) return no_object();
    if (depth_ == 1 && field_ == options_.id) return value(Value());
    field_.clear();
    ++depth_;
    return true;
  }
  bool end() {
    --depth_;
    return true;
  }
  bool no_object() { return fail(Error(Code::invalid_argument, "the line is no JSON object")); }
  bool fail(Error error) {
    error_ = std::move(error);
    return false;
  }

  const JsonLinesOptions& options_;
  std::size_t depth_ = 0;
  std::string field_;  // of the value that comes next, if it is one of the row's own
  int left_ = 0;       // fields that were not seen yet
  KeyedRow row_;
  bool has_order_ = false;
  std::optional<Error> error_;
};

}  // namespace

Status read_json_lines(const ReadAt& read_at, const JsonLinesOptions& options, const std::stop_token& stop,
                       KeyedRows& rows, Listing& listing) {
  return read_lines(read_at, options.line_bytes_max, stop, [&](const Line& line) -> Status {
    const auto reject = [&](Code code, std::string message) -> Status {
      listing.rejects.push_back(
          {fmt::format("line {}", line.number), std::string(code_name(code)), std::move(message)});
      return {};
    };
    if (line.size > options.line_bytes_max) {
      return reject(Code::limit_exceeded, fmt::format("the line has {} bytes, more than max_line_bytes ({})", line.size,
                                                      options.line_bytes_max));
    }
    if (line.text.find_first_not_of(" \t\r") == std::string::npos) return {};
    FieldFinder finder(options);
    static_cast<void>(Json::sax_parse(line.text, &finder));
    Result<KeyedRow> row = finder.take();
    if (!row) return reject(row.error().code(), row.error().describe());
    row->offset = line.offset;
    row->size = line.size;
    row->number = line.number;
    row->hash = hash128(line.text);
    rows.add(*row);
    return {};
  });
}

}  // namespace naru
