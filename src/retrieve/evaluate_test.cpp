#include "retrieve/evaluate.h"

#include <gtest/gtest.h>

#include "runtime/files.h"

namespace naru {
namespace {

EvalSet two_queries() {
  EvalSet set;
  set.queries = {{"q1", "a"}, {"q2", "b"}};
  set.judgements = {{"q1", {{"d1", 1}}}, {"q2", {{"d1", 1}, {"d2", 2}}}};
  return set;
}

TEST(Evaluate, APerfectRankingScoresOne) {
  LegRun run;
  run.lists = {{{"d1", 2.0}}, {{"d2", 2.0}, {"d1", 1.0}}};
  run.ms = {1.0, 2.0};
  const Json figures = measure(two_queries(), run);
  EXPECT_EQ(figures["ndcg@10"], 1.0);
  EXPECT_EQ(figures["recall@10"], 1.0);
  EXPECT_EQ(figures["mrr@10"], 1.0);
}

TEST(Evaluate, AQueryWithoutHitsCountsAsZero) {
  LegRun run;
  run.lists = {{}, {{"d2", 2.0}, {"d1", 1.0}}};
  run.ms = {1.0, 1.0};
  EXPECT_EQ(measure(two_queries(), run)["ndcg@10"], 0.5);
}

TEST(Evaluate, AJudgedQueryWithoutATextCountsAsZero) {
  EvalSet set = two_queries();
  set.queries.pop_back();
  LegRun run;
  run.lists = {{{"d1", 2.0}}};
  run.ms = {1.0};
  EXPECT_EQ(measure(set, run)["recall@100"], 0.5);
}

TEST(Evaluate, GainGrowsWithTheGrade) {
  LegRun run;
  run.lists = {{{"d1", 1.0}}, {{"d1", 2.0}, {"d2", 1.0}}};  // the better document second
  run.ms = {1.0, 1.0};
  // (1/log2(2) + 3/log2(3)) / (3/log2(2) + 1/log2(3)) = 0.7967 for q2, 1 for q1
  EXPECT_NEAR(measure(two_queries(), run)["ndcg@10"].get<double>(), (1 + 0.7967) / 2, 1e-3);
}

TEST(Evaluate, ReadsASetAndKeepsOnlyJudgedQueries) {
  const Result<TemporaryFolder> folder = TemporaryFolder::make("naru-eval");
  ASSERT_TRUE(folder.has_value());
  ASSERT_TRUE(write_file(folder->path() + "/corpus.jsonl", "{\"_id\":\"d1\",\"text\":\"x\"}\n").has_value());
  ASSERT_TRUE(write_file(folder->path() + "/queries.jsonl",
                         "{\"_id\":\"q1\",\"text\":\"x\"}\n{\"_id\":\"q2\",\"text\":\"y\"}\n")
                  .has_value());
  ASSERT_TRUE(write_file(folder->path() + "/qrels.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t1\n").has_value());
  const Result<EvalSet> set = read_eval_set(folder->path());
  ASSERT_TRUE(set.has_value());
  ASSERT_EQ(set->queries.size(), 1U);
  EXPECT_EQ(set->queries[0].id, "q1");
}

TEST(Evaluate, PercentilesAreOfTheSample) {
  EXPECT_EQ(percentile({3, 1, 2}, 0.5), 2);
  EXPECT_EQ(percentile({3, 1, 2}, 0.99), 3);
  EXPECT_EQ(percentile({}, 0.5), 0);
}

}  // namespace
}  // namespace naru
