// Support: does a passage say what a sentence of an answer says?
//
// A sentence is aligned with the span of one passage that covers most of its content words. Every number, date, code
// and name of the sentence must stand there, it must not deny what the span affirms, and it must not say an opposite.
// What cannot be aligned is dropped by the caller. Who did what to whom is beyond this check: words, not grammar, are
// compared (docs/decisions/0010-answer-checks.md). Deterministic; an Aligner belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generate/denial.h"
#include "generate/facts.h"
#include "generate/passage.h"

namespace naru {

// A sentence whose content words are covered to this share counts as supported. Chosen on the sets of
// docs/decisions/0010-answer-checks.md.
inline constexpr double kSupportMin = 0.6;

// Longest span, in sentences, that one answer sentence may rest on.
inline constexpr std::size_t kSpanSentencesMax = 3;

struct Support {
  std::size_t passage = 0;
  std::size_t first = 0, last = 0;  // [first, last) of the passage's sentences
  double score = 0;                 // share of content words covered, 0..1
};

// Why a sentence was not taken: the check that its best span failed.
enum class Unsupported : std::uint8_t {
  words,     // too few of its content words stand together anywhere, or one is borrowed from the question
  numbers,   // a number, unit or date that the span does not have
  names,     // a name, code or address that the chunk does not have
  negation,  // it denies what the span affirms, or the other way
  opposite,  // it says "allowed" where the span says "prohibited"
  language,  // not the question's
  echo,      // it only says the question again
  kind,      // days where volumes are asked for
};

std::string_view unsupported_name(Unsupported reason);  // "words", "numbers" ...

struct Alignment {
  std::optional<Support> support;
  Unsupported reason = Unsupported::words;  // where there is no support
};

// Prepared once for the passages of an answer, which must outlive it.
class Aligner {
 public:
  // `question` may be null; with it, of two spans that cover a sentence equally the one nearer to the question is
  // taken.
  explicit Aligner(const std::vector<Passage>& passages, const QuestionTerms* question = nullptr);

  Alignment align(std::string_view sentence) const;

 private:
  struct PreparedSentence {
    Facts facts;
    std::vector<Clause> clauses;
  };
  struct PreparedPassage {
    std::vector<PreparedSentence> sentences;
    std::string lower;                // the whole chunk and its titles, for codes
    std::vector<std::string> words;   // content terms of the whole chunk and its titles, sorted
    std::vector<std::string> titles;  // content terms of title and headings, sorted
    Facts title_dates;                // "Rules of 2024" dates what stands below; other numbers of titles are list marks
  };
  struct Claim;
  struct Span;

  bool asked_for(const std::string& term) const;
  bool borrows(const Claim& claim, const Span& span) const;
  std::optional<Unsupported> contradiction(const Claim& claim, const Span& span) const;
  void try_span(const Claim& claim, const Span& span, Alignment& alignment, double& best_rank,
                double& best_failed) const;

  const std::vector<Passage>& passages_;
  const QuestionTerms* question_;
  std::vector<PreparedPassage> prepared_;
};

}  // namespace naru
