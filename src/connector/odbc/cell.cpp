#include "connector/odbc/cell.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "connector/odbc/wide_text.h"
#include "connector/shared/sql_connection.h"
#include "model/base64.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Types beyond the standard's: a time with its zone of SQL Server and Oracle (msodbcsql.h, SQL_SS_TIMESTAMPOFFSET).
constexpr SQLSMALLINT kMomentWithZone = -155;
// How much of a long value is asked for at once; most are shorter.
constexpr std::size_t kPieceBytes = 8192;

std::string fraction_of(std::uint32_t nanoseconds) {
  if (nanoseconds == 0) return "";
  std::string text = fmt::format(".{:09}", nanoseconds);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

Value number(double value) {
  if (std::isfinite(value)) return Value(value);
  return Value(std::string(std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity"));  // JSON has none
}

// The shortest that says it: 0.1 and not 0.10000000149.
Value number(float value) {
  double number = value;
  const std::string written = fmt::format("{}", value);
  if (std::isfinite(value)) std::from_chars(written.data(), written.data() + written.size(), number);
  return naru::number(number);
}

}  // namespace

OdbcCell::As OdbcCell::as() const {
  switch (type_) {
    case SQL_BIT:
      return As::boolean;
    case SQL_TINYINT:
    case SQL_SMALLINT:
    case SQL_INTEGER:
    case SQL_BIGINT:
      return As::whole;
    case SQL_REAL:
      return As::single;
    case SQL_FLOAT:
    case SQL_DOUBLE:
      return As::real;
    case SQL_DATE:
    case SQL_TYPE_DATE:
      return As::date;
    case SQL_TIME:
    case SQL_TYPE_TIME:
      return As::time;
    case SQL_TIMESTAMP:
    case SQL_TYPE_TIMESTAMP:
      return As::moment;
    case SQL_BINARY:
    case SQL_VARBINARY:
    case SQL_LONGVARBINARY:
      return As::bytes;
    case SQL_DECIMAL:
    case SQL_NUMERIC:
    case SQL_GUID:
      return As::digits;
    default:
      return As::text;
  }
}

std::string_view OdbcCell::comes_as() const {
  switch (as()) {
    case As::boolean:
      return "boolean";
    case As::whole:
      return "integer";
    case As::single:
    case As::real:
      return "number";
    case As::bytes:
      return "text (base64)";
    default:
      return "text";
  }
}

Result<Value> OdbcCell::read(const LibOdbc& odbc, SQLHSTMT statement, SQLUSMALLINT column, std::uint64_t bytes_max,
                             bool& failed) const {
  // A value of a fixed size into `to`; false: it is null, or the driver failed.
  const auto get = [&](SQLSMALLINT as, auto& to) {
    SQLLEN length = 0;
    const SQLRETURN code = odbc.get_data(statement, column, as, &to, sizeof to, &length);
    failed = !SQL_SUCCEEDED(code);
    return !failed && length != SQL_NULL_DATA;
  };
  switch (as()) {
    case As::boolean: {
      unsigned char flag = 0;
      return get(SQL_C_BIT, flag) ? Value(flag != 0) : Value();
    }
    case As::whole: {
      if (is_unsigned_) {
        SQLUBIGINT whole = 0;
        if (!get(SQL_C_UBIGINT, whole)) return Value();
        if (whole > static_cast<SQLUBIGINT>(std::numeric_limits<std::int64_t>::max())) {
          return Value(std::to_string(whole));
        }
        return Value(static_cast<std::int64_t>(whole));
      }
      SQLBIGINT whole = 0;
      return get(SQL_C_SBIGINT, whole) ? Value(static_cast<std::int64_t>(whole)) : Value();
    }
    case As::single: {
      float value = 0;
      return get(SQL_C_FLOAT, value) ? number(value) : Value();
    }
    case As::real: {
      double value = 0;
      return get(SQL_C_DOUBLE, value) ? number(value) : Value();
    }
    case As::date: {
      SQL_DATE_STRUCT at = {};
      if (!get(SQL_C_TYPE_DATE, at)) return Value();
      return Value(fmt::format("{:04}-{:02}-{:02}", at.year, at.month, at.day));
    }
    case As::time: {
      SQL_TIME_STRUCT at = {};
      if (!get(SQL_C_TYPE_TIME, at)) return Value();
      return Value(fmt::format("{:02}:{:02}:{:02}", at.hour, at.minute, at.second));
    }
    case As::moment: {
      SQL_TIMESTAMP_STRUCT at = {};
      if (!get(SQL_C_TYPE_TIMESTAMP, at)) return Value();
      return Value(fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}", at.year, at.month, at.day, at.hour, at.minute,
                               at.second, fraction_of(at.fraction)));
    }
    case As::bytes:
      return read_text(odbc, statement, column, SQL_C_BINARY, bytes_max, failed);
    case As::digits:
      return read_text(odbc, statement, column, SQL_C_CHAR, bytes_max, failed);
    case As::text:
      break;
  }
  const auto as = static_cast<SQLSMALLINT>(wide_ ? SQL_C_WCHAR : SQL_C_CHAR);
  return read_text(odbc, statement, column, as, bytes_max, failed);
}

Result<Value> OdbcCell::read_text(const LibOdbc& odbc, SQLHSTMT statement, SQLUSMALLINT column, SQLSMALLINT as,
                                  std::uint64_t bytes_max, bool& failed) const {
  // Each piece but one of bytes ends with a NUL.
  const std::size_t end = as == SQL_C_BINARY ? 0 : as == SQL_C_WCHAR ? sizeof(char16_t) : 1;
  std::string bytes;
  for (;;) {
    char piece[kPieceBytes];
    SQLLEN length = 0;
    const SQLRETURN code = odbc.get_data(statement, column, as, piece, sizeof piece, &length);
    if (code == SQL_NO_DATA) break;
    failed = !SQL_SUCCEEDED(code);
    if (failed) return Value();
    if (length == SQL_NULL_DATA) return Value();
    const std::size_t room = sizeof piece - end;
    const bool whole = length != SQL_NO_TOTAL && static_cast<std::size_t>(length) <= room;
    bytes.append(piece, whole ? static_cast<std::size_t>(length) : room);
    if (bytes.size() > bytes_max) {
      return Error(Code::limit_exceeded, fmt::format("a value with more than max_row_bytes ({})", bytes_max));
    }
    if (whole) break;
  }
  if (as == SQL_C_BINARY) return Value(encode_base64(bytes));
  if (as == SQL_C_WCHAR) {
    std::u16string text(bytes.size() / sizeof(char16_t), u'\0');
    std::memcpy(text.data(), bytes.data(), text.size() * sizeof(char16_t));
    bytes = NARU_TRY(from_wide(text));
  }
  if (!is_valid_utf8(bytes)) return Error(Code::corrupt, "a text that is no UTF-8");
  if (type_ == kMomentWithZone) {  // "2026-01-31 17:05:09.25 +09:00"
    const std::size_t blank = bytes.rfind(' ');
    if (blank != std::string::npos && bytes.find_first_of("+-", blank) == blank + 1) bytes.erase(blank, 1);
    return Value(iso_time(bytes));
  }
  return Value(std::move(bytes));
}

}  // namespace naru
