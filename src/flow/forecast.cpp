#include "flow/forecast.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "flow/compare.h"
#include "flow/engine.h"
#include "flow/fit.h"
#include "flow/keyed.h"
#include "flow/untouched_table.h"
#include "runtime/clock.h"
#include "text/token_estimate.h"

namespace naru {

namespace {

// The store as it is, for a run that must leave no trace: what would be embedded is noted and called known. Null: a
// store with nothing in it.
class UntouchedState : public StateStore {
 public:
  explicit UntouchedState(StateStore* state) : state_(state) {}

  Result<std::optional<std::string>> memo_get(const Id128& key) override {
    return state_ == nullptr ? std::optional<std::string>() : state_->memo_get(key);
  }
  Status memo_put(const Id128&, std::string_view) override { return {}; }
  Result<std::vector<bool>> have_vectors(const ModelInfo& model, std::span<const Id128> keys) override {
    std::vector<bool> have(keys.size(), false);
    if (state_ != nullptr) have = NARU_TRY(state_->have_vectors(model, keys));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!have[i]) missing_.insert(keys[i]);
    }
    return std::vector<bool>(keys.size(), true);
  }
  Status put_vectors(const ModelInfo&, std::span<const Id128>, std::span<const std::vector<float>>) override {
    return Error(Code::internal, "a forecast embeds nothing");
  }
  Result<std::vector<std::vector<float>>> get_vectors(const ModelInfo&, std::span<const Id128>) override {
    return Error(Code::internal, "a forecast writes no vectors");
  }
  Status keep_vectors(const ModelInfo&) override { return {}; }
  Status record_run(const RunSummary&) override { return {}; }
  Result<std::vector<RunSummary>> last_runs() override { return std::vector<RunSummary>(); }
  Result<std::shared_ptr<const Forgotten>> forgotten() override {
    return state_ == nullptr ? StateStore::forgotten() : state_->forgotten();
  }
  Result<std::optional<Fitted>> fitted(const std::string& flow, const std::string& step) override {
    if (const auto known = fitted_.find({flow, step}); known != fitted_.end()) return known->second;
    return state_ == nullptr ? std::optional<Fitted>() : state_->fitted(flow, step);
  }
  // Made as a run would make it, and gone with the forecast.
  Status keep_fitted(const std::string& flow, const std::string& step, const Fitted& fitted) override {
    fitted_[{flow, step}] = fitted;
    return {};
  }

  Result<std::unique_ptr<KeyedTable>> keyed_table(const std::string& flow, const std::string& step) override {
    std::unique_ptr<KeyedTable> table;
    if (state_ != nullptr) table = NARU_TRY(state_->keyed_table(flow, step));
    return std::unique_ptr<KeyedTable>(std::make_unique<UntouchedTable>(std::move(table)));
  }

  // True once for each text that would be embedded.
  bool take_missing(const Id128& key) { return missing_.erase(key) > 0; }

 private:
  StateStore* const state_;
  std::unordered_set<Id128> missing_;
  std::map<std::pair<std::string, std::string>, std::optional<Fitted>> fitted_;
};

// What arrives at targets.
struct Counts {
  std::uint64_t bytes = 0;  // the most of one: they are read once for all
  std::uint64_t chunks = 0, texts = 0, tokens = 0;
};

// One target: knows what the real one knows, and only counts what it is given.
class CountingTarget : public Target {
 public:
  // `target`: null where it has nothing yet; `owned`: the same, where it is lent to this one.
  CountingTarget(UntouchedState& state, Counts& counts, Target* target, std::unique_ptr<Target> owned = nullptr)
      : owned_(std::move(owned)), target_(target), state_(state), counts_(counts) {}

  Result<SpilledList<KnownItem>> known_items(const std::string& flow) override {
    return target_ == nullptr ? SpilledList<KnownItem>() : target_->known_items(flow);
  }

  Result<Committed> apply(const ChangeSet& changes) override {
    for (const DocumentUpsert& upsert : changes.upserts) {
      bytes_ += upsert.item.size_bytes;
      counts_.chunks += upsert.chunks.size() + upsert.rows.size();
      for (std::size_t i = 0; i < upsert.chunks.size(); ++i) {
        if (!upsert.vector_keys[i] || !state_.take_missing(*upsert.vector_keys[i])) continue;
        ++counts_.texts;
        counts_.tokens += estimate_tokens(upsert.chunks[i].text);
      }
    }
    counts_.bytes = std::max(counts_.bytes, bytes_);
    return Committed{};
  }

  std::unique_ptr<Target> give_back() { return std::move(owned_); }

 private:
  std::unique_ptr<Target> owned_;
  Target* const target_;
  UntouchedState& state_;
  Counts& counts_;
  std::uint64_t bytes_ = 0;
};

// The targets of a plan, also after Keyed steps, only count while this lives.
class Counted {
 public:
  Counted(FlowPlan& plan, UntouchedState& state, Counts& counts) { count(plan, state, counts); }
  ~Counted() {
    for (auto& [to, counting] : replaced_) to->target = counting->give_back();
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  void count(FlowPlan& plan, UntouchedState& state, Counts& counts) {
    for (std::size_t i = 0; i < plan.targets(); ++i) {
      FlowTarget& to = plan.target_at(i);
      if (to.keyed) count(to.keyed->after, state, counts);
      if (!to.target) continue;
      Target* const real = to.target.get();
      auto counting = std::make_unique<CountingTarget>(state, counts, real, std::move(to.target));
      replaced_.emplace_back(&to, counting.get());
      to.target = std::move(counting);
    }
  }

  std::vector<std::pair<FlowTarget*, CountingTarget*>> replaced_;
};

// `target`: of the plans that have none of their own.
Status run_without_trace(FlowPlan& plan, UntouchedState& state, Target* target, const ForecastOptions& options,
                         Forecast& forecast) {
  const ManualClock clock;  // only the pace of a real run says how long one takes
  const EventSink sink = [&](const FlowEvent& event) {
    if (const auto* held = std::get_if<HeldEvent>(&event)) forecast.missing = held->missing;
  };
  RunOptions run;
  run.full = options.full;
  run.refit = options.refit;
  run.workers = options.workers;
  run.stop = options.stop;
  Counts counts;
  const Counted counted(plan, state, counts);
  CountingTarget knowledge_base(state, counts, target);
  FlowRunner runner(state, knowledge_base, clock, sink);
  const RunReport report = NARU_TRY(runner.run(plan, run));
  if (report.cancelled) return Error(Code::cancelled, "stopped before all was looked at");
  forecast.items = report.summary;
  forecast.held = report.held;
  if (!report.held) forecast.missing = report.summary.removed;
  forecast.bytes = std::max(forecast.bytes, counts.bytes);
  forecast.chunks = counts.chunks;
  forecast.texts = counts.texts;
  forecast.tokens = counts.tokens;
  return {};
}

// What one target lacks of a listing.
Status compare_listing(const FlowPlan& plan, const FlowTarget& to, const Listing& listing, const Forgotten* forgotten,
                       Target& target, bool full, Forecast& forecast) {
  CompareRules rules;
  rules.plan = &plan;
  rules.pipeline = pipeline_fingerprint(plan, to);
  rules.full = full;
  rules.forgotten = forgotten;
  rules.forgets_itself = !to.target && !to.keyed;
  const Difference difference = NARU_TRY(compare(listing, NARU_TRY(target.known_items(plan.name)), rules));
  RunSummary& items = forecast.items;
  items.unchanged = difference.unchanged;
  items.rejected = difference.rejected.size() + difference.still_rejected.size();
  items.dropped = difference.dropped;
  items.changed = difference.relabel.size();
  items.forgotten = difference.forgotten;
  NARU_TRY(difference.look.each([&](const Item& item) { return forecast.bytes += item.size_bytes, Status(); }));
  NARU_TRY(difference.look_known.each([&](const KnownItem& known) {
    return ++(known.key.empty() ? items.added : items.changed), Status();
  }));
  std::uint64_t rejects_gone = 0;
  NARU_TRY(difference.missing.each([&](const KnownItem& gone) {
    return rejects_gone += gone.reject_code.empty() ? 0 : 1, Status();
  }));
  forecast.missing = difference.missing.size();
  forecast.held = is_held(forecast.missing - rejects_gone, difference.known);
  items.removed = (forecast.held ? rejects_gone : forecast.missing) + difference.forgotten_known.size();
  return {};
}

// Of a Keyed step what comes up to it: what comes after depends on all of that.
Status compare_listings(FlowPlan& plan, UntouchedState& state, Target* target, const ForecastOptions& options,
                        Forecast& forecast) {
  const Listing listing = NARU_TRY_AT(plan.source->poll(options.stop), "looking at the source of " + plan.name);
  const std::shared_ptr<const Forgotten> forgotten = NARU_TRY(state.forgotten());
  for (std::size_t i = 0; i < plan.targets(); ++i) {
    FlowTarget& to = plan.target_at(i);
    std::unique_ptr<KeyedTable> table;
    std::optional<KeyedTarget> keyed;
    Counts counts;
    Target* known = to.target ? to.target.get() : target;
    if (to.keyed) {
      table = NARU_TRY(state.keyed_table(plan.name, to.keyed->name));
      known = &keyed.emplace(*table, *to.keyed, hash_label(plan.label));
    }
    CountingTarget counting(state, counts, known);
    Forecast one;
    NARU_TRY(compare_listing(plan, to, listing, forgotten.get(), counting, options.full, one));
    forecast.bytes = std::max(forecast.bytes, one.bytes);
    forecast.missing = std::max(forecast.missing, one.missing);
    forecast.held = forecast.held || one.held;
    forecast.items.targets.push_back(std::move(one.items));
  }
  sum_targets(forecast.items);
  forecast.items.targets.clear();
  forecast.items.flow = plan.name;
  forecast.items.seen = listing.items.size() + listing.rejects.size();
  return {};
}

bool has_keyed(const FlowPlan& plan) {
  for (std::size_t i = 0; i < plan.targets(); ++i) {
    if (plan.target_at(i).keyed) return true;
  }
  return false;
}

}  // namespace

Result<Forecast> forecast(FlowPlan& plan, StateStore* state, Target* target, const RunSummary* last,
                          const ForecastOptions& options) {
  Forecast forecast;
  UntouchedState untouched(state);
  std::set<std::string> done;
  forecast.fits = NARU_TRY(put_fits_in_force(plan, untouched, options.refit, 0, nullptr, done));
  // What a Keyed step is given has no sizes: there the listing says what would be read.
  if (!options.exact || has_keyed(plan)) NARU_TRY(compare_listings(plan, untouched, target, options, forecast));
  if (options.exact) NARU_TRY(run_without_trace(plan, untouched, target, options, forecast));
  if (last != nullptr && last->added + last->changed > 0 && last->ended_ms > last->started_ms) {
    const double each = static_cast<double>(last->ended_ms - last->started_ms) / 1000 /
                        static_cast<double>(last->added + last->changed);
    forecast.seconds = each * static_cast<double>(forecast.items.added + forecast.items.changed);
  }
  return forecast;
}

}  // namespace naru
