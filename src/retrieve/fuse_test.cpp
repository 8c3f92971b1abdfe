#include "retrieve/fuse.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

TEST(Fuse, AWeightOfOneKeepsTheVectorOrder) {
  const std::vector<double> lexical = {9, 1, 5}, vector = {0.1, 0.9, 0.5};
  const std::vector<double> fused = fuse(lexical, vector, {1.0, Normalisation::min_max, LexicalTrust::full, 0}, 1);
  EXPECT_GT(fused[1], fused[2]);
  EXPECT_GT(fused[2], fused[0]);
}

TEST(Fuse, MinMaxBringsBothLegsToOneScale) {
  const std::vector<double> lexical = {20, 0}, vector = {0.80, 0.82};
  const std::vector<double> fused = fuse(lexical, vector, {0.5, Normalisation::min_max, LexicalTrust::full, 0}, 1);
  EXPECT_DOUBLE_EQ(fused[0], 0.5);
  EXPECT_DOUBLE_EQ(fused[1], 0.5);
}

TEST(Fuse, ALegThatCannotTellThemApartSaysNothing) {
  const std::vector<double> lexical = {3, 3, 3}, vector = {0.1, 0.3, 0.2};
  for (const Normalisation normalisation : {Normalisation::min_max, Normalisation::z_score}) {
    const std::vector<double> fused = fuse(lexical, vector, {0.5, normalisation, LexicalTrust::full, 0}, 1);
    EXPECT_GT(fused[1], fused[2]);
    EXPECT_GT(fused[2], fused[0]);
  }
}

TEST(Fuse, ASingleCandidateScoresAsWhatFoundIt) {
  const FusionWeights weights = {0.8, Normalisation::min_max, LexicalTrust::full, 0};
  const std::vector<double> words = {3.1}, meaning = {0.84}, nothing = {0.0};
  EXPECT_DOUBLE_EQ(fuse(words, meaning, weights, 1)[0], 1.0);
  EXPECT_DOUBLE_EQ(fuse(nothing, meaning, weights, 1)[0], 0.8);
  EXPECT_DOUBLE_EQ(fuse(words, nothing, weights, 1)[0], 1 - 0.8);
  EXPECT_DOUBLE_EQ(fuse(nothing, nothing, weights, 1)[0], 0.0);
}

TEST(Fuse, ALegWithEqualScoresAddsTheSameToAll) {
  const std::vector<double> lexical = {3, 3, 3}, none = {0, 0, 0}, vector = {0.1, 0.3, 0.2};
  const FusionWeights weights = {0.5, Normalisation::min_max, LexicalTrust::full, 0};
  const std::vector<double> with = fuse(lexical, vector, weights, 1), without = fuse(none, vector, weights, 1);
  for (std::size_t i = 0; i < with.size(); ++i) EXPECT_DOUBLE_EQ(with[i], without[i] + 0.5);
}

TEST(Fuse, ALexicalLegThatKnowsNothingOfTheQuestionIsNotHeard) {
  const std::vector<double> lexical = {9, 1, 5}, vector = {0.1, 0.9, 0.5};
  const FusionWeights weights{0.4, Normalisation::min_max, LexicalTrust::by_match, 0};
  EXPECT_GT(fuse(lexical, vector, weights, 1.0)[0], fuse(lexical, vector, weights, 1.0)[1]);
  EXPECT_LT(fuse(lexical, vector, weights, 0.1)[0], fuse(lexical, vector, weights, 0.1)[1]);
  EXPECT_EQ(fuse(lexical, vector, weights, 0.0)[0], 0.0);
}

TEST(Fuse, AVectorLegThatCannotTellThemApartIsHeardLess) {
  const std::vector<double> lexical = {9, 1, 5}, apart = {0.7, 0.9, 0.7}, alike = {0.80, 0.81, 0.80};
  const FusionWeights weights{0.7, Normalisation::min_max, LexicalTrust::by_match, 0.12};
  EXPECT_GT(fuse(lexical, apart, weights, 1.0)[1], fuse(lexical, apart, weights, 1.0)[0]);
  EXPECT_LT(fuse(lexical, alike, weights, 1.0)[1], fuse(lexical, alike, weights, 1.0)[0]);
  EXPECT_DOUBLE_EQ(fuse(std::vector<double>{3.0}, std::vector<double>{0.8}, weights, 0.0)[0], 0.7);  // a single one
}

TEST(Fuse, NoCandidatesGiveNoScores) { EXPECT_TRUE(fuse({}, {}, {}, 1).empty()); }

}  // namespace
}  // namespace naru
