// Fit operators: what becomes of a record depends on the whole corpus, by way of something small that is made of it
// once: where a percentile lies, a vocabulary, a weight.
//
// A run makes it when the flow has none yet, when a step before it or its own options changed, or when it is told to
// (`naru run --refit`); until then what was made stays in force, so that one new record does not move the bar for all
// others. From then on the step is a Map whose fingerprint has what was made in it: a new one works out again what
// depends on it. Fitters belong to one thread; everything else is const and called from any.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "naru/flow.h"

namespace naru {

// The largest thing that a step may make of a corpus: it is read whole at the start of each run.
inline constexpr std::size_t kFittedBytesMax = 16U << 20;

class Fitter {
 public:
  virtual ~Fitter() = default;
  // Every record that comes to the step, in the order of the items' keys.
  virtual Status add(const Record& record) = 0;
  // A function of the records and of nothing else. Errors: invalid_argument: nothing can be made of them.
  virtual Result<std::string> finish() = 0;
};

class FitOperator : public Operator {
 public:
  virtual std::unique_ptr<Fitter> start_fit() const = 0;
  // The Map that goes by what finish() gave. corrupt: it gave no such thing.
  virtual Result<std::shared_ptr<const Operator>> with(std::string_view fitted) const = 0;

  // unavailable: nothing has been made yet.
  Result<Batch> process(Batch batch, WorkerState* state, std::stop_token stop) const final;
};

}  // namespace naru
