// MariaDB and MySQL as an SqlConnection, by libmariadb.
//
// One thread at a time. Statements are prepared and values come in binary, so that numbers are exact; a row is held in
// memory at a time, whatever the size of the answer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "connector/shared/sql_connection.h"

namespace naru {

struct MariaDbServer {
  std::string host, socket;  // one of them
  std::uint16_t port = 3306;
  std::string user, password, database;
  std::string ca;  // file of certificates; not empty: the connection is encrypted and the server's name checked
};

enum class MariaDbUse : std::uint8_t { read, write };

Result<std::unique_ptr<SqlConnection>> open_mariadb(const MariaDbServer& server, MariaDbUse use);

}  // namespace naru
