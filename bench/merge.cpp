// What a merge in the background costs a query: the same queries over the same segments, without a merge and while one
// of all of them runs within its share of a core. Prints the median and the 99th percentile of both, and their ratio.
//
//   bench_merge [ROWS] [QUERIES]     rows of each of the two segments; queries without a merge
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/random.h"
#include "store/background_merge.h"
#include "store/lexical/bm25.h"
#include "store/lexical/segment_builder.h"

namespace naru {
namespace {

constexpr std::uint64_t kRows = 100'000, kQueries = 3000;
constexpr std::size_t kWordsOfARow = 80, kVocabulary = 50'000;  // as a chunk of a few sentences
constexpr std::size_t kHits = 10;

// Words as often as in a language: the n-th a n-th as often as the first.
std::string word(Random& random) {
  return "w" + std::to_string(static_cast<std::size_t>(std::pow(static_cast<double>(kVocabulary), random.unit())));
}

std::shared_ptr<const Segment> make_segment(const std::string& folder, std::uint64_t first, std::uint64_t rows) {
  SegmentBuilder builder;
  Random random(first);
  for (std::uint64_t i = 0; i < rows; ++i) {
    SegmentRow row;
    row.chunk = first + i;
    row.document = static_cast<std::uint32_t>((first + i) / 8 + 1);
    std::vector<std::string> words;
    for (std::size_t n = 0; n < kWordsOfARow; ++n) words.push_back(word(random));
    builder.add(row, words);
  }
  return Segment::open(folder, builder.write(folder).value().name).value();
}

class Queries {
 public:
  explicit Queries(const std::vector<std::shared_ptr<const Segment>>& segments) {
    for (const auto& segment : segments) {
      SegmentView view;
      view.segment = segment;
      view.alive = view.visible = Bitmap(segment->rows(), true);
      views_.push_back(std::move(view));
    }
  }

  void ask() {
    std::vector<QueryTerm> terms;
    for (std::size_t n = 1 + random_.below(4); n > 0; --n) terms.push_back({word(random_), 1.0F});
    const std::int64_t began = system_clock().monotonic_ns();
    hits_ += bm25_top(views_, terms, term_statistics(views_, terms), {}, kHits).size();
    times_.push_back(elapsed_ms(began, system_clock().monotonic_ns()));
  }

  // Prints, and gives the 99th percentile.
  double report(const char* when) {
    std::sort(times_.begin(), times_.end());
    const double middle = times_[times_.size() / 2], late = times_[times_.size() * 99 / 100];
    std::cout << fmt::format("{:<16} {:>7} queries  p50 {:.3f} ms  p99 {:.3f} ms\n", when, times_.size(), middle, late);
    times_.clear();
    random_ = Random(1);
    return late;
  }

 private:
  std::vector<SegmentView> views_;
  std::vector<double> times_;
  std::size_t hits_ = 0;  // so that no answer is left out
  Random random_{1};
};

int measure(std::uint64_t rows, std::uint64_t queries) {
  const TemporaryFolder folder = TemporaryFolder::make("naru-bench-merge-").value();
  const std::vector<std::shared_ptr<const Segment>> segments = {make_segment(folder.path(), 1, rows),
                                                                make_segment(folder.path(), rows + 1, rows)};
  Queries asked(segments);
  for (std::uint64_t i = 0; i < queries; ++i) asked.ask();  // the files are in memory from here on
  asked.report("warming up");
  for (std::uint64_t i = 0; i < queries; ++i) asked.ask();
  const double without = asked.report("without a merge");
  std::vector<BackgroundMerge::Input> inputs;
  for (const auto& segment : segments) inputs.push_back({segment, Bitmap(segment->rows(), true)});
  const std::int64_t began = system_clock().monotonic_ns();
  BackgroundMerge merge(std::move(inputs), folder.path());
  while (!merge.done()) asked.ask();
  const double took = elapsed_ms(began, system_clock().monotonic_ns());
  const double during = asked.report("during a merge");
  if (!merge.wait()) return 1;
  std::cout << fmt::format("merge of {} rows: {:.0f} ms; p99 during / without: {:.2f}\n", 2 * rows, took,
                           during / without);
  return 0;
}

}  // namespace
}  // namespace naru

int main(int argc, char** argv) {
  const std::uint64_t rows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : naru::kRows;
  const std::uint64_t queries = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : naru::kQueries;
  if (rows == 0 || queries == 0) return std::fputs("bench_merge [ROWS] [QUERIES]\n", stderr), 2;
  return naru::measure(rows, queries);
}
