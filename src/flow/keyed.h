// Where a Keyed step cuts a flow in two: what leads to it ends in its table (KeyedTarget), what comes after it begins
// with what the table comes to: its groups (GroupSource), or the items of the flow's source that stay (SelectedSource).
// Both halves are ordinary flows, so compare, prepare and commit do the rest: of a change only what it touches is
// worked out again, and what comes to the same is not written.
//
// One thread; all borrow what they are given.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flow/plan.h"
#include "flow/state.h"

namespace naru {

class KeyedTarget : public Target {
 public:
  // `label_hash`: of the flow's label, which the table does not carry: a new one changes nothing here.
  KeyedTarget(KeyedTable& table, const KeyedStep& step, Id128 label_hash)
      : table_(table), step_(step), label_hash_(label_hash) {}
  Result<SpilledList<KnownItem>> known_items(const std::string& flow) override;
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
  // Of what read() gave; nothing: its bytes have to be parsed.
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

// Items among which is chosen, by their places: with millions of them every byte counts.
class Candidates {
 public:
  void add(const KnownItem& item) {
    all_.push_back({hash128(item.key), item.version_order});
    keys_ += item.key;
    ends_.push_back(keys_.size());
  }
  std::span<const SelectingOperator::Candidate> all() const { return all_; }
  std::string_view key(std::size_t i) const {
    const std::uint64_t start = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(keys_).substr(start, ends_[i] - start);
  }

 private:
  std::vector<SelectingOperator::Candidate> all_;
  std::string keys_;  // one after the other
  std::vector<std::uint64_t> ends_;
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
  // One that is left out and what keeps it out: their places among the candidates, which are in the order of keys.
  using Pair = std::pair<std::uint32_t, std::uint32_t>;

  Result<std::vector<Pair>> choose(const Candidates& candidates, std::stop_token stop);
  Result<std::vector<Pair>> choose_anew(const Candidates& candidates, std::stop_token stop);
  std::string fingerprint_of(const std::string& fingerprint, std::string_view keeper) const;

  Source& source_;
  const bool reads_rows_;
  KeyedTable& table_;
  const SelectingOperator& step_;
  StateStore& memo_;
};

// What a source gives without a parser; nothing: bytes.
std::optional<Result<Batch>> direct_records(Source& source, bool reads_rows, const ItemContent& content);

}  // namespace naru
