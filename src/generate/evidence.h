// Evidence: is the answer likely to be in these passages at all? Weak evidence gives a refusal, not a guess. And which
// of their sentences answer best by themselves.
//
// Pure functions over what retrieval returned; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "generate/passage.h"

namespace naru {

// What is known of the evidence, each 0..1. Cosines are 0 where no model that knows meaning was asked.
struct EvidenceStrength {
  double coverage = 0;      // best share of the question's weighted words in one passage
  double sentence = 0;      // the same in one sentence, its neighbours and the title above
  double missing = 0;       // weight share of the most telling word that stands in none of the passages
  double cosine = 0;        // best of a passage
  double nearest = 0;       // best of a sentence
  double contrast = 0;      // nearest less the mean of all sentences: how much it stands out
  double lacks_number = 0;  // 1: a number or date is asked for, and the best sentences have none
  double vague = 0;         // 1 / (1 + telling words of the question)
  double score = 0;         // all together: at least kEvidenceMin means that an answer is tried
};

// Below this an answer is refused. Chosen on labelled questions: docs/decisions/0010-answer-checks.md.
inline constexpr double kEvidenceMin = 0.5;

EvidenceStrength judge_evidence(std::string_view text, const QuestionTerms& question,
                                const std::vector<Passage>& passages, bool meaningful_vectors);

// "how many", "when", "며칠", "얼마": only a number, a date or a time answers.
bool asks_number(std::string_view question);

// How near a sentence of a passage is to the question, by words and, where sentences have one, by cosine. `place` is
// the passage's place among the passages, from 0.
double score_sentence(const Passage& passage, std::size_t place, std::size_t sentence);

// One sentence that answers, with how well.
struct Extract {
  std::size_t passage = 0, sentence = 0;
  double score = 0;
};

// The best sentences themselves, best first, at most `count`; titles are never among them.
std::vector<Extract> extract_sentences(const std::vector<Passage>& passages, std::size_t count);

}  // namespace naru
