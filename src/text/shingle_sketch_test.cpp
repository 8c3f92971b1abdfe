#include "text/shingle_sketch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace naru {
namespace {

const Banding kBanding = banding_for(0.8);

Shingles random_set(std::mt19937_64& random, std::size_t count) {
  Shingles set;
  while (set.size() < count) {
    while (set.size() < count) set.push_back(static_cast<std::uint32_t>(random()));
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
  }
  return set;
}

// Two sets of `count` each of which so many are in both.
std::pair<Shingles, Shingles> random_pair(std::mt19937_64& random, std::size_t count, std::size_t shared) {
  Shingles all = random_set(random, 2 * count - shared);
  std::shuffle(all.begin(), all.end(), random);
  const auto at = [&](std::size_t i) { return all.begin() + static_cast<std::ptrdiff_t>(i); };
  Shingles a(at(0), at(count)), b(at(count - shared), all.end());
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return {a, b};
}

TEST(ShingleSketch, IsUnpackedAsItWasPacked) {
  std::mt19937_64 random(1);
  for (const std::size_t count : {0, 1, 2, 5, 100, 4095, 4096, 4097, 60000}) {
    const Shingles shingles = random_set(random, count);
    const ShingleSketch sketch = make_sketch(shingles, kBanding);
    EXPECT_EQ(sketch.head.count, count);
    EXPECT_EQ(sketch.head.bands, bands_of(shingles, kBanding)) << "of all shingles, not of the sample";
    EXPECT_EQ(sketch.least.size(), std::min(count, kSketchShingles));
    const std::string packed = pack_sketch(sketch);
    const auto unpacked = unpack_sketch(packed);
    ASSERT_TRUE(unpacked) << count;
    EXPECT_EQ(*unpacked, sketch);
    EXPECT_EQ(*unpack_sketch_head(packed), sketch.head);
  }
}

TEST(ShingleSketch, OfOddSetsIsUnpackedAsItWasPacked) {
  for (const Shingles& shingles : {Shingles{0}, Shingles{0xffffffff}, Shingles{0, 0xffffffff}, Shingles{0, 1, 2, 3},
                                   Shingles{0xfffffffd, 0xfffffffe, 0xffffffff}, Shingles{0, 1, 2, 3, 4, 0x80000000}}) {
    const ShingleSketch sketch = make_sketch(shingles, kBanding);
    const auto unpacked = unpack_sketch(pack_sketch(sketch));
    ASSERT_TRUE(unpacked);
    EXPECT_EQ(*unpacked, sketch);
  }
}

TEST(ShingleSketch, TakesAboutThreeBytesAShingleAndIsBounded) {
  std::mt19937_64 random(2);
  const std::size_t head = 7 + 4 * kBanding.bands;
  EXPECT_LE(pack_sketch(make_sketch(random_set(random, 1000), kBanding)).size(), head + 3000);
  for (const std::size_t count : {4096, 10000, 200000}) {
    EXPECT_LE(pack_sketch(make_sketch(random_set(random, count), kBanding)).size(), head + 11300) << count;
  }
}

TEST(ShingleSketch, OfTextInAnyFormIsTheSame) {
  const auto packed = [](std::string_view text) { return pack_sketch(make_sketch(shingles_of(text), kBanding)); };
  EXPECT_EQ(packed("\u1112\u1172\u1100\u1161"), packed("휴가"));
  EXPECT_EQ(packed(""), packed("?! \n"));
  EXPECT_EQ(unpack_sketch(packed(""))->head.count, 0U);
}

TEST(ShingleSketch, LikenessIsExactWhereBothAreWhole) {
  std::mt19937_64 random(3);
  for (const std::size_t shared : {0, 1, 1500, 2000, 2999, 3000}) {
    const auto [a, b] = random_pair(random, 3000, shared);
    EXPECT_DOUBLE_EQ(jaccard(make_sketch(a, kBanding), make_sketch(b, kBanding)), jaccard(a, b));
  }
  EXPECT_EQ(jaccard(make_sketch({}, kBanding), make_sketch({1, 2}, kBanding)), 0.0);
}

// The standard error of a share s of n is the root of s (1 - s) / n: 0.00625 at 0.8 of 4,096.
TEST(ShingleSketch, OfLongTextsLikenessIsOffByAsLittleAsSaid) {
  std::mt19937_64 random(4);
  constexpr int kPairs = 150;
  for (const double wanted : {0.5, 0.8, 0.95}) {
    double squares = 0, sum = 0;
    for (int i = 0; i < kPairs; ++i) {
      constexpr std::size_t kCount = 12000;
      const auto [a, b] = random_pair(random, kCount, static_cast<std::size_t>(2 * wanted / (1 + wanted) * kCount));
      const double off = jaccard(make_sketch(a, {1, 1}), make_sketch(b, {1, 1})) - jaccard(a, b);
      squares += off * off;
      sum += off;
    }
    const double said = std::sqrt(wanted * (1 - wanted) / kSketchShingles);
    EXPECT_LE(std::sqrt(squares / kPairs), said * 1.1) << wanted;
    EXPECT_GE(std::sqrt(squares / kPairs), said * 0.5) << wanted << ": a sample is not exact";
    EXPECT_LE(std::abs(sum / kPairs), said * 0.25) << wanted << ": it leans to one side";
  }
}

// One of them may be whole, and the other a sample.
TEST(ShingleSketch, OfALongAndAShorterTextLikenessIsOfWhatBothKeep) {
  std::mt19937_64 random(5);
  Shingles longer = random_set(random, 4900), shorter;
  for (std::size_t i = 0; i < longer.size(); ++i) {
    if (i % 49 < 40) shorter.push_back(longer[i]);
  }
  ASSERT_LE(shorter.size(), kSketchShingles);
  EXPECT_NEAR(jaccard(make_sketch(longer, kBanding), make_sketch(shorter, kBanding)), jaccard(longer, shorter), 0.01);
}

TEST(ShingleSketch, DamagedIsCorrupt) {
  std::mt19937_64 random(6);
  const std::string packed = pack_sketch(make_sketch(random_set(random, 200), kBanding));
  const auto code = [](std::string_view bytes) {
    const auto unpacked = unpack_sketch(bytes);
    return unpacked ? Code::internal : unpacked.error().code();
  };
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_EQ(code(packed.substr(0, size)), Code::corrupt) << size;
  }
  EXPECT_EQ(code(packed + '\0'), Code::corrupt);
  EXPECT_EQ(code('\2' + packed.substr(1)), Code::corrupt) << "another version";
  EXPECT_EQ(code(std::string(8 * 200, '\1')), Code::corrupt) << "what version 1 of the step kept";
  EXPECT_FALSE(unpack_sketch_head(""));
  EXPECT_FALSE(unpack_sketch_head(packed.substr(0, 80)));
}

// Whatever the bytes are, what is read of them is a set in order that is packed and unpacked to the same.
TEST(ShingleSketch, RandomBytesAreCorruptOrASketch) {
  std::mt19937_64 random(7);
  int whole = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(random() % 64, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 2 == 0 ? random() : 0);
    if (bytes.size() > 6 && random() % 8 != 0) {
      const std::size_t bands = random() % 3;
      bytes[0] = 1;                                // the version
      bytes[1] = static_cast<char>(random() % 5);  // shingles
      bytes[2] = bytes[3] = bytes[4] = 0;
      bytes[5] = static_cast<char>(bands);
      if (6 + 4 * bands < bytes.size()) bytes[6 + 4 * bands] = static_cast<char>(random() % 33);  // the lower part
    }
    const auto sketch = unpack_sketch(bytes);
    if (!sketch) {
      EXPECT_EQ(sketch.error().code(), Code::corrupt);
      continue;
    }
    ++whole;
    EXPECT_EQ(sketch->least.size(), std::min<std::size_t>(sketch->head.count, kSketchShingles));
    EXPECT_EQ(std::adjacent_find(sketch->least.begin(), sketch->least.end(), std::greater_equal<>()),
              sketch->least.end());
    EXPECT_EQ(*unpack_sketch(pack_sketch(*sketch)), *sketch);
  }
  EXPECT_GT(whole, 100);
}

}  // namespace
}  // namespace naru
