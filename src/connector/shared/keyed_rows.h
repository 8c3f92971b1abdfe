// KeyedRows: where the rows of a file are, by key, as of one look at it. What a source of rows lists is made of it.
//
// One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "naru/flow.h"

namespace naru {

struct KeyedRow {
  std::string key;
  std::uint64_t offset = 0, size = 0;  // in whatever holds the rows
  std::uint64_t number = 0;            // from 1, for messages
  Id128 hash;                          // of what the row says: another hash is a change
};

class KeyedRows {
 public:
  void clear() { rows_.clear(); }
  void add(KeyedRow row) { rows_.push_back(std::move(row)); }

  // Sorts by key and lists them. Of rows with the same key the first stays and the others are rejects; `unit` is what
  // a row is called: "line", "row".
  void list(std::string_view unit, std::string_view media, std::uint64_t version_order, Listing& listing);

  const KeyedRow* find(const std::string& key) const;  // null: there is none
  Item item(const KeyedRow& row) const;                // as listed

 private:
  std::vector<KeyedRow> rows_;
  std::string media_;
  std::uint64_t version_order_ = 0;
};

}  // namespace naru
