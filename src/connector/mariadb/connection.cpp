#include "connector/mariadb/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "connector/mariadb/cell.h"
#include "connector/mariadb/libmariadb.h"
#include "record/value_json.h"

namespace naru {

namespace {

constexpr unsigned kConnectSecondsMax = 10;
// A server that says nothing for so long is taken for gone; the first row of a large join may take minutes.
constexpr unsigned kSilentSecondsMax = 600;
// One row, in a packet: larger ones are not taken into memory.
constexpr std::size_t kPacketBytesMax = 256U << 20;
// A key of InnoDB has 3,072 bytes at most, and a letter up to 4.
constexpr int kKeyLettersMax = 700;
// While somebody else uses a table that is to be changed.
constexpr int kTableSecondsMax = 60;
// MariaDB's error numbers: its manual, "MariaDB Error Code Reference"; from 2000 on the client's.
enum Number : unsigned {
  kTooManyConnections = 1040,
  kNotThisDatabase = 1044,
  kAccessDenied = 1045,
  kNoDatabase = 1049,
  kShutdown = 1053,
  kDuplicate = 1062,
  kTableFull = 1114,
  kNotThisTable = 1142,
  kNotThisColumn = 1143,
  kNoTable = 1146,
  kPacketTooLarge = 1153,
  kLockWait = 1205,
  kDeadlock = 1213,
  kNotThis = 1227,
  kReadOnly = 1290,
  kInterrupted = 1317,
  kDiskFull = 1021,
  kTookTooLong = 1969,
  kKilled = 1927,
  kClient = 2000,
  kClientPacketTooLarge = 2020,
};

Error mariadb_error(unsigned number, const char* text) {
  const std::string message = fmt::format("{} ({})", text, number);
  switch (number) {
    case kNotThisDatabase:
    case kAccessDenied:
    case kNotThisTable:
    case kNotThisColumn:
    case kNotThis:
    case kReadOnly:
      return {Code::not_allowed, message};
    case kTooManyConnections:
    case kNoDatabase:
    case kShutdown:
    case kNoTable:
    case kKilled:
      return {Code::unavailable, message};
    case kLockWait:
    case kDeadlock:
    case kInterrupted:
    case kTookTooLong:
      return {Code::timeout, message};
    case kDuplicate:
      return {Code::already_exists, message};
    case kTableFull:
    case kDiskFull:
      return {Code::io, message + ": free some space and run again, nothing was lost"};
    case kPacketTooLarge:
    case kClientPacketTooLarge:
      return {Code::limit_exceeded, message + ": raise the server's max_allowed_packet"};
    default:
      return {number >= kClient && number < kClient + 1000 ? Code::unavailable : Code::invalid_argument, message};
  }
}

struct Close {
  const LibMariaDb* db;
  void operator()(MYSQL* connection) const { db->close(connection); }
};
struct CloseStatement {
  const LibMariaDb* db;
  void operator()(MYSQL_STMT* statement) const { db->statement_close(statement); }
};
struct FreeResult {
  const LibMariaDb* db;
  void operator()(MYSQL_RES* result) const { db->free_result(result); }
};
using Connected = std::unique_ptr<MYSQL, Close>;
using Prepared = std::unique_ptr<MYSQL_STMT, CloseStatement>;

Error error_of(const LibMariaDb& db, MYSQL_STMT* statement) {
  return mariadb_error(db.statement_error_number(statement), db.statement_error_text(statement));
}

// Parameters of a statement, as they lie in memory.
class Parameters {
 public:
  explicit Parameters(std::span<const Value> values) : binds_(values.size()), numbers_(values.size()) {
    texts_.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) set(i, values[i]);
  }
  MYSQL_BIND* data() { return binds_.data(); }

 private:
  union Number {
    long long whole;
    double real;
  };

  void set(std::size_t i, const Value& value) {
    MYSQL_BIND& bind = binds_[i];
    std::memset(&bind, 0, sizeof bind);
    bind.buffer = &numbers_[i];
    if (value.is_null()) {
      bind.buffer_type = MYSQL_TYPE_NULL;
    } else if (const auto* flag = std::get_if<bool>(&value)) {
      bind.buffer_type = MYSQL_TYPE_LONGLONG;
      numbers_[i].whole = *flag ? 1 : 0;
    } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      bind.buffer_type = MYSQL_TYPE_LONGLONG;
      numbers_[i].whole = *whole;
    } else if (const auto* real = std::get_if<double>(&value)) {
      bind.buffer_type = MYSQL_TYPE_DOUBLE;
      numbers_[i].real = *real;
    } else {
      std::string& text = texts_.emplace_back();
      const std::string* held = value.text();
      if (held != nullptr) text = *held;
      if (held == nullptr) append_json(text, value);
      bind.buffer_type = MYSQL_TYPE_STRING;
      bind.buffer = text.data();
      bind.buffer_length = text.size();
    }
  }

  std::vector<MYSQL_BIND> binds_;
  std::vector<Number> numbers_;
  std::vector<std::string> texts_;  // reserved: they stay where they are
};

class MariaDbRows : public SqlRows {
 public:
  MariaDbRows(const LibMariaDb& db, Prepared statement) : db_(db), statement_(std::move(statement)) {}

  Status begin() {
    const std::unique_ptr<MYSQL_RES, FreeResult> result(db_.statement_metadata(statement_.get()), FreeResult{&db_});
    if (!result) return Error(Code::invalid_argument, "the statement gives no rows: give one SELECT");
    const MYSQL_FIELD* fields = db_.fetch_fields(result.get());
    const unsigned count = db_.num_fields(result.get());
    cells_.reserve(count);  // they are written to where they are
    std::vector<MYSQL_BIND> binds;
    for (unsigned i = 0; i < count; ++i) {
      columns_.emplace_back(fields[i].name, fields[i].name_length);
      binds.push_back(cells_.emplace_back(db_, fields[i]).bind());
    }
    if (db_.statement_bind_result(statement_.get(), binds.data()) != 0) return error_of(db_, statement_.get());
    return {};
  }

  const std::vector<std::string>& columns() const override { return columns_; }

  Result<bool> next(SqlRow& row) override {
    const int code = db_.statement_fetch(statement_.get());
    if (code == MYSQL_NO_DATA) return false;
    if (code != 0 && code != MYSQL_DATA_TRUNCATED) return error_of(db_, statement_.get());
    for (unsigned i = 0; i < cells_.size(); ++i) row.cells.push_back(NARU_TRY(cell(i, row)));
    return true;
  }

 private:
  Result<Value> cell(unsigned column, SqlRow& row) {
    const MariaDbCell& cell = cells_[column];
    if (cell.is_null()) return Value();
    std::string text;
    if (cell.is_text() && cell.length() > 0) {
      text.resize(cell.length());
      MYSQL_BIND bind = MariaDbCell::bind_text(text);
      unsigned long length = 0;
      my_bool is_null = 0, truncated = 0;
      bind.length = &length;
      bind.is_null = &is_null;
      bind.error = &truncated;
      if (db_.statement_fetch_column(statement_.get(), &bind, column, 0) != 0) return error_of(db_, statement_.get());
    }
    Result<Value> value = cell.value(std::move(text));
    if (value) return value;
    row.problem = std::move(value).error().with(fmt::format("the column \"{}\"", columns_[column]));
    return Value();
  }

  const LibMariaDb& db_;
  const Prepared statement_;
  std::vector<std::string> columns_;
  std::vector<MariaDbCell> cells_;
};

// What comes out of a column of that type (cell.h), by its name.
std::string comes_as(std::string_view native) {
  const std::string_view word = native.substr(0, native.find_first_of("( "));
  const auto is = [&](std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  if (is({"tinyint", "smallint", "mediumint", "int", "bigint", "year", "bit"})) return "integer";
  if (is({"float", "double"})) return "number";
  if (is({"json"})) return "map or list";
  if (is({"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"})) return "text (base64)";
  return "text";
}

constexpr std::string_view kColumns =
    "SELECT c.table_schema, c.table_name, c.column_name, c.column_type, c.is_nullable, c.column_key "
    "FROM information_schema.columns c WHERE ";

std::string text_of(const Value& value) { return value.text() == nullptr ? "" : *value.text(); }

Column column_of(const std::vector<Value>& row) {
  Column column;
  column.name = text_of(row[2]);
  column.native = text_of(row[3]);
  column.type = comes_as(column.native);
  column.nullable = text_of(row[4]) == "YES";
  column.key = text_of(row[5]) == "PRI";
  return column;
}

class MariaDbConnection : public SqlConnection {
 public:
  MariaDbConnection(Connected connection, MariaDbUse use)
      : db_(*LibMariaDb::get()), connection_(std::move(connection)), use_(use) {}

  Result<std::unique_ptr<SqlRows>> query(const std::string& sql, std::span<const Value> values) override {
    auto rows = std::make_unique<MariaDbRows>(db_, NARU_TRY(execute(sql, values)));
    NARU_TRY(rows->begin());
    return std::unique_ptr<SqlRows>(std::move(rows));
  }

  Status run(const std::string& sql, std::span<const Value> values) override {
    if (!values.empty()) {
      NARU_TRY(execute(sql, values));
      return {};
    }
    // Some statements cannot be prepared.
    if (db_.query(connection_.get(), sql.data(), sql.size()) != 0) return last_error();
    const std::unique_ptr<MYSQL_RES, FreeResult> result(db_.store_result(connection_.get()), FreeResult{&db_});
    return result || db_.field_count(connection_.get()) == 0 ? Status() : Status(last_error());
  }

  std::string parameter(std::size_t) const override { return "?"; }
  std::string quoted(std::string_view name) const override {
    std::string text = "`";
    for (const char c : name) text += c == '`' ? std::string("``") : std::string(1, c);
    return text + "`";
  }

  // MariaDB's usual order takes 'a' for 'A' and for 'a '.
  std::string exact_text() const override { return "longtext " + exact(); }
  std::string key_text() const override { return fmt::format("varchar({}) {}", kKeyLettersMax, exact()); }

  Status begin_snapshot() override {
    NARU_TRY(run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", {}));
    return run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", {});
  }

  Result<std::vector<Column>> columns_of(const std::string& table) override {
    const std::size_t dot = table.find('.');
    const Value names[] = {dot == std::string::npos ? Value() : Value(table.substr(0, dot)),
                           Value(dot == std::string::npos ? table : table.substr(dot + 1))};
    std::vector<Column> columns;
    const auto rows = NARU_TRY(all_rows(*this,
                                        fmt::format("{}c.table_schema = coalesce(?, database()) AND "
                                                    "c.table_name = ? ORDER BY c.ordinal_position",
                                                    kColumns),
                                        names));
    for (const std::vector<Value>& row : rows) columns.push_back(column_of(row));
    return columns;
  }

  Result<Discovery> tables(std::stop_token) override {
    constexpr std::string_view kOurs =
        "table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')";
    const auto tables = NARU_TRY(all_rows(
        *this, fmt::format("SELECT table_schema, table_name, table_type, table_rows, data_length, database() FROM "
                           "information_schema.tables WHERE {} ORDER BY table_schema <> coalesce(database(), ''), "
                           "table_schema, table_name",
                           kOurs)));
    std::map<std::pair<std::string, std::string>, std::vector<Column>> columns;
    const auto rows = NARU_TRY(all_rows(*this, fmt::format("{}c.{} ORDER BY c.ordinal_position", kColumns, kOurs)));
    for (const std::vector<Value>& row : rows) columns[{text_of(row[0]), text_of(row[1])}].push_back(column_of(row));
    Discovery discovery;
    discovery.whole = tables.size() <= kFoundMax;
    for (const std::vector<Value>& row : tables) {
      if (discovery.found.size() >= kFoundMax) break;
      Found& found = discovery.found.emplace_back();
      const std::string schema = text_of(row[0]), name = text_of(row[1]);
      found.name = schema == text_of(row[5]) ? name : schema + "." + name;
      found.kind = text_of(row[2]).find("VIEW") != std::string::npos ? "view" : "table";
      if (const auto* count = std::get_if<std::int64_t>(&row[3])) found.count = static_cast<std::uint64_t>(*count);
      if (const auto* bytes = std::get_if<std::int64_t>(&row[4])) found.bytes = static_cast<std::uint64_t>(*bytes);
      found.columns = std::move(columns[{schema, name}]);
    }
    std::sort(discovery.found.begin(), discovery.found.end(),
              [](const Found& a, const Found& b) { return a.name < b.name; });
    return discovery;
  }

  std::vector<Finding> rights(const std::string&) override {
    const auto who = all_rows(*this, "SELECT current_user(), database(), @@global.read_only");
    if (!who) return {{"server", Verdict::missing, who.error().describe()}};
    const std::vector<Value>& row = who->front();
    std::vector<Finding> findings = {{"server", Verdict::good,
                                      fmt::format("{}, database {}, as {}", db_.server_info(connection_.get()),
                                                  row[1].is_null() ? "none" : text_of(row[1]), text_of(row[0]))}};
    if (use_ == MariaDbUse::read) {
      findings.push_back({"rights", Verdict::good, "reads in a transaction that cannot write"});
    } else if (row[1].is_null()) {
      findings.push_back({"rights", Verdict::missing, "no `database` is named, and the flow's memory stands in one"});
    } else if (const auto* only = std::get_if<std::int64_t>(&row[2]); only != nullptr && *only != 0) {
      findings.push_back({"rights", Verdict::missing, "the server is read only"});
    } else {
      findings.push_back(may_write());
    }
    return findings;
  }

 private:
  std::string exact() const {
    const bool mariadb = std::string_view(db_.server_info(connection_.get())).find("MariaDB") != std::string_view::npos;
    return fmt::format("CHARACTER SET utf8mb4 COLLATE {}", mariadb ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin");
  }

  // What a role brings is not seen.
  Finding may_write() {
    constexpr const char* kNeeded = "privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'ALTER')";
    constexpr const char* kMine = "grantee = concat('\\'', replace(current_user(), '@', '\\'@\\''), '\\'')";
    const auto seen = all_rows(
        *this, fmt::format("SELECT count(DISTINCT p) FROM (SELECT privilege_type p FROM "
                           "information_schema.user_privileges WHERE {0} AND {1} UNION SELECT privilege_type FROM "
                           "information_schema.schema_privileges WHERE {0} AND {1} AND database() LIKE table_schema) g",
                           kMine, kNeeded));
    if (!seen) return {"rights", Verdict::missing, seen.error().describe()};
    constexpr std::int64_t kNeededCount = 6;
    if (std::get<std::int64_t>(seen->front()[0]) == kNeededCount) {
      return {"rights", Verdict::good, "the database may be written, and tables made"};
    }
    return {"rights", Verdict::weaker,
            "this user has no grant of its own of SELECT, INSERT, UPDATE, DELETE, CREATE and "
            "ALTER on the database; unless a role brings them: GRANT them"};
  }

  Error last_error() const {
    return mariadb_error(db_.error_number(connection_.get()), db_.error_text(connection_.get()));
  }

  Result<Prepared> execute(const std::string& sql, std::span<const Value> values) {
    Prepared statement(db_.statement_init(connection_.get()), CloseStatement{&db_});
    if (!statement) return last_error();
    MYSQL_STMT* const made = statement.get();
    if (db_.statement_prepare(made, sql.data(), sql.size()) != 0) return error_of(db_, made);
    if (db_.statement_parameters(made) != values.size()) {
      return Error(Code::invalid_argument, "the statement has a ? that stands for nothing");
    }
    Parameters parameters(values);
    if (!values.empty() && db_.statement_bind(made, parameters.data()) != 0) return error_of(db_, made);
    if (db_.statement_execute(made) != 0) return error_of(db_, made);
    return statement;
  }

  const LibMariaDb& db_;
  const Connected connection_;
  const MariaDbUse use_;
};

Result<Connected> connect(const MariaDbServer& server) {
  const Result<LibMariaDb>& library = LibMariaDb::get();
  if (!library) return library.error();
  const LibMariaDb& db = *library;
  Connected made(db.init(nullptr), Close{&db});
  if (!made) return Error(Code::limit_exceeded, "no memory for a connection");
  MYSQL* const connection = made.get();
  const unsigned never = 0;  // a server that is not ours could ask for any file
  const my_bool yes = 1;
  db.option(connection, MYSQL_OPT_LOCAL_INFILE, &never);
  db.option(connection, MYSQL_OPT_CONNECT_TIMEOUT, &kConnectSecondsMax);
  db.option(connection, MYSQL_OPT_READ_TIMEOUT, &kSilentSecondsMax);
  db.option(connection, MYSQL_OPT_WRITE_TIMEOUT, &kSilentSecondsMax);
  db.option(connection, MYSQL_OPT_MAX_ALLOWED_PACKET, &kPacketBytesMax);
  db.option(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  db.option(connection, MYSQL_REPORT_DATA_TRUNCATION, &yes);
  if (!server.ca.empty()) {
    db.option(connection, MYSQL_OPT_SSL_ENFORCE, &yes);
    db.option(connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
    db.option(connection, MYSQL_OPT_SSL_CA, server.ca.c_str());
  }
  const auto or_null = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
  if (db.connect(connection, or_null(server.host), server.user.c_str(), or_null(server.password),
                 or_null(server.database), server.port, or_null(server.socket), 0) == nullptr) {
    return mariadb_error(db.error_number(connection), db.error_text(connection));
  }
  return made;
}

}  // namespace

Result<std::unique_ptr<SqlConnection>> open_mariadb(const MariaDbServer& server, MariaDbUse use) {
  auto connection = std::make_unique<MariaDbConnection>(NARU_TRY(connect(server)), use);
  NARU_TRY(connection->run("SET SESSION time_zone = '+00:00'", {}));
  // What does not fit is an error and is never cut.
  if (use == MariaDbUse::write) {
    NARU_TRY(connection->run("SET SESSION sql_mode = concat(@@sql_mode, ',STRICT_ALL_TABLES')", {}));
    NARU_TRY(connection->run(fmt::format("SET SESSION lock_wait_timeout = {}", kTableSecondsMax), {}));
  }
  return std::unique_ptr<SqlConnection>(std::move(connection));
}

}  // namespace naru
