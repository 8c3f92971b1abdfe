#include "retrieve/diversity.h"

#include <gtest/gtest.h>

#include <string>

namespace naru {
namespace {

std::vector<std::size_t> order(const std::vector<double>& scores, const std::vector<std::string>& texts,
                               double diversity) {
  std::vector<std::vector<std::uint64_t>> terms;
  for (const std::string& text : texts) terms.push_back(term_set(text));
  std::vector<std::size_t> indexes;
  for (const DiversePlace& place : diverse_order(scores, terms, diversity)) indexes.push_back(place.index);
  return indexes;
}

using Order = std::vector<std::size_t>;

TEST(Diversity, LikenessIsOneForEqualTermsAndNoughtForNone) {
  EXPECT_DOUBLE_EQ(likeness(term_set("pump lamp"), term_set("lamps, pumps")), 1.0);
  EXPECT_DOUBLE_EQ(likeness(term_set("pump lamp"), term_set("pump motor")), 0.5);
  EXPECT_DOUBLE_EQ(likeness(term_set("pump"), term_set("lamp")), 0.0);
  EXPECT_DOUBLE_EQ(likeness(term_set(""), term_set("")), 0.0);
  EXPECT_GT(likeness(term_set("도서관 이용 안내"), term_set("도서관에서 이용")), 0.4);
}

TEST(Diversity, WithoutAnyTheOrderStays) {
  EXPECT_EQ(order({3, 2, 2, 1}, {"pump", "pump", "pump", "lamp"}, 0), (Order{0, 1, 2, 3}));
}

TEST(Diversity, WhatSaysTheSameComesAfterWhatDiffers) {
  EXPECT_EQ(order({3, 2.9, 2}, {"pump night", "pump night", "lamp"}, 0.5), (Order{0, 2, 1}));
  EXPECT_EQ(order({3, 2.9, 0}, {"pump night", "pump night", "lamp"}, 0.1), (Order{0, 1, 2}));
}

TEST(Diversity, EqualScoresAreSettledByLikenessThenByPlace) {
  EXPECT_EQ(order({1, 1, 1}, {"pump", "pump", "lamp"}, 0.3), (Order{0, 2, 1}));
  EXPECT_EQ(order({1, 1, 1}, {"pump", "lamp", "rope"}, 0.3), (Order{0, 1, 2}));
}

TEST(Diversity, NothingAndOneAreOrders) {
  EXPECT_TRUE(order({}, {}, 0.5).empty());
  EXPECT_EQ(order({7}, {"pump"}, 1), (Order{0}));
}

}  // namespace
}  // namespace naru
