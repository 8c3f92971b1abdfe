#include "operator/shared/near_duplicates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace naru {
namespace {

constexpr double kThreshold = 0.8;

Id128 id(std::uint64_t number) { return {number, number * 7919}; }

// The documents, and the index that is asked about them.
class World {
 public:
  explicit World(double threshold = kThreshold)
      : threshold_(threshold), index(threshold, [this](const Id128& one) -> Result<Shingles> {
          if (fails) return Error(Code::io, "gone");
          return documents_.at(one).second;
        }) {}

  std::vector<DuplicateFate> put(const DuplicateRank& rank, const Shingles& shingles) {
    documents_[rank.id] = {rank, shingles};
    return *index.put(rank, shingles);
  }
  std::vector<DuplicateFate> put(std::uint64_t number, std::uint64_t age, const std::string& text) {
    return put({0, age, id(number)}, shingles_of(text));
  }
  std::vector<DuplicateFate> remove(std::uint64_t number) {
    documents_.erase(id(number));
    return *index.remove(id(number));
  }

  // By the rule's words: in order of rank, each against all that stay.
  std::set<Id128> by_the_rule() const {
    std::vector<std::pair<DuplicateRank, Shingles>> all;
    for (const auto& [key, document] : documents_) all.push_back(document);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<const Shingles*> stay;
    std::set<Id128> ids;
    for (const auto& [rank, shingles] : all) {
      const auto near = [&](const Shingles* one) { return jaccard(*one, shingles) >= threshold_; };
      if (std::any_of(stay.begin(), stay.end(), near)) continue;
      stay.push_back(&shingles);
      ids.insert(rank.id);
    }
    return ids;
  }

  std::set<Id128> that_stay() const {
    std::set<Id128> ids;
    for (const auto& [key, document] : documents_) {
      if (!index.fate_of(key)->keeper) ids.insert(key);
    }
    return ids;
  }

  // What the answers to edits add up to must be what the index says.
  void follow(const std::vector<DuplicateFate>& changes, std::set<Id128>& told) const {
    for (const DuplicateFate& fate : changes) {
      if (fate.keeper) {
        told.erase(fate.id);
      } else {
        told.insert(fate.id);
      }
    }
  }

  void check_keepers() const {
    for (const auto& [key, document] : documents_) {
      const auto fate = index.fate_of(key);
      if (!fate->keeper) continue;
      const auto& keeper = documents_.at(*fate->keeper);
      EXPECT_LT(keeper.first, document.first);
      EXPECT_GE(jaccard(keeper.second, document.second), threshold_);
      EXPECT_FALSE(index.fate_of(*fate->keeper)->keeper);
    }
  }

 private:
  double threshold_;
  std::map<Id128, std::pair<DuplicateRank, Shingles>> documents_;

 public:
  NearDuplicates index;
  bool fails = false;
};

std::string words(int first, int count) {
  std::string text;
  for (int i = first; i < first + count; ++i) text += "word" + std::to_string(i) + " ";
  return text;
}

TEST(NearDuplicates, TheOldestStaysAndComesBackWhenTheOneBeforeItGoes) {
  World world;
  EXPECT_EQ(world.put(1, 10, words(0, 100)), (std::vector<DuplicateFate>{{id(1), std::nullopt}}));
  EXPECT_EQ(world.put(2, 20, words(0, 99)), (std::vector<DuplicateFate>{{id(2), id(1)}}));
  EXPECT_EQ(world.put(3, 30, words(1, 99)), (std::vector<DuplicateFate>{{id(3), id(1)}}));
  EXPECT_EQ(world.put(4, 40, words(500, 100)), (std::vector<DuplicateFate>{{id(4), std::nullopt}}));
  // The winner goes: the next one is back, and keeps the third out.
  EXPECT_EQ(world.remove(1), (std::vector<DuplicateFate>{{id(2), std::nullopt}}));
  EXPECT_EQ(world.index.fate_of(id(3))->keeper, id(2));
  // An older one comes late: it displaces the one that stayed.
  EXPECT_EQ(world.put(1, 10, words(0, 100)),
            (std::vector<DuplicateFate>{{id(1), std::nullopt}, {id(2), id(1)}}));
}

TEST(NearDuplicates, LikenessIsNotPassedOn) {
  World world(0.5);
  world.put(1, 1, words(0, 100));
  world.put(2, 2, words(25, 100));  // near the first
  world.put(3, 3, words(50, 100));  // near the second, which does not stay, and not near the first
  EXPECT_FALSE(world.index.fate_of(id(1))->keeper);
  EXPECT_TRUE(world.index.fate_of(id(2))->keeper);
  EXPECT_FALSE(world.index.fate_of(id(3))->keeper);
  // Without the first the second stays, and keeps the third out.
  EXPECT_EQ(world.remove(1), (std::vector<DuplicateFate>{{id(2), std::nullopt}, {id(3), id(2)}}));
}

TEST(NearDuplicates, ASourceOfHigherRankWinsOverAge) {
  World world;
  world.put({1, 1, id(1)}, shingles_of(words(0, 50)));
  const auto changes = world.put({0, 99, id(2)}, shingles_of(words(0, 50)));
  EXPECT_EQ(changes, (std::vector<DuplicateFate>{{id(2), std::nullopt}, {id(1), id(2)}}));
}

TEST(NearDuplicates, AChangedTextOrRankIsJudgedAgain) {
  World world;
  world.put(1, 1, words(0, 100));
  world.put(2, 2, words(0, 100));
  EXPECT_EQ(world.put(1, 1, words(900, 100)),
            (std::vector<DuplicateFate>{{id(1), std::nullopt}, {id(2), std::nullopt}}));
  EXPECT_EQ(world.put(1, 3, words(0, 100)), (std::vector<DuplicateFate>{{id(1), id(2)}}));
}

TEST(NearDuplicates, TextsWithoutWordsAreNoDuplicates) {
  World world;
  world.put(1, 1, "");
  world.put(2, 2, "?!");
  EXPECT_FALSE(world.index.fate_of(id(2))->keeper);
  EXPECT_TRUE(world.remove(1).empty());
  EXPECT_TRUE(world.remove(1).empty());
  EXPECT_FALSE(world.index.fate_of(id(1)));
}

TEST(NearDuplicates, AnUnreadableDocumentIsAnError) {
  World world;
  world.put(1, 1, words(0, 100));
  world.fails = true;
  EXPECT_FALSE(world.index.put({0, 2, id(2)}, shingles_of(words(0, 100))));
}

TEST(NearDuplicates, OfManyCopiesOneStaysInBoundedMemory) {
  World world;
  constexpr int kCopies = 2000;
  const Shingles shingles = shingles_of(words(0, 50));
  for (int i = 0; i < kCopies; ++i) world.put({0, static_cast<std::uint64_t>(i), id(i + 1)}, shingles);
  EXPECT_EQ(world.that_stay().size(), 1U);
  EXPECT_EQ(world.remove(1).size(), 1U);
  EXPECT_EQ(world.that_stay().size(), 1U);
  EXPECT_LE(world.index.memory_bytes(), kCopies * 480U);
}

// Families of texts that are far from each other. Within one, all but a few words may be the same (0.95 alike), one of
// five parts may be missing (0.78), or another one in each (0.58): at a threshold of 0.6 likeness is not passed on, and
// chains and displacements come often. Pairs just at a threshold, which bands may miss, do not occur.
class Families {
 public:
  explicit Families(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  Shingles text() {
    constexpr int kParts = 5;
    const int family = static_cast<int>(below(4)), missing = static_cast<int>(below(kParts + 1));
    std::string text;
    for (int part = 0; part < kParts; ++part) {
      if (part != missing) text += words(family * 10000 + part * 1000, 60);
    }
    text += words(family * 10000 + 9000 + static_cast<int>(below(3)), 4);
    return shingles_of(text);
  }

 private:
  std::mt19937_64 random_;
};

// The law: whatever came, changed and went, what stays is what the rule says of the set that is there now.
TEST(NearDuplicates, AnyHistoryEndsWhereItsSetDoes) {
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    Families families(seed);
    World world(seed % 2 == 0 ? 0.8 : 0.6);
    std::set<Id128> told;
    for (int edit = 0; edit < 120; ++edit) {
      const std::uint64_t number = 1 + families.below(25);
      if (families.below(3) == 0) {
        world.follow(world.remove(number), told);
        told.erase(id(number));
      } else {
        const DuplicateRank rank{static_cast<std::uint32_t>(families.below(2)), families.below(6), id(number)};
        world.follow(world.put(rank, families.text()), told);
      }
      ASSERT_EQ(world.that_stay(), world.by_the_rule()) << "seed " << seed << ", edit " << edit;
      ASSERT_EQ(told, world.that_stay()) << "seed " << seed << ", edit " << edit;
    }
    world.check_keepers();
  }
}

}  // namespace
}  // namespace naru
