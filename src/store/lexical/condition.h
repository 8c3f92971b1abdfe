// Conditions of the query language as rows: which visible rows have a word, a phrase, the front of a word, or what
// boolean operators make of them, all from postings and positions. Pure functions; any thread.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "store/lexical/bm25.h"
#include "text/query_syntax.h"

namespace naru {

// Rows within `visible` of each view for which the condition holds.
RowMask rows_where(std::span<const SegmentView> views, const QueryNode& condition);

// Terms of any field that begin with `front`, that are wanted and that a visible row has, in byte order; in how many
// visible rows, of the field where they are most.
std::vector<WordCount> find_words(std::span<const SegmentView> views, std::string_view front,
                                  const std::function<bool(std::string_view)>& wanted);

}  // namespace naru
