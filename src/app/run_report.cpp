#include "app/run_report.h"

#include <fmt/format.h>

#include <algorithm>

namespace naru {

Json items_to_json(const RunSummary& run) {
  Json json = {{"seen", run.seen}, {"added", run.added}, {"changed", run.changed}, {"removed", run.removed},
               {"unchanged", run.unchanged}, {"rejected", run.rejected}};
  if (run.forgotten > 0) json["forgotten"] = run.forgotten;
  return json;
}

Json run_to_json(const RunSummary& run) {
  return {{"flow", run.flow},
          {"outcome", run.outcome},
          {"items", items_to_json(run)},
          {"chunks", {{"added", run.chunks_added}, {"removed", run.chunks_removed}}},
          {"embedded", run.embedded}};
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
  add(run.forgotten, "kept out as forgotten");
  if (text.empty()) text = "nothing there";
  if (run.chunks_added + run.chunks_removed > 0) {
    text += fmt::format("; {} passages added, {} removed", run.chunks_added, run.chunks_removed);
  }
  if (run.embedded > 0) text += fmt::format("; {} embedded", run.embedded);
  if (run.outcome != "done") text = fmt::format("{} ({})", run.outcome, text);
  return text;
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
