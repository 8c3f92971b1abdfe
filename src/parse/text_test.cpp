#include <gtest/gtest.h>

#include "parse/shared/testing.h"
#include "runtime/random.h"

namespace naru {
namespace {

TEST(Text, BlankLinesPartParagraphsAndEachKnowsItsBytes) {
  const std::string bytes = "first line\nsecond line\n\n  \nthird\r\n\r\nfourth  \n";
  const Document document = parsed(bytes, "txt");
  ASSERT_EQ(document.blocks.size(), 3U);
  EXPECT_EQ(bytes_at(bytes, document.blocks[0]), "first line\nsecond line");
  EXPECT_EQ(bytes_at(bytes, document.blocks[1]), "third");
  EXPECT_EQ(bytes_at(bytes, document.blocks[2]), "fourth");
}

TEST(Text, JoinsLinesThatWereWrapped) {
  const Document document = parsed(
      "The quick brown fox jumps over the lazy dog and runs into the\n"
      "deep forest where nobody will ever look for it again, because\n"
      "it is dark.\n",
      "txt");
  ASSERT_EQ(document.blocks.size(), 1U);
  EXPECT_EQ(document.blocks[0].text.find('\n'), std::string::npos);
  EXPECT_NE(document.blocks[0].text.find("into the deep forest"), std::string::npos);
}

TEST(Text, JoinsHangulThatWasCutInsideWordsWithoutABlank) {
  const Document document = parsed(
      "나루는자료가있는곳에서모델이쓰는곳까지자료를나르는프로그램이다그래서모든답변\n"
      "과모든행동은원본의바이트까지되짚어볼수있어야한다는것이가장중요한원칙이되었다\n"
      "는점을여기에적어둔다\n",
      "txt");
  ASSERT_EQ(document.blocks.size(), 1U);
  EXPECT_NE(document.blocks[0].text.find("모든답변과모든"), std::string::npos) << document.blocks[0].text;
}

TEST(Text, JoinsHangulThatWasWrappedBetweenWordsWithABlank) {
  const Document document = parsed(
      "나루는 자료가 있는 곳에서 모델이 쓰는 곳까지 자료를 나르는 프로그램이다. 그래서\n"
      "모든 답변과 모든 행동은 원본의 바이트까지 되짚어 볼 수 있어야 한다. 이것이 가장\n"
      "중요한 원칙이다.\n",
      "txt");
  ASSERT_EQ(document.blocks.size(), 1U);
  EXPECT_NE(document.blocks[0].text.find("그래서 모든 답변과"), std::string::npos) << document.blocks[0].text;
  EXPECT_NE(document.blocks[0].text.find("가장 중요한"), std::string::npos) << document.blocks[0].text;
}

TEST(Text, KeepsLinesThatMeanSomething) {
  const Document document = parsed("Shopping:\n- milk\n- bread\n\nRoses are red,\nviolets are blue.\n", "txt");
  ASSERT_EQ(document.blocks.size(), 2U);
  EXPECT_EQ(document.blocks[0].text, "Shopping:\n- milk\n- bread");
  EXPECT_EQ(document.blocks[1].text, "Roses are red,\nviolets are blue.");
}

TEST(Text, ReadsCp949AndPointsIntoItsBytes) {
  // "안녕하세요, 나루입니다." and "두 번째 문단입니다." in CP949.
  const std::string first = "\xbe\xc8\xb3\xe7\xc7\xcf\xbc\xbc\xbf\xe4, \xb3\xaa\xb7\xe7\xc0\xd4\xb4\xcf\xb4\xd9.";
  const std::string second = "\xb5\xce \xb9\xf8\xc2\xb0 \xb9\xae\xb4\xdc\xc0\xd4\xb4\xcf\xb4\xd9.";
  const std::string bytes = first + "\n\n" + second + "\n";
  const Document document = parsed(bytes, "txt");
  ASSERT_EQ(document.blocks.size(), 2U);
  EXPECT_EQ(document.blocks[0].text, "안녕하세요, 나루입니다.");
  EXPECT_EQ(document.blocks[1].text, "두 번째 문단입니다.");
  EXPECT_EQ(bytes_at(bytes, document.blocks[1]), second);
  EXPECT_EQ(document.language, "ko");
}

TEST(Text, ReadsUtf16WithAndWithoutAMark) {
  std::string wide;
  for (const char c : std::string("Hello there.\n\nSecond one.")) wide.append({c, '\0'});
  for (const std::string& bytes : {"\xff\xfe" + wide, wide}) {
    const Document document = parsed(bytes, "txt");
    ASSERT_EQ(document.blocks.size(), 2U);
    EXPECT_EQ(document.blocks[1].text, "Second one.");
    EXPECT_EQ(bytes_at(bytes, document.blocks[1]).size(), 22U);
  }
}

TEST(Text, BrokenUtf8BehindAMarkStillKnowsItsBytes) {
  const std::string bytes = "\xef\xbb\xbfone \xff\xff\xff two\n\nthree";
  const Document document = parsed(bytes, "txt");
  ASSERT_EQ(document.blocks.size(), 2U);
  EXPECT_EQ(bytes_at(bytes, document.blocks[1]), "three");
}

TEST(Text, AnEmptyFileIsAnEmptyDocumentThatSaysSo) {
  const Document document = parsed("", "txt");
  EXPECT_TRUE(document.blocks.empty());
  EXPECT_TRUE(warns(document, "empty file"));
  EXPECT_TRUE(warns(parsed("\n \n\n", "txt"), "no text found"));
}

TEST(Text, OtherTextIsReadAsPlainTextAndSaysSo) {
  EXPECT_TRUE(warns(parsed("key = value\n", "ini"), "no parser for .ini files"));
}

TEST(Text, HugeParagraphsBecomeBlocksThatLeaveNothingOut) {
  const Document document = parsed(repeated("value 17, value 23\n", 5'000), "txt");
  ASSERT_GT(document.blocks.size(), 1U);
  std::size_t words = 0;
  for (const Block& block : document.blocks)
    words += static_cast<std::size_t>(std::count(block.text.begin(), block.text.end(), ','));
  EXPECT_EQ(words, 5'000U);
}

TEST(Text, EveryBlockIsFoundAgainAtItsBytes) {
  const std::vector<std::string> words = {"나루", "ferry", "자료를", "naïve", "13,500", "word.", "漢字", "a\tb", "😀"};
  Random random(7);
  for (int round = 0; round < 200; ++round) {
    std::string bytes;
    for (std::uint64_t n = random.below(120); n > 0; --n) {
      bytes += words[random.below(words.size())];
      bytes += std::vector<std::string>{" ", "\n", "\n\n", "\r\n", "  ", " \n"}[random.below(6)];
    }
    const Document document = parsed(bytes, "txt");
    std::uint64_t last = 0;
    for (const Block& block : document.blocks) {
      EXPECT_EQ(fold_white_space(bytes_at(bytes, block)), fold_white_space(block.text));
      EXPECT_GE(block.locator.bytes->start, last);
      last = block.locator.bytes->end;
    }
  }
}

}  // namespace
}  // namespace naru
