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
  const Listing listing = NARU_TRY_AT(poll(), "looking at the source of " + plan_.name);
  forgotten_ = NARU_TRY(state_.forgotten());
  if (forgotten_) preparer_.keep_out(forgotten_);
  report_.summary.seen = listing.items.size() + listing.rejects.size();
  NARU_TRY(on_all([&](Leg& leg) { return compare_with(listing, leg); }));
  progress_->expect(options_.limit == 0 ? count_looks() : std::min(count_looks(), options_.limit));
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
  leg.known = NARU_TRY(leg.retries.call(options_.stop, [&] { return leg.target.known_items(plan_.name); }));
  NARU_TRY(forget_in_target(leg));
  leg.difference = compare(listing, leg.known, pipeline_fingerprint(plan_, plan_.target_at(leg.number)),
                           hash_label(plan_.label), options_.full ? Look::at_everything : Look::at_changes);
  leave_forgotten(leg);
  if (options_.keys) keep_to_range(leg);
  for (const KnownItem* known : leg.difference.missing) {
    if (known->reject_code.empty()) leg.missing_versions.insert(known->version.hex());
  }
  RunSummary& summary = leg.summary;
  summary.seen = report_.summary.seen;
  summary.unchanged = leg.difference.unchanged;
  for (const KnownItem* known : leg.difference.still_rejected) {
    ++summary.rejected;
    tell(RejectEvent{plan_.name, {known->key, known->reject_code, known->reject_message}, true});
  }
  for (const KnownItem* known : leg.difference.still_dropped) {
    ++summary.dropped;
    const std::optional<Drop> drop = drop_of(known->reject_code, known->reject_message);
    count_drop(summary.drops, drop->step, drop->reason, {1, 0});
  }
  return {};
}

// The store has forgotten at once what `naru forget` said; another target does now.
Status Run::forget_in_target(Leg& leg) {
  const FlowTarget& to = plan_.target_at(leg.number);
  if (!forgotten_ || (!to.target && !to.keyed)) return {};
  for (const KnownItem& known : leg.known) {
    if (forgotten_->has_item(plan_.name, known.key)) NARU_TRY(leg.committer.remove(known.key));
  }
  std::erase_if(leg.known, [&](const KnownItem& known) { return forgotten_->has_item(plan_.name, known.key); });
  return {};
}

// Neither read nor named anywhere: what was forgotten by its name. By its bytes: Preparer.
void Run::leave_forgotten(Leg& leg) {
  if (!forgotten_) return;
  const auto is_out = [&](const std::string& key) { return forgotten_->has_item(plan_.name, key); };
  leg.summary.forgotten += std::erase_if(
      leg.difference.look, [&](const auto& look) { return look.known == nullptr && is_out(look.item->key); });
  leg.summary.forgotten +=
      std::erase_if(leg.difference.rejected, [&](const Reject* reject) { return is_out(reject->key); });
}

// What lies outside is as it was, whether it changed or went.
void Run::keep_to_range(Leg& leg) {
  const auto is_out = [&](const std::string& key) { return !options_.keys->holds(key); };
  Difference& difference = leg.difference;
  difference.unchanged += std::erase_if(difference.look, [&](const auto& look) {
    return look.known != nullptr && is_out(look.item->key);
  });
  std::erase_if(difference.look, [&](const auto& look) { return is_out(look.item->key); });
  difference.unchanged += std::erase_if(difference.relabel, [&](const Item* item) { return is_out(item->key); });
  std::erase_if(difference.rejected, [&](const Reject* reject) { return is_out(reject->key); });
  limited_ = true;
}

Status Run::begin_commits(Leg& leg) {
  for (const Item* item : leg.difference.relabel) NARU_TRY(leg.committer.relabel(*item));
  for (const Reject* reject : leg.difference.rejected) NARU_TRY(leg.committer.reject(*reject));
  return {};
}

// ---- looking at what changed ----

// Items that any target wants.
std::uint64_t Run::count_looks() const {
  if (legs_.size() == 1) return legs_.front().difference.look.size();
  std::vector<std::size_t> next(legs_.size(), 0);
  for (std::uint64_t count = 0;; ++count) {
    const std::string* least = nullptr;
    const auto key_of = [&](std::size_t leg) -> const std::string* {
      const auto& look = legs_[leg].difference.look;
      return next[leg] < look.size() ? &look[next[leg]].item->key : nullptr;
    };
    for (std::size_t leg = 0; leg < legs_.size(); ++leg) {
      const std::string* key = key_of(leg);
      if (key != nullptr && (least == nullptr || *key < *least)) least = key;
    }
    if (least == nullptr) return count;
    const std::string taken = *least;
    for (std::size_t leg = 0; leg < legs_.size(); ++leg) {
      const std::string* key = key_of(leg);
      if (key != nullptr && *key == taken) ++next[leg];
    }
  }
}

// The next item in key order that any target wants, and all that do. False: that was the last.
bool Run::next_look(ReadItem& read) {
  const Item* least = nullptr;
  const auto item_of = [](const Leg& leg) -> const Item* {
    if (leg.failed || leg.next == leg.difference.look.size()) return nullptr;
    return leg.difference.look[leg.next].item;
  };
  for (const Leg& leg : legs_) {
    const Item* item = item_of(leg);
    if (item != nullptr && (least == nullptr || item->key < least->key)) least = item;
  }
  if (least == nullptr) return false;
  read.item = *least;
  for (Leg& leg : legs_) {
    const Item* item = item_of(leg);
    if (item == nullptr || item->key != read.item.key) continue;
    const KnownItem* known = leg.difference.look[leg.next++].known;
    read.wanted.push_back({leg.number, known == nullptr ? std::optional<KnownItem>() : *known});
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
  for (ReadItem read; !options_.stop.stop_requested() && next_look(read); read = {}) {
    if (options_.limit != 0 && looked++ == options_.limit) {
      limited_ = true;
      break;
    }
    read_item(read);
    const bool alone = !read.direct;
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
  read.direct = direct_records(*plan_.source, plan_.reads_rows, *content);
  read.item = std::move(content->item);
  read.bytes = std::move(content->bytes);
}

Status Run::commit(std::vector<PreparedItem> items) {
  progress_->looked_at_one();
  for (PreparedItem& item : items) {
    if (item.kind == PreparedItem::Kind::cancelled) report_.cancelled = true;
    if (is_passing(item.reject.code)) report_.may_pass = true;
    NARU_TRY(on(*by_number_[item.target], [&](Leg& leg) {
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
  std::vector<const KnownItem*> lost;
  for (const KnownItem* known : leg.difference.missing) {
    const bool empty = !known->reject_code.empty();  // rejected or dropped: there is nothing to lose
    if (empty || leg.found_versions.contains(known->version.hex())) {
      NARU_TRY(leg.committer.remove(known->key));
    } else {
      lost.push_back(known);
    }
  }
  if (is_held(lost.size(), leg.known.size()) && !options_.accept_removals) {
    report_.held = true;
    HeldEvent event{plan_.name, lost.size(), leg.known.size(), {}};
    for (std::size_t i = 0; i < std::min(kHeldExamples, lost.size()); ++i) event.examples.push_back(lost[i]->key);
    tell(event);
  } else {
    for (const KnownItem* known : lost) NARU_TRY(leg.committer.remove(known->key));
  }
  return leg.committer.flush({});
}

}  // namespace naru
