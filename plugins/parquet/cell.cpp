#include "cell.h"

#include <arrow/array/array_decimal.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/float16.h>
#include <fmt/format.h>

#include <chrono>

#include "base/json.h"
#include "model/base64.h"
#include "record/value_json.h"

namespace naru {

namespace {

using arrow::Type;

// std::chrono's years end at 32,767; beyond it a day is said as its number.
constexpr std::int64_t kDaysMax = 11'000'000;
constexpr std::int64_t kDaySeconds = 86'400;

std::int64_t per_second(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND: return 1;
    case arrow::TimeUnit::MILLI: return 1'000;
    case arrow::TimeUnit::MICRO: return 1'000'000;
    case arrow::TimeUnit::NANO: return 1'000'000'000;
  }
  return 1;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::string date_text(std::int64_t days) {
  if (days > kDaysMax || days < -kDaysMax) return fmt::format("day {}", days);
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

// Of a day: "17:05:09", "17:05:09.25".
std::string clock_text(std::int64_t units, std::int64_t a_second) {
  const std::int64_t seconds = floor_div(units, a_second);
  std::string text = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  const std::int64_t rest = units - seconds * a_second;
  if (rest == 0) return text;
  std::string digits = fmt::format("{:0{}}", rest, a_second == 1'000 ? 3 : a_second == 1'000'000 ? 6 : 9);
  digits.erase(digits.find_last_not_of('0') + 1);
  return text + "." + digits;
}

// With a zone a timestamp is a moment in UTC, without one what a clock on a wall showed.
std::string timestamp_text(std::int64_t units, const arrow::TimestampType& type) {
  const std::int64_t a_second = per_second(type.unit());
  const std::int64_t days = floor_div(floor_div(units, a_second), kDaySeconds);
  return date_text(days) + "T" + clock_text(units - days * kDaySeconds * a_second, a_second) +
         (type.timezone().empty() ? "" : "Z");
}

void append_text(std::string& line, std::string_view text) { append_json(line, Value(std::string(text))); }

template <class Array>
void append_whole(std::string& line, const arrow::Array& array, std::int64_t row) {
  fmt::format_to(std::back_inserter(line), "{}", static_cast<const Array&>(array).Value(row));
}

template <class Array>
void append_bytes(std::string& line, const arrow::Array& array, std::int64_t row) {
  line += '"';
  line += encode_base64(static_cast<const Array&>(array).GetView(row));
  line += '"';
}

template <class Array>
void append_list(std::string& line, const arrow::Array& array, std::int64_t row) {
  const auto& lists = static_cast<const Array&>(array);
  const std::int64_t start = lists.value_offset(row), end = start + lists.value_length(row);
  line += '[';
  for (std::int64_t i = start; i < end; ++i) {
    if (i > start) line += ',';
    append_cell(line, *lists.values(), i);
  }
  line += ']';
}

void append_struct(std::string& line, const arrow::Array& array, std::int64_t row) {
  const auto& structs = static_cast<const arrow::StructArray&>(array);
  line += '{';
  for (int i = 0; i < structs.num_fields(); ++i) {
    if (i > 0) line += ',';
    append_text(line, structs.type()->field(i)->name());
    line += ':';
    append_cell(line, *structs.field(i), row);
  }
  line += '}';
}

bool is_text(const arrow::DataType& type) { return type.id() == Type::STRING || type.id() == Type::LARGE_STRING; }

// With texts as keys an object, else a list of pairs.
void append_map(std::string& line, const arrow::Array& array, std::int64_t row) {
  const auto& maps = static_cast<const arrow::MapArray&>(array);
  const bool named = is_text(*maps.keys()->type());
  line += named ? '{' : '[';
  for (std::int64_t i = maps.value_offset(row); i < maps.value_offset(row) + maps.value_length(row); ++i) {
    if (i > maps.value_offset(row)) line += ',';
    if (!named) line += '[';
    append_cell(line, *maps.keys(), i);
    line += named ? ':' : ',';
    append_cell(line, *maps.items(), i);
    if (!named) line += ']';
  }
  line += named ? '}' : ']';
}

void append_unsigned(std::string& line, std::uint64_t value) {
  const bool fits = value <= static_cast<std::uint64_t>(INT64_MAX);
  line += fits ? fmt::format("{}", value) : fmt::format("\"{}\"", value);
}

}  // namespace

Result<std::string_view> json_type_of(const arrow::DataType& type, int depth) {
  if (depth >= kJsonDepthMax) return Error(Code::unsupported, "nested too deep");
  switch (type.id()) {
    case Type::BOOL: return std::string_view("boolean");
    case Type::INT8: case Type::INT16: case Type::INT32: case Type::INT64: case Type::UINT8: case Type::UINT16:
    case Type::UINT32: case Type::UINT64: case Type::DURATION:
      return std::string_view("integer");
    case Type::HALF_FLOAT: case Type::FLOAT: case Type::DOUBLE: return std::string_view("number");
    case Type::NA: case Type::STRING: case Type::LARGE_STRING: case Type::STRING_VIEW: case Type::BINARY:
    case Type::LARGE_BINARY: case Type::BINARY_VIEW: case Type::FIXED_SIZE_BINARY: case Type::DECIMAL128:
    case Type::DECIMAL256: case Type::DATE32: case Type::DATE64: case Type::TIME32: case Type::TIME64:
    case Type::TIMESTAMP:
      return std::string_view("text");
    case Type::LIST: case Type::LARGE_LIST: case Type::FIXED_SIZE_LIST: case Type::STRUCT: case Type::MAP:
      for (const auto& field : type.fields()) NARU_TRY(json_type_of(*field->type(), depth + 1));
      if (type.id() == Type::MAP) {
        return std::string_view(is_text(*static_cast<const arrow::MapType&>(type).key_type()) ? "map" : "list");
      }
      return std::string_view(type.id() == Type::STRUCT ? "map" : "list");
    case Type::DICTIONARY:
      return json_type_of(*static_cast<const arrow::DictionaryType&>(type).value_type(), depth + 1);
    case Type::EXTENSION:
      return json_type_of(*static_cast<const arrow::ExtensionType&>(type).storage_type(), depth + 1);
    default: return Error(Code::unsupported, "cells of the type " + type.ToString() + " are not read");
  }
}

void append_cell(std::string& line, const arrow::Array& array, std::int64_t row) {
  if (array.IsNull(row)) {
    line += "null";
    return;
  }
  switch (array.type_id()) {
    case Type::BOOL: line += static_cast<const arrow::BooleanArray&>(array).Value(row) ? "true" : "false"; return;
    case Type::INT8: return append_whole<arrow::Int8Array>(line, array, row);
    case Type::INT16: return append_whole<arrow::Int16Array>(line, array, row);
    case Type::INT32: return append_whole<arrow::Int32Array>(line, array, row);
    case Type::INT64: return append_whole<arrow::Int64Array>(line, array, row);
    case Type::UINT8: return append_whole<arrow::UInt8Array>(line, array, row);
    case Type::UINT16: return append_whole<arrow::UInt16Array>(line, array, row);
    case Type::UINT32: return append_whole<arrow::UInt32Array>(line, array, row);
    case Type::UINT64: return append_unsigned(line, static_cast<const arrow::UInt64Array&>(array).Value(row));
    case Type::DURATION: return append_whole<arrow::DurationArray>(line, array, row);
    case Type::HALF_FLOAT: {
      const std::uint16_t bits = static_cast<const arrow::HalfFloatArray&>(array).Value(row);
      return append_json(line, Value(static_cast<double>(arrow::util::Float16::FromBits(bits).ToFloat())));
    }
    case Type::FLOAT: {
      // The shortest digits that give this float, not those of the double that it becomes.
      const float value = static_cast<const arrow::FloatArray&>(array).Value(row);
      return append_json(line, Value(std::strtod(fmt::format("{}", value).c_str(), nullptr)));
    }
    case Type::DOUBLE: return append_json(line, Value(static_cast<const arrow::DoubleArray&>(array).Value(row)));
    case Type::STRING: return append_text(line, static_cast<const arrow::StringArray&>(array).GetView(row));
    case Type::LARGE_STRING: return append_text(line, static_cast<const arrow::LargeStringArray&>(array).GetView(row));
    case Type::STRING_VIEW: return append_text(line, static_cast<const arrow::StringViewArray&>(array).GetView(row));
    case Type::BINARY: return append_bytes<arrow::BinaryArray>(line, array, row);
    case Type::LARGE_BINARY: return append_bytes<arrow::LargeBinaryArray>(line, array, row);
    case Type::BINARY_VIEW: return append_bytes<arrow::BinaryViewArray>(line, array, row);
    case Type::FIXED_SIZE_BINARY: return append_bytes<arrow::FixedSizeBinaryArray>(line, array, row);
    case Type::DECIMAL128:
      return append_text(line, static_cast<const arrow::Decimal128Array&>(array).FormatValue(row));
    case Type::DECIMAL256:
      return append_text(line, static_cast<const arrow::Decimal256Array&>(array).FormatValue(row));
    case Type::DATE32: return append_text(line, date_text(static_cast<const arrow::Date32Array&>(array).Value(row)));
    case Type::DATE64:
      return append_text(line, date_text(floor_div(static_cast<const arrow::Date64Array&>(array).Value(row),
                                                   kDaySeconds * 1000)));
    case Type::TIME32:
      return append_text(line, clock_text(static_cast<const arrow::Time32Array&>(array).Value(row),
                                          per_second(static_cast<const arrow::TimeType&>(*array.type()).unit())));
    case Type::TIME64:
      return append_text(line, clock_text(static_cast<const arrow::Time64Array&>(array).Value(row),
                                          per_second(static_cast<const arrow::TimeType&>(*array.type()).unit())));
    case Type::TIMESTAMP:
      return append_text(line, timestamp_text(static_cast<const arrow::TimestampArray&>(array).Value(row),
                                              static_cast<const arrow::TimestampType&>(*array.type())));
    case Type::LIST: return append_list<arrow::ListArray>(line, array, row);
    case Type::LARGE_LIST: return append_list<arrow::LargeListArray>(line, array, row);
    case Type::FIXED_SIZE_LIST: return append_list<arrow::FixedSizeListArray>(line, array, row);
    case Type::STRUCT: return append_struct(line, array, row);
    case Type::MAP: return append_map(line, array, row);
    case Type::DICTIONARY: {
      const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
      return append_cell(line, *coded.dictionary(), coded.GetValueIndex(row));
    }
    case Type::EXTENSION: return append_cell(line, *static_cast<const arrow::ExtensionArray&>(array).storage(), row);
    default: line += "null";
  }
}

}  // namespace naru
