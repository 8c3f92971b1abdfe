#include "generate/denial.h"

#include <algorithm>
#include <array>

#include "generate/passage.h"
#include "text/unicode.h"

namespace naru {

namespace {

// A sentence is at most 2,000 bytes, so this is never reached by prose.
constexpr std::size_t kClausesMax = 64;

// Phrases that look like a denial and are none.
constexpr std::string_view kNoDenials[] = {
    "뿐만 아니라",    "뿐 아니라",    "뿐만아니라",    "뿐아니라",      "수밖에 없",     "못지않",
    "틀림없",         "끊임없",       "빠짐없",        "어김없",        "아니면",        "not only",
    "no more than",   "no less than", "no later than", "no fewer than", "not more than", "not less than",
    "not later than", "no doubt",     "no. "};

constexpr std::string_view kDenialWords[] = {"not",  "no",      "never",  "none",   "cannot", "without", "neither",
                                             "nor",  "nothing", "nobody", "unable", "unless", "except",  "n't",
                                             "cant", "dont",    "doesnt", "isnt",   "wont"};
constexpr std::string_view kDenialMarks[] = {"않",   "없",   "못하", "못한", "못했", "못할",   "못합",     "아니",
                                             "아닌", "아닙", "아닐", "불가", "말고", "말아야", "마십시오", "마세요"};
// "안" before a verb; elsewhere it means "inside".
constexpr std::string_view kAfterAn[] = {"되", "된", "될", "됩", "돼", "하", "한", "할",
                                         "합", "해", "갑", "간", "나", "받", "쓰"};

constexpr std::string_view kConnectives[] = {"but",   "however", "although", "though", "unless",  "except",
                                             "while", "whereas", "if",       "when",   "because", "whether"};
// Korean clauses end with these.
constexpr std::string_view kClauseEnds[] = {"지만", "으나", "는데", "은데", "으면",   "하면", "되면", "려면",
                                            "이면", "하며", "으며", "하고", "되고",   "않고", "이고", "이며",
                                            "므로", "니까", "어도", "아도", "해도",   "라도", "면서", "거나",
                                            "도록", "어서", "아서", "해서", "아니라", "말고"};

// Words of which a sentence means the contrary when one stands for the other. Words that are often both in one sentence
// ("before and after") do no harm: the claim's own word is then in the source.
struct Opposites {
  std::string_view one, other;
};
constexpr Opposites kLatinOpposites[] = {{"allowed", "prohibited"},
                                         {"allowed", "forbidden"},
                                         {"permitted", "prohibited"},
                                         {"permitted", "forbidden"},
                                         {"allow", "prohibit"},
                                         {"allows", "prohibits"},
                                         {"increase", "decrease"},
                                         {"increases", "decreases"},
                                         {"increased", "decreased"},
                                         {"rose", "fell"},
                                         {"before", "after"},
                                         {"minimum", "maximum"},
                                         {"above", "below"},
                                         {"over", "under"},
                                         {"more", "less"},
                                         {"more", "fewer"},
                                         {"higher", "lower"},
                                         {"required", "optional"},
                                         {"mandatory", "optional"},
                                         {"enable", "disable"},
                                         {"enables", "disables"},
                                         {"enabled", "disabled"},
                                         {"open", "closed"},
                                         {"opens", "closes"},
                                         {"first", "last"},
                                         {"earliest", "latest"},
                                         {"include", "exclude"},
                                         {"includes", "excludes"},
                                         {"included", "excluded"},
                                         {"free", "paid"},
                                         {"accept", "reject"},
                                         {"accepted", "rejected"},
                                         {"possible", "impossible"},
                                         {"safe", "unsafe"},
                                         {"all", "none"},
                                         {"always", "never"},
                                         {"win", "lose"},
                                         {"won", "lost"},
                                         {"north", "south"},
                                         {"east", "west"},
                                         {"morning", "afternoon"},
                                         {"buy", "sell"},
                                         {"legal", "illegal"},
                                         {"valid", "invalid"}};
constexpr Opposites kHangulOpposites[] = {
    {"이상", "이하"}, {"이상", "미만"}, {"이하", "초과"}, {"이하", "이상"}, {"초과", "미만"},
    {"최소", "최대"}, {"최고", "최저"}, {"이전", "이후"}, {"증가", "감소"}, {"포함", "제외"},
    {"유료", "무료"}, {"오전", "오후"}, {"필수", "선택"}, {"허용", "금지"}, {"가능", "불가"},
    {"상승", "하락"}, {"찬성", "반대"}, {"합법", "불법"}, {"유효", "무효"}, {"공개", "비공개"},
    {"의무", "자율"}, {"승인", "거부"}, {"시작", "종료"}, {"남쪽", "북쪽"}, {"동쪽", "서쪽"}};

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Occurrences of a whole Latin word.
std::size_t count_word(std::string_view lower, std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = lower.find(word); at != std::string_view::npos; at = lower.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool glued_left = at > 0 && is_word_byte(lower[at - 1]) && word != "n't";
    const bool glued_right = end < lower.size() && is_word_byte(lower[end]);
    count += glued_left || glued_right ? 0 : 1;
  }
  return count;
}

std::size_t count_mark(std::string_view text, std::string_view mark) {
  std::size_t count = 0;
  for (std::size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + mark.size())) ++count;
  return count;
}

std::size_t count_an(std::string_view text) {
  std::size_t count = 0;
  constexpr std::string_view kAn = "안 ";
  for (std::size_t at = text.find(kAn); at != std::string_view::npos; at = text.find(kAn, at + 1)) {
    const bool alone = at == 0 || text[at - 1] == ' ';
    const std::string_view after = text.substr(at + kAn.size());
    const bool verb = std::any_of(std::begin(kAfterAn), std::end(kAfterAn),
                                  [&](std::string_view verb_start) { return after.starts_with(verb_start); });
    count += alone && verb ? 1 : 0;
  }
  return count;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::string plain(std::string_view text) {
  std::string lower = case_fold(fold_white_space(text));
  replace_all(lower, "’", "'");
  return lower;
}

bool clause_denies(const std::string& lower) {
  std::string text = lower + " ";
  for (const std::string_view phrase : kNoDenials) replace_all(text, phrase, " ");
  std::size_t denials = count_an(text);
  for (const std::string_view word : kDenialWords) denials += count_word(text, word);
  for (const std::string_view mark : kDenialMarks) denials += count_mark(text, mark);
  return denials % 2 == 1;
}

bool ends_clause(std::string_view word) {
  if (word.ends_with(',') || word.ends_with(';') || word.ends_with(':') || word.ends_with(')')) return true;
  return std::any_of(std::begin(kClauseEnds), std::end(kClauseEnds),
                     [&](std::string_view end) { return word.ends_with(end); });
}

bool starts_clause(std::string_view word) {
  return word.starts_with('(') ||
         std::find(std::begin(kConnectives), std::end(kConnectives), word) != std::end(kConnectives);
}

bool has(const std::vector<std::string>& terms, const std::string& term) {
  return std::binary_search(terms.begin(), terms.end(), term);
}

bool contradicts(std::size_t claim_one, std::size_t claim_other, std::size_t source_one, std::size_t source_other) {
  const bool first = claim_one > 0 && source_one == 0 && source_other > 0;
  const bool second = claim_other > 0 && source_other == 0 && source_one > 0;
  return first || second;
}

}  // namespace

std::vector<Clause> clauses_of(std::string_view raw) {
  const std::string text = plain(raw);
  std::vector<Clause> clauses;
  std::string current;
  const auto close = [&] {
    if (current.empty()) return;
    clauses.push_back({current, clause_denies(current), stem_terms(current)});
    current.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = std::string_view(text).substr(at, end - at);
    if (starts_clause(word) && clauses.size() < kClausesMax) close();
    current += (current.empty() ? "" : " ") + std::string(word);
    if (ends_clause(word) && clauses.size() < kClausesMax) close();
    at = end + 1;
  }
  close();
  return clauses;
}

bool negated(std::string_view text) {
  const std::vector<Clause> clauses = clauses_of(text);
  return std::any_of(clauses.begin(), clauses.end(), [](const Clause& clause) { return clause.denies; });
}

bool same_polarity(const std::vector<Clause>& claim, const std::vector<Clause>& source) {
  for (const Clause& said : claim) {
    for (const std::string& term : said.terms) {
      bool there = false, agrees = false;
      for (const Clause& clause : source) {
        if (!has(clause.terms, term)) continue;
        there = true;
        agrees = agrees || clause.denies == said.denies;
      }
      if (there && !agrees) return false;
    }
  }
  return true;
}

bool says_opposite(std::string_view raw_claim, std::string_view raw_source) {
  const std::string claim = plain(raw_claim), source = plain(raw_source);
  for (const auto& [one, other] : kLatinOpposites) {
    if (contradicts(count_word(claim, one), count_word(claim, other), count_word(source, one),
                    count_word(source, other))) {
      return true;
    }
  }
  return std::any_of(std::begin(kHangulOpposites), std::end(kHangulOpposites), [&](const Opposites& pair) {
    return contradicts(count_mark(claim, pair.one), count_mark(claim, pair.other), count_mark(source, pair.one),
                       count_mark(source, pair.other));
  });
}

}  // namespace naru
