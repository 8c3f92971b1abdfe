#include "connector/postgres/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "connector/postgres/cell.h"
#include "connector/postgres/libpq.h"
#include "record/value_json.h"
#include "runtime/clock.h"

namespace naru {

namespace {

// While nothing is heard on a channel, it is looked at so often.
constexpr std::int64_t kLookMs = 200;

struct Finish {
  const LibPq* pq;
  void operator()(PGconn* connection) const { pq->finish(connection); }
};
struct Clear {
  const LibPq* pq;
  void operator()(PGresult* result) const { pq->clear(result); }
};
using Connected = std::unique_ptr<PGconn, Finish>;
using Answer = std::unique_ptr<PGresult, Clear>;

std::string trimmed(const char* message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

// By the class of the SQLSTATE (PostgreSQL's manual, appendix A).
Code code_of(std::string_view state) {
  const std::string_view kind = state.substr(0, 2);
  if (state == "42501" || kind == "28") return Code::not_allowed;
  if (state == "42P01" || state == "3F000" || state == "3D000" || kind == "08" || kind == "57" || state == "53300") {
    return state == "57014" ? Code::timeout : Code::unavailable;
  }
  if (state == "55P03" || kind == "40") return Code::timeout;
  if (kind == "53" || kind == "58") return Code::io;
  if (state == "23505") return Code::already_exists;
  return state.empty() ? Code::unavailable : Code::invalid_argument;
}

Result<Connected> connect(const PostgresServer& server) {
  const Result<LibPq>& library = LibPq::get();
  if (!library) return library.error();
  const LibPq& pq = *library;
  // What the url says wins over what stands before it; a server that is gone is noticed within a minute.
  const char* const names[] = {"connect_timeout", "tcp_user_timeout", "keepalives_idle", "fallback_application_name",
                               "dbname", "client_encoding", server.password.empty() ? nullptr : "password", nullptr};
  const char* const values[] = {"10",   "60000", "30", "naru", server.url.c_str(), "UTF8", server.password.c_str(),
                                nullptr};
  Connected connected(pq.connect(names, values, 1), Finish{&pq});
  if (!connected) return Error(Code::limit_exceeded, "no memory for a connection");
  if (pq.status(connected.get()) != CONNECTION_OK) {
    const std::string message = trimmed(pq.error_message(connected.get()));
    const bool refused =
        message.find("authentication") != std::string::npos || message.find("no password") != std::string::npos;
    return Error(refused ? Code::not_allowed : Code::unavailable, message);
  }
  return connected;
}

std::optional<std::string> parameter_text(const Value& value) {
  if (value.is_null()) return std::nullopt;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "t" : "f";
  std::string text;
  if (const std::string* held = value.text()) {
    text = *held;
    for (std::size_t at = 0; (at = text.find('\0', at)) != std::string::npos; at += 3)
      text.replace(at, 1, "\xef\xbf\xbd");
    return text;  // PostgreSQL holds no NUL
  }
  append_json(text, value);
  return text;
}

class Session {
 public:
  explicit Session(Connected connection) : pq_(*LibPq::get()), connection_(std::move(connection)) {}

  const LibPq& pq() const { return pq_; }
  PGconn* get() const { return connection_.get(); }

  Status send(const std::string& sql, std::span<const Value> values) {
    std::vector<std::optional<std::string>> texts;
    std::vector<const char*> pointers;
    for (const Value& value : values) texts.push_back(parameter_text(value));
    for (const std::optional<std::string>& text : texts) pointers.push_back(text ? text->c_str() : nullptr);
    if (pq_.send_query(get(), sql.c_str(), static_cast<int>(pointers.size()), nullptr, pointers.data(), nullptr,
                       nullptr, 0) == 0) {
      return Error(Code::unavailable, trimmed(pq_.error_message(get())));
    }
    pq_.set_single_row_mode(get());
    return {};
  }
  // Null: there are no more.
  Result<Answer> next() {
    Answer answer(pq_.get_result(get()), Clear{&pq_});
    if (!answer) return answer;
    switch (pq_.result_status(answer.get())) {
      case PGRES_SINGLE_TUPLE:
      case PGRES_TUPLES_OK:
      case PGRES_COMMAND_OK: return answer;
      default: break;
    }
    const char* state = pq_.result_error_field(answer.get(), PG_DIAG_SQLSTATE);
    return Error(code_of(state == nullptr ? "" : state), trimmed(pq_.result_error_message(answer.get())));
  }
  // Whatever is still to come of an answer is not wanted.
  void abandon() {
    if (PGcancel* cancel = pq_.get_cancel(get())) {
      char reason[256];
      pq_.cancel(cancel, reason, sizeof reason);
      pq_.free_cancel(cancel);
    }
    drain();
  }
  void drain() {
    while (PGresult* rest = pq_.get_result(get())) pq_.clear(rest);
  }

 private:
  const LibPq& pq_;
  const Connected connection_;
};

class PostgresRows : public SqlRows {
 public:
  PostgresRows(Session& session, Answer first) : session_(session), answer_(std::move(first)) {
    for (int i = 0; i < session_.pq().fields(answer_.get()); ++i) {
      columns_.emplace_back(session_.pq().field_name(answer_.get(), i));
    }
  }
  ~PostgresRows() override {
    if (!ended_) session_.abandon();
  }

  const std::vector<std::string>& columns() const override { return columns_; }

  Result<bool> next(SqlRow& row) override {
    if (ended_) return false;
    if (!answer_) {
      Result<Answer> answer = session_.next();
      if (!answer) return ended_ = true, session_.drain(), answer.error();
      answer_ = std::move(*answer);
    }
    if (!answer_ || session_.pq().tuples(answer_.get()) == 0) {
      ended_ = true;
      session_.drain();
      return false;
    }
    for (int i = 0; i < static_cast<int>(columns_.size()); ++i) row.cells.push_back(cell(i, row));
    answer_.reset();
    return true;
  }

 private:
  Value cell(int column, SqlRow& row) const {
    const LibPq& pq = session_.pq();
    if (pq.is_null(answer_.get(), 0, column) != 0) return {};
    const std::string_view text(pq.value(answer_.get(), 0, column),
                                static_cast<std::size_t>(pq.length(answer_.get(), 0, column)));
    Result<Value> value = postgres_cell(pq.field_type(answer_.get(), column), text);
    if (value) return std::move(*value);
    row.problem =
        std::move(value).error().with(fmt::format("the column \"{}\"", columns_[static_cast<std::size_t>(column)]));
    return {};
  }

  Session& session_;
  Answer answer_;  // of one row; null: to be asked for
  std::vector<std::string> columns_;
  bool ended_ = false;
};

// What comes out of a column of that type (cell.h), by its name.
std::string comes_as(std::string_view native) {
  if (native.ends_with("[]")) return "list";
  if (native == "boolean") return "boolean";
  if (native == "smallint" || native == "integer" || native == "bigint") return "integer";
  if (native == "real" || native == "double precision") return "number";
  if (native == "json" || native == "jsonb") return "map or list";
  return native == "bytea" ? "text (base64)" : "text";
}

constexpr std::string_view kColumns =
    "SELECT a.attrelid::bigint, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, "
    "EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)) "
    "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attnum > 0 AND NOT a.attisdropped AND ";

Column column_of(const std::vector<Value>& row) {
  Column column;
  column.name = *row[1].text();
  column.native = *row[2].text();
  column.type = comes_as(column.native);
  column.nullable = !std::get<bool>(row[3]);
  column.key = std::get<bool>(row[4]);
  return column;
}

class PostgresConnection : public SqlConnection {
 public:
  PostgresConnection(Connected connection, PostgresUse use) : session_(std::move(connection)), use_(use) {}

  Result<std::unique_ptr<SqlRows>> query(const std::string& sql, std::span<const Value> values) override {
    NARU_TRY(session_.send(sql, values));
    Result<Answer> first = session_.next();
    if (!first || !*first) {
      session_.drain();
      return first ? Error(Code::unavailable, "the server gave no answer") : std::move(first).error();
    }
    return std::unique_ptr<SqlRows>(std::make_unique<PostgresRows>(session_, std::move(*first)));
  }

  Status run(const std::string& sql, std::span<const Value> values) override {
    NARU_TRY(session_.send(sql, values));
    for (;;) {
      Result<Answer> answer = session_.next();
      if (!answer) return session_.drain(), answer.error();
      if (!*answer) return {};
    }
  }

  std::string parameter(std::size_t n) const override { return "$" + std::to_string(n); }
  Status begin_snapshot() override { return run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", {}); }

  Result<std::vector<Column>> columns_of(const std::string& table) override {
    const Value name(quoted_table(*this, table));
    std::vector<Column> columns;
    const auto rows = NARU_TRY(
        all_rows(*this, fmt::format("{}a.attrelid = to_regclass($1) ORDER BY a.attnum", kColumns), {&name, 1}));
    for (const std::vector<Value>& row : rows) columns.push_back(column_of(row));
    return columns;
  }

  Result<Discovery> tables(std::stop_token) override {
    constexpr std::string_view kOurs =
        "c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND "
        "n.nspname NOT LIKE 'pg\\_%' AND has_table_privilege(c.oid, 'SELECT')";
    const auto tables = NARU_TRY(all_rows(
        *this,
        fmt::format("SELECT c.oid::bigint, CASE WHEN pg_table_is_visible(c.oid) THEN c.relname ELSE n.nspname || "
                    "'.' || c.relname END AS name, c.relkind::text, c.reltuples::bigint, "
                    "CASE WHEN c.relkind IN ('r', 'm') THEN pg_total_relation_size(c.oid) END "
                    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {} ORDER BY name",
                    kOurs)));
    std::map<std::int64_t, std::vector<Column>> columns;
    const auto rows = NARU_TRY(all_rows(
        *this,
        fmt::format("{}a.attrelid IN (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                    "WHERE {}) ORDER BY a.attrelid, a.attnum",
                    kColumns, kOurs)));
    for (const std::vector<Value>& row : rows) columns[std::get<std::int64_t>(row[0])].push_back(column_of(row));
    Discovery discovery;
    discovery.whole = tables.size() <= kFoundMax;
    for (const std::vector<Value>& row : tables) {
      if (discovery.found.size() >= kFoundMax) break;
      Found& found = discovery.found.emplace_back();
      found.name = *row[1].text();
      found.kind = *row[2].text() == "v" ? "view" : "table";
      const std::int64_t estimate = std::get<std::int64_t>(row[3]);  // -1: never counted
      if (estimate >= 0 && found.kind == "table") found.count = static_cast<std::uint64_t>(estimate);
      if (const auto* bytes = std::get_if<std::int64_t>(&row[4])) found.bytes = static_cast<std::uint64_t>(*bytes);
      found.columns = std::move(columns[std::get<std::int64_t>(row[0])]);
    }
    return discovery;
  }

  std::vector<Finding> rights(const std::string& table) override {
    const auto who = all_rows(*this,
                              "SELECT current_user::text, current_database()::text, current_setting('server_version'), "
                              "pg_is_in_recovery()");
    if (!who) return {{"server", Verdict::missing, who.error().describe()}};
    const std::vector<Value>& row = who->front();
    std::vector<Finding> findings = {{"server", Verdict::good,
                                      fmt::format("PostgreSQL {}, database {}, as {}", *row[2].text(), *row[1].text(),
                                                  *row[0].text())}};
    if (use_ == PostgresUse::read) {
      findings.push_back({"rights", Verdict::good, "reads in a transaction that cannot write"});
      return findings;
    }
    if (std::get<bool>(row[3]))
      return {findings[0], {"rights", Verdict::missing, "the server is a standby, which nobody writes"}};
    findings.push_back(may_write(table));
    return findings;
  }

 private:
  Finding may_write(const std::string& table) {
    const Value name(quoted_table(*this, table));
    const auto may = all_rows(*this,
                              "SELECT to_regclass($1) IS NULL, has_table_privilege(to_regclass($1), 'INSERT') AND "
                              "has_table_privilege(to_regclass($1), 'DELETE'), "
                              "has_schema_privilege(current_schema(), 'CREATE')",
                              {&name, 1});
    if (!may) return {"rights", Verdict::missing, may.error().describe()};
    const std::vector<Value>& row = may->front();
    const bool is_new = std::get<bool>(row[0]);
    const auto yes = [](const Value& value) { return std::holds_alternative<bool>(value) && std::get<bool>(value); };
    if (is_new && yes(row[2])) return {"rights", Verdict::good, "the table does not exist yet, and may be made"};
    if (!is_new && yes(row[1]) && yes(row[2])) return {"rights", Verdict::good, "the table may be written"};
    return {"rights", Verdict::missing,
            yes(row[2]) ? "this user may not insert into the table and delete from it: GRANT INSERT, DELETE, SELECT"
                        : "this user may make no tables, and the flow's memory stands in some: GRANT CREATE ON SCHEMA"};
  }

  Session session_;
  const PostgresUse use_;
};

class Listener : public PostgresListener {
 public:
  explicit Listener(Connected connection) : session_(std::move(connection)) {}

  Session& session() { return session_; }

  Result<bool> wait(std::int64_t ms_max, std::stop_token stop) override {
    const LibPq& pq = session_.pq();
    bool heard = false;
    for (std::int64_t waited = 0; !heard && waited < ms_max && !stop.stop_requested(); waited += kLookMs) {
      if (pq.consume_input(session_.get()) == 0) {
        return Error(Code::unavailable, trimmed(pq.error_message(session_.get())));
      }
      while (PGnotify* said = pq.notifies(session_.get())) {
        heard = true;
        pq.free_memory(said);
      }
      if (!heard) system_clock().sleep_ms(std::min(kLookMs, ms_max - waited), stop);
    }
    return heard;
  }

 private:
  Session session_;
};

}  // namespace

Result<std::unique_ptr<SqlConnection>> open_postgres(const PostgresServer& server, PostgresUse use) {
  auto connection = std::make_unique<PostgresConnection>(NARU_TRY(connect(server)), use);
  for (const char* setting : {"SET DateStyle = ISO", "SET TimeZone = 'UTC'", "SET IntervalStyle = iso_8601",
                              "SET bytea_output = hex", "SET standard_conforming_strings = on"}) {
    NARU_TRY(connection->run(setting, {}));
  }
  return std::unique_ptr<SqlConnection>(std::move(connection));
}

Result<std::unique_ptr<PostgresListener>> listen_to_postgres(const PostgresServer& server, const std::string& channel) {
  std::string quoted = "\"";
  for (const char c : channel) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  auto listener = std::make_unique<Listener>(NARU_TRY(connect(server)));
  NARU_TRY(listener->session().send("LISTEN " + quoted + "\"", {}));
  for (;;) {
    const Result<Answer> answer = listener->session().next();
    if (!answer) return answer.error();
    if (!*answer) return std::unique_ptr<PostgresListener>(std::move(listener));
  }
}

}  // namespace naru
