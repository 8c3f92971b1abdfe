// Committer: prepared items become change sets of one target, embedded and applied, each followed by its commit event.
//
// One for each target of a run; belongs to its thread. Borrows everything it is given.
#pragma once

#include <unordered_set>
#include <vector>

#include "flow/event.h"
#include "flow/plan.h"
#include "flow/prepare.h"
#include "flow/retry.h"
#include "flow/run_progress.h"
#include "flow/state.h"
#include "runtime/clock.h"

namespace naru {

class Committer {
 public:
  // `to`: which of the plan's targets; `target`: where its changes go.
  Committer(const FlowPlan& plan, const FlowTarget& to, Preparer& preparer, StateStore& state, Target& target,
            const Clock& clock, const EventSink& sink, RunProgress& progress, RunSummary& summary, Retries& retries);

  // Commits when enough has come together. Code::cancelled: stopped within embedding; what was embedded is committed.
  Status add(PreparedItem item, std::stop_token stop);
  Status relabel(const Item& item);
  Status reject(const Reject& reject);  // found by the listing
  Status remove(const std::string& key);
  Status flush(std::stop_token stop);

 private:
  bool is_full() const;
  bool is_empty() const;
  void add_upsert(PreparedItem item);
  void add_drop(PreparedItem item);
  Status embed(std::stop_token stop);
  Status embed_slice(std::span<const Id128> keys, std::span<const std::string_view> texts, std::stop_token stop);
  Status add_vectors();
  void drop_without_vectors();
  Result<Committed> apply(const std::stop_token& stop);
  void tell(const Committed& committed);
  void open_if_empty();
  Id128 label_hash_of(const Item& item) const;

  const FlowPlan& plan_;
  const FlowTarget& to_;
  Preparer& preparer_;
  StateStore& state_;
  Target& target_;
  const Clock& clock_;
  const EventSink& sink_;
  RunProgress& progress_;
  RunSummary& summary_;
  Retries& retries_;  // of calls of the target
  const FlowStep* embed_step_ = nullptr;
  const Id128 pipeline_, label_hash_;  // of items that say nothing of their own

  ChangeSet changes_;                     // what comes next
  std::vector<bool> is_new_;              // per upsert: nothing was known of it
  std::vector<bool> is_same_;             // per upsert: the very same again (--full)
  std::vector<std::string> withdrawn_;    // keys that were rejected or dropped and had a document
  std::vector<std::pair<Id128, std::shared_ptr<const std::string>>> memos_;
  std::uint64_t bytes_ = 0;
  std::int64_t opened_ns_ = 0;
  std::unordered_set<Id128> new_texts_;   // of changes_, not known to have a vector
  std::unordered_set<Id128> have_vectors_;
};

}  // namespace naru
