#include "serve/intake_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "serve/intake.h"

namespace naru {

namespace {

// Flows, or documents to look at again; a page sends those that it shows.
constexpr std::size_t kNamesMax = 1000;

void answer(Exchange& exchange, const Result<Json>& result) {
  exchange.reply.send(result ? json_response(*result) : failure(exchange, result.error()));
}

Result<std::vector<std::string>> names_in(const Json& body, const char* name) {
  std::vector<std::string> names;
  const auto it = body.find(name);
  if (it == body.end() || it->is_null()) return names;
  const bool fits = it->is_array() && it->size() <= kNamesMax &&
                    std::all_of(it->begin(), it->end(), [](const Json& one) { return one.is_string(); });
  if (!fits) {
    return Error(Code::invalid_argument, fmt::format("`{}` must be a list of at most {} names", name, kNamesMax));
  }
  for (const Json& one : *it) names.push_back(one.get<std::string>());
  return names;
}

Result<RunCall> read_call(const HttpRequest& request) {
  const Json body = NARU_TRY(read_object(request));
  RunCall call;
  call.flows = NARU_TRY(names_in(body, "flows"));
  call.documents = NARU_TRY(names_in(body, "documents"));
  call.replay = NARU_TRY(flag_field(body, "replay"));
  call.accept_removals = NARU_TRY(flag_field(body, "accept_removals"));
  if (!call.documents.empty() && !call.replay) {
    return Error(Code::invalid_argument, "`documents` are those of a replay: `replay` must be true");
  }
  return call;
}

Result<PlanCall> read_plan_call(const HttpRequest& request) {
  const Json body = NARU_TRY(read_object(request));
  PlanCall call;
  call.flows = NARU_TRY(names_in(body, "flows"));
  call.exact = NARU_TRY(flag_field(body, "exact"));
  return call;
}

}  // namespace

void list_sources(Exchange& exchange) { answer(exchange, exchange.intake.sources(exchange.caller.principal)); }

// 201 for what was not there before; 409 where something is, unless `replace` says that it may go.
void add_file(Exchange& exchange) {
  const HttpRequest& request = exchange.request;
  const std::string* flow = request.parameter("flow");
  if (flow == nullptr) {
    return answer(exchange, Error(Code::invalid_argument, "`flow` is missing: whose folder shall it go to?"));
  }
  const bool replace = request.parameter("replace") != nullptr;
  const Result<Json> added =
      exchange.intake.add_file(*flow, rest_of_path(request, "/api/uploads/"), request.body,
                               replace ? Overwrite::replace : Overwrite::refuse, exchange.caller.principal);
  if (!added && added.error().code() == Code::limit_exceeded) {  // elsewhere that means: later
    return exchange.reply.send(error_response(request.path, 413, code_name(Code::limit_exceeded),
                                              added.error().describe()));
  }
  if (!added) return answer(exchange, added);
  HttpResponse response = json_response(*added);
  response.status = replace ? 200 : 201;
  exchange.reply.send(std::move(response));
}

// A source may be slow: whoever asked waits for it, or leaves, and the look ends.
void plan_flows(Exchange& exchange) {
  const Result<PlanCall> call = read_plan_call(exchange.request);
  if (!call) return answer(exchange, call.error());
  answer(exchange, exchange.intake.plan(*call, exchange.caller.principal, exchange.reply.left()));
}

void list_runs(Exchange& exchange) { answer(exchange, exchange.intake.runs(exchange.caller.principal)); }

void start_run(Exchange& exchange) {
  const Result<RunCall> call = read_call(exchange.request);
  if (!call) return answer(exchange, call.error());
  answer(exchange, exchange.intake.start_run(*call, exchange.caller.principal));
}

void cancel_run(Exchange& exchange) { answer(exchange, exchange.intake.cancel_run(exchange.caller.principal)); }

// Events `run`: the newest run whole, at once and at each change, until it is over. No thread waits for it: the run's
// own writes to whoever follows.
void follow_run(Exchange& exchange) {
  const std::shared_ptr<Reply>& reply = exchange.kept_reply;
  auto follower = [reply, started = false](const Json& run, bool last) mutable {
    if (!started) reply->start_stream(std::string(kEventStream));
    started = true;
    const bool heard = reply->write(event("run", run));
    if (last) reply->end();
    return heard;
  };
  const Status followed = exchange.intake.follow_run(std::move(follower), exchange.caller.principal);
  if (!followed) exchange.reply.send(failure(exchange, followed.error()));
}

}  // namespace naru
