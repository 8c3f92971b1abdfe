#include "text/shingles.h"

#include <gtest/gtest.h>

#include <string>

#include "text/minhash.h"

namespace naru {
namespace {

TEST(Shingles, AreRowsOfFiveWordsWhateverCaseAndSignsAre) {
  EXPECT_EQ(shingles_of("one two three four five six").size(), 2U);
  EXPECT_EQ(shingles_of("One, TWO (three) four -- five\nsix!"), shingles_of("one two three four five six"));
  EXPECT_NE(shingles_of("one two three four five"), shingles_of("one two three five four"));
  EXPECT_EQ(shingles_of("a b c d e a b c d e a b c d e").size(), 5U) << "a set, not a list";
}

TEST(Shingles, AShortTextIsOneAndATextWithoutWordsHasNone) {
  EXPECT_EQ(shingles_of("only three words").size(), 1U);
  EXPECT_EQ(shingles_of("연차 휴가").size(), 1U);
  EXPECT_TRUE(shingles_of(" ?! \n").empty());
  EXPECT_TRUE(shingles_of("").empty());
  EXPECT_EQ(jaccard({}, {}), 0.0);
}

TEST(Shingles, OfKoreanAreTenSyllablesWhereverTheBlanksStand) {
  const Shingles apart = shingles_of("회사는 직원에게 연차 휴가를 준다");
  EXPECT_EQ(apart.size(), 5U);
  EXPECT_EQ(apart, shingles_of("회사는 직원에게 연차휴가를 준다."));
}

TEST(Shingles, OfDecomposedTextAreThoseOfComposed) {
  EXPECT_EQ(shingles_of("\u1112\u1172\u1100\u1161"), shingles_of("휴가"));
  EXPECT_EQ(shingles_of("e\u0301cole"), shingles_of("École"));
}

TEST(Shingles, JaccardIsSharedOverAll) {
  EXPECT_DOUBLE_EQ(jaccard({1, 2, 3}, {2, 3, 4}), 0.5);
  EXPECT_DOUBLE_EQ(jaccard({1, 2}, {1, 2}), 1.0);
  EXPECT_DOUBLE_EQ(jaccard({1}, {2}), 0.0);
}

TEST(MinHash, BandsAreChosenForTheThreshold) {
  EXPECT_EQ(banding_for(0.8), (Banding{21, 6}));
  EXPECT_EQ(banding_for(1.0), (Banding{1, kMinHashes}));
  for (const double threshold : {0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95}) {
    EXPECT_LE(missed(banding_for(threshold), threshold), kMissedMax) << threshold;
  }
}

Shingles random_set(std::uint64_t& state, std::size_t count) {
  Shingles set;
  for (std::size_t i = 0; i < count; ++i) {
    state = state * 6364136223846793005 + 1442695040888963407;
    set.push_back(state ^ (state >> 29));
  }
  std::sort(set.begin(), set.end());
  return set;
}

// Half a per cent is said to be missed at the threshold; orders that are not independent would miss more.
TEST(MinHash, FindsPairsAsOftenAsSaid) {
  const Banding banding = banding_for(0.8);
  std::uint64_t state = 7;
  int found = 0;
  constexpr int kPairs = 400;
  for (int i = 0; i < kPairs; ++i) {
    // 80 shared of 100: likeness 0.8.
    const Shingles shared = random_set(state, 80);
    Shingles a = shared, b = shared;
    for (const std::uint64_t one : random_set(state, 10)) a.push_back(one);
    for (const std::uint64_t one : random_set(state, 10)) b.push_back(one);
    const auto left = bands_of(a, banding), right = bands_of(b, banding);
    bool same = false;
    for (std::size_t band = 0; band < banding.bands; ++band) same |= left[band] == right[band];
    found += same ? 1 : 0;
  }
  EXPECT_GE(found, kPairs * 0.98);
}

// Stored: they may change only with a version of what stores them.
TEST(MinHash, IsTheSameOnEveryMachine) {
  EXPECT_EQ(shingles_of("one two three four five"), (Shingles{1704543705287809317}));
  EXPECT_EQ(bands_of({1ULL << 40, 5ULL << 33}, {2, 2}), (std::vector<std::uint32_t>{1358401610, 445028015}));
  EXPECT_TRUE(bands_of({}, {2, 2}).empty());
}

}  // namespace
}  // namespace naru
