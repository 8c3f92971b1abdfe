// Conditions of the query language against a naive reading of every row's own terms.
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "runtime/random.h"
#include "store/lexical/row_text.h"
#include "store/testing.h"
#include "text/query_syntax.h"

namespace naru {
namespace {

using testing::Desk;
using testing::Page;
using testing::Pages;

constexpr std::array<std::string_view, 14> kWords = {"pump",  "pumps",    "night",      "retrieval", "max_tokens",
                                                     "도서관", "도서관에서", "중앙도서관", "이용",      "이용안내",
                                                     "집은",  "집",       "2019년",     "the"};

std::string words(Random& random, std::uint64_t most) {
  std::string text;
  for (std::uint64_t n = 1 + random.below(most); n > 0; --n) {
    text += (text.empty() ? "" : " ") + std::string(kWords[random.below(kWords.size())]);
  }
  return text;
}

// A query of the given depth, as a person might type it.
std::string query(Random& random, int depth) {
  const std::string word(kWords[random.below(kWords.size())]);
  switch (random.below(depth > 0 ? 10 : 6)) {
    case 0:
      return "\"" + words(random, 3) + "\"";
    case 1:
      return "pu*";
    case 2:
      return "도서*";
    case 3:
      return "title:" + word;
    case 4:
      return "file:d" + std::to_string(random.below(6));
    case 5:
      return word;
    case 6:
      return "(" + query(random, depth - 1) + " OR " + query(random, depth - 1) + ")";
    case 7:
      return query(random, depth - 1) + " AND " + query(random, depth - 1);
    case 8:
      return "+" + query(random, depth - 1) + " -" + query(random, depth - 1);
    default:
      return query(random, depth - 1) + " NOT (" + query(random, depth - 1) + ")";
  }
}

bool holds(const QueryNode& node, const Snapshot& snapshot, std::uint64_t row) {
  const auto child = [&](const QueryNode& one) { return holds(one, snapshot, row); };
  if (node.kind == QueryNode::Kind::all) return std::all_of(node.children.begin(), node.children.end(), child);
  if (node.kind == QueryNode::Kind::any) return std::any_of(node.children.begin(), node.children.end(), child);
  if (node.kind == QueryNode::Kind::none) return std::none_of(node.children.begin(), node.children.end(), child);
  const ChunkView view = *snapshot.chunk(row);
  RowAnalyzer analyzer;
  const RowTerms& terms = analyzer.analyze({view.text, view.title, view.heading_path, indexed_name("text", view.doc)});
  for (std::size_t field = 0; field < kFields; ++field) {
    if ((!node.field || *node.field == static_cast<Field>(field)) && leaf_holds(node, terms[field])) return true;
  }
  return false;
}

std::set<std::uint64_t> all_rows(const Snapshot& snapshot) {
  std::set<std::uint64_t> rows;
  for (const char* key : {"d0.txt", "d1.txt", "d2.txt", "d3.txt", "d4.txt", "d5.txt"}) {
    const Result<DocumentView> document = snapshot.document(key);
    if (!document) continue;
    for (const ChunkView& chunk : document->chunks) rows.insert(chunk.row);
  }
  return rows;
}

TEST(Condition, AnyQuerysConditionsAreThoseOfANaiveReading) {
  const TemporaryFolder folder = *TemporaryFolder::make("naru-condition-");
  Random random(20);
  Desk desk(folder.path());
  std::size_t met = 0;
  for (int round = 0; round < 12; ++round) {
    Pages pages;
    Page page;
    for (std::uint64_t n = random.below(5); n > 0; --n) page.paragraphs.push_back(words(random, 9));
    if (random.below(3) == 0) page.label.access = {"group:staff"};
    pages["d" + std::to_string(random.below(6)) + ".txt"] = page;
    ASSERT_TRUE(desk.put(pages).has_value());
    const auto snapshot = desk.snapshot(random.below(2) == 0 ? Principal::owner() : Principal::of("kim", {"staff"}));
    const std::set<std::uint64_t> rows = all_rows(*snapshot);
    for (int i = 0; i < 40; ++i) {
      const std::string typed = query(random, 3);
      const Result<ParsedQuery> parsed = parse_query(typed);
      ASSERT_TRUE(parsed.has_value()) << typed;
      for (const QueryCondition& condition : parsed->conditions) {
        std::set<std::uint64_t> expected;
        for (const std::uint64_t row : rows) {
          if (holds(condition.node, *snapshot, row)) expected.insert(row);
        }
        const RowMask mask = *snapshot->rows_where(condition.node);
        std::set<std::uint64_t> found;
        const std::vector<ScoredRow> listed = *snapshot->first_rows(mask, 1000);
        for (const ScoredRow& row : listed) found.insert(row.row);
        ASSERT_EQ(found, expected) << typed;
        met += found.empty() ? 0 : 1;
      }
    }
  }
  EXPECT_GT(met, 100U);  // the queries do ask for something that is there
}

TEST(Condition, ALegUnderAMaskGivesItsOwnScoresWithinIt) {
  const TemporaryFolder folder = *TemporaryFolder::make("naru-condition-");
  Random random(21);
  Desk desk(folder.path());
  Pages pages;
  for (int i = 0; i < 6; ++i) {
    Page& page = pages["d" + std::to_string(i) + ".txt"];
    for (int n = 0; n < 5; ++n) page.paragraphs.push_back(words(random, 9));
  }
  ASSERT_TRUE(desk.put(pages).has_value());
  const auto snapshot = desk.snapshot();
  const std::vector<QueryTerm> terms = analyze_query("pump 도서관 이용");
  const TermStatistics statistics = *snapshot->statistics(terms);
  const std::vector<ScoredRow> all = *snapshot->lexical(terms, statistics, {}, 1000);
  const RowMask mask = *snapshot->rows_where(parse_query("+이용")->conditions.front().node);
  const std::vector<ScoredRow> some = *snapshot->lexical(terms, statistics, {}, 1000, &mask);
  ASSERT_FALSE(some.empty());
  ASSERT_LT(some.size(), all.size());
  std::size_t at = 0;
  for (const ScoredRow& row : some) {
    while (at < all.size() && all[at].row != row.row) ++at;
    ASSERT_LT(at, all.size());
    EXPECT_EQ(all[at].score, row.score);
  }
}

TEST(Condition, WordsAreCountedOverVisibleRowsOnly) {
  const TemporaryFolder folder = *TemporaryFolder::make("naru-condition-");
  Desk desk(folder.path());
  Page open{{"pump pumpkin"}, {}}, closed{{"pumpernickel pump"}, {}};
  open.label.access = {"group:staff"};
  ASSERT_TRUE(desk.put({{"open.txt", open}, {"closed.txt", closed}}).has_value());
  const auto wanted = [](std::string_view) { return true; };
  const std::vector<WordCount> words = *desk.snapshot(Principal::of("kim", {"staff"}))->find_words("pump", wanted);
  ASSERT_EQ(words.size(), 2U);
  EXPECT_EQ(words[0].term, "pump");
  EXPECT_EQ(words[0].rows, 1U);
  EXPECT_EQ(words[1].term, "pumpkin");
}

}  // namespace
}  // namespace naru
