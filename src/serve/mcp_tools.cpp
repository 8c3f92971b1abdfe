#include "serve/mcp_tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "serve/mcp_resources.h"
#include "serve/route.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::uint64_t kHitsOfToolMax = 50;  // an agent reads passages, it does not page

// What a tool gives: for programs, and for whoever reads it; empty where that is the same.
struct Outcome {
  Json structured;
  std::string text = {};
};

using Tool = Result<Outcome> (*)(Service&, const McpCall&, const Json& arguments, const Principal&);

Result<Outcome> search(Service& service, const McpCall& call, const Json& arguments, const Principal& principal) {
  SearchRequest request;
  request.reading = QueryReading::syntax;
  request.query = NARU_TRY(text_field(arguments, "query")).value_or("");
  request.knowledge_base = NARU_TRY(text_field(arguments, "in"));
  const Json k = arguments.value("k", Json(request.k));
  if (!k.is_number_unsigned() || k.get<std::uint64_t>() > kHitsOfToolMax) {
    return Error(Code::invalid_argument, fmt::format("`k` must be a whole number from 1 to {}", kHitsOfToolMax));
  }
  request.k = static_cast<std::size_t>(k.get<std::uint64_t>());
  const Json found = NARU_TRY(service.search({request, {}, {}}, principal, call.wire.stop));
  Json results = Json::array();
  for (const Json& hit : found["hits"]) {
    results.push_back({{"id", hit["kb"].get<std::string>() + "/" + hit["doc"].get<std::string>()},
                       {"title", hit["title"]}, {"text", hit["text"]}, {"score", hit["score"]}, {"chunk", hit["chunk"]},
                       {"locator", hit["locator"]}});
  }
  return Outcome{{{"results", std::move(results)}, {"notes", found["notes"]}}};
}

Result<Outcome> fetch(Service& service, const McpCall&, const Json& arguments, const Principal& principal) {
  const std::string id = NARU_TRY(text_field(arguments, "id")).value_or("");
  if (id.empty()) return Error(Code::invalid_argument, "`id` is missing");
  const DocumentView view = NARU_TRY(service.document(std::nullopt, id, principal));
  const std::string text = document_text(view.document);
  return Outcome{{{"id", view.knowledge_base + "/" + view.doc},
                  {"title", view.document.title.empty() ? view.doc : view.document.title},
                  {"text", text.substr(0, whole_characters(text, kMcpTextBytesMax))},
                  {"truncated", text.size() > kMcpTextBytesMax},
                  {"uri", resource_uri(view.knowledge_base, view.doc)},
                  {"metadata", {{"kb", view.knowledge_base}, {"doc", view.doc}, {"version", view.version.hex()},
                                {"language", view.document.language}}}}};
}

Result<Outcome> answer(Service& service, const McpCall& call, const Json& arguments, const Principal& principal) {
  AskRequest request;
  request.question = NARU_TRY(text_field(arguments, "question")).value_or("");
  request.knowledge_base = NARU_TRY(text_field(arguments, "in"));
  if (request.question.empty()) return Error(Code::invalid_argument, "`question` is missing");
  // A model may write for minutes: whoever asked for progress sees what was found, and each piece as it was checked.
  double done = 0;
  AskEvents events;
  events.on_evidence = [&](const std::vector<Passage>& passages) {
    call.progress(++done, fmt::format("{} passages found", passages.size()));
  };
  events.on_text = [&](std::string_view piece) { call.progress(++done, std::string(piece)); };
  const Answer made = NARU_TRY(service.ask({request}, principal, events, call.wire.stop));
  Json citations = Json::array();
  std::string text = made.text;
  for (const Citation& citation : made.citations) {
    citations.push_back(citation_to_json(citation));
    text += fmt::format("\n[{}] {}/{}: \"{}\"", citation.marker, citation.knowledge_base, citation.doc, citation.quote);
  }
  return Outcome{{{"answer_id", made.id}, {"answer", made.text}, {"refused", made.refused},
                  {"citations", std::move(citations)},
                  {"notes", note_texts(made.notes, made.language)}}, std::move(text)};
}

Result<Outcome> list_sources(Service& service, const McpCall&, const Json&, const Principal& principal) {
  const Json status = NARU_TRY(service.status(principal));
  return Outcome{{{"knowledge_bases", status["knowledge_bases"]}}};
}

constexpr std::array<std::pair<std::string_view, Tool>, 4> kTools = {
    {{"search", search}, {"fetch", fetch}, {"answer", answer}, {"list_sources", list_sources}}};

// ---- as they are described ----

Json text_schema(const char* description) { return {{"type", "string"}, {"description", description}}; }
Json list_schema(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }

Json input_schema(Json properties, Json required) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)},
          {"additionalProperties", false}};
}

// All that is named is always there; more may come with a later version.
Json output_schema(Json properties) {
  Json required = Json::array();
  for (const auto& [name, schema] : properties.items()) required.push_back(name);
  return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

Json tool(const char* name, const char* title, const char* description, Json input, Json output) {
  return {{"name", name}, {"title", title}, {"description", description}, {"inputSchema", std::move(input)},
          {"outputSchema", std::move(output)}, {"annotations", {{"readOnlyHint", true}, {"openWorldHint", false}}}};
}

Json search_result() {
  return output_schema({{"id", text_schema("For fetch: \"KB/DOC\".")},
                        {"title", {{"type", "string"}}},
                        {"text", {{"type", "string"}}},
                        {"score", {{"type", "number"}}},
                        {"chunk", {{"type", "integer"}, {"description", "Its place in the document, from 0."}}},
                        {"locator", {{"type", "object"}}}});
}

Json document_schema() {
  Json metadata = {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
  return output_schema({{"id", {{"type", "string"}}},
                        {"title", {{"type", "string"}}},
                        {"text", {{"type", "string"}}},
                        {"truncated", {{"type", "boolean"}, {"description", "There is more text than is here."}}},
                        {"uri", text_schema("As a resource; with ?page=N one page of it.")},
                        {"metadata", std::move(metadata)}});
}

Json answer_schema() {
  return output_schema({{"answer_id", text_schema("For `naru why`.")},
                        {"answer", {{"type", "string"}}},
                        {"refused", {{"type", "boolean"}}},
                        {"citations", list_schema({{"type", "object"}})},
                        {"notes", list_schema({{"type", "string"}})}});
}

}  // namespace

Json mcp_tools() {
  const Json base = text_schema("A knowledge base of list_sources; all unless given.");
  return Json::array(
      {tool("search", "Search",
            "Finds passages by words and by meaning, in Korean and English. Each has an id for fetch.",
            input_schema({{"query", text_schema("What to look for: words, +word, -word, \"a phrase\", title:word.")},
                          {"in", base},
                          {"k", {{"type", "integer"}, {"minimum", 1}, {"maximum", kHitsOfToolMax},
                                 {"description", "How many; 10 unless given."}}}},
                         {"query"}),
            output_schema({{"results", list_schema(search_result())}, {"notes", list_schema({{"type", "string"}})}})),
       tool("fetch", "Fetch", "The text of a document, by an id that search gave.",
            input_schema({{"id", text_schema("\"KB/DOC\" of a result.")}}, {"id"}), document_schema()),
       tool("answer", "Answer",
            "Answers a question from the documents. Every sentence is checked against a cited passage; without "
            "evidence it is refused.",
            input_schema({{"question", text_schema("The question, complete in itself.")}, {"in", base}}, {"question"}),
            answer_schema()),
       tool("list_sources", "List sources", "The knowledge bases that can be searched, with what is in them.",
            input_schema(Json::object(), Json::array()),
            output_schema({{"knowledge_bases", list_schema({{"type", "object"}})}}))});
}

std::optional<Json> call_mcp_tool(Service& service, const McpCall& call, const Principal& principal) {
  const std::string name = text_at(call.params, "name");
  const auto* const found =
      std::find_if(kTools.begin(), kTools.end(), [&](const auto& one) { return one.first == name; });
  const Json arguments = call.params.value("arguments", Json::object());
  if (found == kTools.end() || !arguments.is_object()) return std::nullopt;
  Result<Outcome> outcome = found->second(service, call, arguments, principal);
  if (!outcome) {
    return Json{{"content", Json::array({{{"type", "text"}, {"text", outcome.error().describe()}}})},
                {"isError", true}};
  }
  const std::string text = outcome->text.empty() ? to_line(outcome->structured) : outcome->text;
  return Json{{"content", Json::array({{{"type", "text"}, {"text", text}}})},
              {"structuredContent", std::move(outcome->structured)}, {"isError", false}};
}

}  // namespace naru
