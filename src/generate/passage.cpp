#include "generate/passage.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "runtime/trace.h"
#include "text/analyzer.h"
#include "text/sentences.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Bigrams of Korean verb endings: they stand in nearly every sentence and say nothing of what it is about.
constexpr std::array<std::string_view, 38> kEndings = {
    "습니", "니다", "입니", "합니",   "됩니", "한다", "된다", "이다", "있다", "있는", "하는", "되는", "하여",
    "되어", "했다", "였다", "으로",   "에서", "했습", "었습", "았습", "였습", "있습", "인가", "가요", "나요",
    "는다", "않는", "니까", "습니까", "은가", "는가", "는지", "은지", "세요", "어요", "아요", "해요"};

// Each further bigram of a Korean word tells less of what it is about: stems come first, endings last.
constexpr double kLaterShare = 0.6;

// Words that ask; by their beginning in Korean, whole in English (the rest of them are the analyzer's stop words).
constexpr std::array<std::string_view, 19> kQuestionStarts = {"무엇",   "무슨", "뭐",   "뭔",   "어떤", "어떻", "어디",
                                                              "어느",   "언제", "누구", "누가", "얼마", "며칠", "알려",
                                                              "설명해", "말해", "궁금", "있나", "인가"};
constexpr std::array<std::string_view, 10> kQuestionWords = {"몇",   "왜",      "many",     "much", "please",
                                                             "tell", "explain", "describe", "does", "would"};

bool is_ending(const std::string& term) { return std::find(kEndings.begin(), kEndings.end(), term) != kEndings.end(); }

bool is_question_word(std::string_view raw) {
  const std::string word = case_fold(raw);
  return std::find(kQuestionWords.begin(), kQuestionWords.end(), word) != kQuestionWords.end() ||
         std::any_of(kQuestionStarts.begin(), kQuestionStarts.end(),
                     [&](std::string_view start) { return word.starts_with(start); });
}

// What stands between blanks, without the marks at its ends. As it is written: the analyzer splits "camelCase".
std::vector<std::string> words_of(std::string_view raw) {
  const std::string text = fold_white_space(nfc(raw));
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    std::string_view word = std::string_view(text).substr(at, end - at);
    while (!word.empty() && std::string_view("?!.,;:()\"'").find(word.back()) != std::string_view::npos)
      word.remove_suffix(1);
    while (!word.empty() && std::string_view("(\"'").find(word.front()) != std::string_view::npos)
      word.remove_prefix(1);
    if (!word.empty()) words.emplace_back(word);
    at = end + 1;
  }
  return words;
}

std::vector<std::string> terms_of(std::string_view text) {
  std::vector<std::string> terms = analyze(text);
  std::erase_if(terms, is_ending);
  return terms;
}

std::vector<std::string> sorted_distinct(std::vector<std::string> terms) {
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

// The chunk's blocks. One that was made by hand has none and is cut where blocks are joined.
std::vector<ChunkBlock> blocks_of(const ChunkView& chunk) {
  if (!chunk.blocks.empty()) return chunk.blocks;
  std::vector<ChunkBlock> blocks;
  for (std::size_t at = 0; at < chunk.text.size();) {
    const std::size_t end = std::min(chunk.text.find(kBlockSeparator, at), chunk.text.size());
    const std::string_view text = std::string_view(chunk.text).substr(at, end - at);
    const bool heading =
        std::find(chunk.heading_path.begin(), chunk.heading_path.end(), text) != chunk.heading_path.end();
    blocks.push_back({heading ? BlockKind::heading : BlockKind::paragraph, at, end});
    at = end + kBlockSeparator.size();
  }
  return blocks;
}

// A table's row or a line of code says one thing.
std::vector<TextRange> split_lines(std::string_view text) {
  std::vector<TextRange> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) lines.push_back({at, end});
    at = end + 1;
  }
  return lines;
}

std::vector<std::string> merge(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

// How much of the question each sentence and what stands around it have.
void weigh_sentences(std::vector<Sentence>& sentences, const std::vector<std::string>& titles,
                     const QuestionTerms& question) {
  const std::vector<std::string>* title = &titles;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const std::vector<std::string> before = i == 0 ? *title : merge(*title, sentences[i - 1].terms);
    std::vector<std::string> around = merge(before, sentences[i].terms);
    if (i + 1 < sentences.size()) around = merge(around, sentences[i + 1].terms);
    sentences[i].coverage = question.coverage(sentences[i].terms);
    sentences[i].before = question.coverage(before);
    sentences[i].around = question.coverage(around);
    sentences[i].of_asked_kind = question.asked().number && has_asked(question.asked(), facts_in(sentences[i].text));
    if (sentences[i].heading) title = &sentences[i].terms;
  }
}

std::vector<std::string> title_terms(const ChunkView& chunk) {
  std::string titles = chunk.title;
  for (const std::string& heading : chunk.heading_path) titles += "\n" + heading;
  return content_terms(titles);
}

// Grows a window around the best sentence until the tokens are used.
void cut_window(Passage& passage, const SentenceScore& score, const CountTokens& count_tokens, std::size_t tokens_max) {
  passage.first = 0;
  passage.last = passage.sentences.size();
  if (passage.sentences.empty() || count_tokens(passage.text()) <= tokens_max) return;
  std::vector<std::size_t> tokens;
  std::size_t best = 0;
  double best_score = -1;
  for (std::size_t i = 0; i < passage.sentences.size(); ++i) {
    tokens.push_back(count_tokens(passage.sentences[i].text));
    const double scored = passage.sentences[i].heading ? -1 : score(passage, i);
    if (scored > best_score) {
      best_score = scored;
      best = i;
    }
  }
  passage.first = best;
  passage.last = best + 1;
  std::size_t used = tokens[best];
  while (true) {  // what follows a sentence explains it more often than what stands before: two steps on, one back
    bool grown = false;
    for (int step = 0; step < 2; ++step) {
      if (passage.last < tokens.size() && used + tokens[passage.last] <= tokens_max) {
        used += tokens[passage.last++];
        grown = true;
      }
    }
    if (passage.first > 0 && used + tokens[passage.first - 1] <= tokens_max) {
      used += tokens[--passage.first];
      grown = true;
    }
    if (!grown) return;
  }
}

// Fusion may hide the one hit that has the question's very words behind hits that are only near in meaning: the best
// hit of the lexical leg is always looked at, as the last that would be.
std::vector<Hit> with_best_lexical(const std::vector<Hit>& hits, std::size_t passages_max) {
  std::vector<Hit> ordered = hits;
  const auto best = std::max_element(ordered.begin(), ordered.end(), [](const Hit& a, const Hit& b) {
    return a.lexical.value_or(0) < b.lexical.value_or(0);
  });
  const auto last = ordered.begin() + static_cast<std::ptrdiff_t>(std::min(passages_max, ordered.size()));
  if (best == ordered.end() || best < last || best->lexical.value_or(0) <= 0) return ordered;
  std::rotate(last - 1, best, best + 1);
  return ordered;
}

// A question in a text says what comes next is about, as a title does; it answers nothing.
bool is_question(std::string_view sentence) { return sentence.ends_with("?") || sentence.ends_with("？"); }

// "2.1.": what numbers a title or an item.
bool has_letters(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (is_letter(next_code_point(text, at))) return true;
  }
  return false;
}

}  // namespace

std::string Passage::text() const {
  if (first >= last) return {};
  const std::size_t start = sentences[first].start;
  return hit.chunk.text.substr(start, sentences[last - 1].end - start);
}

QuestionTerms::QuestionTerms(std::string_view question, const std::vector<TermShare>& terms, std::uint64_t rows)
    : asked_(asked_for(question)) {
  std::unordered_map<std::string_view, std::uint64_t> frequencies;
  for (const TermShare& term : terms) frequencies.emplace(term.term, term.document_frequency);
  const double count = static_cast<double>(rows);
  std::set<std::string> seen;
  for (const std::string& token : words_of(question)) {
    if (is_question_word(token) || !seen.insert(token).second) continue;
    Word word;
    double share = 1, shares = 0;
    for (std::string& term : terms_of(token)) {
      const auto known = frequencies.find(term);
      if (known == frequencies.end()) continue;  // the search did not ask for it: grammar, or a word that only asks
      const double frequency = static_cast<double>(known->second);
      word.weight = std::max(word.weight, std::log(1 + (count - frequency + 0.5) / (frequency + 0.5)));  // as BM25
      shares += share;
      word.terms.emplace_back(std::move(term), share);
      share *= kLaterShare;
    }
    if (word.terms.empty()) continue;
    for (auto& [term, part] : word.terms) part /= shares;
    total_ += word.weight;
    words_.push_back(std::move(word));
  }
}

double QuestionTerms::coverage(const std::vector<std::string>& terms) const {
  if (total_ <= 0) return 0;
  double sum = 0;
  for (const Word& word : words_) {
    for (const auto& [term, share] : word.terms) {
      if (std::binary_search(terms.begin(), terms.end(), term)) sum += word.weight * share;
    }
  }
  return sum / total_;
}

std::vector<std::string> content_terms(std::string_view text) { return sorted_distinct(terms_of(text)); }

std::vector<std::string> stem_terms(std::string_view text) {
  std::vector<std::string> stems;
  for (const std::string& word : words_of(text)) {
    bool hangul_seen = false;
    for (std::string& term : terms_of(word)) {
      if (std::exchange(hangul_seen, has_hangul(term) || hangul_seen) && has_hangul(term)) continue;
      stems.push_back(std::move(term));
    }
  }
  return sorted_distinct(std::move(stems));
}

std::vector<Sentence> sentences_of(const ChunkView& chunk) {
  std::vector<Sentence> found;
  for (const ChunkBlock& block : blocks_of(chunk)) {
    const std::string_view text = std::string_view(chunk.text).substr(block.start, block.end - block.start);
    const bool by_line = block.kind == BlockKind::table || block.kind == BlockKind::code;
    for (const TextRange& range : by_line ? split_lines(text) : split_sentences(text)) {
      Sentence sentence;
      sentence.start = block.start + range.start;
      sentence.end = block.start + range.end;
      sentence.text = fold_white_space(text.substr(range.start, range.end - range.start));
      sentence.heading = block.kind == BlockKind::heading || is_question(sentence.text) || !has_letters(sentence.text);
      if (sentence.text.empty()) continue;
      sentence.terms = content_terms(sentence.text);
      found.push_back(std::move(sentence));
    }
  }
  return found;
}

std::vector<Passage> choose_passages(const std::vector<Hit>& hits, const QuestionTerms& question,
                                     const PackOptions& options) {
  std::vector<Passage> passages;
  std::unordered_map<std::string, std::size_t> by_text;
  std::vector<std::unordered_set<std::string>> documents;  // of each passage
  for (const Hit& hit : with_best_lexical(hits, options.passages_max)) {
    const std::string doc = hit.chunk.knowledge_base + '\0' + hit.chunk.doc;
    const auto equal = by_text.find(hit.chunk.text);
    if (equal != by_text.end()) {
      documents[equal->second].insert(doc);
      passages[equal->second].also_in = documents[equal->second].size() - 1;
      continue;
    }
    if (passages.size() >= options.passages_max) continue;  // go on: later hits may be equal to one of these
    Passage passage;
    passage.hit = hit;
    passage.sentences = sentences_of(hit.chunk);
    if (passage.sentences.empty()) continue;
    weigh_sentences(passage.sentences, title_terms(hit.chunk), question);
    by_text.emplace(hit.chunk.text, passages.size());
    documents.push_back({doc});
    passages.push_back(std::move(passage));
  }
  return passages;
}

void pack_context(std::vector<Passage>& passages, const SentenceScore& score, const CountTokens& count_tokens,
                  const PackOptions& options) {
  Span span("pack_context");
  std::size_t used = 0;
  for (Passage& passage : passages) {
    const std::size_t left = options.tokens_max - std::min(used, options.tokens_max);
    cut_window(passage, score, count_tokens, std::min(options.tokens_per_passage, left));
    const std::size_t tokens = count_tokens(passage.text());
    if (tokens > left && used > 0) {
      passage.last = passage.first;
    } else {
      used += tokens;
    }
  }
  span.value("passages", passages.size());
  span.value("tokens", used);
}

}  // namespace naru
