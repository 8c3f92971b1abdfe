#include "store/lexical/bm25.h"

#include <algorithm>
#include <cmath>

namespace naru {

namespace {

// What is the same for all rows of one term.
struct TermScorer {
  double factor = 0;  // weight · idf · (k1 + 1)
  double k1 = 0, base = 0, slope = 0;

  TermScorer(const QueryTerm& term, std::uint64_t frequency, const TermStatistics& statistics, const Bm25& bm25) {
    const double rows = static_cast<double>(statistics.rows), df = static_cast<double>(frequency);
    const double idf = std::log(1 + (rows - df + 0.5) / (df + 0.5));
    const double average = statistics.rows == 0 ? 1 : std::max(1.0, static_cast<double>(statistics.total_length) / rows);
    factor = term.weight * idf * (bm25.k1 + 1);
    base = bm25.k1 * (1 - bm25.b);
    slope = bm25.k1 * bm25.b / average;
  }
  double score(std::uint32_t frequency, std::uint32_t length) const {
    const double tf = frequency;
    return factor * tf / (tf + base + slope * length);
  }
};

}  // namespace

TermStatistics term_statistics(std::span<const SegmentView> views, std::span<const QueryTerm> terms) {
  TermStatistics statistics;
  statistics.document_frequency.assign(terms.size(), 0);
  for (const SegmentView& view : views) {
    statistics.rows += view.alive.count();
    const std::span<const SegmentRow> rows = view.segment->all_rows();
    view.alive.each([&](std::size_t row) { statistics.total_length += rows[row].length; });
    for (std::size_t i = 0; i < terms.size(); ++i) {
      for (const Posting& posting : view.segment->postings(terms[i].term)) {
        statistics.document_frequency[i] += view.alive.test(posting.row) ? 1 : 0;
      }
    }
  }
  return statistics;
}

void keep_top_with_ties(std::vector<PlacedScore>& scores, std::size_t k) {
  const auto better = [](const PlacedScore& a, const PlacedScore& b) {
    if (a.score != b.score) return a.score > b.score;
    return std::pair(a.place.view, a.place.row) < std::pair(b.place.view, b.place.row);
  };
  if (scores.size() > k && k > 0) {
    std::nth_element(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(k - 1), scores.end(), better);
    const double last = scores[k - 1].score;
    std::erase_if(scores, [&](const PlacedScore& score) { return score.score < last; });
  }
  std::sort(scores.begin(), scores.end(), better);
}

std::vector<PlacedScore> bm25_top(std::span<const SegmentView> views, std::span<const QueryTerm> terms,
                                  const TermStatistics& statistics, const Bm25& bm25, std::size_t k) {
  std::vector<PlacedScore> found;
  for (std::uint32_t v = 0; v < views.size(); ++v) {
    const SegmentView& view = views[v];
    std::vector<double> scores(view.segment->rows(), 0.0);
    Bitmap touched(view.segment->rows());
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const TermScorer scorer(terms[i], statistics.document_frequency[i], statistics, bm25);
      for (const Posting& posting : view.segment->postings(terms[i].term)) {
        if (!view.visible.test(posting.row)) continue;
        scores[posting.row] += scorer.score(posting.frequency, view.segment->row(posting.row).length);
        touched.set(posting.row);
      }
    }
    touched.each([&](std::size_t row) {
      if (scores[row] > 0) found.push_back({{v, static_cast<std::uint32_t>(row)}, scores[row]});
    });
  }
  keep_top_with_ties(found, k);
  return found;
}

std::vector<double> bm25_scores(std::span<const SegmentView> views, std::span<const QueryTerm> terms,
                                const TermStatistics& statistics, const Bm25& bm25, std::span<const RowPlace> rows) {
  std::vector<double> scores(rows.size(), 0.0);
  for (std::uint32_t v = 0; v < views.size(); ++v) {
    std::vector<std::pair<std::uint32_t, std::size_t>> wanted;  // row, place in `rows`
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].view == v) wanted.emplace_back(rows[i].row, i);
    }
    if (wanted.empty()) continue;
    std::sort(wanted.begin(), wanted.end());
    for (std::size_t t = 0; t < terms.size(); ++t) {
      const TermScorer scorer(terms[t], statistics.document_frequency[t], statistics, bm25);
      const std::vector<Posting> list = views[v].segment->postings(terms[t].term);
      auto at = list.begin();
      for (const auto& [row, place] : wanted) {
        at = std::lower_bound(at, list.end(), row, [](const Posting& posting, std::uint32_t r) { return posting.row < r; });
        if (at == list.end()) break;
        if (at->row == row) scores[place] += scorer.score(at->frequency, views[v].segment->row(row).length);
      }
    }
  }
  return scores;
}

}  // namespace naru
