#include "retrieve/fuse.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

TEST(Fuse, AWeightOfOneKeepsTheVectorOrder) {
  const std::vector<double> lexical = {9, 1, 5}, vector = {0.1, 0.9, 0.5};
  const std::vector<double> fused = fuse(lexical, vector, {1.0, Normalisation::min_max});
  EXPECT_GT(fused[1], fused[2]);
  EXPECT_GT(fused[2], fused[0]);
}

TEST(Fuse, MinMaxBringsBothLegsToOneScale) {
  const std::vector<double> lexical = {20, 0}, vector = {0.80, 0.82};
  const std::vector<double> fused = fuse(lexical, vector, {0.5, Normalisation::min_max});
  EXPECT_DOUBLE_EQ(fused[0], 0.5);
  EXPECT_DOUBLE_EQ(fused[1], 0.5);
}

TEST(Fuse, ALegThatCannotTellThemApartSaysNothing) {
  const std::vector<double> lexical = {3, 3, 3}, vector = {0.1, 0.3, 0.2};
  for (const Normalisation normalisation : {Normalisation::min_max, Normalisation::z_score}) {
    const std::vector<double> fused = fuse(lexical, vector, {0.5, normalisation});
    EXPECT_GT(fused[1], fused[2]);
    EXPECT_GT(fused[2], fused[0]);
  }
}

TEST(Fuse, NoCandidatesGiveNoScores) { EXPECT_TRUE(fuse({}, {}, {}).empty()); }

}  // namespace
}  // namespace naru
