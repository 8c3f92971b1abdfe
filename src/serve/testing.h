// For tests: a Service and an Intake with nothing in them.
#pragma once

#include "serve/intake.h"
#include "serve/service.h"

namespace naru::testing {

class EmptyService : public Service {
 public:
  Result<std::vector<ServedModel>> models(const Principal&) override { return std::vector<ServedModel>{}; }
  std::vector<ReadyCheck> readiness() override { return {{"store", ""}}; }
  Result<std::vector<FlowRun>> flow_runs() override { return std::vector<FlowRun>{}; }
  Result<Answer> ask(AskCall, const Principal&, const AskEvents&, std::stop_token) override { return Answer{}; }
  Rooms rooms() override { return Rooms(""); }
  Result<Json> search(SearchCall, const Principal&, std::stop_token) override {
    return Json::object();
  }
  Result<DocumentView> document(const std::optional<std::string>&, const std::string&, const Principal&) override {
    return Error(Code::not_found, "nothing is here");
  }
  Result<Json> document_json(const std::optional<std::string>&, const std::string&, const std::optional<std::string>&,
                             const Principal&) override {
    return Error(Code::not_found, "nothing is here");
  }
  Result<Json> versions(const std::optional<std::string>&, const std::string&, const std::optional<std::string>&,
                        const Principal&) override {
    return Error(Code::not_found, "nothing is here");
  }
  Result<Json> documents(const std::optional<std::string>&, const Principal&) override {
    return Json{{"documents", Json::array()}, {"next", nullptr}};
  }
  Result<Original> original(const std::optional<std::string>&, const std::string&, const Principal&,
                            std::stop_token) override {
    return Error(Code::not_found, "nothing is here");
  }
  Result<Json> rejects(const Principal&) override { return Json{{"rejects", Json::array()}}; }
  Result<Json> forget(const std::optional<std::string>&, const std::string&, bool, const Principal&) override {
    return Error(Code::not_found, "nothing is here");
  }
  Result<Json> status(const Principal&) override { return Json::object(); }
  void note(const std::string&) override {}
  Result<Generator*> generator() override { return static_cast<Generator*>(nullptr); }
  Result<Embedder*> embedder() override { return static_cast<Embedder*>(nullptr); }
};

class EmptyIntake : public Intake {
 public:
  Result<Json> sources(const Principal&) override { return Json::object(); }
  Result<Json> add_file(const std::string&, const std::string&, std::string_view, Overwrite,
                        const Principal&) override {
    return Error(Code::not_found, "nothing is here");
  }
  Result<Json> plan(const PlanCall&, const Principal&, std::stop_token) override { return Json::object(); }
  Result<Json> runs(const Principal&) override { return Json::object(); }
  Result<Json> start_run(const RunCall&, const Principal&) override { return Json::object(); }
  Result<Json> cancel_run(const Principal&) override { return Json::object(); }
  Status follow_run(RunFollower, const Principal&) override { return Error(Code::not_found, "nothing is here"); }
};

}  // namespace naru::testing
