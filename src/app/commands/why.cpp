// naru why: every citation of an answer, followed from the answer over the passage and the document to the bytes at the
// source, which are read again and compared with what was read then.
#include <fmt/format.h>

#include <algorithm>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/find_document.h"
#include "app/source_reader.h"
#include "text/unicode.h"

namespace naru {

namespace {

// What became of a thing since the answer was given.
enum class Since : std::uint8_t { same, changed, gone, unknown };

std::string_view since_name(Since since) {
  switch (since) {
    case Since::same: return "same";
    case Since::changed: return "changed";
    case Since::gone: return "gone";
    case Since::unknown: break;
  }
  return "unknown";
}

struct Trace {
  Json citation;  // as it was kept
  Since document = Since::gone;
  bool quote_found = false;  // in the passage as it is kept now
  std::string flow;
  Since source = Since::unknown;
  std::string source_problem;     // why it is unknown
  std::string now;                // sha256 of the source bytes now
  std::uint64_t source_bytes = 0;
  std::string excerpt;            // the cited bytes themselves, where places are bytes of the item and it is the same
};

// Of the cited bytes, for a person: about five lines of a terminal.
constexpr std::size_t kExcerptColumns = 400;

Status follow_to_document(Store& store, const Principal& principal, Trace& trace) {
  const auto snapshot = store.open_snapshot(text_at(trace.citation, "kb"), principal, nullptr);
  if (!snapshot && snapshot.error().code() == Code::not_found) return {};
  if (!snapshot) return snapshot.error();
  const Result<DocumentView> view = (*snapshot)->document(text_at(trace.citation, "doc"));
  if (!view && view.error().code() == Code::not_found) return {};
  if (!view) return view.error();
  trace.flow = view->flow;
  trace.document = view->version.hex() == text_at(trace.citation, "version") ? Since::same : Since::changed;
  const std::string quote = text_at(trace.citation, "quote"), chunk_id = text_at(trace.citation, "chunk_id");
  for (const ChunkView& chunk : view->chunks) {
    if (chunk.chunk_id.hex() != chunk_id) continue;
    trace.quote_found = fold_white_space(chunk.text).find(quote) != std::string::npos;
  }
  return {};
}

std::optional<ByteRange> cited_bytes(const Json& citation) {
  const auto locator = citation.find("locator");
  if (locator == citation.end() || !locator->is_object()) return {};
  const auto start = locator->find("start"), end = locator->find("end");
  if (start == locator->end() || end == locator->end() || !start->is_number_unsigned() || !end->is_number_unsigned()) {
    return {};
  }
  return ByteRange{start->get<std::uint64_t>(), end->get<std::uint64_t>()};
}

std::string excerpt_of(std::string_view bytes, const std::optional<ByteRange>& range) {
  if (!range || range->start >= range->end || range->end > bytes.size()) return "";
  const std::string_view cited = bytes.substr(range->start, range->end - range->start);
  if (!is_valid_utf8(cited)) return "";  // another charset: the bytes as they are would tell nobody anything
  return cut_to_columns(fold_white_space(cited), kExcerptColumns);
}

void follow_to_source(SourceReader& sources, Trace& trace) {
  if (trace.flow.empty()) return;
  const Result<SourceReader::Found> found = sources.read(trace.flow, text_at(trace.citation, "doc"));
  if (!found && found.error().code() == Code::not_found) {
    trace.source = Since::gone;
    return;
  }
  if (!found) {
    trace.source_problem = found.error().describe();
    return;
  }
  trace.now = sha256(found->bytes).hex();
  trace.source_bytes = found->bytes.size();
  trace.source = trace.now == text_at(trace.citation, "version") ? Since::same : Since::changed;
  const bool sliceable = trace.source == Since::same && found->has_byte_places;
  if (sliceable) trace.excerpt = excerpt_of(found->bytes, cited_bytes(trace.citation));
}

bool holds(const Trace& trace) {
  return trace.document == Since::same && trace.quote_found && trace.source == Since::same;
}

Json to_json(const Trace& trace) {
  Json json = trace.citation;
  json["document"] = since_name(trace.document);
  json["quote_found"] = trace.quote_found;
  json["source"] = {{"flow", trace.flow},
                    {"item", text_at(trace.citation, "doc")},
                    {"state", since_name(trace.source)}};
  if (!trace.now.empty()) {
    json["source"]["sha256"] = trace.now;
    json["source"]["bytes"] = trace.source_bytes;
  }
  if (!trace.excerpt.empty()) json["source"]["excerpt"] = trace.excerpt;
  if (!trace.source_problem.empty()) json["source"]["problem"] = trace.source_problem;
  json["holds"] = holds(trace);
  return json;
}

std::string place_in_json(const Json& citation) {
  const auto locator = citation.find("locator");
  if (locator == citation.end() || !locator->is_object()) return "";
  if (locator->contains("page")) return fmt::format(", p. {}", to_line((*locator)["page"]));
  if (!locator->contains("start") || !locator->contains("end")) return "";
  return fmt::format(", bytes {}-{}", to_line((*locator)["start"]), to_line((*locator)["end"]));
}

void print(const Trace& trace, Output& output) {
  const Json& citation = trace.citation;
  const auto say = [&](const std::string& text) { output.line(without_control(text)); };
  const std::string head =
      fmt::format("[{}] \"{}\"", to_line(citation.value("marker", Json())), text_at(citation, "quote"));
  output.line(output.toned(Tone::strong, without_control(head)));
  say(fmt::format("    passage {} of {} in {}{}", to_line(citation.value("chunk", Json())), text_at(citation, "doc"),
                  text_at(citation, "kb"), place_in_json(citation)));
  say(trace.document == Since::same      ? "    the document is kept as it was"
      : trace.document == Since::changed ? "    the document has changed since"
                                         : "    the document is no longer kept");
  if (trace.document == Since::same) {
    say(trace.quote_found ? "    the passage has the quote" : "    the passage no longer has the quote");
  }
  if (trace.source == Since::same) {
    say(fmt::format("    source {}/{}: {} bytes, the same as then, sha256 {}", trace.flow, text_at(citation, "doc"),
                    trace.source_bytes, trace.now));
  }
  if (!trace.excerpt.empty()) say("    the bytes read: " + trace.excerpt);
  if (trace.source == Since::changed) {
    say(fmt::format("    source {}/{} has changed: sha256 was {}, is {}", trace.flow, text_at(citation, "doc"),
                    text_at(citation, "version"), trace.now));
  }
  if (trace.source == Since::gone) say("    the source no longer has it");
  if (!trace.source_problem.empty()) say("    the source could not be read: " + trace.source_problem);
}

Result<int> run(const std::string& id, Invocation& invocation) {
  const Principal principal = NARU_TRY(invocation.principal());
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  Store* store = NARU_TRY(engine->store_to_read());
  if (store == nullptr) return Error(Code::not_found, "there is no answer " + id);
  const Json answer = NARU_TRY(store->answer(id, principal));
  SourceReader sources(*engine, invocation.stop());
  std::vector<Trace> traces;
  const auto citations = answer.find("citations");
  for (const Json& citation : citations == answer.end() ? Json::array() : *citations) {
    Trace trace;
    trace.citation = citation;
    NARU_TRY(follow_to_document(*store, principal, trace));
    follow_to_source(sources, trace);
    traces.push_back(std::move(trace));
  }
  Output& output = invocation.output();
  if (invocation.json()) {
    Json json = {{"answer_id", id}, {"question", text_at(answer, "question")}, {"answer", text_at(answer, "answer")},
                 {"citations", Json::array()}};
    for (const Trace& trace : traces) json["citations"].push_back(to_json(trace));
    json["holds"] = std::all_of(traces.begin(), traces.end(), holds);
    output.json(json);
    return 0;
  }
  output.line(without_control(text_at(answer, "question")));
  output.line(without_control(text_at(answer, "answer")));
  for (const Trace& trace : traces) print(trace, output);
  if (traces.empty()) output.line("It cites nothing.");
  return 0;
}

}  // namespace

void build_why(Syntax& syntax) {
  const auto id = std::make_shared<std::string>();
  syntax.argument("ANSWER_ID", *id, "As `naru ask` printed it.", Need::required)
      .example("naru why a-0123456789abcdef")
      .runs([id](Invocation& invocation) { return run(*id, invocation); });
}

}  // namespace naru
