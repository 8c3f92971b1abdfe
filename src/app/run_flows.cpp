#include "app/run_flows.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "app/forecasts.h"
#include "app/model_switch.h"
#include "app/progress.h"
#include "app/store_state.h"
#include "app/telemetry/telemetry.h"
#include "app/words.h"
#include "flow/engine.h"
#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/thread.h"
#include "serve/flow_metrics.h"

namespace naru {

namespace {

// A reject that failed for a passing reason is news each time; one that was known before is only counted for people.
constexpr std::size_t kRejectsShownMax = 20;

Json names_of(const std::vector<std::pair<std::string, Sha256>>& docs) {
  Json list = Json::array();
  for (const auto& [doc, version] : docs) list.push_back({{"doc", doc}, {"version", version.hex()}});
  return list;
}

struct ToJson {
  Json operator()(const StartEvent& event) const {
    return {{"event", "start"}, {"flow", event.flow}, {"started_ms", event.started_ms}};
  }
  Json operator()(const CommitEvent& event) const {
    Json json = {{"event", "commit"}, {"flow", event.flow}, {"epoch", event.committed.epoch},
                 {"docs", names_of(event.docs)}, {"removed", event.removed}};
    if (!event.target.empty()) json["target"] = event.target;
    return json;
  }
  Json operator()(const RejectEvent& event) const {
    return {{"event", "reject"}, {"flow", event.flow}, {"doc", event.reject.key}, {"code", event.reject.code},
            {"message", event.reject.message}, {"unchanged", event.unchanged}};
  }
  Json operator()(const DropEvent& event) const {
    return {{"event", "drop"}, {"flow", event.flow}, {"doc", event.key}, {"step", event.drop.step},
            {"reason", event.drop.reason}, {"detail", event.drop.detail}};
  }
  Json operator()(const HeldEvent& event) const {
    return {{"event", "held"}, {"flow", event.flow}, {"missing", event.missing}, {"known", event.known},
            {"examples", event.examples}};
  }
  Json operator()(const RetryEvent& event) const {
    return {{"event", "retry"}, {"flow", event.flow}, {"what", event.what}, {"code", code_name(event.error.code())},
            {"message", event.error.message()}, {"wait_ms", event.wait_ms}};
  }
  Json operator()(const ProgressEvent& event) const {
    return {{"event", "progress"}, {"flow", event.flow}, {"done", event.done}, {"total", event.total},
            {"embedded", event.embedded}, {"seconds", event.seconds}};
  }
  Json operator()(const DoneEvent& event) const {
    Json json = {{"event", "done"}};
    json.update(run_to_json(event.summary));
    json["seconds"] = event.seconds;
    return json;
  }
};

// What was expected of each flow, until it has run.
using Planned = std::map<std::string, Forecast>;

std::optional<Forecast> take_planned(Planned& planned, const std::string& flow) {
  const auto found = planned.extract(flow);
  return found ? std::optional(found.mapped()) : std::nullopt;
}

// What a person reads while a flow runs.
class RunTeller {
 public:
  RunTeller(Output& output, std::shared_ptr<Planned> planned) : output_(output), planned_(std::move(planned)) {}

  void operator()(const StartEvent&) {}
  void operator()(const CommitEvent&) {}
  void operator()(const RejectEvent& event) {
    if (event.unchanged || ++rejects_ > kRejectsShownMax) return;
    output_.diagnostic(without_control(
        fmt::format("{}: {}: {} ({})", event.flow, event.reject.key, event.reject.message, event.reject.code)));
    if (rejects_ == kRejectsShownMax) output_.note("further rejects are only counted; `naru rejects ls` has them all");
  }
  void operator()(const DropEvent&) {}  // told by counts at the end: they may be most of a corpus
  void operator()(const HeldEvent& event) {
    if (event.former) {
      output_.note(fmt::format(
          "{} is not in naru.yaml any more, and its {} documents are still found. To remove them: "
          "naru run --accept-removals", event.flow, event.known));
      return;
    }
    output_.note(fmt::format(
        "{}: {} of {} known documents are missing, among them {}. Nothing was removed: is the folder there? "
        "If they are really gone: naru run {} --accept-removals",
        event.flow, event.missing, event.known, fmt::join(event.examples, ", "), shell_quoted(event.flow)));
  }
  void operator()(const RetryEvent& event) {
    output_.note(without_control(fmt::format("{}: {}: {} ({}); tried again in {}", event.flow, event.what,
                                             event.error.message(), code_name(event.error.code()),
                                             human_seconds(static_cast<double>(event.wait_ms) / 1000))));
  }
  void operator()(const ProgressEvent& event) {
    std::string text = progress_line(event.flow, event.done, event.total, event.seconds);
    if (event.embedded > 0 && event.seconds > 0) {
      const double rate = static_cast<double>(event.embedded) / event.seconds;
      text += fmt::format("  {} texts embedded, {:.0f}/s", event.embedded, rate);
    }
    output_.progress(text);
  }
  void operator()(const DoneEvent& event) {
    rejects_ = 0;
    output_.progress("");
    output_.line(fmt::format("{}: {}, in {}", output_.toned(Tone::strong, event.summary.flow),
                             run_for_people(event.summary), human_seconds(event.seconds)));
    for (const std::string& line : targets_for_people(event.summary)) output_.line("  " + line);
    if (const std::optional<Forecast> planned = take_planned(*planned_, event.summary.flow)) {
      output_.line("  as planned: " + forecast_for_people(*planned));
    }
    output_.flush();
  }

 private:
  Output& output_;
  const std::shared_ptr<Planned> planned_;
  std::size_t rejects_ = 0;
};

RunListener listener_of(Invocation& invocation, std::shared_ptr<Planned> planned) {
  Output& output = invocation.output();
  RunListener listener;
  listener.note = [&output](const Note& note) { output.note(note_text(note)); };
  listener.error = [&output](const Error& error) { output.error(error); };
  if (invocation.json()) {
    listener.event = [&output, planned](const FlowEvent& event) {
      Json json = event_to_json(event);
      if (const auto* done = std::get_if<DoneEvent>(&event)) {
        const std::optional<Forecast> expected = take_planned(*planned, done->summary.flow);
        if (expected) json["planned"] = forecast_to_json(*expected, false);
      }
      output.json(json);
      output.flush();
    };
    return listener;
  }
  const auto teller = std::make_shared<RunTeller>(output, std::move(planned));
  listener.event = [teller](const FlowEvent& event) { std::visit(*teller, event); };
  return listener;
}

// Every flow has its turn, also after one that failed; the worst code is the run's.
Result<int> run_each(FlowRunner& runner, std::span<FlowPlan> plans, const RunOptions& options,
                     const RunListener& listener) {
  std::optional<Error> failed;
  int worst = 0;
  for (FlowPlan& plan : plans) {
    if (options.stop.stop_requested()) break;
    Result<RunReport> report = runner.run(plan, options);
    if (report) {
      worst = std::max(worst, report->exit_code());
      continue;
    }
    if (failed) listener.error(*failed);
    failed = std::move(report).error();
  }
  if (failed) return *failed;
  return worst;
}

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

// The next run looks at them as if it had never seen them.
Status forget_rejects(Store& store, const RunRequest& request) {
  std::map<std::string, std::vector<std::string>> keys;
  const std::vector<std::pair<std::string, Reject>> rejects = NARU_TRY(store.rejects());
  for (const auto& [flow, reject] : rejects) {
    if (is_among(request.flows, flow) && is_among(request.replayed, reject.key)) keys[flow].push_back(reject.key);
  }
  for (const auto& [flow, list] : keys) NARU_TRY(store.forget_rejects(flow, list));
  return {};
}

// Whole or not at all: a collector may read it at any moment.
Status write_metrics(Store& store, const Config& config, const std::string& file) {
  const std::vector<FlowRun> flows = NARU_TRY(read_flow_runs(config, store));
  return write_file_durable(file, flow_metrics_text(&flows));
}

// What a flow took in that naru.yaml no longer has, or that leads elsewhere now, goes as documents go that a source no
// longer has: at once where they are few, after --accept-removals where they are many. True: something is held.
Result<bool> drop_former_flows(Store& store, const Config& config, bool accept_removals, const EventSink& sink,
                               const NoteSink& note) {
  bool held = false;
  const std::vector<std::string> flows = NARU_TRY(store.flows());
  for (const std::string& flow : flows) {
    const FlowConfig* now = config.flow(flow);
    if (now != nullptr && !now->knowledge_base.empty()) continue;
    const SpilledList<KnownItem> items = NARU_TRY(store.known_items(flow));
    if (items.size() < kHeldItemsMin || accept_removals) {
      NARU_TRY(store.drop_flow(flow));
      note({NoteKind::flow_dropped, {flow, std::to_string(items.size())}});
      continue;
    }
    held = true;
    HeldEvent event{.flow = flow, .missing = items.size(), .known = items.size(), .examples = {}, .former = true};
    SpilledList<KnownItem>::Reader some = items.read();
    for (KnownItem item; event.examples.size() < kHeldExamples && NARU_TRY(some.next(item));) {
      event.examples.push_back(item.key);
    }
    sink(event);
  }
  return held;
}

// What a source says that cannot be looked at, the run says in its turn.
Status plan_first(Engine& engine, const RunRequest& request, const RunListener& listener, Invocation& invocation,
                  Planned& planned) {
  ForecastRequest look;
  look.flows = request.flows;
  look.full = request.full;
  look.refit = request.refit;
  Output& output = invocation.output();
  return forecast_flows(engine, look, listener.note, invocation.stop(),
                        [&](const std::string& flow, Result<Forecast> looked) -> Status {
                          if (!looked) return {};
                          if (invocation.json()) {
                            Json json = {{"event", "plan"}};
                            json.update(forecast_to_json(*looked, look.exact));
                            output.json(json);
                          } else {
                            tell_forecast(*looked, output);
                          }
                          planned[flow] = std::move(*looked);
                          return {};
                        });
}

}  // namespace

Json event_to_json(const FlowEvent& event) { return std::visit(ToJson{}, event); }

Result<int> run_flows(Engine& engine, const RunRequest& request, const RunListener& listener, std::stop_token stop) {
  NARU_TRY(engine.check_flows(request.flows));
  NARU_TRY(engine.worker());  // its process starts before a key or a document is in our memory
  Store* store = NARU_TRY(engine.store_to_write());
  if (request.replay) NARU_TRY(forget_rejects(*store, request));
  std::vector<FlowPlan> plans = NARU_TRY(engine.plans(request.flows));
  LanguageCheck target(*store, listener.note);
  const std::unique_ptr<LineageReport> lineage = NARU_TRY(LineageReport::start(engine));
  Status measured;
  EventGate gate([&](const FlowEvent& event) {
    if (lineage) lineage->hear(event);
    if (std::holds_alternative<StartEvent>(event)) return;  // whoever asked for the run knows
    listener.event(event);
    if (request.metrics_file.empty() || !std::holds_alternative<DoneEvent>(event)) return;
    measured = write_metrics(*store, engine.config(), request.metrics_file);
  });
  const EventSink sink = [&gate](const FlowEvent& event) { gate(event); };
  bool held = false;
  if (request.flows.empty()) {
    held = NARU_TRY(drop_former_flows(*store, engine.config(), request.accept_removals, sink, listener.note));
    KeyedSteps keyed;
    for (const FlowPlan& plan : plans) add_keyed_steps(plan, keyed);
    NARU_TRY(store->drop_keyed_tables(keyed));
  }
  FlowRunner runner(*store, target, system_clock(), sink);
  RunOptions options;
  options.full = request.full;
  options.refit = request.refit;
  options.keys = request.keys;
  options.accept_removals = request.accept_removals;
  options.limit = request.limit;
  options.workers = usable_cores();
  options.stop = stop;
  const std::size_t switching = NARU_TRY(find_switching(*store, engine.config(), plans, options, listener.note));
  const std::span<FlowPlan> all(plans);
  int code = 0;
  if (switching > 0) code = NARU_TRY(switch_models(runner, target, all.first(switching), options, gate));
  if (request.watch) {
    code = NARU_TRY(runner.watch(all, options)).exit_code();
  } else {
    code = std::max(code, NARU_TRY(run_each(runner, all.subspan(switching), options, listener)));
  }
  if (!measured) return std::move(measured).error().with("--metrics");
  return held || stop.stop_requested() ? exit_code(Code::cancelled) : code;
}

Result<int> run_flows(Engine& engine, const RunRequest& request, Invocation& invocation) {
  const auto planned = std::make_shared<Planned>();
  const RunListener listener = listener_of(invocation, planned);
  if (request.plan) NARU_TRY(plan_first(engine, request, listener, invocation, *planned));
  return run_flows(engine, request, listener, invocation.stop());
}

}  // namespace naru
