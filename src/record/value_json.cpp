#include "record/value_json.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <optional>
#include <unordered_map>

#include "base/json.h"
#include "record/plain_json.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Up to so many fields a look at each of the others is faster than a table.
constexpr std::size_t kFewFields = 16;

// Of a name that stands twice the last value counts.
void drop_repeated(Fields& fields) {
  if (fields.size() <= kFewFields) {
    for (std::size_t i = 1; i < fields.size(); ++i) {
      for (std::size_t first = 0; first < i; ++first) {
        if (fields[first].name != fields[i].name) continue;
        fields[first].value = std::move(fields[i].value);
        fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(i--));
        break;
      }
    }
    return;
  }
  std::unordered_map<std::string, std::size_t> places;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto [at, is_new] = places.emplace(fields[i].name, kept);
    if (!is_new) {
      fields[at->second].value = std::move(fields[i].value);
    } else {
      if (kept != i) fields[kept] = std::move(fields[i]);
      ++kept;
    }
  }
  fields.resize(kept);
}

// Hears what the JSON parser finds; false stops it.
class ValueBuilder : public nlohmann::json_sax<Json> {
 public:
  explicit ValueBuilder(LargeNumbers large) : large_(large) {}

  bool null() override { return put(Value()); }
  bool boolean(bool value) override { return put(Value(value)); }
  bool number_integer(number_integer_t value) override { return put(Value(static_cast<std::int64_t>(value))); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(INT64_MAX)) return too_large(std::to_string(value));
    return put(Value(static_cast<std::int64_t>(value)));
  }
  bool number_float(number_float_t value, const std::string& written) override {
    if (written.find_first_of(".eE") == std::string::npos) return too_large(written);
    return put(Value(value));
  }
  bool string(std::string& value) override { return put(Value(std::move(value))); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Value(Fields())); }
  bool key(std::string& name) override {
    std::get<Fields>(open_.back()).push_back({std::move(name), Value()});
    return true;
  }
  bool end_object() override {
    drop_repeated(std::get<Fields>(open_.back()));
    return close();
  }
  bool start_array(std::size_t) override { return open(Value(ValueList())); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t at, const std::string&, const Json::exception&) override {
    error_ = Error(Code::corrupt, fmt::format("not JSON: error at byte {}", at));
    return false;
  }

  Result<Fields> take() {
    if (error_) return *error_;
    Fields* fields = std::get_if<Fields>(&whole_);
    if (fields == nullptr) return Error(Code::corrupt, "the line is no JSON object");
    return std::move(*fields);
  }

 private:
  bool too_large(const std::string& written) {
    if (large_ == LargeNumbers::as_text) return put(Value(written));
    error_ = Error(Code::limit_exceeded,
                   fmt::format("the number {} is larger than 64 bits hold; write it as a text", written));
    return false;
  }
  bool open(Value value) {
    if (open_.size() >= kJsonDepthMax) {
      error_ = Error(Code::limit_exceeded, fmt::format("JSON nested deeper than {} levels", kJsonDepthMax));
      return false;
    }
    open_.push_back(std::move(value));
    return true;
  }
  bool close() {
    Value value = std::move(open_.back());
    open_.pop_back();
    return put(std::move(value));
  }
  bool put(Value value) {
    if (open_.empty()) {
      whole_ = std::move(value);
    } else if (Fields* fields = std::get_if<Fields>(&open_.back())) {
      fields->back().value = std::move(value);
    } else {
      std::get<ValueList>(open_.back()).push_back(std::move(value));
    }
    return true;
  }

  const LargeNumbers large_;
  std::vector<Value> open_;  // outermost first
  Value whole_;
  std::optional<Error> error_;
};

// Of eight bytes whether one may have to be escaped: it is a control character, a quote or a backslash. The tests for a
// byte below a value and for a byte of zeros are those of S. Anderson, Bit Twiddling Hacks; they are never wrong where
// there is one.
bool may_need_escapes(const char* eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHighBits = 0x80 * kOnes;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, eight, sizeof bytes);
  const auto has_less = [&](std::uint64_t each, std::uint64_t than) { return (each - than * kOnes) & ~each; };
  const std::uint64_t found = has_less(bytes, 0x20) | has_less(bytes ^ ('"' * kOnes), 1) |
                              has_less(bytes ^ ('\\' * kOnes), 1);
  return (found & kHighBits) != 0;
}

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

// Where the next one is, or the end.
std::size_t find_escape(std::string_view text, std::size_t at) {
  constexpr std::size_t kEight = 8;
  while (at + kEight <= text.size() && !may_need_escapes(text.data() + at)) at += kEight;
  while (at < text.size() && !needs_escape(text[at])) ++at;
  return at;
}

void append_text(std::string& line, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string repaired;
  if (!is_valid_utf8(text)) text = repaired = repair_utf8(text);
  line += '"';
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t at = find_escape(text, start);
    line += text.substr(start, at - start);
    start = at + 1;
    if (at == text.size()) break;
    line += '\\';
    switch (const auto c = static_cast<unsigned char>(text[at])) {
      case '"': line += '"'; break;
      case '\\': line += '\\'; break;
      case '\n': line += 'n'; break;
      case '\r': line += 'r'; break;
      case '\t': line += 't'; break;
      case '\b': line += 'b'; break;
      case '\f': line += 'f'; break;
      default:
        line += "u00";
        line += kHex[c >> 4];
        line += kHex[c & 15];
    }
  }
  line += '"';
}

struct Appender {
  std::string& line;
  void operator()(std::monostate) const { line += "null"; }
  void operator()(bool value) const { line += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { fmt::format_to(std::back_inserter(line), "{}", value); }
  void operator()(double value) const {
    if (!std::isfinite(value)) {
      line += "null";
      return;
    }
    const std::size_t start = line.size();
    fmt::format_to(std::back_inserter(line), "{}", value);  // the shortest that reads back as the same
    if (line.find_first_of(".e", start) == std::string::npos) line += ".0";  // and is no whole number then
  }
  void operator()(const std::string& value) const { append_text(line, value); }
  void operator()(const ValueList& values) const {
    line += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) line += ',';
      append_json(line, values[i]);
    }
    line += ']';
  }
  void operator()(const Fields& fields) const { append_json(line, fields); }
};

}  // namespace

Result<Fields> fields_from_json(std::string_view text, LargeNumbers large) {
  if (std::optional<Fields> plain = read_plain_json(text)) return *std::move(plain);
  return fields_from_any_json(text, large);
}

Result<Fields> fields_from_any_json(std::string_view text, LargeNumbers large) {
  ValueBuilder builder(large);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

std::string to_json_line(const Fields& fields) {
  std::string line;
  append_json(line, fields);
  return line;
}

void append_json(std::string& line, const Value& value) {
  std::visit(Appender{line}, static_cast<const Value::variant&>(value));
}

void append_json(std::string& line, const Fields& fields) {
  line += '{';
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    append_text(line, fields[i].name);
    line += ':';
    append_json(line, fields[i].value);
  }
  line += '}';
}

}  // namespace naru
