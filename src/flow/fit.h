// Fit steps of a plan: what was made of the corpus is looked up, or made, and put in force.
//
// One thread; borrows all it is given.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "flow/plan.h"
#include "flow/state.h"

namespace naru {

// What a step makes of all that comes to it now. `until`: the flow up to the step, its source lent to it.
using FitStep = std::function<Result<std::string>(FlowPlan& until, const FitOperator& step)>;

// Each Fit step of the plan, in their order, goes by what the state store has of it; where it has none, or one of other
// steps or options, or all are `refit`, by what `fit` makes now, which is kept. Names of those that were made anew;
// without `fit` those that would be, which stay as they are. `done`: steps of this flow that need no second time.
Result<std::vector<std::string>> put_fits_in_force(FlowPlan& plan, StateStore& state, bool refit,
                                                   std::int64_t now_ms, const FitStep& fit,
                                                   std::set<std::string>& done);

// Gives a fitter what arrives at a target.
class FittingTarget : public Target {
 public:
  explicit FittingTarget(Fitter& fitter) : fitter_(fitter) {}
  Result<SpilledList<KnownItem>> known_items(const std::string&) override { return SpilledList<KnownItem>(); }
  Result<Committed> apply(const ChangeSet& changes) override;

 private:
  Fitter& fitter_;
};

}  // namespace naru
