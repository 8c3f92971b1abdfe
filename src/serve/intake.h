// Intake: what comes in, as app/ wires it: sources, files that are added to them, runs, and what those would do.
//
// Any thread. For the owner of the store alone: not_allowed for everyone else.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "naru/flow.h"
#include "naru/record.h"
#include "naru/result.h"

namespace naru {

struct RunCall {
  std::vector<std::string> flows;      // none: all
  bool replay = false;                 // looks at rejects again
  std::vector<std::string> documents;  // of a replay: only these
  bool accept_removals = false;
};

struct PlanCall {
  std::vector<std::string> flows;  // none: all
  bool exact = false;              // reads and parses what changed
};

class Intake {
 public:
  virtual ~Intake() = default;

  // {"config","flows":[{"flow","kb","source","place","takes_files","files_bytes_max"}]}
  virtual Result<Json> sources(const Principal& principal) = 0;
  // {"flow","doc","bytes"}. Errors as those of Source::add(); not_found: no such flow.
  virtual Result<Json> add_file(const std::string& flow, const std::string& path, std::string_view bytes,
                                Overwrite overwrite, const Principal& principal) = 0;

  // {"plans":[PLAN],"errors":[{"flow","code","message"}],"notes":[text],"note_kinds":[{"kind","values"}]}: what a run
  // would do; PLAN is a line of `naru plan --json`. It takes as long as the sources do, until `stop`: cancelled.
  // already_exists: another look goes on.
  virtual Result<Json> plan(const PlanCall& call, const Principal& principal, std::stop_token stop) = 0;

  // {"running":RUN|null,"finished":[RUN]}, newest first; RUN is described in docs/api/openapi.json.
  virtual Result<Json> runs(const Principal& principal) = 0;
  // The run that began. already_exists: one is going on, and there is one writer.
  virtual Result<Json> start_run(const RunCall& call, const Principal& principal) = 0;
  // The run, which now drains. not_found: none is going on.
  virtual Result<Json> cancel_run(const Principal& principal) = 0;

  // Hears of the run as it goes, from the run's thread; must not wait. `last`: it is over, and nothing comes after it.
  // False: nobody listens any more.
  using RunFollower = std::function<bool(const Json& run, bool last)>;
  // The newest run is told at once, where there is one, then each change. not_found: there was none.
  virtual Status follow_run(RunFollower follower, const Principal& principal) = 0;
};

}  // namespace naru
