// EngineService: the engine as the server's Service: opened once, asked from many threads.
//
// Engine belongs to one thread, so each part of it is opened under a lock here; what is opened (store, retriever,
// models) may be used from any. The engine outlives it.
#pragma once

#include <mutex>

#include "app/engine.h"
#include "app/output.h"
#include "serve/service.h"

namespace naru {

class EngineService : public Service {
 public:
  EngineService(Engine& engine, Output& output) : engine_(engine), output_(output) {}

  Result<std::vector<ServedModel>> models(const Principal& principal) override;
  std::vector<ReadyCheck> readiness() override;
  Result<std::vector<FlowRun>> flow_runs() override;
  Result<Answer> ask(AskCall call, const Principal& principal, const AskEvents& events, std::stop_token stop) override;
  Rooms rooms() override { return Rooms(engine_.config().store); }
  Result<Json> search(SearchCall call, const Principal& principal, std::stop_token stop) override;
  Result<DocumentView> document(const std::optional<std::string>& knowledge_base, const std::string& doc,
                                const Principal& principal) override;
  Result<Json> document_json(const std::optional<std::string>& knowledge_base, const std::string& doc,
                             const std::optional<std::string>& as_of, const Principal& principal) override;
  Result<Json> versions(const std::optional<std::string>& knowledge_base, const std::string& doc,
                        const std::optional<std::string>& as_of, const Principal& principal) override;
  Result<Json> documents(const std::optional<std::string>& after, const Principal& principal) override;
  Result<Original> original(const std::optional<std::string>& knowledge_base, const std::string& doc,
                            const Principal& principal, std::stop_token stop) override;
  Result<Json> rejects(const Principal& principal) override;
  Result<Json> forget(const std::optional<std::string>& knowledge_base, const std::string& doc, bool dry_run,
                      const Principal& principal) override;
  Result<Json> status(const Principal& principal) override;
  void note(const std::string& message) override;
  Result<Generator*> generator() override;
  Result<Embedder*> embedder() override;

 private:
  std::string wrong_with_store();  // for whoever may know nothing of it; empty: nothing
  Result<Store*> store();  // null: nothing has been taken in yet
  Result<DocumentView> find(Store& store, const std::optional<std::string>& knowledge_base, const std::string& doc,
                            const std::optional<std::string>& as_of, const Principal& principal);
  Result<Engine::Searcher> searcher(Store& store, Leg leg, const Principal& principal,
                                    const std::optional<std::string>& base);

  Engine& engine_;
  Output& output_;
  std::mutex mutex_;            // of the engine's store and embedder
  std::mutex generator_mutex_;  // of its generator, which takes seconds to open: searches go on meanwhile
};

}  // namespace naru
