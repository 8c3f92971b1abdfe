// For tests: a Service with nothing in it.
#pragma once

#include "serve/service.h"

namespace naru::testing {

class EmptyService : public Service {
 public:
  Result<std::vector<ServedModel>> models(const Principal&) override { return std::vector<ServedModel>{}; }
  std::vector<ReadyCheck> readiness() override { return {{"store", ""}}; }
  Result<Answer> ask(AskRequest, const std::optional<std::string>&, const Principal&, const AskEvents&,
                     std::stop_token) override {
    return Answer{};
  }
  Result<Json> search(SearchCall, const Principal&, std::stop_token) override {
    return Json::object();
  }
  Result<DocumentView> document(const std::optional<std::string>&, const std::string&, const Principal&) override {
    return Error(Code::not_found, "nothing is here");
  }
  Result<Json> document_json(const std::optional<std::string>&, const std::string&, const Principal&) override {
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

}  // namespace naru::testing
