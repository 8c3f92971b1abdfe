// sqlite: the rows of a table, a view or a query of a SQLite file; as a target a table that is kept equal to the
// source.
//
// An item is a row, named by its id column (connector/shared/sql_source.h says how changes and deletions are seen). The
// file is opened read only, and read in one transaction. Whole numbers, numbers, texts and null come as they are, blobs
// as base64. As a target: connector/shared/sql_target.h; the flow's memory stands in tables of its own beside it, so
// rows and cursor move in one transaction.
#include <fmt/format.h>

#include "connector/shared/connector_options.h"
#include "connector/shared/source_file.h"
#include "connector/shared/sql_source.h"
#include "connector/shared/sql_target.h"
#include "connector/shared/sqlite_connection.h"
#include "naru/registry.h"
#include "runtime/files.h"

namespace naru {

namespace {

// Hears that the file, its journal or its log was written.
SqlSource::Wait watch_of(const std::string& path) {
  const auto changes = std::make_shared<FileChanges>(path);
  return [changes](std::int64_t ms_max, std::stop_token stop) { return changes->wait(ms_max, std::move(stop)); };
}

OptionSpec path_option() { return text_option("path", "The file; relative paths start at the configuration file."); }

Descriptor describe_source() {
  Descriptor descriptor;
  descriptor.name = "sqlite";
  descriptor.gives = PayloadKind::row;
  descriptor.summary = "The rows of a table or a query of a SQLite file.";
  descriptor.options = sql_source_options();
  descriptor.options.insert(descriptor.options.begin(), path_option());
  descriptor.examples = {"sqlite: {path: app.db, table: articles, id: id, text: body}",
                         "sqlite: {path: app.db, query: 'SELECT id, body AS text FROM articles WHERE public', "
                         "cursor: updated_at}"};
  return descriptor;
}

Result<std::unique_ptr<Source>> make_source(const Options& options) {
  const std::string path = NARU_TRY(path_of(options, "path"));
  SqlSourceOptions made = NARU_TRY(read_sql_source("sqlite", options));
  const auto open = [path] { return open_sqlite(path, SqliteAccess::read); };
  return std::unique_ptr<Source>(std::make_unique<SqlSource>(std::move(made), open, watch_of(path)));
}

Descriptor describe_target() {
  Descriptor descriptor;
  descriptor.name = "sqlite";
  descriptor.summary = "Rows, documents or passages in a table of a SQLite file, kept equal to the source.";
  descriptor.options = sql_target_options();
  descriptor.options.insert(descriptor.options.begin(), path_option());
  descriptor.version = 2;
  descriptor.takes = {PayloadKind::row, PayloadKind::document, PayloadKind::chunk};
  descriptor.examples = {"sqlite: {path: out.db, table: passages}",
                         "sqlite: {path: out.db, table: orders, key: number}"};
  descriptor.guarantee = "transactional: rows and cursor in one transaction, each item exactly once";
  return descriptor;
}

// One run at a time writes a table: a lock that the system takes back from whoever was killed.
class FileLease : public SqlLease {
 public:
  explicit FileLease(std::unique_ptr<FileLock> lock) : lock_(std::move(lock)) {}

 private:
  std::unique_ptr<FileLock> lock_;
};

Result<std::unique_ptr<Target>> make_target(const Options& options, const TargetContext& context) {
  const std::string path = NARU_TRY(file_to_write(options, "path"));
  SqlTargetOptions made = NARU_TRY(read_sql_target(options, context));
  SqlDialect dialect;
  dialect.open = [path](SqlUse use) -> Result<std::unique_ptr<SqlConnection>> {
    if (use == SqlUse::write) NARU_TRY(make_folders(folder_name(path)));
    return open_sqlite(path, use == SqlUse::write ? SqliteAccess::write : SqliteAccess::read);
  };
  dialect.lease = [path](SqlConnection&, const std::string& table) -> Result<std::unique_ptr<SqlLease>> {
    const std::string lock = fmt::format("{}.naru-{}.lock", path, hash128(table).hex().substr(0, 8));
    return std::unique_ptr<SqlLease>(std::make_unique<FileLease>(NARU_TRY(FileLock::acquire(lock))));
  };
  dialect.begin = "BEGIN IMMEDIATE";
  // A column takes what comes; keys are compared with texts, which the type of theirs sees to.
  dialect.type_of = [](const SqlType& type, bool is_key) {
    return std::string(is_key && type.kind == SqlType::Kind::number ? "NUMERIC" : "");
  };
  dialect.exists = [path] { return file_exists(path); };
  return std::unique_ptr<Target>(std::make_unique<SqlTarget>(std::move(made), std::move(dialect)));
}

}  // namespace

void register_sqlite(Registry& registry) {
  registry.add_source(describe_source(), make_source, {"table", "query"});
  registry.add_target(describe_target(), make_target);
}

}  // namespace naru
