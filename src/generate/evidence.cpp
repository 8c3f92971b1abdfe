#include "generate/evidence.h"

#include <algorithm>
#include <cmath>

namespace naru {

namespace {

// e5 cosines of unrelated texts lie near 0.75 and those of an answer above 0.88: the line between is where the logistic
// curve turns. Figures in docs/decisions/0010-answer-checks.md.
constexpr double kCosineMiddle = 0.83;
constexpr double kCosineSlope = 40.0;

// Shares of a sentence's score, chosen on questions with known answers (docs/decisions/0010-answer-checks.md).
constexpr double kBeforeShare = 0.3;   // what stands just before names the subject that a sentence only points to
constexpr double kMeaningShare = 2.0;  // cosines differ by less than words do
constexpr double kPlaceShare = 0.15;   // a better passage is likelier to hold the answer

double logistic(double x) { return 1.0 / (1.0 + std::exp(-x)); }

std::vector<std::string> merge_terms(const std::vector<Sentence>& sentences, std::size_t first, std::size_t last) {
  std::vector<std::string> all;
  for (std::size_t i = first; i < last; ++i) {
    all.insert(all.end(), sentences[i].terms.begin(), sentences[i].terms.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace

EvidenceStrength judge_evidence(const QuestionTerms& question, const std::vector<Passage>& passages,
                                bool meaningful_vectors) {
  EvidenceStrength strength;
  for (const Passage& passage : passages) {
    const std::vector<Sentence>& sentences = passage.sentences;
    strength.coverage = std::max(strength.coverage, question.coverage(merge_terms(sentences, 0, sentences.size())));
    for (std::size_t i = 0; i < sentences.size(); ++i) {
      const std::size_t first = i == 0 ? 0 : i - 1;
      const std::size_t last = std::min(sentences.size(), i + 2);
      strength.sentence = std::max(strength.sentence, question.coverage(merge_terms(sentences, first, last)));
      strength.nearest = std::max(strength.nearest, sentences[i].similarity);
    }
    if (meaningful_vectors && passage.hit.vector) strength.cosine = std::max(strength.cosine, *passage.hit.vector);
  }
  const double words = 0.5 * strength.coverage + 0.5 * strength.sentence;
  strength.score = words;
  if (meaningful_vectors) {
    const double meaning = logistic(kCosineSlope * (strength.cosine - kCosineMiddle));
    strength.score = 0.5 * words + 0.5 * meaning;
  }
  return strength;
}

double score_sentence(const QuestionTerms& question, const Passage& passage, std::size_t place, std::size_t sentence) {
  const std::vector<Sentence>& sentences = passage.sentences;
  double score = question.coverage(sentences[sentence].terms);
  if (sentence > 0) score += kBeforeShare * question.coverage(sentences[sentence - 1].terms);
  score += kMeaningShare * sentences[sentence].similarity;
  return score + kPlaceShare / static_cast<double>(place + 1);
}

std::vector<Extract> extract_sentences(const QuestionTerms& question, const std::vector<Passage>& passages,
                                       std::size_t count) {
  std::vector<Extract> extracts;
  for (std::size_t p = 0; p < passages.size(); ++p) {
    for (std::size_t s = 0; s < passages[p].sentences.size(); ++s) {
      if (!passages[p].sentences[s].heading) extracts.push_back({p, s, score_sentence(question, passages[p], p, s)});
    }
  }
  std::stable_sort(extracts.begin(), extracts.end(),
                   [](const Extract& a, const Extract& b) { return a.score > b.score; });
  if (extracts.size() > count) extracts.resize(count);
  return extracts;
}

}  // namespace naru
