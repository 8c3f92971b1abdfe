// OdbcCalls: those of ODBC's functions that take or give texts, with UTF-8 on our side and on the driver's side what it
// wants: UTF-16, or bytes as they are.
//
// One thread at a time, as the handles.
#pragma once

#include <string>

#include "connector/odbc/libodbc.h"
#include "naru/result.h"

namespace naru {

class OdbcCalls {
 public:
  OdbcCalls(const LibOdbc& odbc, bool wide) : odbc_(odbc), wide_(wide) {}

  const LibOdbc& odbc() const { return odbc_; }
  bool wide() const { return wide_; }

  SQLRETURN connect(SQLHDBC connection, const std::string& text) const;
  SQLRETURN prepare(SQLHSTMT statement, const std::string& sql) const;
  SQLRETURN tables(SQLHSTMT statement, const std::string& kinds) const;
  SQLRETURN columns(SQLHSTMT statement, const std::string& schema, const std::string& table) const;
  SQLRETURN describe(SQLHSTMT statement, SQLUSMALLINT column, std::string& name, SQLSMALLINT& type) const;
  std::string info(SQLHDBC connection, SQLUSMALLINT what) const;  // "": the driver does not say

  // Why a call with that handle failed: unavailable (no such driver, out of reach, no such table), not_allowed,
  // timeout, cancelled, limit_exceeded, or invalid_argument.
  Error diagnosis(SQLSMALLINT kind, SQLHANDLE handle) const;

 private:
  const LibOdbc& odbc_;
  const bool wide_;
};

}  // namespace naru
