#include "app/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/ranking.h"
#include "config/suggest.h"
#include "model/catalogue.h"
#include "model/open.h"
#include "model/stub.h"
#include "runtime/files.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::string_view kConfigurationContext = "configuration";

std::string all_of(const std::vector<Diagnostic>& diagnostics) {
  std::string lines;
  for (const Diagnostic& diagnostic : diagnostics) lines += (lines.empty() ? "" : "\n") + diagnostic.text();
  return lines;
}

// Answers that a server writes at once where naru.yaml does not say. Each has memory for a context of its own, 117 MB
// with the default model.
constexpr std::uint32_t kStreams = 4;

// Where there is no file: the folder's own store and nothing else.
Config bare_config(const std::string& folder) {
  Config config;
  config.folder = folder;
  config.store = join_path(folder, ".naru");
  return config;
}

// "naru.yaml:3:10: the model `embed`"
std::string model_place(const ModelSpec& spec, std::string_view role) {
  return fmt::format("{}{}the model `{}`", spec.place.text(), spec.place.line > 0 ? ": " : "", role);
}

Result<ModelSpec> resolved_model(const ModelSpec& spec, const std::string& folder, std::string_view role) {
  return from_configuration(resolve_references(spec, folder), model_place(spec, role));
}

// What naru.yaml names and cannot be a model is a mistake there; a file or an endpoint that is not there, or is no
// model, is something needed and missing. Either says so, whatever went wrong deep inside.
Error model_error(const Error& error, const ModelSpec& spec, std::string_view role) {
  const bool no_such_name = spec.kind == ModelSpec::Kind::local && error.code() == Code::not_found;
  if (no_such_name || error.code() == Code::invalid_argument || error.code() == Code::not_allowed) {
    return configuration_error(error.code(), model_place(spec, role) + ": " + error.describe());
  }
  switch (error.code()) {
    case Code::not_found:
    case Code::unsupported:
    case Code::corrupt:
    case Code::io:
    case Code::limit_exceeded:
      return {Code::unavailable, fmt::format("the model `{}`: {}", role, error.describe())};
    default:
      return Error(error).with(fmt::format("the model `{}`", role));
  }
}

Error store_error(const Error& error, const std::string& folder) {
  if (error.code() != Code::corrupt) return error;
  return {Code::corrupt, fmt::format("{}; bring back a copy of {}, or move it away: `naru run` builds it anew from the "
                                     "sources", error.describe(), folder)};
}

}  // namespace

Error configuration_error(Code code, std::string message) {
  return Error(code, std::move(message)).with(std::string(kConfigurationContext));
}

bool is_configuration_error(const Error& error) {
  const std::vector<std::string>& context = error.context();
  return std::find(context.begin(), context.end(), kConfigurationContext) != context.end();
}

std::string said(const Error& error) { return is_configuration_error(error) ? error.message() : error.describe(); }

Engine::Engine() {
  register_connector(registry_);
  register_parse(registry_);
  register_operator(registry_);
}

Result<bool> is_nothing_in(Store* store) {
  return store == nullptr || NARU_TRY(store->knowledge_bases(Principal::owner())).empty();
}

Engine::~Engine() { tell_notices(); }

void Engine::note(const std::string& message) const {
  if (output_ != nullptr) output_->note(message);
}

void Engine::tell_notices() {
  if (!store_ || output_ == nullptr) return;
  for (const std::string& notice : store_->take_notices()) output_->note(notice);
}

Result<std::unique_ptr<Engine>> Engine::open(const Invocation& invocation, Configured need) {
  std::unique_ptr<Engine> engine(new Engine());
  engine->output_ = &invocation.output();
  const std::string folder = NARU_TRY(absolute_path(invocation.folder()));
  if (!is_folder(folder)) return Error(Code::not_found, "there is no folder " + invocation.folder());
  const std::string file = invocation.config_file().value_or(
      invocation.folder() == "." ? "naru.yaml" : join_path(invocation.folder(), "naru.yaml"));
  const bool may_lack = !invocation.config_file() && need != Configured::required;
  if (!file_exists(file) && may_lack) {
    engine->config_ = bare_config(folder);
    if (need == Configured::optional || is_folder(engine->config_.store)) return engine;
  }
  if (!file_exists(file)) {
    return configuration_error(Code::not_found, fmt::format("there is no {}; `naru init` makes one", file));
  }
  LoadedConfig loaded = NARU_TRY_AT(load_config(file, engine->registry_), std::string(kConfigurationContext));
  if (!loaded.diagnostics.empty()) return configuration_error(Code::invalid_argument, all_of(loaded.diagnostics));
  engine->config_ = std::move(loaded.config);
  return engine;
}

std::unique_ptr<Engine> Engine::without_configuration() { return std::unique_ptr<Engine>(new Engine()); }

Result<const WorkerPool*> Engine::worker() {
  if (!worker_) {
    worker_ = NARU_TRY(WorkerPool::open(registry_));
    worker_->start();
  }
  return worker_.get();
}

Result<Store*> Engine::store_to_write() {
  if (store_writes_) return store_.get();
  Result<std::unique_ptr<Store>> opened = Store::open(config_.store, Access::write);
  if (!opened) return store_error(opened.error(), config_.store);
  store_ = std::move(*opened);
  store_writes_ = true;
  tell_notices();
  return store_.get();
}

Result<Store*> Engine::store_to_read() {
  if (store_) return store_.get();
  Result<std::unique_ptr<Store>> opened = Store::open(config_.store, Access::read);
  if (!opened && opened.error().code() == Code::not_found) return static_cast<Store*>(nullptr);
  if (!opened) return store_error(opened.error(), config_.store);
  store_ = std::move(*opened);
  tell_notices();
  return store_.get();
}

Result<Embedder*> Engine::embedder() {
  if (embedder_ || !config_.embed) return embedder_.get();
  auto opened = open_embedder(NARU_TRY(resolved_model(*config_.embed, config_.folder, "embed")));
  if (!opened) return model_error(opened.error(), *config_.embed, "embed");
  embedder_ = std::move(*opened);
  return embedder_.get();
}

Result<Generator*> Engine::generator(Answers answers) {
  if (generator_ || !config_.chat) return generator_.get();
  ModelSpec spec = NARU_TRY(resolved_model(*config_.chat, config_.folder, "chat"));
  if (answers == Answers::one_at_a_time) spec.streams = 1;
  if (spec.streams == 0) spec.streams = kStreams;
  auto opened = open_generator(spec);
  if (!opened) return model_error(opened.error(), *config_.chat, "chat");
  generator_ = std::move(*opened);
  return generator_.get();
}

std::optional<Note> Engine::Searcher::note_for(std::string_view question) const {
  if (embedder == nullptr || !embedder->info().english_only || !has_hangul(question)) return note;
  return Note{NoteKind::only_english, {embedder->info().name}};
}

Result<SearchResult> Engine::Searcher::search(const SearchRequest& request, const Principal& principal,
                                              std::stop_token stop) const {
  SearchResult result = NARU_TRY(retriever->search(request, principal, std::move(stop)));
  const std::optional<Note> known = note_for(request.query);
  if (!known) return result;
  std::erase(result.notes, Note{NoteKind::no_embedder});  // ours says more than the retriever can know
  result.notes.insert(result.notes.begin(), *known);
  return result;
}

// Chunks are measured as the embedder counts. For the stub and for endpoints the chunk step estimates.
Result<const Tokenizer*> Engine::embed_tokenizer() {
  const bool has_vocabulary =
      config_.embed->kind == ModelSpec::Kind::local || config_.embed->kind == ModelSpec::Kind::gguf;
  if (tokenizer_ || !has_vocabulary) return tokenizer_.get();
  auto opened = open_tokenizer(NARU_TRY(resolved_model(*config_.embed, config_.folder, "embed")));
  if (!opened) return model_error(opened.error(), *config_.embed, "embed");
  tokenizer_ = std::move(*opened);
  return tokenizer_.get();
}

Status Engine::check_flows(const std::vector<std::string>& names) const {
  std::vector<std::string> known;
  for (const FlowConfig& flow : config_.flows) known.push_back(flow.name);
  for (const std::string& name : names) {
    if (config_.flow(name) != nullptr) continue;
    return Error(Code::not_found, fmt::format("there is no flow \"{}\"; {}", name, suggest(name, known)));
  }
  return {};
}

std::vector<std::string> Engine::mistakes() const {
  std::vector<std::string> found;
  const auto check_model = [&](const std::optional<ModelSpec>& spec, ModelKind kind, std::string_view role) {
    if (!spec) return;
    const Result<ModelSpec> resolved = resolved_model(*spec, config_.folder, role);
    if (!resolved) return found.push_back(said(resolved.error()));
    if (resolved->kind != ModelSpec::Kind::local) return;
    const Result<const CatalogueEntry*> entry = find_entry(resolved->name, kind);
    if (!entry) found.push_back(said(model_error(entry.error(), *spec, role)));
  };
  check_model(config_.embed, ModelKind::embed, "embed");
  check_model(config_.chat, ModelKind::chat, "chat");
  const auto check_lists = [&](const SearchConfig& search) {
    const auto lists = word_lists(search);
    if (!lists && (found.empty() || found.back() != said(lists.error()))) found.push_back(said(lists.error()));
  };
  check_lists(config_.search);
  for (const auto& [name, search] : config_.searches) check_lists(search);
  const auto check_texts = [&](const Place& place, const std::string& address, const std::string& key) {
    for (const std::string* text : {&address, &key}) {
      const auto resolved = from_configuration(resolve_references(*text, config_.folder), place.text());
      if (!resolved) found.push_back(said(resolved.error()));
    }
  };
  if (const auto& to = config_.telemetry.openlineage) check_texts(to->place, to->url, to->key);
  if (const auto& to = config_.telemetry.otlp) check_texts(to->place, to->endpoint, to->key);
  OperatorContext context;
  const std::unique_ptr<Generator> stand_in = config_.chat ? make_stub_generator() : nullptr;  // nothing is asked
  context.generator = stand_in.get();
  for (const FlowConfig& flow : config_.flows) {
    const Result<std::unique_ptr<Source>> made = source(flow);
    if (!made) found.push_back(said(made.error()));
    for (const TargetConfig& to : flow.targets) {
      if (to.other.name.empty()) continue;
      const Result<std::unique_ptr<Target>> led = target(to, arriving(flow, to));
      if (!led) found.push_back(said(led.error()));
    }
    for (const NamedOptions& named : flow.steps) {
      if (named.name == "parse" || named.name == "embed") continue;  // a run opens what these need
      const Result<std::unique_ptr<Operator>> step = this->step(named, context);
      if (!step) found.push_back(said(step.error()));
    }
  }
  return found;
}

// The catalogue's model that made the vectors: it serves until a run has gone over to the one that naru.yaml names now.
Result<Embedder*> Engine::former_embedder(const ModelInfo& stored) {
  ModelSpec spec;
  spec.kind = ModelSpec::Kind::local;
  spec.name = stored.name;
  Result<std::unique_ptr<Embedder>> opened = open_embedder(spec);
  if (!opened || (*opened)->info().fingerprint != stored.fingerprint) {
    return Error(Code::unavailable,
                 fmt::format("the stored vectors are of the model {}, naru.yaml names {}; `naru run` embeds anew, or "
                             "set the model back", stored.name, embedder_->info().name));
  }
  replaced_.push_back(std::exchange(embedder_, std::move(*opened)));
  return embedder_.get();
}

// Read anew for each searcher: a file that was changed acts on the next query.
Result<std::shared_ptr<const WordLists>> Engine::word_lists(const SearchConfig& search) const {
  auto lists = std::make_shared<WordLists>();
  using Add = std::vector<WordListMistake> (WordLists::*)(std::string_view);
  const auto read = [&](const std::string& kind, const std::optional<NamedFile>& named, Add add) -> Status {
    if (!named) return {};
    const Result<std::string> text = read_file(named->path, kWordListBytesMax);
    if (!text) {
      return configuration_error(text.error().code(), fmt::format("{}: the {} cannot be read: {}", named->place.text(),
                                                                  kind, text.error().describe()));
    }
    const std::vector<WordListMistake> mistakes = ((*lists).*add)(*text);
    if (!mistakes.empty()) {
      return configuration_error(Code::invalid_argument, fmt::format("{}:{}: {}", named->path, mistakes.front().line,
                                                                     mistakes.front().message));
    }
    lists->add_version(word_list_version(kind, named->path, *text));
    return {};
  };
  NARU_TRY(read("synonyms", search.synonyms, &WordLists::add_synonyms));
  NARU_TRY(read("house_terms", search.house_terms, &WordLists::add_house_terms));
  NARU_TRY(read("stop_words", search.stop_words, &WordLists::add_stop_words));
  if (lists->versions().empty()) return std::shared_ptr<const WordLists>();
  return std::shared_ptr<const WordLists>(std::move(lists));
}

Result<Engine::Searcher> Engine::searcher(Store& store, Leg leg, const Principal& principal,
                                          const std::optional<std::string>& asked) {
  Searcher searcher;
  Retriever::Options options;
  std::optional<ModelInfo> stored;
  const std::vector<KnowledgeBaseInfo> bases = NARU_TRY(store.knowledge_bases(principal));
  for (const KnowledgeBaseInfo& base : bases) {
    if (base.embedder) stored = base.embedder;
  }
  const bool only_one = !asked && bases.size() == 1;
  const std::optional<std::string> one = only_one ? std::optional(bases.front().name) : asked;
  const SearchConfig& search = config_.search_in(one);
  const Ranking ranking = ranking_of(search);
  options.bm25 = ranking.bm25;
  options.fields = ranking.fields;
  options.words = NARU_TRY(word_lists(search));
  searcher.repair = search.repair;
  if (leg != Leg::lexical && stored) {
    Result<Embedder*> opened = embedder();
    if (opened && *opened != nullptr && (*opened)->info().fingerprint != stored->fingerprint) {
      opened = former_embedder(*stored);
    }
    if (!opened && leg == Leg::vector) return std::move(opened).error();
    if (!opened) searcher.note = Note{NoteKind::embedder_fails, {said(opened.error())}};
    if (opened) searcher.embedder = *opened;
  }
  if (searcher.embedder != nullptr) {
    const std::vector<TunedWeights> tuned = NARU_TRY(store.tuned_weights());
    searcher.weights = weights_in_force(search, searcher.embedder->info(), one, tuned);
    options.weights = searcher.weights->weights;
  }
  searcher.retriever = std::make_unique<Retriever>(store, searcher.embedder, options);
  return searcher;
}

}  // namespace naru
