#include "store/lexical/bm25.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>
#include <utility>

#include "base/assert.h"

namespace naru {

namespace {

// What is the same for all rows of one term.
struct TermScorer {
  double factor = 0;  // weight · idf · (k1 + 1)
  double k1 = 0, base = 0, slope = 0;

  TermScorer(const QueryTerm& term, std::uint64_t frequency, const TermStatistics& statistics, const Bm25& bm25) {
    const double rows = static_cast<double>(statistics.rows), df = static_cast<double>(frequency);
    const double idf = std::log(1 + (rows - df + 0.5) / (df + 0.5));
    const double average = std::max(1.0, static_cast<double>(statistics.total_length) / std::max(1.0, rows));
    factor = term.weight * idf * (bm25.k1 + 1);
    base = bm25.k1 * (1 - bm25.b);
    slope = bm25.k1 * bm25.b / average;
  }
  double score(std::uint32_t frequency, std::uint32_t length) const {
    const double tf = frequency;
    return factor * tf / (tf + base + slope * length);
  }
};

// Rows whose scores are added up at once: 32 KiB of sums stay in the first cache.
constexpr std::size_t kWindowRows = 4096;

// Collected rows are cut to the best k no sooner: sorting a few is cheaper than asking at each.
constexpr std::size_t kCollectedMin = 256;

// One term's postings in row order, without the blocks in which no row is visible.
class TermCursor {
 public:
  static constexpr std::uint64_t kEnd = ~0ULL;

  TermCursor(const PostingList& list, const TermScorer& term_scorer, const SegmentView& view)
      : scorer(term_scorer), list_(list), visible_(&view.visible) {
    load();
  }
  std::uint64_t row() const { return at_ < count_ ? block_[at_].row : kEnd; }
  const Posting& posting() const { return block_[at_]; }
  void step() {
    if (++at_ == count_) load();
  }

  const TermScorer scorer;

 private:
  void load() {
    at_ = count_ = 0;
    while (next_ < list_.blocks() && count_ == 0) {
      const std::size_t block = next_++;
      if (list_.last_row(block) < list_.first_row(block)) next_ = list_.blocks();  // damaged: rows must not go back
      if (!visible_->any_in(list_.first_row(block), list_.last_row(block) + 1)) continue;
      count_ = list_.decode(block, block_);
      if (count_ == 0) next_ = list_.blocks();
    }
  }

  PostingList list_;
  const Bitmap* visible_;
  std::size_t next_ = 0, at_ = 0, count_ = 0;
  PostingList::Block block_;
};

}  // namespace

TermStatistics term_statistics(std::span<const SegmentView> views, std::span<const QueryTerm> terms) {
  TermStatistics statistics;
  statistics.document_frequency.assign(terms.size(), 0);
  for (const SegmentView& view : views) {
    const std::span<const SegmentRow> rows = view.segment->all_rows();
    const std::size_t alive = view.alive.count();
    statistics.rows += alive;
    if (alive == rows.size()) {
      statistics.total_length += view.segment->total_length();
    } else {
      view.alive.each([&](std::size_t row) { statistics.total_length += rows[row].length; });
    }
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const std::optional<PostingList> list = view.segment->find(terms[i].term);
      if (!list) continue;
      if (alive == rows.size()) {
        statistics.document_frequency[i] += list->count();
        continue;
      }
      PostingList::Block block;
      for (std::size_t b = 0; b < list->blocks(); ++b) {
        const std::size_t count = list->decode(b, block);
        for (std::size_t p = 0; p < count; ++p) {
          statistics.document_frequency[i] += view.alive.test(block[p].row) ? 1 : 0;
        }
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
  if (k == 0) scores.clear();
  if (scores.size() > k) {
    std::nth_element(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(k - 1), scores.end(), better);
    const double last = scores[k - 1].score;
    std::erase_if(scores, [&](const PlacedScore& score) { return score.score < last; });
  }
  std::sort(scores.begin(), scores.end(), better);
}

std::vector<PlacedScore> bm25_top(std::span<const SegmentView> views, std::span<const QueryTerm> terms,
                                  const TermStatistics& statistics, const Bm25& bm25, std::size_t k) {
  NARU_ASSERT(statistics.document_frequency.size() == terms.size());
  std::vector<PlacedScore> best;
  if (k == 0) return best;
  double bar = 0;  // the k-th best so far: what is below can be left out, what ties with it cannot
  std::size_t limit = std::max<std::size_t>(2 * k, kCollectedMin);
  std::array<double, kWindowRows> scores{};
  std::array<std::uint64_t, kWindowRows / 64> touched{};
  for (std::uint32_t v = 0; v < views.size(); ++v) {
    const SegmentView& view = views[v];
    const std::span<const SegmentRow> rows = view.segment->all_rows();
    std::vector<TermCursor> cursors;
    cursors.reserve(terms.size());  // in query order, so that every row adds up in the same order
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const std::optional<PostingList> list = view.segment->find(terms[i].term);
      if (!list) continue;
      cursors.emplace_back(*list, TermScorer(terms[i], statistics.document_frequency[i], statistics, bm25), view);
    }
    while (true) {
      std::uint64_t next = TermCursor::kEnd;
      for (const TermCursor& cursor : cursors) next = std::min(next, cursor.row());
      if (next == TermCursor::kEnd) break;
      const std::uint64_t start = next / kWindowRows * kWindowRows, end = start + kWindowRows;
      for (TermCursor& cursor : cursors) {
        for (; cursor.row() < end; cursor.step()) {
          const Posting& posting = cursor.posting();
          if (!view.visible.test(posting.row)) continue;
          const std::size_t place = posting.row - start;
          scores[place] += cursor.scorer.score(posting.frequency, rows[posting.row].length);
          touched[place / 64] |= 1ULL << (place % 64);
        }
      }
      for (std::size_t w = 0; w < touched.size(); ++w) {
        for (std::uint64_t word = touched[w]; word != 0; word &= word - 1) {
          const std::size_t place = w * 64 + static_cast<std::size_t>(std::countr_zero(word));
          const double score = std::exchange(scores[place], 0.0);
          if (score <= 0 || score < bar) continue;
          best.push_back({{v, static_cast<std::uint32_t>(start + place)}, score});
          if (best.size() < limit) continue;
          keep_top_with_ties(best, k);
          bar = best[k - 1].score;
          limit = std::max(limit, 2 * best.size());  // many ties: do not sort at every row
        }
        touched[w] = 0;
      }
    }
  }
  keep_top_with_ties(best, k);
  return best;
}

std::vector<double> bm25_scores(std::span<const SegmentView> views, std::span<const QueryTerm> terms,
                                const TermStatistics& statistics, const Bm25& bm25, std::span<const RowPlace> rows) {
  NARU_ASSERT(statistics.document_frequency.size() == terms.size());
  std::vector<double> scores(rows.size(), 0.0);
  std::vector<std::pair<RowPlace, std::size_t>> wanted;  // and the place in `rows`
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool there = rows[i].view < views.size() && rows[i].row < views[rows[i].view].segment->rows();
    if (there) wanted.emplace_back(rows[i], i);
  }
  std::sort(wanted.begin(), wanted.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.view, a.first.row) < std::pair(b.first.view, b.first.row);
  });
  for (std::size_t begin = 0, end = 0; begin < wanted.size(); begin = end) {
    const Segment& segment = *views[wanted[begin].first.view].segment;
    while (end < wanted.size() && wanted[end].first.view == wanted[begin].first.view) ++end;
    for (std::size_t t = 0; t < terms.size(); ++t) {
      const std::optional<PostingList> list = segment.find(terms[t].term);
      if (!list) continue;
      const TermScorer scorer(terms[t], statistics.document_frequency[t], statistics, bm25);
      PostingList::Block block;
      std::size_t decoded = list->blocks(), count = 0, from = 0;
      for (std::size_t i = begin; i < end; ++i) {
        const std::uint32_t row = wanted[i].first.row;
        from = list->block_of(row, from);
        if (from == list->blocks()) break;
        if (from != decoded) count = list->decode(decoded = from, block);
        const auto last = block.begin() + static_cast<std::ptrdiff_t>(count);
        const auto at = std::lower_bound(block.begin(), last, row,
                                         [](const Posting& posting, std::uint32_t r) { return posting.row < r; });
        if (at != last && at->row == row) {
          scores[wanted[i].second] += scorer.score(at->frequency, segment.row(row).length);
        }
      }
    }
  }
  return scores;
}

}  // namespace naru
