// EngineIntake: what the server's Intake does, over the configuration that it was started with.
//
// Any thread. Engine and invocation outlive it.
#pragma once

#include <mutex>

#include "app/engine.h"
#include "app/run_desk.h"
#include "serve/intake.h"

namespace naru {

class EngineIntake : public Intake {
 public:
  EngineIntake(const Engine& engine, const Invocation& invocation);

  Result<Json> sources(const Principal& principal) override;
  Result<Json> add_file(const std::string& flow, const std::string& path, std::string_view bytes, Overwrite overwrite,
                        const Principal& principal) override;
  Result<Json> plan(const PlanCall& call, const Principal& principal, std::stop_token stop) override;
  Result<Json> runs(const Principal& principal) override;
  Result<Json> start_run(const RunCall& call, const Principal& principal) override;
  Result<Json> cancel_run(const Principal& principal) override;
  Status follow_run(RunFollower follower, const Principal& principal) override;

 private:
  const Engine& engine_;
  const RunDesk::OpenEngine open_;
  RunDesk desk_;
  std::mutex planning_;  // held by the one look that goes on
};

}  // namespace naru
