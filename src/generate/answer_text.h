// AnswerText: an answer as it grows, sentence by sentence, each followed by its marker; and CheckedStream, which lets a
// model's text through only after each sentence was aligned with a passage.
//
// Both belong to one ask() and its thread and borrow what they are given.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generate/answer.h"
#include "generate/question.h"
#include "generate/support.h"
#include "runtime/clock.h"

namespace naru {

class AnswerText {
 public:
  AnswerText(Answer& answer, const AskEvents& events, const Clock& clock, std::int64_t start_ns)
      : answer_(answer), events_(events), clock_(clock), start_ns_(start_ns) {}

  // Shown at once, with its citation.
  void add(const std::string& sentence, const Support& support);

 private:
  Answer& answer_;
  const AskEvents& events_;
  const Clock& clock_;
  const std::int64_t start_ns_;
  std::size_t code_points_ = 0;  // of answer_.text
  std::map<std::size_t, std::uint32_t> markers_;
};

// A model's text while it is being written. Checked sentences are held back until they are as near to the question as
// the passages' own best sentence, or nearly: a small model must not make the answer worse than its evidence.
class CheckedStream {
 public:
  enum class Ending : std::uint8_t { whole, cut_short };  // cut_short: at the limit of tokens, within a sentence

  // `needed`: what one sentence's span must score (score_of) before anything is shown.
  CheckedStream(Answer& answer, AnswerText& text, const QuestionTerms& question, double needed);

  // False: nothing more is wanted; the model said that there is no answer.
  bool take(std::string_view piece);
  void finish(Ending ending);

  bool said_no_answer() const { return no_answer_; }
  bool shown() const { return open_; }
  // Sentences that were supported, but never near enough to the question to be shown.
  std::size_t held() const { return held_.size(); }

 private:
  struct Held {
    std::string sentence;
    Support support;
  };

  void check(std::string_view raw);
  std::optional<Unsupported> misses_question(const std::string& sentence) const;
  void keep(std::string sentence, const Support& support);
  std::string in_full(const std::string& sentence, const Support& support) const;
  double score_of(const Support& support) const;

  Answer& answer_;
  AnswerText& text_;
  const double needed_;
  const Asked asked_;
  const std::vector<std::string> question_words_;  // stems, sorted
  const Aligner aligner_;
  std::string pending_;  // not yet a whole sentence
  std::vector<std::string> seen_;
  std::vector<Held> held_;
  bool open_ = false, no_answer_ = false;
};

// A model's sentence without list marks and passage markers, white space folded.
std::string clean_sentence(std::string_view text);

}  // namespace naru
