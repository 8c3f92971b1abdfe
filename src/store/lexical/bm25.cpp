#include "store/lexical/bm25.h"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "store/lexical/length_class.h"

namespace naru {

namespace {

// What is the same for all rows of one term.
struct TermScorer {
  double factor = 0;  // weight · idf · (k1 + 1)
  double k1 = 0, base = 0, slope = 0;

  TermScorer(const QueryTerm& term, std::uint64_t frequency, const TermStatistics& statistics, const Bm25& bm25) {
    const double rows = static_cast<double>(statistics.rows), df = static_cast<double>(frequency);
    const double idf = std::log(1 + (rows - df + 0.5) / (df + 0.5));
    const auto length = static_cast<double>(statistics.total_length[static_cast<std::size_t>(term.field)]);
    const double average = std::max(1.0, length / std::max(1.0, rows));
    factor = term.weight * idf * (bm25.k1 + 1);
    base = bm25.k1 * (1 - bm25.b);
    slope = bm25.k1 * bm25.b / average;
  }
  double score(std::uint32_t frequency, std::uint32_t length) const {
    const double tf = frequency;
    return factor * tf / (tf + base + slope * length);
  }
};

// Rows whose bounds are added up at once: 16 KiB of sums stay in the first cache.
constexpr std::size_t kWindowRows = 4096;

// Collected rows are cut no sooner: sorting a few is cheaper than asking at each.
constexpr std::size_t kCollectedMin = 256;

// Frequencies whose bounds are looked up; the few postings above them pay a division.
constexpr std::uint32_t kTabledFrequencies = 4;

constexpr std::size_t kLengthClasses = 256;

// One rounding of a float, generously; a bound is a table's value and one addition a term.
constexpr double kFloatError = 1.2e-7;

// Upper bounds of one term's scores: as TermScorer, for the shortest length of a class, in floats without divisions.
class TermBounds {
 public:
  TermBounds(const TermScorer& scorer, std::uint8_t longest_class) : scorer_(scorer) {
    for (std::size_t c = 0; c <= longest_class; ++c) {
      const std::uint32_t length = shortest_of_class(static_cast<std::uint8_t>(c));
      for (std::uint32_t f = 0; f < kTabledFrequencies; ++f) table_[f * kLengthClasses + c] = bound(f + 1, length);
    }
  }
  float operator()(std::uint32_t frequency, std::uint8_t of) const {
    if (frequency <= kTabledFrequencies) return table_[(frequency - 1) * kLengthClasses + of];
    return bound(frequency, shortest_of_class(of));
  }

 private:
  // Never 0 for what scores: the smallest float is still seen.
  float bound(std::uint32_t frequency, std::uint32_t length) const {
    const double score = scorer_.score(frequency, length);
    return score > 0 ? std::max(static_cast<float>(score), std::numeric_limits<float>::min()) : 0;
  }

  const TermScorer scorer_;
  std::array<float, kTabledFrequencies * kLengthClasses> table_;  // by frequency − 1, then class
};

// One term's postings in row order, without the blocks in which no row is visible.
class TermCursor {
 public:
  static constexpr std::uint64_t kEnd = ~0ULL;

  TermCursor(const PostingList& list, Field field, const TermScorer& scorer, const SegmentView& view)
      : list_(list), view_(&view), classes_(view.segment->length_classes(field)),
        bounds_(scorer, length_class(view.segment->max_length(field))) {
    load();
  }
  std::uint64_t row() const { return at_ < count_ ? block_.rows[at_] : kEnd; }

  // Adds the bounds of all rows before `end` to sums, which begin at row `start`.
  void add_until(std::uint64_t start, std::uint64_t end, float* sums) {
    const std::uint8_t* const classes = classes_.data();
    while (at_ < count_) {
      for (; at_ < count_ && block_.rows[at_] < end; ++at_) {
        sums[block_.rows[at_] - start] += bounds_(block_.frequencies[at_], classes[block_.rows[at_]]);
      }
      if (at_ < count_) return;
      load();
    }
  }

 private:
  void load() {
    at_ = count_ = 0;
    while (next_ < list_.blocks() && count_ == 0) {
      const std::size_t block = next_++;
      if (list_.last_row(block) < list_.first_row(block)) next_ = list_.blocks();  // damaged: rows must not go back
      if (!view_->visible.any_in(list_.first_row(block), list_.last_row(block) + 1)) continue;
      count_ = list_.decode(block, block_);
      if (count_ == 0) next_ = list_.blocks();
    }
  }

  PostingList list_;
  const SegmentView* view_;
  const std::span<const std::uint8_t> classes_;
  const TermBounds bounds_;
  std::size_t next_ = 0, at_ = 0, count_ = 0;
  PostingList::Block block_;
};

// A row that may be among the best, and a number that its score does not exceed but for rounding.
struct Bounded {
  RowPlace place;
  float bound = 0;
};

// The rows that can be among the best k by their bounds. Whatever has a bound below `bar` cannot: k rows are known to
// score at least `bar`, because a score is never less than `tightness` times its bound.
class Candidates {
 public:
  Candidates(std::size_t k, double tightness)
      : k_(k), tightness_(tightness), limit_(std::max<std::size_t>(2 * k, kCollectedMin)) {}

  float bar() const { return bar_; }
  void take(RowPlace place, float bound) {
    rows_.push_back({place, bound});
    if (rows_.size() < limit_) return;
    cut();
    limit_ = std::max(limit_, 2 * rows_.size());  // many ties: do not cut at every row
  }
  std::vector<RowPlace> places() {
    cut();
    std::vector<RowPlace> places;
    places.reserve(rows_.size());
    for (const Bounded& row : rows_) places.push_back(row.place);
    return places;
  }

 private:
  void cut() {
    if (rows_.size() <= k_) return;
    const auto kth = rows_.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
    std::nth_element(rows_.begin(), kth, rows_.end(),
                     [](const Bounded& a, const Bounded& b) { return a.bound > b.bound; });
    bar_ = std::max(bar_, static_cast<float>(kth->bound * tightness_));
    std::erase_if(rows_, [&](const Bounded& row) { return row.bound < bar_; });
  }

  const std::size_t k_;
  const double tightness_;
  std::size_t limit_;
  float bar_ = std::numeric_limits<float>::min();  // at first, whatever scores
  std::vector<Bounded> rows_;
};

// The least that a score is of its bound. With length l in a class that begins at l' > 16/17 l, and any frequency ≥ 1,
// score / bound ≥ 1 − slope · (l − l') / (1 + base + slope · l), which falls with l.
double tightness_of(std::span<const SegmentView> views, const TermScorer& scorer, Field field, std::size_t terms) {
  std::uint32_t longest = 0;
  for (const SegmentView& view : views) longest = std::max(longest, view.segment->max_length(field));
  const std::uint8_t last_class = length_class(longest);
  if (last_class == kLengthClasses - 1) return 0;  // it has no end
  const double weight = scorer.slope * longest;
  const double loose = weight / (1 + scorer.base + weight) / 17;
  return (1 - loose) * (1 - 2 * kFloatError * static_cast<double>(terms + 2));
}

// Calls take(place) for each sum of at least `bar`, in order.
template <class Take>
void each_at_least(const std::array<float, kWindowRows>& sums, const Candidates& candidates, Take take) {
  for (std::size_t i = 0; i < kWindowRows; i += 8) {
    const __m128 bar = _mm_set1_ps(candidates.bar());
    const __m128 low = _mm_cmpge_ps(_mm_load_ps(sums.data() + i), bar);
    const __m128 high = _mm_cmpge_ps(_mm_load_ps(sums.data() + i + 4), bar);
    auto found = static_cast<unsigned>(_mm_movemask_ps(low)) | static_cast<unsigned>(_mm_movemask_ps(high)) << 4;
    for (; found != 0; found &= found - 1) take(i + static_cast<std::size_t>(std::countr_zero(found)));
  }
}

// Adds up one view's bounds window by window.
void collect(std::span<const QueryTerm> terms, std::span<const TermScorer> scorers, const SegmentView& view,
             std::uint32_t number, Candidates& candidates) {
  std::vector<TermCursor> cursors;
  cursors.reserve(terms.size());
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (const std::optional<PostingList> list = view.segment->find(terms[i].term, terms[i].field)) {
      cursors.emplace_back(*list, terms[i].field, scorers[i], view);
    }
  }
  alignas(16) std::array<float, kWindowRows> sums;
  while (true) {
    std::uint64_t next = TermCursor::kEnd;
    for (const TermCursor& cursor : cursors) next = std::min(next, cursor.row());
    if (next == TermCursor::kEnd) return;
    const std::uint64_t start = next / kWindowRows * kWindowRows;
    sums.fill(0);
    for (TermCursor& cursor : cursors) cursor.add_until(start, start + kWindowRows, sums.data());
    each_at_least(sums, candidates, [&](std::size_t place) {
      const auto row = static_cast<std::uint32_t>(start + place);
      if (view.visible.test(row)) candidates.take({number, row}, sums[place]);
    });
  }
}

// Terms that the living rows have in a field.
std::uint64_t living_length(const SegmentView& view, Field field, std::size_t alive) {
  if (alive == view.segment->rows()) return view.segment->total_length(field);
  std::uint64_t sum = 0;
  view.alive.each([&](std::size_t row) { sum += view.segment->length(field, row); });
  return sum;
}

}  // namespace

TermStatistics term_statistics(std::span<const SegmentView> views, std::span<const QueryTerm> terms) {
  TermStatistics statistics;
  statistics.document_frequency.assign(terms.size(), 0);
  std::array<bool, kFields> asked{};
  for (const QueryTerm& term : terms) asked[static_cast<std::size_t>(term.field)] = true;
  for (const SegmentView& view : views) {
    const std::size_t alive = view.alive.count();
    statistics.rows += alive;
    for (std::size_t f = 0; f < kFields; ++f) {
      if (f == 0 || asked[f]) statistics.total_length[f] += living_length(view, static_cast<Field>(f), alive);
    }
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const std::optional<PostingList> list = view.segment->find(terms[i].term, terms[i].field);
      if (!list) continue;
      if (alive == view.segment->rows()) {
        statistics.document_frequency[i] += list->count();
        continue;
      }
      list->each_in(view.alive, [&](std::uint32_t) { ++statistics.document_frequency[i]; });
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
  if (k == 0 || terms.empty()) return {};
  std::vector<TermScorer> scorers;
  scorers.reserve(terms.size());
  for (std::size_t i = 0; i < terms.size(); ++i) {
    scorers.emplace_back(terms[i], statistics.document_frequency[i], statistics, bm25);
  }
  double tightness = 1;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    tightness = std::min(tightness, tightness_of(views, scorers[i], terms[i].field, terms.size()));
  }
  Candidates candidates(k, tightness);
  for (std::uint32_t v = 0; v < views.size(); ++v) collect(terms, scorers, views[v], v, candidates);
  const std::vector<RowPlace> places = candidates.places();
  const std::vector<double> scores = bm25_scores(views, terms, statistics, bm25, places);
  std::vector<PlacedScore> best;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (scores[i] > 0) best.push_back({places[i], scores[i]});
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
      const std::optional<PostingList> list = segment.find(terms[t].term, terms[t].field);
      if (!list) continue;
      const TermScorer scorer(terms[t], statistics.document_frequency[t], statistics, bm25);
      PostingList::Block block;
      std::size_t decoded = list->blocks(), count = 0, from = 0;
      for (std::size_t i = begin; i < end; ++i) {
        const std::uint32_t row = wanted[i].first.row;
        from = list->block_of(row, from);
        if (from == list->blocks()) break;
        if (from != decoded) count = list->decode(decoded = from, block);
        const auto last = block.rows.begin() + static_cast<std::ptrdiff_t>(count);
        const auto at = std::lower_bound(block.rows.begin(), last, row);
        if (at != last && *at == row) {
          const std::uint32_t frequency = block.frequencies[static_cast<std::size_t>(at - block.rows.begin())];
          scores[wanted[i].second] += scorer.score(frequency, segment.length(terms[t].field, row));
        }
      }
    }
  }
  return scores;
}

}  // namespace naru
