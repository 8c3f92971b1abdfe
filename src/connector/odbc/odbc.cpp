// odbc: the rows of a table, a view or a query of any database that has a driver for ODBC: Oracle, Tibero, CUBRID, SQL
// Server, Db2 and others.
//
// An item is a row, named by its id column (connector/shared/sql_source.h says how changes and deletions are seen). All
// of a look is one SELECT, row by row. The driver runs within the program, as drivers do: take those of your database's
// maker. Nothing is written.
#include "connector/odbc/connection.h"
#include "connector/shared/connector_options.h"
#include "connector/shared/sql_source.h"
#include "naru/registry.h"

namespace naru {

namespace {

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "odbc";
  descriptor.gives = PayloadKind::row;
  descriptor.summary = "The rows of a table or a query of any database, by its driver for ODBC.";
  OptionSpec text = text_option("text_as", "How the driver gives texts: utf-16, which most do, or utf-8.", "utf-16");
  text.choices = {"utf-16", "utf-8"};
  descriptor.options = {text_option("connection",
                                    "DSN=NAME;UID=USER;PWD=PASSWORD, or Driver=NAME;Server=… as its driver wants it. "
                                    "Passwords as PWD=${secret:file:PATH}."),
                        text};
  for (OptionSpec& spec : sql_source_options()) descriptor.options.push_back(std::move(spec));
  descriptor.examples = {
      "odbc: {connection: 'DSN=shop;UID=naru;PWD=${secret:file:db.txt}', table: SALES.ORDERS, id: ID, cursor: UPDATED}",
      "odbc: {connection: 'Driver=Tibero;Server=db;Port=8629;Database=tb;UID=naru', query: 'SELECT id AS \"id\", body "
      "AS "
      "\"text\" FROM articles'}"};
  return descriptor;
}

Result<std::unique_ptr<Source>> make(const Options& options) {
  SqlSourceOptions made = NARU_TRY(read_sql_source("odbc", options));
  OdbcServer server{options.text("connection"), options.text("text_as") == "utf-16", made.row_bytes_max};
  const auto open = [server] { return open_odbc(server); };
  return std::unique_ptr<Source>(std::make_unique<SqlSource>(std::move(made), open, SqlSource::Wait()));
}

}  // namespace

void register_odbc(Registry& registry) { registry.add_source(describe(), make, {"table", "query"}); }

}  // namespace naru
