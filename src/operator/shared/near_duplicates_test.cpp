#include "operator/shared/near_duplicates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace naru {
namespace {

constexpr double kThreshold = 0.8;

std::string words(int first, int count) {
  std::string text;
  for (int i = first; i < first + count; ++i) text += "word" + std::to_string(i) + " ";
  return text;
}

// Texts in order of rank, and the index that is asked about each.
class World {
 public:
  explicit World(double threshold = kThreshold, std::size_t texts = 100)
      : threshold_(threshold), index(threshold, texts, [this](NearDuplicates::Number one) -> Result<std::string> {
          if (fails) return Error(Code::io, "gone");
          return sketches_.at(one);
        }) {}

  std::optional<NearDuplicates::Number> put(const Shingles& shingles) {
    texts_.push_back(shingles);
    sketches_.push_back(pack_sketch(make_sketch(shingles, banding_for(threshold_))));
    keepers.push_back(*index.put(sketches_.back()));
    return keepers.back();
  }
  std::optional<NearDuplicates::Number> put(const std::string& text) { return put(shingles_of(text)); }

  // By the rule's words: each against all that stay, the first first.
  std::vector<std::optional<NearDuplicates::Number>> by_the_rule() const {
    std::vector<std::optional<NearDuplicates::Number>> fates;
    std::vector<NearDuplicates::Number> stay;
    for (NearDuplicates::Number number = 0; number < texts_.size(); ++number) {
      const auto near = [&](NearDuplicates::Number one) { return jaccard(texts_[one], texts_[number]) >= threshold_; };
      const auto keeper = std::find_if(stay.begin(), stay.end(), near);
      fates.push_back(keeper == stay.end() ? std::nullopt : std::optional(*keeper));
      if (keeper == stay.end()) stay.push_back(number);
    }
    return fates;
  }

 private:
  double threshold_;
  std::vector<Shingles> texts_;
  std::vector<std::string> sketches_;

 public:
  NearDuplicates index;
  std::vector<std::optional<NearDuplicates::Number>> keepers;
  bool fails = false;
};

TEST(NearDuplicates, TheFirstStays) {
  World world;
  EXPECT_EQ(world.put(words(0, 100)), std::nullopt);
  EXPECT_EQ(world.put(words(0, 99)), 0U);
  EXPECT_EQ(world.put(words(1, 99)), 0U);
  EXPECT_EQ(world.put(words(500, 100)), std::nullopt);
  EXPECT_EQ(world.put(words(501, 99)), 3U);
}

TEST(NearDuplicates, LikenessIsNotPassedOn) {
  World world(0.5);
  EXPECT_EQ(world.put(words(0, 100)), std::nullopt);
  EXPECT_EQ(world.put(words(25, 100)), 0U);
  EXPECT_EQ(world.put(words(50, 100)), std::nullopt) << "near the second, which does not stay";
}

TEST(NearDuplicates, TextsWithoutWordsAreNoDuplicates) {
  World world;
  EXPECT_EQ(world.put(""), std::nullopt);
  EXPECT_EQ(world.put("?!"), std::nullopt);
  EXPECT_EQ(world.put(words(0, 20)), std::nullopt);
}

TEST(NearDuplicates, UnreadableAndDamagedSketchesAreErrors) {
  World world;
  world.put(words(0, 100));
  const std::string other_bands = pack_sketch(make_sketch(shingles_of(words(0, 100)), banding_for(0.5)));
  EXPECT_EQ(world.index.put(other_bands).error().code(), Code::corrupt);
  EXPECT_EQ(world.index.put("?").error().code(), Code::corrupt);
  world.fails = true;
  const std::string same = pack_sketch(make_sketch(shingles_of(words(0, 100)), banding_for(kThreshold)));
  EXPECT_EQ(world.index.put(same).error().code(), Code::io);
}

TEST(NearDuplicates, OfManyCopiesOneStaysInTheMemoryThatWasSaid) {
  constexpr std::size_t kCopies = 2000;
  World world(kThreshold, kCopies);
  const std::size_t bytes = world.index.memory_bytes();
  EXPECT_LE(bytes, kCopies * 172 + 64);
  const Shingles shingles = shingles_of(words(0, 50));
  EXPECT_EQ(world.put(shingles), std::nullopt);
  for (std::size_t i = 1; i < kCopies; ++i) ASSERT_EQ(world.put(shingles), 0U);
  EXPECT_EQ(world.index.memory_bytes(), bytes) << "all of it was taken at the start";
}

// All places that there may be are taken: each text stays, and is found again.
TEST(NearDuplicates, ATableThatIsFullFindsAll) {
  constexpr int kTexts = 400;
  World world(kThreshold, 2 * kTexts);
  for (int i = 0; i < kTexts; ++i) ASSERT_EQ(world.put(words(i * 1000, 20)), std::nullopt);
  for (int i = 0; i < kTexts; ++i) ASSERT_EQ(world.put(words(i * 1000, 20)), static_cast<unsigned>(i));
  World full(kThreshold, kTexts);
  for (int i = 0; i < kTexts; ++i) ASSERT_EQ(full.put(words(i * 1000, 20)), std::nullopt);
}

// Families of texts that are far from each other. Within one, all but a few words may be the same (0.95 alike), one of
// five parts may be missing (0.78), or another one in each (0.58): at a threshold of 0.6 likeness is not passed on, and
// chains come often. Pairs just at a threshold, which bands may miss, do not occur.
Shingles family_text(std::mt19937_64& random) {
  constexpr int kParts = 5;
  const int family = static_cast<int>(random() % 4), missing = static_cast<int>(random() % (kParts + 1));
  std::string text;
  for (int part = 0; part < kParts; ++part) {
    if (part != missing) text += words(family * 10000 + part * 1000, 60);
  }
  return shingles_of(text + words(family * 10000 + 9000 + static_cast<int>(random() % 3), 4));
}

// The law, and of those that keep a text out the first is named.
TEST(NearDuplicates, WhatStaysIsWhatTheRuleSays) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 random(seed);
    World world(seed % 2 == 0 ? 0.8 : 0.6);
    for (int i = 0; i < 40; ++i) world.put(family_text(random));
    ASSERT_EQ(world.keepers, world.by_the_rule()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace naru
