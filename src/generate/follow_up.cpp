#include "generate/follow_up.h"

#include <algorithm>
#include <array>

#include "generate/passage.h"
#include "runtime/trace.h"
#include "text/token_estimate.h"
#include "text/unicode.h"

namespace naru {

namespace {

// A question of a hundred syllables; longer ones are answers.
constexpr std::size_t kRewrittenBytesMax = 400;
constexpr std::uint32_t kRewrittenTokensMax = 80;

// With fewer words that say what it is about, a question may have left out the rest.
constexpr std::size_t kOwnWordsMin = 2;

// "For part-timers?", "In the second year?"
constexpr std::size_t kFragmentWordsMax = 4;

// Of the words of a rewritten question at most this share may come from nowhere: endings and the grammar of questions.
constexpr double kUnknownMax = 0.34;

// Words that go on from what was said, at the beginning of a question.
constexpr std::string_view kLeads[] = {"그럼",   "그러면", "그렇다면", "그런데", "근데", "그리고", "또",  "또한",
                                       "그래서", "그래도", "하지만",   "and",    "but",  "so",     "or",  "then",
                                       "also",   "ok",     "okay"};

// And at its end: "What does it pay then?"
constexpr std::string_view kTails[] = {"then", "too", "instead", "though"};

// Words that point at what was said.
constexpr std::string_view kPointers[] = {
    "it",   "its",  "they", "them", "their", "theirs", "he",     "she",    "him",    "his",   "her",  "these", "those",
    "this", "that", "one",  "ones", "same",  "former", "latter", "there",  "other",  "others", "else", "그",   "이",
    "저",   "해당", "위",   "앞",   "방금",  "아까",   "나머지", "다른",   "둘"};
constexpr std::string_view kPointerFronts[] = {"그것", "그건", "그게", "그걸", "그거", "이것", "이건", "이게", "이걸",
                                               "저것", "거기", "그곳", "그때", "그중", "그분", "그들", "그런", "이런"};

// Words that ask and say nothing of what about.
constexpr std::string_view kAskingFronts[] = {"언제", "어디", "왜",   "누가", "누구", "얼마", "몇",    "무엇",
                                              "무슨", "뭐",   "뭔",   "뭘",   "어떻", "어떤", "어느",  "며칠",
                                              "가능", "되나", "인가", "하나", "있나", "한가", "할까",  "될까"};
constexpr std::string_view kAskingWords[] = {"what", "when", "where", "why",  "who",  "whom", "whose", "how",
                                             "which", "much", "many", "long", "about", "need", "get",  "happen"};

// A Korean question that ends so has left its verb out: "주말은?", "팀장도요?"
constexpr std::string_view kOpenEnds[] = {"은", "는", "은요", "는요", "도", "도요", "라면", "라면요", "이면", "이면요"};

// Behind the words that name a topic, in Korean: "연차 휴가는 며칠인가요?", "도서관의 연체료는 얼마인가요?"
constexpr std::string_view kTopicEnds[] = {"은", "는", "의", "이", "가", "을", "를", "에서"};

constexpr std::string_view kPrepositions[] = {"for",     "with",   "in",     "on",    "at", "from",
                                              "without", "during", "after",  "before", "by", "if"};

constexpr std::string_view kSystem =
    "Rewrite the last question of a conversation so that it can be understood alone. Keep its language and its words; "
    "add only what it leaves out, in words of the conversation. If it can be understood alone, repeat it unchanged. "
    "Write one question and nothing else.";

// Shown as a conversation of its own, which small models follow better than rules. None of it is about anything that
// people ask here every day.
struct Example {
  std::string_view turns, question, rewritten;
};
constexpr Example kExamples[] = {
    {"Q: How long may a boat stay at the north pier?\nA: A boat may stay for three nights.\n", "And at the south pier?",
     "How long may a boat stay at the south pier?"},
    {"Q: 박물관 입장료는 얼마인가요?\nA: 어른은 4,000원입니다.\n", "그럼 어린이는?",
     "박물관 어린이 입장료는 얼마인가요?"},
    {"Q: 등대는 누가 관리하나요?\nA: 항만 사무소가 관리합니다.\n", "언제 세워졌나요?", "등대는 언제 세워졌나요?"},
    {"Q: Who repairs the cranes?\nA: The workshop repairs them.\n", "How deep is the harbour basin?",
     "How deep is the harbour basin?"}};

template <class Words>
bool is_one_of(std::string_view word, const Words& words) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

template <class Fronts>
bool begins_with_one_of(std::string_view word, const Fronts& fronts) {
  return std::any_of(std::begin(fronts), std::end(fronts),
                     [&](std::string_view front) { return word.starts_with(front); });
}

// Folded, without marks at their ends.
std::vector<std::string> plain_words(std::string_view question) {
  const std::string text = case_fold(fold_white_space(nfc(question)));
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    std::string_view word = std::string_view(text).substr(at, end - at);
    constexpr std::string_view kMarks = "?!.,;:()\"'";
    while (!word.empty() && kMarks.find(word.back()) != std::string_view::npos) word.remove_suffix(1);
    while (!word.empty() && kMarks.find(word.front()) != std::string_view::npos) word.remove_prefix(1);
    if (!word.empty()) words.emplace_back(word);
    at = end + 1;
  }
  return words;
}

bool points(const std::vector<std::string>& words, std::size_t place) {
  const std::string& word = words[place];
  if (begins_with_one_of(word, kPointerFronts)) return true;
  if (!is_one_of(word, kPointers)) return false;
  // "Is there a garden?" points nowhere.
  constexpr std::string_view kBefore[] = {"is", "are", "was", "were", "will"};
  return word != "there" || place == 0 || !is_one_of(words[place - 1], kBefore);
}

// It asks, points or goes on.
bool says_nothing(const std::vector<std::string>& words, std::size_t place) {
  return points(words, place) || is_one_of(words[place], kLeads) || is_one_of(words[place], kAskingWords) ||
         begins_with_one_of(words[place], kAskingFronts);
}

// Stems of what a question is about.
std::vector<std::string> own_stems(std::string_view question) {
  std::vector<std::string> stems;
  const std::vector<std::string> words = plain_words(question);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (says_nothing(words, i)) continue;
    for (std::string& stem : stem_terms(words[i])) stems.push_back(std::move(stem));
  }
  std::sort(stems.begin(), stems.end());
  stems.erase(std::unique(stems.begin(), stems.end()), stems.end());
  return stems;
}

bool names_topic(std::string_view word) {
  return has_hangul(word) && std::any_of(std::begin(kTopicEnds), std::end(kTopicEnds), [&](std::string_view end) {
           return word.size() > end.size() && word.ends_with(end);
         });
}

// Where English has its verb: "Who approves sick leave?", "How long does sick leave last?"
bool is_verb_place(const std::vector<std::string>& words, std::size_t place) {
  if (place > 0 && words[place - 1] == "who") return true;
  constexpr std::string_view kHelpers[] = {"do", "does", "did"};
  return place + 1 == words.size() && std::any_of(words.begin(), words.end(), [&](const std::string& word) {
           return is_one_of(word, kHelpers);
         });
}

// What a question is about, without what it asks of it; the whole question where that cannot be told.
std::string topic_of(const std::string& question) {
  const std::vector<std::string> words = plain_words(question);
  std::string topic;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (says_nothing(words, i) || is_verb_place(words, i) || stem_terms(words[i]).empty()) continue;
    if (!topic.empty()) topic += ' ';
    topic += words[i];
    if (names_topic(words[i])) return topic;
  }
  return has_hangul(question) || topic.empty() ? question : topic;
}

bool has_digit(std::string_view text) { return text.find_first_of("0123456789") != std::string_view::npos; }

// Without a verb of its own: "주말은요?", "And for part-timers?", "What about weekends?"
bool is_fragment(const std::vector<std::string>& words) {
  const std::size_t first = words.size() > 1 && is_one_of(words.front(), kLeads) ? 1 : 0;
  const std::string& front = words[first];
  // "And part-time employees?"
  if (first == 1 && !has_hangul(front) && !is_one_of(front, kAskingWords)) return true;
  if (words.size() > first + 1 && (front == "what" || front == "how") && words[first + 1] == "about") return true;
  if (words.size() - first <= kFragmentWordsMax && is_one_of(front, kPrepositions)) return true;
  return has_hangul(words.back()) && std::any_of(std::begin(kOpenEnds), std::end(kOpenEnds), [&](std::string_view end) {
           return words.back().size() > end.size() && words.back().ends_with(end);
         });
}

enum class Leaning : std::uint8_t { none, perhaps, surely };

Leaning leaning_of(std::string_view question) {
  const std::vector<std::string> words = plain_words(question);
  if (words.empty()) return Leaning::none;
  if (is_one_of(words.front(), kLeads) || is_one_of(words.back(), kTails)) return Leaning::surely;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (points(words, i)) return Leaning::surely;
  }
  if (is_fragment(words)) return Leaning::surely;
  const std::size_t own = own_stems(question).size();
  if (own == 0) return Leaning::surely;
  return own < kOwnWordsMin ? Leaning::perhaps : Leaning::none;
}

std::string cut(std::string_view text) {
  std::string folded = fold_white_space(text);
  folded.resize(whole_characters(folded, kTurnBytesMax));
  return folded;
}

std::string turn_text(const PastTurn& turn) {
  return "Q: " + turn.question + "\nA: " + (turn.answer.empty() ? "-" : turn.answer) + "\n";
}

std::string conversation(const History& history) {
  std::string text;
  for (const PastTurn& turn : history.turns) text += turn_text(turn);
  return text;
}

Message ask_to_rewrite(std::string_view turns, std::string_view question) {
  return {"user", std::string(turns) + "\nLast question: " + std::string(question)};
}

// Without what models put around a question.
std::string one_question(std::string_view written) {
  std::string line = fold_white_space(written.substr(0, written.find('\n')));
  for (const std::string_view front : {"Q:", "Question:", "Last question:", "Rewritten question:", "질문:"}) {
    if (line.starts_with(front)) line = fold_white_space(std::string_view(line).substr(front.size()));
  }
  if (line.size() > 2 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
  return nfc(line);
}

}  // namespace

History fit_history(const std::vector<PastTurn>& turns, std::size_t tokens_max) {
  std::vector<PastTurn> told;
  std::vector<std::size_t> tokens;
  std::size_t first = 0, used = 0;
  for (const PastTurn& turn : turns) {
    told.push_back({cut(turn.question), cut(turn.answer)});
    tokens.push_back(estimate_tokens(turn_text(told.back())));
    used += tokens.back();
    if (used <= tokens_max) continue;
    while (used > tokens_max / 2 && first + 1 < told.size()) used -= tokens[first++];
  }
  History history;
  history.turns.assign(std::make_move_iterator(told.begin() + static_cast<std::ptrdiff_t>(first)),
                       std::make_move_iterator(told.end()));
  history.dropped = first;
  return history;
}

bool may_follow_up(std::string_view question) { return leaning_of(question) != Leaning::none; }

std::vector<Message> build_follow_up_prompt(std::string_view question, const History& history) {
  std::vector<Message> messages = {{"system", std::string(kSystem)}};
  for (const Example& example : kExamples) {
    messages.push_back(ask_to_rewrite(example.turns, example.question));
    messages.push_back({"assistant", std::string(example.rewritten)});
  }
  messages.push_back(ask_to_rewrite(conversation(history), question));
  return messages;
}

std::optional<std::string> accept_rewritten(std::string_view written, std::string_view question,
                                            const History& history) {
  std::string line = one_question(written);
  if (line.empty() || line.size() > kRewrittenBytesMax || has_hangul(line) != has_hangul(question)) return std::nullopt;
  if (question.ends_with('?') && !line.ends_with('?')) return std::nullopt;  // it answered instead
  const std::string folded = case_fold(line);
  // The one word that is lost may be the one that is meant.
  for (const std::string& stem : own_stems(question)) {
    if (folded.find(stem) == std::string::npos) return std::nullopt;
  }
  const bool said_before = std::any_of(history.turns.begin(), history.turns.end(),
                                       [&](const PastTurn& turn) { return turn.question == line; });
  if (said_before && line != question) return std::nullopt;
  const std::string known = case_fold(conversation(history) + std::string(question));
  const std::vector<std::string> stems = own_stems(line);
  std::size_t unknown = 0;
  for (const std::string& stem : stems) {
    if (known.find(stem) != std::string::npos) continue;
    if (has_digit(stem)) return std::nullopt;
    ++unknown;
  }
  if (static_cast<double>(unknown) > kUnknownMax * static_cast<double>(stems.size())) return std::nullopt;
  return line;
}

std::string join_questions(std::string_view question, const History& history) {
  if (history.empty()) return std::string(question);
  std::string own = fold_white_space(question);
  const std::vector<std::string> words = plain_words(own);
  // "그럼" says nothing of what is looked for, and no document has to have it.
  const std::size_t second = own.find(' ');
  if (words.size() > 1 && second != std::string::npos && is_one_of(words.front(), kLeads)) own.erase(0, second + 1);
  // A fragment asks the same of something else and needs the whole question. What asks by itself needs the topic alone:
  // the rest of the question before would lead back to the passage that it found.
  const std::string& before = history.turns.back().question;
  const bool whole = words.empty() || is_fragment(words) || own_stems(own).empty();
  return (whole ? before : topic_of(before)) + " " + own;
}

Result<FollowUp> resolve_follow_up(const std::string& question, const History& history, Generator* generator,
                                   std::stop_token stop) {
  FollowUp result{question};
  const Leaning leaning = leaning_of(question);
  if (history.empty() || leaning == Leaning::none) return result;
  Span span("resolve_follow_up");
  if (generator != nullptr) {
    GenerateRequest request;
    request.messages = build_follow_up_prompt(question, history);
    request.max_tokens = kRewrittenTokensMax;
    request.stop = {"\n"};
    const Result<Generation> written = generator->generate(request, [](std::string_view) { return true; }, stop);
    if (!written && (written.error().code() == Code::cancelled || stop.stop_requested())) return written.error();
    if (written) {
      result.prompt_tokens = written->prompt_tokens;
      result.completion_tokens = written->completion_tokens;
      result.cached_tokens = written->cached_tokens;
      const std::optional<std::string> accepted = accept_rewritten(written->text, question, history);
      const bool unchanged = accepted && *accepted == question;
      if (unchanged && leaning == Leaning::perhaps) return result;
      if (accepted && !unchanged) {
        result.question = *accepted;
        result.how = Understood::model;
        return result;
      }
    }
  }
  if (leaning == Leaning::perhaps) return result;
  result.question = join_questions(question, history);
  result.how = Understood::joined;
  return result;
}

}  // namespace naru
