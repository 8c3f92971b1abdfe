#include "serve/api.h"

#include <fmt/format.h>

#include <charconv>

#include "retrieve/written.h"
#include "runtime/clock.h"

namespace naru {

namespace {

std::optional<std::string> text_of(const HttpRequest& request, std::string_view name) {
  const std::string* value = request.parameter(name);
  return value == nullptr || value->empty() ? std::nullopt : std::optional(*value);
}

Result<std::uint64_t> number_of(const HttpRequest& request, std::string_view name, std::uint64_t otherwise) {
  const std::string* value = request.parameter(name);
  if (value == nullptr) return otherwise;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc() || end != value->data() + value->size()) {
    return Error(Code::invalid_argument, fmt::format("`{}` must be a whole number", name));
  }
  return number;
}

Result<SearchRequest> read_search(const HttpRequest& http) {
  SearchRequest request;
  request.reading = QueryReading::syntax;
  request.query = text_of(http, "q").value_or("");
  request.k = static_cast<std::size_t>(NARU_TRY(number_of(http, "k", request.k)));
  request.per_document = static_cast<std::size_t>(NARU_TRY(number_of(http, "per_document", 0)));
  request.knowledge_base = text_of(http, "in");
  request.explain = http.parameter("explain") != nullptr;
  request.collapse = http.parameter("collapse") != nullptr;
  request.exact = http.parameter("exact") != nullptr;
  if (const auto share = text_of(http, "diversity")) {
    request.diversity = NARU_TRY_AT(read_diversity(*share), "diversity");
  }
  if (const auto around = text_of(http, "context")) request.context = NARU_TRY_AT(read_context(*around), "context");
  if (const auto filter = text_of(http, "filter")) request.filter = NARU_TRY_AT(parse_expression(*filter), "filter");
  if (const auto leg = text_of(http, "leg"); leg && !leg_from_name(*leg, &request.leg)) {
    return Error(Code::invalid_argument,
                 fmt::format("there is no leg \"{}\"; known are lexical, vector, hybrid", *leg));
  }
  return request;
}

Result<AskCall> read_question(const HttpRequest& http) {
  const Json body = NARU_TRY(read_object(http));
  AskCall question;
  question.request.question = NARU_TRY(text_field(body, "question")).value_or("");
  if (question.request.question.empty()) return Error(Code::invalid_argument, "`question` is missing");
  question.request.knowledge_base = NARU_TRY(text_field(body, "in"));
  question.request.no_llm = NARU_TRY(flag_field(body, "no_llm"));
  question.as_of = NARU_TRY(text_field(body, "as_of"));
  question.room = NARU_TRY(text_field(body, "room"));
  if (const std::optional<std::string> filter = NARU_TRY(text_field(body, "filter"))) {
    question.request.filter = NARU_TRY_AT(parse_expression(*filter), "filter");
  }
  return question;
}

}  // namespace

Result<Answer> answer_question(Exchange& exchange, const AskCall& call, const AskEvents& events) {
  const std::int64_t start = system_clock().monotonic_ns();
  Result<Answer> answer = exchange.service.ask(call, exchange.caller.principal, events, exchange.reply.left());
  if (!answer) return answer;
  exchange.metrics.count(Metric::answers, static_cast<std::size_t>(answer->method));
  exchange.metrics.observe(Metric::answer_seconds, elapsed_ms(start, system_clock().monotonic_ns()) / 1000);
  exchange.metrics.count(Metric::prompt_tokens, 0, answer->prompt_tokens);
  exchange.metrics.count(Metric::completion_tokens, 0, answer->completion_tokens);
  return answer;
}

void search_passages(Exchange& exchange) {
  const Result<SearchRequest> request = read_search(exchange.request);
  if (!request) return exchange.reply.send(failure(exchange, request.error()));
  const SearchCall call{*request, text_of(exchange.request, "as_of"), text_of(exchange.request, "explain")};
  const Result<Json> found = exchange.service.search(call, exchange.caller.principal, exchange.reply.left());
  exchange.reply.send(found ? json_response(*found) : failure(exchange, found.error()));
}

// Events: in a room `understood`, how the question was; `evidence`; `text` as often as checked text comes; `answer`
// with all that `naru ask --json` says. The first two come twice where a model rewrites the question (AskEvents).
// Errors before the first event have a status; after it they are an event `error`.
void ask_question(Exchange& exchange) {
  const Result<AskCall> question = read_question(exchange.request);
  if (!question) return exchange.reply.send(failure(exchange, question.error()));
  bool started = false;
  const auto start = [&] {
    if (!started) exchange.reply.start_stream(std::string(kEventStream));
    started = true;
  };
  AskEvents events;
  events.on_understood = [&](const Answer& understood) {
    start();
    exchange.reply.write(event("understood", understood_to_json(understood)));
  };
  events.on_evidence = [&](const std::vector<Passage>& passages) {
    start();
    Json evidence = Json::array();
    for (const Passage& passage : passages) evidence.push_back(evidence_to_json(passage));
    exchange.reply.write(event("evidence", {{"evidence", std::move(evidence)}}));
  };
  events.on_text = [&](std::string_view text) { exchange.reply.write(event("text", {{"text", text}})); };
  const Result<Answer> answer = answer_question(exchange, *question, events);
  if (!answer && !started) return exchange.reply.send(failure(exchange, answer.error()));
  start();  // where nothing has been taken in, there is no evidence either
  if (answer) {
    exchange.reply.write(event("answer", answer_to_json(*answer)));
  } else {
    const Error& error = answer.error();
    exchange.reply.write(event("error", {{"code", code_name(error.code())}, {"message", error.message()}}));
  }
  exchange.reply.end();
}

void show_document(Exchange& exchange) {
  const std::string doc = rest_of_path(exchange.request, "/api/documents/");
  const Result<Json> document = exchange.service.document_json(
      text_of(exchange.request, "in"), doc, text_of(exchange.request, "as_of"), exchange.caller.principal);
  exchange.reply.send(document ? json_response(*document) : failure(exchange, document.error()));
}

void list_versions(Exchange& exchange) {
  const std::string doc = rest_of_path(exchange.request, "/api/versions/");
  const Result<Json> versions = exchange.service.versions(
      text_of(exchange.request, "in"), doc, text_of(exchange.request, "as_of"), exchange.caller.principal);
  exchange.reply.send(versions ? json_response(*versions) : failure(exchange, versions.error()));
}

void list_documents(Exchange& exchange) {
  const Result<Json> page =
      exchange.service.documents(text_of(exchange.request, "after"), exchange.caller.principal);
  exchange.reply.send(page ? json_response(*page) : failure(exchange, page.error()));
}

// A PDF for the viewer of the page; everything else only to be kept, since a browser would run what it holds.
void show_original(Exchange& exchange) {
  const std::string doc = rest_of_path(exchange.request, "/api/originals/");
  Result<Original> original = exchange.service.original(text_of(exchange.request, "in"), doc,
                                                        exchange.caller.principal, exchange.reply.left());
  if (!original) return exchange.reply.send(failure(exchange, original.error()));
  HttpResponse response;
  const bool shown = original->format == "pdf";
  response.content_type = shown ? "application/pdf" : "application/octet-stream";
  if (!shown) response.headers.emplace_back("Content-Disposition", "attachment");
  response.body = std::move(original->bytes);
  exchange.reply.send(std::move(response));
}

void list_rejects(Exchange& exchange) {
  const Result<Json> rejects = exchange.service.rejects(exchange.caller.principal);
  exchange.reply.send(rejects ? json_response(*rejects) : failure(exchange, rejects.error()));
}

void forget_document(Exchange& exchange) {
  const auto forgotten = [&]() -> Result<Json> {
    const Json body = NARU_TRY(read_object(exchange.request));
    const std::optional<std::string> doc = NARU_TRY(text_field(body, "doc"));
    if (!doc) return Error(Code::invalid_argument, "`doc` is missing");
    const std::optional<std::string> base = NARU_TRY(text_field(body, "in"));
    return exchange.service.forget(base, *doc, NARU_TRY(flag_field(body, "dry_run")), exchange.caller.principal);
  }();
  exchange.reply.send(forgotten ? json_response(*forgotten) : failure(exchange, forgotten.error()));
}

void show_status(Exchange& exchange) {
  const Result<Json> status = exchange.service.status(exchange.caller.principal);
  exchange.reply.send(status ? json_response(*status) : failure(exchange, status.error()));
}

}  // namespace naru
