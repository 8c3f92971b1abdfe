#include "app/engine_intake.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/forecasts.h"
#include "runtime/files.h"
#include "serve/intake_api.h"

namespace naru {

namespace {

Status require_owner(const Principal& principal) {
  if (principal.is_owner()) return {};
  return Error(Code::not_allowed, "sources and runs are the owner's");
}

}  // namespace

EngineIntake::EngineIntake(const Engine& engine, const Invocation& invocation)
    : engine_(engine),
      open_([&invocation] { return Engine::open(invocation, Configured::required); }),
      desk_(open_, invocation.stop()) {}

Result<Json> EngineIntake::sources(const Principal& principal) {
  NARU_TRY(require_owner(principal));
  Json flows = Json::array();
  for (const FlowConfig& flow : engine_.config().flows) {
    const Result<std::unique_ptr<Source>> source = engine_.source(flow);
    const Options& options = flow.sources.front().options;
    const bool one = flow.sources.size() == 1;
    const Json path = one && options.has("path") ? Json(options.text("path")) : Json();
    std::vector<std::string> words;
    for (const SourceConfig& each : flow.sources) words.push_back(each.name);
    flows.push_back({{"flow", flow.name},
                     {"kb", flow.knowledge_base},
                     {"source", fmt::format("{}", fmt::join(words, ", "))},
                     {"place", options.place.text()},
                     {"path", path},
                     {"takes_files", source && (*source)->takes_items()}});
  }
  return Json{{"flows", std::move(flows)}, {"file_bytes_max", kUploadBytesMax}};
}

Result<Json> EngineIntake::add_file(const std::string& name, const std::string& path, std::string_view bytes,
                                    Overwrite overwrite, const Principal& principal) {
  NARU_TRY(require_owner(principal));
  NARU_TRY(engine_.check_flows({name}));
  const FlowConfig& flow = *engine_.config().flow(name);
  const std::unique_ptr<Source> source = NARU_TRY(engine_.source(flow));
  if (!source->takes_items()) {
    return Error(Code::not_allowed,
                 fmt::format("{}: the source of {} takes no files; in a folder, `uploads: true` beside its `path` lets "
                             "them in", flow.sources.front().options.place.text(), name));
  }
  const Item item = NARU_TRY(source->add(path, bytes, overwrite));
  return Json{{"flow", name}, {"doc", item.key}, {"bytes", item.size_bytes}};
}

// With an engine of its own, as a run has: it reads naru.yaml anew, and no other thread waits for it.
Result<Json> EngineIntake::plan(const PlanCall& call, const Principal& principal, std::stop_token stop) {
  NARU_TRY(require_owner(principal));
  const std::unique_lock looking(planning_, std::try_to_lock);
  if (!looking) return Error(Code::already_exists, "the sources are being looked at: wait for that, or stop it");
  const std::unique_ptr<Engine> engine = NARU_TRY(open_());
  Json plans = Json::array(), errors = Json::array(), notes = Json::array(), note_kinds = Json::array();
  const NoteSink note = [&](const Note& said) {
    notes.push_back(note_text(said));
    note_kinds.push_back(note_to_json(said));
  };
  NARU_TRY(forecast_flows(*engine, {.flows = call.flows, .exact = call.exact}, note, stop,
                          [&](const std::string& flow, Result<Forecast> looked) -> Status {
                            if (looked) {
                              plans.push_back(forecast_to_json(*looked, call.exact));
                            } else if (stop.stop_requested()) {
                              return looked.error();
                            } else {
                              const Error& error = looked.error();
                              errors.push_back({{"flow", flow}, {"code", code_name(error.code())},
                                                {"message", said(error)}});
                            }
                            return {};
                          }));
  desk_.expect(plans);
  return Json{{"plans", std::move(plans)}, {"errors", std::move(errors)}, {"notes", std::move(notes)},
              {"note_kinds", std::move(note_kinds)}};
}

Result<Json> EngineIntake::runs(const Principal& principal) {
  NARU_TRY(require_owner(principal));
  return desk_.state();
}

Result<Json> EngineIntake::start_run(const RunCall& call, const Principal& principal) {
  NARU_TRY(require_owner(principal));
  NARU_TRY(engine_.check_flows(call.flows));
  RunRequest request;
  request.flows = call.flows;
  request.replay = call.replay;
  request.replayed = call.documents;
  request.accept_removals = call.accept_removals;
  return desk_.start(std::move(request));
}

Result<Json> EngineIntake::cancel_run(const Principal& principal) {
  NARU_TRY(require_owner(principal));
  return desk_.cancel();
}

Status EngineIntake::follow_run(RunFollower follower, const Principal& principal) {
  NARU_TRY(require_owner(principal));
  return desk_.follow(std::move(follower));
}

}  // namespace naru
