#include "retrieve/repair.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "text/analyzer.h"
#include "text/hangul_keyboard.h"
#include "text/korean.h"
#include "text/typo.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::array<std::string_view, 4> kNames = {"keyboard", "initials", "spacing", "typo"};

// A word of four syllables is the shortest that may be two; one of twelve is a sentence.
constexpr std::size_t kSplitSyllablesMin = 4, kSplitSyllablesMax = 12;

// Latin keys for a word in Hangul: two letters are no word.
constexpr std::size_t kLatinLettersMin = 3;

// Near words that are looked at as they are written: each costs the reading of a passage.
constexpr std::size_t kSlipsTried = 3;

bool all_of(std::string_view word, bool (*holds)(char32_t)) {
  for (std::size_t at = 0; at < word.size();) {
    if (!holds(next_code_point(word, at))) return false;
  }
  return !word.empty();
}

bool is_ascii_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::size_t code_points(std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < word.size(); ++count) next_code_point(word, at);
  return count;
}

// The first n characters' bytes.
std::size_t bytes_of(std::string_view word, std::size_t n) {
  std::size_t at = 0;
  while (n-- > 0 && at < word.size()) next_code_point(word, at);
  return at;
}

// Without the marks at its ends: "(leave)," is "leave".
std::string_view core_of(std::string_view word) {
  std::size_t first = word.size(), last = 0;
  for (std::size_t at = 0; at < word.size();) {
    const std::size_t start = at;
    const char32_t c = next_code_point(word, at);
    if (!is_letter(c) && !is_digit(c) && !is_hangul(c)) continue;
    first = std::min(first, start);
    last = at;
  }
  return first < last ? word.substr(first, last - first) : std::string_view{};
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  const std::string folded = fold_white_space(text);
  for (std::size_t at = 0; at < folded.size();) {
    const std::size_t end = std::min(folded.find(' ', at), folded.size());
    words.push_back(folded.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

// What the visible passages have, over all knowledge bases that are asked.
class Vocabulary {
 public:
  explicit Vocabulary(std::span<const NamedSnapshot> bases) : bases_(bases) {}

  // Has a visible passage every term of the word? Without terms it asks for nothing, and nothing is missing.
  Result<bool> has(std::string_view word) const {
    for (const PhraseTerm& term : analyze_phrase(word)) {
      if (!NARU_TRY(has_term(term.term))) return false;
    }
    return true;
  }

  // Do the words stand one after another in a visible passage?
  Result<bool> has_phrase(const std::string& phrase) const {
    QueryNode node;
    node.text = phrase;
    for (const auto& [name, snapshot] : bases_) {
      const RowMask rows = NARU_TRY(snapshot->rows_where(node));
      if (rows.count() > 0) return true;
    }
    return false;
  }

  // All terms that begin with `front` and are wanted, with their passages.
  Result<std::map<std::string, std::uint64_t>> words(std::string_view front,
                                                     const std::function<bool(std::string_view)>& wanted) const {
    std::map<std::string, std::uint64_t> words;
    for (const auto& [name, snapshot] : bases_) {
      const std::vector<WordCount> found = NARU_TRY(snapshot->find_words(front, wanted));
      for (const WordCount& word : found) words[word.term] += word.rows;
    }
    return words;
  }

  // The term as a visible passage writes it, in the form nearest to what was typed: "retriev" is "retrieval" there.
  Result<std::string> written(const std::string& term, std::string_view typed) const {
    const std::vector<QueryTerm> terms = {{term, 1.0F}};
    std::string nearest = term;
    for (const auto& [name, snapshot] : bases_) {
      const TermStatistics statistics = NARU_TRY(snapshot->statistics(terms));
      const std::vector<ScoredRow> best = NARU_TRY(snapshot->lexical(terms, statistics, {}, 1));
      if (best.empty()) continue;
      const ChunkView chunk = NARU_TRY(snapshot->chunk(best.front().row));
      for (const std::string& word : split_words(chunk.text)) {
        const std::string core = case_fold(core_of(word));
        const std::vector<std::string> made = analyze(core);
        if (made.size() != 1 || made.front() != term) continue;
        const auto distance = [&](const std::string& form) { return typo_distance(form, typed, kTypoBytesMax); };
        if (nearest == term || distance(core) < distance(nearest)) nearest = core;
      }
    }
    return nearest;
  }

 private:
  Result<bool> has_term(const std::string& term) const {
    std::vector<QueryTerm> terms;
    for (std::size_t field = 0; field < kFields; ++field) terms.push_back({term, 1.0F, static_cast<Field>(field)});
    for (const auto& [name, snapshot] : bases_) {
      const TermStatistics statistics = NARU_TRY(snapshot->statistics(terms));
      const std::vector<std::uint64_t>& rows = statistics.document_frequency;
      if (std::all_of(rows.begin(), rows.end(), [](std::uint64_t count) { return count == 0; })) continue;
      if (snapshot->visible_rows() == statistics.rows) return true;  // what lives is what may be read
      const auto same = [&](std::string_view other) { return other == term; };
      const std::vector<WordCount> found = NARU_TRY(snapshot->find_words(term, same));
      if (!found.empty()) return true;
    }
    return false;
  }

  const std::span<const NamedSnapshot> bases_;
};

using Proposal = std::optional<Repair>;

Result<Proposal> other_keyboard(const Vocabulary& vocabulary, const std::string& word) {
  std::string meant;
  if (all_of(word, is_ascii_letter)) meant = hangul_of_keys(word);
  if (all_of(word, is_hangul)) meant = keys_of_hangul(word);
  if (meant.empty() || (all_of(meant, is_ascii_letter) && meant.size() < kLatinLettersMin)) return Proposal();
  if (analyze_phrase(meant).empty() || !NARU_TRY(vocabulary.has(meant))) return Proposal();
  return Proposal({RepairKind::keyboard, word, {case_fold(meant)}});
}

Result<Proposal> initials(const Vocabulary& vocabulary, const std::string& word) {
  if (!is_initials(word)) return Proposal();
  const auto whole = [](std::string_view term) {
    if (term.starts_with(kWholeMark)) return term.substr(kWholeMark.size());
    return code_points(term) > 2 ? term : std::string_view{};  // a pair may be a part of a word
  };
  const std::map<std::string, std::uint64_t> found =
      NARU_TRY(vocabulary.words("", [&](std::string_view term) { return initials_of(whole(term)) == word; }));
  std::vector<std::pair<std::string, std::uint64_t>> words;
  for (const auto& [term, rows] : found) words.emplace_back(whole(term), rows);
  std::stable_sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  Repair repair{RepairKind::initials, word, {}};
  for (std::size_t i = 0; i < std::min(words.size(), kInitialsWordsMax); ++i) repair.used.push_back(words[i].first);
  return repair.used.empty() ? Proposal() : Proposal(std::move(repair));
}

// "연차휴가" where it is written "연차 휴가".
Result<Proposal> apart(const Vocabulary& vocabulary, const std::string& word) {
  const std::size_t syllables = code_points(word);
  if (!all_of(word, is_hangul_syllable) || syllables < kSplitSyllablesMin || syllables > kSplitSyllablesMax) {
    return Proposal();
  }
  for (std::size_t n = 2; n + 2 <= syllables; ++n) {
    const std::size_t cut = bytes_of(word, n);
    const std::string first = word.substr(0, cut), second = word.substr(cut);
    if (!NARU_TRY(vocabulary.has(first)) || !NARU_TRY(vocabulary.has(second))) continue;
    if (NARU_TRY(vocabulary.has_phrase(first + " " + second))) {
      return Proposal({RepairKind::spacing, word, {first + " " + second}});
    }
  }
  return Proposal();
}

// The nearest word, of equally near ones the most frequent. Nearness is of the stems that the index has and of the
// words as they are written; the first letter is hardly ever the wrong one.
Result<Proposal> slip(const Vocabulary& vocabulary, const std::string& word) {
  const std::vector<std::string> terms = analyze(word);
  if (!all_of(word, is_ascii_letter) || terms.size() != 1) return Proposal();
  const std::string& stem = terms.front();
  const std::string typed = case_fold(word);
  const auto distance = [&](std::string_view term) {
    return typo_distance(stem, term, typos_allowed(std::min(stem.size(), term.size())));
  };
  const auto is_near = [&](std::string_view term) {
    return distance(term) <= typos_allowed(std::min(stem.size(), term.size()));
  };
  // Whoever slips gets the first letter right.
  const std::map<std::string, std::uint64_t> near = NARU_TRY(vocabulary.words(stem.substr(0, 1), is_near));
  std::vector<std::pair<std::string, std::uint64_t>> ranked(near.begin(), near.end());
  std::stable_sort(ranked.begin(), ranked.end(), [&](const auto& a, const auto& b) {
    return std::pair(distance(a.first), ~a.second) < std::pair(distance(b.first), ~b.second);
  });
  for (std::size_t i = 0; i < std::min(ranked.size(), kSlipsTried); ++i) {
    const std::string written = NARU_TRY(vocabulary.written(ranked[i].first, typed));
    const std::size_t most = typos_allowed(std::min(typed.size(), written.size()));
    if (typo_distance(typed, written, most) <= most) return Proposal({RepairKind::typo, word, {written}});
  }
  return Proposal();
}

Result<Proposal> proposal(const Vocabulary& vocabulary, const std::string& word) {
  for (const auto way : {other_keyboard, initials, apart, slip}) {
    Proposal found = NARU_TRY(way(vocabulary, word));
    if (found) return found;
  }
  return Proposal();
}

// "나 루" where it is written "나루".
Result<Proposal> together(const Vocabulary& vocabulary, const std::string& first, const std::string& second) {
  if (!all_of(first, is_hangul_syllable) || !all_of(second, is_hangul_syllable)) return Proposal();
  if (!NARU_TRY(vocabulary.has_phrase(first + second))) return Proposal();
  return Proposal({RepairKind::spacing, first + " " + second, {first + second}});
}

// The typed word's leaves ask for any of what was meant.
void replace(QueryNode& node, const Repair& repair) {
  for (QueryNode& child : node.children) replace(child, repair);
  if (node.kind != QueryNode::Kind::phrase || core_of(node.text) != repair.typed) return;
  QueryNode meant;
  meant.kind = QueryNode::Kind::any;
  meant.text = node.text;
  for (const std::string& used : repair.used) {
    meant.children.push_back(node);
    meant.children.back().text = used;
  }
  node = std::move(meant);
}

}  // namespace

std::string_view repair_name(RepairKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

Note repair_note(const Repair& repair) {
  const auto kind = [&] {
    switch (repair.kind) {
      case RepairKind::keyboard: return NoteKind::other_keyboard;
      case RepairKind::initials: return NoteKind::initials;
      case RepairKind::spacing: return NoteKind::other_spacing;
      case RepairKind::typo: break;
    }
    return NoteKind::typing_slip;
  };
  return {kind(), {repair.typed, fmt::format("{}", fmt::join(repair.used, ", "))}};
}

Result<std::vector<Repair>> repair_query(std::span<const NamedSnapshot> bases, ParsedQuery& query,
                                         const WordLists* house) {
  const Vocabulary vocabulary(bases);
  std::vector<std::string> words = split_words(query.plain);
  if (words.size() > kRepairWordsMax) return std::vector<Repair>{};
  std::vector<Repair> repairs;
  std::string before;  // the core of the word before, where it stands nowhere or the next does not
  bool before_stands = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string core(core_of(words[i]));
    const bool asks = !core.empty() && !is_question_word(core) && (house == nullptr || !house->knows(core));
    const bool stands = !asks || NARU_TRY(vocabulary.has(core));
    Proposal found;
    if (asks && !before.empty() && (!stands || !before_stands)) {
      found = NARU_TRY(together(vocabulary, before, core));
      if (found) words[i - 1].clear();
    }
    if (!found && !stands) found = NARU_TRY(proposal(vocabulary, core));
    if (found) words[i] = fmt::format("{}", fmt::join(found->used, " "));
    if (found) repairs.push_back(std::move(*found));
    before = asks && !found ? core : "";
    before_stands = stands;
  }
  if (repairs.empty()) return repairs;
  std::erase(words, "");
  query.plain = fmt::format("{}", fmt::join(words, " "));
  for (const Repair& repair : repairs) {
    for (QueryCondition& condition : query.conditions) replace(condition.node, repair);
  }
  return repairs;
}

}  // namespace naru
