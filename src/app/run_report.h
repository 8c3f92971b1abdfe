// What a run did, for programs and for people, and what a person should be warned of meanwhile.
#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "base/note.h"
#include "flow/state.h"

namespace naru {

// {"seen","added","changed","removed","unchanged","rejected"}, and "forgotten" where something was kept out
Json items_to_json(const RunSummary& run);
// {"flow","outcome","items":{...},"chunks":{...},"embedded"}
Json run_to_json(const RunSummary& run);
// "12 added, 3 changed, 40 unchanged; 31 passages added, 2 removed; 31 embedded"
std::string run_for_people(const RunSummary& run);

// Something a person should know of a run.
using NoteSink = std::function<void(const Note&)>;

// Passes change sets on and says once when Korean text meets a model that knows only English.
class LanguageCheck : public Target {
 public:
  LanguageCheck(Target& target, NoteSink note) : target_(target), note_(std::move(note)) {}
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
