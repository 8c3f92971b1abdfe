// KeyedRows: where the rows of a file are, by key, as of one look at it. What a source of rows lists is made of it;
// each item carries the place of its row, so that nothing of millions of rows is kept in memory.
//
// One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "connector/shared/row_feed.h"
#include "connector/shared/sorted_items.h"
#include "naru/flow.h"

namespace naru {

struct KeyedRow {
  std::string key;
  std::uint64_t offset = 0, size = 0;  // in whatever holds the rows
  std::uint64_t number = 0;            // from 1, for messages
  Id128 hash;                          // of what the row says: another hash is a change
  std::uint64_t order = 0;             // RowFeed::order
  bool deleted = false;                // the row says that there is nothing of its key any more
};

class KeyedRows {
 public:
  void clear();
  void add(const KeyedRow& row);

  // Lists them by key. Of rows with the same key one stays, as `feed` says; `unit` is what a row is called: "line",
  // "row". `version_order`: of all, where they have no order of their own. Once after the last add().
  Status list(std::string_view unit, std::string_view media, std::uint64_t version_order, const RowFeed& feed,
              Listing& listing);

  // As listed. not_found: there is none of that key.
  Result<Item> find(const std::string& key) const;
  // What was added, by the item that was listed. not_found: it was never listed.
  static Result<KeyedRow> row_of(const Item& item);
  // What Source::read() gives of it.
  static ItemContent content_of(const KeyedRow& row, std::string bytes, const Item& item);

 private:
  SortedItems rows_;
  SpilledList<Item> listed_;
};

}  // namespace naru
