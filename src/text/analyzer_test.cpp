#include "text/analyzer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "text/sentences.h"
#include "text/unicode.h"

namespace naru {
namespace {

bool has(const std::vector<std::string>& terms, const std::string& term) {
  return std::find(terms.begin(), terms.end(), term) != terms.end();
}

TEST(Analyzer, GivesBigramsAndTheWordWithoutItsParticle) {
  const std::vector<std::string> terms = analyze("도서관에서");
  EXPECT_TRUE(has(terms, "도서"));
  EXPECT_TRUE(has(terms, "서관"));
  EXPECT_TRUE(has(terms, "도서관"));
  EXPECT_FALSE(has(terms, "에서"));
}

TEST(Analyzer, SplitsLatinFromAGluedParticle) {
  EXPECT_EQ(analyze("Sphinx를"), analyze("Sphinx"));
  EXPECT_TRUE(has(analyze("PDF파일"), "pdf"));
}

TEST(Analyzer, TreatsDecomposedHangulAsComposed) {
  EXPECT_EQ(analyze("\xe1\x84\x80\xe1\x85\xa1\xe1\x84\x82\xe1\x85\xa1\xe1\x84\x83\xe1\x85\xa1"), analyze("가나다"));
}

TEST(Analyzer, StemsAndDropsStopWords) {
  EXPECT_EQ(analyze("the running dogs"), (std::vector<std::string>{"run", "dog"}));
  EXPECT_FALSE(analyze_query("to be or not to be").empty());
}

TEST(Analyzer, KeepsIdentifiersAndNumbersWhole) {
  const std::vector<std::string> terms = analyze("max_tokens is 1,200 in v1.2.3 of readFile");
  EXPECT_TRUE(has(terms, "max_tokens"));
  EXPECT_TRUE(has(terms, "1200"));
  EXPECT_TRUE(has(terms, "v1.2.3"));
  EXPECT_TRUE(has(terms, "readfile"));
  EXPECT_TRUE(has(terms, "file"));
}

TEST(Analyzer, BoundsTerms) {
  for (const std::string& term : analyze(std::string(100'000, 'x'))) EXPECT_LE(term.size(), kTermBytesMax);
}

std::vector<std::string> sentences(std::string_view text) {
  std::vector<std::string> out;
  for (const TextRange range : split_sentences(text))
    out.emplace_back(text.substr(range.start, range.end - range.start));
  return out;
}

TEST(Sentences, EndAtFullStopsAndNotInsideNumbersOrAbbreviations) {
  EXPECT_EQ(sentences("Version 3.14 is out. Dr. Kim wrote e.g. two books. Good!"),
            (std::vector<std::string>{"Version 3.14 is out.", "Dr. Kim wrote e.g. two books.", "Good!"}));
}

TEST(Sentences, EndInKoreanWithAndWithoutABlank) {
  EXPECT_EQ(sentences("책을 빌린다. 7권까지다.그리고 반납한다."),
            (std::vector<std::string>{"책을 빌린다.", "7권까지다.", "그리고 반납한다."}));
}

TEST(Sentences, KeepListItemsApart) {
  EXPECT_EQ(sentences("- first item\n- second item\n"), (std::vector<std::string>{"- first item", "- second item"}));
  EXPECT_EQ(sentences("one line\nof a sentence goes on."),
            (std::vector<std::string>{"one line\nof a sentence goes on."}));
}

TEST(Unicode, RepairsBrokenBytesAndFoldsWhiteSpace) {
  EXPECT_FALSE(is_valid_utf8("a\xff"));
  EXPECT_EQ(repair_utf8("a\xff"), "a\xef\xbf\xbd");
  EXPECT_EQ(fold_white_space("  a \n\t b  "), "a b");
  EXPECT_EQ(nfc("e\xcc\x81"), "\xc3\xa9");
}

}  // namespace
}  // namespace naru
