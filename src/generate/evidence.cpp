#include "generate/evidence.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "generate/facts.h"
#include "text/unicode.h"

namespace naru {

namespace {

// e5 cosines of unrelated texts lie near 0.75 and those of an answer above 0.88: the line between is where the logistic
// curve turns. Figures in docs/decisions/0010-answer-checks.md.
constexpr double kCosineMiddle = 0.83;
constexpr double kCosineSlope = 40.0;

// Shares of a sentence's score, chosen on questions with known answers (docs/decisions/0010-answer-checks.md).
constexpr double kBeforeShare =
    0.3;  // what stands just before, and the title, name the subject that a sentence only points to
constexpr double kMeaningShare = 2.0;  // cosines differ by less than words do
constexpr double kPlaceShare = 0.15;   // a better passage is likelier to hold the answer

// A number that is asked for stands in one of the best sentences, or it is not there.
constexpr std::size_t kSentencesWithNumber = 3;

// Questions whose answer is a number, a date or a time of day.
constexpr std::string_view kNumberQuestions[] = {
    "몇",       "며칠",     "얼마",      "언제",      "how many",   "how much",  "how long",     "how old",
    "how far",  "how tall", "how often", "what year", "what date",  "what time", "what percent", "when did",
    "when was", "when is",  "when were", "when does", "which year", "how big",   "how large",    "how high"};

double logistic(double x) { return 1.0 / (1.0 + std::exp(-x)); }

std::vector<std::string> terms_of_all(const std::vector<Sentence>& sentences) {
  std::vector<std::string> all;
  for (const Sentence& sentence : sentences) all.insert(all.end(), sentence.terms.begin(), sentence.terms.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

double most_telling_missing(const QuestionTerms& question, const std::vector<std::string>& terms) {
  double most = 0;
  for (const QuestionTerms::Word& word : question.words()) {
    const bool found = std::any_of(word.terms.begin(), word.terms.end(), [&](const auto& term) {
      return std::binary_search(terms.begin(), terms.end(), term.first);
    });
    if (!found) most = std::max(most, word.weight / question.total());
  }
  return most;
}

bool has_number(const std::vector<Passage>& passages) {
  for (const Extract& best : extract_sentences(passages, kSentencesWithNumber)) {
    const Facts facts = facts_in(passages[best.passage].sentences[best.sentence].text);
    if (!facts.quantities.empty() || !facts.dates.empty()) return true;
  }
  return false;
}

}  // namespace

bool asks_number(std::string_view question) {
  const std::string text = case_fold(fold_white_space(question));
  return std::any_of(std::begin(kNumberQuestions), std::end(kNumberQuestions),
                     [&](std::string_view phrase) { return text.find(phrase) != std::string::npos; });
}

EvidenceStrength judge_evidence(std::string_view text, const QuestionTerms& question,
                                const std::vector<Passage>& passages, bool meaningful_vectors) {
  EvidenceStrength strength;
  std::vector<std::string> everywhere;
  double sum = 0, count = 0;
  for (const Passage& passage : passages) {
    const std::vector<Sentence>& sentences = passage.sentences;
    const std::vector<std::string> terms = terms_of_all(sentences);
    strength.coverage = std::max(strength.coverage, question.coverage(terms));
    everywhere.insert(everywhere.end(), terms.begin(), terms.end());
    for (std::size_t i = 0; i < sentences.size(); ++i) {
      strength.sentence = std::max(strength.sentence, sentences[i].around);
      strength.nearest = std::max(strength.nearest, sentences[i].similarity);
      sum += sentences[i].similarity;
      count += sentences[i].similarity > 0 ? 1 : 0;
    }
    if (meaningful_vectors && passage.hit.vector) strength.cosine = std::max(strength.cosine, *passage.hit.vector);
  }
  if (count > 0) strength.contrast = strength.nearest - sum / count;
  std::sort(everywhere.begin(), everywhere.end());
  strength.missing = most_telling_missing(question, everywhere);
  strength.vague = 1.0 / (1.0 + static_cast<double>(question.words().size()));
  strength.lacks_number = asks_number(text) && !has_number(passages) ? 1 : 0;
  const double words = 0.5 * strength.coverage + 0.5 * strength.sentence;
  strength.score = words;
  if (meaningful_vectors) {
    const double meaning = logistic(kCosineSlope * (strength.cosine - kCosineMiddle));
    strength.score = 0.5 * words + 0.5 * meaning;
  }
  return strength;
}

double score_sentence(const Passage& passage, std::size_t place, std::size_t sentence) {
  const Sentence& scored = passage.sentences[sentence];
  return scored.coverage + kBeforeShare * scored.before + kMeaningShare * scored.similarity +
         kPlaceShare / static_cast<double>(place + 1);
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
