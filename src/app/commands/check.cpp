// naru check, naru discover: whether a source or the ends of a flow can be reached and with what rights, and what a
// source has to offer. Neither stores anything.
#include <fmt/format.h>

#include <algorithm>

#include "app/commands/commands.h"
#include "app/engine.h"

namespace naru {

namespace {

// What is looked at: a flow of naru.yaml, or a source that was typed.
struct Asked {
  std::string name;
  std::optional<NamedOptions> source;  // none: those of the flow
  const FlowConfig* flow = nullptr;    // null: a source that was typed
};

Result<std::unique_ptr<Source>> source_of(const Engine& engine, const Asked& asked) {
  return asked.flow != nullptr ? engine.source(*asked.flow) : engine.source(*asked.source);
}

Result<std::vector<Asked>> asked_for(const Engine& engine, const std::vector<std::string>& words) {
  std::vector<Asked> asked;
  for (const std::string& word : words) {
    const FlowConfig* flow = engine.config().flow(word);
    if (flow != nullptr) {
      asked.push_back({word, std::nullopt, flow});
    } else if (word.find(':') != std::string::npos) {
      NamedOptions source = NARU_TRY(read_source(word, engine.config().folder, engine.registry()));
      std::string name = source.name;
      asked.push_back({std::move(name), std::move(source), nullptr});
    } else {
      NARU_TRY(engine.check_flows({word}));
    }
  }
  if (!words.empty()) return asked;
  for (const FlowConfig& flow : engine.config().flows) asked.push_back({flow.name, std::nullopt, &flow});
  if (asked.empty())
    return Error(Code::invalid_argument, "name a flow, or a source, for example 'folder: {path: docs}'");
  return asked;
}

Json begun(const Asked& asked) { return {{asked.flow != nullptr ? "flow" : "source", asked.name}}; }

// ---- check ----------------------------------------------------------------------------------------------------

std::vector<Finding> check_source(const Engine& engine, const Asked& asked, std::stop_token stop) {
  const Result<std::unique_ptr<Source>> source = source_of(engine, asked);
  if (!source) return {{"source", Verdict::missing, said(source.error())}};
  return (*source)->check(std::move(stop));
}

std::vector<Finding> check_target(Engine& engine, const FlowConfig& flow, const TargetConfig& to) {
  if (to.other.name.empty()) {
    const Result<Store*> store = engine.store_to_read();
    if (!store) return {{"target", Verdict::missing, store.error().describe()}};
    if (*store == nullptr) return {{"target", Verdict::good, "the store does not exist yet; `naru run` makes it"}};
    return (*store)->check(flow.name);
  }
  const Result<std::unique_ptr<Target>> target = engine.target(to, engine.arriving(flow, to));
  if (!target) return {{"target", Verdict::missing, said(target.error())}};
  return (*target)->check(flow.name);
}

void print(const Asked& asked, const std::vector<Finding>& findings, bool good, Invocation& invocation) {
  Output& output = invocation.output();
  if (invocation.json()) {
    Json json = begun(asked);
    json["ok"] = good;
    json["checks"] = Json::array();
    for (const Finding& finding : findings) {
      json["checks"].push_back(
          {{"what", finding.what}, {"verdict", verdict_name(finding.verdict)}, {"detail", finding.detail}});
    }
    return output.json(json);
  }
  output.line(output.toned(Tone::strong, asked.name));
  for (const Finding& finding : findings) {
    const Tone tone = finding.verdict == Verdict::good ? Tone::good
                      : finding.verdict == Verdict::weaker ? Tone::strong : Tone::bad;
    output.line(fmt::format("  {} {:<12} {}", output.toned(tone, fmt::format("{:<8}", verdict_name(finding.verdict))),
                            finding.what, without_control(finding.detail)));
  }
}

Result<int> check(const std::vector<std::string>& words, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru check`"));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::optional));
  bool all_good = true;
  for (const Asked& asked : NARU_TRY(asked_for(*engine, words))) {
    std::vector<Finding> findings = check_source(*engine, asked, invocation.stop());
    for (std::size_t i = 0; asked.flow != nullptr && i < asked.flow->targets.size(); ++i) {
      std::vector<Finding> more = check_target(*engine, *asked.flow, asked.flow->targets[i]);
      std::move(more.begin(), more.end(), std::back_inserter(findings));
    }
    const bool good = std::none_of(findings.begin(), findings.end(),
                                   [](const Finding& finding) { return finding.verdict == Verdict::missing; });
    print(asked, findings, good, invocation);
    all_good = all_good && good;
  }
  return all_good ? 0 : exit_code(Code::unavailable);
}

// ---- discover -------------------------------------------------------------------------------------------------

Json column_to_json(const Column& column) {
  Json json = {{"name", column.name}, {"type", column.type}, {"nullable", column.nullable}, {"key", column.key}};
  if (!column.native.empty()) json["native"] = column.native;
  return json;
}

// What Found::count counts.
std::string_view counted(std::string_view kind) {
  if (kind == "folder") return "files";
  if (kind == "page") return "links";
  return kind == "sitemap" || kind == "feed" ? "pages" : "rows";
}

void print(const Asked& asked, const Discovery& discovery, Invocation& invocation) {
  Output& output = invocation.output();
  if (invocation.json()) {
    Json json = begun(asked);
    json["whole"] = discovery.whole;
    json["found"] = Json::array();
    for (const Found& found : discovery.found) {
      Json& one = json["found"].emplace_back(Json{{"name", found.name}, {"kind", found.kind}});
      one["count"] = found.count ? Json(*found.count) : Json(nullptr);
      one["bytes"] = found.bytes ? Json(*found.bytes) : Json(nullptr);
      one["columns"] = Json::array();
      for (const Column& column : found.columns) one["columns"].push_back(column_to_json(column));
    }
    return output.json(json);
  }
  output.line(output.toned(Tone::strong, asked.name));
  for (const Found& found : discovery.found) {
    std::string line = fmt::format("  {} {}", found.kind, without_control(found.name));
    if (found.count) line += fmt::format(", {} {}", *found.count, counted(found.kind));
    if (found.bytes) line += ", " + human_bytes(*found.bytes);
    output.line(line);
    for (const Column& column : found.columns) {
      output.line(fmt::format("    {:<24} {}{}{}{}", without_control(column.name), column.type,
                              column.native.empty() ? "" : fmt::format(" ({})", without_control(column.native)),
                              column.key ? ", key" : "", column.nullable ? "" : ", never empty"));
    }
  }
  if (discovery.found.empty()) output.line("  nothing");
  if (!discovery.whole) output.note(fmt::format("only the first {} are shown", discovery.found.size()));
}

Result<int> discover(const std::vector<std::string>& words, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru discover`"));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::optional));
  for (const Asked& asked : NARU_TRY(asked_for(*engine, words))) {
    const std::unique_ptr<Source> source = NARU_TRY(source_of(*engine, asked));
    print(asked, NARU_TRY_AT(source->discover(invocation.stop()), asked.name), invocation);
  }
  return 0;
}

}  // namespace

void build_check(Syntax& syntax) {
  const auto words = std::make_shared<std::vector<std::string>>();
  syntax
      .arguments("SOURCE|FLOW", *words, "Flows of naru.yaml, or sources as they would stand there; all flows where "
                                        "nothing is named.", Need::optional)
      .example("naru check                          every flow, its source and its target")
      .example("naru check 'folder: {path: docs}'   a source that no flow has yet")
      .runs([words](Invocation& invocation) { return check(*words, invocation); });
}

void build_discover(Syntax& syntax) {
  const auto words = std::make_shared<std::vector<std::string>>();
  syntax
      .arguments("SOURCE|FLOW", *words, "Flows of naru.yaml, or sources as they would stand there; all flows where "
                                        "nothing is named.", Need::optional)
      .example("naru discover handbook                     what the source of a flow has")
      .example("naru discover 'jsonl: {path: rows.jsonl}'  the fields of a file and their types")
      .runs([words](Invocation& invocation) { return discover(*words, invocation); });
}

}  // namespace naru
