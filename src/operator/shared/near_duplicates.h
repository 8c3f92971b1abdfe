// Near duplicates: of documents that say the same only one stays, and when it goes the next one comes back.
//
// The rule: a document stays if and only if no document of higher rank that stays is within the threshold of it. So
// what stays is a function of the set of documents and of nothing else, not of the order in which they came, were
// changed and went; likeness is not passed on (a ~ b and b ~ c drop c only if b stays or a ~ c). "Within the threshold"
// is exact: bands of MinHash name the pairs that are looked at (text/minhash.h), the shingles of both decide.
//
// Invariants, after each call that did not fail:
//   1. of two documents that stay and share a band none is within the threshold of the other;
//   2. a document that does not stay has a keeper: one of higher rank that stays and is within the threshold;
//   3. the tables of bands hold exactly those that stay.
// An edit looks again only at documents whose keeper went, and at those that a new one may displace, in order of rank.
//
// Memory: for a document 56 bytes, 4 for each band (84 at 0.8), and 4 to 8 for each place in a table: one by its id,
// and one for each band where it stays. At 0.8 that is 320 bytes, 150 for one that does not stay, and half as much
// again just after its vectors have grown, however long the text is. Shingles are not kept: whoever calls gives them.
// One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "naru/id.h"
#include "naru/result.h"
#include "operator/shared/number_table.h"
#include "text/minhash.h"
#include "text/shingles.h"

namespace naru {

// Which of two stays: the lower source, then the lower age, then the lower id.
struct DuplicateRank {
  std::uint32_t source = 0;  // the place of its source in the configuration
  std::uint64_t age = 0;     // version_order: who came first stays
  Id128 id;
  auto operator<=>(const DuplicateRank&) const = default;
};

// What became of a document. `keeper`: one that it is a duplicate of, none: it stays. Where several keep it out, which
// of them is named depends on the order of edits; whether it stays does not.
struct DuplicateFate {
  Id128 id;
  std::optional<Id128> keeper;
  bool operator==(const DuplicateFate&) const = default;
};

class NearDuplicates {
 public:
  // The shingles of a document that is in the set, as they were given.
  using ShinglesOf = std::function<Result<Shingles>(const Id128&)>;

  // `threshold` is above 0, at most 1: of 1 the same words in the same order are duplicates.
  NearDuplicates(double threshold, ShinglesOf shingles_of);
  NearDuplicates(const NearDuplicates&) = delete;
  NearDuplicates& operator=(const NearDuplicates&) = delete;

  // Adds a document, or puts it in the place of what had this id: who stays now and did not, and the other way round,
  // in order of rank; the document itself is always named. `shingles_of` knows it already. An error is one of
  // `shingles_of`; then the invariants may not hold and the index has to be made anew.
  Result<std::vector<DuplicateFate>> put(const DuplicateRank& rank, const Shingles& shingles);
  // Takes one away; nothing where it is not there. Who is changed by that, in order of rank.
  Result<std::vector<DuplicateFate>> remove(const Id128& id);

  // Nothing: there is none of that id.
  std::optional<DuplicateFate> fate_of(const Id128& id) const;
  std::size_t size() const { return by_id_.size(); }
  std::size_t memory_bytes() const;
  const Banding& banding() const { return banding_; }

 private:
  using Number = std::uint32_t;  // of a document, its place in entries_
  static constexpr Number kNone = 0xffffffff;

  enum class State : std::uint8_t { free, waiting, stays, dropped };

  struct Entry {
    DuplicateRank rank;
    std::uint32_t shingles = 0;  // how many; 0: it has no bands and no duplicates
    Number keeper = kNone;
    // Those that it keeps out, as a list through them.
    Number first_kept_out = kNone, next_kept_out = kNone, previous_kept_out = kNone;
    State state = State::free;
  };

  struct Higher {
    const NearDuplicates* index;
    bool operator()(Number a, Number b) const { return index->entries_[a].rank < index->entries_[b].rank; }
  };
  using InOrder = std::set<Number, Higher>;

  Number find(const Id128& id) const;
  Number add(const DuplicateRank& rank, const Shingles& shingles);
  void take_out(Number number);
  Status settle();
  Status settle(Number number);
  Result<bool> is_near(Number number, const Shingles& shingles, Number other) const;
  std::vector<Number> alike_that_stay(Number number) const;
  void stay(Number number);
  void leave(Number number);
  void link(Number number, Number keeper);
  void unlink(Number number);
  void release(Number keeper);
  void remember(Number number);
  std::vector<DuplicateFate> changes(Number always);
  std::uint32_t band(Number number, std::size_t at) const { return bands_[number * banding_.bands + at]; }

  const double threshold_;
  const ShinglesOf shingles_of_;
  const Banding banding_;

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> bands_;  // banding_.bands for each entry
  std::vector<Number> free_;
  NumberTable by_id_;
  std::vector<NumberTable> tables_;  // of each band, those that stay

  // Of the edit that is under way.
  InOrder waiting_{Higher{this}};
  std::unordered_map<Number, State> before_;  // as it was, of those that were looked at
};

}  // namespace naru
