#include "generate/support.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::array<std::string_view, 8> kReasons = {"words",    "numbers",  "names", "negation",
                                                      "opposite", "language", "echo",  "kind"};

// A wider span must cover this much more than a narrower one to be worth its looseness.
constexpr double kWidenGain = 0.08;

// Titles say what a span is about and may bring its missing words, but the span itself must have this share of them.
constexpr double kSpanShareMin = 0.4;

// What being near to the question counts for beside coverage: it settles ties and no more.
constexpr double kQuestionGain = 0.05;

// A word of the question that has this share of its weight tells what it is about.
constexpr double kTellingShare = 0.1;

bool has(const std::vector<std::string>& sorted, const std::string& term) {
  return std::binary_search(sorted.begin(), sorted.end(), term);
}

std::vector<std::string> merge(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

std::string titles_of(const ChunkView& chunk) {
  std::string titles = chunk.title;
  for (const std::string& heading : chunk.heading_path) titles += "\n" + heading;
  return titles;
}

}  // namespace

struct Aligner::Claim {
  std::string text;
  std::vector<std::string> terms;
  Facts facts;
  std::vector<Clause> clauses;
  std::vector<const QuestionTerms::Word*> asked;  // telling words of the question that it says again
};

struct Aligner::Span {
  std::size_t passage = 0, first = 0, last = 0;
  std::vector<std::string> terms;  // of its sentences
};

std::string_view unsupported_name(Unsupported reason) { return kReasons[static_cast<std::size_t>(reason)]; }

Aligner::Aligner(const std::vector<Passage>& passages, const QuestionTerms* question)
    : passages_(passages), question_(question) {
  for (const Passage& passage : passages) {
    PreparedPassage prepared;
    const std::string titles = titles_of(passage.hit.chunk);
    prepared.lower = case_fold(passage.hit.chunk.text + "\n" + titles);
    prepared.titles = content_terms(titles);
    prepared.title_dates.dates = facts_in(titles).dates;
    prepared.words = prepared.titles;
    for (const Sentence& sentence : passage.sentences) {
      if (sentence.heading) prepared.titles = merge(prepared.titles, sentence.terms);
      prepared.words = merge(prepared.words, sentence.terms);
      prepared.sentences.push_back({facts_in(sentence.text), clauses_of(sentence.text)});
    }
    prepared_.push_back(std::move(prepared));
  }
}

// "Contractors receive annual leave" must not rest on a span about employees because the question was about
// contractors.
bool Aligner::borrows(const Claim& claim, const Span& span) const {
  const std::vector<std::string>& titles = prepared_[span.passage].titles;
  return std::any_of(claim.asked.begin(), claim.asked.end(), [&](const QuestionTerms::Word* word) {
    return std::none_of(word->terms.begin(), word->terms.end(),
                        [&](const auto& term) { return has(span.terms, term.first) || has(titles, term.first); });
  });
}

// "Debian" of the question may name what a passage calls "데비안".
bool Aligner::asked_for(const std::string& term) const {
  if (question_ == nullptr) return false;
  return std::any_of(question_->words().begin(), question_->words().end(), [&](const QuestionTerms::Word& word) {
    return std::any_of(word.terms.begin(), word.terms.end(), [&](const auto& part) { return part.first == term; });
  });
}

std::optional<Unsupported> Aligner::contradiction(const Claim& claim, const Span& span) const {
  const PreparedPassage& prepared = prepared_[span.passage];
  Facts facts = prepared.title_dates;
  std::vector<Clause> clauses;
  std::string text;
  for (std::size_t i = span.first; i < span.last; ++i) {
    add_facts(facts, prepared.sentences[i].facts);
    clauses.insert(clauses.end(), prepared.sentences[i].clauses.begin(), prepared.sentences[i].clauses.end());
    text += passages_[span.passage].sentences[i].text + " ";
  }
  if (borrows(claim, span)) return Unsupported::words;
  if (!numbers_hold(claim.facts, facts)) return Unsupported::numbers;
  const bool codes = std::all_of(claim.facts.codes.begin(), claim.facts.codes.end(), [&](const std::string& code) {
    return prepared.lower.find(code) != std::string::npos;
  });
  if (!codes) return Unsupported::names;
  for (const std::string& name : claim.facts.names) {  // the chunk may name it before and go on with "it"
    for (const std::string& term : content_terms(name)) {
      if (!has(prepared.words, term) && !asked_for(term)) return Unsupported::names;
    }
  }
  if (!same_polarity(claim.clauses, clauses)) return Unsupported::negation;
  if (says_opposite(claim.text, text)) return Unsupported::opposite;
  return std::nullopt;
}

void Aligner::try_span(const Claim& claim, const Span& span, Alignment& alignment, double& best_rank,
                       double& best_failed) const {
  const PreparedPassage& prepared = prepared_[span.passage];
  std::size_t in_span = 0, in_titles = 0;
  for (const std::string& term : claim.terms) {
    if (has(span.terms, term))
      ++in_span;
    else if (has(prepared.titles, term))
      ++in_titles;
  }
  const double count = static_cast<double>(claim.terms.size());
  const double score = static_cast<double>(in_span + in_titles) / count;
  if (score < kSupportMin || static_cast<double>(in_span) / count < kSpanShareMin) return;
  const double width = static_cast<double>(span.last - span.first - 1);
  const double nearness = question_ == nullptr ? 0 : kQuestionGain * question_->coverage(span.terms);
  const double rank = score - kWidenGain * width + nearness;
  if (alignment.support && rank <= best_rank) return;
  if (const std::optional<Unsupported> failed = contradiction(claim, span)) {
    if (!alignment.support && rank > best_failed) {
      alignment.reason = *failed;
      best_failed = rank;
    }
    return;
  }
  alignment.support = Support{span.passage, span.first, span.last, score};
  best_rank = rank;
}

Alignment Aligner::align(std::string_view sentence) const {
  const std::string text = nfc(sentence);
  Claim claim{text, content_terms(text), facts_in(text), clauses_of(text), {}};
  if (question_ != nullptr) {
    for (const QuestionTerms::Word& word : question_->words()) {
      const bool said = has(claim.terms, word.terms.front().first);
      if (said && word.weight >= kTellingShare * question_->total()) claim.asked.push_back(&word);
    }
  }
  Alignment alignment;
  if (claim.terms.empty()) return alignment;
  double best_rank = -1, best_failed = -1;
  for (std::size_t p = 0; p < passages_.size(); ++p) {
    const std::vector<Sentence>& sentences = passages_[p].sentences;
    for (std::size_t first = 0; first < sentences.size(); ++first) {
      if (sentences[first].heading) continue;  // titles are counted apart
      Span span{p, first, first, {}};
      while (span.last < std::min(sentences.size(), first + kSpanSentencesMax) && !sentences[span.last].heading) {
        span.terms = merge(span.terms, sentences[span.last].terms);
        ++span.last;
        try_span(claim, span, alignment, best_rank, best_failed);
      }
    }
  }
  return alignment;
}

}  // namespace naru
