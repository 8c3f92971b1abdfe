// PostgreSQL as an SqlConnection, by libpq.
//
// One thread at a time. A row is held in memory at a time, whatever the size of the answer.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "connector/shared/sql_connection.h"

namespace naru {

struct PostgresServer {
  std::string url;       // postgresql://user@host/database, or "host=… dbname=…"
  std::string password;  // "": of the url, or as libpq finds one (~/.pgpass, PGPASSWORD)
};

enum class PostgresUse : std::uint8_t { read, write };

Result<std::unique_ptr<SqlConnection>> open_postgres(const PostgresServer& server, PostgresUse use);

// A connection that hears what is said on a channel (NOTIFY).
class PostgresListener {
 public:
  virtual ~PostgresListener() = default;
  // true: something was said; false: nothing was, for so long. unavailable: the connection is gone.
  virtual Result<bool> wait(std::int64_t ms_max, std::stop_token stop) = 0;
};

Result<std::unique_ptr<PostgresListener>> listen_to_postgres(const PostgresServer& server, const std::string& channel);

}  // namespace naru
