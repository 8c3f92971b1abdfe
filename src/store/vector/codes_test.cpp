#include "store/vector/codes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <set>

#include "runtime/random.h"
#include "store/vector/code_scan.h"
#include "store/vector/half.h"
#include "store/vector/vector_index.h"

namespace naru {
namespace {

constexpr std::size_t kClusters = 40;

double normal(Random& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += random.unit();
  return sum;
}

std::vector<float> unit(std::vector<float> values) {
  double length = 0;
  for (const float value : values) length += static_cast<double>(value) * value;
  for (float& value : values) value = static_cast<float>(value / std::sqrt(length));
  return values;
}

// Unit vectors around cluster centres, all leaning one way as those of real models do.
struct Made {
  explicit Made(std::uint64_t seed, std::size_t numbers) : random(seed), dims(numbers), centres(kClusters) {
    for (std::vector<float>& centre : centres) {
      for (std::size_t d = 0; d < dims; ++d) centre.push_back(static_cast<float>(normal(random)));
      centre = unit(centre);
    }
  }
  std::vector<float> near(std::size_t cluster) {
    std::vector<float> values(dims);
    for (std::size_t d = 0; d < dims; ++d) {
      values[d] = centres[cluster][d] + static_cast<float>((1.5 + 0.7 * normal(random)) / std::sqrt(dims));
    }
    return unit(values);
  }
  Random random;
  std::size_t dims;
  std::vector<std::vector<float>> centres;
};

class Codes : public testing::Test {
 protected:
  // Row i lies in cluster i mod kClusters. Opens them coded as far as whole groups go.
  void make(std::uint64_t count, std::size_t dims, std::uint64_t seed = 1, std::size_t partitions = 0) {
    model.fingerprint = hash128("test model");
    model.dims = static_cast<std::uint32_t>(dims);
    name = vector_file_name(model);
    writer.reset();
    for (const char* end : {".f16", ".keys", ".codes"}) {
      ASSERT_TRUE(remove_file(join_path(folder.path(), name + end)));
    }
    made.emplace(seed, dims);
    writer = VectorWriter::open(folder.path(), name, model, 0).value();
    append(count);
    if (count < 512) return;
    ASSERT_TRUE(write_codes(folder.path(), name, *rows(), count / 512 * 512, partitions));
  }
  void append(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t row = writer->rows();
      ASSERT_TRUE(writer->append(hash128("text " + std::to_string(row)), made->near(row % kClusters)));
    }
    ASSERT_TRUE(writer->sync());
  }
  std::shared_ptr<const VectorRows> rows() const {
    return VectorRows::open(folder.path(), name, model.dims, writer->rows()).value();
  }
  Result<std::shared_ptr<const VectorCodes>> codes() const { return VectorCodes::open(folder.path(), name, *rows()); }
  std::shared_ptr<const VectorIndex> index() const {
    return VectorIndex::open(folder.path(), name, model.dims, writer->rows()).value();
  }
  std::string path() const { return join_path(folder.path(), name + ".codes"); }
  std::vector<std::uint64_t> differing() const {
    std::vector<std::uint64_t> found;
    EXPECT_TRUE(compare_codes(**codes(), *rows(), [&](std::uint64_t row) { found.push_back(row); }));
    return found;
  }

  TemporaryFolder folder = TemporaryFolder::make("codes").value();
  ModelInfo model;
  std::string name;
  std::optional<Made> made;
  std::unique_ptr<VectorWriter> writer;
};

std::vector<RowScore> found_by(const VectorIndex& index, const Bitmap& mask, std::span<const float> query,
                               std::size_t k, VectorSearch how, Instructions instructions = Instructions::best) {
  return index.search(mask, query, k, how, instructions).value();
}

// What was found of what should have been, over some queries.
struct Recall {
  void add(const std::vector<RowScore>& exact, const std::vector<RowScore>& found) {
    std::set<std::uint64_t> rows;
    for (const RowScore& one : found) rows.insert(one.row);
    for (const RowScore& one : exact) both += rows.count(one.row);
    wanted += exact.size();
  }
  double share() const { return static_cast<double>(both) / static_cast<double>(wanted); }
  std::size_t both = 0, wanted = 0;
};

void expect_same(const std::vector<RowScore>& a, const std::vector<RowScore>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].row, b[i].row);
    EXPECT_EQ(std::bit_cast<std::uint32_t>(a[i].score), std::bit_cast<std::uint32_t>(b[i].score));
  }
}

// ---- rotation -------------------------------------------------------------------------------------------------

TEST(Rotation, KeepsLengthsAndAnglesAndSpreadsEachNumber) {
  Random random(7);
  for (const std::size_t dims : {1U, 24U, 64U, 100U, 384U, 1100U}) {
    const Rotation rotation(dims);
    EXPECT_EQ(rotation.width() % 64, 0U);
    std::vector<float> a(rotation.width(), 0.0F), b = a;
    double before = 0;
    for (std::size_t d = 0; d < dims; ++d) {
      a[d] = static_cast<float>(normal(random));
      b[d] = static_cast<float>(normal(random));
      before += static_cast<double>(a[d]) * b[d];
    }
    rotation.apply(a);
    rotation.apply(b);
    double after = 0;
    for (std::size_t d = 0; d < a.size(); ++d) after += static_cast<double>(a[d]) * b[d];
    EXPECT_NEAR(before, after, 1e-3 * static_cast<double>(dims));

    std::vector<float> one(rotation.width(), 0.0F);
    one[dims / 2] = 1;
    rotation.apply(one);
    for (const float value : one) EXPECT_LT(std::abs(value), 0.75F);
  }
}

// ---- what is found --------------------------------------------------------------------------------------------

TEST_F(Codes, BothWaysEstimateTheSameBits) {
  for (const std::size_t dims : {24U, 384U, 1100U}) {
    make(1024, dims, dims);
    const std::shared_ptr<const VectorCodes> coded = *codes();
    Bitmap mask(1024);
    for (std::size_t i = 0; i < 1024; ++i) {
      if (made->random.below(3) != 0) mask.set(i);
    }
    for (const CodeDepth depth : {CodeDepth{40, 12}, CodeDepth{100'000, 50}}) {
      const std::vector<float> query = made->near(3);
      const auto fast = scan_codes(*coded, mask, query, depth);
      expect_same(fast, scan_codes(*coded, mask, query, depth, Instructions::portable));
      EXPECT_GE(fast.size(), depth.fine);
    }
  }
}

TEST_F(Codes, BothWaysFindTheSameUnderEveryMask) {
  make(5000, 48);
  const auto searched = index();
  ASSERT_TRUE(searched->has_codes());
  for (const std::uint64_t keep : {1U, 2U, 4U, 11U}) {  // one row in so many
    Bitmap mask(5000);
    for (std::size_t i = 0; i < 5000; ++i) {
      if (made->random.below(keep) == 0) mask.set(i);
    }
    for (int q = 0; q < 10; ++q) {
      const std::vector<float> query = made->near(made->random.below(kClusters));
      const auto found = found_by(*searched, mask, query, 10, VectorSearch::fast);
      expect_same(found, found_by(*searched, mask, query, 10, VectorSearch::fast, Instructions::portable));
      EXPECT_GE(found.size(), 10U);
      for (const RowScore& one : found) EXPECT_TRUE(mask.test(one.row));
    }
  }
}

template <class Kept>
Bitmap kept_rows(std::size_t rows, Kept kept) {
  Bitmap mask(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    if (kept(i)) mask.set(i);
  }
  return mask;
}

TEST_F(Codes, FindNearlyAllOfTheBestUnderEveryFilter) {
  constexpr std::size_t kRows = 16'384;
  make(kRows, 64);
  const auto searched = index();
  const auto share_found = [&](auto kept, auto cluster_of_query) {
    const Bitmap mask = kept_rows(kRows, kept);
    Recall recall;
    constexpr int kQueries = 40;
    for (int q = 0; q < kQueries; ++q) {
      const std::vector<float> query = made->near(cluster_of_query(q));
      recall.add(found_by(*searched, mask, query, 10, VectorSearch::exact),
                 found_by(*searched, mask, query, 10, VectorSearch::fast));
    }
    return recall.share();
  };
  const auto any = [&](int q) { return static_cast<std::size_t>(q) % kClusters; };
  EXPECT_GE(share_found([](std::size_t) { return true; }, any), 0.99);
  EXPECT_GE(share_found([](std::size_t i) { return i * 2654435761 % 100 < 50; }, any), 0.99);
  EXPECT_GE(share_found([](std::size_t i) { return i * 2654435761 % 100 < 10; }, any), 0.99);
  EXPECT_GE(share_found([](std::size_t i) { return i * 2654435761 % 1000 < 10; }, any), 0.99);
  // Whole clusters that no query is near.
  EXPECT_GE(share_found([](std::size_t i) { return i % kClusters < 8; }, [](int q) { return 10U + q % 20; }), 0.98);
}

TEST_F(Codes, NearPartitionsHoldNearlyAllOfTheBestUnderEveryFilter) {
  constexpr std::size_t kRows = 16'384;
  make(kRows, 64, 3, 128);
  const std::shared_ptr<const VectorCodes> coded = *codes();
  ASSERT_GT(coded->centroids().size(), 100U);
  const auto searched = index();
  const auto share_found = [&](std::size_t k, auto kept, auto cluster_of_query) {
    const Bitmap mask = kept_rows(kRows, kept);
    Recall recall;
    constexpr int kQueries = 40;
    for (int q = 0; q < kQueries; ++q) {
      const std::vector<float> query = made->near(cluster_of_query(q));
      const auto fast = found_by(*searched, mask, query, k, VectorSearch::fast);
      expect_same(fast, found_by(*searched, mask, query, k, VectorSearch::fast, Instructions::portable));
      recall.add(found_by(*searched, mask, query, k, VectorSearch::exact), fast);
    }
    return recall.share();
  };
  const auto any = [&](int q) { return static_cast<std::size_t>(q) % kClusters; };
  EXPECT_GE(share_found(10, [](std::size_t) { return true; }, any), 0.99);
  EXPECT_GE(share_found(100, [](std::size_t) { return true; }, any), 0.95);
  EXPECT_GE(share_found(10, [](std::size_t i) { return i * 2654435761 % 100 < 50; }, any), 0.98);
  EXPECT_GE(share_found(10, [](std::size_t i) { return i * 2654435761 % 100 < 10; }, any), 0.98);
  // Whole clusters that no query is near.
  EXPECT_GE(share_found(10, [](std::size_t i) { return i % kClusters < 8; }, [](int q) { return 10U + q % 20; }),
            0.98);
}

TEST_F(Codes, FewRowsAreLookedAtWherePartitionsAreNear) {
  make(8192, 48, 5, 64);
  const std::shared_ptr<const VectorCodes> coded = *codes();
  const Bitmap mask(8192, true);
  const std::vector<float> query = made->near(7);
  const auto some = scan_codes(*coded, mask, query, {.coarse = 8192, .fine = 8192, .near = 1000});
  EXPECT_GE(some.size(), 1000U);
  EXPECT_LT(some.size(), 2000U);
  EXPECT_EQ(scan_codes(*coded, mask, query, {.coarse = 8192, .fine = 8192}).size(), 8192U);
}

TEST_F(Codes, AsManyAreFoundInPartitionsAsAreAskedFor) {
  make(8192, 24, 6, 64);
  const auto searched = index();
  const Bitmap mask(8192, true);
  const std::vector<float> query = made->near(1);
  for (const std::size_t k : {1U, 500U, 4000U, 8192U, 9000U}) {
    EXPECT_GE(found_by(*searched, mask, query, k, VectorSearch::fast).size(), std::min<std::size_t>(k, 8192)) << k;
  }
}

TEST_F(Codes, ScoresAreThoseOfTheExactScan) {
  make(4096, 64);
  const auto searched = index();
  const Bitmap mask(4096, true);
  const std::vector<float> query = made->near(5);
  for (const RowScore& one : found_by(*searched, mask, query, 10, VectorSearch::fast)) {
    EXPECT_EQ(one.score, half_dot(searched->rows().row(one.row), query.data(), 64, Instructions::best));
  }
}

TEST_F(Codes, WhatIsNewerThanTheCodesIsFoundAtOnce) {
  make(2048, 48);
  append(300);
  const auto searched = index();
  ASSERT_EQ((*codes())->rows(), 2048U);
  const Bitmap mask(2348, true);
  for (std::uint64_t row = 2048; row < 2348; row += 23) {
    std::vector<float> query;
    for (std::size_t d = 0; d < 48; ++d) query.push_back(from_half(searched->rows().row(row)[d]));
    EXPECT_EQ(found_by(*searched, mask, query, 1, VectorSearch::fast).front().row, row);
  }
}

TEST_F(Codes, EqualRowsAllTieAndManyAreGiven) {
  make(512, 24);
  const std::vector<float> query = made->near(0);
  VectorWriter& to = *writer;
  for (int i = 0; i < 3000; ++i) ASSERT_TRUE(to.append(hash128("same " + std::to_string(i)), query));
  ASSERT_TRUE(to.sync());
  ASSERT_TRUE(write_codes(folder.path(), name, *rows(), 3072, 0));
  const auto searched = index();
  const Bitmap mask(3512, true);
  EXPECT_EQ(found_by(*searched, mask, query, 5, VectorSearch::fast).size(), 3000U);
  EXPECT_EQ(found_by(*searched, mask, query, 2000, VectorSearch::fast).size(), 3000U);
  EXPECT_EQ(found_by(*searched, mask, query, 3200, VectorSearch::fast).size(), 3200U);
  EXPECT_TRUE(found_by(*searched, Bitmap(3512), query, 5, VectorSearch::fast).empty());
  EXPECT_TRUE(found_by(*searched, mask, query, 0, VectorSearch::fast).empty());
}

TEST_F(Codes, QueriesOfOtherLengthsAndNoNumbersAreRefused) {
  make(1536, 24);
  const auto searched = index();
  const Bitmap mask(1536, true);
  for (const VectorSearch how : {VectorSearch::exact, VectorSearch::fast}) {
    EXPECT_EQ(searched->search(mask, std::vector<float>(23), 5, how).error().code(), Code::invalid_argument);
    for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      std::vector<float> query(24, 0.1F);
      query[7] = value;
      EXPECT_EQ(searched->search(mask, query, 5, how).error().code(), Code::invalid_argument);
    }
    EXPECT_GE(searched->search(mask, std::vector<float>(24), 5, how)->size(), 5U);  // zeros: all tie
  }
}

// ---- files ----------------------------------------------------------------------------------------------------

TEST(CodedRows, AreTheFirstSevenDigitsFromTwentyThousandOn) {
  EXPECT_EQ(coded_rows(0), 0U);
  EXPECT_EQ(coded_rows(19'999), 0U);
  EXPECT_EQ(coded_rows(20'000), 19'968U);
  EXPECT_EQ(coded_rows(50'000), 49'664U);
  EXPECT_EQ(coded_rows(1U << 20), 1U << 20);
  for (std::uint64_t rows = 20'000; rows < 10'000'000; rows += rows / 7) {
    const std::uint64_t coded = coded_rows(rows);
    EXPECT_EQ(coded % CodeLayout::kGroupRows, 0U);
    EXPECT_LE(coded, rows);
    EXPECT_LE(rows - coded, rows / 64);
  }
}

TEST_F(Codes, AreTheSameBytesHoweverTheFileGrew) {
  make(1024, 40);
  append(500);
  ASSERT_TRUE(write_codes(folder.path(), name, *rows(), 1024, 0));  // nothing to do
  append(1100);
  ASSERT_TRUE(write_codes(folder.path(), name, *rows(), 1536, 0));  // extended
  const std::string extended = *read_file(path());
  ASSERT_TRUE(remove_codes(folder.path(), name));
  ASSERT_TRUE(write_codes(folder.path(), name, *rows(), 1536, 0));
  EXPECT_EQ(*read_file(path()), extended);
  ASSERT_TRUE(write_codes(folder.path(), name, *rows(), 2560, 0));  // twice as many: another centre
  const std::string grown = *read_file(path());
  ASSERT_TRUE(remove_codes(folder.path(), name));
  ASSERT_TRUE(write_codes(folder.path(), name, *rows(), 2560, 0));
  EXPECT_EQ(*read_file(path()), grown);
  EXPECT_EQ(differing(), std::vector<std::uint64_t>{});
}

TEST(PartitionsWanted, StartAtSomeTwoHundredThousandRowsAndGrowAsTheRoot) {
  EXPECT_EQ(partitions_wanted(coded_rows(150'000)), 0U);
  EXPECT_EQ(partitions_wanted(coded_rows(200'000)), 2048U);
  EXPECT_EQ(partitions_wanted(coded_rows(1'000'000)), 4096U);
  EXPECT_EQ(partitions_wanted(coded_rows(4'000'000)), 8192U);
}

TEST_F(Codes, InPartitionsAreTheSameBytesHoweverTheFileGrew) {
  make(2048, 40, 1, 32);
  append(1600);
  ASSERT_TRUE(write_codes(folder.path(), name, *rows(), 3584, 32));  // extended
  const std::string extended = *read_file(path());
  const std::shared_ptr<const VectorCodes> coded = *codes();
  for (std::uint64_t row = 0; row < coded->rows(); ++row) ASSERT_EQ(coded->row_at(coded->place_of(row)), row);
  EXPECT_EQ(differing(), std::vector<std::uint64_t>{});
  ASSERT_TRUE(remove_codes(folder.path(), name));
  ASSERT_TRUE(write_codes(folder.path(), name, *rows(), 3584, 32));
  EXPECT_EQ(*read_file(path()), extended);
  ASSERT_TRUE(write_codes(folder.path(), name, *rows(), 3584, 0));  // other partitions are asked for
  EXPECT_EQ((*codes())->centroids().size(), 0U);
  ASSERT_TRUE(write_codes(folder.path(), name, *rows(), 3584, 32));
  EXPECT_EQ(*read_file(path()), extended);
}

TEST_F(Codes, AnyChangedByteInPartitionsIsSeenAndMadeGoodToTheByte) {
  make(1100, 24, 1, 16);
  const std::string good = *read_file(path());
  const std::size_t groups_at = (*codes())->head().size();
  ASSERT_GT(groups_at, 2 * 1024 * sizeof(std::uint32_t));
  for (std::size_t i = 0; i < good.size(); i += i < 512 ? 1 : 101) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    ASSERT_TRUE(write_file(path(), bad));
    const auto opened = codes();
    EXPECT_EQ(opened.has_value(), i >= groups_at) << i;
    if (opened) {
      EXPECT_EQ((*opened)->check_digest().error().code(), Code::corrupt) << i;
      EXPECT_EQ(differing().size(), i < good.size() - 8 ? 1U : 0U) << i;
    }
    if (i % 97 != 0) continue;
    ASSERT_TRUE(write_codes(folder.path(), name, *rows(), 1024, 16));
    EXPECT_EQ(*read_file(path()), good);
  }
}

TEST_F(Codes, PartitionsOfOtherRowsAreFoundThoughTheirChecksumsHold) {
  make(1024, 24, 2, 16);
  const std::shared_ptr<const VectorCodes> sound = *codes();
  EXPECT_TRUE(compare_codes(*sound, *rows(), [](std::uint64_t) { FAIL(); }));
  Bitmap kept(1024, true);
  kept.clear(7);  // one of the sample
  ASSERT_TRUE(erase_vectors(folder.path(), name, 24, 1024, kept));
  EXPECT_EQ(compare_codes(**codes(), *rows(), [](std::uint64_t) {}).error().code(), Code::corrupt);
}

TEST_F(Codes, AnyChangedByteIsSeenAndMadeGoodToTheByte) {
  make(1100, 24);
  const std::string good = *read_file(path());
  const CodeLayout layout(24);
  for (std::size_t i = 0; i < good.size(); i += i < layout.groups_at ? 1 : 101) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    ASSERT_TRUE(write_file(path(), bad));
    const auto opened = codes();
    EXPECT_EQ(opened.has_value(), i >= layout.groups_at) << i;
    if (opened) {
      EXPECT_EQ((*opened)->check_digest().error().code(), Code::corrupt) << i;
      const bool of_a_row = i < good.size() - 8;
      EXPECT_EQ(differing().empty(), !of_a_row) << i;
    } else {
      EXPECT_EQ(opened.error().code(), Code::corrupt) << i;
    }
    EXPECT_EQ(index()->has_codes(), i >= layout.groups_at);
    if (i % 97 != 0) continue;
    ASSERT_TRUE(write_codes(folder.path(), name, *rows(), 1024, 0));
    EXPECT_EQ(*read_file(path()), good);
  }
}

TEST_F(Codes, TooShortOnesAreLeftOutAndTheScanStaysRight) {
  make(1536, 24);
  const std::string good = *read_file(path());
  const Bitmap mask(1536, true);
  const std::vector<float> query = made->near(1);
  const auto expected = found_by(*index(), mask, query, 10, VectorSearch::exact);
  for (const std::size_t size : {std::size_t{0}, std::size_t{50}, std::size_t{200}, good.size() - 1, good.size() + 1}) {
    ASSERT_TRUE(write_file(path(), (good + "x").substr(0, size)));
    EXPECT_EQ(codes().error().code(), Code::corrupt) << size;
    EXPECT_FALSE(index()->has_codes());
    expect_same(found_by(*index(), mask, query, 10, VectorSearch::fast), expected);
  }
  ASSERT_TRUE(remove_codes(folder.path(), name));
  EXPECT_EQ(codes().error().code(), Code::not_found);
  expect_same(found_by(*index(), mask, query, 10, VectorSearch::fast), expected);
}

TEST_F(Codes, DamagedFactorsNeverCrashASearch) {
  make(2048, 24);
  const std::string good = *read_file(path());
  const CodeLayout layout(24);
  const Bitmap mask(2048, true);
  for (int round = 0; round < 60; ++round) {
    std::string bad = good;
    for (int i = 0; i < 200; ++i) {
      const std::size_t at = layout.groups_at + made->random.below(bad.size() - layout.groups_at);
      bad[at] = static_cast<char>(round % 2 == 0 ? 0xff : made->random.below(256));  // 0xffffffff is no number
    }
    ASSERT_TRUE(write_file(path(), bad));
    const std::vector<float> query = made->near(2);
    const auto fast = found_by(*index(), mask, query, 5, VectorSearch::fast);
    expect_same(fast, found_by(*index(), mask, query, 5, VectorSearch::fast, Instructions::portable));
  }
}

TEST_F(Codes, OfOtherRowsAreNotUsed) {
  make(1024, 24, 1);
  const std::string others = *read_file(path());
  make(1024, 24, 2);
  ASSERT_NE(*read_file(path()), others);
  ASSERT_TRUE(write_file(path(), others));
  EXPECT_EQ(codes().error().code(), Code::corrupt);
}

TEST_F(Codes, NothingOfAnErasedRowStays) {
  // Two files that differ in row 7 alone, which then is erased in both.
  for (const std::size_t partitions : {0U, 16U}) {
    std::vector<std::string> bytes;
    for (const std::size_t cluster : {1U, 30U}) {
      make(7, 24);
      const std::vector<float> secret = Made(99, 24).near(cluster);
      ASSERT_TRUE(writer->append(hash128("secret"), secret));
      append(1016);
      ASSERT_TRUE(write_codes(folder.path(), name, *rows(), 1024, partitions));
      const std::string with_it = *read_file(path());
      Bitmap kept(1024, true);
      kept.clear(7);
      ASSERT_TRUE(erase_vectors(folder.path(), name, 24, 1024, kept));
      EXPECT_FALSE(compare_codes(**codes(), *rows(), [](std::uint64_t) {}));  // what `verify` says had the codes stayed
      ASSERT_TRUE(remove_codes(folder.path(), name));
      ASSERT_TRUE(write_codes(folder.path(), name, *rows(), 1024, partitions));
      bytes.push_back(*read_file(path()));
      EXPECT_NE(bytes.back(), with_it);
    }
    EXPECT_EQ(bytes[0], bytes[1]);
  }
}

}  // namespace
}  // namespace naru
