#include "connector/shared/keyed_rows.h"

#include <fmt/format.h>

#include <algorithm>

namespace naru {

void KeyedRows::list(std::string_view unit, std::string_view media, std::uint64_t version_order, Listing& listing) {
  media_ = media;
  version_order_ = version_order;
  std::sort(rows_.begin(), rows_.end(), [](const KeyedRow& a, const KeyedRow& b) {
    return a.key != b.key ? a.key < b.key : a.number < b.number;
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (kept > 0 && rows_[kept - 1].key == rows_[i].key) {
      listing.rejects.push_back({fmt::format("{} {}", unit, rows_[i].number),
                                 std::string(code_name(Code::already_exists)),
                                 fmt::format("the id \"{}\" is already in {} {}: ids must differ", rows_[i].key, unit,
                                             rows_[kept - 1].number)});
      continue;
    }
    if (kept != i) rows_[kept] = std::move(rows_[i]);
    ++kept;
  }
  rows_.resize(kept);
  listing.items.reserve(rows_.size());
  for (const KeyedRow& row : rows_) listing.items.push_back(item(row));
}

const KeyedRow* KeyedRows::find(const std::string& key) const {
  const auto row = std::lower_bound(rows_.begin(), rows_.end(), key,
                                    [](const KeyedRow& a, const std::string& wanted) { return a.key < wanted; });
  return row != rows_.end() && row->key == key ? &*row : nullptr;
}

Item KeyedRows::item(const KeyedRow& row) const {
  Item item;
  item.key = row.key;
  item.fingerprint = row.hash.bytes();
  item.version_order = version_order_;
  item.size_bytes = row.size;
  item.media_hint = media_;
  return item;
}

}  // namespace naru
