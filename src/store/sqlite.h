// A thin, owning wrapper over SQLite: errors are values, statements are cached, strings are bound without copies that
// outlive them. One Database belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "naru/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace naru {

// One prepared statement in use. Column values are valid until the next step or the end of the object.
class Statement {
 public:
  Statement(Statement&& other) noexcept : owner_(other.owner_), statement_(other.statement_), next_(other.next_) {
    other.statement_ = nullptr;
  }
  Statement& operator=(Statement&&) = delete;
  ~Statement();  // goes back to its Database, which outlives it

  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  Statement& blob(std::string_view bytes);
  Statement& null();
  Statement& again();  // from the first value on, to run once more

  Result<bool> step();  // true: there is a row
  Status run();         // to the end, rows are ignored
  std::int64_t integer(int column) const;
  std::string text(int column) const;  // text or blob
  std::string_view view(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  Statement(class Database* owner, sqlite3_stmt* statement) : owner_(owner), statement_(statement) {}
  class Database* owner_;
  sqlite3_stmt* statement_;
  int next_ = 1;
};

class Database {
 public:
  // Waits this long for another process's commit before giving up.
  static constexpr int kBusyMilliseconds = 10'000;

  static Result<std::unique_ptr<Database>> open(const std::string& path, bool create);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Status execute(const std::string& sql);
  // Compiled once and kept: a statement is lent to one user at a time, so the same text may be in use twice.
  Result<Statement> prepare(std::string_view sql);
  std::int64_t last_row() const;
  bool in_transaction() const;
  // Rewrites the file without free pages, and empties its log: what was deleted is in neither, and does not come back
  // with a power cut. timeout: someone reads.
  Status scrub();
  // What a writer before us left in the log is on the disk afterwards: after a kill or a failed sync the kernel may
  // only remember it, and commits that are built on it would go with it. Before anything is written.
  Status secure_log();
  Status truncate_log();
  // Whether each page of the file has a checksum (page_sums.h), and giving them to a file that was made without: it is
  // written anew, so there must be room for it twice.
  bool has_page_sums() const;
  Status make_page_sums();
  // Reads every page, those too that hold nothing now; each that is not what was written is told, as `corrupt`.
  Status each_damaged_page(const std::function<void(const Error&)>& damaged);
  // The bytes of the file itself, through SQLite's own handle: whoever opened and closed the file beside it would give
  // up all locks that this process has on it (POSIX), and another process could remove the log under us. In pieces
  // that share `overlap` bytes with the one before.
  Status each_piece(std::size_t overlap, const std::function<void(std::string_view)>& piece);
  // The whole database into a new file, as this connection's open read sees it; writers go on meanwhile.
  Status copy_to(const std::string& path);
  Result<std::int64_t> value(std::string_view sql);  // first column of the first row, 0 where there is none

 private:
  friend class Statement;
  Database(sqlite3* database, std::string path) : database_(database), path_(std::move(path)) {}
  void take_back(sqlite3_stmt* statement);
  Error error(int code, std::string_view what);

  sqlite3* database_;
  const std::string path_;
  std::unordered_map<std::string_view, sqlite3_stmt*> idle_;  // by text, which is the statement's
};

// Rolls back when it goes without commit(). Begun within another one of the same database it is a part of it: its
// changes hold when the outer one commits.
class Transaction {
 public:
  static Result<std::unique_ptr<Transaction>> begin(Database& database, std::string_view kind = "BEGIN IMMEDIATE");
  Status commit();
  ~Transaction();

 private:
  Transaction(Database& database, bool nested) : database_(&database), nested_(nested) {}
  Database* database_;
  const bool nested_;
};

}  // namespace naru
