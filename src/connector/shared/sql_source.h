// SqlSource: the rows of a table or of a query, whatever the database.
//
// An item is a row, named by its id column; its bytes are the row as a JSON object in the order of its columns, so a
// column that comes or goes changes every row. A poll reads everything in one snapshot and tells rows apart by the hash
// of these bytes; rows are set aside (RowSpool) and read from there, of that same moment. With `cursor`, a column that
// changes whenever the row does, a poll reads ids and that column alone, and rows that changed are read one by one.
// A row that is missing is a deletion. A table that is gone is an error, never the deletion of everything.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connector/shared/row_document.h"
#include "connector/shared/sorted_items.h"
#include "connector/shared/sql_connection.h"
#include "naru/descriptor.h"
#include "naru/flow.h"
#include "runtime/spool.h"

namespace naru {

// What every source over SQL can be told, and the same read.
std::vector<OptionSpec> sql_source_options();

struct SqlSourceOptions {
  std::string format;         // of its documents: "sqlite"
  std::string table, query;   // one of them, or neither for `discover` alone
  std::string cursor;         // "": none
  RowFields fields;
  std::uint64_t row_bytes_max = 0;
  std::int64_t poll_ms = 0;
};

Result<SqlSourceOptions> read_sql_source(std::string format, const Options& options);

class SqlSource : public Source {
 public:
  using Open = std::function<Result<std::unique_ptr<SqlConnection>>()>;
  // Returns when something may have changed, at the latest after so many ms. None: nothing tells, so that is waited
  // for.
  using Wait = std::function<Status(std::int64_t ms_max, std::stop_token stop)>;

  SqlSource(SqlSourceOptions options, Open open, Wait wait)
      : options_(std::move(options)), open_(std::move(open)), wait_(std::move(wait)) {}

  Result<Listing> poll(std::stop_token stop) override;
  Result<ItemContent> read(const Item& item, std::stop_token stop) override;
  std::optional<Result<Document>> direct_document(const ItemContent& content) override;
  std::optional<Result<Row>> direct_row(const ItemContent& content) override;
  Status wait_for_change(std::stop_token stop) override;
  std::vector<Finding> check(std::stop_token stop) override;
  Result<Discovery> discover(std::stop_token stop) override;

 private:
  // Where a row is, as its item says it.
  struct Place {
    std::uint64_t at = 0;       // in the spool, where its bytes are as it was listed
    bool whole_number = false;  // the id is one
  };

  Status list(SqlConnection& connection, Listing& listing, const std::stop_token& stop);
  Status add_row(const std::vector<std::string>& columns, SqlRow row, std::uint64_t number, Listing& listing);
  Status list_sorted(Listing& listing);
  void add_item(std::string key, const Id128& hash, bool look_always, std::uint64_t size, const Place& place);
  static Result<Place> place_of(const Item& item);
  Result<ItemContent> read_by_id(const Place& place, const Item& item);
  std::string from(const SqlConnection& connection) const;
  Status check_columns(const std::vector<std::string>& columns) const;

  const SqlSourceOptions options_;
  const Open open_;
  const Wait wait_;
  std::unique_ptr<SqlConnection> connection_;  // for rows that are read one by one
  std::optional<Spool> spool_;
  Spool::Window window_;
  SortedItems rows_;
  std::int64_t polled_ms_ = 0;
};

}  // namespace naru
