// Engine: the one place that wires everything. It makes the registry, reads the configuration, and opens the worker,
// the models, the store and the flows when they are first asked for.
//
// One thread. What it lends (store, models, plans' parts) it owns and outlives; plans must go before it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/invocation.h"
#include "app/weights_in_force.h"
#include "base/note.h"
#include "config/config.h"
#include "flow/plan.h"
#include "naru/model.h"
#include "naru/registry.h"
#include "parse/worker/worker_pool.h"
#include "retrieve/retriever.h"
#include "store/store.h"

namespace naru {

// Where store_to_read() gives none.
inline constexpr const char* kNothingTakenIn = "nothing has been taken in yet; `naru run` does it";
// Whether that holds: there is no store (null), or a run opened one and came no further.
Result<bool> is_nothing_in(Store* store);

// What a command needs of naru.yaml.
enum class Configured : std::uint8_t {
  required,          // no file: an error that names `naru init`
  store_or_file,     // a store beside where the file would be is enough
  optional,          // works without: tokens, eval, doctor
};

class Engine {
 public:
  // invalid_argument or not_found, marked as configuration (is_configuration_error): the message has all mistakes, a
  // line each.
  static Result<std::unique_ptr<Engine>> open(const Invocation& invocation, Configured need);
  // Only what needs no file: the registry and the worker.
  static std::unique_ptr<Engine> without_configuration();
  ~Engine();

  const Config& config() const { return config_; }
  const Registry& registry() const { return registry_; }
  // To whoever runs the program; any thread.
  void note(const std::string& message) const;

  // The sandboxed worker. Starts its process at once: before a model, a key or a document is in our memory.
  Result<const WorkerPool*> worker();

  // unavailable: another process writes. What the store upgraded or mended of itself is told at once, and when we end.
  Result<Store*> store_to_write();
  // Null: nothing has been taken in yet.
  Result<Store*> store_to_read();

  // Null: none is configured. unavailable: it is not there, or what is there is no model; a configuration error where
  // naru.yaml names what cannot be one.
  Result<Embedder*> embedder();
  enum class Answers : std::uint8_t { one_at_a_time, several };  // several: as `streams` of naru.yaml says
  Result<Generator*> generator(Answers answers = Answers::one_at_a_time);

  // What is wrong in naru.yaml beyond its form: names that nothing has, references to nothing, globs that cannot be
  // read. Each with its place; nothing is opened or asked.
  std::vector<std::string> mistakes() const;

  // not_found: no such flow, with a suggestion.
  Status check_flows(const std::vector<std::string>& names) const;
  // The named flows, or all; built, checked and ready to run.
  Result<std::vector<FlowPlan>> plans(const std::vector<std::string>& names);
  Result<std::unique_ptr<Source>> source(const FlowConfig& flow) const;  // all of them as one
  Result<std::unique_ptr<Source>> source(const NamedOptions& named) const;
  // One that is no knowledge base.
  Result<std::unique_ptr<Target>> target(const TargetConfig& to, const TargetContext& context) const;
  TargetContext arriving(const FlowConfig& flow, const TargetConfig& to) const;  // what the steps hand to it; no model

  // Over `store`, with the settings of `search:` and, where `leg` and the stored vectors ask for one, the embedder.
  struct Searcher {
    std::unique_ptr<Retriever> retriever;
    Embedder* embedder = nullptr;
    std::optional<Note> note;  // why it has no embedder although it should
    std::optional<WeightsInForce> weights;  // none: no embedder
    bool repair = true;              // `search: repair`
    // What a person should know before they wonder why `question` finds nothing.
    std::optional<Note> note_for(std::string_view question) const;
    // The retriever's, with that note among its own.
    Result<SearchResult> search(const SearchRequest& request, const Principal& principal, std::stop_token stop) const;
  };
  // `base`: the one knowledge base that will be asked, if it is one: then its own settings hold.
  Result<Searcher> searcher(Store& store, Leg leg, const Principal& principal,
                            const std::optional<std::string>& base = std::nullopt);

  // For `eval retrieval`: the same engine over another store and other flows. Nothing may be open yet.
  void use(Config config) { config_ = std::move(config); }

 private:
  Engine();
  void tell_notices();
  struct PlanParts;

  Result<std::unique_ptr<Operator>> step(const NamedOptions& named, const OperatorContext& context) const;
  Result<FlowPlan> plan(const FlowConfig& flow);
  Status fill(FlowPlan& plan, const PlanParts& parts, std::size_t keyed,
              std::map<std::size_t, std::size_t> places) const;
  Status fill_after(const FlowPlan& plan, const PlanParts& parts, std::size_t cut,
                    std::map<std::size_t, std::size_t> places, FlowTarget& to) const;
  Status set_target(const FlowConfig& flow, const TargetConfig& config, PayloadKind arrives, FlowTarget& to) const;
  Result<Embedder*> former_embedder(const ModelInfo& stored);
  // Null: none are named. A configuration error: one cannot be read, or a line of one says nothing.
  Result<std::shared_ptr<const WordLists>> word_lists(const SearchConfig& search) const;
  Result<const Tokenizer*> embed_tokenizer();  // null: an estimate is enough

  Registry registry_;
  Config config_;
  std::unique_ptr<WorkerPool> worker_;
  std::unique_ptr<Embedder> embedder_;
  std::vector<std::unique_ptr<Embedder>> replaced_;  // lent before: a search of another thread may still ask one
  std::unique_ptr<Generator> generator_;
  std::unique_ptr<AnswerMemo> answers_;  // of the store that is open for writing
  std::unique_ptr<Tokenizer> tokenizer_;
  std::unique_ptr<Store> store_;
  bool store_writes_ = false;
  Output* output_ = nullptr;  // null: nobody is told what a store mended
};

// The marker of errors that are mistakes of the configuration: they end with exit code 78.
Error configuration_error(Code code, std::string message);
bool is_configuration_error(const Error& error);
// With an error, naru.yaml is to be corrected: it names a variable or a file of secrets that is not there, say.
template <class T>
Result<T> from_configuration(Result<T> result, const std::string& where) {
  if (result) return result;
  const Error& error = result.error();
  return configuration_error(error.code(), where.empty() ? error.describe() : where + ": " + error.describe());
}
// What a person reads of an error: a mistake of the configuration has its place in its message.
std::string said(const Error& error);

}  // namespace naru
