#include "generate/answer_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "generate/prompt.h"
#include "runtime/trace.h"
#include "text/sentences.h"
#include "text/unicode.h"

namespace naru {

namespace {

// A model that writes this much without the end of a sentence is not writing sentences.
constexpr std::size_t kPendingBytesMax = 8 * 1024;

// Dropped sentences are kept for people to see; a model that repeats itself need not be kept whole.
constexpr std::size_t kDroppedMax = 20;

constexpr std::string_view kFormalStarts[] = {"됩니", "된다", "되는", "되며", "되나", "되어", "돼요", "합니",
                                              "한다", "하는", "하여", "해야", "해요", "할",   "있",   "입니",
                                              "이다", "수",   "것",   "며칠", "얼마", "몇"};

// A name or a number, and a phrase without an end.
constexpr std::size_t kFragmentWords = 2;
constexpr std::size_t kUnendedWords = 6;

// As long as a product's name or a command.
constexpr std::ptrdiff_t kLettersOfNoLanguage = 16;

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// "[1]", "[1, 2]", "[12]".
bool is_marker(std::string_view inside) {
  return !inside.empty() && inside.size() <= 6 && std::all_of(inside.begin(), inside.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == ',' || c == ' ';
  });
}

// Asked in Korean, answered in Korean; a name or a figure alone ("30 GB") is in no language.
bool is_other_language(std::string_view sentence, const std::string& language) {
  if (language != "ko" || has_hangul(sentence)) return false;
  return std::count_if(sentence.begin(), sentence.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }) > kLettersOfNoLanguage;
}

// Verbs that every Korean sentence ends with: "됩니다" after a question with "되나요" says nothing new.
bool is_formal(std::string_view stem) {
  return std::any_of(std::begin(kFormalStarts), std::end(kFormalStarts),
                     [&](std::string_view start) { return stem.starts_with(start); });
}

bool is_fragment(std::string_view sentence) {
  const std::size_t words = stem_terms(sentence).size();
  const bool ends = sentence.ends_with('.') || sentence.ends_with('!') || sentence.ends_with('?') ||
                    sentence.ends_with("다") || sentence.ends_with("요");
  return words <= kFragmentWords || (!ends && words <= kUnendedWords);
}

// "1. ", "2) ": a list's number is no fact of the sentence.
std::size_t list_mark_end(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && digits < 3 && text[digits] >= '0' && text[digits] <= '9') ++digits;
  const bool mark = digits > 0 && digits < 3 && digits + 1 < text.size() &&
                    (text[digits] == '.' || text[digits] == ')') && text[digits + 1] == ' ';
  return mark ? digits + 2 : 0;
}

std::string without_markers(std::string_view text) {
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t close = text[at] == '[' ? text.find(']', at) : std::string_view::npos;
    if (close != std::string_view::npos && is_marker(text.substr(at + 1, close - at - 1))) {
      if (!clean.empty() && clean.back() == ' ') clean.pop_back();  // "nine [1]." is "nine."
      at = close + 1;
      continue;
    }
    clean += text[at++];
  }
  return clean;
}

}  // namespace

void AnswerText::add(const std::string& sentence, const Support& support) {
  if (answer_.text.empty()) answer_.first_token_ms = elapsed_ms(start_ns_, clock_.monotonic_ns());
  Citation citation = cite(answer_.evidence[support.passage], support);
  citation.marker = markers_.emplace(support.passage, static_cast<std::uint32_t>(markers_.size() + 1)).first->second;
  const std::string gap = answer_.text.empty() ? "" : " ";
  citation.start = code_points_ + gap.size();
  citation.end = citation.start + count_code_points(sentence);
  const std::string piece = fmt::format("{}{} [{}]", gap, sentence, citation.marker);
  answer_.text += piece;
  code_points_ += count_code_points(piece);
  answer_.citations.push_back(std::move(citation));
  if (events_.on_text) events_.on_text(piece);
}

CheckedStream::CheckedStream(Answer& answer, AnswerText& text, const QuestionTerms& question, double needed)
    : answer_(answer),
      text_(text),
      needed_(needed),
      asked_(asked_for(answer.asked)),
      question_words_(stem_terms(answer.asked)),
      aligner_(answer.evidence, &question) {}

bool CheckedStream::take(std::string_view piece) {
  pending_ += piece;
  const std::vector<TextRange> ranges = split_sentences(pending_);
  std::size_t done = 0;
  for (std::size_t i = 0; i + 1 < ranges.size(); ++i) {  // the last one may not be complete
    check(std::string_view(pending_).substr(ranges[i].start, ranges[i].end - ranges[i].start));
    done = ranges[i].end;
  }
  pending_.erase(0, done);
  return !no_answer_ && pending_.size() <= kPendingBytesMax;
}

void CheckedStream::finish(Ending ending) {
  std::vector<TextRange> ranges = split_sentences(pending_);
  if (ending == Ending::cut_short && !ranges.empty()) ranges.pop_back();  // half a sentence says another thing
  for (const TextRange& range : ranges) {
    check(std::string_view(pending_).substr(range.start, range.end - range.start));
  }
  pending_.clear();
}

void CheckedStream::check(std::string_view raw) {
  Span span("check_answer");
  std::string sentence = clean_sentence(raw);
  if (span.on()) span.value("sentence", sentence);
  if (sentence.empty() || no_answer_) return;
  if (says_no_answer(sentence)) {
    no_answer_ = true;
    return;
  }
  if (std::find(seen_.begin(), seen_.end(), sentence) != seen_.end()) return;
  seen_.push_back(sentence);
  Alignment alignment = aligner_.align(sentence);
  if (alignment.support) {
    if (const std::optional<Unsupported> misses = misses_question(sentence)) alignment = {std::nullopt, *misses};
  }
  if (alignment.support) return keep(std::move(sentence), *alignment.support);
  ++answer_.dropped;
  if (answer_.dropped_sentences.size() < kDroppedMax) {
    answer_.dropped_sentences.push_back(fmt::format("{}: {}", unsupported_name(alignment.reason), sentence));
  }
}

// What is supported may still be no answer.
std::optional<Unsupported> CheckedStream::misses_question(const std::string& sentence) const {
  if (is_other_language(sentence, answer_.language)) return Unsupported::language;
  const std::vector<std::string> stems = stem_terms(sentence);
  const bool says_more = std::any_of(stems.begin(), stems.end(), [&](const std::string& stem) {
    return !is_formal(stem) && !std::binary_search(question_words_.begin(), question_words_.end(), stem);
  });
  if (asked_.open && !says_more) return Unsupported::echo;
  const Facts facts = facts_in(sentence);
  if (!facts.quantities.empty() && !has_asked(asked_, facts)) return Unsupported::kind;
  return std::nullopt;
}

void CheckedStream::keep(std::string sentence, const Support& support) {
  if (!open_ && score_of(support) < needed_) {
    held_.push_back({std::move(sentence), support});
    return;
  }
  open_ = true;
  for (const Held& held : held_) text_.add(in_full(held.sentence, held.support), held.support);
  held_.clear();
  text_.add(in_full(sentence, support), support);
}

// "15일" alone cannot be judged by who reads it: a fragment is followed by the sentence that it is taken from.
std::string CheckedStream::in_full(const std::string& sentence, const Support& support) const {
  if (!is_fragment(sentence)) return sentence;
  const Passage& passage = answer_.evidence[support.passage];
  std::size_t best = support.first;
  for (std::size_t s = support.first; s < support.last; ++s) {
    const bool nearer = score_sentence(passage, support.passage, s) > score_sentence(passage, support.passage, best);
    if (nearer) best = s;
  }
  return sentence + " — " + passage.sentences[best].text;
}

double CheckedStream::score_of(const Support& support) const {
  double best = 0;
  for (std::size_t s = support.first; s < support.last; ++s) {
    best = std::max(best, score_sentence(answer_.evidence[support.passage], support.passage, s));
  }
  return best;
}

std::string clean_sentence(std::string_view text) {
  std::string clean = without_markers(fold_white_space(nfc(text)));
  const auto skip_marks = [&](std::size_t at) { return std::min(clean.find_first_not_of("-*#> ", at), clean.size()); };
  std::size_t start = skip_marks(0);
  start = skip_marks(start + list_mark_end(std::string_view(clean).substr(start)));
  clean.erase(0, start);
  while (clean.ends_with('*') || clean.ends_with(' ')) clean.pop_back();
  return clean;
}

}  // namespace naru
