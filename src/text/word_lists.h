// Word lists that a house keeps beside its naru.yaml: synonyms, its own terms, words to leave out of queries. They act
// when a query is read, so that a new line needs no new index.
//
// Synonyms, a rule a line: `연차, 연차 휴가, annual leave` (each stands for the others) or `VPN => 원격 접속, 가상 사설망`
// (the first also asks for the rest). The other lists have a word or a phrase a line. `#` begins a comment; one above
// all that says something may name the file's version: `# version: 2026-03`. Pure functions; any thread; what is
// parsed is immutable.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "naru/id.h"
#include "text/analyzer.h"
#include "text/query_syntax.h"

namespace naru {

inline constexpr std::size_t kWordListBytesMax = 4 << 20;
inline constexpr std::size_t kWordListLinesMax = 100'000;
inline constexpr std::size_t kSynonymsOfRuleMax = 32;  // of one line

// A synonym weighs less than what was typed: who writes one word mostly means it.
inline constexpr float kSynonymWeight = 0.5F;
// A house term weighs more than the words around it.
inline constexpr float kHouseTermWeight = 2.0F;

struct WordListMistake {
  std::size_t line = 0;  // from 1
  std::string message;
};

inline constexpr std::size_t kWordListVersionBytesMax = 64;  // of the name that a file gives its version

// Which file acted on a query. Two files that say the same version and are not equal differ in their hash.
struct WordListVersion {
  std::string kind;     // "synonyms", "house_terms" or "stop_words"
  std::string file;     // empty for those who may not know it
  std::string version;  // as the file says it, else the beginning of its hash
  Sha256 sha256;
};

// Of a file of that content.
WordListVersion word_list_version(std::string kind, std::string file, std::string_view text);

// What the lists make of a query, for people who ask why.
struct AppliedSynonym {
  std::string typed;
  std::vector<std::string> added;
};

// Phrases of a list, found by the words they begin with: a list may be long, and a query is not.
class PhraseList {
 public:
  bool empty() const { return phrases_.empty(); }
  const std::vector<PhraseTerm>& operator[](std::size_t i) const { return phrases_[i]; }
  void add(std::vector<PhraseTerm> phrase);  // not empty
  // Those that stand in a text, and those that are one: by number, as they were added.
  std::vector<std::size_t> in(const PlacedTerms& text) const;
  std::vector<std::size_t> equal_to(const std::vector<PhraseTerm>& phrase) const;

 private:
  std::vector<std::vector<PhraseTerm>> phrases_;
  std::multimap<std::string, std::size_t, std::less<>> by_first_term_;
};

class WordLists {
 public:
  // Each takes the whole text of a file, and says what is wrong with which line; such lines are left out.
  std::vector<WordListMistake> add_synonyms(std::string_view text);
  std::vector<WordListMistake> add_house_terms(std::string_view text);
  std::vector<WordListMistake> add_stop_words(std::string_view text);

  // Which files the lists are of, for whoever asks what acted.
  void add_version(WordListVersion version) { versions_.push_back(std::move(version)); }
  const std::vector<WordListVersion>& versions() const { return versions_; }

  bool empty() const { return rules_.empty() && house_terms_.empty() && stop_words_.empty(); }

  // The query without stop words; the query itself where nothing else is in it.
  std::string without_stop_words(const std::string& query) const;
  // Adds terms for synonyms, weighs house terms. `query` is what `terms` are of.
  std::vector<AppliedSynonym> expand(const std::string& query, std::vector<QueryTerm>& terms) const;
  // A condition that asks for a word may be met by its synonyms; one that excludes it excludes only what was typed.
  void widen(QueryNode& condition) const;
  // Is the word one that the house uses, in whatever list? It is no slip of the keyboard.
  bool knows(std::string_view word) const;

 private:
  struct Rule {
    std::string typed;
    std::vector<std::string> others;
  };
  void add_rule(std::string typed, std::vector<std::string> others);

  std::vector<WordListVersion> versions_;
  std::vector<Rule> rules_;
  PhraseList typed_;  // of each rule
  PhraseList house_terms_;
  std::set<std::string, std::less<>> house_words_, stop_words_;  // folded
};

}  // namespace naru
