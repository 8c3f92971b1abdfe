// Run: one run of one flow. FlowRunner makes one each time.
//
// The source is listed, read and parsed once, whatever number of targets there are; each target is compared with the
// listing for itself and gets its own change sets. One that fails is left alone for the rest of the run, and the others
// go on: the next run brings it to where they are. One thread; borrows all it is given.
#pragma once

#include <deque>
#include <span>
#include <unordered_set>
#include <vector>

#include "flow/commit.h"
#include "flow/compare.h"
#include "flow/engine.h"
#include "flow/prepare.h"
#include "flow/retry.h"
#include "flow/run_progress.h"

namespace naru {

class Run {
 public:
  // `targets`: where changes of each of the plan's targets go; null: it has no part in this run.
  Run(FlowPlan& plan, const RunOptions& options, StateStore& state, std::span<Target* const> targets,
      const Clock& clock, const EventSink& sink, RunReport& report);

  // The report is filled in any case.
  Status run();

 private:
  // One target's part of the run.
  struct Leg {
    Leg(Run& run, std::size_t number, Target& target, const Clock& clock, RunSummary& summary);

    const std::size_t number;  // of the plan's target
    Target& target;
    RunSummary& summary;
    EventSink sink;
    Retries retries;
    Committer committer;
    Difference difference;
    // The next of difference.look, and what is known of it.
    std::optional<SpilledList<Item>::Reader> looks;
    std::optional<SpilledList<KnownItem>::Reader> looks_known;
    bool has_next = false;
    Item next;
    KnownItem next_known;
    // Of items that are not listed any more, and those of them that came under another key.
    std::unordered_set<std::string> missing_versions, found_versions;
    std::optional<Error> failed;
  };

  Status run_legs();
  Status look();
  Result<Listing> poll();
  template <class Work>
  Status on(Leg& leg, Work work);
  template <class Work>
  Status on_all(Work work);
  Status absorb_cancel(Status status);

  Status compare_with(const Listing& listing, Leg& leg);
  Status begin_commits(Leg& leg);

  Status look_at_changes();
  Status begin_looks();
  Status step(Leg& leg);
  Item* least_look();
  Result<std::uint64_t> count_looks();
  Result<bool> next_look(ReadItem& read);
  void read_item(ReadItem& read);
  Status commit(std::vector<PreparedItem> items);
  Status remove_missing(Leg& leg);
  void tell(const FlowEvent& event);
  Retries retries_of(std::string what);

  FlowPlan& plan_;
  const RunOptions& options_;
  StateStore& state_;
  const Clock& clock_;
  const EventSink& sink_;
  RunReport& report_;
  Preparer preparer_;
  std::optional<RunProgress> progress_;
  Retries source_retries_;
  std::deque<Leg> legs_;                        // in order of the plan's targets
  std::vector<Leg*> by_number_;                 // null: it has no part
  std::shared_ptr<const Forgotten> forgotten_;  // null: nothing
  bool limited_ = false;                        // there was more to look at than `limit`
  std::unordered_set<std::string> told_;        // of several targets: what was said of an item already
};

}  // namespace naru
