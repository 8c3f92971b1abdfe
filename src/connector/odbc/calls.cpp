#include "connector/odbc/calls.h"

#include <fmt/format.h>

#include "connector/odbc/wide_text.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Of a message, a name or a fact about the driver; longer ones are cut.
constexpr std::size_t kShortMax = 1024;

// A text that a function takes: ODBC wants it where it could change it.
class Given {
 public:
  explicit Given(const std::string& text) : wide_(to_wide(text)), bytes_(text) {}
  SQLWCHAR* wide() { return reinterpret_cast<SQLWCHAR*>(wide_.data()); }
  SQLCHAR* bytes() { return reinterpret_cast<SQLCHAR*>(bytes_.data()); }

 private:
  std::u16string wide_;
  std::string bytes_;
};

// A text that a function gives.
class Taken {
 public:
  SQLWCHAR* wide() { return reinterpret_cast<SQLWCHAR*>(wide_); }
  SQLCHAR* bytes() { return reinterpret_cast<SQLCHAR*>(bytes_); }
  // One of both was written, the other is empty.
  std::string text() const {
    return wide_[0] != 0 ? from_wide(std::u16string(wide_)).value_or("") : repair_utf8(std::string(bytes_));
  }
  static constexpr SQLSMALLINT kRoom = kShortMax;  // in units
  static constexpr SQLSMALLINT kRoomInBytes = kShortMax * sizeof(char16_t);

 private:
  char16_t wide_[kShortMax] = {};
  char bytes_[kShortMax] = {};
};

// By the SQLSTATE (ODBC Programmer's Reference, appendix A).
Code code_of(std::string_view state) {
  const std::string_view kind = state.substr(0, 2);
  if (kind == "28") return Code::not_allowed;
  if (state == "HYT00" || state == "HYT01" || kind == "40") return Code::timeout;
  if (state == "HY008") return Code::cancelled;
  if (state == "HY001") return Code::limit_exceeded;
  // Not there, out of reach, or whatever the driver has no word for.
  const bool is_away = kind == "08" || kind == "IM" || state == "42S02" || state == "HY000" || state == "01000";
  return is_away ? Code::unavailable : Code::invalid_argument;
}

}  // namespace

SQLRETURN OdbcCalls::connect(SQLHDBC connection, const std::string& text) const {
  Given given(text);
  if (wide_) {
    return odbc_.connect_wide(connection, nullptr, given.wide(), SQL_NTS, nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT);
  }
  return odbc_.connect_bytes(connection, nullptr, given.bytes(), SQL_NTS, nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT);
}

SQLRETURN OdbcCalls::prepare(SQLHSTMT statement, const std::string& sql) const {
  Given given(sql);
  if (wide_) return odbc_.prepare_wide(statement, given.wide(), SQL_NTS);
  return odbc_.prepare_bytes(statement, given.bytes(), SQL_NTS);
}

SQLRETURN OdbcCalls::tables(SQLHSTMT statement, const std::string& kinds) const {
  Given given(kinds);
  if (wide_) return odbc_.tables_wide(statement, nullptr, 0, nullptr, 0, nullptr, 0, given.wide(), SQL_NTS);
  return odbc_.tables_bytes(statement, nullptr, 0, nullptr, 0, nullptr, 0, given.bytes(), SQL_NTS);
}

SQLRETURN OdbcCalls::columns(SQLHSTMT statement, const std::string& schema, const std::string& table) const {
  Given in(schema), of(table);
  const bool any = schema.empty();
  const SQLSMALLINT length = any ? 0 : SQL_NTS;
  if (wide_) {
    return odbc_.columns_wide(statement, nullptr, 0, any ? nullptr : in.wide(), length, of.wide(), SQL_NTS, nullptr, 0);
  }
  return odbc_.columns_bytes(statement, nullptr, 0, any ? nullptr : in.bytes(), length, of.bytes(), SQL_NTS, nullptr,
                             0);
}

SQLRETURN OdbcCalls::describe(SQLHSTMT statement, SQLUSMALLINT column, std::string& name, SQLSMALLINT& type) const {
  Taken taken;
  SQLSMALLINT length = 0, digits = 0, nullable = 0;
  SQLULEN size = 0;
  const SQLRETURN code = wide_ ? odbc_.describe_column_wide(statement, column, taken.wide(), Taken::kRoom, &length,
                                                            &type, &size, &digits, &nullable)
                               : odbc_.describe_column_bytes(statement, column, taken.bytes(), Taken::kRoom, &length,
                                                             &type, &size, &digits, &nullable);
  name = taken.text();
  return code;
}

std::string OdbcCalls::info(SQLHDBC connection, SQLUSMALLINT what) const {
  Taken taken;
  SQLSMALLINT length = 0;
  const SQLRETURN code = wide_ ? odbc_.info_wide(connection, what, taken.wide(), Taken::kRoomInBytes, &length)
                               : odbc_.info_bytes(connection, what, taken.bytes(), Taken::kRoom, &length);
  return SQL_SUCCEEDED(code) ? taken.text() : "";
}

Error OdbcCalls::diagnosis(SQLSMALLINT kind, SQLHANDLE handle) const {
  Taken state, text;
  SQLINTEGER number = 0;
  SQLSMALLINT length = 0;
  const SQLRETURN code =
      wide_ ? odbc_.diagnosis_wide(kind, handle, 1, state.wide(), &number, text.wide(), Taken::kRoom, &length)
            : odbc_.diagnosis_bytes(kind, handle, 1, state.bytes(), &number, text.bytes(), Taken::kRoom, &length);
  if (!SQL_SUCCEEDED(code)) return {Code::unavailable, "the driver failed and says nothing"};
  const std::string named = state.text();
  std::string message = fmt::format("{} ({})", text.text(), named);
  if (named == "IM002" || message.find("Can't open lib") != std::string::npos) {
    message += ": name a driver or a data source that `odbcinst -q -d` or `odbcinst -q -s` lists";
  }
  return {code_of(named), message};
}

}  // namespace naru
