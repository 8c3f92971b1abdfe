// What has to be done: a listing of the source against what is known, without reading anything.
//
// Pure functions over two sorted lists; any thread. However long these are, what comes out is in memory only where it
// is short.
#pragma once

#include <string>
#include <vector>

#include "flow/forgotten.h"
#include "flow/plan.h"
#include "flow/state.h"
#include "naru/flow.h"

namespace naru {

// From `first` on, up to the last that is less than `last` or begins with it. Empty: from the start, to the end.
struct KeyRange {
  std::string first, last;
  bool holds(std::string_view key) const {
    return key >= first && (last.empty() || key < last || key.starts_with(last));
  }
};

// What decides beside the lists; what is pointed to is borrowed.
struct CompareRules {
  const FlowPlan* plan = nullptr;  // whose label items have
  Id128 pipeline;                  // of the target
  bool full = false;               // every item is looked at again
  const KeyRange* keys = nullptr;  // of other keys nothing is to be done; null: of none
  // What `naru forget` keeps out by its name; null: nothing. `forgets_itself`: the target has let go of it already.
  const Forgotten* forgotten = nullptr;
  bool forgets_itself = true;
};

struct Difference {
  SpilledList<Item> look;              // to be read, in key order
  SpilledList<KnownItem> look_known;   // for each of these what is known; without a key: new
  SpilledList<Item> relabel;           // same fingerprint and pipeline, another label
  SpilledList<KnownItem> still_rejected;  // unchanged rejects: not looked at again
  DropCounts still_dropped;            // unchanged, and an operator left them out: items
  std::vector<Reject> rejected;        // by the listing itself, and not known to be so
  SpilledList<KnownItem> missing;      // known, not listed, and not below an unreadable folder
  SpilledList<KnownItem> forgotten_known;  // known, and to be let go of
  std::uint64_t known = 0;             // without these
  std::uint64_t unchanged = 0, dropped = 0, forgotten = 0;
};

// Both lists sorted by key, no key twice; listing.rejects in any order. Errors: those of the lists.
Result<Difference> compare(const Listing& listing, const SpilledList<KnownItem>& known, const CompareRules& rules);

// A failure that may be gone next time: the item is tried again although it did not change.
bool is_passing(std::string_view reject_code);

}  // namespace naru
