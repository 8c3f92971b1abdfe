// A query as a search sees it: the words it is ranked by, their terms and statistics, and the rows that its conditions
// leave in each knowledge base.
#pragma once

#include <string>
#include <vector>

#include "retrieve/retriever.h"
#include "text/query_syntax.h"

namespace naru {

// A condition and the rows that meet it.
struct AppliedCondition {
  QueryCondition condition;
  std::uint64_t rows = 0;
  bool gave_way = false;
};

struct Query {
  const std::vector<NamedSnapshot>& bases;
  std::string plain;  // what is ranked by
  std::vector<QueryTerm> terms;  // those of the words first, then what fronts, synonyms and other fields add
  std::size_t typed_terms = 0;   // of the words
  TermStatistics statistics;
  TermStatistics printed;  // of these, what may be printed: set with `explain`
  std::vector<float> vector;
  std::vector<AppliedCondition> conditions;
  std::vector<RowMask> masks;  // by knowledge base; empty: every visible row
  bool names_words = false;    // by signs, phrases or fronts: the person knows which words to look for
  bool asks = false;           // a condition says what must be there: rows that meet it are hits, whatever they score
  std::vector<Note> notes;
  std::vector<Repair> repairs;
  std::vector<AppliedSynonym> synonyms;

  const RowMask* mask(std::size_t base) const { return masks.empty() ? nullptr : &masks[base]; }
  bool says_something() const;  // else there is nothing to rank by
};

// invalid_argument: too many terms or clauses. `words` may be null.
Result<Query> read_query(const std::vector<NamedSnapshot>& bases, const SearchRequest& request, const WordLists* words,
                         const FieldWeights& fields);

}  // namespace naru
