// What all flows remember together, whatever their targets: memo, vectors, runs, what was forgotten. Implemented by
// store/.
//
// Called from the engine's committing thread only, except have_vectors and memo_get, which are safe from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
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
  DropCounts drops;             // items: of all that were seen; parts: of those that this run worked on
};

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
  // What has been put is durable when it returns, though nothing names it yet.
  virtual Status keep_vectors(const ModelInfo& model) = 0;
  virtual Status record_run(const RunSummary& run) = 0;
  // What must not come back although the source still has it; null: nothing.
  virtual Result<std::shared_ptr<const Forgotten>> forgotten() { return std::shared_ptr<const Forgotten>(); }
};

}  // namespace naru
