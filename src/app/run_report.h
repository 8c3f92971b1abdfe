// What a run did, for programs and for people, and what a person should be warned of meanwhile.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/note.h"
#include "config/config.h"
#include "flow/state.h"

namespace naru {

// {"seen","added","changed","removed","unchanged","rejected"}, and "dropped" and "forgotten" where there are any
Json items_to_json(const RunSummary& run);
// {"flow","outcome","items":{...},"chunks":{...},"embedded"}, "drops" where there are any, "targets" of several
Json run_to_json(const RunSummary& run);
// The same of a run that was, with "started_ms", "ended_ms", "seconds", and "items_per_second" of all that it saw.
Json past_run_to_json(const RunSummary& run);
double seconds_of(const RunSummary& run);
Json drops_to_json(const DropCounts& drops);  // [{"step","reason","items","parts"}]
std::string drops_for_people(const DropCounts& drops);  // "quality too_short: 12 items, 3 parts of others"
// "12 added, 3 changed, 40 unchanged; 31 passages added, 2 removed; 31 embedded"
std::string run_for_people(const RunSummary& run);
// "jsonl out.jsonl: 12 added", one for each of several targets
std::vector<std::string> targets_for_people(const RunSummary& run);

// Something a person should know of a run.
using NoteSink = std::function<void(const Note&)>;

// Where a flow leads, for people: the knowledge base, or the word of another target and its path.
std::string leads_to(const TargetConfig& to);
std::string leads_to(const FlowConfig& flow);

// Passes change sets on and says once when Korean text meets a model that knows only English.
class LanguageCheck : public Target {
 public:
  LanguageCheck(Target& target, NoteSink note) : target_(target), note_(std::move(note)) {}
  Status begin() override { return target_.begin(); }
  Result<SpilledList<KnownItem>> known_items(const std::string& flow) override { return target_.known_items(flow); }
  Result<Committed> apply(const ChangeSet& changes) override;
  Status settle() override { return target_.settle(); }
  Status begin_together() override { return target_.begin_together(); }
  Status finish_together() override { return target_.finish_together(); }
  void abandon_together() override { target_.abandon_together(); }

 private:
  Target& target_;
  const NoteSink note_;
  bool said_ = false;
};

}  // namespace naru
