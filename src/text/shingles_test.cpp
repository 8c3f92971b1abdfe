#include "text/shingles.h"

#include <gtest/gtest.h>

#include <algorithm>
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
  EXPECT_EQ(jaccard(Shingles(), Shingles()), 0.0);
}

TEST(Shingles, OfKoreanAreTenSyllablesWhereverTheBlanksStand) {
  const Shingles apart = shingles_of("회사는 직원에게 연차 휴가를 준다");
  EXPECT_EQ(apart.size(), 5U);
  EXPECT_EQ(apart, shingles_of("회사는 직원에게 연차휴가를 준다."));
}

TEST(Shingles, OfDecomposedTextAreThoseOfComposed) {
  EXPECT_EQ(shingles_of("\u1112\u1172\u1100\u1161"), shingles_of("휴가"));
  EXPECT_EQ(shingles_of("e\u0301cole"), shingles_of("École"));
  EXPECT_EQ(shingles_of("5\u212a"), shingles_of("5k")) << "the sign for Kelvin is a k in lower case";
}

TEST(Shingles, OfWordsAndCharactersMixedAreRowsOfFiveWordsWorth) {
  // Nine characters and a word are more than five words; the row from the second character on ends with the word too.
  EXPECT_EQ(shingles_of("가나다라마바사아자 word").size(), 2U);
  EXPECT_EQ(shingles_of("가나다라마바사아자 word 차").size(), 3U);
  EXPECT_EQ(shingles_of("가나다라마바사아자").size(), 1U);
}

// They are sorted by counting from some number on, below it by comparing.
TEST(Shingles, AreSortedAndNoneTwiceHoweverMany) {
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += "word" + std::to_string(i % 2000) + " ";
    if (i % 50 != 0 && i < 2990) continue;
    const Shingles shingles = shingles_of(text);
    EXPECT_EQ(shingles.size(), static_cast<std::size_t>(std::clamp(i - 3, 1, 2000)));
    EXPECT_TRUE(std::is_sorted(shingles.begin(), shingles.end()));
  }
}

// What text stands before and behind a row is not in its hash.
TEST(Shingles, OfOneRowAreTheSameWhereverItStands) {
  const std::string row = "one two three four five";
  const std::uint32_t wanted = shingles_of(row).at(0);
  for (const char* around : {"before ", "a b c d e f g h i j k l m n o p q r s t ", "가나다 "}) {
    const Shingles shingles = shingles_of(around + row + " behind");
    EXPECT_TRUE(std::binary_search(shingles.begin(), shingles.end(), wanted)) << around;
  }
}

TEST(Shingles, JaccardIsSharedOverAll) {
  EXPECT_DOUBLE_EQ(jaccard(Shingles{1, 2, 3}, Shingles{2, 3, 4}), 0.5);
  EXPECT_DOUBLE_EQ(jaccard(Shingles{1, 2}, Shingles{1, 2}), 1.0);
  EXPECT_DOUBLE_EQ(jaccard(Shingles{1}, Shingles{2}), 0.0);
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
    set.push_back(static_cast<std::uint32_t>((state ^ (state >> 29)) >> 32));
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
    for (const std::uint32_t one : random_set(state, 10)) a.push_back(one);
    for (const std::uint32_t one : random_set(state, 10)) b.push_back(one);
    const auto left = bands_of(a, banding), right = bands_of(b, banding);
    bool same = false;
    for (std::size_t band = 0; band < banding.bands; ++band) same |= left[band] == right[band];
    found += same ? 1 : 0;
  }
  EXPECT_GE(found, kPairs * 0.98);
}

TEST(MinHash, IsTheSameWhateverTheProcessorCan) {
  std::uint64_t state = 11;
  for (const std::size_t count : {1, 2, 7, 100, 5000}) {
    const Shingles set = random_set(state, count);
    EXPECT_EQ(bands_of(set, {21, 6}), bands_of(set, {21, 6}, VectorWidth::narrow));
    EXPECT_EQ(bands_of(set, {kMinHashes, 1}), bands_of(set, {kMinHashes, 1}, VectorWidth::narrow));
  }
}

// Stored: they may change only with a version of what stores them.
TEST(MinHash, IsTheSameOnEveryMachine) {
  EXPECT_EQ(shingles_of("one two three four five"), (Shingles{223520041}));
  EXPECT_EQ(bands_of({1U << 8, 5U << 1}, {2, 2}), (std::vector<std::uint32_t>{1358401610, 445028015}));
  EXPECT_TRUE(bands_of({}, {2, 2}).empty());
}

}  // namespace
}  // namespace naru
