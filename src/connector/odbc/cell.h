// What a driver gives of a value as a Value: whole numbers, numbers and booleans as such; decimals as text, which loses
// no digit; times in ISO 8601; bytes as base64; all else as text.
//
// One a column of a statement; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "connector/odbc/libodbc.h"
#include "naru/value.h"

namespace naru {

class OdbcCell {
 public:
  // `type`: as SQLDescribeCol says.
  OdbcCell(SQLSMALLINT type, bool is_unsigned, bool wide) : type_(type), is_unsigned_(is_unsigned), wide_(wide) {}

  // Of the fetched row; columns are asked for in their order. corrupt: a text that is none. limit_exceeded: it has more
  // than `bytes_max`. Both are the row's fault; other errors are the connection's, and mean `failed`.
  Result<Value> read(const LibOdbc& odbc, SQLHSTMT statement, SQLUSMALLINT column, std::uint64_t bytes_max,
                     bool& failed) const;

  // What comes out, as `naru discover` says it.
  std::string_view comes_as() const;

 private:
  enum class As : std::uint8_t { boolean, whole, single, real, date, time, moment, bytes, digits, text };

  As as() const;
  Result<Value> read_text(const LibOdbc& odbc, SQLHSTMT statement, SQLUSMALLINT column, SQLSMALLINT as,
                          std::uint64_t bytes_max, bool& failed) const;

  SQLSMALLINT type_;
  bool is_unsigned_, wide_;
};

}  // namespace naru
