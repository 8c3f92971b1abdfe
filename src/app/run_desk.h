// RunDesk: runs that are started from the page: one at a time, each in a thread and with an engine of its own, told to
// whoever follows it.
//
// Any thread. The engine of a run reads naru.yaml anew, and is gone when the run is over: its store and its models take
// no memory in between.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "app/run_flows.h"
#include "runtime/thread.h"
#include "serve/intake.h"

namespace naru {

class RunDesk {
 public:
  using OpenEngine = std::function<Result<std::unique_ptr<Engine>>()>;
  using Follower = Intake::RunFollower;

  // When `ending` is requested, the run that is going on drains.
  RunDesk(OpenEngine open, std::stop_token ending);
  ~RunDesk();
  RunDesk(const RunDesk&) = delete;

  Result<Json> start(RunRequest request);  // already_exists: one is going on
  // What the next run that takes in changes of these flows is held against: plans, as `naru plan --json` says them.
  void expect(const Json& plans);
  Result<Json> cancel();                   // not_found: none is going on
  Json state() const;                      // {"running":RUN|null,"finished":[RUN]}
  Status follow(Follower follower);        // see Intake::follow_run

 private:
  struct Run;

  std::map<std::string, Json> take_plans(const RunRequest& request);
  void work(const RunRequest& request, const std::stop_token& stop);
  void hear(const FlowEvent& event);
  void note(const Note& note);
  void fail(const Error& error);  // of one flow: the others go on
  void finish(const Result<int>& code, bool stopped);
  void tell(bool last);

  const OpenEngine open_;

  mutable std::mutex mutex_;  // protects what follows
  std::unique_ptr<Run> run_;  // null: none is going on
  std::deque<Json> finished_; // newest first
  std::map<std::string, Json> plans_;  // by flow, of those that did not run since
  std::uint64_t runs_ = 0;
  std::vector<Follower> followers_;
  Thread thread_;
  // Last: it goes before what it calls.
  std::stop_callback<std::function<void()>> on_ending_;
};

}  // namespace naru
