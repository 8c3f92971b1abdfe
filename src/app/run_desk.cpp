#include "app/run_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "app/progress.h"
#include "runtime/clock.h"

namespace naru {

namespace {

// What a page shows of a run, whatever went wrong in it; all rejects are in the store.
constexpr std::size_t kRejectsShownMax = 20, kNotesMax = 20;
// A history for a person to look back on while the server is up.
constexpr std::size_t kFinishedMax = 20;

Json error_to_json(const Error& error) {
  return {{"code", code_name(error.code())}, {"message", said(error)}};
}

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace

struct RunDesk::Run {
  Json json;                          // as docs/api/openapi.json describes it
  std::map<std::string, Json> plans;  // by flow
  Json* flow(const std::string& name) {
    Json& flows = json["flows"];
    for (Json& one : flows) {
      if (one["flow"] == name) return &one;
    }
    flows.push_back({{"flow", name}, {"state", "running"}, {"rejected", 0}});
    if (const auto plan = plans.find(name); plan != plans.end()) flows.back()["planned"] = plan->second;
    return &flows.back();
  }
};

RunDesk::RunDesk(OpenEngine open, std::stop_token ending)
    : open_(std::move(open)), on_ending_(std::move(ending), [this] { static_cast<void>(cancel()); }) {}

RunDesk::~RunDesk() = default;

Result<Json> RunDesk::start(RunRequest request) {
  const std::lock_guard lock(mutex_);
  if (run_) {
    return Error(Code::already_exists, "a run is going on, and one at a time writes: wait for it, or stop it");
  }
  run_ = std::make_unique<Run>();
  run_->json = {{"run", ++runs_},      {"state", "running"},      {"asked", request.flows},
                {"replay", request.replay}, {"started_ms", system_clock().unix_ms()}, {"ended_ms", nullptr},
                {"flows", Json::array()},   {"rejects", Json::array()}, {"notes", Json::array()},
                {"note_kinds", Json::array()}, {"errors", Json::array()}, {"error", nullptr}};
  run_->plans = take_plans(request);
  // One that was before has nothing more to do than to return.
  thread_ = Thread("run", [this, asked = std::move(request)](const std::stop_token& stop) { work(asked, stop); });
  return run_->json;
}

void RunDesk::expect(const Json& plans) {
  const std::lock_guard lock(mutex_);
  for (const Json& plan : plans) plans_[plan["flow"].get<std::string>()] = plan;
}

// With the lock held. A replay, or removals that were held, are more than was planned: there is nothing to compare.
std::map<std::string, Json> RunDesk::take_plans(const RunRequest& request) {
  std::map<std::string, Json> taken;
  std::erase_if(plans_, [&](auto& known) {
    const std::vector<std::string>& asked = request.flows;
    const bool runs = asked.empty() || std::find(asked.begin(), asked.end(), known.first) != asked.end();
    if (runs && !request.replay && !request.accept_removals) taken.emplace(known.first, std::move(known.second));
    return runs;
  });
  return taken;
}

Result<Json> RunDesk::cancel() {
  const std::lock_guard lock(mutex_);
  if (!run_) return Error(Code::not_found, "no run is going on");
  run_->json["state"] = "stopping";
  thread_.request_stop();
  tell(false);
  return run_->json;
}

Json RunDesk::state() const {
  const std::lock_guard lock(mutex_);
  return {{"running", run_ ? run_->json : Json()}, {"finished", finished_}};
}

Status RunDesk::follow(Follower follower) {
  const std::lock_guard lock(mutex_);
  if (run_) {
    if (follower(run_->json, false)) followers_.push_back(std::move(follower));
    return {};
  }
  if (finished_.empty()) return Error(Code::not_found, "no run was started here");
  static_cast<void>(follower(finished_.front(), true));
  return {};
}

void RunDesk::work(const RunRequest& request, const std::stop_token& stop) {
  const auto run = [&]() -> Result<int> {
    const std::unique_ptr<Engine> engine = NARU_TRY(open_());
    RunListener listener;
    listener.event = [this](const FlowEvent& event) { hear(event); };
    listener.note = [this](const Note& said) { note(said); };
    listener.error = [this](const Error& error) { fail(error); };
    return run_flows(*engine, request, listener, stop);
  };
  const Result<int> code = run();  // its engine is gone by now: the store is free for the next
  finish(code, stop.stop_requested());
}

void RunDesk::hear(const FlowEvent& event) {
  const std::lock_guard lock(mutex_);
  const auto on_start = [&](const StartEvent&) {};  // its flow is shown with what comes next
  const auto on_commit = [&](const CommitEvent&) {};  // what it holds is counted when the flow is done
  const auto on_reject = [&](const RejectEvent& reject) {
    Json& flow = *run_->flow(reject.flow);
    flow["rejected"] = flow["rejected"].get<std::uint64_t>() + 1;
    Json& shown = run_->json["rejects"];
    if (reject.unchanged || shown.size() >= kRejectsShownMax) return;
    shown.push_back({{"flow", reject.flow}, {"doc", reject.reject.key}, {"code", reject.reject.code},
                     {"message", reject.reject.message}});
  };
  const auto on_drop = [&](const DropEvent&) {};  // neither
  const auto on_held = [&](const HeldEvent& held) {
    Json& flow = *run_->flow(held.flow);
    flow["held"] = {{"missing", held.missing}, {"known", held.known}, {"examples", held.examples}};
    if (held.former) flow["state"] = "held";
  };
  const auto on_retry = [&](const RetryEvent&) {};  // a wait of seconds; what comes of it is told
  const auto on_progress = [&](const ProgressEvent& progress) {
    Json& flow = *run_->flow(progress.flow);
    const auto left = seconds_left(progress.done, progress.total, progress.seconds);
    flow.update({{"done", progress.done}, {"total", progress.total}, {"embedded", progress.embedded},
                 {"seconds", progress.seconds}, {"seconds_left", left ? Json(*left) : Json()}});
  };
  const auto on_done = [&](const DoneEvent& done) {
    Json& flow = *run_->flow(done.summary.flow);
    flow.update(run_to_json(done.summary));
    flow["state"] = flow["outcome"];
    flow["seconds"] = done.seconds;
    flow["seconds_left"] = nullptr;
  };
  std::visit(Overloaded{on_start, on_commit, on_reject, on_drop, on_held, on_retry, on_progress, on_done}, event);
  // A thousand rejects are told with what comes next, not one by one.
  if (!std::holds_alternative<RejectEvent>(event) && !std::holds_alternative<DropEvent>(event)) tell(false);
}

void RunDesk::note(const Note& note) {
  const std::lock_guard lock(mutex_);
  Json& json = run_->json;
  if (json["notes"].size() == kNotesMax) return;
  json["notes"].push_back(note_text(note));
  json["note_kinds"].push_back(note_to_json(note));
  tell(false);
}

void RunDesk::fail(const Error& error) {
  const std::lock_guard lock(mutex_);
  Json& errors = run_->json["errors"];
  if (errors.size() < kNotesMax) errors.push_back(error_to_json(error));
  tell(false);
}

void RunDesk::finish(const Result<int>& code, bool stopped) {
  const std::lock_guard lock(mutex_);
  Json& json = run_->json;
  json["ended_ms"] = system_clock().unix_ms();
  json["state"] = !code ? "failed" : stopped ? "stopped" : *code == exit_code(Code::cancelled) ? "held" : "done";
  if (!code) json["error"] = error_to_json(code.error());
  tell(true);
  finished_.push_front(std::move(json));
  if (finished_.size() > kFinishedMax) finished_.pop_back();
  run_.reset();
}

// With the lock held: a follower only hands the event on.
void RunDesk::tell(bool last) {
  std::erase_if(followers_, [&](const Follower& follower) { return !follower(run_->json, last); });
  if (last) followers_.clear();
}

}  // namespace naru
