#include "flow/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "flow/commit.h"
#include "flow/compare.h"
#include "flow/ordered_pool.h"
#include "flow/prepare.h"
#include "flow/run_progress.h"
#include "runtime/queue.h"
#include "runtime/thread.h"
#include "runtime/trace.h"

namespace naru {

namespace {

// Items on their way between reading and committing, and the bytes they were read with: enough that threads do not
// wait for a commit, few enough for a 1 GiB cap beside one large file.
constexpr std::size_t kAheadItemsMax = 256;
constexpr std::uint64_t kAheadBytesMax = 64U << 20;
// A source that cannot even be waited for is asked again, but not without a pause.
constexpr std::int64_t kRetryMs = 1000;

// One run of one flow.
class Run {
 public:
  Run(FlowPlan& plan, const RunOptions& options, StateStore& state, Target& target, const Clock& clock,
      const EventSink& sink, RunReport& report)
      : plan_(plan), options_(options), state_(state), target_(target), sink_(sink), report_(report),
        preparer_(plan, state, options.full), progress_(plan.name, clock, sink, report.summary),
        committer_(plan, preparer_, state, target, clock, sink, progress_, report.summary) {}

  Status run() {
    NARU_TRY(target_.begin());
    const Listing listing = NARU_TRY_AT(poll(), "looking at the source of " + plan_.name);
    known_ = NARU_TRY(target_.known_items(plan_.name));
    forgotten_ = NARU_TRY(state_.forgotten());
    NARU_TRY(forget_in_target());
    difference_ = compare(listing, known_, pipeline_fingerprint(plan_), hash_label(plan_.label),
                          options_.full ? Look::at_everything : Look::at_changes);
    leave_forgotten();
    RunSummary& summary = report_.summary;
    summary.seen = listing.items.size() + listing.rejects.size();
    summary.unchanged = difference_.unchanged;
    for (const KnownItem* known : difference_.still_rejected) {
      ++summary.rejected;
      if (sink_) sink_(RejectEvent{plan_.name, {known->key, known->reject_code, known->reject_message}, true});
    }
    for (const KnownItem* known : difference_.still_dropped) {
      ++summary.dropped;
      const std::optional<Drop> drop = drop_of(known->reject_code, known->reject_message);
      count_drop(summary.drops, drop->step, drop->reason, {1, 0});
    }
    const bool limited = options_.limit != 0 && difference_.look.size() > options_.limit;
    if (limited) difference_.look.resize(options_.limit);
    progress_.expect(difference_.look.size());

    for (const Item* item : difference_.relabel) NARU_TRY(committer_.relabel(*item));
    for (const Reject* reject : difference_.rejected) NARU_TRY(committer_.reject(*reject));
    NARU_TRY(absorb_cancel(look_at_changes()));
    NARU_TRY(absorb_cancel(committer_.flush(options_.stop)));
    // A part of the changes cannot tell a rename from a deletion, so a limited run removes nothing.
    if (!limited && !report_.cancelled) NARU_TRY(remove_missing());
    return target_.settle();
  }

 private:
  Result<Listing> poll() {
    Span span("Source::poll");
    Listing listing = NARU_TRY(plan_.source->poll(options_.stop));
    span.value("items", listing.items.size());
    return listing;
  }

  // The store has forgotten at once what `naru forget` said; another target does now.
  Status forget_in_target() {
    if (!forgotten_ || !plan_.target) return {};
    for (const KnownItem& known : known_) {
      if (forgotten_->has_item(plan_.name, known.key)) NARU_TRY(committer_.remove(known.key));
    }
    std::erase_if(known_, [&](const KnownItem& known) { return forgotten_->has_item(plan_.name, known.key); });
    return {};
  }

  // Neither read nor named anywhere: what was forgotten by its name. By its bytes: Preparer.
  void leave_forgotten() {
    if (!forgotten_) return;
    preparer_.keep_out(forgotten_);
    const auto is_out = [&](const std::string& key) { return forgotten_->has_item(plan_.name, key); };
    report_.summary.forgotten += std::erase_if(
        difference_.look, [&](const auto& look) { return look.known == nullptr && is_out(look.item->key); });
    report_.summary.forgotten +=
        std::erase_if(difference_.rejected, [&](const Reject* reject) { return is_out(reject->key); });
  }

  Status absorb_cancel(Status status) {
    if (!status && status.error().code() == Code::cancelled) {
      report_.cancelled = true;
      return {};
    }
    return status;
  }

  // Reads in key order, prepares on the workers, commits in key order.
  Status look_at_changes() {
    std::vector<Preparer::States> states;
    const unsigned workers = std::max(1U, options_.workers);
    for (unsigned i = 0; i < workers; ++i) states.push_back(preparer_.make_states());
    OrderedPool<ReadItem, PreparedItem> pool("prepare", workers, kAheadItemsMax, [&](ReadItem read, unsigned worker) {
      return preparer_.prepare(std::move(read), states[worker], options_.stop);
    });
    std::deque<std::uint64_t> sizes;  // of what is in the pool
    std::uint64_t ahead_bytes = 0;
    const auto commit_oldest = [&]() -> Status {
      PreparedItem item = pool.take();
      ahead_bytes -= sizes.front();
      sizes.pop_front();
      return commit(std::move(item));
    };
    for (const Difference::Look& look : difference_.look) {
      if (options_.stop.stop_requested()) break;
      ReadItem read = read_item(look);
      sizes.push_back(read.bytes.size());
      ahead_bytes += sizes.back();
      pool.submit(std::move(read));
      while (pool.has_result() || pool.size() >= kAheadItemsMax || (ahead_bytes > kAheadBytesMax && pool.size() > 0)) {
        NARU_TRY(commit_oldest());
      }
    }
    while (pool.size() > 0) NARU_TRY(commit_oldest());
    if (options_.stop.stop_requested()) report_.cancelled = true;
    return {};
  }

  ReadItem read_item(const Difference::Look& look) {
    ReadItem read;
    read.item = *look.item;
    if (look.known != nullptr) read.known = *look.known;
    Result<ItemContent> content = plan_.source->read(*look.item, options_.stop);
    if (!content) {
      read.error = std::move(content).error();
      return read;
    }
    read.direct = without_parser(*content);
    read.item = std::move(content->item);
    read.bytes = std::move(content->bytes);
    return read;
  }

  std::optional<Result<Payload>> without_parser(const ItemContent& content) {
    const auto as_payload = [](auto direct) -> std::optional<Result<Payload>> {
      if (!direct) return std::nullopt;
      if (!*direct) return Result<Payload>(std::move(*direct).error());
      return Result<Payload>(Payload(std::move(**direct)));
    };
    if (plan_.reads_rows) return as_payload(plan_.source->direct_row(content));
    return as_payload(plan_.source->direct_document(content));
  }

  Status commit(PreparedItem item) {
    if (item.kind == PreparedItem::Kind::cancelled) report_.cancelled = true;
    if (item.kind == PreparedItem::Kind::upsert && !item.known) new_versions_.insert(item.version.hex());
    progress_.looked_at_one();
    NARU_TRY(committer_.add(std::move(item), options_.stop));
    progress_.tell_if_due();
    return {};
  }

  // What is found again under a new key by its content has only moved; of the rest, too much at once is held.
  Status remove_missing() {
    std::vector<const KnownItem*> lost;
    for (const KnownItem* known : difference_.missing) {
      const bool empty = !known->reject_code.empty();  // rejected or dropped: there is nothing to lose
      if (empty || new_versions_.contains(known->version.hex())) {
        NARU_TRY(committer_.remove(known->key));
      } else {
        lost.push_back(known);
      }
    }
    if (is_held(lost.size(), known_.size()) && !options_.accept_removals) {
      report_.held = true;
      HeldEvent event{plan_.name, lost.size(), known_.size(), {}};
      for (std::size_t i = 0; i < std::min(kHeldExamples, lost.size()); ++i) event.examples.push_back(lost[i]->key);
      if (sink_) sink_(event);
    } else {
      for (const KnownItem* known : lost) NARU_TRY(committer_.remove(known->key));
    }
    return committer_.flush({});
  }

  FlowPlan& plan_;
  const RunOptions& options_;
  StateStore& state_;
  Target& target_;
  const EventSink& sink_;
  RunReport& report_;
  Preparer preparer_;
  RunProgress progress_;
  Committer committer_;
  std::shared_ptr<const Forgotten> forgotten_;  // null: nothing
  std::vector<KnownItem> known_;
  Difference difference_;                         // points into known_ and the listing
  std::unordered_set<std::string> new_versions_;  // of items that were not known
};

// Takes only what was paid for.
class VectorsOnly : public Target {
 public:
  VectorsOnly(StateStore& state, Target& target, const ModelInfo& model)
      : state_(state), target_(target), model_(model) {}
  Result<std::vector<KnownItem>> known_items(const std::string& flow) override { return target_.known_items(flow); }
  Result<Committed> apply(const ChangeSet& changes) override {
    if (!changes.upserts.empty()) NARU_TRY(state_.keep_vectors(model_));
    return Committed{};
  }

 private:
  StateStore& state_;
  Target& target_;
  const ModelInfo model_;
};

int badness(const RunReport& report) { return report.held ? 3 : report.cancelled ? 2 : report.summary.rejected > 0; }

}  // namespace

bool is_held(std::uint64_t missing, std::uint64_t known) {
  return missing >= kHeldItemsMin && static_cast<double>(missing) > kHeldShare * static_cast<double>(known);
}

Result<RunReport> FlowRunner::run(FlowPlan& plan, const RunOptions& options) {
  return run_into(plan.target ? *plan.target : target_, plan, options);
}

Result<RunReport> FlowRunner::run_into(Target& target, FlowPlan& plan, const RunOptions& options) {
  Span span("FlowRunner::run");
  span.value("flow", plan.name);
  RunReport report;
  RunSummary& summary = report.summary;
  summary.flow = plan.name;
  summary.embedded = options.embedded_ahead;
  summary.started_ms = clock_.unix_ms();
  const std::int64_t started_ns = clock_.monotonic_ns();
  Status status = Run(plan, options, state_, target, clock_, sink_, report).run();
  if (!status && status.error().code() == Code::cancelled) {
    report.cancelled = true;
    status = {};
  }
  summary.outcome = !status ? "failed" : report.held ? "held" : report.cancelled ? "cancelled" : "done";
  summary.ended_ms = clock_.unix_ms();
  report.seconds = static_cast<double>(clock_.monotonic_ns() - started_ns) / 1e9;
  const Status recorded = state_.record_run(summary);
  if (sink_) sink_(DoneEvent{summary, report.seconds});
  if (!status) return std::move(status).error().with("flow " + plan.name);
  if (!recorded) return Error(recorded.error()).with("flow " + plan.name);
  return report;
}

Result<RunReport> FlowRunner::embed_ahead(FlowPlan& plan, const RunOptions& options) {
  const Span span("FlowRunner::embed_ahead");
  RunReport report;
  report.summary.flow = plan.name;
  if (!plan.embedder) return report;
  const std::int64_t started_ns = clock_.monotonic_ns();
  VectorsOnly target(state_, target_, *plan.embedder);
  const EventSink progress = [&](const FlowEvent& event) {
    if (sink_ && std::holds_alternative<ProgressEvent>(event)) sink_(event);
  };
  NARU_TRY_AT(Run(plan, options, state_, target, clock_, progress, report).run(), "flow " + plan.name);
  report.seconds = static_cast<double>(clock_.monotonic_ns() - started_ns) / 1e9;
  return report;
}

Result<RunReport> FlowRunner::watch(std::span<FlowPlan> plans, const RunOptions& options) {
  // A source is either polled here or waited for in its thread, never both: a thread waits only after its turn.
  std::stop_source ending;  // also when a run fails and nobody asked us to stop
  const std::stop_callback forward(options.stop, [&] { ending.request_stop(); });
  const std::stop_token stop = ending.get_token();
  BoundedQueue<std::size_t> changed("changed flows", std::max<std::size_t>(plans.size(), 1));
  std::vector<std::unique_ptr<BoundedQueue<bool>>> turns;
  std::vector<Thread> waiters;
  for (std::size_t i = 0; i < plans.size(); ++i) turns.push_back(std::make_unique<BoundedQueue<bool>>("turn", 1));
  for (std::size_t i = 0; i < plans.size(); ++i) {
    waiters.emplace_back("watch", [&, i](std::stop_token) {
      while (turns[i]->pop(stop)) {
        if (!plans[i].source->wait_for_change(stop)) system_clock().sleep_ms(kRetryMs, stop);
        if (!changed.push(i, stop)) return;
      }
    });
  }
  RunReport worst;
  const auto run_one = [&](std::size_t i) -> Status {
    const Result<RunReport> report = run(plans[i], options);
    if (!report && report.error().code() != Code::unavailable && report.error().code() != Code::timeout) {
      return report.error();
    }
    if (report && badness(*report) >= badness(worst)) worst = *report;
    turns[i]->push(true, stop);
    return {};
  };
  Status status;
  for (std::size_t i = 0; status && i < plans.size() && !options.stop.stop_requested(); ++i) status = run_one(i);
  while (status && !options.stop.stop_requested()) {
    const std::optional<std::size_t> next = changed.pop(stop);
    if (!next) break;
    worst = {};
    status = run_one(*next);
  }
  ending.request_stop();
  if (!status) return status.error();
  return worst;
}

}  // namespace naru
