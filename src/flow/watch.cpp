// FlowRunner::watch: each flow again when its source changes, or when its hour comes.
#include <algorithm>
#include <memory>

#include "flow/engine.h"
#include "runtime/queue.h"
#include "runtime/thread.h"

namespace naru {

namespace {

// A source that cannot even be waited for is asked again, but not without a pause.
constexpr std::int64_t kRetryMs = 1000;
// What failed for a reason that may pass is done again so long after, doubled each time.
constexpr RetryPolicy kRunAgain = {.wait_ms = 2000, .wait_ms_max = 300'000};
// The wall clock may be set, and a machine may sleep: who waits for an hour looks at the clock so often.
constexpr std::int64_t kLookMs = 10'000;

int badness(const RunReport& report) { return report.held ? 3 : report.cancelled ? 2 : report.summary.rejected > 0; }

std::optional<std::int64_t> last_started_ms(const std::vector<RunSummary>& runs, const std::string& flow) {
  const auto run = std::find_if(runs.begin(), runs.end(), [&](const RunSummary& each) { return each.flow == flow; });
  return run == runs.end() ? std::nullopt : std::optional(run->started_ms);
}

// When a flow with a schedule is due. What was missed while nobody ran, or while the run before took its time, is made
// up for by one run, or left out. Belongs to one thread at a time.
class Due {
 public:
  // `last_started_ms`: of its last run, whoever started it; none: it never ran.
  Due(const Schedule& schedule, std::optional<std::int64_t> last_started_ms, std::int64_t now_ms)
      : schedule_(schedule), from_ms_(catches_up() && last_started_ms ? *last_started_ms : now_ms),
        at_once_(catches_up() && !last_started_ms) {}

  void starts(std::int64_t now_ms) {
    from_ms_ = now_ms;
    at_once_ = false;
  }
  void ended(std::int64_t now_ms) {
    if (!catches_up()) from_ms_ = now_ms;
  }
  bool is_due(std::int64_t now_ms) const { return wait_ms(now_ms) == 0; }
  // How long to wait before looking again; 0: it is due.
  std::int64_t wait_ms(std::int64_t now_ms) const {
    if (at_once_) return 0;
    const std::optional<std::int64_t> next = schedule_.next(from_ms_);
    return next ? std::clamp<std::int64_t>(*next - now_ms, 0, kLookMs) : kLookMs;
  }

 private:
  bool catches_up() const { return schedule_.missed() == Schedule::Missed::run_once; }

  const Schedule& schedule_;
  std::int64_t from_ms_;
  bool at_once_;
};

}  // namespace

Result<RunReport> FlowRunner::watch(std::span<FlowPlan> plans, const RunOptions& options) {
  // A source is either polled here or waited for in its thread, never both: a thread waits only after its turn. So a
  // flow never overlaps itself, or another one.
  std::stop_source ending;  // also when a run fails and nobody asked us to stop
  const std::stop_callback forward(options.stop, [&] { ending.request_stop(); });
  const std::stop_token stop = ending.get_token();
  BoundedQueue<std::size_t> changed("changed flows", std::max<std::size_t>(plans.size(), 1));
  std::vector<std::unique_ptr<BoundedQueue<std::int64_t>>> turns;  // after how many ms to run in any case; 0: none
  std::vector<std::uint32_t> failed_in_a_row(plans.size(), 0);
  const std::vector<RunSummary> last_runs = NARU_TRY(state_.last_runs());
  std::vector<std::optional<Due>> due(plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    turns.push_back(std::make_unique<BoundedQueue<std::int64_t>>("turn", 1));
    if (!plans[i].schedule) continue;
    due[i].emplace(*plans[i].schedule, last_started_ms(last_runs, plans[i].name), clock_.unix_ms());
  }
  const auto wait_for_hour = [&](const Due& hour) {
    for (std::int64_t wait = 0; (wait = hour.wait_ms(clock_.unix_ms())) > 0;) {
      if (!clock_.sleep_ms(wait, stop)) return;
    }
  };
  std::vector<Thread> waiters;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    waiters.emplace_back("watch", [&, i](std::stop_token) {
      while (const std::optional<std::int64_t> again_ms = turns[i]->pop(stop)) {
        if (*again_ms > 0) {
          if (!clock_.sleep_ms(*again_ms, stop)) return;
        } else if (due[i]) {
          wait_for_hour(*due[i]);
        } else if (!plans[i].source->wait_for_change(stop)) {
          system_clock().sleep_ms(kRetryMs, stop);
        }
        if (!changed.push(i, stop)) return;
      }
    });
  }
  std::vector<bool> was_run(plans.size(), false);
  RunReport worst;
  const auto run_one = [&](std::size_t i) -> Status {
    if (due[i]) due[i]->starts(clock_.unix_ms());
    RunOptions now = options;
    if (was_run[i]) now.full = now.refit = false;  // once is what was asked for
    const Result<RunReport> report = run(plans[i], now);
    was_run[i] = was_run[i] || report.has_value();
    if (!report && !may_pass(report.error())) return report.error();
    const bool again = !report || report->may_pass;
    failed_in_a_row[i] = again ? failed_in_a_row[i] + 1 : 0;
    if (report && badness(*report) >= badness(worst)) worst = *report;
    if (due[i]) due[i]->ended(clock_.unix_ms());
    turns[i]->push(again ? kRunAgain.wait_before(failed_in_a_row[i] + 1) : 0, stop);
    return {};
  };
  Status status;
  for (std::size_t i = 0; status && i < plans.size() && !options.stop.stop_requested(); ++i) {
    if (due[i] && !due[i]->is_due(clock_.unix_ms())) {
      turns[i]->push(0, stop);
    } else {
      status = run_one(i);
    }
  }
  while (status && !options.stop.stop_requested()) {
    const std::optional<std::size_t> next = changed.pop(stop);
    if (!next || stop.stop_requested()) break;
    worst = {};
    status = run_one(*next);
  }
  ending.request_stop();
  if (!status) return status.error();
  return worst;
}

}  // namespace naru
