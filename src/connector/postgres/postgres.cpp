// postgres: the rows of a table, a view or a query of PostgreSQL; as a target a table that is kept equal to the source.
//
// An item is a row, named by its id column (connector/shared/sql_source.h says how changes and deletions are seen). A
// poll reads in one REPEATABLE READ transaction that cannot write, row by row; `listen` names a channel on which a
// trigger tells of changes, for --watch. As a target: connector/shared/sql_target.h; a session's advisory lock keeps
// two runs from writing one table; passages may come with their vectors, which pgvector keeps (vectors.h).
#include <fmt/format.h>

#include "connector/postgres/cell.h"
#include "connector/postgres/connection.h"
#include "connector/postgres/vectors.h"
#include "connector/shared/connector_options.h"
#include "connector/shared/sql_records.h"
#include "connector/shared/sql_source.h"
#include "connector/shared/sql_target.h"
#include "naru/registry.h"
#include "record/value_json.h"
#include "runtime/clock.h"

namespace naru {

namespace {

// After a first sign of change: a transaction of many statements sends many.
constexpr std::int64_t kQuietMs = 200;

std::vector<OptionSpec> server_options() {
  return {text_option("url", "postgresql://USER@HOST:PORT/DATABASE, or what libpq takes besides: 'host=… dbname=…'."),
          optional_text("password", "${secret:file:PATH} or ${secret:env:NAME}; unless it stands in ~/.pgpass.")};
}

PostgresServer server_of(const Options& options) { return {options.text("url"), text_or_empty(options, "password")}; }

// ---- the source -----------------------------------------------------------------------------------------------

SqlSource::Wait wait_on(const PostgresServer& server, const std::string& channel) {
  const auto listener = std::make_shared<std::unique_ptr<PostgresListener>>();
  return [server, channel, listener](std::int64_t ms_max, std::stop_token stop) -> Status {
    if (!*listener) {
      *listener = NARU_TRY(listen_to_postgres(server, channel));
      return {};  // what changed before we listened is seen by one more poll
    }
    const Result<bool> heard = (*listener)->wait(ms_max, stop);
    if (!heard) {
      listener->reset();
      return heard.error();
    }
    if (*heard) system_clock().sleep_ms(kQuietMs, stop);
    return {};
  };
}

Descriptor describe_source() {
  Descriptor descriptor;
  descriptor.name = "postgres";
  descriptor.gives = PayloadKind::row;
  descriptor.summary = "The rows of a table or a query of PostgreSQL.";
  descriptor.options = server_options();
  for (OptionSpec& spec : sql_source_options()) descriptor.options.push_back(std::move(spec));
  descriptor.options.push_back(optional_text("listen", "With --watch: a channel on which NOTIFY tells of changes."));
  descriptor.examples = {
      "postgres: {url: 'postgresql://naru@db/shop', password: '${secret:file:db.txt}', table: articles, text: body}",
      "postgres: {url: 'postgresql://naru@db/shop', query: 'SELECT id, body AS text, updated_at FROM articles', "
      "cursor: updated_at, listen: articles_changed}"};
  return descriptor;
}

Result<std::unique_ptr<Source>> make_source(const Options& options) {
  SqlSourceOptions made = NARU_TRY(read_sql_source("postgres", options));
  const PostgresServer server = server_of(options);
  const auto open = [server] { return open_postgres(server, PostgresUse::read); };
  const std::string channel = text_or_empty(options, "listen");
  return std::unique_ptr<Source>(std::make_unique<SqlSource>(
      std::move(made), open, channel.empty() ? SqlSource::Wait() : wait_on(server, channel)));
}

// ---- the target -----------------------------------------------------------------------------------------------

std::string type_of(const SqlType& type, bool) {
  switch (type.kind) {
    case SqlType::Kind::number: return "numeric";
    case SqlType::Kind::boolean: return "boolean";
    case SqlType::Kind::json: return "jsonb";
    case SqlType::Kind::texts: return "text[]";
    case SqlType::Kind::vector: return fmt::format("halfvec({})", type.dims);
    case SqlType::Kind::text: break;
  }
  return "text";
}

SqlType kind_of(const Column& column) {
  const std::string& native = column.native;
  if (native == "json" || native == "jsonb") return {SqlType::Kind::json};
  if (native == "text[]" || native == "character varying[]") return {SqlType::Kind::texts};
  if (native == "boolean") return {SqlType::Kind::boolean};
  return {};
}

Value encode(const SqlType& type, Value value) {
  if (type.kind == SqlType::Kind::texts && value.list() != nullptr) return Value(postgres_array(*value.list()));
  if (type.kind != SqlType::Kind::json) return value;
  std::string json;
  append_json(json, value);
  return Value(std::move(json));
}

Result<std::unique_ptr<SqlLease>> lease(SqlConnection& connection, const std::string& table) {
  const Value number(static_cast<std::int64_t>(hash128("naru target " + table).low));
  const auto locked = NARU_TRY(all_rows(connection, "SELECT pg_try_advisory_lock($1)", {&number, 1}));
  return lease_of_session(std::get<bool>(locked[0][0]), table);
}

// Who may read is what readers filter by, and vectors what they look for.
Status make_indexes(SqlConnection& connection, const SqlTargetOptions& options,
                    const std::map<std::string, SqlType>& types) {
  const auto access = types.find(std::string(kAccessColumn));
  if (access != types.end() && access->second.kind == SqlType::Kind::texts) {
    const std::string name = options.table.substr(options.table.rfind('.') + 1) + "_naru_by_access";
    NARU_TRY(connection.run(fmt::format("CREATE INDEX IF NOT EXISTS {} ON {} USING gin ({})", connection.quoted(name),
                                        quoted_table(connection, options.table), kAccessColumn)));
  }
  return options.model ? index_vectors(connection, options.table, *options.model) : Status();
}

Descriptor describe_target() {
  Descriptor descriptor;
  descriptor.name = "postgres";
  descriptor.summary = "Rows, documents or passages, with vectors for pgvector, in a table of PostgreSQL.";
  descriptor.version = 2;
  descriptor.keeps_vectors = true;
  descriptor.options = server_options();
  for (OptionSpec& spec : sql_target_options()) descriptor.options.push_back(std::move(spec));
  descriptor.takes = {PayloadKind::row, PayloadKind::document, PayloadKind::chunk};
  descriptor.examples = {
      "postgres: {url: 'postgresql://naru@db/shop', password: '${secret:file:db.txt}', table: passages}",
      "postgres: {url: 'host=db dbname=shop user=naru', table: sales.orders, key: number}"};
  descriptor.guarantee = "transactional: rows and cursor in one transaction, each item exactly once; an advisory lock "
                         "keeps a second run out";
  return descriptor;
}

Result<std::unique_ptr<Target>> make_target(const Options& options, const TargetContext& context) {
  SqlTargetOptions made = NARU_TRY(read_sql_target(options, context));
  const PostgresServer server = server_of(options);
  SqlDialect dialect;
  dialect.open = [server](SqlUse use) {
    return open_postgres(server, use == SqlUse::write ? PostgresUse::write : PostgresUse::read);
  };
  dialect.lease = lease;
  dialect.begin = "BEGIN";
  dialect.type_of = type_of;
  dialect.kind_of = kind_of;
  dialect.encode = encode;
  dialect.index = make_indexes;
  dialect.vectors = pgvector_of;
  dialect.vectors_fit = check_vectors_fit;
  return std::unique_ptr<Target>(std::make_unique<SqlTarget>(std::move(made), std::move(dialect)));
}

}  // namespace

void register_postgres(Registry& registry) {
  registry.add_source(describe_source(), make_source, {"table", "query"});
  registry.add_target(describe_target(), make_target);
}

}  // namespace naru
