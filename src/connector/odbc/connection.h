// Any database as an SqlConnection, by a driver of ODBC. Reads; it is never asked to write.
//
// One thread at a time. A row is held in memory at a time, whatever the size of the answer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "connector/shared/sql_connection.h"

namespace naru {

struct OdbcServer {
  std::string connection;            // "DSN=shop;UID=naru;PWD=…", or "Driver=…;Server=…;…"
  bool wide = true;                  // texts come as UTF-16; else in bytes, which are UTF-8
  std::uint64_t cell_bytes_max = 0;  // a longer value makes its row a reject
};

Result<std::unique_ptr<SqlConnection>> open_odbc(const OdbcServer& server);

}  // namespace naru
