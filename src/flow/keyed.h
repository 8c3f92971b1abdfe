// Where a Keyed step cuts a flow in two: what leads to it ends in its table (KeyedTarget), what comes after it begins
// with what the table comes to: its groups (GroupSource), or the items of the flow's source that stay (SelectedSource).
// Both halves are ordinary flows, so compare, prepare and commit do the rest: of a change only what it touches is
// worked out again, and what comes to the same is not written.
//
// One thread; all borrow what they are given.
#pragma once

#include <map>

#include "flow/plan.h"
#include "flow/state.h"

namespace naru {

class KeyedTarget : public Target {
 public:
  // `label_hash`: of the flow's label, which the table does not carry: a new one changes nothing here.
  KeyedTarget(KeyedTable& table, const KeyedStep& step, Id128 label_hash)
      : table_(table), step_(step), label_hash_(label_hash) {}
  Result<std::vector<KnownItem>> known_items(const std::string& flow) override;
  Result<Committed> apply(const ChangeSet& changes) override;

 private:
  std::vector<KeyedTable::Row> rows_of(const DocumentUpsert& upsert) const;

  KeyedTable& table_;
  const KeyedStep& step_;
  const Id128 label_hash_;
};

// A source within a flow: it gives records, not bytes that have to be parsed.
class MiddleSource : public Source {
 public:
  // Of what read() gave; nothing: its bytes have to be parsed. One that is left out has its Record::drop.
  virtual std::optional<Result<Batch>> records(const ItemContent& content) = 0;
};

class GroupSource : public MiddleSource {
 public:
  GroupSource(KeyedTable& table, const KeyedOperator& step) : table_(table), step_(step) {}
  Result<Listing> poll(std::stop_token stop) override;
  // The rows that the group comes to, a line of JSON each.
  Result<ItemContent> read(const Item& item, std::stop_token stop) override;
  std::optional<Result<Batch>> records(const ItemContent& content) override;

 private:
  KeyedTable& table_;
  const KeyedOperator& step_;
};

// The items of `source` that the table knows. What an item's fate hangs on is part of its fingerprint, so a change of
// it is a change of the item. What the table does not know yet, or knows no more of, is unknown here and never gone.
class SelectedSource : public MiddleSource {
 public:
  // `memo`: what was chosen, while nothing in the table changes.
  SelectedSource(Source& source, bool reads_rows, KeyedTable& table, const SelectingOperator& step, StateStore& memo)
      : source_(source), reads_rows_(reads_rows), table_(table), step_(step), memo_(memo) {}
  Result<Listing> poll(std::stop_token stop) override;
  Result<ItemContent> read(const Item& item, std::stop_token stop) override;
  std::optional<Result<Batch>> records(const ItemContent& content) override;

 private:
  Status choose(const std::vector<KnownItem>& known, std::stop_token stop);
  Result<std::string> choose_anew(const std::vector<const KnownItem*>& candidates, const std::stop_token& stop);
  const std::string* keeper_of(const std::string& key) const;  // null: it stays
  std::string fingerprint_of(const Item& item) const;

  Source& source_;
  const bool reads_rows_;
  KeyedTable& table_;
  const SelectingOperator& step_;
  StateStore& memo_;
  std::map<std::string, std::string> left_out_;  // keys, with those of what keeps them out
  std::map<std::string, Item> items_;            // as the source listed them
};

// What a source gives without a parser; nothing: bytes.
std::optional<Result<Batch>> direct_records(Source& source, bool reads_rows, const ItemContent& content);

}  // namespace naru
