// Answers: retrieve, pack, generate, check, cite. Every sentence that is shown is aligned with a span of a retrieved
// chunk; what is not is dropped and counted; weak evidence is refused with the nearest passages.
//
// Holds references that outlive it; ask() is called by one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/note.h"
#include "generate/citation.h"
#include "generate/evidence.h"
#include "generate/follow_up.h"
#include "generate/passage.h"
#include "naru/model.h"
#include "retrieve/retriever.h"
#include "store/store.h"

namespace naru {

class AnswerText;

struct AskRequest {
  std::string question;
  std::vector<PastTurn> history;  // of its conversation, oldest first; only to understand the question, never evidence
  std::optional<std::string> knowledge_base;
  std::optional<Expression> filter;
  std::optional<std::uint64_t> as_of;  // an epoch of the past; none: now
  // A model that finds no answer is believed where the evidence is not sure. Not for the small local models: they say
  // so of evidence that has the answer more often than of evidence that has not (docs/decisions/0009).
  bool model_may_refuse = false;
  bool no_llm = false;
};

enum class Method : std::uint8_t {
  model,    // sentences of the model, each checked
  extract,  // the documents' own sentences
  refusal,  // the evidence is too weak, or the model found no answer in it
};

std::string_view method_name(Method method);

// How much of a conversation was told to whoever rewrites a question.
struct HistoryUse {
  std::size_t turns_kept = 0, turns_dropped = 0;
};

struct Answer {
  std::string id;
  std::string question;  // as it was asked
  std::string asked;     // as it was understood: what was looked for and answered
  Understood understood = Understood::alone;
  std::optional<HistoryUse> history;  // none: it was asked outside of a conversation
  std::string text;
  bool refused = false;
  std::string language;  // of the question: "ko" or "en"
  Method method = Method::refusal;
  std::string model;  // name of the generator, where one was asked
  std::vector<Citation> citations;
  std::vector<Passage> evidence;
  EvidenceStrength strength;
  std::size_t dropped = 0;                     // sentences of the model that no passage supports
  std::vector<std::string> dropped_sentences;  // the first of them, with the check that failed: "numbers: It takes ..."
  std::vector<Note> notes;                     // what was dropped, guessed or not there
  std::vector<WordListVersion> word_lists;     // the files that acted on the question
  std::uint32_t prompt_tokens = 0, completion_tokens = 0;
  std::uint32_t cached_tokens = 0;  // of the prompt's: kept from earlier requests
  double rewrite_ms = 0, retrieve_ms = 0, first_token_ms = 0, total_ms = 0;
  std::uint64_t epoch = 0;
};

// What a person sees while they wait. Each may be empty. Where a model is asked to rewrite a question of a
// conversation, the first two come twice: at once, as far as the words alone tell, and when the model has written. The
// last counts.
struct AskEvents {
  std::function<void(const Answer&)> on_understood;  // only in a conversation: how the question was understood
  std::function<void(const std::vector<Passage>&)> on_evidence;
  std::function<void(std::string_view)> on_text;  // checked text only; never taken back
};

// Gives the model that writes, or null where there is none; then whoever wrote the function has said why.
using OpenGenerator = std::function<Generator*()>;

class Answerer {
 public:
  // `embedder` may be null, `open_generator` empty. It is called after evidence was shown: when a question of a
  // conversation must be rewritten, and where the evidence is strong enough for an answer. Else a refusal loads none.
  Answerer(Store& store, Retriever& retriever, OpenGenerator open_generator, Embedder* embedder)
      : store_(store), retriever_(retriever), open_generator_(std::move(open_generator)), embedder_(embedder) {}
  // A model that is open already, or null.
  Answerer(Store& store, Retriever& retriever, Generator* generator, Embedder* embedder)
      : Answerer(store, retriever, OpenGenerator([generator] { return generator; }), embedder) {}

  // Errors of retrieval, and cancelled. A refusal is an Answer, not an error; so is what the documents say themselves
  // where the model cannot be reached, with a note.
  Result<Answer> ask(const AskRequest& request, const Principal& principal, const AskEvents& events,
                     std::stop_token stop);

 private:
  Status understand(const AskRequest& request, const Principal& principal, const AskEvents& events,
                    std::stop_token stop, Answer& answer);
  bool may_ask_model(const AskRequest& request) const { return !request.no_llm && open_generator_; }
  Generator* generator(const AskRequest& request) { return may_ask_model(request) ? open_generator_() : nullptr; }
  Result<SearchResult> find_passages(const AskRequest& request, const Principal& principal, std::stop_token stop,
                                     Answer& answer);
  Result<QuestionTerms> gather_evidence(const AskRequest& request, const Principal& principal, std::stop_token stop,
                                        Answer& answer);
  Status write_answer(const AskRequest& request, const QuestionTerms& terms, std::stop_token stop, Answer& answer,
                      AnswerText& text);

  Store& store_;
  Retriever& retriever_;
  OpenGenerator open_generator_;
  Embedder* embedder_;
};

Json answer_to_json(const Answer& answer);
// What a conversation made of the question: {"question_rewritten","rewritten_by","history":{"turns_kept",
// "turns_dropped"}}, the first two only where it was rewritten; {} outside of a conversation.
Json understood_to_json(const Answer& answer);
Json evidence_to_json(const Passage& passage);  // as it stands there

}  // namespace naru
