#include "text/clean.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

std::string folded(std::string_view text) { return clean_text(text, Blanks::fold); }
std::string kept(std::string_view text) { return clean_text(text, Blanks::keep); }

TEST(Clean, ComposesAndEndsLinesInOneWay) {
  EXPECT_EQ(folded("\u1112\u1172\u1100\u1161 cafe\u0301"), "휴가 café");
  EXPECT_EQ(folded("a\r\nb\rc\u2028d\u0085e"), "a\nb\nc\nd\ne");
}

TEST(Clean, WhatNobodySeesIsGone) {
  EXPECT_EQ(folded("\ufeffna\u200bru co\u00adope\u2060ration\u0007\x1b"), "naru cooperation");
  EXPECT_EQ(folded("ab\u202ecd\u2066e"), "abcde");
  EXPECT_EQ(folded("visible\U000e0068\U000e0069"), "visible");
}

TEST(Clean, JoinersAndFullWidthFormsMeanSomething) {
  EXPECT_EQ(folded("👩\u200d💻"), "👩\u200d💻");
  EXPECT_EQ(folded("می\u200cخواهم"), "می\u200cخواهم");
  EXPECT_EQ(folded("ＡＢＣ ㈜나루"), "ＡＢＣ ㈜나루");
}

TEST(Clean, BlanksAndEmptyLinesAreFolded) {
  EXPECT_EQ(folded("  one\u00a0 \t two  \n\n\n\n   three \n\n"), "one two\n\nthree");
  EXPECT_EQ(folded(" \n \t\n"), "");
  EXPECT_EQ(folded(""), "");
}

TEST(Clean, CodeKeepsItsBlanksButThoseAtTheEndsOfLines) {
  EXPECT_EQ(kept("if x:  \n\treturn  1\n\n\n    pass\n"), "if x:\n\treturn  1\n\n\n    pass");
}

TEST(Clean, BrokenBytesAreReplacedAndTwiceIsOnce) {
  EXPECT_EQ(folded("a\xff z"), "a\ufffd z");
  for (const std::string_view text : {" a \u200b b\r\n\r\n\r\nc\u0301 ", "\u1100\u200b\u1161", "\xed\xa0\x80"}) {
    EXPECT_EQ(folded(folded(text)), folded(text));
  }
}

TEST(Clean, LinesThatDifferInNumbersAloneAreAlike) {
  EXPECT_EQ(without_numbers("Page 13 of 200"), "Page 0 of 0");
  EXPECT_EQ(without_numbers("- 7 -"), without_numbers("- 12 -"));
  EXPECT_EQ(without_numbers("제3조"), without_numbers("제14조"));
}

}  // namespace
}  // namespace naru
