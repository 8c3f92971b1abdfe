// What has to be done: a listing of the source against what is known, without reading anything.
//
// Pure function over two sorted lists; any thread. Its result points into both.
#pragma once

#include <vector>

#include "flow/state.h"
#include "naru/flow.h"

namespace naru {

struct Difference {
  struct Look {
    const Item* item = nullptr;
    const KnownItem* known = nullptr;  // none: new
  };
  std::vector<Look> look;                         // to be read, in key order
  std::vector<const Item*> relabel;               // same fingerprint and pipeline, another label
  std::vector<const KnownItem*> still_rejected;   // unchanged rejects: not looked at again
  std::vector<const KnownItem*> still_dropped;    // unchanged, and an operator left them out
  std::vector<const Reject*> rejected;            // by the listing itself, and not known to be so
  std::vector<const KnownItem*> missing;          // known, not listed, and not below an unreadable folder
  std::uint64_t unchanged = 0;
};

enum class Look : std::uint8_t { at_changes, at_everything };

// Both lists sorted by key, no key twice; listing.rejects in any order.
Difference compare(const Listing& listing, const std::vector<KnownItem>& known, const Id128& pipeline,
                   const Id128& label_hash, Look look);

// A failure that may be gone next time: the item is tried again although it did not change.
bool is_passing(std::string_view reject_code);

}  // namespace naru
