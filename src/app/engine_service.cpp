#include "app/engine_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "app/ask_store.h"
#include "app/document_json.h"
#include "app/find_document.h"
#include "app/forget_document.h"
#include "app/search_json.h"
#include "app/source_reader.h"
#include "app/store_state.h"
#include "app/without_document.h"
#include "model/catalogue.h"
#include "runtime/files.h"

namespace naru {

namespace {

constexpr std::size_t kDocumentsAPage = 100;
// Each is opened to see what is inside, so a page of large ones ends early.
constexpr std::size_t kDocumentsAtOnce = 10, kTextAPageMax = 16 << 20;

// The name under which clients ask for a model, without opening it.
std::string id_of(const ModelSpec& spec, ModelKind kind) {
  switch (spec.kind) {
    case ModelSpec::Kind::stub: return "stub";
    case ModelSpec::Kind::openai: return spec.model;
    case ModelSpec::Kind::gguf: {
      const std::string name = file_name(spec.path);
      return name.substr(0, name.rfind('.'));
    }
    case ModelSpec::Kind::local: break;
  }
  const Result<const CatalogueEntry*> entry = find_entry(spec.name, kind);
  return entry ? (*entry)->name : spec.name;
}

}  // namespace

Result<Store*> EngineService::store() {
  const std::lock_guard lock(mutex_);
  return engine_.store_to_read();
}

Result<DocumentView> EngineService::find(Store& store, const std::optional<std::string>& knowledge_base,
                                         const std::string& doc, const std::optional<std::string>& as_of,
                                         const Principal& principal) {
  std::optional<std::uint64_t> epoch;
  if (as_of) epoch = NARU_TRY_AT(store.find_epoch(*as_of), "as_of");
  return find_document(engine_, store, principal, knowledge_base ? *knowledge_base + "/" + doc : doc, epoch);
}

Result<Engine::Searcher> EngineService::searcher(Store& store, Leg leg, const Principal& principal,
                                                 const std::optional<std::string>& base) {
  const std::lock_guard lock(mutex_);
  return engine_.searcher(store, leg, principal, base);
}

Result<Generator*> EngineService::generator() {
  const std::lock_guard lock(generator_mutex_);
  return engine_.generator(Engine::Answers::several);
}

Result<Embedder*> EngineService::embedder() {
  const std::lock_guard lock(mutex_);
  return engine_.embedder();
}

Result<std::vector<ServedModel>> EngineService::models(const Principal& principal) {
  std::vector<ServedModel> models;
  if (Store* open = NARU_TRY(store())) {
    const std::vector<KnowledgeBaseInfo> bases = NARU_TRY(open->knowledge_bases(principal));
    for (const KnowledgeBaseInfo& base : bases) {
      models.push_back({std::string(kBaseFront) + base.name, ServedKind::knowledge_base, base.name});
    }
  }
  const Config& config = engine_.config();
  if (config.chat) models.push_back({id_of(*config.chat, ModelKind::chat), ServedKind::chat, ""});
  if (config.embed) models.push_back({id_of(*config.embed, ModelKind::embed), ServedKind::embed, ""});
  return models;
}

std::string EngineService::wrong_with_store() {
  const Result<Store*> open = store();
  if (!open) return "the store cannot be opened";
  if (*open == nullptr) return kNothingTakenIn;
  const auto bases = (*open)->knowledge_bases(Principal::owner());
  if (!bases) return "the store cannot be read";
  return bases->empty() ? kNothingTakenIn : "";
}

std::vector<ReadyCheck> EngineService::readiness() {
  return {{"store", wrong_with_store()}};
}

Result<std::vector<FlowRun>> EngineService::flow_runs() {
  Store* const open = NARU_TRY(store());
  if (open == nullptr) return std::vector<FlowRun>{};
  return read_flow_runs(engine_.config(), *open);
}

Result<Answer> EngineService::ask(AskCall call, const Principal& principal, const AskEvents& events,
                                  std::stop_token stop) {
  AskRequest& request = call.request;
  Store* const open = NARU_TRY(store());
  if (open == nullptr) return refuse_unasked(request);
  if (call.as_of) request.as_of = NARU_TRY_AT(open->find_epoch(*call.as_of), "as_of");
  const Engine::Searcher found = NARU_TRY(searcher(*open, Leg::hybrid, principal, request.knowledge_base));
  const OpenGenerator open_generator = [this]() -> Generator* {
    const Result<Generator*> opened = generator();
    if (opened) return *opened;
    note(said(opened.error()));
    return nullptr;
  };
  const AskSetting setting{*open, found, engine_.config(), open_generator,
                           [this](const std::string& message) { note(message); }};
  Answer answer = NARU_TRY(ask_store(setting, request, call.room, principal, events, stop));
  const std::optional<Note> known = found.note_for(request.question);
  if (known) answer.notes.push_back(*known);
  return answer;
}

Result<Json> EngineService::search(SearchCall call, const Principal& principal, std::stop_token stop) {
  SearchRequest& request = call.request;
  Store* const open = NARU_TRY(store());
  if (open == nullptr) return search_result_to_json(request, {});
  if (call.as_of) request.as_of = NARU_TRY_AT(open->find_epoch(*call.as_of), "as_of");
  const Engine::Searcher found = NARU_TRY(searcher(*open, request.leg, principal, request.knowledge_base));
  request.repair = found.repair;
  const SearchResult result = NARU_TRY(found.search(request, principal, stop));
  Json json = search_result_to_json(request, result);
  if (call.explained) {
    const auto explained = NARU_TRY(found.retriever->explain(request, *call.explained, principal, stop));
    json["document"] = document_explanation_to_json(explained);
  }
  return json;
}

Result<DocumentView> EngineService::document(const std::optional<std::string>& knowledge_base, const std::string& doc,
                                             const Principal& principal) {
  Store* const open = NARU_TRY(store());
  if (open == nullptr) return Error(Code::not_found, kNothingTakenIn);
  return find(*open, knowledge_base, doc, std::nullopt, principal);
}

Result<Json> EngineService::document_json(const std::optional<std::string>& knowledge_base, const std::string& doc,
                                          const std::optional<std::string>& as_of, const Principal& principal) {
  Store* const open = NARU_TRY(store());
  if (open == nullptr) return Error(Code::not_found, kNothingTakenIn);
  return document_view_to_json(NARU_TRY(find(*open, knowledge_base, doc, as_of, principal)));
}

Result<Json> EngineService::versions(const std::optional<std::string>& knowledge_base, const std::string& doc,
                                     const std::optional<std::string>& as_of, const Principal& principal) {
  Store* const open = NARU_TRY(store());
  if (open == nullptr) return Error(Code::not_found, kNothingTakenIn);
  const DocumentView view = NARU_TRY(find(*open, knowledge_base, doc, as_of, principal));
  Json listed = Json::array();
  const std::vector<DocumentVersion> versions = NARU_TRY(open->versions(view.flow, view.doc, principal));
  for (const DocumentVersion& one : versions) {
    listed.push_back({{"version", one.version.hex()}, {"as_of", std::to_string(one.kept_at)}, {"born", one.born},
                      {"died", one.died ? Json(*one.died) : Json()},
                      {"born_ms", one.born_ms ? Json(*one.born_ms) : Json()}, {"tags", one.tags}});
  }
  return Json{{"kb", view.knowledge_base}, {"flow", view.flow}, {"doc", view.doc}, {"versions", std::move(listed)}};
}

Result<Json> EngineService::documents(const std::optional<std::string>& after, const Principal& principal) {
  Store* const open = NARU_TRY(store());
  std::map<std::string, std::shared_ptr<const Snapshot>> bases;
  Json listed = Json::array();
  std::size_t text_bytes = 0;
  std::optional<std::string> next = after;
  do {
    DocumentPage page;
    if (open != nullptr) page = NARU_TRY(open->documents(principal, next, kDocumentsAtOnce));
    for (const ListedDocument& one : page.documents) {
      std::shared_ptr<const Snapshot>& base = bases[one.knowledge_base];
      if (!base) base = NARU_TRY(open->open_snapshot(one.knowledge_base, principal, nullptr));
      const Result<DocumentView> view = base->document(one.doc);
      if (!view && view.error().code() != Code::not_found) return view.error();
      const bool is_it = view && view->flow == one.flow;  // else it changed meanwhile, or another has its name
      listed.push_back(listed_document_to_json(one, is_it ? &view->document : nullptr));
      if (!is_it) continue;
      for (const Block& block : view->document.blocks) text_bytes += block.text.size();
    }
    next = std::move(page.next);
  } while (next && listed.size() < kDocumentsAPage && text_bytes < kTextAPageMax);
  return Json{{"documents", std::move(listed)}, {"next", next ? Json(*next) : Json()}};
}

Result<Original> EngineService::original(const std::optional<std::string>& knowledge_base, const std::string& doc,
                                         const Principal& principal, std::stop_token stop) {
  const DocumentView view = NARU_TRY(document(knowledge_base, doc, principal));
  SourceReader source(engine_, std::move(stop));
  SourceReader::Found found = NARU_TRY(source.read(view.flow, view.doc));
  if (!found.has_byte_places || sha256(found.bytes) != view.version) {
    return Error(Code::not_found, "the source has changed since it was read: `naru run` brings it in step");
  }
  return Original{view.document.format, std::move(found.bytes)};
}

Result<Json> EngineService::rejects(const Principal& principal) {
  if (!principal.is_owner()) return Error(Code::not_allowed, "only the owner sees what could not be read");
  Store* const open = NARU_TRY(store());
  Json listed = Json::array();
  const WithoutDocument without = NARU_TRY(items_without_document(engine_, open));
  for (const auto& [flow, reject] : without.rejected) {
    listed.push_back({{"flow", flow}, {"doc", reject.key}, {"code", reject.code}, {"message", reject.message}});
  }
  return Json{{"rejects", std::move(listed)}};
}

// Beside our reader, and only as long as it takes: a run must find the store free.
Result<Json> EngineService::forget(const std::optional<std::string>& knowledge_base, const std::string& doc,
                                   bool dry_run, const Principal& principal) {
  if (!principal.is_owner()) return Error(Code::not_allowed, "only the owner forgets");
  Store* const open = NARU_TRY(store());
  if (open == nullptr) return Error(Code::not_found, kNothingTakenIn);
  const ForgetName name = NARU_TRY(find_name(engine_, *open, knowledge_base ? *knowledge_base + "/" + doc : doc));
  if (dry_run) return forget_proof_to_json(NARU_TRY(open->plan_forget(name.flow, name.key)), name.key);
  const std::unique_ptr<Store> writer = NARU_TRY(Store::open(engine_.config().store, Access::write));
  return forget_proof_to_json(NARU_TRY(writer->forget(name.flow, name.key)), name.key);
}

Result<Json> EngineService::status(const Principal& principal) {
  const StoreState state = NARU_TRY(read_store_state(engine_, NARU_TRY(store()), principal));
  return store_state_to_json(engine_.config(), state, principal);
}

void EngineService::note(const std::string& message) { output_.note(without_control(message)); }

}  // namespace naru
