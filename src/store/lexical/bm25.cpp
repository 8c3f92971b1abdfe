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

// To look a row up in a list costs as much as adding so many of its postings up: measured on 100,000 Zipf documents.
constexpr std::uint64_t kLookUpCost = 8;

// One rounding of a float, generously; a bound is a table's value and one addition a term.
constexpr float kFloatError = 1.2e-7F;

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
  // Of all rows of a block.
  float operator()(const BlockBest& best) const {
    float most = 0;
    for (std::uint32_t f = 0; f < best.shortest.size(); ++f) {
      if (best.shortest[f] == BlockBest::kNone) continue;
      const bool last = f + 1 == best.shortest.size();
      const bool open = last && best.frequency == BlockBest::kFrequencyOpen;
      const std::uint32_t frequency = last ? std::max<std::uint32_t>(best.frequency, f + 1) : f + 1;
      most = std::max(most, open ? limit_ : (*this)(frequency, best.shortest[f]));
    }
    return most;
  }

 private:
  // Never 0 for what scores: the smallest float is still seen.
  float bound(std::uint32_t frequency, std::uint32_t length) const {
    const double score = scorer_.score(frequency, length);
    return score > 0 ? std::max(static_cast<float>(score), std::numeric_limits<float>::min()) : 0;
  }

  const TermScorer scorer_;
  const float limit_ = static_cast<float>(scorer_.factor * (1 + kFloatError));  // of whatever frequency
  std::array<float, kTabledFrequencies * kLengthClasses> table_{};  // by frequency − 1, then class
};

// One term's postings in row order. A block is decoded when a row of it is asked for, so that blocks in which nothing
// is visible, or nothing can be among the best, are not.
class TermCursor {
 public:
  static constexpr std::uint64_t kEnd = ~0ULL;

  TermCursor(const PostingList& list, Field field, const TermScorer& scorer, const SegmentView& view)
      : list_(list), blocks_(list.blocks()), view_(&view), classes_(view.segment->length_classes(field)),
        bounds_(scorer, length_class(view.segment->max_length(field))) {
    go_to(0);
    if (blocks_ != 1 || !decode()) return;
    for (std::size_t i = 0; i < count_; ++i) only_most_ = std::max(only_most_, bound(i));
  }

  std::uint64_t postings() const { return list_.count(); }

  // No row before this one is left; kEnd: none at all.
  std::uint64_t row() const {
    if (number_ == blocks_) return kEnd;
    return count_ > 0 ? block_.rows[at_] : std::max(from_, list_.first_row(number_));
  }

  // No row that is left before `end` has a higher bound.
  float most_before(std::uint64_t end) const {
    if (row() >= end) return 0;
    if (blocks_ == 1) return only_most_;
    float most = 0;
    for (std::size_t b = number_; b < blocks_ && list_.first_row(b) < end; ++b) {
      most = std::max(most, bounds_(list_.best(b)));
    }
    return most;
  }

  // Calls take(row, bound) for the rows in [start, end), but for blocks without a visible one. Those before are gone.
  template <class Take>
  void each_in(std::uint64_t start, std::uint64_t end, Take take) {
    from_ = std::max(from_, start);
    while (row() < end) {
      if (count_ == 0 && !view_->visible.any_in(list_.first_row(number_), last_row_ + 1)) {
        go_to(number_ + 1);
        continue;
      }
      if (!decode()) continue;
      for (; at_ < count_ && block_.rows[at_] < end; ++at_) take(block_.rows[at_], bound(at_));
      if (at_ == count_) go_to(number_ + 1);
    }
  }

  // The rows before `row` are gone.
  void skip_to(std::uint64_t row) {
    from_ = std::max(from_, row);
    if (number_ == blocks_) return;
    if (last_row_ < row) {
      go_to(list_.block_of(row, number_ + 1));
    } else if (count_ > 0) {
      find_from();
    }
  }

  // The bound of a row, 0 where the term is not there. The rows before are gone.
  float bound_of(std::uint64_t row) {
    skip_to(row);
    if (this->row() > row || !decode() || block_.rows[at_] != row) return 0;
    return bound(at_);
  }

 private:
  float bound(std::size_t i) const { return bounds_(block_.frequencies[i], classes_[block_.rows[i]]); }

  void go_to(std::size_t number) {
    number_ = std::min(number, blocks_);
    at_ = count_ = 0;
    if (number_ < blocks_) last_row_ = list_.last_row(number_);
  }

  // To the first row of the decoded block that is left.
  void find_from() {
    const auto first = block_.rows.begin();
    const auto found = std::lower_bound(first + static_cast<std::ptrdiff_t>(at_),
                                        first + static_cast<std::ptrdiff_t>(count_), from_);
    at_ = static_cast<std::size_t>(found - first);
    if (at_ == count_) go_to(number_ + 1);
  }

  // False: nothing of the block is left, and the cursor stands at the next; or its bytes are damaged, and at the end.
  bool decode() {
    if (count_ > 0) return true;
    const std::size_t number = number_;
    count_ = list_.decode(number_, block_);
    if (count_ == 0) return go_to(blocks_), false;
    find_from();
    return number_ == number;
  }

  PostingList list_;
  const std::size_t blocks_;
  const SegmentView* view_;
  const std::span<const std::uint8_t> classes_;
  const TermBounds bounds_;
  float only_most_ = 0;             // of a list of one block
  std::uint64_t from_ = 0;          // rows before it are gone
  std::size_t number_ = 0;          // of the block
  std::uint64_t last_row_ = 0;      // of it
  std::size_t at_ = 0, count_ = 0;  // in it; of its postings, 0: not decoded yet
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
  return (1 - loose) * (1 - 2 * double{kFloatError} * static_cast<double>(terms + 2));
}

// Of 64 sums from `at` on, which are at least `bar`.
std::uint64_t at_least_portable(const float* at, float bar) {
  std::uint64_t found = 0;
  for (unsigned i = 0; i < 64; ++i) found |= std::uint64_t{at[i] >= bar ? 1U : 0U} << i;
  return found;
}

std::uint64_t at_least_sse2(const float* at, float bar) {
  const __m128 bars = _mm_set1_ps(bar);
  std::uint64_t found = 0;
  for (unsigned i = 0; i < 64; i += 4) {
    const auto four = static_cast<unsigned>(_mm_movemask_ps(_mm_cmpge_ps(_mm_load_ps(at + i), bars)));
    found |= std::uint64_t{four} << i;
  }
  return found;
}

// Collects one view's candidates window by window, as MaxScore does (Turtle and Flood, "Query evaluation: strategies
// and optimizations", 1995), with the bounds of a window (Ding and Suel, "Faster top-k document retrieval using
// block-max indexes", 2011): terms that together cannot lift a row to the bar are looked up only in rows that have
// another.
class WindowCollector {
 public:
  WindowCollector(const SegmentView& view, std::uint32_t number, std::size_t terms, Candidates& candidates,
                  Instructions instructions)
      : view_(view), number_(number), candidates_(candidates), instructions_(instructions) {
    cursors_.reserve(terms);
  }

  void add(const PostingList& list, Field field, const TermScorer& scorer) {
    cursors_.emplace_back(list, field, scorer, view_);
  }

  void run() {
    slack_ = 1 - kFloatError * static_cast<float>(cursors_.size() + 2);
    while (true) {
      std::uint64_t next = TermCursor::kEnd;
      for (const TermCursor& cursor : cursors_) next = std::min(next, cursor.row());
      if (next == TermCursor::kEnd) return;
      start_ = next / kWindowRows * kWindowRows;
      order_terms();
      collect_window();
      for (TermCursor& cursor : cursors_) cursor.skip_to(start_ + kWindowRows);
    }
  }

 private:
  struct Term {
    TermCursor* cursor;
    float most;    // of the window
    float before;  // the sum of most of the terms before it
  };

  // Every processor that this is built for has SSE2, so there is nothing to find out.
  std::uint64_t at_least(const float* at, float bar) const {
    return instructions_ == Instructions::best ? at_least_sse2(at, bar) : at_least_portable(at, bar);
  }

  // What falls below it cannot reach the bar, in whatever order its bounds are added up.
  float safe_bar() const { return candidates_.bar() * slack_; }

  // By what they can give in this window, least first; the first optional_ cannot make a candidate alone.
  void order_terms() {
    terms_.clear();
    for (TermCursor& cursor : cursors_) terms_.push_back({&cursor, cursor.most_before(start_ + kWindowRows), 0});
    std::sort(terms_.begin(), terms_.end(), [](const Term& a, const Term& b) { return a.most < b.most; });
    optional_ = 0;
    float sum = 0;
    for (Term& term : terms_) {
      term.before = sum;
      sum += term.most;
      if (sum < safe_bar()) ++optional_;
    }
    if (optional_ < terms_.size() && !looking_up_pays()) optional_ = 0;
  }

  bool looking_up_pays() const {
    std::uint64_t optional = 0, others = 0;
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      (i < optional_ ? optional : others) += terms_[i].cursor->postings();
    }
    return optional >= kLookUpCost * others;
  }

  void collect_window() {
    if (optional_ == terms_.size()) return;
    const float rest = terms_[optional_].before;
    if (optional_ + 1 == terms_.size()) {
      terms_[optional_].cursor->each_in(start_, start_ + kWindowRows, [&](std::uint32_t row, float bound) {
        if (bound >= safe_bar() - rest && view_.visible.test(row)) complete(row, bound);
      });
      return;
    }
    sums_.fill(0);
    for (std::size_t i = optional_; i < terms_.size(); ++i) {
      terms_[i].cursor->each_in(start_, start_ + kWindowRows,
                                [&](std::uint32_t row, float bound) { sums_[row - start_] += bound; });
    }
    const std::vector<std::uint64_t>& visible = view_.visible.words();
    for (std::size_t w = start_ / 64, i = 0; i < kWindowRows && w < visible.size(); ++w, i += 64) {
      if (visible[w] == 0) continue;
      std::uint64_t found = at_least(sums_.data() + i, safe_bar() - rest) & visible[w];
      for (; found != 0; found &= found - 1) {
        const std::size_t place = i + static_cast<std::size_t>(std::countr_zero(found));
        complete(static_cast<std::uint32_t>(start_ + place), sums_[place]);
      }
    }
  }

  // Adds what the optional terms give, the largest first, while the row may still be a candidate.
  void complete(std::uint32_t row, float sum) {
    for (std::size_t i = optional_; i > 0; --i) {
      const Term& term = terms_[i - 1];
      if (sum + term.before + term.most < safe_bar()) return;
      sum += term.cursor->bound_of(row);
    }
    if (sum >= candidates_.bar()) candidates_.take({number_, row}, sum);
  }

  const SegmentView& view_;
  const std::uint32_t number_;
  Candidates& candidates_;
  const Instructions instructions_;
  std::vector<TermCursor> cursors_;
  float slack_ = 1;
  std::uint64_t start_ = 0;   // of the window
  std::vector<Term> terms_;   // for the window
  std::size_t optional_ = 0;  // of them
  alignas(16) std::array<float, kWindowRows> sums_;
};

void collect(std::span<const QueryTerm> terms, std::span<const TermScorer> scorers, const SegmentView& view,
             std::uint32_t number, Candidates& candidates, Instructions instructions) {
  WindowCollector collector(view, number, terms.size(), candidates, instructions);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (const std::optional<PostingList> list = view.segment->find(terms[i].term, terms[i].field)) {
      collector.add(*list, terms[i].field, scorers[i]);
    }
  }
  collector.run();
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
                                  const TermStatistics& statistics, const Bm25& bm25, std::size_t k,
                                  Instructions instructions) {
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
  for (std::uint32_t v = 0; v < views.size(); ++v) collect(terms, scorers, views[v], v, candidates, instructions);
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
