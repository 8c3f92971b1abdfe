#include "store/lexical/bm25.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "runtime/files.h"
#include "runtime/random.h"
#include "store/lexical/segment_builder.h"
#include "store/lexical/segment_merge.h"

namespace naru {
namespace {

using Terms = std::vector<std::string>;

struct Row {
  Terms terms;
  bool alive = true, visible = true;
};

struct Scored {
  std::uint64_t chunk = 0;
  double score = 0;
};

std::string word(Random& random) {
  const double u = random.unit();
  return "w" + std::to_string(static_cast<int>(u * u * 60));
}

std::vector<Row> random_rows(Random& random, std::size_t count) {
  std::vector<Row> rows(count);
  for (Row& row : rows) {
    for (std::uint64_t words = random.below(25); words > 0; --words) row.terms.push_back(word(random));
    row.alive = random.below(5) != 0;
    row.visible = row.alive && random.below(3) != 0;
  }
  return rows;
}

// Rows i with part(i) == p go to segment p; the chunk row is i + 1.
template <class Part>
std::vector<SegmentView> cut(const std::vector<Row>& rows, std::size_t parts, const std::string& folder, Part part) {
  std::vector<SegmentBuilder> builders(parts);
  std::vector<std::vector<std::size_t>> members(parts);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t p = part(i);
    builders[p].add({i + 1, static_cast<std::uint32_t>(i + 1), 0, 0, 0}, rows[i].terms);
    members[p].push_back(i);
  }
  std::vector<SegmentView> views;
  for (std::size_t p = 0; p < parts; ++p) {
    SegmentView view;
    view.segment = Segment::open(folder, builders[p].write(folder).value().name).value();
    view.alive = view.visible = Bitmap(members[p].size());
    for (std::size_t i = 0; i < members[p].size(); ++i) {
      if (rows[members[p][i]].alive) view.alive.set(i);
      if (rows[members[p][i]].visible) view.visible.set(i);
    }
    views.push_back(std::move(view));
  }
  return views;
}

// The formula as the header has it, over all rows, one by one.
std::vector<Scored> slow(const std::vector<Row>& rows, const std::vector<QueryTerm>& terms, const Bm25& bm25) {
  double count = 0, length = 0;
  for (const Row& row : rows) {
    count += row.alive ? 1 : 0;
    length += row.alive ? static_cast<double>(row.terms.size()) : 0;
  }
  std::vector<Scored> found;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    double score = 0;
    for (const QueryTerm& term : terms) {
      const auto frequency = [&](const Row& row) {
        return static_cast<double>(std::count(row.terms.begin(), row.terms.end(), term.term));
      };
      double df = 0;
      for (const Row& row : rows) df += row.alive && frequency(row) > 0 ? 1 : 0;
      const double tf = frequency(rows[i]), own = static_cast<double>(rows[i].terms.size());
      const double idf = std::log(1 + (count - df + 0.5) / (df + 0.5));
      score += term.weight * idf * tf * (bm25.k1 + 1) /
               (tf + bm25.k1 * (1 - bm25.b + bm25.b * own / std::max(1.0, length / count)));
    }
    if (rows[i].visible && score > 0) found.push_back({i + 1, score});
  }
  std::stable_sort(found.begin(), found.end(), [](const Scored& a, const Scored& b) { return a.score > b.score; });
  return found;
}

std::map<std::uint64_t, double> by_chunk(const std::vector<SegmentView>& views,
                                         const std::vector<PlacedScore>& scores) {
  std::map<std::uint64_t, double> map;
  for (const PlacedScore& one : scores) map[views[one.place.view].segment->row(one.place.row).chunk] = one.score;
  return map;
}

TEST(Bm25, AgreesWithTheFormulaOverEveryRow) {
  Random random(1);
  for (int round = 0; round < 30; ++round) {
    const TemporaryFolder folder = TemporaryFolder::make("bm25").value();
    const std::vector<Row> rows = random_rows(random, 1 + random.below(400));
    std::vector<QueryTerm> terms;
    for (std::uint64_t i = 1 + random.below(4); i > 0; --i) {
      terms.push_back({word(random), static_cast<float>(1 + random.below(3))});
    }
    const std::size_t parts = 1 + random.below(4), k = 1 + random.below(12);
    std::vector<std::size_t> part(rows.size());
    for (std::size_t& p : part) p = random.below(parts);
    const std::vector<SegmentView> views = cut(rows, parts, folder.path(), [&](std::size_t i) { return part[i]; });
    const std::vector<PlacedScore> fast = bm25_top(views, terms, term_statistics(views, terms), {}, k);
    const std::vector<Scored> expected = slow(rows, terms, {});
    ASSERT_GE(fast.size(), std::min(k, expected.size()));
    ASSERT_LE(fast.size(), expected.size());
    for (std::size_t i = 0; i < fast.size(); ++i) EXPECT_NEAR(fast[i].score, expected[i].score, 1e-9);
    for (std::size_t i = k; i < fast.size(); ++i) EXPECT_EQ(fast[i].score, fast[k - 1].score);
  }
}

// Long rows share a length class with others, frequencies pass the tables, few rows are visible: the bounds are loose,
// and still nothing of the best may be lost.
TEST(Bm25, TopIsThatOfScoringEveryVisibleRow) {
  Random random(11);
  for (int round = 0; round < 12; ++round) {
    const TemporaryFolder folder = TemporaryFolder::make("bm25").value();
    std::vector<Row> rows(1 + random.below(3000));
    const std::uint64_t visible_one_in = 1 + random.below(10);
    for (Row& row : rows) {
      for (std::uint64_t words = random.below(8) == 0 ? random.below(300) : random.below(9); words > 0; --words) {
        row.terms.push_back(word(random));
      }
      row.visible = random.below(visible_one_in) == 0;
    }
    const std::vector<SegmentView> views = cut(rows, 2, folder.path(), [](std::size_t i) { return i % 5 == 0; });
    const std::vector<QueryTerm> terms = {{word(random), 1.0F}, {word(random), 0.3F}, {word(random), 1.0F}};
    const TermStatistics statistics = term_statistics(views, terms);
    std::vector<RowPlace> places;
    for (std::uint32_t v = 0; v < views.size(); ++v) {
      views[v].visible.each([&](std::size_t row) { places.push_back({v, static_cast<std::uint32_t>(row)}); });
    }
    for (const Bm25& bm25 : {Bm25{}, Bm25{1.2, 1.0}, Bm25{0.0, 0.4}}) {
      const std::vector<double> scores = bm25_scores(views, terms, statistics, bm25, places);
      std::vector<PlacedScore> expected;
      for (std::size_t i = 0; i < places.size(); ++i) {
        if (scores[i] > 0) expected.push_back({places[i], scores[i]});
      }
      const std::size_t k = 1 + random.below(30);
      keep_top_with_ties(expected, k);
      for (const Instructions instructions : {Instructions::best, Instructions::portable}) {
        const std::vector<PlacedScore> found = bm25_top(views, terms, statistics, bm25, k, instructions);
        ASSERT_EQ(found.size(), expected.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
          EXPECT_EQ(found[i].score, expected[i].score);
          EXPECT_EQ(found[i].place.view, expected[i].place.view);
          EXPECT_EQ(found[i].place.row, expected[i].place.row);
        }
      }
    }
  }
}

// Frequent words beside rare ones over several windows of rows, so that blocks are skipped and terms are looked up.
TEST(Bm25, AThousandQueriesHaveTheTopOfAnExhaustiveScorerOnEachPathWithAndWithoutABitmap) {
  Random random(13);
  const TemporaryFolder folder = TemporaryFolder::make("bm25").value();
  const auto some_word = [&] {
    const double u = random.unit();
    return "w" + std::to_string(static_cast<int>(u * u * u * u * 300));
  };
  std::vector<Row> rows(10'000);
  for (Row& row : rows) {
    for (std::uint64_t words = random.below(30); words > 0; --words) row.terms.push_back(some_word());
    row.alive = random.below(20) != 0;
    row.visible = row.alive;
  }
  std::vector<SegmentView> views = cut(rows, 2, folder.path(), [](std::size_t i) { return i % 7 == 0; });
  for (int query = 0; query < 1000; ++query) {
    if (query == 500) {  // from here on one row in ten
      for (SegmentView& view : views) {
        view.alive.each([&](std::size_t row) {
          if (random.below(10) != 0) view.visible.clear(row);
        });
      }
    }
    std::vector<QueryTerm> terms;
    for (std::uint64_t i = 1 + random.below(4); i > 0; --i) terms.push_back({some_word(), 1.0F});
    const TermStatistics statistics = term_statistics(views, terms);
    std::vector<RowPlace> places;
    for (std::uint32_t v = 0; v < views.size(); ++v) {
      views[v].visible.each([&](std::size_t row) { places.push_back({v, static_cast<std::uint32_t>(row)}); });
    }
    const std::vector<double> scores = bm25_scores(views, terms, statistics, {}, places);
    std::vector<PlacedScore> expected;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (scores[i] > 0) expected.push_back({places[i], scores[i]});
    }
    keep_top_with_ties(expected, 10);
    for (const Instructions instructions : {Instructions::best, Instructions::portable}) {
      const std::vector<PlacedScore> found = bm25_top(views, terms, statistics, {}, 10, instructions);
      ASSERT_EQ(found.size(), expected.size()) << query;
      for (std::size_t i = 0; i < found.size(); ++i) {
        ASSERT_EQ(found[i].score, expected[i].score) << query;
        ASSERT_EQ(std::pair(found[i].place.view, found[i].place.row),
                  std::pair(expected[i].place.view, expected[i].place.row)) << query;
      }
    }
  }
}

TEST(Bm25, EqualStatesGiveEqualBitsHoweverTheirSegmentsAreCut) {
  Random random(2);
  const TemporaryFolder folder = TemporaryFolder::make("bm25").value();
  for (int round = 0; round < 10; ++round) {
    std::vector<Row> rows = random_rows(random, 700);
    const std::vector<QueryTerm> terms = {{"w3", 1.0F}, {"w0", 0.7F}, {"w17", 1.0F}, {"absent", 1.0F}};
    const std::vector<SegmentView> whole = cut(rows, 1, folder.path(), [](std::size_t) { return 0; });
    const std::vector<SegmentView> three = cut(rows, 3, folder.path(), [](std::size_t i) { return (i * 7 / 5) % 3; });
    const auto score = [&](const std::vector<SegmentView>& views, std::size_t k) {
      return by_chunk(views, bm25_top(views, terms, term_statistics(views, terms), {}, k));
    };
    EXPECT_EQ(score(whole, 1000), score(three, 1000));
    EXPECT_EQ(score(whole, 10), score(three, 10));
    // Without what has died, in a new segment, it is the same state.
    std::vector<MergeInput> inputs;
    for (const SegmentView& view : three) inputs.push_back({view.segment.get(), &view.alive});
    SegmentView merged;
    merged.segment = Segment::open(folder.path(), merge_segments(inputs, folder.path()).value().name).value();
    merged.alive = merged.visible = Bitmap(merged.segment->rows(), true);
    for (std::size_t i = 0; i < merged.segment->rows(); ++i) {
      if (!rows[merged.segment->row(i).chunk - 1].visible) merged.visible.clear(i);
    }
    const std::vector<SegmentView> one = {merged};
    EXPECT_EQ(score(whole, 10), score(one, 10));
  }
}

TEST(Bm25, WhatIsNotVisibleCountsAndIsNotReturned) {
  const TemporaryFolder folder = TemporaryFolder::make("bm25").value();
  std::vector<Row> rows = {{{"a"}, true, true}, {{"a", "b"}, true, false}, {{"a"}, false, false}};
  const std::vector<SegmentView> views = cut(rows, 1, folder.path(), [](std::size_t) { return 0; });
  const std::vector<QueryTerm> terms = {{"a", 1.0F}};
  const TermStatistics statistics = term_statistics(views, terms);
  EXPECT_EQ(statistics.rows, 2U);
  EXPECT_EQ(statistics.total_length[0], 3U);
  EXPECT_EQ(statistics.document_frequency, std::vector<std::uint64_t>{2});
  const std::vector<PlacedScore> found = bm25_top(views, terms, statistics, {}, 10);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].place.row, 0U);
}

TEST(Bm25, ReturnsAllThatTieWithTheLast) {
  const TemporaryFolder folder = TemporaryFolder::make("bm25").value();
  const std::vector<Row> rows(3000, Row{{"same", "words"}});
  const std::vector<SegmentView> views = cut(rows, 2, folder.path(), [](std::size_t i) { return i % 2; });
  const std::vector<QueryTerm> terms = {{"same", 1.0F}};
  EXPECT_EQ(bm25_top(views, terms, term_statistics(views, terms), {}, 5).size(), 3000U);
  EXPECT_TRUE(bm25_top(views, terms, term_statistics(views, terms), {}, 0).empty());
}

TEST(Bm25, ScoresOfGivenRowsAreThoseOfTheTop) {
  Random random(5);
  const TemporaryFolder folder = TemporaryFolder::make("bm25").value();
  const std::vector<Row> rows = random_rows(random, 900);
  const std::vector<SegmentView> views = cut(rows, 3, folder.path(), [](std::size_t i) { return i % 3; });
  const std::vector<QueryTerm> terms = {{"w1", 1.0F}, {"w0", 2.0F}, {"w30", 1.0F}};
  const TermStatistics statistics = term_statistics(views, terms);
  std::vector<PlacedScore> top = bm25_top(views, terms, statistics, {}, 1000);
  std::vector<RowPlace> places;
  for (std::size_t i = 0; i < 200; ++i) places.push_back(top[random.below(top.size())].place);
  places.push_back({~0U, 0});
  places.push_back({0, ~0U});
  const std::vector<double> scores = bm25_scores(views, terms, statistics, {}, places);
  for (std::size_t i = 0; i < 200; ++i) {
    for (const PlacedScore& one : top) {
      const bool same = one.place.view == places[i].view && one.place.row == places[i].row;
      if (same) {
        EXPECT_EQ(scores[i], one.score);
      }
    }
  }
  EXPECT_EQ(scores[200], 0);
  EXPECT_EQ(scores[201], 0);
}

TEST(Bm25, DamagedPostingsNeverLeadOutsideTheSegment) {
  Random random(9);
  const TemporaryFolder folder = TemporaryFolder::make("bm25").value();
  std::vector<Row> rows = random_rows(random, 9000);
  for (Row& row : rows) {
    if (row.terms.size() > 6) row.terms.resize(6);
    row.visible = random.below(20) == 0;
  }
  std::vector<SegmentView> views = cut(rows, 1, folder.path(), [](std::size_t) { return 0; });
  const std::string name = views[0].segment->name(), path = join_path(folder.path(), name + ".seg");
  const std::string good = read_file(path).value();
  std::uint64_t postings = 0;
  std::memcpy(&postings, good.data() + 80, 8);
  for (int round = 0; round < 300; ++round) {
    std::string bad = good;
    for (std::uint64_t edits = 1 + random.below(400); edits > 0; --edits) {
      bad[postings + random.below(bad.size() - postings)] = static_cast<char>(random.below(256));
    }
    ASSERT_TRUE(write_file_durable(path, bad));
    views[0].segment = Segment::open(folder.path(), name).value();
    const std::vector<QueryTerm> terms = {{"w0", 1.0F}, {word(random), 1.0F}, {word(random), 1.0F}};
    const TermStatistics statistics = term_statistics(views, terms);
    const std::vector<PlacedScore> found = bm25_top(views, terms, statistics, {}, 10);
    std::vector<RowPlace> places;
    for (const PlacedScore& one : found) {
      EXPECT_TRUE(views[0].visible.test(one.place.row));
      places.push_back(one.place);
    }
    EXPECT_EQ(bm25_scores(views, terms, statistics, {}, places).size(), places.size());
  }
}

}  // namespace
}  // namespace naru
