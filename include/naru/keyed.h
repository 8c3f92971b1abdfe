// Keyed operators: what becomes of a record depends on others too.
//
// The engine keeps what they were given (flow/keyed.h), in the same transaction as the cursor of the source, and works
// out again what a change touches and nothing else. So any sequence of changes ends as if what is there now had been
// all there ever was. Registered as every operator; process() does to one batch what the engine does to all.
// Folds belong to one thread; everything else is const and called from any.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "naru/flow.h"

namespace naru {

// The rows of one key, one after the other; what is kept of them meanwhile is the operator's.
class GroupFold {
 public:
  virtual ~GroupFold() = default;
  virtual Status add(Row row) = 0;
  virtual Result<std::vector<Row>> finish() = 0;  // none: nothing of this key goes on
};

// Rows come together by a key, and what becomes of a key depends on its rows alone.
class KeyedOperator : public Operator {
 public:
  // Which rows belong together: any text, the empty one too. It names the group wherever its rows go.
  virtual std::string key(const Row& row) const = 0;
  // Rows come in the order of their items' keys, of one item as it made them.
  virtual std::unique_ptr<GroupFold> start() const = 0;

  // The rows of the batch by their keys, in the order of these.
  Result<Batch> process(Batch batch, WorkerState* state, std::stop_token stop) const final;
};

// Whole items: which of them stay is a function of all that there are.
class SelectingOperator : public Operator {
 public:
  struct Candidate {
    Id128 id;               // of its key
    std::uint64_t age = 0;  // version_order at its source
  };
  // One that does not stay, and one that stays and keeps it out: their places among the candidates.
  struct LeftOut {
    std::size_t candidate = 0, keeper = 0;
  };
  using SketchOf = std::function<Result<std::string>(std::size_t candidate)>;

  // All that the engine keeps of an item to choose by, from its records as they come to the step.
  virtual std::string sketch(const Batch& records) const = 0;
  virtual Result<std::vector<LeftOut>> choose(std::span<const Candidate> candidates, const SketchOf& sketch_of,
                                              std::stop_token stop) const = 0;
  virtual std::string reason() const = 0;  // of all that it leaves out: DropReason::reason

  // What stays goes through as it is.
  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const final { return batch; }
};

}  // namespace naru
