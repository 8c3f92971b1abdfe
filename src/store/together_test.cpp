// Commits that become visible together: for readers there is the state before or the state after, whatever ends first.
#include <gtest/gtest.h>

#include "store/testing.h"
#include "store/vector/half.h"

namespace naru {
namespace {

using testing::Desk;
using testing::Page;
using testing::Pages;

const Pages kBefore = {{"a", {{"alpha", "beta"}, {}}}, {"b", {{"gamma"}, {}}}, {"c", {{"delta"}, {}}}};
const Pages kAfter = {{"a", {{"alpha", "omega"}, {}}}, {"b", {{"sigma", "gamma"}, {}}}, {"d", {{"epsilon"}, {}}}};

class Together : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(desk.put(kBefore));
    before = desk.dump();
    ASSERT_TRUE(desk.store().begin_together());
    ASSERT_TRUE(desk.put({{"a", kAfter.at("a")}, {"d", kAfter.at("d")}}));
    ASSERT_TRUE(desk.remove({"c"}));
    ASSERT_TRUE(desk.store().settle());
  }
  std::vector<std::string> as_read() const {
    const std::unique_ptr<Store> reader = std::move(*Store::open(desk.folder(), Access::read));
    return *reader->dump(Principal::owner());
  }
  static std::vector<std::string> from_scratch() {
    const TemporaryFolder fresh = *TemporaryFolder::make("naru-together-");
    Desk other(fresh.path() + "/s");
    EXPECT_TRUE(other.put(kAfter));
    return other.dump();
  }

  const TemporaryFolder temporary = *TemporaryFolder::make("naru-together-");
  Desk desk{temporary.path() + "/s"};
  std::vector<std::string> before;
};

TEST_F(Together, NothingIsSeenBeforeAllIs) {
  EXPECT_EQ(as_read(), before);
  ASSERT_TRUE(desk.put({{"b", kAfter.at("b")}}));
  EXPECT_EQ(as_read(), before);
  ASSERT_TRUE(desk.store().finish_together());
  ASSERT_TRUE(desk.store().settle());
  EXPECT_EQ(as_read(), from_scratch());
  EXPECT_EQ(desk.problems(), "");
  ASSERT_TRUE(desk.put(kBefore));
  EXPECT_EQ(desk.problems(), "");
}

TEST_F(Together, WhatIsAbandonedNeverWas) {
  desk.store().abandon_together();
  EXPECT_EQ(as_read(), before);
  EXPECT_EQ(desk.problems(), "");
  ASSERT_TRUE(desk.put(kAfter));
  ASSERT_TRUE(desk.remove({"c"}));
  ASSERT_TRUE(desk.store().settle());
  EXPECT_EQ(as_read(), from_scratch());
  EXPECT_EQ(desk.problems(), "");
}

TEST_F(Together, AWriterThatEndsBeforeLeavesTheStateBefore) {
  desk.open();
  EXPECT_EQ(as_read(), before);
  EXPECT_EQ(desk.problems(), "");
  EXPECT_EQ(desk.store().verify()->orphans, 0U);
}

TEST_F(Together, VectorsThatAreKeptOutliveAWriterThatNamedNone) {
  desk.store().abandon_together();
  ModelInfo other;
  other.name = "other";
  other.fingerprint = hash128("another model");
  other.dims = 2;
  const std::vector<Id128> keys = {vector_key("alpha"), vector_key("beta")};
  const std::vector<std::vector<float>> vectors = {{1, 0}, {0, 1}};
  ASSERT_TRUE(desk.store().put_vectors(other, keys, vectors));
  ASSERT_TRUE(desk.store().keep_vectors(other));
  EXPECT_EQ(as_read(), before);
  desk.open();
  EXPECT_EQ(*desk.store().have_vectors(other, keys), (std::vector<bool>{true, true}));
  EXPECT_EQ(desk.problems(), "");
}

TEST_F(Together, VectorsComeBackAsTheyAreKeptWrittenOrNot) {
  desk.store().abandon_together();
  ModelInfo other;
  other.name = "other";
  other.fingerprint = hash128("another model");
  other.dims = 2;
  const std::vector<Id128> keys = {vector_key("alpha"), vector_key("beta")};
  ASSERT_TRUE(desk.store().put_vectors(other, std::vector<Id128>{keys[0]}, std::vector<std::vector<float>>{{0.1F, 0}}));
  ASSERT_TRUE(desk.store().keep_vectors(other));
  ASSERT_TRUE(desk.store().put_vectors(other, std::vector<Id128>{keys[1]}, std::vector<std::vector<float>>{{0, -1}}));
  const float tenth = from_half(to_half(0.1F));
  EXPECT_EQ(*desk.store().get_vectors(other, keys), (std::vector<std::vector<float>>{{tenth, 0}, {0, -1}}));
  EXPECT_EQ(desk.store().get_vectors(other, std::vector<Id128>{vector_key("gamma")}).error().code(), Code::not_found);
}

}  // namespace
}  // namespace naru
