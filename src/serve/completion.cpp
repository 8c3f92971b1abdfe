#include "serve/completion.h"

#include <fmt/format.h>

#include <set>

#include "retrieve/retriever.h"
#include "runtime/clock.h"
#include "runtime/random.h"
#include "serve/api.h"

namespace naru {

namespace {

constexpr std::size_t kIdBytes = 12;
constexpr std::string_view kTooLong = "context_length_exceeded";  // the API's word for it
constexpr std::string_view kDone = "data: [DONE]\n\n";

// Of an answer or of a bare generation.
template <class Counted>
Json usage_to_json(const Counted& counted) {
  return {{"prompt_tokens", counted.prompt_tokens},
          {"completion_tokens", counted.completion_tokens},
          {"total_tokens", std::uint64_t{counted.prompt_tokens} + counted.completion_tokens},
          {"prompt_tokens_details", {{"cached_tokens", counted.cached_tokens}}}};
}

// One completion on its way to its client.
class Completion {
 public:
  Completion(Exchange& exchange, const ChatRequest& request, CompletionShape shape)
      : exchange_(exchange),
        request_(request),
        shape_(shape),
        id_((shape == CompletionShape::chat ? "chatcmpl-" : "cmpl-") + random_hex(kIdBytes)),
        created_(system_clock().unix_ms() / 1000) {}

  // False: nobody reads any more.
  bool text(std::string_view piece) {
    if (!request_.stream) return !exchange_.reply.left().stop_requested();
    start();
    return chunk(shape_ == CompletionShape::chat ? Json{{"content", piece}} : Json(piece), nullptr);
  }

  // `extra`: what stands beside the text of a message; `naru`: what only we say.
  void finish(const std::string& text, const std::string& reason, const Json& usage, const Json& extra,
              const Json& naru) {
    if (!request_.stream) return exchange_.reply.send(json_response(whole(text, reason, usage, extra, naru)));
    start();
    if (!extra.empty()) chunk(extra, nullptr);
    chunk(shape_ == CompletionShape::chat ? Json::object() : Json(""), reason, naru);
    if (request_.include_usage) {
      Json last = head();
      last["choices"] = Json::array();
      last["usage"] = usage;
      exchange_.reply.write(event(last));
    }
    exchange_.reply.write(kDone);
    exchange_.reply.end();
  }

  // Before the first text it is an answer with a status; after it, an event in the stream, which then ends early.
  void fail(HttpResponse response) {
    if (!started_) return exchange_.reply.send(std::move(response));
    while (response.body.ends_with('\n')) response.body.pop_back();
    exchange_.reply.write(fmt::format("data: {}\n\n", response.body));
    exchange_.reply.end();
  }

 private:
  void start() {
    if (started_) return;
    started_ = true;
    exchange_.reply.start_stream(std::string(kEventStream));
    if (shape_ == CompletionShape::chat) chunk({{"role", "assistant"}, {"content", ""}}, nullptr);
  }

  Json head() const {
    const char* object = shape_ == CompletionShape::text ? "text_completion"
                         : request_.stream               ? "chat.completion.chunk"
                                                         : "chat.completion";
    return {{"id", id_}, {"object", object}, {"created", created_}, {"model", request_.model}};
  }

  bool chunk(const Json& delta, const Json& reason, const Json& naru = nullptr) {
    Json json = head();
    Json choice = {{"index", 0}};
    choice[shape_ == CompletionShape::chat ? "delta" : "text"] = delta;
    choice["logprobs"] = nullptr;
    choice["finish_reason"] = reason;
    json["choices"] = Json::array({std::move(choice)});
    if (request_.include_usage) json["usage"] = nullptr;
    if (!naru.is_null()) json["naru"] = naru;
    return exchange_.reply.write(event(json));
  }

  Json whole(const std::string& text, const std::string& reason, const Json& usage, const Json& extra,
             const Json& naru) const {
    Json json = head();
    Json choice = {{"index", 0}};
    if (shape_ == CompletionShape::chat) {
      Json message = {{"role", "assistant"}, {"content", text}, {"refusal", nullptr}};
      message.update(extra);
      choice["message"] = std::move(message);
    } else {
      choice["text"] = text;
    }
    choice["logprobs"] = nullptr;
    choice["finish_reason"] = reason;
    json["choices"] = Json::array({std::move(choice)});
    json["usage"] = usage;
    if (!naru.is_null()) json["naru"] = naru;
    return json;
  }

  Exchange& exchange_;
  const ChatRequest& request_;
  const CompletionShape shape_;
  const std::string id_;
  const std::int64_t created_;
  bool started_ = false;
};

// A prompt that does not fit has a code of its own in the API.
HttpResponse model_failure(Exchange& exchange, const Error& error, CompletionShape shape) {
  if (error.code() != Code::limit_exceeded) return failure(exchange, error);
  const char* parameter = shape == CompletionShape::chat ? "messages" : "prompt";
  return error_response(exchange.request.path, 400, kTooLong, error.message(), parameter);
}

// "handbook.pdf, p. 3"
std::string title_of(const Citation& citation) {
  return citation.locator.page ? fmt::format("{}, p. {}", citation.doc, *citation.locator.page) : citation.doc;
}

// A name as the text of a link: nothing in it ends the link or begins another.
std::string link_text(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20) continue;
    if (std::string_view("\\[]()<>*_`!").find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text;
}

std::string links_of(const Exchange& exchange, const Answer& answer) {
  std::string links;
  std::set<std::uint32_t> shown;
  for (const Citation& citation : answer.citations) {
    if (!shown.insert(citation.marker).second) continue;
    links += fmt::format("{}[{}] [{}]({})", links.empty() ? "\n\n" : "\n", citation.marker,
                         link_text(title_of(citation)), view_url(exchange, citation));
  }
  return links;
}

Json annotations_of(const Exchange& exchange, const Answer& answer) {
  Json annotations = Json::array();
  for (const Citation& citation : answer.citations) {
    annotations.push_back({{"type", "url_citation"},
                           {"url_citation",
                            {{"start_index", citation.start},
                             {"end_index", citation.end},
                             {"title", title_of(citation)},
                             {"url", view_url(exchange, citation)}}}});
  }
  return annotations;
}

}  // namespace

std::string view_url(const Exchange& exchange, const Citation& citation) {
  const std::string page = citation.locator.page ? fmt::format("&page={}", *citation.locator.page) : "";
  return fmt::format("{}/view?kb={}&doc={}&chunk={}{}", exchange.origin(), percent_encoded(citation.knowledge_base),
                     percent_encoded(citation.doc), citation.chunk, page);
}

void complete_from_model(Exchange& exchange, const ChatRequest& request, CompletionShape shape) {
  Completion completion(exchange, request, shape);
  const Result<Generator*> generator = exchange.service.generator();
  if (!generator) return completion.fail(failure(exchange, generator.error()));
  const Result<Generation> generation = (*generator)->generate(
      request.generate, [&](std::string_view piece) { return completion.text(piece); }, exchange.reply.left());
  if (!generation) return completion.fail(model_failure(exchange, generation.error(), shape));
  exchange.metrics.count(Metric::prompt_tokens, 0, generation->prompt_tokens);
  exchange.metrics.count(Metric::completion_tokens, 0, generation->completion_tokens);
  completion.finish(generation->text, generation->finish_reason == "length" ? "length" : "stop",
                    usage_to_json(*generation), Json::object(), nullptr);
}

void complete_from_base(Exchange& exchange, const ChatRequest& request, const std::string& knowledge_base) {
  Completion completion(exchange, request, CompletionShape::chat);
  AskCall call;
  AskRequest& ask = call.request;
  ask.question = request.question();
  ask.history = request.history();
  ask.knowledge_base = knowledge_base;
  if (ask.question.empty()) {
    return completion.fail(error_response(exchange.request.path, 400, "invalid_value",
                                          "there is no question: no message of the user has text", "messages"));
  }
  if (ask.question.size() > kQueryBytesMax) {
    const std::string message =
        fmt::format("the question has {} bytes; at most {} are taken", ask.question.size(), kQueryBytesMax);
    return completion.fail(error_response(exchange.request.path, 400, kTooLong, message, "messages"));
  }
  if (!request.generate.json_schema.empty()) {
    return completion.fail(error_response(exchange.request.path, 400, "unsupported_value",
                                          "a knowledge base answers in sentences; `response_format` is for the bare "
                                          "models of /v1/models", "response_format"));
  }
  AskEvents events;
  events.on_text = [&](std::string_view piece) { completion.text(piece); };
  const Result<Answer> answer = answer_question(exchange, call, events);
  if (!answer) return completion.fail(failure(exchange, answer.error()));
  const std::string links = links_of(exchange, *answer);
  if (!links.empty()) completion.text(links);
  Json extra = Json::object();
  if (!answer->citations.empty()) extra["annotations"] = annotations_of(exchange, *answer);
  Json naru = {{"answer_id", answer->id},
               {"refused", answer->refused},
               {"notes", note_texts(answer->notes, answer->language)}};
  naru.update(understood_to_json(*answer));
  completion.finish(answer->text + links, "stop", usage_to_json(*answer), extra, naru);
}

}  // namespace naru
