#include "connector/mariadb/cell.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "model/base64.h"
#include "record/value_json.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr unsigned kBinaryCharset = 63;  // MariaDB's manual, "Supported Character Sets and Collations"

Value number(double value) {
  if (std::isfinite(value)) return Value(value);
  return Value(std::string(std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity"));  // JSON has none
}

Value json(std::string text) {
  Result<Fields> fields = fields_from_json("{\"v\":" + text + "}", LargeNumbers::as_text);
  return fields ? std::move((*fields)[0].value) : Value(std::move(text));
}

// A BIT(n): n / 8 bytes, the highest first.
Value bits(const std::string& bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return Value(std::to_string(value));
  return Value(static_cast<std::int64_t>(value));
}

}  // namespace

MariaDbCell::MariaDbCell(const LibMariaDb& db, const MYSQL_FIELD& field)
    : is_unsigned_((field.flags & UNSIGNED_FLAG) != 0) {
  switch (field.type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
      as_ = As::whole;
      break;
    case MYSQL_TYPE_FLOAT:
      as_ = As::single;
      break;
    case MYSQL_TYPE_DOUBLE:
      as_ = As::real;
      break;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
    case MYSQL_TYPE_TIME:
      as_ = As::time;
      time_type_ = field.type;
      is_instant_ = field.type == MYSQL_TYPE_TIMESTAMP;
      break;
    case MYSQL_TYPE_BIT:
      is_bits_ = true;
      break;
    case MYSQL_TYPE_JSON:
      is_json_ = true;
      break;
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
      break;
    default:
      is_bytes_ = field.charsetnr == kBinaryCharset;
      break;
  }
  // MariaDB's JSON is a long text that says so beside its type.
  MARIADB_CONST_STRING format = {};
  if (db.field_attribute(&format, &field, MARIADB_FIELD_ATTR_FORMAT_NAME) == 0 && format.str != nullptr) {
    is_json_ = is_json_ || std::string_view(format.str, format.length) == "json";
  }
}

MYSQL_BIND MariaDbCell::bind() {
  MYSQL_BIND bind;
  std::memset(&bind, 0, sizeof bind);
  bind.length = &length_;
  bind.is_null = &is_null_;
  bind.error = &truncated_;
  switch (as_) {
    case As::whole:
      bind.buffer_type = MYSQL_TYPE_LONGLONG;
      bind.buffer = &whole_;
      bind.is_unsigned = is_unsigned_ ? 1 : 0;
      break;
    case As::single:
      bind.buffer_type = MYSQL_TYPE_FLOAT;
      bind.buffer = &single_;
      break;
    case As::real:
      bind.buffer_type = MYSQL_TYPE_DOUBLE;
      bind.buffer = &real_;
      break;
    case As::time:
      bind.buffer_type = time_type_;
      bind.buffer = &time_;
      bind.buffer_length = sizeof time_;
      break;
    case As::text:
      bind.buffer_type = MYSQL_TYPE_STRING;
      break;  // its length first
  }
  return bind;
}

MYSQL_BIND MariaDbCell::bind_text(std::string& text) {
  MYSQL_BIND bind;
  std::memset(&bind, 0, sizeof bind);
  bind.buffer_type = MYSQL_TYPE_STRING;
  bind.buffer = text.data();
  bind.buffer_length = text.size();
  return bind;
}

// A day that is 0000-00-00 comes as it is written.
std::string MariaDbCell::time_text() const {
  const MYSQL_TIME& at = time_;
  const std::string fraction =
      at.second_part == 0 ? "" : fmt::format(".{:06}", static_cast<unsigned long>(at.second_part));
  const auto trimmed = [](std::string text) {
    if (text.find('.') != std::string::npos) text.erase(text.find_last_not_of('0') + 1);
    return text;
  };
  if (time_type_ == MYSQL_TYPE_TIME) {
    return trimmed(fmt::format("{}{:02}:{:02}:{:02}{}", at.neg != 0 ? "-" : "", at.day * 24 + at.hour, at.minute,
                               at.second, fraction));
  }
  const std::string day = fmt::format("{:04}-{:02}-{:02}", at.year, at.month, at.day);
  if (time_type_ == MYSQL_TYPE_DATE || time_type_ == MYSQL_TYPE_NEWDATE) return day;
  return trimmed(fmt::format("{}T{:02}:{:02}:{:02}{}", day, at.hour, at.minute, at.second, fraction)) +
         (is_instant_ ? "Z" : "");
}

Result<Value> MariaDbCell::value(std::string text) const {
  switch (as_) {
    case As::whole:
      if (is_unsigned_ && whole_ < 0) return Value(std::to_string(static_cast<unsigned long long>(whole_)));
      return Value(static_cast<std::int64_t>(whole_));
    case As::single: {  // the shortest that says it: 0.1 and not 0.10000000149
      double value = single_;
      const std::string written = fmt::format("{}", single_);
      if (std::isfinite(single_)) std::from_chars(written.data(), written.data() + written.size(), value);
      return number(value);
    }
    case As::real:
      return number(real_);
    case As::time:
      return Value(time_text());
    case As::text:
      break;
  }
  if (is_bits_) return bits(text);
  if (is_bytes_ && !is_json_) return Value(encode_base64(text));
  if (!is_valid_utf8(text)) return Error(Code::corrupt, "a text that is no UTF-8");
  if (is_json_) return json(std::move(text));
  return Value(std::move(text));
}

}  // namespace naru
