#include "flow/run.h"

#include <algorithm>
#include <utility>

#include "flow/keyed.h"
#include "flow/ordered_pool.h"
#include "runtime/trace.h"

namespace naru {

namespace {

// Items on their way between reading and committing, and the bytes they were read with: enough that threads do not
// wait for a commit, few enough for a 1 GiB cap beside one large file.
constexpr std::size_t kAheadItemsMax = 256;
constexpr std::uint64_t kAheadBytesMax = 64U << 20;
// Rows that go to a thread together: to wake it costs more than a row does. What has to be parsed goes alone.
constexpr std::size_t kTogetherRows = 32;
constexpr std::uint64_t kTogetherBytes = 256U << 10;

// What is said of an item, and not again for another target. Nothing: it is of one target.
std::string said_of_item(const FlowEvent& event) {
  if (const auto* reject = std::get_if<RejectEvent>(&event)) return reject->reject.key + '\0' + reject->reject.code;
  if (const auto* drop = std::get_if<DropEvent>(&event)) return drop->key + '\0' + drop->drop.code();
  return std::holds_alternative<HeldEvent>(event) ? "held" : "";
}

}  // namespace

Run::Leg::Leg(Run& run, std::size_t number_, Target& target_, const Clock& clock, RunSummary& summary_)
    : number(number_), target(target_), summary(summary_),
      sink([&run, keyed = run.plan_.target_at(number_).keyed.get()](const FlowEvent& event) {
        // What has come to a Keyed step has come to no target yet; where items are chosen, all else is told then too.
        const bool told_later = keyed != nullptr && (std::holds_alternative<CommitEvent>(event) ||
                                                     (keyed->selects != nullptr && !said_of_item(event).empty() &&
                                                      !std::holds_alternative<HeldEvent>(event)));
        if (!told_later) run.tell(event);
      }),
      retries(run.retries_of(run.plan_.target_at(number_).shown_name())),
      committer(run.plan_, run.plan_.target_at(number_), run.preparer_, run.state_, target_, clock, sink,
                *run.progress_, summary_, retries) {}

Run::Run(FlowPlan& plan, const RunOptions& options, StateStore& state, std::span<Target* const> targets,
         const Clock& clock, const EventSink& sink, RunReport& report)
    : plan_(plan), options_(options), state_(state), clock_(clock), sink_(sink), report_(report),
      preparer_(plan, state, options.full), source_retries_(retries_of("source")), by_number_(targets.size(), nullptr) {
  const auto several = static_cast<std::size_t>(std::count_if(targets.begin(), targets.end(),
                                                              [](const Target* target) { return target != nullptr; }));
  if (several > 1) report_.summary.targets.resize(several);
  const auto summary_of = [&](std::size_t leg) -> RunSummary& {
    return several > 1 ? report_.summary.targets[leg] : report_.summary;
  };
  progress_.emplace(plan.name, clock, sink, summary_of(0));  // whatever embeds is first
  for (std::size_t number = 0; number < targets.size(); ++number) {
    if (targets[number] == nullptr) continue;
    RunSummary& summary = summary_of(legs_.size());
    summary.flow = plan.name;
    if (several > 1) summary.target = plan.target_at(number).shown_name();
    by_number_[number] = &legs_.emplace_back(*this, number, *targets[number], clock, summary);
  }
  legs_.front().summary.embedded = options.embedded_ahead;
}

Retries Run::retries_of(std::string what) {
  return {options_.retries, clock_, [this, what = std::move(what)](const Error& error, std::int64_t wait_ms) {
            ++report_.summary.retries;
            if (sink_) sink_(RetryEvent{plan_.name, what, error, wait_ms});
          }};
}

void Run::tell(const FlowEvent& event) {
  if (!sink_) return;
  if (legs_.size() > 1) {
    std::string said = said_of_item(event);
    if (!said.empty() && !told_.insert(std::move(said)).second) return;
  }
  sink_(event);
}

Status Run::run() {
  const Status status = run_legs();
  if (legs_.size() > 1) sum_targets(report_.summary);
  return status;
}

Status Run::run_legs() {
  NARU_TRY(on_all([&](Leg& leg) { return leg.retries.call(options_.stop, [&] { return leg.target.begin(); }); }));
  NARU_TRY(look());
  const std::uint64_t looks = NARU_TRY(count_looks());
  progress_->expect(options_.limit == 0 ? looks : std::min(looks, options_.limit));
  NARU_TRY(on_all([&](Leg& leg) { return begin_commits(leg); }));
  NARU_TRY(absorb_cancel(look_at_changes()));
  NARU_TRY(on_all([&](Leg& leg) { return absorb_cancel(leg.committer.flush(options_.stop)); }));
  // A part of the changes cannot tell a rename from a deletion, so a limited run removes nothing.
  if (!limited_ && !report_.cancelled) NARU_TRY(on_all([&](Leg& leg) { return remove_missing(leg); }));
  NARU_TRY(on_all([](Leg& leg) { return leg.target.settle(); }));
  for (const Leg& leg : legs_) {
    if (leg.failed) return *leg.failed;
  }
  return {};
}

// What the source lists is not needed any more when each target's part of it is known.
Status Run::look() {
  const Listing listing = NARU_TRY_AT(poll(), "looking at the source of " + plan_.name);
  forgotten_ = NARU_TRY(state_.forgotten());
  if (forgotten_) preparer_.keep_out(forgotten_);
  report_.summary.seen = listing.items.size() + listing.rejects.size();
  return on_all([&](Leg& leg) { return compare_with(listing, leg); });
}

Result<Listing> Run::poll() {
  Span span("Source::poll");
  Listing listing = NARU_TRY(source_retries_.call(options_.stop, [&] { return plan_.source->poll(options_.stop); }));
  span.value("items", listing.items.size());
  return listing;
}

// A target that fails is out; its error is the run's at once only where it was the last one.
template <class Work>
Status Run::on(Leg& leg, Work work) {
  if (leg.failed) return {};
  const Status status = work(leg);
  if (status || status.error().code() == Code::cancelled) return status;
  leg.failed = status.error();
  report_.may_pass = report_.may_pass || may_pass(status.error());
  const bool any = std::any_of(legs_.begin(), legs_.end(), [](const Leg& other) { return !other.failed; });
  return any ? Status() : status;
}

template <class Work>
Status Run::on_all(Work work) {
  for (Leg& leg : legs_) NARU_TRY(on(leg, work));
  return {};
}

Status Run::absorb_cancel(Status status) {
  if (!status && status.error().code() == Code::cancelled) {
    report_.cancelled = true;
    return {};
  }
  return status;
}

// ---- what is to be done ----

Status Run::compare_with(const Listing& listing, Leg& leg) {
  const SpilledList<KnownItem> known =
      NARU_TRY(leg.retries.call(options_.stop, [&] { return leg.target.known_items(plan_.name); }));
  const FlowTarget& to = plan_.target_at(leg.number);
  CompareRules rules;
  rules.plan = &plan_;
  rules.pipeline = pipeline_fingerprint(plan_, to);
  rules.full = options_.full;
  rules.keys = options_.keys ? &*options_.keys : nullptr;
  rules.forgotten = forgotten_.get();
  rules.forgets_itself = !to.target && !to.keyed;  // the store has forgotten at once what `naru forget` said
  leg.difference = NARU_TRY(compare(listing, known, rules));
  if (options_.keys) limited_ = true;
  NARU_TRY(leg.difference.missing.each([&](const KnownItem& gone) {
    if (gone.reject_code.empty()) leg.missing_versions.insert(gone.version.hex());
    return Status();
  }));
  RunSummary& summary = leg.summary;
  summary.seen = report_.summary.seen;
  summary.unchanged = leg.difference.unchanged;
  summary.forgotten += leg.difference.forgotten;
  summary.dropped += leg.difference.dropped;
  for (const auto& [name, count] : leg.difference.still_dropped) {
    count_drop(summary.drops, name.first, name.second, count);
  }
  return leg.difference.still_rejected.each([&](const KnownItem& still) {
    ++summary.rejected;
    tell(RejectEvent{plan_.name, {still.key, still.reject_code, still.reject_message}, true});
    return Status();
  });
}

Status Run::begin_commits(Leg& leg) {
  NARU_TRY(leg.difference.forgotten_known.each([&](const KnownItem& gone) { return leg.committer.remove(gone.key); }));
  NARU_TRY(leg.difference.relabel.each([&](const Item& item) { return leg.committer.relabel(item); }));
  for (const Reject& reject : leg.difference.rejected) NARU_TRY(leg.committer.reject(reject));
  return {};
}

// ---- looking at what changed ----

Status Run::begin_looks() {
  for (Leg& leg : legs_) {
    if (leg.failed) continue;
    leg.looks = leg.difference.look.read();
    leg.looks_known = leg.difference.look_known.read();
    NARU_TRY(step(leg));
  }
  return {};
}

Status Run::step(Leg& leg) {
  leg.has_next = NARU_TRY(leg.looks->next(leg.next)) && NARU_TRY(leg.looks_known->next(leg.next_known));
  return {};
}

// The next item in key order that any target wants; null: there is none.
Item* Run::least_look() {
  Item* least = nullptr;
  for (Leg& leg : legs_) {
    if (!leg.failed && leg.has_next && (least == nullptr || leg.next.key < least->key)) least = &leg.next;
  }
  return least;
}

// Items that any target wants.
Result<std::uint64_t> Run::count_looks() {
  if (legs_.size() == 1) return legs_.front().difference.look.size();
  NARU_TRY(begin_looks());
  std::uint64_t count = 0;
  for (; const Item* least = least_look(); ++count) {
    const std::string key = least->key;
    for (Leg& leg : legs_) {
      if (!leg.failed && leg.has_next && leg.next.key == key) NARU_TRY(step(leg));
    }
  }
  return count;
}

// The next item in key order that any target wants, and all that do. False: that was the last.
Result<bool> Run::next_look(ReadItem& read) {
  const Item* least = least_look();
  if (least == nullptr) return false;
  read.item = *least;
  for (Leg& leg : legs_) {
    if (leg.failed || !leg.has_next || leg.next.key != read.item.key) continue;
    const bool is_new = leg.next_known.key.empty();
    read.wanted.push_back({leg.number, is_new ? std::nullopt : std::optional(std::move(leg.next_known))});
    NARU_TRY(step(leg));
  }
  return true;
}

// Reads in key order, prepares on the workers, commits in key order.
Status Run::look_at_changes() {
  std::vector<StepStates> states;
  const unsigned workers = std::max(1U, options_.workers);
  for (unsigned i = 0; i < workers; ++i) states.push_back(preparer_.make_states());
  using Together = std::vector<ReadItem>;
  OrderedPool<Together, std::vector<std::vector<PreparedItem>>> pool(
      "prepare", workers, kAheadItemsMax, [&](Together reads, unsigned worker) {
        std::vector<std::vector<PreparedItem>> prepared;
        for (ReadItem& read : reads) {
          prepared.push_back(preparer_.prepare(std::move(read), states[worker], options_.stop));
        }
        return prepared;
      });
  std::deque<std::uint64_t> sizes;  // of what is in the pool
  std::uint64_t ahead_bytes = 0, looked = 0, together_bytes = 0;
  Together together;
  const auto commit_oldest = [&]() -> Status {
    std::vector<std::vector<PreparedItem>> prepared = pool.take();
    ahead_bytes -= sizes.front();
    sizes.pop_front();
    for (std::vector<PreparedItem>& items : prepared) NARU_TRY(commit(std::move(items)));
    return {};
  };
  const auto submit = [&]() -> Status {
    sizes.push_back(std::exchange(together_bytes, 0));
    ahead_bytes += sizes.back();
    pool.submit(std::exchange(together, {}));
    while (pool.has_result() || pool.size() >= kAheadItemsMax || (ahead_bytes > kAheadBytesMax && pool.size() > 0)) {
      NARU_TRY(commit_oldest());
    }
    return {};
  };
  NARU_TRY(begin_looks());
  for (ReadItem read; !options_.stop.stop_requested() && NARU_TRY(next_look(read)); read = {}) {
    if (options_.limit != 0 && looked++ == options_.limit) {
      limited_ = true;
      break;
    }
    read_item(read);
    const bool alone = !read.direct && !read.drop;
    together_bytes += read.bytes.size();
    together.push_back(std::move(read));
    if (alone || together.size() >= kTogetherRows || together_bytes >= kTogetherBytes) NARU_TRY(submit());
  }
  if (!together.empty()) NARU_TRY(submit());
  while (pool.size() > 0) NARU_TRY(commit_oldest());
  if (options_.stop.stop_requested()) report_.cancelled = true;
  return {};
}

void Run::read_item(ReadItem& read) {
  Result<ItemContent> content =
      source_retries_.call(options_.stop, [&] { return plan_.source->read(read.item, options_.stop); });
  if (!content) {
    const Error& error = content.error();
    // An item that is slow to come is no bad item.
    read.error = error.code() == Code::timeout ? Error(Code::unavailable, error.message()) : error;
    return;
  }
  read.drop = std::move(content->drop);
  if (!read.drop) read.direct = direct_records(*plan_.source, plan_.reads_rows, *content);
  read.item = std::move(content->item);
  read.bytes = std::move(content->bytes);
}

Status Run::commit(std::vector<PreparedItem> items) {
  progress_->looked_at_one();
  for (PreparedItem& item : items) {
    if (item.kind == PreparedItem::Kind::cancelled) report_.cancelled = true;
    if (is_passing(item.reject.code)) report_.may_pass = true;
    NARU_TRY(on(*by_number_[item.target], [&](Leg& leg) -> Status {
      NARU_TRY(preparer_.take_back(item));
      if (item.kind == PreparedItem::Kind::upsert && !item.known && !leg.missing_versions.empty()) {
        std::string version = item.version.hex();
        if (leg.missing_versions.contains(version)) leg.found_versions.insert(std::move(version));
      }
      return leg.committer.add(std::move(item), options_.stop);
    }));
  }
  progress_->tell_if_due();
  return {};
}

// What is found again under a new key by its content has only moved; of the rest, too much at once is held.
Status Run::remove_missing(Leg& leg) {
  HeldEvent event{plan_.name, 0, leg.difference.known, {}};
  // Rejected or dropped: there is nothing to lose.
  const auto is_lost = [&](const KnownItem& gone) {
    return gone.reject_code.empty() && !leg.found_versions.contains(gone.version.hex());
  };
  NARU_TRY(leg.difference.missing.each([&](const KnownItem& gone) {
    if (is_lost(gone) && ++event.missing <= kHeldExamples) event.examples.push_back(gone.key);
    return Status();
  }));
  const bool held = is_held(event.missing, event.known) && !options_.accept_removals;
  NARU_TRY(leg.difference.missing.each([&](const KnownItem& gone) {
    return held && is_lost(gone) ? Status() : leg.committer.remove(gone.key);
  }));
  if (held) {
    report_.held = true;
    tell(event);
  }
  return leg.committer.flush({});
}

}  // namespace naru
