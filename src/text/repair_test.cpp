// What query repair is made of: the keyboard in its other state, initials, distances of typing.
#include <gtest/gtest.h>

#include <cstdint>

#include "text/hangul_keyboard.h"
#include "text/typo.h"
#include "text/unicode.h"

namespace naru {
namespace {

// Knuth's linear congruential generator: the same numbers on every machine.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state_ >> 33) % bound;
  }

 private:
  std::uint64_t state_;
};

TEST(HangulKeyboard, KeysLeftInLatinGiveHangul) {
  EXPECT_EQ(hangul_of_keys("gksrmf"), "한글");
  EXPECT_EQ(hangul_of_keys("ehtjrhks"), "도서관");
  EXPECT_EQ(hangul_of_keys("dkswdk"), "앉아");
  EXPECT_EQ(hangul_of_keys("Qkfms"), "빠른");
  EXPECT_EQ(hangul_of_keys("dhodnj"), "왜워");
  EXPECT_EQ(hangul_of_keys("Gksrmf"), "한글");  // a key without a shifted letter
  EXPECT_EQ(hangul_of_keys("rkqt"), "값");
  EXPECT_EQ(hangul_of_keys("rkqtdl"), "값이");
}

TEST(HangulKeyboard, EnglishIsNotTakenForHangul) {
  for (const std::string_view word : {"hello", "search", "retrieval", "server", "a1", "x-y", ""}) {
    EXPECT_EQ(hangul_of_keys(word), "") << word;
  }
}

TEST(HangulKeyboard, HangulTypedForLatinGivesItsKeys) {
  EXPECT_EQ(keys_of_hangul("ㅗ디ㅣㅐ"), "hello");
  EXPECT_EQ(keys_of_hangul("ㄴㄷㄱㅍㄷㄱ"), "server");
  EXPECT_EQ(keys_of_hangul("漢"), "");
}

TEST(HangulKeyboard, EverySyllableComesBack) {
  for (char32_t c = 0xac00; c <= 0xd7a3; ++c) {
    std::string syllable;
    append_utf8(syllable, c);
    ASSERT_EQ(hangul_of_keys(keys_of_hangul(syllable)), syllable);
  }
  Numbers random(3);
  for (int i = 0; i < 2000; ++i) {
    std::string word;
    for (std::uint64_t n = 1 + random.below(6); n > 0; --n) {
      append_utf8(word, static_cast<char32_t>(0xac00 + random.below(11172)));
    }
    ASSERT_EQ(hangul_of_keys(keys_of_hangul(word)), word);
  }
}

TEST(HangulKeyboard, KnowsInitials) {
  EXPECT_EQ(initials_of("한글"), "ㅎㄱ");
  EXPECT_EQ(initials_of("한g"), "");
  EXPECT_TRUE(is_initials("ㄷㅅㄱ"));
  EXPECT_FALSE(is_initials("ㄷ"));
  EXPECT_FALSE(is_initials("ㅏㄱ"));
}

TEST(Typo, CountsWhatFingersDo) {
  EXPECT_EQ(typo_distance("retrieval", "retreival", 2), 1U);
  EXPECT_EQ(typo_distance("leave", "leav", 2), 1U);
  EXPECT_EQ(typo_distance("leave", "leaves", 2), 1U);
  EXPECT_EQ(typo_distance("leave", "heave", 2), 1U);
  EXPECT_EQ(typo_distance("leave", "leave", 2), 0U);
  EXPECT_EQ(typo_distance("leave", "server", 2), 3U);
  EXPECT_EQ(typos_allowed(4), 0U);
  EXPECT_EQ(typos_allowed(5), 1U);
  EXPECT_EQ(typos_allowed(9), 2U);
  EXPECT_EQ(typos_allowed(64), 0U);
}

// The definition, without bounds.
std::size_t slow_distance(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.size() + b.size();
  std::size_t best = std::min(slow_distance(a.substr(1), b), slow_distance(a, b.substr(1))) + 1;
  best = std::min(best, slow_distance(a.substr(1), b.substr(1)) + (a[0] == b[0] ? 0 : 1));
  if (a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0]) {
    best = std::min(best, slow_distance(a.substr(2), b.substr(2)) + 1);
  }
  return best;
}

TEST(Typo, IsTheDistanceOfItsDefinition) {
  Numbers random(4);
  for (int i = 0; i < 500; ++i) {
    std::string a, b;
    for (std::uint64_t n = random.below(6); n > 0; --n) a += static_cast<char>('a' + random.below(3));
    for (std::uint64_t n = random.below(6); n > 0; --n) b += static_cast<char>('a' + random.below(3));
    for (std::size_t most = 0; most < 4; ++most) {
      ASSERT_EQ(typo_distance(a, b, most), std::min(slow_distance(a, b), most + 1)) << a << " " << b;
    }
  }
}

}  // namespace
}  // namespace naru
