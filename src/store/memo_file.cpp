#include "store/memo_file.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/clock.h"
#include "runtime/files.h"

namespace naru {

namespace {

// A key is 16 random bytes and would scatter rows that are as large as documents: it has an index of its own.
constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS memo(id INTEGER PRIMARY KEY, key BLOB NOT NULL, value BLOB NOT NULL);"
    "CREATE UNIQUE INDEX IF NOT EXISTS memo_by_key ON memo(key);";

// Values of a few hundred thousand documents; what is dropped is made again when it is asked for.
constexpr std::int64_t kBytesMax = 1LL << 30;
// What is put is durable after this time at the next put, though nobody asked: an answer of a model took seconds.
constexpr std::int64_t kUndurableNsMax = 1'000'000'000;

Result<std::unique_ptr<Database>> open_database(const std::string& path) {
  std::unique_ptr<Database> memo = NARU_TRY(Database::open(path, true));
  NARU_TRY(memo->secure_log());
  NARU_TRY(memo->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"));
  NARU_TRY(memo->make_page_sums());
  NARU_TRY(memo->execute(kSchema));
  NARU_TRY(memo->value("SELECT count(*) FROM (SELECT 1 FROM memo LIMIT 1)"));
  return memo;
}

}  // namespace

Result<std::unique_ptr<MemoFile>> MemoFile::open(const std::string& path) {
  std::unique_ptr<MemoFile> memo(new MemoFile(path));
  Result<std::unique_ptr<Database>> database = open_database(path);
  if (database) {
    memo->database_ = std::move(*database);
    return memo;
  }
  const Code code = database.error().code();
  if (code != Code::corrupt && code != Code::internal) return std::move(database).error();  // internal: other tables
  NARU_TRY(memo->make_anew(database.error()));
  return memo;
}

Status MemoFile::make_anew(const Error& damage) {
  transaction_.reset();
  database_.reset();
  for (const char* suffix : {"", "-wal", "-shm"}) NARU_TRY(remove_file(path_ + suffix));
  database_ = NARU_TRY(open_database(path_));
  notice_ = fmt::format("{} was damaged and is made anew; it only saves time, and nothing else was lost ({})", path_,
                        damage.message());
  return {};
}

// Does what is asked, on a new file where the old one turns out to be damaged. The caller holds the mutex.
template <class Call>
auto MemoFile::on_whole_file(Call call) -> decltype(call()) {
  if (!database_) return Error(Code::io, path_ + " could not be made anew");
  auto done = call();
  if (done || done.error().code() != Code::corrupt) return done;
  NARU_TRY(make_anew(done.error()));
  return call();
}

Result<std::optional<std::string>> MemoFile::get(const Id128& key) {
  const std::lock_guard lock(mutex_);
  return on_whole_file([&]() -> Result<std::optional<std::string>> {
    Statement find = NARU_TRY(database_->prepare("SELECT value FROM memo WHERE key = ?"));
    find.blob(key.bytes());
    if (!NARU_TRY(find.step())) return std::optional<std::string>{};
    return std::optional<std::string>(find.text(0));
  });
}

Status MemoFile::put(const Id128& key, std::string_view value) {
  const std::lock_guard lock(mutex_);
  return on_whole_file([&]() -> Status {
    if (!transaction_) {
      transaction_ = NARU_TRY(Transaction::begin(*database_));
      begun_ns_ = system_clock().monotonic_ns();
    }
    Statement put = NARU_TRY(database_->prepare(
        "INSERT INTO memo(key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value"));
    NARU_TRY(put.blob(key.bytes()).blob(value).run());
    return system_clock().monotonic_ns() - begun_ns_ < kUndurableNsMax ? Status() : commit();
  });
}

Status MemoFile::flush() {
  const std::lock_guard lock(mutex_);
  return on_whole_file([&] { return commit(); });
}

Status MemoFile::commit() {
  if (!transaction_) return {};
  const std::unique_ptr<Transaction> transaction = std::move(transaction_);
  return transaction->commit();
}

Result<std::uint64_t> MemoFile::clear() {
  NARU_TRY(flush());
  const std::lock_guard lock(mutex_);
  return on_whole_file([&]() -> Result<std::uint64_t> {
    const std::int64_t count = NARU_TRY(database_->value("SELECT count(*) FROM memo"));
    NARU_TRY(database_->execute("DELETE FROM memo"));
    NARU_TRY(database_->scrub());
    return static_cast<std::uint64_t>(count);
  });
}

Status MemoFile::each_piece(std::size_t overlap, const std::function<void(std::string_view)>& piece) {
  const std::lock_guard lock(mutex_);
  return on_whole_file([&] { return database_->each_piece(overlap, piece); });
}

Status MemoFile::trim() {
  NARU_TRY(flush());
  const std::lock_guard lock(mutex_);
  return on_whole_file([&]() -> Status {
    const std::int64_t pages = NARU_TRY(database_->value("PRAGMA page_count"));
    const std::int64_t unused = NARU_TRY(database_->value("PRAGMA freelist_count"));
    if ((pages - unused) * NARU_TRY(database_->value("PRAGMA page_size")) <= kBytesMax) return {};
    return database_->execute("DELETE FROM memo WHERE id <= (SELECT (min(id) + max(id)) / 2 FROM memo)");
  });
}

std::string MemoFile::take_notice() {
  const std::lock_guard lock(mutex_);
  return std::exchange(notice_, {});
}

}  // namespace naru
