#include "flow/fit.h"

#include <fmt/format.h>

namespace naru {

namespace {

// The steps before a Fit step, as a flow of their own that ends there. Its source is the plan's while this lives.
class Until {
 public:
  Until(FlowPlan& plan, std::size_t step) : plan_(plan) {
    until_.name = plan.name;
    until_.after_step = plan.after_step;
    if (plan.made_before && *plan.made_before < step) until_.made_before = plan.made_before;
    until_.reads_rows = plan.reads_rows;
    until_.label = plan.label;
    until_.steps.assign(plan.steps.begin(), plan.steps.begin() + static_cast<std::ptrdiff_t>(step));
    until_.from = inputs_of(plan, step).front();
    until_.source = std::move(plan.source);
  }
  ~Until() { plan_.source = std::move(until_.source); }
  Until(const Until&) = delete;
  Until& operator=(const Until&) = delete;
  FlowPlan& plan() { return until_; }

 private:
  FlowPlan& plan_;
  FlowPlan until_;
};

Id128 made_by(const FlowPlan& plan, std::size_t step) {
  FlowTarget to;
  to.from = step;
  return hash128({"fit 1", fingerprints_of(plan, steps_to(plan, to))});
}

}  // namespace

Result<Batch> FitOperator::process(Batch, WorkerState*, std::stop_token) const {
  return Error(Code::unavailable, "this step goes by what a run makes of all records: run the flow first");
}

Result<std::vector<std::string>> put_fits_in_force(FlowPlan& plan, StateStore& state, bool refit,
                                                   std::int64_t now_ms, const FitStep& fit,
                                                   std::set<std::string>& done) {
  std::vector<std::string> made;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    FlowStep& step = plan.steps[i];
    if (!step.fits) continue;
    step.step = step.fits;  // as it is written: of the last run there may be another in force
    const Id128 by = made_by(plan, i);
    std::optional<Fitted> kept = NARU_TRY(state.fitted(plan.name, step.called()));
    if (!kept || kept->made_by != by || (refit && !done.contains(step.called()))) {
      made.push_back(step.called());
      if (!fit) continue;
      Until until(plan, i);
      kept = Fitted{by, now_ms, NARU_TRY_AT(fit(until.plan(), *step.fits), "fitting `" + step.called() + "`")};
      if (kept->bytes.size() > kFittedBytesMax) {
        return Error(Code::limit_exceeded, fmt::format("`{}` made {} bytes of the corpus, more than {}", step.called(),
                                                       kept->bytes.size(), kFittedBytesMax));
      }
      NARU_TRY(state.keep_fitted(plan.name, step.called(), *kept));
    }
    done.insert(step.called());
    step.step = NARU_TRY_AT(step.fits->with(kept->bytes), "`" + step.called() + "`");
  }
  return made;
}

Result<Committed> FittingTarget::apply(const ChangeSet& changes) {
  for (const DocumentUpsert& upsert : changes.upserts) {
    Record record;
    record.key = upsert.item.key;
    record.label = upsert.label;
    const auto give = [&](auto payload) {
      record.payload = std::move(payload);
      return fitter_.add(record);
    };
    for (const Row& row : upsert.rows) NARU_TRY(give(row));
    for (const Chunk& chunk : upsert.chunks) NARU_TRY(give(chunk));
    if (upsert.rows.empty() && upsert.chunks.empty()) NARU_TRY(give(upsert.document));
  }
  return Committed{};
}

}  // namespace naru
