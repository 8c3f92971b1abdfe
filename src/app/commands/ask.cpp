// naru ask: evidence at once, then checked text as it comes, then the citations with the command that opens each.
#include "generate/answer.h"

#include <fmt/format.h>

#include <set>

#include "app/ask_store.h"
#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/find_document.h"
#include "app/words.h"
#include "text/unicode.h"

namespace naru {

namespace {

struct AskFlags {
  std::vector<std::string> question;
  std::optional<std::string> base, filter, as_of, room;
  bool no_llm = false;
};

constexpr std::size_t kQuoteColumns = 160;  // two lines of a terminal
constexpr std::string_view kIndent = "    ";

std::string head_of(const Passage& passage) {
  const ChunkView& chunk = passage.hit.chunk;
  const std::string place = place_of(chunk.locator);
  return place.empty() ? chunk.doc : chunk.doc + ", " + place;
}

// What a passage has to say to the question, in one line: its best sentence.
std::string best_line(const Passage& passage, const Output& output) {
  std::string_view best = passage.hit.chunk.text;  // headings alone
  double best_score = -1;
  for (std::size_t i = 0; i < passage.sentences.size(); ++i) {
    const double score = score_sentence(passage, 0, i);
    if (passage.sentences[i].heading || score <= best_score) continue;
    best_score = score;
    best = passage.sentences[i].text;
  }
  const std::size_t columns = output.surroundings().columns - kIndent.size();
  return std::string(kIndent) + cut_to_columns(without_control(fold_white_space(best)), columns);
}

// What a person sees while they wait.
class AskTeller {
 public:
  explicit AskTeller(Output& output) : output_(output) {}

  AskEvents events() {
    AskEvents events;
    events.on_understood = [this](const Answer& answer) { show_understood(answer); };
    events.on_evidence = [this](const std::vector<Passage>& passages) { show_evidence(passages); };
    events.on_text = [this](std::string_view text) { output_.text(without_control(text)); };
    return events;
  }

 private:
  // What was said already is not said again: both may come twice (AskEvents).
  void show_understood(const Answer& answer) {
    if (answer.asked != asked_ && (answer.understood != Understood::alone || !asked_.empty())) {
      output_.line(output_.toned(Tone::faint, without_control("understood as: " + answer.asked)));
    }
    const bool first = asked_.empty();
    asked_ = answer.asked;
    if (first && answer.history->turns_dropped > 0) {
      output_.line(output_.toned(Tone::faint, fmt::format("of {} earlier turns the last {} were looked at",
                                                          answer.history->turns_kept + answer.history->turns_dropped,
                                                          answer.history->turns_kept)));
    }
    output_.flush();
  }

  void show_evidence(const std::vector<Passage>& passages) {
    bool news = false;
    for (const Passage& passage : passages) {
      if (!shown_.insert(passage.hit.chunk.chunk_id).second) continue;
      news = true;
      output_.line(output_.toned(Tone::faint, without_control("reading " + head_of(passage))));
      output_.line(output_.toned(Tone::faint, best_line(passage, output_)));
    }
    if (news) output_.line("");
    output_.flush();
  }

  Output& output_;
  std::string asked_;  // as it was said to be understood; empty: nothing was said yet
  std::set<Id128> shown_;
};

std::string also_in(std::size_t count) { return count == 0 ? "" : fmt::format("  also in {} documents", count); }

void print_citations(const Answer& answer, const ShowCommands& commands, Output& output) {
  std::set<std::uint32_t> shown;
  for (const Citation& citation : answer.citations) {
    if (!shown.insert(citation.marker).second) continue;  // a passage that is cited twice
    const std::string place = place_of(citation.locator);
    const std::string command =
        commands.command(citation.knowledge_base, citation.doc, citation.locator, citation.chunk);
    std::string head = fmt::format("[{}] {}", citation.marker, citation.doc);
    if (!place.empty()) head += ", " + place;
    output.line(output.toned(Tone::strong, without_control(head)) + also_in(citation.also_in));
    output.line(without_control("    \"" + cut_to_columns(citation.quote, kQuoteColumns) + "\""));
    output.line(output.toned(Tone::faint, without_control("    " + command)));
  }
}

// A refusal shows what came nearest.
void print_nearest(const Answer& answer, const ShowCommands& commands, Output& output) {
  for (const Passage& passage : answer.evidence) {
    const ChunkView& chunk = passage.hit.chunk;
    const std::string command = commands.command(chunk.knowledge_base, chunk.doc, chunk.locator, chunk.number);
    output.line(output.toned(Tone::strong, without_control("- " + head_of(passage))) + also_in(passage.also_in));
    output.line(output.toned(Tone::faint, best_line(passage, output)));
    output.line(output.toned(Tone::faint, without_control("    " + command)));
  }
}

void print(const Answer& answer, const ShowCommands& commands, Output& output) {
  output.line("\n");
  if (answer.refused) {
    print_nearest(answer, commands, output);
  } else {
    print_citations(answer, commands, output);
  }
  for (const std::string& note : note_texts(answer.notes, answer.language)) {
    output.line(output.toned(Tone::faint, without_control(note)));
  }
  output.line(output.toned(Tone::faint, fmt::format("naru why {}", answer.id)));
}

Result<AskRequest> request_of(const AskFlags& flags) {
  AskRequest request;
  request.question = join_words(flags.question);
  request.knowledge_base = flags.base;
  request.no_llm = flags.no_llm;
  if (flags.filter) request.filter = NARU_TRY_AT(parse_expression(*flags.filter), "--filter");
  return request;
}

// Opens the model of `chat`, a second or two for a local one, while the evidence is read. None and a note where it
// cannot be opened: an answer of the documents' own sentences is better than no answer.
OpenGenerator generator_when_needed(Engine& engine, Output& output) {
  return [&engine, &output]() -> Generator* {
    output.progress("opening the model ...");
    const Result<Generator*> opened = engine.generator();
    if (!opened) output.note(without_control(said(opened.error())));
    output.progress(opened && *opened != nullptr ? "writing ..." : "");  // gone with the first words
    return opened ? *opened : nullptr;
  };
}

int refuse_empty(const AskRequest& request, Invocation& invocation) {
  const Answer answer = refuse_unasked(request);
  invocation.output().note(kNothingTakenIn);
  if (invocation.json()) {
    invocation.output().json(answer_to_json(answer));
  } else {
    invocation.output().line(answer.text);
  }
  return 0;
}

Result<int> run(const AskFlags& flags, Invocation& invocation) {
  Output& output = invocation.output();
  const Principal principal = NARU_TRY(invocation.principal());
  AskRequest request = NARU_TRY(request_of(flags));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  Store* store = NARU_TRY(engine->store_to_read());
  if (NARU_TRY(is_nothing_in(store))) return refuse_empty(request, invocation);
  if (flags.as_of) request.as_of = NARU_TRY_AT(store->find_epoch(*flags.as_of), "--as-of");
  const Engine::Searcher searcher = NARU_TRY(engine->searcher(*store, Leg::hybrid, principal, request.knowledge_base));
  const std::optional<Note> known = searcher.note_for(request.question);
  if (known) output.note(without_control(note_text(*known)));
  AskTeller teller(output);
  const AskSetting setting{*store, searcher, engine->config(), generator_when_needed(*engine, output),
                           [&](const std::string& note) { output.note(without_control(note)); }};
  const Answer answer = NARU_TRY(ask_store(setting, request, flags.room, principal,
                                           invocation.json() ? AskEvents{} : teller.events(), invocation.stop()));
  if (invocation.json()) {
    output.json(answer_to_json(answer));
  } else {
    print(answer, NARU_TRY(ShowCommands::make(*store, principal, invocation, flags.as_of)), output);
  }
  return 0;
}

}  // namespace

void build_ask(Syntax& syntax) {
  const auto flags = std::make_shared<AskFlags>();
  syntax.arguments("QUESTION", flags->question, "The question.", Need::required)
      .text("--in", "KB", flags->base, "Only from this knowledge base.")
      .text("--filter", "EXPR", flags->filter, "Only from documents for which this holds, as in `naru search`.")
      .text("--as-of", "EPOCH|TAG", flags->as_of, "From the documents as they were then, as in `naru search`.")
      .text("--room", "NAME", flags->room,
            "In this room, made where it is not there: a question may lean on what was said in it before.")
      .flag("--no-llm", flags->no_llm, "Without a language model: the documents' own sentences.")
      .example("naru ask \"How many days of annual leave do I have?\"")
      .example("naru ask --room leave 그럼 반차는?")
      .example("naru ask 연차 휴가는 며칠인가요? --no-llm")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
