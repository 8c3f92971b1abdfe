#include "text/word_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "text/korean.h"
#include "text/unicode.h"

namespace naru {

namespace {

std::string folded(std::string_view word) { return case_fold(fold_white_space(word)); }

// Calls take(line, number) for each line that says something; `take` returns what is wrong with it, or "".
std::vector<WordListMistake> each_line(std::string_view text,
                                       const std::function<std::string(std::string_view)>& take) {
  std::vector<WordListMistake> mistakes;
  if (text.size() > kWordListBytesMax) return {{0, fmt::format("the file is larger than {} bytes", kWordListBytesMax)}};
  const std::string composed = nfc(text);
  std::string_view rest = composed;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    if (number > kWordListLinesMax) {
      mistakes.push_back({number, fmt::format("more than {} lines; the rest is left out", kWordListLinesMax)});
      break;
    }
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string line = fold_white_space(rest.substr(0, std::min(end, rest.substr(0, end).find('#'))));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) continue;
    if (std::string wrong = take(line); !wrong.empty()) mistakes.push_back({number, std::move(wrong)});
  }
  return mistakes;
}

// Between commas, without blanks around; nothing where a part is empty or has no term.
std::optional<std::vector<std::string>> parts_of(std::string_view list) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    parts.push_back(fold_white_space(list.substr(0, comma)));
    if (analyze_phrase(parts.back()).empty()) return std::nullopt;
    if (comma == list.size()) return parts;
    list.remove_prefix(comma + 1);
  }
}

// "2026-03" of `# version: 2026-03`; empty: the file names none.
std::string named_version(std::string_view text) {
  constexpr std::string_view kName = "version:";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string line = fold_white_space(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.front() != '#') return {};
    const std::string comment = line.empty() ? line : fold_white_space(line.substr(1));
    if (!comment.starts_with(kName)) continue;
    const std::string name = fold_white_space(comment.substr(kName.size()));
    return name.substr(0, whole_characters(name, kWordListVersionBytesMax));
  }
  return {};
}

}  // namespace

WordListVersion word_list_version(std::string kind, std::string file, std::string_view text) {
  constexpr std::size_t kHashDigits = 12;  // as people compare them by eye
  WordListVersion version{std::move(kind), std::move(file), {}, sha256(text)};
  version.version = named_version(is_valid_utf8(text) ? text : std::string_view());
  if (version.version.empty()) version.version = version.sha256.hex().substr(0, kHashDigits);
  return version;
}

std::vector<WordListMistake> WordLists::add_synonyms(std::string_view text) {
  return each_line(text, [this](std::string_view line) -> std::string {
    const std::size_t arrow = line.find("=>");
    const auto left = parts_of(line.substr(0, arrow));
    const auto right = arrow == std::string_view::npos ? left : parts_of(line.substr(arrow + 2));
    if (!left || !right) return "a part between the commas is empty or only of words that stand everywhere";
    if (arrow == std::string_view::npos && left->size() < 2) return "a rule needs two words with a comma between them";
    if (left->size() > kSynonymsOfRuleMax || right->size() > kSynonymsOfRuleMax) {
      return fmt::format("more than {} words in one rule", kSynonymsOfRuleMax);
    }
    for (const std::string& typed : *left) {
      std::vector<std::string> others = *right;
      std::erase(others, typed);
      add_rule(typed, std::move(others));
    }
    return {};
  });
}

void PhraseList::add(std::vector<PhraseTerm> phrase) {
  by_first_term_.emplace(phrase.front().term, phrases_.size());
  phrases_.push_back(std::move(phrase));
}

std::vector<std::size_t> PhraseList::in(const PlacedTerms& text) const {
  std::set<std::size_t> found;
  for (const std::string_view term : text.terms) {
    const auto [first, last] = by_first_term_.equal_range(term);
    for (auto it = first; it != last; ++it) {
      if (phrase_occurs(phrases_[it->second], text)) found.insert(it->second);
    }
  }
  return {found.begin(), found.end()};
}

std::vector<std::size_t> PhraseList::equal_to(const std::vector<PhraseTerm>& phrase) const {
  std::vector<std::size_t> found;
  if (phrase.empty()) return found;
  const auto [first, last] = by_first_term_.equal_range(phrase.front().term);
  for (auto it = first; it != last; ++it) {
    if (phrases_[it->second] == phrase) found.push_back(it->second);
  }
  return found;
}

void WordLists::add_rule(std::string typed, std::vector<std::string> others) {
  if (others.empty()) return;
  typed_.add(analyze_phrase(typed));
  house_words_.insert(folded(typed));
  rules_.push_back({std::move(typed), std::move(others)});
}

std::vector<WordListMistake> WordLists::add_house_terms(std::string_view text) {
  return each_line(text, [this](std::string_view line) -> std::string {
    std::vector<PhraseTerm> phrase = analyze_phrase(line);
    if (phrase.empty()) return "it is only of words that stand everywhere";
    house_terms_.add(std::move(phrase));
    house_words_.insert(folded(line));
    return {};
  });
}

std::vector<WordListMistake> WordLists::add_stop_words(std::string_view text) {
  return each_line(text, [this](std::string_view line) -> std::string {
    if (line.find(' ') != std::string_view::npos) return "a word to leave out has no blank in it";
    stop_words_.insert(folded(line));
    return {};
  });
}

std::string WordLists::without_stop_words(const std::string& query) const {
  if (stop_words_.empty()) return query;
  std::string kept;
  const std::string words = fold_white_space(query);
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    const std::string word = words.substr(at, end - at), core = folded(word);
    at = end + 1;
    if (stop_words_.contains(core) || stop_words_.contains(std::string(without_particle(core)))) continue;
    kept += (kept.empty() ? "" : " ") + word;
  }
  return analyze_query(kept).empty() ? query : kept;
}

std::vector<AppliedSynonym> WordLists::expand(const std::string& query, std::vector<QueryTerm>& terms) const {
  std::vector<AppliedSynonym> applied;
  if (rules_.empty() && house_terms_.empty()) return applied;
  const PlacedTerms text = analyze_places(query);
  for (const std::size_t i : house_terms_.in(text)) {
    const std::vector<PhraseTerm>& house = house_terms_[i];
    for (QueryTerm& term : terms) {
      const bool own = std::any_of(house.begin(), house.end(),
                                   [&](const PhraseTerm& part) { return part.term == term.term; });
      if (own) term.weight *= kHouseTermWeight;
    }
  }
  for (const std::size_t i : typed_.in(text)) {
    const Rule& rule = rules_[i];
    applied.push_back({rule.typed, rule.others});
    for (const std::string& other : rule.others) {
      for (const QueryTerm& added : analyze_query(other)) {
        const bool known = std::any_of(terms.begin(), terms.end(), [&](const QueryTerm& term) {
          return term.term == added.term && term.field == added.field;
        });
        if (!known) terms.push_back({added.term, added.weight * kSynonymWeight, added.field});
      }
    }
  }
  return applied;
}

void WordLists::widen(QueryNode& condition) const {
  if (condition.kind == QueryNode::Kind::none) return;
  for (QueryNode& child : condition.children) widen(child);
  if (condition.kind != QueryNode::Kind::phrase) return;
  QueryNode any;
  any.kind = QueryNode::Kind::any;
  any.text = condition.text;
  any.children.push_back(condition);
  for (const std::size_t i : typed_.equal_to(analyze_phrase(condition.text))) {  // the whole of what was asked for
    for (const std::string& other : rules_[i].others) {
      any.children.push_back(condition);
      any.children.back().text = other;
    }
  }
  if (any.children.size() > 1) condition = std::move(any);
}

bool WordLists::knows(std::string_view word) const {
  const std::string core = folded(word);
  return house_words_.contains(core) || stop_words_.contains(core);
}

}  // namespace naru
