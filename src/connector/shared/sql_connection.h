// SqlConnection: what a database's client library does for the connectors of rows. Sources (sql_source.h) and targets
// (sql_target.h) are written over it once; a connector has its client library and nothing else.
//
// One thread at a time. Texts are UTF-8. Errors: unavailable (cannot be reached, went away, no such table), not_allowed
// (this user may not), timeout (somebody else holds it), invalid_argument (the statement is wrong), cancelled, io.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "naru/discover.h"
#include "naru/result.h"
#include "naru/value.h"

namespace naru {

struct SqlRow {
  std::vector<Value> cells;      // one a column
  std::optional<Error> problem;  // a cell that no Value can say, a text that is no UTF-8: the row is a reject
};

// What a query gives, row after row. Goes before its connection; the connection does nothing else meanwhile.
class SqlRows {
 public:
  virtual ~SqlRows() = default;
  virtual const std::vector<std::string>& columns() const = 0;
  virtual Result<bool> next(SqlRow& row) = 0;  // false: there are no more
};

class SqlConnection {
 public:
  virtual ~SqlConnection() = default;

  // One statement. `values` stand for parameter(1), parameter(2), … in it.
  virtual Result<std::unique_ptr<SqlRows>> query(const std::string& sql, std::span<const Value> values = {}) = 0;
  virtual Status run(const std::string& sql, std::span<const Value> values = {}) = 0;
  virtual std::string parameter(std::size_t n) const { return "?" + std::to_string(n); }
  virtual std::string quoted(std::string_view name) const;  // an identifier: "name"
  // Types of texts that are equal only where all their bytes are: of any length, and of one that may be a key.
  virtual std::string exact_text() const { return "text"; }
  virtual std::string key_text() const { return "text"; }

  // What is read between is of one moment, and nothing can be written.
  virtual Status begin_snapshot() = 0;
  virtual Status end_snapshot() { return run("COMMIT"); }

  // Of one table or view; none: there is no such one.
  virtual Result<std::vector<Column>> columns_of(const std::string& table) = 0;
  // All tables and views that this user sees, with their columns, sorted by name.
  virtual Result<Discovery> tables(std::stop_token stop) = 0;
  // Who we are to the server and what we may do with a table ("": any).
  virtual std::vector<Finding> rights(const std::string& table) = 0;
};

// "sales"."orders" for sales.orders; a name with a quotation mark in it is taken as it is.
std::string quoted_table(const SqlConnection& connection, std::string_view table);
// All rows of a small answer. limit_exceeded: more than `rows_max`.
Result<std::vector<std::vector<Value>>> all_rows(SqlConnection& connection, const std::string& sql,
                                                 std::span<const Value> values = {}, std::size_t rows_max = 1'000'000);

// "2026-01-31 17:05:09.25+00" as databases write it, as ISO 8601: "2026-01-31T17:05:09.25Z". Other texts stay.
std::string iso_time(std::string_view text);

}  // namespace naru
