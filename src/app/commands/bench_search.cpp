// naru bench search: how long the workspace's knowledge base takes from a question to the names and scores of its best
// passages.
//
// The state is pinned once and asked one question at a time, by the same Retriever as `naru search`; what is left out
// is reading the texts of the hits.
#include <fmt/format.h>

#include <algorithm>

#include "app/commands/bench_passes.h"
#include "app/commands/commands.h"
#include "app/engine.h"
#include "retrieve/written.h"
#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/usage.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::uint64_t kHitsDefault = 10, kPassesDefault = 3;

// A file of questions is read at once.
constexpr std::uint64_t kQueriesBytesMax = 256U << 20;

struct SearchBenchFlags {
  std::optional<std::string> queries, leg, base, filter, out;
  std::optional<std::uint64_t> k, passes;
};

struct Question {
  std::string id;
  SearchRequest request;
  std::vector<std::string> docs;  // of the hits, best first, each once
};

Result<Question> read_question(std::string_view line) {
  const Json object = NARU_TRY(parse_json(line));
  const auto text = [&](const char* name) -> Result<std::string> {
    const auto field = object.is_object() ? object.find(name) : object.end();
    if (object.is_object() && field != object.end() && field->is_string()) return field->get<std::string>();
    return Error(Code::invalid_argument, "wants an object with the texts \"_id\" and \"text\"");
  };
  Question question;
  question.id = NARU_TRY(text("_id"));
  question.request.query = NARU_TRY(text("text"));
  return question;
}

Result<std::vector<Question>> read_questions(const std::string& path) {
  const std::string bytes = NARU_TRY(read_file(path, kQueriesBytesMax));
  std::vector<Question> questions;
  std::size_t number = 0;
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    Result<Question> question = read_question(line);
    if (!question) {
      return Error(Code::invalid_argument, fmt::format("{}:{}: {}", path, number, question.error().describe()));
    }
    questions.push_back(std::move(*question));
  }
  if (questions.empty()) return Error(Code::invalid_argument, path + " holds no query");
  return questions;
}

Result<std::vector<Question>> asked_questions(const SearchBenchFlags& flags, const Invocation& invocation) {
  if (!flags.queries) {
    return Error(Code::invalid_argument, "--queries FILE is needed: a JSON object a line, with _id and text");
  }
  SearchRequest request;
  request.k = flags.k.value_or(kHitsDefault);
  request.knowledge_base = flags.base;
  if (flags.filter) request.filter = NARU_TRY_AT(parse_expression(*flags.filter), "--filter");
  const std::string leg = flags.leg.value_or("lexical");
  if (!leg_from_name(leg, &request.leg)) {
    return Error(Code::invalid_argument, fmt::format("there is no leg \"{}\"; known are lexical, vector, hybrid", leg));
  }
  std::vector<Question> questions = NARU_TRY(read_questions(invocation.path(*flags.queries)));
  for (Question& question : questions) {
    request.query = std::move(question.request.query);
    question.request = request;
  }
  return questions;
}

std::vector<std::string> docs_of(const std::vector<RankedChunk>& ranked) {
  std::vector<std::string> docs;
  for (const RankedChunk& hit : ranked) {
    if (std::find(docs.begin(), docs.end(), hit.place.doc) == docs.end()) docs.push_back(hit.place.doc);
  }
  return docs;
}

Status write_hits(const std::vector<Question>& questions, const std::string& path) {
  std::string lines;
  for (const Question& question : questions) {
    lines += to_line({{"_id", question.id}, {"hits", question.docs}}) + "\n";
  }
  return write_file(path, lines);
}

void print(const Json& figures, Output& output) {
  output.line(fmt::format("{} queries: {:.3f} ms a query ({:.3f} CPU), p50 {:.3f}, p99 {:.3f}; opened in {:.1f} ms, "
                          "{} resident",
                          figures["queries"].get<std::uint64_t>(), figures["ms_mean"].get<double>(),
                          figures["ms_cpu"].get<double>(), figures["ms_p50"].get<double>(),
                          figures["ms_p99"].get<double>(), figures["open_ms"].get<double>(),
                          human_bytes(figures["rss_bytes"].get<std::uint64_t>())));
}

Result<int> run(const SearchBenchFlags& flags, Invocation& invocation) {
  const Principal principal = NARU_TRY(invocation.principal());
  std::vector<Question> questions = NARU_TRY(asked_questions(flags, invocation));
  const SearchRequest& any = questions.front().request;
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));

  const std::int64_t start = system_clock().monotonic_ns();
  Store* store = NARU_TRY(engine->store_to_read());
  if (store == nullptr) return Error(Code::unavailable, kNothingTakenIn);
  const Engine::Searcher searcher = NARU_TRY(engine->searcher(*store, any.leg, principal));
  if (searcher.note) invocation.output().note(note_text(*searcher.note));
  Retriever& retriever = *searcher.retriever;
  const PinnedBases pinned = NARU_TRY(retriever.pin(any, principal));
  const double open_ms = elapsed_ms(start, system_clock().monotonic_ns());

  const auto ask = [&](std::size_t i, Pass pass) -> Status {
    Question& question = questions[i];
    if (fold_white_space(question.request.query).empty()) return {};  // finds nothing
    const std::vector<RankedChunk> ranked =
        NARU_TRY_AT(retriever.rank(pinned, question.request, invocation.stop()), "query " + question.id);
    if (pass == Pass::warm) question.docs = docs_of(ranked);
    return {};
  };
  Json figures = NARU_TRY(time_passes(questions.size(), flags.passes.value_or(kPassesDefault), invocation.stop(), ask));
  figures["queries"] = questions.size();
  figures["open_ms"] = open_ms;
  figures["rss_bytes"] = resident_bytes();
  figures["bm25"] = {{"k1", retriever.bm25().k1}, {"b", retriever.bm25().b}};
  if (flags.out) NARU_TRY(write_hits(questions, invocation.path(*flags.out)));
  if (invocation.json()) {
    invocation.output().json(figures);
  } else {
    print(figures, invocation.output());
  }
  return 0;
}

}  // namespace

void build_bench_search(Syntax& syntax) {
  const auto flags = std::make_shared<SearchBenchFlags>();
  syntax.text("--queries", "FILE", flags->queries, "Questions: a JSON object a line, {\"_id\", \"text\"}.")
      .number("-k", "N", flags->k, 1, kHitsMax, "How many passages; 10 unless given.")
      .text("--leg", "LEG", flags->leg, "lexical (unless given), vector or hybrid.")
      .text("--in", "KB", flags->base, "Only in this knowledge base.")
      .text("--filter", "EXPR", flags->filter, "Only documents for which this holds, as in `naru search`.")
      .number("--passes", "N", flags->passes, 1, kPassesMax, "Passes that count, after one to warm; 3 unless given.")
      .text("--out", "FILE", flags->out, "Also write the hits: {\"_id\", \"hits\": [doc...]} a line.")
      .example("naru bench search --queries queries.jsonl")
      .example("naru bench search --queries queries.jsonl --leg hybrid --out hits.jsonl --json")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
