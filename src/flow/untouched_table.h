// UntouchedTable: the table of a Keyed step as a run would leave it, for a look that must leave no trace: what would be
// applied is held in memory, over the table as it is.
//
// One thread; borrows nothing.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "flow/state.h"

namespace naru {

class UntouchedTable : public KeyedTable {
 public:
  // `table`: null where nothing was ever written.
  explicit UntouchedTable(std::unique_ptr<KeyedTable> table) : table_(std::move(table)) {}

  Result<SpilledList<KnownItem>> known_items() override;
  Status apply(std::span<const Change> changes) override;
  Status each_group(const VisitGroup& visit) override;
  Status each_row(const std::string& group, const Visit& visit) override;
  Status each_row_of(const std::string& item, const VisitRow& visit) override;

 private:
  Result<Id128> rows_of(const std::string& group, bool as_it_is, bool& any);

  const std::unique_ptr<KeyedTable> table_;
  std::map<std::string, Change> changes_;    // by item; those that moved have only their cursor
  std::set<std::string> touched_;            // groups that rows came to or went from
};

}  // namespace naru
