// naru rejects ls|show|replay: what could not be processed, why, and another try. With --dropped, what operators left
// out on purpose.
#include <fmt/format.h>

#include <algorithm>

#include "app/commands/commands.h"
#include "app/run_flows.h"
#include "app/without_document.h"

namespace naru {

namespace {

using FlowReject = std::pair<std::string, Reject>;  // flow, reject

bool is_asked(const std::vector<std::string>& flows, const std::string& flow) {
  return flows.empty() || std::find(flows.begin(), flows.end(), flow) != flows.end();
}

void print(const FlowReject& entry, Invocation& invocation) {
  const auto& [flow, reject] = entry;
  if (const std::optional<Drop> drop = drop_of(reject.code, reject.message)) {
    if (invocation.json()) {
      invocation.output().json({{"flow", flow}, {"doc", reject.key}, {"step", drop->step}, {"reason", drop->reason},
                                {"detail", drop->detail}});
      return;
    }
    const std::string detail = drop->detail.empty() ? "" : fmt::format(" ({})", drop->detail);
    invocation.output().line(
        without_control(fmt::format("{}: {}: {}: {}{}", flow, reject.key, drop->step, drop->reason, detail)));
    return;
  }
  if (invocation.json()) {
    invocation.output().json({{"flow", flow}, {"doc", reject.key}, {"code", reject.code}, {"message", reject.message}});
    return;
  }
  invocation.output().line(
      without_control(fmt::format("{}: {}: {} ({})", flow, reject.key, reject.message, reject.code)));
}

Result<int> ls(const std::vector<std::string>& flows, bool dropped, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru rejects`"));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  Store* store = NARU_TRY(engine->store_to_read());
  const WithoutDocument without = NARU_TRY(items_without_document(*engine, store));
  for (const FlowReject& entry : dropped ? without.dropped : without.rejected) {
    if (is_asked(flows, entry.first)) print(entry, invocation);
  }
  return 0;
}

Result<int> show(const std::string& doc, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru rejects`"));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  bool found = false;
  Store* store = NARU_TRY(engine->store_to_read());
  const WithoutDocument without = NARU_TRY(items_without_document(*engine, store));
  for (const FlowReject& entry : without.rejected) {
    if (entry.second.key != doc && entry.first + "/" + entry.second.key != doc) continue;
    print(entry, invocation);
    found = true;
  }
  if (!found) return Error(Code::not_found, fmt::format("{} is not among the rejects; see `naru rejects ls`", doc));
  return 0;
}

Result<int> replay(const std::vector<std::string>& flows, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru rejects`"));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::required));
  RunRequest request;
  request.flows = flows;
  request.replay = true;
  return run_flows(*engine, request, invocation);
}

}  // namespace

void build_rejects_ls(Syntax& syntax) {
  struct Flags {
    std::vector<std::string> flows;
    bool dropped = false;
  };
  const auto flags = std::make_shared<Flags>();
  syntax.arguments("FLOW", flags->flows, "Of these flows; of all where none is named.", Need::optional)
      .flag("--dropped", flags->dropped, "What steps left out on purpose instead, with step and reason.")
      .example("naru rejects ls --json | jq -r .code | sort | uniq -c")
      .example("naru rejects ls --dropped")
      .runs([flags](Invocation& invocation) { return ls(flags->flows, flags->dropped, invocation); });
}

void build_rejects_show(Syntax& syntax) {
  const auto doc = std::make_shared<std::string>();
  syntax.argument("DOC", *doc, "The document, or FLOW/DOC.", Need::required)
      .example("naru rejects show 인사/규정.hwp")
      .runs([doc](Invocation& invocation) { return show(*doc, invocation); });
}

void build_rejects_replay(Syntax& syntax) {
  const auto flows = std::make_shared<std::vector<std::string>>();
  syntax.arguments("FLOW", *flows, "Of these flows; of all where none is named.", Need::optional)
      .example("naru rejects replay handbook    after a password was removed, a parser was added ...")
      .runs([flows](Invocation& invocation) { return replay(*flows, invocation); });
}

}  // namespace naru
