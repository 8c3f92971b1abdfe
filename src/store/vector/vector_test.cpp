#include <gtest/gtest.h>
#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "runtime/files.h"
#include "runtime/random.h"
#include "store/vector/half.h"
#include "store/vector/scan.h"
#include "store/vector/vector_file.h"

namespace naru {
namespace {

std::vector<float> unit_vector(Random& random, std::size_t dims) {
  std::vector<float> made(dims);
  double length = 0;
  for (float& value : made) {
    value = static_cast<float>(random.unit() + random.unit() + random.unit() - 1.5);
    length += static_cast<double>(value) * value;
  }
  for (float& value : made) value = static_cast<float>(value / std::sqrt(length));
  return made;
}

ModelInfo model(std::uint32_t dims) {
  ModelInfo info;
  info.name = "test";
  info.fingerprint = hash128("test model");
  info.dims = dims;
  return info;
}

Id128 key_of(std::uint64_t i) { return hash128("text " + std::to_string(i)); }

// ---- half -----------------------------------------------------------------------------------------------------

TEST(Half, EveryHalfComesBackAsItself) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = from_half(half);
    if (std::isnan(value)) {
      EXPECT_EQ(to_half(value) & 0x7e00, 0x7e00);
    } else {
      EXPECT_EQ(to_half(value), half);
    }
  }
}

__attribute__((target("f16c"))) std::uint16_t hardware_half(float value) {
  return static_cast<std::uint16_t>(_cvtss_sh(value, _MM_FROUND_TO_NEAREST_INT));
}
__attribute__((target("f16c"))) float hardware_float(std::uint16_t half) { return _cvtsh_ss(half); }

TEST(Half, HasTheBitsOfTheProcessorsInstruction) {
  if (!__builtin_cpu_supports("f16c")) GTEST_SKIP() << "no F16C here";
  Random random(1);
  const auto expect_same = [](float value) {
    if (std::isnan(value)) return;
    EXPECT_EQ(to_half(value), hardware_half(value)) << value;
  };
  for (int i = 0; i < 2'000'000; ++i) expect_same(std::bit_cast<float>(static_cast<std::uint32_t>(random.next())));
  for (std::uint32_t bits = 0; bits < 0x7c00; ++bits) {  // around the middle between two halves, where rounding decides
    const float low = from_half(static_cast<std::uint16_t>(bits));
    const float high = bits + 1 == 0x7c00 ? 65536.0F : from_half(static_cast<std::uint16_t>(bits + 1));
    const float middle = low + (high - low) / 2;
    for (const float value : {middle, std::nextafter(middle, 0.0F), std::nextafter(middle, 1e9F)}) {
      expect_same(value);
      expect_same(-value);
    }
    EXPECT_EQ(std::bit_cast<std::uint32_t>(low),
              std::bit_cast<std::uint32_t>(hardware_float(static_cast<std::uint16_t>(bits))));
  }
}

// ---- scan -----------------------------------------------------------------------------------------------------

struct Rows {
  std::size_t dims = 0;
  std::vector<std::uint16_t> halves;
  std::size_t count() const { return halves.size() / dims; }
};

Rows random_rows(Random& random, std::size_t count, std::size_t dims) {
  Rows rows{dims, {}};
  for (std::size_t i = 0; i < count; ++i) {
    for (const float value : unit_vector(random, dims)) rows.halves.push_back(to_half(value));
  }
  return rows;
}

TEST(VectorScan, BothWaysGiveTheSameBits) {
  Random random(2);
  for (const std::size_t dims : {1U, 7U, 8U, 9U, 64U, 100U, 384U, 1023U}) {
    const Rows rows = random_rows(random, 203, dims);
    const std::vector<float> query = unit_vector(random, dims);
    Bitmap mask(rows.count());
    for (std::size_t i = 0; i < mask.size(); ++i) {
      if (random.below(4) != 0) mask.set(i);
      const std::uint16_t* const row = rows.halves.data() + i * dims;
      EXPECT_EQ(std::bit_cast<std::uint32_t>(half_dot(row, query.data(), dims, Instructions::best)),
                std::bit_cast<std::uint32_t>(half_dot(row, query.data(), dims, Instructions::portable)));
    }
    const std::vector<RowScore> fast = scan_top(rows.halves.data(), dims, mask, query, 10);
    const std::vector<RowScore> slow = scan_top(rows.halves.data(), dims, mask, query, 10, Instructions::portable);
    ASSERT_EQ(fast.size(), slow.size());
    for (std::size_t i = 0; i < fast.size(); ++i) {
      EXPECT_EQ(fast[i].row, slow[i].row);
      EXPECT_EQ(std::bit_cast<std::uint32_t>(fast[i].score), std::bit_cast<std::uint32_t>(slow[i].score));
    }
  }
}

TEST(VectorScan, FindsWhatSortingEveryRowFinds) {
  Random random(3);
  for (int round = 0; round < 30; ++round) {
    const std::size_t dims = 16, count = 1 + random.below(900);
    Rows rows = random_rows(random, count, dims);
    for (std::size_t i = 1; i < count; ++i) {  // equal rows, so that there are ties
      if (random.below(4) == 0) {
        std::copy_n(rows.halves.begin() + static_cast<std::ptrdiff_t>(random.below(i) * dims), dims,
                    rows.halves.begin() + static_cast<std::ptrdiff_t>(i * dims));
      }
    }
    const std::vector<float> query = unit_vector(random, dims);
    Bitmap mask(count);
    std::vector<RowScore> expected;
    for (std::size_t i = 0; i < count; ++i) {
      if (random.below(3) == 0) continue;
      mask.set(i);
      expected.push_back({i, half_dot(rows.halves.data() + i * dims, query.data(), dims, Instructions::portable)});
    }
    std::stable_sort(expected.begin(), expected.end(),
                     [](const RowScore& a, const RowScore& b) { return a.score > b.score; });
    const std::size_t k = 1 + random.below(20);
    if (expected.size() > k) {
      std::size_t size = k;
      while (size < expected.size() && expected[size].score == expected[k - 1].score) ++size;
      expected.resize(size);
    }
    const std::vector<RowScore> found = scan_top(rows.halves.data(), dims, mask, query, k);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].row, expected[i].row);
      EXPECT_EQ(found[i].score, expected[i].score);
    }
  }
}

TEST(VectorScan, EqualRowsAllTieAndNoneIsAskedFor) {
  const Rows rows{8, std::vector<std::uint16_t>(8 * 5000, to_half(0.25F))};
  const std::vector<float> query(8, 0.35F);
  const Bitmap mask(5000, true);
  EXPECT_EQ(scan_top(rows.halves.data(), 8, mask, query, 3).size(), 5000U);
  EXPECT_TRUE(scan_top(rows.halves.data(), 8, mask, query, 0).empty());
  EXPECT_TRUE(scan_top(rows.halves.data(), 8, Bitmap(5000), query, 3).empty());
}

TEST(VectorScan, RowsThatAreNoNumbersAreLeftOut) {
  Rows rows{8, std::vector<std::uint16_t>(8 * 300, to_half(0.25F))};
  for (std::size_t i = 0; i < 300; i += 2) rows.halves[i * 8] = 0x7e00;
  const std::vector<float> query(8, 0.35F);
  const std::vector<RowScore> found = scan_top(rows.halves.data(), 8, Bitmap(300, true), query, 10);
  EXPECT_EQ(found.size(), 150U);
  for (const RowScore& one : found) EXPECT_EQ(one.row % 2, 1U);
}

// ---- files ----------------------------------------------------------------------------------------------------

class VectorFile : public testing::Test {
 protected:
  static constexpr std::uint32_t kDims = 24;

  std::unique_ptr<VectorWriter> writer(std::uint64_t committed) {
    return VectorWriter::open(folder.path(), name, model(kDims), committed).value();
  }
  std::string path(const char* end) const { return join_path(folder.path(), name + end); }
  // Rows 0 .. count − 1, durable.
  void fill(std::uint64_t count) {
    const std::unique_ptr<VectorWriter> one = writer(0);
    Random random(4);
    for (std::uint64_t i = 0; i < count; ++i) ASSERT_TRUE(one->append(key_of(i), unit_vector(random, kDims)));
    ASSERT_TRUE(one->sync());
  }

  TemporaryFolder folder = TemporaryFolder::make("vectors").value();
  const std::string name = vector_file_name(model(kDims));
};

TEST_F(VectorFile, KeepsRowsByKeyAndEachKeyOnce) {
  Random random(5);
  std::vector<std::vector<float>> vectors;
  {
    const std::unique_ptr<VectorWriter> one = writer(0);
    for (std::uint64_t i = 0; i < 10; ++i) {
      vectors.push_back(unit_vector(random, kDims));
      ASSERT_TRUE(one->append(key_of(i), vectors[i]));
      ASSERT_TRUE(one->append(key_of(i), unit_vector(random, kDims)));
      if (i != 4) continue;
      ASSERT_TRUE(one->sync());
    }
    ASSERT_TRUE(one->sync());
    EXPECT_EQ(one->rows(), 10U);
  }
  const std::unique_ptr<VectorWriter> again = writer(10);
  const std::shared_ptr<const VectorRows> rows = VectorRows::open(folder.path(), name, kDims, 10).value();
  for (std::uint64_t i = 0; i < 10; ++i) {
    EXPECT_EQ(again->find(key_of(i)), i);
    EXPECT_EQ(rows->key(i), key_of(i));
    EXPECT_TRUE(rows->intact(i));
    for (std::uint32_t d = 0; d < kDims; ++d) EXPECT_EQ(rows->row(i)[d], to_half(vectors[i][d]));
  }
  EXPECT_FALSE(again->find(key_of(10)));
}

TEST_F(VectorFile, AWriterCutsOffWhatWasNotCommitted) {
  fill(9);
  Random random(6);
  const std::unique_ptr<VectorWriter> one = writer(6);
  EXPECT_FALSE(one->find(key_of(6)));
  ASSERT_TRUE(one->append(key_of(100), unit_vector(random, kDims)));
  ASSERT_TRUE(one->sync());
  EXPECT_EQ(one->find(key_of(100)), 6U);
  EXPECT_EQ(file_size(path(".f16")).value(), 64U + 7U * kDims * 2);
  const std::shared_ptr<const VectorRows> rows = VectorRows::open(folder.path(), name, kDims, 7).value();
  for (std::uint64_t i = 0; i < 7; ++i) EXPECT_TRUE(rows->intact(i));
  EXPECT_EQ(rows->key(6), key_of(100));
}

TEST_F(VectorFile, ASyncThatFailedMayBeTriedAgain) {
  fill(3);
  Random random(7);
  const std::unique_ptr<VectorWriter> one = writer(3);
  ASSERT_TRUE(one->append(key_of(3), unit_vector(random, kDims)));
  ASSERT_TRUE(append_file(path(".f16"), "half a row"));  // what a full disk leaves behind
  set_file_faults([](const FileOperation& operation) -> Status {
    if (operation.kind == "sync" && operation.path.ends_with(".keys")) return Error(Code::io, "the disk is full");
    return {};
  });
  EXPECT_FALSE(one->sync());
  set_file_faults(nullptr);
  ASSERT_TRUE(one->sync());
  const std::shared_ptr<const VectorRows> rows = VectorRows::open(folder.path(), name, kDims, 4).value();
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_TRUE(rows->intact(i));
  EXPECT_EQ(file_size(path(".keys")).value(), 4U * 24);
}

TEST_F(VectorFile, AnyChangedByteOfARowOrItsKeyIsSeen) {
  fill(3);
  for (const char* end : {".f16", ".keys"}) {
    const std::string good = read_file(path(end)).value();
    const std::size_t header = std::string_view(end) == ".f16" ? 64 : 0;
    for (std::size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
      ASSERT_TRUE(write_file(path(end), bad));
      const Result<std::shared_ptr<const VectorRows>> rows = VectorRows::open(folder.path(), name, kDims, 3);
      if (i < header) {
        ASSERT_FALSE(rows) << i;
        EXPECT_EQ(rows.error().code(), Code::corrupt);
        EXPECT_EQ(VectorWriter::open(folder.path(), name, model(kDims), 3).error().code(), Code::corrupt);
        continue;
      }
      const std::size_t damaged = (i - header) / (header == 0 ? 24 : kDims * 2);
      for (std::uint64_t row = 0; row < 3; ++row) EXPECT_EQ((*rows)->intact(row), row != damaged) << i;
    }
    ASSERT_TRUE(write_file(path(end), good));
  }
}

TEST_F(VectorFile, AFileThatIsTooShortIsCorrupt) {
  fill(3);
  for (const char* end : {".f16", ".keys"}) {
    const std::string good = read_file(path(end)).value();
    for (std::size_t size = 0; size < good.size(); ++size) {
      ASSERT_TRUE(write_file(path(end), std::string_view(good).substr(0, size)));
      EXPECT_EQ(VectorRows::open(folder.path(), name, kDims, 3).error().code(), Code::corrupt);
      EXPECT_EQ(VectorWriter::open(folder.path(), name, model(kDims), 3).error().code(), Code::corrupt);
    }
    ASSERT_TRUE(write_file(path(end), good));
  }
  EXPECT_EQ(VectorRows::open(folder.path(), name, kDims, ~0ULL).error().code(), Code::corrupt);
  EXPECT_EQ(VectorRows::open(folder.path(), name, kDims + 1, 1).error().code(), Code::corrupt);
}

TEST_F(VectorFile, OtherDimensionsAndNumbersThatAreNoneAreRefused) {
  const std::unique_ptr<VectorWriter> one = writer(0);
  EXPECT_EQ(one->append(key_of(0), std::vector<float>(kDims + 1)).error().code(), Code::invalid_argument);
  std::vector<float> vector(kDims, 0.1F);
  for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 1e9F}) {
    vector[5] = value;
    EXPECT_EQ(one->append(key_of(1), vector).error().code(), Code::invalid_argument);
  }
  EXPECT_EQ(one->rows(), 0U);
}

}  // namespace
}  // namespace naru
