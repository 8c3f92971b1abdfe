// Evidence: is the answer likely to be in these passages at all? Weak evidence gives a refusal, not a guess. And which
// of their sentences answer best by themselves.
//
// Pure functions over what retrieval returned; any thread.
#pragma once

#include <string>
#include <vector>

#include "generate/passage.h"

namespace naru {

struct EvidenceStrength {
  double coverage = 0;  // best share of the question's weighted terms in one passage, 0..1
  double sentence = 0;  // the same in one sentence and its neighbours
  double cosine = 0;    // best vector score of a passage; 0 where there is none
  double nearest = 0;   // best cosine of a sentence with the question; 0 where there is none
  double score = 0;     // all together, 0..1: at least kEvidenceMin means that an answer is tried
};

// Below this an answer is refused. Chosen on labelled questions: docs/decisions/0010-answer-checks.md.
inline constexpr double kEvidenceMin = 0.5;

EvidenceStrength judge_evidence(const QuestionTerms& question, const std::vector<Passage>& passages,
                                bool meaningful_vectors);

// How near a sentence of a passage is to the question, by words and, where sentences have one, by cosine. `place` is
// the passage's place among the passages, from 0.
double score_sentence(const QuestionTerms& question, const Passage& passage, std::size_t place, std::size_t sentence);

// One sentence that answers, with how well.
struct Extract {
  std::size_t passage = 0, sentence = 0;
  double score = 0;
};

// The best sentences themselves, best first, at most `count`; titles are never among them.
std::vector<Extract> extract_sentences(const QuestionTerms& question, const std::vector<Passage>& passages,
                                       std::size_t count);

}  // namespace naru
