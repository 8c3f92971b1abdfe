// SqlTarget: a table that is kept equal to what a flow makes, whatever the database.
//
//   T                the records: rows as their fields, documents, or passages; named by the key column
//   T_naru_items     what the flow knows: of each item its cursor, version and, where it has no records, why
//   T_naru_rows      which item gave which record
//   T_naru_state     how many change sets were applied
//
// A change set is one transaction over all four, so cursor and effects move together and a kill leaves either state.
// Records are replaced whole; a column that is missing is added. A record that no flow wrote is never written over.
// Where two items give the same record the run ends with an error that names both, and the next looks at both again.
//
// One thread. docs/decisions/0046-databases.md.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "connector/shared/sql_connection.h"
#include "naru/descriptor.h"
#include "naru/registry.h"
#include "naru/target.h"

namespace naru {

// What a column of a target holds.
struct SqlType {
  enum class Kind : std::uint8_t { text, number, boolean, json, texts };
  Kind kind = Kind::text;
};

enum class SqlUse : std::uint8_t { read, write };

// Held while a run writes a table; whoever is killed loses it.
class SqlLease {
 public:
  virtual ~SqlLease() = default;
};

// Where databases differ.
struct SqlDialect {
  std::function<Result<std::unique_ptr<SqlConnection>>(SqlUse use)> open;
  // timeout: another run writes that table.
  std::function<Result<std::unique_ptr<SqlLease>>(SqlConnection& connection, const std::string& table)> lease;
  std::string begin;  // a transaction that writes
  std::function<std::string(const SqlType& type, bool is_key)> type_of;  // "": none needs to be named
  std::function<SqlType(const Column& column)> kind_of;                  // of a column that is there; null: all text
  std::function<Value(const SqlType& type, Value value)> encode;         // null: as it is
  std::function<bool()> exists;                                          // null: it always does
  // After the table was made: indexes. Null: none.
  std::function<Status(SqlConnection& connection, const std::string& table,
                       const std::map<std::string, SqlType>& types)>
      after_create;
};

struct SqlTargetOptions {
  std::string table;
  std::string key;  // of rows: the field that names a record
  std::string flow;
  PayloadKind takes = PayloadKind::document;
};

std::vector<OptionSpec> sql_target_options();
Result<SqlTargetOptions> read_sql_target(const Options& options, const TargetContext& context);

class SqlTarget : public Target {
 public:
  SqlTarget(SqlTargetOptions options, SqlDialect dialect)
      : options_(std::move(options)), dialect_(std::move(dialect)) {}

  Status begin() override;
  Result<std::vector<KnownItem>> known_items(const std::string& flow) override;
  Result<Committed> apply(const ChangeSet& changes) override;
  std::vector<Finding> check(const std::string& flow) override;
  Status settle() override;

 private:
  using Texts = std::vector<std::string>;
  struct Record {
    std::string id;
    Fields fields;
  };
  // What a change set makes of the table.
  struct Work {
    std::vector<std::string> items;                  // whose records change: upserts, rejects and removes
    std::map<std::string, Record> records;           // by id
    std::vector<std::pair<std::string, std::string>> claims;  // item, id
    std::set<std::string> looked_again;              // items whose record another one gave too
    Texts ids() const;                               // of the records
  };

  Result<Work> work_of(const ChangeSet& changes) const;
  Result<std::vector<Record>> records_of(const DocumentUpsert& upsert) const;
  Status in_transaction(const std::function<Status()>& act);
  Status change(const ChangeSet& changes, Work& work, Committed& committed);
  Status make_memory();
  Status make_table(const Work& work);
  SqlType type_for(const std::string& name, const Value& value) const;
  Status take_over(Work& work, std::set<std::string>& replaced);
  Status check_free(const Work& work, const std::set<std::string>& replaced);
  Result<std::uint64_t> count_epoch(const std::string& flow);
  Status write_records(const Work& work);
  Status write_items(const ChangeSet& changes, const Work& work);
  // Where `column` is one of `values`; of that flow alone, unless it is "".
  Status each_in(const std::string& columns, const std::string& from, const std::string& column, const Texts& values,
                 const std::string& flow, const std::function<void(const std::vector<Value>&)>& found);
  Status delete_in(const std::string& from, const std::string& column, const Texts& values, const std::string& flow);
  std::string condition_in(const std::string& column, const Texts& values, std::size_t at, const std::string& flow,
                           std::vector<Value>& bound) const;
  Status insert(const std::string& into, const Texts& columns, const std::vector<std::vector<Value>>& rows);
  std::string beside(std::string_view suffix) const;  // the quoted name of T_naru_…
  std::string table() const;
  std::string key() const;
  std::string quoted(std::string_view name) const { return connection_->quoted(name); }
  std::string parameters(std::size_t first, std::size_t count) const;

  const SqlTargetOptions options_;
  const SqlDialect dialect_;
  std::unique_ptr<SqlConnection> connection_;  // to write; null: not begun
  std::unique_ptr<SqlLease> lease_;
  std::map<std::string, SqlType> types_;       // of the table's columns, as far as known
  bool has_memory_ = false, changed_ = false;
};

}  // namespace naru
