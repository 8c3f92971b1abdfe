#include "generate/evidence.h"

#include <algorithm>
#include <cmath>

#include "runtime/trace.h"

namespace naru {

namespace {

// All figures here were chosen on questions whose documents are there or were taken away, and on questions with known
// answers: docs/decisions/0010-answer-checks.md.

// Cosine of the best sentence plus a little of its words, at which as many questions have their answer as have not; how
// steeply the odds turn there is the slope of the logistic regression.
constexpr double kMeaningMiddle = 0.895;
constexpr double kMeaningSlope = 46.0;
constexpr double kWordsBesideMeaning = 0.05;

// The same for words alone.
constexpr double kWordsMiddle = 0.5;
constexpr double kWordsSlope = 7.5;

// A sentence by meaning: cosines from the floor to 1 become 0..1; the rest settles what cosines leave open.
constexpr double kCoverageShare = 0.2;
constexpr double kBeforeShare = 0.05;  // what stands before, and the title, name the subject a sentence only points to
constexpr double kPlaceShare = 0.06;   // a better passage is likelier to hold the answer

// A number is asked for, and the sentence has one of that kind.
constexpr double kAskedShare = 0.15;

// A sentence by words.
constexpr double kPlaceShareOfWords = 0.1;

double logistic(double x) { return 1.0 / (1.0 + std::exp(-x)); }

std::vector<std::string> terms_of_all(const std::vector<Sentence>& sentences) {
  std::vector<std::string> all;
  for (const Sentence& sentence : sentences) all.insert(all.end(), sentence.terms.begin(), sentence.terms.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace

EvidenceStrength judge_evidence(const QuestionTerms& question, const std::vector<Passage>& passages, bool meaning) {
  EvidenceStrength strength;
  for (const Passage& passage : passages) {
    strength.coverage = std::max(strength.coverage, question.coverage(terms_of_all(passage.sentences)));
    for (const Sentence& sentence : passage.sentences) {
      strength.sentence = std::max(strength.sentence, sentence.around);
      strength.nearest = std::max(strength.nearest, sentence.similarity);
    }
    if (meaning && passage.hit.vector) strength.cosine = std::max(strength.cosine, *passage.hit.vector);
  }
  const double words = 0.5 * strength.coverage + 0.5 * strength.sentence;
  strength.score =
      meaning ? logistic(kMeaningSlope * (strength.nearest + kWordsBesideMeaning * strength.sentence - kMeaningMiddle))
              : logistic(kWordsSlope * (words - kWordsMiddle));
  if (passages.empty()) strength.score = 0;
  return strength;
}

double score_sentence(const Passage& passage, std::size_t place, std::size_t sentence) {
  const Sentence& scored = passage.sentences[sentence];
  const double rank = 1.0 / static_cast<double>(place + 1);
  const double asked = scored.of_asked_kind ? kAskedShare : 0;
  if (scored.similarity == 0) return scored.coverage + asked + kPlaceShareOfWords * rank;
  const double meaning = std::max(0.0, scored.similarity - kCosineFloor) / (1 - kCosineFloor);
  return meaning + kCoverageShare * scored.coverage + kBeforeShare * scored.before + asked + kPlaceShare * rank;
}

void rerank(std::vector<Passage>& passages) {
  const Span span("rerank");
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t p = 0; p < passages.size(); ++p) {
    double best = 0;
    for (std::size_t s = 0; s < passages[p].sentences.size(); ++s) {
      if (!passages[p].sentences[s].heading) best = std::max(best, score_sentence(passages[p], p, s));
    }
    order.emplace_back(best, p);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Passage> ranked;
  for (const auto& [score, place] : order) ranked.push_back(std::move(passages[place]));
  passages = std::move(ranked);
}

std::vector<Extract> extract_sentences(const std::vector<Passage>& passages, std::size_t count) {
  std::vector<Extract> extracts;
  for (std::size_t p = 0; p < passages.size(); ++p) {
    for (std::size_t s = 0; s < passages[p].sentences.size(); ++s) {
      if (!passages[p].sentences[s].heading) extracts.push_back({p, s, score_sentence(passages[p], p, s)});
    }
  }
  std::stable_sort(extracts.begin(), extracts.end(),
                   [](const Extract& a, const Extract& b) { return a.score > b.score; });
  if (extracts.size() > count) extracts.resize(count);
  return extracts;
}

}  // namespace naru
