// Passages: what a question is answered from. Hits become few, short, right texts, cut at sentences.
//
// A passage keeps the chunk it came from and where each of its sentences stands there, so that a citation needs no
// search. Plain values; any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "generate/question.h"
#include "naru/model.h"
#include "retrieve/retriever.h"

namespace naru {

// One sentence of a passage. A heading or a table's row counts as one.
struct Sentence {
  std::string text;
  std::size_t start = 0, end = 0;  // bytes in the chunk's text
  bool heading = false;            // titles and questions say what follows is about; they never answer
  double coverage = 0;             // of the question by its own terms, 0..1
  double before = 0;               // of the question by the sentence before and the title above
  double around = 0;               // of the question by all of these and the sentence after
  bool of_asked_kind = false;      // a number is asked for, and it has one of that kind
  double similarity = 0;           // cosine with the question; 0 where nobody asked a model that knows meaning
  std::vector<std::string> terms;  // content terms, sorted, distinct
};

struct Passage {
  Hit hit;
  std::size_t also_in = 0;          // other documents with an equal chunk
  std::vector<Sentence> sentences;  // all of the chunk
  std::size_t first = 0, last = 0;  // [first, last): the window that is shown to the model; empty where none fits
  std::string text() const;         // of the window
};

using CountTokens = std::function<std::size_t(std::string_view)>;
// How near a sentence of a passage is to the question; larger is nearer.
using SentenceScore = std::function<double(const Passage& passage, std::size_t sentence)>;

// What the question's words tell: each weighs as much as it is rare. A Korean word counts as found by its beginning
// more than by its end, which is grammar; question words ("how many", "무엇인가요") tell nothing of where the answer
// stands.
class QuestionTerms {
 public:
  struct Word {
    std::vector<std::pair<std::string, double>> terms;  // with their shares of the word, which add up to 1
    double weight = 0;                                  // inverse document frequency
  };

  // `terms` and `rows` are the statistics that the search came back with: what it did not ask for weighs nothing.
  QuestionTerms(std::string_view question, const std::vector<TermShare>& terms, std::uint64_t rows);

  const std::vector<Word>& words() const { return words_; }
  const Asked& asked() const { return asked_; }
  double total() const { return total_; }
  // How much of the question's weight stands in `terms` (sorted), 0..1.
  double coverage(const std::vector<std::string>& terms) const;

 private:
  std::vector<Word> words_;
  Asked asked_;
  double total_ = 0;
};

// Content terms: analysed, distinct, sorted, without the verb endings that every Korean sentence has.
std::vector<std::string> content_terms(std::string_view text);

// As content_terms, but of a Korean word only its beginning: "받았습니다" and "받는다" have no term in common else.
std::vector<std::string> stem_terms(std::string_view text);

// The sentences of a chunk's text, with its headings marked.
std::vector<Sentence> sentences_of(const ChunkView& chunk);

struct PackOptions {
  std::size_t passages_max = 5;
  // A model on two cores reads about 35 tokens a second, so what it is given is short.
  std::size_t tokens_max = 360;          // of all windows together
  std::size_t tokens_per_passage = 130;  // a longer chunk is cut to the sentences around its best one
};

// Distinct chunks, best first, at most passages_max: equal ones are collapsed, the best hit of the lexical leg is
// always among them, and their sentences are weighed by the question's words.
std::vector<Passage> choose_passages(const std::vector<Hit>& hits, const QuestionTerms& question,
                                     const PackOptions& options);

// Cuts each passage to the window around its best sentence by `score`, in order, until the budget is used; what does
// not fit keeps an empty window.
void pack_context(std::vector<Passage>& passages, const SentenceScore& score, const CountTokens& count_tokens,
                  const PackOptions& options);

}  // namespace naru
