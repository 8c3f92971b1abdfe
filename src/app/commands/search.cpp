// naru search: ranked passages, for people or as JSON.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/find_document.h"
#include "app/ranking.h"
#include "app/search_json.h"
#include "app/words.h"
#include "retrieve/written.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::uint64_t kHitsDefault = 10;
constexpr std::size_t kSnippetBytes = 600;  // about five lines of a terminal

struct SearchFlags {
  std::vector<std::string> query;
  std::optional<std::uint64_t> k;
  std::optional<std::string> base, filter, as_of, leg;
  std::optional<std::uint64_t> per_document;
  std::optional<std::string> diversity, context;
  std::optional<std::string> explain;  // a document, or "" for the hits
  bool exact = false, no_repair = false, collapse = false;
};

Result<SearchRequest> request_of(const SearchFlags& flags) {
  SearchRequest request;
  request.query = join_words(flags.query);
  request.reading = QueryReading::syntax;
  request.k = flags.k.value_or(kHitsDefault);
  request.knowledge_base = flags.base;
  request.explain = flags.explain.has_value();
  request.collapse = flags.collapse;
  request.per_document = static_cast<std::size_t>(flags.per_document.value_or(0));
  request.exact = flags.exact;
  if (flags.diversity) request.diversity = NARU_TRY_AT(read_diversity(*flags.diversity), "--diversity");
  if (flags.context) request.context = NARU_TRY_AT(read_context(*flags.context), "--context");
  if (flags.filter) request.filter = NARU_TRY_AT(parse_expression(*flags.filter), "--filter");
  if (flags.leg && !leg_from_name(*flags.leg, &request.leg)) {
    return Error(Code::invalid_argument,
                 fmt::format("there is no leg \"{}\"; known are lexical, vector, hybrid", *flags.leg));
  }
  return request;
}

std::string snippet(std::string_view text) {
  std::string folded = fold_white_space(text);
  if (folded.size() <= kSnippetBytes) return folded;
  return folded.substr(0, whole_characters(folded, kSnippetBytes)) + "…";
}

// The end of what comes before, as a snippet is the beginning of what comes after.
std::string snippet_before(std::string_view text) {
  const std::string folded = fold_white_space(text);
  if (folded.size() <= kSnippetBytes) return folded;
  return "…" + folded.substr(whole_characters(folded, folded.size() - kSnippetBytes));
}

// The passage between what stands around it.
void print_passage(const Hit& hit, Output& output) {
  const auto around = [&](const std::string& text) {
    if (!text.empty()) output.line(output.toned(Tone::faint, without_control("   " + text)));
  };
  const std::string_view text = hit.context ? std::string_view(hit.context->text) : std::string_view();
  if (hit.context) around(snippet_before(text.substr(0, hit.context->start)));
  output.line(without_control("   " + snippet(hit.chunk.text)));
  if (hit.context) around(snippet(text.substr(hit.context->end)));
}

void print_explanation(const Hit& hit, Output& output) {
  std::string line;
  if (hit.lexical) line += fmt::format("words {:.4f}", *hit.lexical);
  if (hit.vector) line += fmt::format("{}meaning {:.4f}", line.empty() ? "" : ", ", *hit.vector);
  if (hit.likeness) {
    line += fmt::format("; rank {} by score, {:.2f} like a hit above", hit.likeness->rank,
                        hit.likeness->to_those_above);
  }
  output.line(without_control("   " + line));
  for (const TermShare& term : hit.terms) {
    output.line(without_control(fmt::format("   {:<20} {:>8.4f}  in {} passages, weight {:.2f}", term.term, term.score,
                                            term.document_frequency, term.weight)));
  }
}

void print(const SearchRequest& request, const SearchResult& result, const ShowCommands& commands, Output& output) {
  for (const Hit& hit : result.hits) {
    const ChunkView& chunk = hit.chunk;
    std::string head = without_control(chunk.doc);
    if (const std::string place = place_of(chunk.locator); !place.empty()) head += ", " + place;
    output.line(fmt::format("{:>2} {}  {}", hit.rank, output.toned(Tone::strong, head),
                            output.toned(Tone::faint, fmt::format("{:.3f}", hit.score))));
    if (!chunk.heading_path.empty()) {
      const std::string path = fmt::format("   {}", fmt::join(chunk.heading_path, " › "));
      output.line(output.toned(Tone::faint, without_control(path)));
    }
    print_passage(hit, output);
    if (request.explain) print_explanation(hit, output);
    output.line(output.toned(Tone::faint, without_control(
        "   " + commands.command(chunk.knowledge_base, chunk.doc, chunk.locator, chunk.number))));
  }
  if (result.hits.empty()) output.note("nothing was found");
}

bool used_weights(const Engine::Searcher& searcher, const SearchResult& result) {
  return searcher.weights && result.leg == Leg::hybrid;
}

void print_reading(const SearchResult& result, const Engine::Searcher& searcher, const Principal& principal,
                   Output& output) {
  for (const ConditionShare& condition : result.conditions) {
    output.line(without_control(fmt::format("condition {}: {} passages{}", condition.condition, condition.rows,
                                            condition.gave_way ? ", so it gave way" : "")));
  }
  for (const AppliedSynonym& synonym : result.synonyms) {
    output.line(without_control(fmt::format("synonyms of {}: {}", synonym.typed, fmt::join(synonym.added, ", "))));
  }
  output.line(ranking_for_people({result.bm25, result.fields}));
  if (used_weights(searcher, result)) {
    output.line(weights_for_people(*searcher.weights, principal.is_owner()));
    if (result.match) output.line(fmt::format("words were believed {:.2f} of 1", *result.match));
  }
  for (const WordListVersion& list : result.word_lists) {
    const std::string file = list.file.empty() ? "" : list.file + ", ";
    output.line(without_control(fmt::format("{}: {}version {}", list.kind, file, list.version)));
  }
}

std::string place_text(std::string_view what, const std::optional<LegPlace>& place) {
  if (!place) return fmt::format("{} –", what);
  return fmt::format("{} {:.4f} ({})", what, place->score,
                     place->rank ? fmt::format("rank {}", *place->rank) : std::string("not ranked"));
}

void print(const DocumentExplanation& explained, Output& output) {
  output.line(without_control(fmt::format("{}: {}", explained.doc, note_text(explained.reason))));
  for (const ChunkExplanation& chunk : explained.chunks) {
    output.line(without_control(fmt::format("   passage {}: {}, {}, {}", chunk.number + 1,
                                            place_text("words", chunk.lexical), place_text("meaning", chunk.vector),
                                            place_text("together", chunk.fused))));
    for (const std::string& unmet : chunk.unmet) output.line(without_control("      does not meet " + unmet));
    for (const TermShare& term : chunk.terms) {
      output.line(without_control(fmt::format("      {:<20} {:>8.4f}", term.term, term.score)));
    }
  }
}

// `--explain` took the first word of the query for a document where it stands before it.
SearchFlags with_query(SearchFlags flags) {
  if (flags.query.empty() && flags.explain && !flags.explain->empty()) {
    flags.query = {*flags.explain};
    flags.explain = "";
  }
  return flags;
}

Result<int> run(const SearchFlags& given, Invocation& invocation) {
  const SearchFlags flags = with_query(given);
  const Principal principal = NARU_TRY(invocation.principal());
  SearchRequest request = NARU_TRY(request_of(flags));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  Store* store = NARU_TRY(engine->store_to_read());
  if (NARU_TRY(is_nothing_in(store))) {
    if (invocation.json()) invocation.output().json(search_result_to_json(request, {}));
    invocation.output().note(kNothingTakenIn);
    return 0;
  }
  if (flags.as_of) request.as_of = NARU_TRY_AT(store->find_epoch(*flags.as_of), "--as-of");
  const Engine::Searcher searcher = NARU_TRY(engine->searcher(*store, request.leg, principal, request.knowledge_base));
  request.repair = searcher.repair && !flags.no_repair;
  const SearchResult result = NARU_TRY(searcher.search(request, principal, invocation.stop()));
  std::optional<DocumentExplanation> document;
  if (flags.explain && !flags.explain->empty()) {
    document = NARU_TRY(searcher.retriever->explain(request, *flags.explain, principal, invocation.stop()));
  }
  for (const std::string& note : note_texts(result.notes)) invocation.output().note(without_control(note));
  if (invocation.json()) {
    Json json = search_result_to_json(request, result);
    if (document) json["document"] = document_explanation_to_json(*document);
    if (request.explain && used_weights(searcher, result)) {
      json["weights"] = weights_to_json(*searcher.weights, principal.is_owner());
    }
    invocation.output().json(json);
  } else if (document) {
    print_reading(result, searcher, principal, invocation.output());
    print(*document, invocation.output());
  } else {
    if (request.explain) print_reading(result, searcher, principal, invocation.output());
    const ShowCommands commands = NARU_TRY(ShowCommands::make(*store, principal, invocation, flags.as_of));
    print(request, result, commands, invocation.output());
  }
  return 0;
}

}  // namespace

void build_search(Syntax& syntax) {
  const auto flags = std::make_shared<SearchFlags>();
  syntax
      .arguments("QUERY", flags->query,
                 "What to look for: words, +word, -word, \"a phrase\", word*, title:word, AND, OR, NOT, ( ).",
                 Need::optional)
      .number("-k", "N", flags->k, 1, kHitsMax, "How many passages; 10 unless given.")
      .text("--in", "KB", flags->base, "Only in this knowledge base.")
      .text("--filter", "EXPR", flags->filter,
            "Only documents for which this holds. Fields: kb, source, path, title, language, format, date, meta.NAME; "
            "=, !=, <, <=, >, >=, in (…), prefix, exists; and, or, not, parentheses.")
      .text("--as-of", "EPOCH|TAG", flags->as_of, "As it was then; `naru tag` gives an epoch a name that keeps it.")
      .text("--leg", "LEG", flags->leg, "lexical (words), vector (meaning) or hybrid (both, unless given).")
      .flag("--exact", flags->exact, "Compare the question with every vector, as is always done below 20,000.")
      .text_or_not("--explain", "DOC", flags->explain,
                   "Say what each hit's score is made of, or why DOC was returned or not.")
      .flag("--no-repair", flags->no_repair, "Take words that stand nowhere as they were typed.")
      .flag("--collapse", flags->collapse, "Passages of equal text are one hit.")
      .number("--per-document", "N", flags->per_document, 1, kHitsMax, "At most N hits of one document.")
      .text("--diversity", "SHARE", flags->diversity,
            "From 0 to 1: how much being unlike the hits above counts beside the score; 0 unless given, 0.3 is mild.")
      .text("--context", "N|section", flags->context,
            "Each passage with the N before and after it, or with all that stand under the same heading.")
      .example("naru search \"annual leave\" -k 3")
      .example("naru search 연차 휴가 --filter 'language = \"ko\" and format != \"pdf\"'")
      .example("naru search '\"annual leave\" -draft title:handbook'")
      .example("naru search leave --filter 'path prefix hr/ and (date >= 2024-05 or meta.author in (kim, lee))'")
      .example("naru search leave --leg lexical --explain")
      .example("naru search leave --context section --diversity 0.3")
      .example("naru search leave --explain hr/leave.md")
      .example("naru search leave --as-of before-the-merger")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
