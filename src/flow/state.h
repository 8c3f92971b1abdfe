// What all flows remember together, whatever their targets: memo, vectors, runs, what was forgotten. Implemented by
// store/.
//
// Called from the engine's committing thread only, except have_vectors and memo_get, which are safe from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flow/drop.h"
#include "flow/forgotten.h"
#include "naru/model.h"
#include "naru/record.h"
#include "naru/result.h"
#include "naru/target.h"

namespace naru {

// KnownItem::label_hash of a Label. The engine and the store both use this one.
Id128 hash_label(const Label& label);

// One line of `naru status`.
struct RunSummary {
  std::string flow;
  std::string outcome;  // "done", "held", "cancelled", "failed"
  std::int64_t started_ms = 0, ended_ms = 0;  // Unix time
  std::uint64_t seen = 0, added = 0, changed = 0, removed = 0, unchanged = 0, rejected = 0;
  std::uint64_t forgotten = 0;  // seen, and kept out because `naru forget` said so
  std::uint64_t dropped = 0;    // seen, and left out by an operator
  std::uint64_t chunks_added = 0, chunks_removed = 0, embedded = 0;
  std::uint64_t retries = 0;        // calls of sources and targets that were made again
  std::vector<std::string> fitted;  // Fit steps that were made anew
  DropCounts drops;             // items: of all that were seen; parts: of those that this run worked on
  std::string target;               // of one of `targets`: which
  std::vector<RunSummary> targets;  // of a flow with several: each apart
};

// Of a run into several targets: an item counts as what most had to be done for it. `run` has flow and times already.
void sum_targets(RunSummary& run);
// What came after a Keyed step, whose items are its groups: `run` keeps its own, and both stand among `targets`.
void add_after(RunSummary& run, const std::string& step, const std::string& target, RunSummary after);

// What a Keyed step of a flow was given: rows by the items that they came from and by group. Items have their cursor in
// it as in any target, and both move in one durable step.
class KeyedTable {
 public:
  struct Row {
    std::string group;
    std::string bytes;  // as the engine writes rows
  };
  // What an item is now: its rows in their order; or, with a code, that it has none.
  struct Change {
    KnownItem known;
    bool removed = false;  // there is no such item any more; only known.key counts
    bool moved = false;    // only fingerprint and order are new
    std::vector<Row> rows;
  };
  struct Group {
    std::string name;
    Id128 rows;  // of all of its rows and where they come from: others make it another one
  };
  using Visit = std::function<Status(std::string_view item, std::string_view bytes)>;
  using VisitGroup = std::function<Status(const Group& group)>;
  using VisitRow = std::function<Status(const Row& row)>;

  virtual ~KeyedTable() = default;
  virtual Result<SpilledList<KnownItem>> known_items() = 0;          // sorted by key
  virtual Status apply(std::span<const Change> changes) = 0;         // durable when it returns; idempotent
  // An error of a visit ends each of these.
  virtual Status each_group(const VisitGroup& visit) = 0;            // sorted by name
  virtual Status each_row(const std::string& group, const Visit& visit) = 0;  // by item's key, then as it made them
  virtual Status each_row_of(const std::string& item, const VisitRow& visit) = 0;  // as it made them
};

// What a Fit step made of its corpus.
struct Fitted {
  Id128 made_by;             // of the step and all before it: others make something else
  std::int64_t made_ms = 0;  // Unix time
  std::string bytes;         // at most kFittedBytesMax
};

using KeyedSteps = std::set<std::pair<std::string, std::string>>;  // flow, step

class StateStore {
 public:
  virtual ~StateStore() = default;
  // A cache that may be lost at any time.
  virtual Result<std::optional<std::string>> memo_get(const Id128& key) = 0;
  virtual Status memo_put(const Id128& key, std::string_view value) = 0;
  // Vectors are paid for: content-addressed by (model, text) and kept. `keys` are H128(text).
  virtual Result<std::vector<bool>> have_vectors(const ModelInfo& model, std::span<const Id128> keys) = 0;
  virtual Status put_vectors(const ModelInfo& model, std::span<const Id128> keys,
                             std::span<const std::vector<float>> vectors) = 0;
  // As they are kept, in the order of their keys. not_found: one was never put.
  virtual Result<std::vector<std::vector<float>>> get_vectors(const ModelInfo& model, std::span<const Id128> keys) = 0;
  // What has been put is durable when it returns, though nothing names it yet.
  virtual Status keep_vectors(const ModelInfo& model) = 0;
  virtual Status record_run(const RunSummary& run) = 0;
  virtual Result<std::vector<RunSummary>> last_runs() = 0;  // one of each flow that ever ran, by name
  // What must not come back although the source still has it; null: nothing.
  virtual Result<std::shared_ptr<const Forgotten>> forgotten() { return std::shared_ptr<const Forgotten>(); }
  // Of a Keyed step of a flow, empty where it has none yet; valid as long as the store.
  virtual Result<std::unique_ptr<KeyedTable>> keyed_table(const std::string& flow, const std::string& step);
  // Of a Fit step of a flow; none: it was never fitted. keep_fitted() is durable when it returns.
  virtual Result<std::optional<Fitted>> fitted(const std::string& flow, const std::string& step) = 0;
  virtual Status keep_fitted(const std::string& flow, const std::string& step, const Fitted& fitted) = 0;
};

}  // namespace naru
