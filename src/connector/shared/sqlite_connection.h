// SQLite (the library that the store has) as an SqlConnection: one file, read only or to write.
//
// One thread at a time.
#pragma once

#include <memory>
#include <string>

#include "connector/shared/sql_connection.h"

namespace naru {

enum class SqliteAccess : std::uint8_t { read, write };

// unavailable: there is no such file (to read), or it is no database.
Result<std::unique_ptr<SqlConnection>> open_sqlite(const std::string& path, SqliteAccess access);

}  // namespace naru
