#include "connector/shared/sqlite_connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>

#include "model/base64.h"
#include "record/value_json.h"
#include "runtime/files.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Waits this long for another program's commit before giving up.
constexpr int kBusyMs = 10'000;
// Counting the rows of a table reads all of it: only of files that are read in a moment.
constexpr std::uint64_t kCountedBytesMax = 256U << 20;

Error sqlite_error(sqlite3* database, int code, const std::string& path) {
  const std::string message = fmt::format("{}: {}", path, database != nullptr ? sqlite3_errmsg(database)
                                                                              : sqlite3_errstr(code));
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Code::timeout, message + ": another program writes it; try again"};
    case SQLITE_FULL:
      return {Code::io, message + ": free some space and run again, nothing was lost"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Code::unavailable, message + ": put the right file there, or correct `path`"};
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return {Code::unavailable, message};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {Code::not_allowed, message};
    case SQLITE_CONSTRAINT:
      return {Code::already_exists, message};
    case SQLITE_TOOBIG:
    case SQLITE_NOMEM:
      return {Code::limit_exceeded, message};
    case SQLITE_INTERRUPT:
      return {Code::cancelled, message};
    default:
      return {std::string_view(message).find("no such table") != std::string_view::npos ? Code::unavailable
                                                                                        : Code::invalid_argument,
              message};
  }
}

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};

void bind_text(sqlite3_stmt* statement, int at, std::string_view text) {
  sqlite3_bind_text64(statement, at, text.data() == nullptr ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
}

void bind(sqlite3_stmt* statement, int at, const Value& value) {
  if (value.is_null()) {
    sqlite3_bind_null(statement, at);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    sqlite3_bind_int64(statement, at, *flag ? 1 : 0);
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    sqlite3_bind_int64(statement, at, *whole);
  } else if (const auto* number = std::get_if<double>(&value)) {
    sqlite3_bind_double(statement, at, *number);
  } else if (const std::string* text = value.text()) {
    bind_text(statement, at, *text);
  } else {
    std::string json;
    append_json(json, value);
    bind_text(statement, at, json);
  }
}

class SqliteRows : public SqlRows {
 public:
  SqliteRows(sqlite3* database, Prepared statement, std::string path)
      : database_(database), statement_(std::move(statement)), path_(std::move(path)) {
    for (int i = 0; i < sqlite3_column_count(statement_.get()); ++i) {
      columns_.emplace_back(sqlite3_column_name(statement_.get(), i));
    }
  }

  const std::vector<std::string>& columns() const override { return columns_; }

  Result<bool> next(SqlRow& row) override {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_DONE) return false;
    if (code != SQLITE_ROW) return sqlite_error(database_, code, path_);
    for (int i = 0; i < static_cast<int>(columns_.size()); ++i) row.cells.push_back(cell(i, row));
    return true;
  }

 private:
  Value cell(int column, SqlRow& row) const {
    sqlite3_stmt* const statement = statement_.get();
    const auto bytes = [&](const void* data) {
      const int size = sqlite3_column_bytes(statement, column);
      return std::string(static_cast<const char*>(size > 0 ? data : ""), static_cast<std::size_t>(size));
    };
    switch (sqlite3_column_type(statement, column)) {
      case SQLITE_INTEGER: return Value(static_cast<std::int64_t>(sqlite3_column_int64(statement, column)));
      case SQLITE_FLOAT: return number(sqlite3_column_double(statement, column));
      case SQLITE_BLOB: return Value(encode_base64(bytes(sqlite3_column_blob(statement, column))));
      case SQLITE_TEXT: break;
      default: return {};
    }
    std::string text = bytes(sqlite3_column_text(statement, column));
    if (!is_valid_utf8(text)) {
      row.problem = Error(Code::corrupt, fmt::format("the column \"{}\" holds a text that is no UTF-8",
                                                     columns_[static_cast<std::size_t>(column)]));
      return {};
    }
    return Value(std::move(text));
  }

  static Value number(double value) {
    if (value == value && value - value == 0) return Value(value);
    return Value(std::string(value != value ? "NaN"
                             : value > 0    ? "Infinity"
                                            : "-Infinity"));  // JSON has no such number
  }

  sqlite3* const database_;
  const Prepared statement_;
  const std::string path_;
  std::vector<std::string> columns_;
};

// What comes out of a column of that declared type (SQLite's own rules of affinity).
std::string affinity(std::string declared) {
  std::transform(declared.begin(), declared.end(), declared.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  const auto has = [&](std::string_view word) { return declared.find(word) != std::string::npos; };
  if (has("INT")) return "integer";
  if (has("CHAR") || has("CLOB") || has("TEXT")) return "text";
  if (has("BLOB") || declared.empty()) return "text, as it was put in";
  if (has("REAL") || has("FLOA") || has("DOUB")) return "number";
  return "number or text";
}

class SqliteConnection : public SqlConnection {
 public:
  SqliteConnection(std::unique_ptr<sqlite3, Close> database, std::string path, SqliteAccess access)
      : database_(std::move(database)), path_(std::move(path)), access_(access) {}

  Result<std::unique_ptr<SqlRows>> query(const std::string& sql, std::span<const Value> values) override {
    Prepared statement = NARU_TRY(prepare(sql, values));
    return std::unique_ptr<SqlRows>(std::make_unique<SqliteRows>(database_.get(), std::move(statement), path_));
  }

  Status run(const std::string& sql, std::span<const Value> values) override {
    const Prepared statement = NARU_TRY(prepare(sql, values));
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW) code = sqlite3_step(statement.get());
    return code == SQLITE_DONE ? Status() : sqlite_error(database_.get(), code, path_);
  }

  Status begin_snapshot() override { return run("BEGIN", {}); }

  Result<std::vector<Column>> columns_of(const std::string& table) override {
    std::vector<Column> columns;
    const Value name(table);
    const auto rows = NARU_TRY(all_rows(*this, "SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(?1) "
                                               "WHERE hidden <> 1", {&name, 1}));
    for (const std::vector<Value>& row : rows) {
      Column column;
      column.name = *row[0].text();
      column.native = row[1].text() != nullptr ? *row[1].text() : "";
      column.type = affinity(column.native);
      column.key = std::get<std::int64_t>(row[3]) > 0;
      column.nullable = std::get<std::int64_t>(row[2]) == 0 && !column.key;
      columns.push_back(std::move(column));
    }
    return columns;
  }

  Result<Discovery> tables(std::stop_token stop) override {
    Discovery discovery;
    const bool counted = file_size(path_).value_or(UINT64_MAX) <= kCountedBytesMax;
    const auto names = NARU_TRY(all_rows(*this, "SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view') "
                                                "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"));
    for (const std::vector<Value>& name : names) {
      if (stop.stop_requested()) return Error(Code::cancelled, "stopped while looking at tables");
      if (discovery.found.size() >= kFoundMax) {
        discovery.whole = false;
        break;
      }
      Found found;
      found.name = *name[0].text();
      found.kind = *name[1].text();
      found.columns = NARU_TRY(columns_of(found.name));
      if (counted && found.kind == "table") {
        const auto count = NARU_TRY(all_rows(*this, "SELECT count(*) FROM " + quoted(found.name)));
        found.count = static_cast<std::uint64_t>(std::get<std::int64_t>(count[0][0]));
      }
      discovery.found.push_back(std::move(found));
    }
    return discovery;
  }

  std::vector<Finding> rights(const std::string&) override {
    std::vector<Finding> findings = {{"file", Verdict::good, path_ + " can be read"}};
    if (access_ == SqliteAccess::read) {
      findings.push_back({"rights", Verdict::good, "reads, and never writes"});
    } else if (sqlite3_db_readonly(database_.get(), "main") != 0 || !may_write_in(folder_name(path_))) {
      findings.push_back({"rights", Verdict::missing, "this user may not write the file, or in its folder"});
    } else {
      findings.push_back({"rights", Verdict::good, "may be written"});
    }
    return findings;
  }

 private:
  Result<Prepared> prepare(const std::string& sql, std::span<const Value> values) {
    sqlite3_stmt* made = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v2(database_.get(), sql.c_str(), static_cast<int>(sql.size()), &made, &rest);
    Prepared statement(made);
    if (code != SQLITE_OK) return sqlite_error(database_.get(), code, path_);
    if (!statement) return Error(Code::invalid_argument, "the statement is empty");
    if (std::string_view(rest).find_first_not_of(" \t\r\n;") != std::string_view::npos) {
      return Error(Code::invalid_argument, "there is more than one statement: give one SELECT");
    }
    for (std::size_t i = 0; i < values.size(); ++i) bind(statement.get(), static_cast<int>(i + 1), values[i]);
    return statement;
  }

  const std::unique_ptr<sqlite3, Close> database_;
  const std::string path_;
  const SqliteAccess access_;
};

}  // namespace

Result<std::unique_ptr<SqlConnection>> open_sqlite(const std::string& path, SqliteAccess access) {
  if (is_folder(path)) return Error(Code::unavailable, path + " is a folder, not a file: correct `path`");
  if (access == SqliteAccess::read && !file_exists(path)) {
    return Error(Code::unavailable, "there is no file " + path + ": put it there, or correct `path`");
  }
  const int flags = (access == SqliteAccess::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                    SQLITE_OPEN_NOMUTEX;
  sqlite3* made = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &made, flags, nullptr);
  std::unique_ptr<sqlite3, Close> database(made);
  if (code != SQLITE_OK) return sqlite_error(made, code, path);
  sqlite3_busy_timeout(made, kBusyMs);
  // The file may be anybody's: nothing that its schema says runs with effects of its own.
  sqlite3_db_config(made, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(made, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  auto connection = std::make_unique<SqliteConnection>(std::move(database), path, access);
  NARU_TRY(connection->run("PRAGMA synchronous = FULL", {}));
  NARU_TRY(
      connection->run("PRAGMA schema_version", {}));  // reads the head of the file: whether it is a database at all
  return std::unique_ptr<SqlConnection>(std::move(connection));
}

}  // namespace naru
