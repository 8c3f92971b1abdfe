#include "app/run_report.h"

#include <fmt/format.h>

#include <algorithm>

namespace naru {

Json items_to_json(const RunSummary& run) {
  Json json = {{"seen", run.seen}, {"added", run.added}, {"changed", run.changed}, {"removed", run.removed},
               {"unchanged", run.unchanged}, {"rejected", run.rejected}};
  if (run.forgotten > 0) json["forgotten"] = run.forgotten;
  if (run.dropped > 0) json["dropped"] = run.dropped;
  return json;
}

Json run_to_json(const RunSummary& run) {
  Json json = {{"flow", run.flow},
               {"outcome", run.outcome},
               {"items", items_to_json(run)},
               {"chunks", {{"added", run.chunks_added}, {"removed", run.chunks_removed}}},
               {"embedded", run.embedded}};
  if (run.retries > 0) json["retries"] = run.retries;
  if (!run.drops.empty()) json["drops"] = drops_to_json(run.drops);
  if (!run.fitted.empty()) json["fitted"] = run.fitted;
  for (const RunSummary& one : run.targets) {
    json["targets"].push_back({{"target", one.target}, {"items", items_to_json(one)},
                               {"chunks", {{"added", one.chunks_added}, {"removed", one.chunks_removed}}}});
  }
  return json;
}

double seconds_of(const RunSummary& run) {
  return static_cast<double>(std::max<std::int64_t>(run.ended_ms - run.started_ms, 0)) / 1000;
}

Json past_run_to_json(const RunSummary& run) {
  Json json = run_to_json(run);
  const double seconds = seconds_of(run);
  json["started_ms"] = run.started_ms;
  json["ended_ms"] = run.ended_ms;
  json["seconds"] = seconds;
  json["items_per_second"] = seconds > 0 ? Json(static_cast<double>(run.seen) / seconds) : Json(nullptr);
  return json;
}

Json drops_to_json(const DropCounts& drops) {
  Json list = Json::array();
  for (const auto& [name, count] : drops) {
    list.push_back({{"step", name.first}, {"reason", name.second}, {"items", count.items}, {"parts", count.parts}});
  }
  return list;
}

std::string drops_for_people(const DropCounts& drops) {
  std::string text;
  for (const auto& [name, count] : drops) {
    text += fmt::format("{}{} {}: ", text.empty() ? "" : "; ", name.first, name.second);
    if (count.items > 0) text += fmt::format("{} items", count.items);
    if (count.items > 0 && count.parts > 0) text += ", ";
    if (count.parts > 0) text += fmt::format("{} parts of others", count.parts);
  }
  return text;
}

std::string run_for_people(const RunSummary& run) {
  std::string text;
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
  };
  add(run.added, "added");
  add(run.changed, "changed");
  add(run.removed, "removed");
  add(run.unchanged, "unchanged");
  add(run.rejected, "rejected");
  add(run.dropped, "dropped");
  add(run.forgotten, "kept out as forgotten");
  if (text.empty()) text = "nothing there";
  if (run.chunks_added + run.chunks_removed > 0) {
    text += fmt::format("; {} passages added, {} removed", run.chunks_added, run.chunks_removed);
  }
  if (!run.fitted.empty()) text += fmt::format("; fitted {}", fmt::join(run.fitted, ", "));
  if (run.embedded > 0) text += fmt::format("; {} embedded", run.embedded);
  if (!run.drops.empty()) text += fmt::format("; dropped by {}", drops_for_people(run.drops));
  if (run.outcome != "done" && !run.outcome.empty()) text = fmt::format("{} ({})", run.outcome, text);
  return text;
}

std::vector<std::string> targets_for_people(const RunSummary& run) {
  std::vector<std::string> lines;
  for (const RunSummary& one : run.targets) {
    lines.push_back(fmt::format("{}: {}", one.target, run_for_people(one)));
  }
  return lines;
}

std::string leads_to(const TargetConfig& to) {
  if (!to.knowledge_base.empty()) return to.knowledge_base;
  const Options& options = to.other.options;
  return options.has("path") ? fmt::format("{} {}", to.other.name, options.text("path")) : to.other.name;
}

std::string leads_to(const FlowConfig& flow) {
  std::string names;
  for (const TargetConfig& to : flow.targets) names += (names.empty() ? "" : ", ") + leads_to(to);
  return names;
}

Result<Committed> LanguageCheck::apply(const ChangeSet& changes) {
  if (!said_ && changes.embedder && changes.embedder->english_only) {
    const auto korean = std::find_if(changes.upserts.begin(), changes.upserts.end(), [](const DocumentUpsert& upsert) {
      return upsert.document.language == "ko";
    });
    if (korean != changes.upserts.end()) {
      said_ = true;
      note_({NoteKind::korean_unfound, {korean->item.key, changes.embedder->name}});
    }
  }
  return target_.apply(changes);
}

}  // namespace naru
