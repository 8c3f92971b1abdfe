#include "app/forget_document.h"

#include <fmt/format.h>

#include <set>

#include "app/find_document.h"

namespace naru {

namespace {

Result<ForgetName> only(std::vector<ForgetName> names, const std::string& doc, const Error& none) {
  if (names.empty()) return none;
  if (names.size() == 1) return std::move(names.front());
  return Error(Code::invalid_argument, fmt::format("{} is there more than once, in {} and {}; name one as KB/DOC", doc,
                                                   names[0].flow, names[1].flow));
}

Json counts_to_json(const Traces::Counts& counts) {
  Json json = Json::object();
  for (std::size_t i = 0; i < counts.size(); ++i) json[std::string(kTraceKindNames[i])] = counts[i];
  return json;
}

}  // namespace

Result<std::vector<ForgetName>> names_of(Engine& engine, Store& store, const std::string& doc) {
  std::set<ForgetName> names;
  for (const std::string& flow : NARU_TRY(store.flows())) names.insert({flow, doc});
  for (const FlowConfig& flow : engine.config().flows) {
    names.insert({flow.name, doc});
    if (!flow.knowledge_base.empty() && doc.starts_with(flow.knowledge_base + "/")) {
      names.insert({flow.name, doc.substr(flow.knowledge_base.size() + 1)});
    }
  }
  return std::vector<ForgetName>(names.begin(), names.end());
}

Result<ForgetName> find_name(Engine& engine, Store& store, const std::string& doc) {
  Result<DocumentView> view = find_document(engine, store, Principal::owner(), doc);
  if (view) return ForgetName{view->flow, view->doc};
  if (view.error().code() != Code::not_found) return std::move(view).error();
  std::vector<ForgetName> names;
  const auto rejects = NARU_TRY(store.rejects()), dropped = NARU_TRY(store.dropped());
  for (const auto* without_document : {&rejects, &dropped}) {
    for (const auto& [flow, reject] : *without_document) {
      if (reject.key == doc) names.push_back({flow, doc});
    }
  }
  if (!names.empty()) return only(std::move(names), doc, view.error());
  for (const std::string& flow : NARU_TRY(store.past_flows(doc))) names.push_back({flow, doc});
  if (!names.empty()) return only(std::move(names), doc, view.error());
  const auto forgotten = NARU_TRY(store.forgotten());
  if (forgotten) {
    for (ForgetName& name : NARU_TRY(names_of(engine, store, doc))) {
      if (forgotten->has_item(name.flow, name.key)) names.push_back(std::move(name));
    }
  }
  return only(std::move(names), doc, view.error());
}

Json forget_proof_to_json(const ForgetProof& proof, const std::string& doc) {
  Json json = {{"doc", doc}, {"dry_run", proof.dry_run}};
  Json gone = {{"documents", proof.documents}, {"chunks", proof.chunks}, {"dead_chunks", proof.dead_chunks},
               {"terms", proof.terms}, {"answers", proof.answers}, {"generations", proof.generations},
               {"others_generations", proof.others_generations}};
  if (proof.dry_run) {
    json["would_remove"] = std::move(gone);
    json["traces"] = counts_to_json(proof.looked_for);
    json["segments"] = proof.segments_before;
    return json;
  }
  gone.update({{"postings", proof.postings}, {"vectors", proof.vectors}, {"contents", proof.contents},
               {"memo", proof.memo}});
  json.update({{"ok", proof.clean()}, {"again", proof.again}, {"digest", proof.digest}, {"removed", std::move(gone)},
               {"segments", {{"before", proof.segments_before}, {"after", proof.segments_after}}}});
  Json occurrences = counts_to_json(proof.occurrences);
  occurrences["term"] = proof.terms_found;
  json["scan"] = {{"files", proof.files}, {"bytes", proof.bytes}, {"unpacked_bytes", proof.unpacked_bytes},
                  {"traces", counts_to_json(proof.looked_for)}, {"occurrences", std::move(occurrences)},
                  {"found_in", proof.found_in}};
  return json;
}

}  // namespace naru
