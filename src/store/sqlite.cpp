#include "store/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>

#include "runtime/files.h"
#include "store/page_sums.h"

namespace naru {

namespace {

constexpr std::int64_t kPieceBytes = 16 << 20;  // of a file that is read as bytes

Error sqlite_error(sqlite3* database, int code, std::string_view what) {
  const char* const reason = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  const std::string message = fmt::format("{}: {}", what, reason);
  switch (code & 0xff) {
    case SQLITE_FULL:
      return {Code::io, "the disk is full; free some space and run again, nothing was lost (" + message + ")"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Code::timeout, "the store is busy with another process; try again (" + message + ")"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Code::corrupt, message};
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {Code::io, "this user may not write in the folder of the store, and readers too keep a lock file there; "
                        "make it writable for this user (" + message + ")"};
    case SQLITE_IOERR:
      return {Code::io, message};
    default:
      return {Code::internal, message};
  }
}

}  // namespace

Statement::~Statement() {
  if (statement_ != nullptr) owner_->take_back(statement_);
}

Statement& Statement::bind(std::int64_t value) {
  sqlite3_bind_int64(statement_, next_++, value);
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  const char* const data = text.data() == nullptr ? "" : text.data();
  sqlite3_bind_text64(statement_, next_++, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::blob(std::string_view bytes) {
  sqlite3_bind_blob64(statement_, next_++, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::null() {
  sqlite3_bind_null(statement_, next_++);
  return *this;
}

Statement& Statement::again() {
  sqlite3_reset(statement_);
  next_ = 1;
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return owner_->error(code, "the store");
}

Status Statement::run() {
  while (NARU_TRY(step())) {
  }
  return {};
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Statement::view(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr ? std::string_view{} : std::string_view(data, static_cast<std::size_t>(size));
}

std::string Statement::text(int column) const { return std::string(view(column)); }

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

Result<std::unique_ptr<Database>> Database::open(const std::string& path, bool create) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0) | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, page_sums_layer());
  if (code != SQLITE_OK) {
    Error error = sqlite_error(handle, code, "opening " + path);
    sqlite3_close(handle);
    return error;
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  // A plan must not depend on the values that are bound: otherwise each new value compiles the statement again.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
  int reserved = kPageSumBytes;  // of a file that is made or rewritten from here on
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  return std::unique_ptr<Database>(new Database(handle, path));
}

Database::~Database() {
  // Another connection of this process may have seen the sync fail: what was lost must not go into the file by our end.
  if (sync_failed_below(path_)) sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  for (const auto& [sql, statement] : idle_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

Status Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code, "the store");
  return {};
}

// After a sync that failed nothing more is written to this file, not even when it is closed.
Error Database::error(int code, std::string_view what) {
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) {
    note_failed_sync(path_);
    sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
  if (code == SQLITE_IOERR_DATA) {
    const PageSums& sums = page_sums_of(database_);
    return {Code::corrupt, fmt::format("page {} of {}{} is not what was written: the disk or something else changed it",
                                       sums.damaged_page, path_, sums.damaged_in_log ? ", in its log," : "")};
  }
  return sqlite_error(database_, code, what);
}

Result<Statement> Database::prepare(std::string_view sql) {
  const auto idle = idle_.find(sql);
  if (idle != idle_.end()) {
    sqlite3_stmt* const statement = idle->second;
    idle_.erase(idle);
    return Statement(this, statement);
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &statement, nullptr);
  if (code != SQLITE_OK) return error(code, sql);
  return Statement(this, statement);
}

void Database::take_back(sqlite3_stmt* statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (!idle_.emplace(sqlite3_sql(statement), statement).second) sqlite3_finalize(statement);
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(database_); }

Result<std::int64_t> Database::value(std::string_view sql) {
  Statement statement = NARU_TRY(prepare(sql));
  return NARU_TRY(statement.step()) ? statement.integer(0) : 0;
}

Status Database::secure_log() {
  const std::string log = path_ + "-wal";
  if (!file_exists(log) || NARU_TRY(file_size(log)) == 0) return {};
  const auto alone = NARU_TRY(Transaction::begin(*this));
  return file_exists(log) ? renew_file(log) : Status{};  // SQLite removed one that belongs to an empty file
}

Status Database::truncate_log() {
  const std::string log = path_ + "-wal";  // SQLite cuts it off and does not sync that: it holds nothing that counts
  if (NARU_TRY(value("PRAGMA wal_checkpoint(TRUNCATE)")) == 0) return file_exists(log) ? sync_file(log) : Status{};
  return Error(Code::timeout, "another process reads the store and holds its log; end it or try again");
}

bool Database::has_page_sums() const { return page_sums_of(database_).kept; }

Status Database::make_page_sums() {
  NARU_TRY(value("PRAGMA schema_version"));  // page 1 says whether there are any
  if (has_page_sums()) return {};
  NARU_TRY(execute("VACUUM"));
  (void)truncate_log().has_value();  // whoever reads meanwhile holds the log; it goes into the file later
  return {};
}

Status Database::each_damaged_page(const std::function<void(const Error&)>& damaged) {
  const std::int64_t pages = NARU_TRY(value("PRAGMA page_count"));
  for (std::int64_t page = 1; page <= pages; ++page) {
    Statement read = NARU_TRY(prepare("SELECT data FROM sqlite_dbpage WHERE pgno = ?"));
    const Result<bool> whole = read.bind(page).step();
    if (whole) continue;
    if (whole.error().code() != Code::corrupt) return whole.error();
    damaged(whole.error());
  }
  return {};
}

Status Database::each_piece(std::size_t overlap, const std::function<void(std::string_view)>& piece) {
  sqlite3_file* file = nullptr;
  sqlite3_int64 size = 0;
  int code = sqlite3_file_control(database_, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code == SQLITE_OK) code = file->pMethods->xFileSize(file, &size);
  std::string bytes;
  for (std::int64_t at = 0; code == SQLITE_OK && at < size;) {
    const std::int64_t end = std::min<std::int64_t>(size, at + kPieceBytes);
    bytes.resize(static_cast<std::size_t>(end - at));
    code = file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), at);
    if (code != SQLITE_OK) break;
    piece(bytes);
    at = end == size ? size : end - static_cast<std::int64_t>(overlap);
  }
  if (code != SQLITE_OK) return error(code, "reading " + path_);
  return {};
}

Status Database::scrub() {
  NARU_TRY(execute("VACUUM"));
  return truncate_log();
}

Status Database::copy_to(const std::string& path) {
  const std::unique_ptr<Database> copy = NARU_TRY(open(path, true));
  sqlite3_backup* const backup = sqlite3_backup_init(copy->database_, "main", database_, "main");
  page_sums_of(copy->database_).page_bytes = page_sums_of(database_).page_bytes;  // pages come in any order, and the
  page_sums_of(copy->database_).kept = has_page_sums();                           // first may be the last
  if (backup == nullptr) return sqlite_error(copy->database_, sqlite3_errcode(copy->database_), "copying to " + path);
  sqlite3_backup_step(backup, -1);
  const int code = sqlite3_backup_finish(backup);
  if (code == SQLITE_IOERR_DATA) return error(code, path_);
  if (code != SQLITE_OK) return sqlite_error(copy->database_, code, "copying to " + path);
  return {};
}

Result<std::unique_ptr<Transaction>> Transaction::begin(Database& database, std::string_view kind) {
  const bool nested = database.in_transaction();
  NARU_TRY(database.execute(nested ? "SAVEPOINT nested" : std::string(kind)));
  return std::unique_ptr<Transaction>(new Transaction(database, nested));
}

Status Transaction::commit() {
  NARU_TRY(database_->execute(nested_ ? "RELEASE nested" : "COMMIT"));
  database_ = nullptr;
  return {};
}

Transaction::~Transaction() {
  if (database_ == nullptr) return;
  (void)database_->execute(nested_ ? "ROLLBACK TO nested; RELEASE nested" : "ROLLBACK").has_value();
}

}  // namespace naru
