#include "connector/odbc/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "connector/odbc/calls.h"
#include "connector/odbc/cell.h"
#include "connector/odbc/libodbc.h"
#include "connector/odbc/wide_text.h"
#include "record/value_json.h"

namespace naru {

namespace {

constexpr std::uintptr_t kLoginSecondsMax = 10;
// More tables than this are named without their columns, which are asked for table by table.
constexpr std::size_t kDescribedMax = 1000;

SQLPOINTER as_pointer(std::uintptr_t value) { return reinterpret_cast<SQLPOINTER>(value); }

class Handle {
 public:
  Handle(const OdbcCalls& calls, SQLSMALLINT kind) : calls_(calls), kind_(kind) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (handle_ != SQL_NULL_HANDLE) calls_.odbc().free(kind_, handle_);
  }

  Status allocate(SQLHANDLE from) {
    if (SQL_SUCCEEDED(calls_.odbc().allocate(kind_, from, &handle_))) return {};
    handle_ = SQL_NULL_HANDLE;
    return Error(Code::limit_exceeded, "no memory for a connection");
  }
  SQLHANDLE get() const { return handle_; }
  // The driver's word where a call failed.
  Status check(SQLRETURN code) const {
    return SQL_SUCCEEDED(code) || code == SQL_NO_DATA ? Status() : Status(calls_.diagnosis(kind_, handle_));
  }

 private:
  const OdbcCalls& calls_;
  const SQLSMALLINT kind_;
  SQLHANDLE handle_ = SQL_NULL_HANDLE;
};

class OdbcRows : public SqlRows {
 public:
  // `cell_bytes_max`: of a value.
  OdbcRows(const OdbcCalls& calls, std::uint64_t cell_bytes_max)
      : calls_(calls), odbc_(calls.odbc()), cell_bytes_max_(cell_bytes_max), statement_(calls, SQL_HANDLE_STMT) {}

  Handle& statement() { return statement_; }

  // What the statement gives, after it was executed.
  Status describe() {
    SQLSMALLINT count = 0;
    NARU_TRY(statement_.check(odbc_.column_count(statement_.get(), &count)));
    if (count == 0) return Error(Code::invalid_argument, "the statement gives no rows: give one SELECT");
    for (SQLUSMALLINT i = 1; i <= count; ++i) {
      SQLSMALLINT type = 0;
      SQLLEN is_unsigned = SQL_FALSE;
      NARU_TRY(statement_.check(calls_.describe(statement_.get(), i, columns_.emplace_back(), type)));
      odbc_.column_attribute(statement_.get(), i, SQL_DESC_UNSIGNED, nullptr, 0, nullptr, &is_unsigned);
      cells_.emplace_back(type, is_unsigned == SQL_TRUE, calls_.wide());
    }
    return {};
  }

  const std::vector<std::string>& columns() const override { return columns_; }

  Result<bool> next(SqlRow& row) override {
    const SQLRETURN code = odbc_.fetch(statement_.get());
    if (code == SQL_NO_DATA) return false;
    NARU_TRY(statement_.check(code));
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      bool failed = false;
      Result<Value> value =
          cells_[i].read(odbc_, statement_.get(), static_cast<SQLUSMALLINT>(i + 1), cell_bytes_max_, failed);
      if (failed) return calls_.diagnosis(SQL_HANDLE_STMT, statement_.get());
      if (!value) row.problem = std::move(value).error().with(fmt::format("the column \"{}\"", columns_[i]));
      row.cells.push_back(value ? std::move(*value) : Value());
    }
    return true;
  }

 private:
  const OdbcCalls& calls_;
  const LibOdbc& odbc_;
  const std::uint64_t cell_bytes_max_;
  Handle statement_;
  std::vector<std::string> columns_;
  std::vector<OdbcCell> cells_;
};

// A value as a parameter; it lies still until the statement is executed.
struct Parameter {
  SQLBIGINT whole = 0;
  std::u16string text;
  std::string bytes;
  SQLLEN length = 0;
};

std::string text_of(const Value& value) {
  if (const std::string* held = value.text()) return *held;
  std::string text;
  if (!value.is_null()) append_json(text, value);
  return text;
}

class OdbcConnection : public SqlConnection {
 public:
  OdbcConnection(const LibOdbc& odbc, OdbcServer server)
      : odbc_(odbc),
        calls_(odbc, server.wide),
        server_(std::move(server)),
        environment_(calls_, SQL_HANDLE_ENV),
        connection_(calls_, SQL_HANDLE_DBC) {}
  ~OdbcConnection() override {
    if (!connected_) return;
    odbc_.end_transaction(SQL_HANDLE_DBC, connection_.get(), SQL_ROLLBACK);
    odbc_.disconnect(connection_.get());
  }

  Status open() {
    NARU_TRY(environment_.allocate(SQL_NULL_HANDLE));
    NARU_TRY(environment_.check(
        odbc_.set_environment(environment_.get(), SQL_ATTR_ODBC_VERSION, as_pointer(SQL_OV_ODBC3), 0)));
    NARU_TRY(connection_.allocate(environment_.get()));
    // Drivers that know neither of these do without.
    odbc_.set_connection(connection_.get(), SQL_ATTR_LOGIN_TIMEOUT, as_pointer(kLoginSecondsMax), SQL_IS_UINTEGER);
    odbc_.set_connection(connection_.get(), SQL_ATTR_ACCESS_MODE, as_pointer(SQL_MODE_READ_ONLY), SQL_IS_UINTEGER);
    NARU_TRY(connection_.check(calls_.connect(connection_.get(), server_.connection)));
    connected_ = true;
    quote_ = calls_.info(connection_.get(), SQL_IDENTIFIER_QUOTE_CHAR);
    if (quote_ == " ") quote_.clear();  // it has none
    return {};
  }

  Result<std::unique_ptr<SqlRows>> query(const std::string& sql, std::span<const Value> values) override {
    auto rows = std::make_unique<OdbcRows>(calls_, server_.cell_bytes_max);
    NARU_TRY(execute(*rows, sql, values));
    NARU_TRY(rows->describe());
    return std::unique_ptr<SqlRows>(std::move(rows));
  }

  Status run(const std::string& sql, std::span<const Value> values) override {
    OdbcRows rows(calls_, server_.cell_bytes_max);
    return execute(rows, sql, values);
  }

  std::string parameter(std::size_t) const override { return "?"; }
  std::string quoted(std::string_view name) const override {
    std::string text = quote_;
    for (const char c : name) text += quote_.size() == 1 && c == quote_[0] ? quote_ + quote_ : std::string(1, c);
    return text + quote_;
  }

  // All of a look is one SELECT: as consistent as one is there. What a transaction is for more differs too much. Rows
  // that are read one by one afterwards hold nothing open.
  Status begin_snapshot() override { return commit_by_itself(false); }
  Status end_snapshot() override {
    NARU_TRY(connection_.check(odbc_.end_transaction(SQL_HANDLE_DBC, connection_.get(), SQL_COMMIT)));
    return commit_by_itself(true);
  }

  Result<std::vector<Column>> columns_of(const std::string& table) override {
    const std::size_t dot = table.find('.');
    return columns_of(dot == std::string::npos ? "" : table.substr(0, dot),
                      dot == std::string::npos ? table : table.substr(dot + 1));
  }

  Result<Discovery> tables(std::stop_token stop) override {
    OdbcRows rows(calls_, server_.cell_bytes_max);
    NARU_TRY(rows.statement().allocate(connection_.get()));
    NARU_TRY(rows.statement().check(calls_.tables(rows.statement().get(), "TABLE,VIEW")));
    NARU_TRY(rows.describe());
    constexpr std::size_t kSchema = 1, kName = 2, kKind = 3;  // columns of SQLTables
    struct Named {
      std::string schema, name, kind;
    };
    std::vector<Named> named;
    for (SqlRow row; NARU_TRY(rows.next(row)); row = {}) {
      if (stop.stop_requested()) return Error(Code::cancelled, "stopped while looking at tables");
      if (row.problem || row.cells.size() <= kKind || named.size() > kFoundMax) continue;
      named.push_back({text_of(row.cells[kSchema]), text_of(row.cells[kName]), text_of(row.cells[kKind])});
    }
    Discovery discovery;
    discovery.whole = named.size() <= kFoundMax;
    for (const Named& one : named) {
      if (stop.stop_requested()) return Error(Code::cancelled, "stopped while looking at tables");
      if (discovery.found.size() >= kFoundMax) break;
      Found& found = discovery.found.emplace_back();
      found.name = one.schema.empty() ? one.name : one.schema + "." + one.name;
      found.kind = one.kind == "VIEW" ? "view" : "table";
      if (named.size() <= kDescribedMax) found.columns = NARU_TRY(columns_of(one.schema, one.name));
    }
    std::sort(discovery.found.begin(), discovery.found.end(),
              [](const Found& a, const Found& b) { return a.name < b.name; });
    return discovery;
  }

  std::vector<Finding> rights(const std::string&) override {
    const auto info = [&](SQLUSMALLINT what) { return calls_.info(connection_.get(), what); };
    return {{"server", Verdict::good,
             fmt::format("{} {}, by the driver {} {}", info(SQL_DBMS_NAME), info(SQL_DBMS_VER), info(SQL_DRIVER_NAME),
                         info(SQL_DRIVER_VER))},
            {"rights", Verdict::good, "reads, and never writes"}};
  }

 private:
  Status commit_by_itself(bool each_statement) {
    const SQLPOINTER how = as_pointer(each_statement ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF);
    return connection_.check(odbc_.set_connection(connection_.get(), SQL_ATTR_AUTOCOMMIT, how, SQL_IS_UINTEGER));
  }

  Result<std::vector<Column>> columns_of(const std::string& schema, const std::string& table) {
    OdbcRows rows(calls_, server_.cell_bytes_max);
    NARU_TRY(rows.statement().allocate(connection_.get()));
    NARU_TRY(rows.statement().check(calls_.columns(rows.statement().get(), schema, table)));
    NARU_TRY(rows.describe());
    constexpr std::size_t kTable = 2, kName = 3, kType = 4, kNative = 5, kNullable = 10;  // columns of SQLColumns
    std::vector<Column> columns;
    for (SqlRow row; NARU_TRY(rows.next(row)); row = {}) {
      // A name may be taken for a pattern: `a_b` has axb too.
      if (row.problem || row.cells.size() <= kNullable || text_of(row.cells[kTable]) != table) continue;
      Column& column = columns.emplace_back();
      column.name = text_of(row.cells[kName]);
      column.native = text_of(row.cells[kNative]);
      const auto* type = std::get_if<std::int64_t>(&row.cells[kType]);
      column.type = OdbcCell(type == nullptr ? SQL_VARCHAR : static_cast<SQLSMALLINT>(*type), false, true).comes_as();
      const auto* nullable = std::get_if<std::int64_t>(&row.cells[kNullable]);
      column.nullable = nullable == nullptr || *nullable != SQL_NO_NULLS;
    }
    return columns;
  }

  Status execute(OdbcRows& rows, const std::string& sql, std::span<const Value> values) {
    Handle& statement = rows.statement();
    NARU_TRY(statement.allocate(connection_.get()));
    NARU_TRY(statement.check(calls_.prepare(statement.get(), sql)));
    std::deque<Parameter> bound;
    for (const Value& value : values) NARU_TRY(bind(statement, value, bound));
    return statement.check(odbc_.execute(statement.get()));
  }

  // Whole numbers and texts, which is what names a row.
  Status bind(Handle& statement, const Value& value, std::deque<Parameter>& bound) {
    Parameter& parameter = bound.emplace_back();
    const auto number = static_cast<SQLUSMALLINT>(bound.size());
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      parameter.whole = *whole;
      return statement.check(odbc_.bind(statement.get(), number, SQL_PARAM_INPUT, SQL_C_SBIGINT, SQL_BIGINT, 0, 0,
                                        &parameter.whole, 0, &parameter.length));
    }
    parameter.bytes = text_of(value);
    parameter.text = to_wide(parameter.bytes);
    void* data = server_.wide ? static_cast<void*>(parameter.text.data()) : parameter.bytes.data();
    const std::size_t letters = server_.wide ? parameter.text.size() : parameter.bytes.size();
    parameter.length = static_cast<SQLLEN>(server_.wide ? letters * sizeof(char16_t) : letters);
    return statement.check(odbc_.bind(statement.get(), number, SQL_PARAM_INPUT,
                                      static_cast<SQLSMALLINT>(server_.wide ? SQL_C_WCHAR : SQL_C_CHAR),
                                      static_cast<SQLSMALLINT>(server_.wide ? SQL_WVARCHAR : SQL_VARCHAR),
                                      std::max<std::size_t>(letters, 1), 0, data, parameter.length, &parameter.length));
  }

  const LibOdbc& odbc_;
  const OdbcCalls calls_;
  const OdbcServer server_;
  Handle environment_, connection_;  // in the order in which they need each other
  std::string quote_ = "\"";
  bool connected_ = false;
};

}  // namespace

Result<std::unique_ptr<SqlConnection>> open_odbc(const OdbcServer& server) {
  const Result<LibOdbc>& library = LibOdbc::get();
  if (!library) return library.error();
  auto connection = std::make_unique<OdbcConnection>(*library, server);
  NARU_TRY(connection->open());
  return std::unique_ptr<SqlConnection>(std::move(connection));
}

}  // namespace naru
