// The weight that was tuned is kept, replaced and dropped; a damaged one is an error and no weight.
#include "store/tuned_weights.h"

#include <gtest/gtest.h>

#include "store/testing.h"
#include "store/truth.h"

namespace naru {
namespace {

using testing::Desk;

TunedWeights weights_for(const std::string& base) {
  return {base, 0.6, "min_max", "stub", hash128("stub"), "sets/handbook", 250, 0.81, 0.84, 0.005, 1234};
}

TEST(TunedWeights, AreKeptForAKnowledgeBaseUntilTheyAreReplacedOrDropped) {
  const TemporaryFolder folder = *TemporaryFolder::make("tuned-weights");
  Desk desk(join_path(folder.path(), "s"));
  ASSERT_TRUE(desk.put({{"a", {{"alpha"}, {}}}}));
  EXPECT_TRUE(desk.store().tuned_weights()->empty());
  const std::string base = desk.store().knowledge_bases(Principal::owner())->front().name;
  ASSERT_TRUE(desk.store().put_tuned_weights(weights_for(base)));
  TunedWeights better = weights_for(base);
  better.vector_weight = 0.7;
  better.normalisation = "z_score";
  ASSERT_TRUE(desk.store().put_tuned_weights(better));
  desk.open();
  const std::vector<TunedWeights> kept = *desk.store().tuned_weights();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].knowledge_base, base);
  EXPECT_EQ(kept[0].vector_weight, 0.7);
  EXPECT_EQ(kept[0].normalisation, "z_score");
  EXPECT_EQ(kept[0].embedder_fingerprint, hash128("stub"));
  EXPECT_EQ(kept[0].set, "sets/handbook");
  EXPECT_NEAR(kept[0].gain(), 0.03, 1e-12);
  ASSERT_TRUE(desk.store().remove_tuned_weights(base));
  EXPECT_EQ(desk.store().remove_tuned_weights(base).error().code(), Code::not_found);
  EXPECT_TRUE(desk.store().tuned_weights()->empty());
}

TEST(TunedWeights, AreRefusedForWhatIsNotThere) {
  const TemporaryFolder folder = *TemporaryFolder::make("tuned-weights");
  Desk desk(join_path(folder.path(), "s"));
  ASSERT_TRUE(desk.put({{"a", {{"alpha"}, {}}}}));
  EXPECT_EQ(desk.store().put_tuned_weights(weights_for("none")).error().code(), Code::not_found);
  TunedWeights long_name = weights_for(desk.store().knowledge_bases(Principal::owner())->front().name);
  long_name.set.assign(kSetNameBytesMax + 1, 'x');
  EXPECT_EQ(desk.store().put_tuned_weights(long_name).error().code(), Code::invalid_argument);
}

TEST(TunedWeights, ThatAreDamagedAreAnErrorAndCanBeDropped) {
  const TemporaryFolder folder = *TemporaryFolder::make("tuned-weights");
  Desk desk(join_path(folder.path(), "s"));
  ASSERT_TRUE(desk.put({{"a", {{"alpha"}, {}}}}));
  const std::string base = desk.store().knowledge_bases(Principal::owner())->front().name;
  for (const char* damage :
       {"json = '{'", "json = '{}'", "json = replace(json, '0.6', '1.5')", "json = replace(json, 'min_max', 'max')",
        "json = replace(json, '250', '\"250\"')", "json = replace(json, '250', '250.5')",
        "fingerprint = x'00'"}) {
    ASSERT_TRUE(desk.store().put_tuned_weights(weights_for(base)));
    const auto truth = *Database::open(StorePaths(desk.folder()).truth, false);
    ASSERT_TRUE(truth->execute(std::string("UPDATE tuned_weights SET ") + damage));
    EXPECT_EQ(desk.store().tuned_weights().error().code(), Code::corrupt) << damage;
  }
  EXPECT_TRUE(desk.store().remove_tuned_weights(base));
  EXPECT_TRUE(desk.store().tuned_weights()->empty());
}

}  // namespace
}  // namespace naru
