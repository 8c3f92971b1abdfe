// The vector leg of a whole store: when it searches by codes, and that codes are held to the rows they are made of.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "runtime/random.h"
#include "store/testing.h"
#include "store/vector/codes.h"

namespace naru {
namespace {

using testing::Page;
using testing::upsert_of;

constexpr std::uint32_t kDims = 16;

class VectorLeg : public ::testing::Test {
 protected:
  void SetUp() override {
    model.name = "small";
    model.fingerprint = hash128("small");
    model.dims = kDims;
    open();
  }
  void open() {
    store.reset();
    store = *Store::open(place.path(), Access::write);
  }
  std::vector<float> unit() {
    std::vector<float> values(kDims);
    double length = 0;
    for (float& value : values) {
      value = static_cast<float>(random.unit() + random.unit() - 0.8);
      length += static_cast<double>(value) * value;
    }
    for (float& value : values) value = static_cast<float>(value / std::sqrt(length));
    return values;
  }
  void put_vectors(const std::vector<std::string>& texts) {
    std::vector<Id128> keys;
    std::vector<std::vector<float>> vectors;
    for (const std::string& text : texts) {
      keys.push_back(vector_key(text));
      vectors.push_back(unit());
    }
    ASSERT_TRUE(store->put_vectors(model, keys, vectors));
  }
  ChangeSet change(const std::string& key, const std::vector<std::string>& paragraphs) const {
    ChangeSet changes;
    changes.flow = "notes";
    changes.knowledge_base = "kb";
    changes.embedder = model;
    if (!paragraphs.empty()) changes.upserts.push_back(upsert_of("notes", key, Page{paragraphs, {}}));
    if (paragraphs.empty()) changes.removes.push_back(key);
    return changes;
  }
  void put(const std::string& key, const std::vector<std::string>& paragraphs) {
    put_vectors(paragraphs);
    const auto committed = store->apply(change(key, paragraphs));
    ASSERT_TRUE(committed) << committed.error().describe();
  }
  static std::vector<std::string> texts(const std::string& name, std::size_t count) {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < count; ++i) made.push_back(name + " " + std::to_string(i));
    return made;
  }
  std::shared_ptr<const Snapshot> snapshot() { return *store->open_snapshot("kb", Principal::owner(), nullptr); }
  std::string codes_path() const { return join_path(place.path(), "vectors/" + model.fingerprint.hex() + ".codes"); }
  std::string problems() {
    std::string all;
    const VerifyReport report = *store->verify();
    for (const std::string& problem : report.problems) all += problem + "\n";
    return report.ok ? all : all + "not ok";
  }

  TemporaryFolder place = *TemporaryFolder::make("naru-vectors-");
  Random random{11};
  ModelInfo model;
  std::unique_ptr<Store> store;
};

TEST_F(VectorLeg, ManyRowsAreSearchedByCodesAndExactlyWhenAsked) {
  put("big.txt", texts("word", 20'600));
  put("gone.txt", texts("other", 400));
  ASSERT_TRUE(store->settle());
  put("new.txt", texts("new", 50));  // behind the codes
  ASSERT_TRUE(store->apply(change("gone.txt", {})));
  ASSERT_TRUE(file_exists(codes_path()));
  const auto seen = snapshot();
  double found = 0;
  constexpr int kQueries = 30;
  for (int q = 0; q < kQueries; ++q) {
    const std::vector<float> query = unit();
    const auto exact = *seen->vector(query, 10, nullptr, VectorSearch::exact), fast = *seen->vector(query, 10);
    ASSERT_EQ(exact.size(), 10U);
    ASSERT_EQ(fast.size(), 10U);
    std::set<std::uint64_t> rows;
    for (const ScoredRow& one : fast) {
      rows.insert(one.row);
      EXPECT_NE(seen->chunk(one.row)->doc, "gone.txt");
    }
    for (const ScoredRow& one : exact) found += rows.count(one.row) == 1 ? 0.1 : 0;
  }
  EXPECT_GE(found / kQueries, 0.98);
  EXPECT_EQ(seen->vector(std::vector<float>(kDims - 1), 10).error().code(), Code::invalid_argument);
  EXPECT_EQ(seen->vector(std::vector<float>(kDims, std::nanf("")), 10).error().code(), Code::invalid_argument);
}

TEST_F(VectorLeg, DamagedCodesAreFoundAndMadeGoodToTheByte) {
  put_vectors(texts("unused", 20'200));
  put("a.txt", texts("word", 10));
  EXPECT_FALSE(file_exists(codes_path()));
  EXPECT_EQ(problems(), "");
  ASSERT_TRUE(store->settle());
  const std::string good = *read_file(codes_path());
  EXPECT_EQ(problems(), "");
  for (const std::size_t at : {std::size_t{20}, std::size_t{150}, good.size() / 2, good.size() - 1}) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 4);
    ASSERT_TRUE(write_file(codes_path(), bad));
    EXPECT_NE(problems().find("codes of small"), std::string::npos) << at;
    EXPECT_EQ(snapshot()->vector(unit(), 3)->size(), 3U);
    ASSERT_TRUE(store->repair());
    EXPECT_EQ(*read_file(codes_path()), good);
    EXPECT_EQ(problems(), "");
  }
  ASSERT_TRUE(remove_file(codes_path()));
  EXPECT_EQ(problems(), "");  // a derivative that is not there yet: rows are compared exactly
  open();
  ASSERT_TRUE(store->settle());
  EXPECT_EQ(*read_file(codes_path()), good);
}

TEST_F(VectorLeg, ForgettingCodesAnewWhatStays) {
  put_vectors(texts("unused", 20'200));
  put("a.txt", texts("word", 10));
  put("zitrone.txt", texts("zitrone", 10));
  ASSERT_TRUE(store->settle());
  const std::string before = *read_file(codes_path());
  const auto proof = store->forget("notes", "zitrone.txt");
  ASSERT_TRUE(proof) << proof.error().describe();
  EXPECT_EQ(proof->found_in, std::vector<std::string>{});
  ASSERT_TRUE(file_exists(codes_path()));
  EXPECT_NE(*read_file(codes_path()), before);
  EXPECT_EQ(problems(), "");
}

TEST_F(VectorLeg, FewRowsHaveNoCodes) {
  put("a.txt", texts("word", 100));
  ASSERT_TRUE(store->settle());
  EXPECT_FALSE(file_exists(codes_path()));
}

}  // namespace
}  // namespace naru
