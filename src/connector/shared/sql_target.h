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
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connector/shared/sql_connection.h"
#include "connector/shared/sql_records.h"
#include "naru/descriptor.h"
#include "naru/registry.h"
#include "naru/target.h"

namespace naru {

// What a column of a target holds.
struct SqlType {
  enum class Kind : std::uint8_t { text, number, boolean, json, texts, vector };
  Kind kind = Kind::text;
  std::uint32_t dims = 0;  // of a vector
  bool whole = false;      // a number
};

enum class SqlUse : std::uint8_t { read, write };

// Held while a run writes a table; whoever is killed loses it.
class SqlLease {
 public:
  virtual ~SqlLease() = default;
};

struct SqlTargetOptions {
  std::string table;
  std::string key;  // of rows: the field that names a record
  std::string flow;
  PayloadKind takes = PayloadKind::document;
  bool vectors = false;            // passages come with theirs
  std::optional<ModelInfo> model;  // of these; none: to look only
};

// Where databases differ.
struct SqlDialect {
  std::function<Result<std::unique_ptr<SqlConnection>>(SqlUse use)> open;
  // timeout: another run writes that table.
  std::function<Result<std::unique_ptr<SqlLease>>(SqlConnection& connection, const std::string& table)> lease;
  std::string begin;  // a transaction that writes
  std::function<std::string(const SqlType& type, bool is_key)> type_of;  // "": none needs to be named
  std::function<SqlType(const Column& column)> kind_of;                  // of a column that is there; null: all text
  // Null: as it is. invalid_argument: it does not fit.
  std::function<Result<Value>(const SqlType& type, Value value)> encode;
  // Within CREATE TABLE, of texts of the flow's memory. Null: PRIMARY KEY (…).
  std::function<std::string(const std::vector<std::string>& columns)> index_of;
  bool tables_end_transactions = false;  // whoever makes a table commits what went before
  std::function<bool()> exists;                                          // null: it always does
  // After columns were made: indexes. Null: none.
  std::function<Status(SqlConnection& connection, const SqlTargetOptions& options,
                       const std::map<std::string, SqlType>& types)>
      index;
  // Where it keeps vectors: by what, and with `write` made ready for them. Null: it keeps none.
  std::function<Result<std::string>(SqlConnection& connection, SqlUse use)> vectors;
  // Whether the table can take those of a model; else what to do.
  std::function<Status(SqlConnection& connection, const std::string& table, const ModelInfo& model)> vectors_fit;
};

std::vector<OptionSpec> sql_target_options();
// Of a lock that the session holds until its connection ends. timeout: it was not had, another run has it.
Result<std::unique_ptr<SqlLease>> lease_of_session(bool locked, const std::string& table);
Result<SqlTargetOptions> read_sql_target(const Options& options, const TargetContext& context);

class SqlTarget : public Target {
 public:
  SqlTarget(SqlTargetOptions options, SqlDialect dialect)
      : options_(std::move(options)), dialect_(std::move(dialect)) {}

  Status begin() override;
  Result<SpilledList<KnownItem>> known_items(const std::string& flow) override;
  Result<Committed> apply(const ChangeSet& changes) override;
  std::vector<Finding> check(const std::string& flow) override;
  bool wants_vectors() const override { return options_.vectors; }
  Status settle() override;

 private:
  using Texts = std::vector<std::string>;
  // What a change set makes of the table.
  struct Work {
    std::vector<std::string> items;                  // whose records change: upserts, rejects and removes
    std::map<std::string, SqlRecord> records;           // by id
    std::vector<std::pair<std::string, std::string>> claims;  // item, id
    std::set<std::string> looked_again;              // items whose record another one gave too
    Texts ids() const;                               // of the records
  };

  Result<Work> work_of(const ChangeSet& changes) const;
  Status open_to_write();
  Status in_transaction(const std::function<Status()>& act);
  Status change(const ChangeSet& changes, Work& work, Committed& committed);
  Status make_tables(const Work& work);
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
