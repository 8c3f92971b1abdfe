// Evidence: is the answer likely to be in these passages at all? Weak evidence gives a refusal, not a guess. And which
// of their sentences answer best by themselves.
//
// Pure functions over what retrieval returned; any thread.
#pragma once

#include <string>
#include <vector>

#include "generate/passage.h"

namespace naru {

// What is known of the evidence, each 0..1. Cosines are 0 where no model that knows meaning was asked.
struct EvidenceStrength {
  double coverage = 0;  // best share of the question's weighted words in one passage
  double sentence = 0;  // the same in one sentence, its neighbours and the title above
  double cosine = 0;    // best of a passage with the question
  double nearest = 0;   // best of a sentence under its title
  double score = 0;     // all together: at least kEvidenceMin means that an answer is tried
};

// Below this an answer is refused.
inline constexpr double kEvidenceMin = 0.5;

// From here on no model that finds no answer in the passages is believed: the documents' own sentences are shown.
inline constexpr double kEvidenceSure = 0.75;

// Cosine of a sentence that is not compared: no unrelated pair of the default embedder's lies lower.
inline constexpr double kCosineFloor = 0.7;

// With `meaning`, Sentence::similarity was filled in.
EvidenceStrength judge_evidence(const QuestionTerms& question, const std::vector<Passage>& passages, bool meaning);

// How near a sentence of a passage is to the question: by cosine where it has one, else by words. `place` is the
// passage's place among the passages, from 0.
double score_sentence(const Passage& passage, std::size_t place, std::size_t sentence);

// Passages in the order of their best sentences: a passage with the answer in one of many sentences moves up.
void rerank(std::vector<Passage>& passages);

// One sentence that answers, with how well.
struct Extract {
  std::size_t passage = 0, sentence = 0;
  double score = 0;
};

// The best sentences themselves, best first, at most `count`; titles are never among them.
std::vector<Extract> extract_sentences(const std::vector<Passage>& passages, std::size_t count);

}  // namespace naru
