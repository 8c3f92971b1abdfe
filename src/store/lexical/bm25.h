// BM25 over several segments: exact statistics over what lives, exact lengths, exact scores; bounds choose which rows.
//
// score(row) = Σ over query terms, in query order, of
//   weight · ln(1 + (N − df + 0.5) / (df + 0.5)) · tf · (k1 + 1) / (tf + k1 · (1 − b + b · length / average length))
// (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009). Sums are doubles in query
// order per row, so equal states give equal bits however their segments are cut. A term is looked for in its field, and
// frequencies and lengths are those of that field: a word asked in title and body is two terms, each with its weight.
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "store/bitmap.h"
#include "store/instructions.h"
#include "store/lexical/segment.h"
#include "store/store.h"
#include "text/analyzer.h"

namespace naru {

// One segment as a query sees it. `alive` decides statistics, `visible` (within alive) what may be returned.
struct SegmentView {
  std::shared_ptr<const Segment> segment;
  Bitmap alive, visible;
};

// A row of one of the views.
struct RowPlace {
  std::uint32_t view = 0, row = 0;
};

struct PlacedScore {
  RowPlace place;
  double score = 0;
};

TermStatistics term_statistics(std::span<const SegmentView> views, std::span<const QueryTerm> terms);

// All visible rows with a score above 0 that can be among the best k: the k best and whatever ties with the k-th.
std::vector<PlacedScore> bm25_top(std::span<const SegmentView> views, std::span<const QueryTerm> terms,
                                  const TermStatistics& statistics, const Bm25& bm25, std::size_t k,
                                  Instructions instructions = Instructions::best);

// Scores of given rows.
std::vector<double> bm25_scores(std::span<const SegmentView> views, std::span<const QueryTerm> terms,
                                const TermStatistics& statistics, const Bm25& bm25, std::span<const RowPlace> rows);

// The k best of a list by score, with all that tie with the k-th; best first.
void keep_top_with_ties(std::vector<PlacedScore>& scores, std::size_t k);

}  // namespace naru
