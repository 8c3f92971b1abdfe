// The query language: what a person types into search, read as words to rank by and conditions that a row must meet.
//
//   annual leave       words: any may stand in a passage, the best come first
//   +leave -draft      must stand there, must not stand there
//   a AND b, a OR b, NOT c, ( )
//   "annual leave"     also “ ” 「 」 『 』: these words one after another
//   retriev*           words that begin so
//   title:leave        also heading:, body:, file:, each with a word, a prefix or a phrase
//
// Whatever is malformed is read as plain words, and a note says so: what a person types never fails but for its size.
// Pure functions; any thread. For people: docs/guides/search.md; the reasons: docs/decisions/0012-query-language.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/note.h"
#include "naru/result.h"
#include "text/analyzer.h"

namespace naru {

// "title", "heading", "body", "file": what the language calls a field.
std::string_view query_field_name(Field field);

// A condition on a row. `text` is what was typed: of a phrase or word the words, of a prefix its folded front.
struct QueryNode {
  enum class Kind : std::uint8_t { phrase, prefix, all, any, none };
  Kind kind = Kind::phrase;  // a word is a phrase of one
  std::optional<Field> field;    // of a leaf; none: in any of them
  std::string text;
  std::vector<QueryNode> children;  // of all, any (one must hold) and none (no one may hold)
};

// One thing that must hold. A phrase that was typed without + gives way where it stands nowhere: people quote what they
// remember, and a question may quote its own words.
struct QueryCondition {
  QueryNode node;
  bool gives_way = false;
};

struct ParsedQuery {
  std::string plain;                       // what is ranked by; the query itself where it has no syntax
  std::vector<std::string> prefixes;       // fronts of words that are ranked by too, distinct
  std::vector<QueryCondition> conditions;  // all must hold; none: every row is asked
  std::vector<Note> notes;                 // what was read as plain words, and why
};

// Groups nest no deeper; deeper ones are read as plain words.
inline constexpr std::size_t kQueryDepthMax = 32;

// Words, phrases and prefixes in conditions: each is a walk over postings.
inline constexpr std::size_t kQueryClausesMax = 1024;

// Of one query: who reads more?
inline constexpr std::size_t kQueryNotesMax = 8;

// invalid_argument: more than kQueryClausesMax clauses. Nothing else fails.
Result<ParsedQuery> parse_query(std::string_view query);

// A condition in the query language.
std::string query_text(const QueryNode& node);

// The slow truth about a leaf, phrase or prefix, in one field of analysed text.
bool leaf_holds(const QueryNode& leaf, const PlacedTerms& text);

}  // namespace naru
