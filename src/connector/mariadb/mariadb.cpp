// mariadb: the rows of a table, a view or a query of MariaDB or MySQL; as a target a table that is kept equal to the
// source.
//
// An item is a row, named by its id column (connector/shared/sql_source.h says how changes and deletions are seen). A
// poll reads one consistent snapshot in a transaction that cannot write, row by row. As a target:
// connector/shared/sql_target.h; a lock by name of the session (GET_LOCK) keeps two runs from writing one table. Tables
// are made before the transaction: here making one would end it.
#include <fmt/format.h>

#include <cmath>

#include "connector/mariadb/connection.h"
#include "connector/shared/connector_options.h"
#include "connector/shared/sql_source.h"
#include "connector/shared/sql_target.h"
#include "naru/registry.h"

namespace naru {

namespace {

// From here on a double leaves whole numbers out.
constexpr std::int64_t kWholeMax = std::int64_t{1} << 53;
// Of a text in an index of the flow's memory: three of these are below InnoDB's limit of 3,072 bytes, 4 a letter.
constexpr int kIndexedLettersMax = 250;

std::vector<OptionSpec> server_options() {
  return {optional_text("host", "The server's name or address; 127.0.0.1 unless `socket` is given."),
          whole_option("port", "Its port.", 3306, "", 1, 65535),
          optional_text("socket", "Instead of a host: the file of its socket."),
          text_option("user", "Who we are there."),
          optional_text("password", "${secret:file:PATH} or ${secret:env:NAME}."),
          text_option("database", "The database that names without one are in."),
          optional_text("ca",
                        "A file with the certificates that the server's is signed by: the connection is then "
                        "encrypted, and the server's name checked.")};
}

Result<MariaDbServer> server_of(const Options& options) {
  MariaDbServer server;
  server.host = text_or_empty(options, "host");
  server.socket = text_or_empty(options, "socket");
  if (!server.host.empty() && !server.socket.empty()) {
    return Error(Code::invalid_argument, options.place.text() + ": give `host` or `socket`, not both");
  }
  if (server.host.empty() && server.socket.empty()) server.host = "127.0.0.1";
  server.port = static_cast<std::uint16_t>(options.integer("port"));
  server.user = options.text("user");
  server.password = text_or_empty(options, "password");
  server.database = options.text("database");
  if (options.has("ca")) server.ca = NARU_TRY(path_of(options, "ca"));
  return server;
}

// ---- the source -----------------------------------------------------------------------------------------------

Descriptor describe_source() {
  Descriptor descriptor;
  descriptor.name = "mariadb";
  descriptor.gives = PayloadKind::row;
  descriptor.summary = "The rows of a table or a query of MariaDB or MySQL.";
  descriptor.options = server_options();
  for (OptionSpec& spec : sql_source_options()) descriptor.options.push_back(std::move(spec));
  descriptor.examples = {
      "mariadb: {host: db, user: naru, password: '${secret:file:db.txt}', database: shop, table: articles, text: body}",
      "mariadb: {host: db, user: naru, database: shop, query: 'SELECT id, body AS text, updated_at FROM articles', "
      "cursor: updated_at}"};
  return descriptor;
}

Result<std::unique_ptr<Source>> make_source(const Options& options) {
  SqlSourceOptions made = NARU_TRY(read_sql_source("mariadb", options));
  const MariaDbServer server = NARU_TRY(server_of(options));
  const auto open = [server] { return open_mariadb(server, MariaDbUse::read); };
  return std::unique_ptr<Source>(std::make_unique<SqlSource>(std::move(made), open, SqlSource::Wait()));
}

// ---- the target -----------------------------------------------------------------------------------------------

std::string type_of(const SqlType& type, bool) {
  switch (type.kind) {
    case SqlType::Kind::number:
      return type.whole ? "bigint" : "double";
    case SqlType::Kind::boolean:
      return "boolean";
    default:
      return "longtext CHARACTER SET utf8mb4";
  }
}

SqlType kind_of(const Column& column) {
  const std::string_view native = column.native;
  if (native.starts_with("tinyint(1)")) return {SqlType::Kind::boolean};
  if (column.type == "integer") return {.kind = SqlType::Kind::number, .whole = true};
  if (column.type == "number") return {SqlType::Kind::number};
  return {};
}

// The server would round what does not fit, and say nothing.
Result<Value> encode(const SqlType& type, Value value) {
  if (type.kind != SqlType::Kind::number) return value;
  const auto* real = std::get_if<double>(&value);
  const auto* whole = std::get_if<std::int64_t>(&value);
  if (type.whole && real != nullptr) {
    const auto limit = static_cast<double>(kWholeMax);
    if (*real == std::trunc(*real) && *real >= -limit && *real <= limit) return Value(static_cast<std::int64_t>(*real));
    return Error(Code::invalid_argument, fmt::format("{} does not fit into whole numbers: ALTER TABLE … MODIFY the "
                                                     "column as double",
                                                     *real));
  }
  if (!type.whole && whole != nullptr && (*whole > kWholeMax || *whole < -kWholeMax)) {
    return Error(Code::invalid_argument, fmt::format("{} does not fit into a double without loss: ALTER TABLE … MODIFY "
                                                     "the column as decimal(65,30)",
                                                     *whole));
  }
  return value;
}

std::string index_of(const std::vector<std::string>& columns) {
  std::string parts;
  for (const std::string& column : columns) {
    parts += fmt::format("{}`{}`({})", parts.empty() ? "" : ", ", column, kIndexedLettersMax);
  }
  return "INDEX (" + parts + ")";
}

Result<std::unique_ptr<SqlLease>> lease(SqlConnection& connection, const std::string& database,
                                        const std::string& table) {
  const Value name("naru " + hash128({"target", database, table}).hex());  // names have 64 letters at most
  const auto locked = NARU_TRY(all_rows(connection, "SELECT get_lock(?, 0)", {&name, 1}));
  const auto* got = std::get_if<std::int64_t>(&locked[0][0]);
  return lease_of_session(got != nullptr && *got == 1, table);
}

Descriptor describe_target() {
  Descriptor descriptor;
  descriptor.name = "mariadb";
  descriptor.summary = "Rows, documents or passages in a table of MariaDB or MySQL, kept equal to the source.";
  descriptor.options = server_options();
  for (OptionSpec& spec : sql_target_options()) descriptor.options.push_back(std::move(spec));
  descriptor.takes = {PayloadKind::row, PayloadKind::document, PayloadKind::chunk};
  descriptor.examples = {
      "mariadb: {host: db, user: naru, password: '${secret:file:db.txt}', database: shop, table: passages}",
      "mariadb: {socket: /run/mysqld/mysqld.sock, user: naru, database: shop, table: orders, key: number}"};
  descriptor.guarantee =
      "transactional: rows and cursor in one transaction, each item exactly once; a lock of the "
      "session keeps a second run out";
  return descriptor;
}

Result<std::unique_ptr<Target>> make_target(const Options& options, const TargetContext& context) {
  SqlTargetOptions made = NARU_TRY(read_sql_target(options, context));
  const MariaDbServer server = NARU_TRY(server_of(options));
  SqlDialect dialect;
  dialect.open = [server](SqlUse use) {
    return open_mariadb(server, use == SqlUse::write ? MariaDbUse::write : MariaDbUse::read);
  };
  dialect.lease = [database = server.database](SqlConnection& connection, const std::string& table) {
    return lease(connection, database, table);
  };
  dialect.begin = "START TRANSACTION";
  dialect.type_of = type_of;
  dialect.kind_of = kind_of;
  dialect.encode = encode;
  dialect.index_of = index_of;
  dialect.tables_end_transactions = true;
  return std::unique_ptr<Target>(std::make_unique<SqlTarget>(std::move(made), std::move(dialect)));
}

}  // namespace

void register_mariadb(Registry& registry) {
  registry.add_source(describe_source(), make_source, {"table", "query"});
  registry.add_target(describe_target(), make_target);
}

}  // namespace naru
