#include "serve/openai.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <span>

#include "model/base64.h"
#include "runtime/clock.h"
#include "serve/completion.h"
#include "serve/openai_request.h"
#include "serve/rerank.h"
#include "text/token_estimate.h"

namespace naru {

namespace {

void refuse(Exchange& exchange, const Mistake& mistake) {
  exchange.reply.send(
      error_response(exchange.request.path, 400, mistake.code, mistake.message, mistake.parameter));
}

void refuse_model(Exchange& exchange, const std::string& model) {
  exchange.reply.send(error_response(exchange.request.path, 404, "model_not_found",
                                     fmt::format("there is no model `{}` here; GET /v1/models lists them", model),
                                     "model"));
}

// What this caller may ask: a knowledge base by what it may read, a bare model by its scope.
Result<std::vector<ServedModel>> models_for(Exchange& exchange) {
  std::vector<ServedModel> models = NARU_TRY(exchange.service.models(exchange.caller.principal));
  std::erase_if(models, [&](const ServedModel& model) {
    const bool base = model.kind == ServedKind::knowledge_base;
    return !exchange.caller.may(base ? Scope::read : Scope::models);
  });
  return models;
}

// The model of that id that can do one of two things; null: there is none for this caller.
const ServedModel* find_model(const std::vector<ServedModel>& models, const std::string& id, ServedKind one,
                              ServedKind other) {
  const auto found = std::find_if(models.begin(), models.end(), [&](const ServedModel& model) {
    return model.id == id && (model.kind == one || model.kind == other);
  });
  return found == models.end() ? nullptr : &*found;
}

Json model_to_json(const ServedModel& model) {
  const bool base = model.kind == ServedKind::knowledge_base;
  return {{"id", model.id}, {"object", "model"}, {"created", 0}, {"owned_by", base ? "naru" : "local"}};
}

Json vector_to_json(const std::vector<float>& vector, bool base64) {
  if (!base64) return vector;
  static_assert(std::endian::native == std::endian::little, "the API sends little-endian floats");
  std::string bytes(vector.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), vector.data(), bytes.size());
  return encode_base64(bytes);
}

// In small groups, so that a search in between does not wait for thousands of texts to get its question embedded.
Result<std::vector<std::vector<float>>> embed_in_groups(Embedder& embedder, const EmbeddingsRequest& request,
                                                        std::stop_token stop) {
  constexpr std::size_t kGroup = 16;
  const std::span<const std::string> all(request.inputs);
  std::vector<std::vector<float>> vectors;
  for (std::size_t at = 0; at < all.size(); at += kGroup) {
    const auto group = all.subspan(at, std::min(kGroup, all.size() - at));
    std::vector<std::vector<float>> made = NARU_TRY(embedder.embed(group, request.role, stop));
    std::move(made.begin(), made.end(), std::back_inserter(vectors));
  }
  return vectors;
}

void complete(Exchange& exchange, const ChatRequest& request, CompletionShape shape) {
  const Result<std::vector<ServedModel>> models = models_for(exchange);
  if (!models) return exchange.reply.send(failure(exchange, models.error()));
  const ServedKind other = shape == CompletionShape::chat ? ServedKind::knowledge_base : ServedKind::chat;
  const ServedModel* model = find_model(*models, request.model, ServedKind::chat, other);
  if (model == nullptr) return refuse_model(exchange, request.model);
  if (model->kind == ServedKind::knowledge_base) return complete_from_base(exchange, request, model->knowledge_base);
  complete_from_model(exchange, request, shape);
}

}  // namespace

void list_models(Exchange& exchange) {
  const Result<std::vector<ServedModel>> models = models_for(exchange);
  if (!models) return exchange.reply.send(failure(exchange, models.error()));
  Json list = Json::array();
  for (const ServedModel& model : *models) {
    const Json entry = model_to_json(model);
    if (std::find(list.begin(), list.end(), entry) == list.end()) list.push_back(entry);  // one that chats and embeds
  }
  exchange.reply.send(json_response({{"object", "list"}, {"data", std::move(list)}}));
}

void show_model(Exchange& exchange) {
  const std::string id = rest_of_path(exchange.request, "/v1/models/");
  const Result<std::vector<ServedModel>> models = models_for(exchange);
  if (!models) return exchange.reply.send(failure(exchange, models.error()));
  for (const ServedModel& model : *models) {
    if (model.id == id) return exchange.reply.send(json_response(model_to_json(model)));
  }
  refuse_model(exchange, id);
}

void complete_chat(Exchange& exchange) {
  const Result<Json> body = read_object(exchange.request);
  if (!body) return refuse(exchange, {body.error().message(), "", "invalid_json"});
  ChatRequest request;
  if (const std::optional<Mistake> mistake = read_chat(*body, request)) return refuse(exchange, *mistake);
  complete(exchange, request, CompletionShape::chat);
}

void complete_text(Exchange& exchange) {
  const Result<Json> body = read_object(exchange.request);
  if (!body) return refuse(exchange, {body.error().message(), "", "invalid_json"});
  ChatRequest request;
  if (const std::optional<Mistake> mistake = read_completion(*body, request)) return refuse(exchange, *mistake);
  complete(exchange, request, CompletionShape::text);
}

void embed_texts(Exchange& exchange) {
  const Result<Json> body = read_object(exchange.request);
  if (!body) return refuse(exchange, {body.error().message(), "", "invalid_json"});
  EmbeddingsRequest request;
  if (const std::optional<Mistake> mistake = read_embeddings(*body, request)) return refuse(exchange, *mistake);
  const Result<std::vector<ServedModel>> models = models_for(exchange);
  if (!models) return exchange.reply.send(failure(exchange, models.error()));
  if (find_model(*models, request.model, ServedKind::embed, ServedKind::embed) == nullptr) {
    return refuse_model(exchange, request.model);
  }
  const Result<Embedder*> embedder = exchange.service.embedder();
  if (!embedder) return exchange.reply.send(failure(exchange, embedder.error()));
  const std::uint32_t dims = (*embedder)->info().dims;
  if (request.dimensions && *request.dimensions != dims) {
    return refuse(exchange, {fmt::format("vectors of this model have {} dimensions", dims), "dimensions"});
  }
  const auto vectors = embed_in_groups(**embedder, request, exchange.reply.left());
  if (!vectors) return exchange.reply.send(failure(exchange, vectors.error()));
  Json data = Json::array();
  std::uint64_t tokens = 0;  // an estimate: vocabularies differ
  for (std::size_t i = 0; i < vectors->size(); ++i) {
    tokens += estimate_tokens(request.inputs[i]);
    data.push_back({{"object", "embedding"}, {"index", i},
                    {"embedding", vector_to_json((*vectors)[i], request.base64)}});
  }
  exchange.reply.send(json_response({{"object", "list"}, {"data", std::move(data)}, {"model", request.model},
                                     {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}}));
}

void rerank_texts(Exchange& exchange) {
  const Result<Json> body = read_object(exchange.request);
  if (!body) return refuse(exchange, {body.error().message(), "", "invalid_json"});
  RerankRequest request;
  if (const std::optional<Mistake> mistake = read_rerank(*body, request)) return refuse(exchange, *mistake);
  if (!request.model.empty() && request.model != kRerankModel) return refuse_model(exchange, request.model);
  const Result<Embedder*> embedder = exchange.service.embedder();
  if (!embedder) return exchange.reply.send(failure(exchange, embedder.error()));
  const Result<std::vector<RankedText>> ranked =
      rank_texts(request.query, request.documents, *embedder, exchange.reply.left());
  if (!ranked) return exchange.reply.send(failure(exchange, ranked.error()));
  Json results = Json::array();
  for (const RankedText& text : *ranked) {
    if (results.size() == request.top) break;
    Json entry = {{"index", text.index}, {"relevance_score", text.score}};
    if (request.return_documents) entry["document"] = {{"text", request.documents[text.index]}};
    results.push_back(std::move(entry));
  }
  exchange.reply.send(json_response({{"model", kRerankModel}, {"results", std::move(results)}}));
}

}  // namespace naru
