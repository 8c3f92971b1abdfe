// What a run would do, and nothing of it done: for `naru plan`.
//
// One thread. The state store is only read; nothing is put, no model is asked, no run is recorded.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>

#include "flow/plan.h"
#include "flow/state.h"

namespace naru {

struct ForecastOptions {
  bool exact = false;    // reads and parses what changed: counts passages, texts and tokens, and knows renames
  bool full = false;     // of `run --full`
  bool refit = false;    // of `run --refit`
  unsigned workers = 1;  // threads that parse, if exact
  std::stop_token stop;
};

struct Forecast {
  RunSummary items;            // seen, added, changed, removed, unchanged, rejected, dropped, forgotten
  std::vector<std::string> fits;  // steps that would be made of the corpus first; what comes of that is not known
  bool held = false;           // so much is missing that a run would remove nothing
  std::uint64_t missing = 0;   // known and not at the source: gone, or renamed if not exact
  std::uint64_t bytes = 0;     // to be read, as far as the source says sizes
  std::optional<std::uint64_t> chunks, texts, tokens;  // exact only: passages; of these, texts to embed; their tokens
  std::optional<double> cost;                          // of these tokens, where their price is known
  std::optional<double> seconds;                       // at the pace of `last`
};

// `state`, and `target` if the plan has none of its own: null where nothing has been taken in yet. `last`: the flow's
// last run, for its pace; null or one that did nothing: no pace. Errors: the source's listing, the store, cancelled.
Result<Forecast> forecast(FlowPlan& plan, StateStore* state, Target* target, const RunSummary* last,
                          const ForecastOptions& options);

}  // namespace naru
