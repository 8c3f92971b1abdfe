#include "text/sentences.h"

#include <gtest/gtest.h>

#include "text/unicode.h"

namespace naru {
namespace {

using Texts = std::vector<std::string>;

Texts sentences(std::string_view text) {
  Texts out;
  for (const TextRange range : split_sentences(text)) {
    out.emplace_back(text.substr(range.start, range.end - range.start));
  }
  return out;
}

TEST(Sentences, EnglishEndsAtFullStopsAndNotInsideWords) {
  EXPECT_EQ(sentences("See Fig. 3 in config.yaml. It works!"), (Texts{"See Fig. 3 in config.yaml.", "It works!"}));
  EXPECT_EQ(sentences("J. Kim and Prof. Lee came at 10 a.m. today. Why? Nobody knows."),
            (Texts{"J. Kim and Prof. Lee came at 10 a.m. today.", "Why?", "Nobody knows."}));
  EXPECT_EQ(sentences("He said \"Stop.\" Then he left."), (Texts{"He said \"Stop.\"", "Then he left."}));
  EXPECT_EQ(sentences("Wait... what? Version 1.2.3 (beta). Done."),
            (Texts{"Wait... what?", "Version 1.2.3 (beta).", "Done."}));
}

TEST(Sentences, ALineBreakInsideGoesOn) {
  EXPECT_EQ(sentences("one line\nof a sentence goes on."), (Texts{"one line\nof a sentence goes on."}));
  EXPECT_EQ(sentences("- first item\n- second item\n"), (Texts{"- first item", "- second item"}));
  EXPECT_EQ(sentences("책을 빌린다. 7권까지다.그리고 반납한다."),
            (Texts{"책을 빌린다.", "7권까지다.", "그리고 반납한다."}));
}

TEST(Sentences, KoreanEndsWithAndWithoutBlanks) {
  EXPECT_EQ(sentences("신청은 3.5일 안에 한다. 끝났습니까? 네!"),
            (Texts{"신청은 3.5일 안에 한다.", "끝났습니까?", "네!"}));
  EXPECT_EQ(sentences("끝났다.다음은 \"시작이다.\" 그렇다"), (Texts{"끝났다.", "다음은 \"시작이다.\"", "그렇다"}));
  EXPECT_EQ(sentences("제3조 제2항의 규정에 따른다. 다만, 예외로 한다."),
            (Texts{"제3조 제2항의 규정에 따른다.", "다만, 예외로 한다."}));
}

TEST(Sentences, IdeographicStopsAlwaysEnd) {
  EXPECT_EQ(sentences("本を借りた。返した！いつ？"), (Texts{"本を借りた。", "返した！", "いつ？"}));
}

TEST(Sentences, ListItemsAndParagraphsStandAlone) {
  EXPECT_EQ(sentences("1. Install it\n2. Run it\n\nThen wait\nfor the end."),
            (Texts{"1. Install it", "2. Run it", "Then wait\nfor the end."}));
  EXPECT_EQ(sentences("• 하나\n• 둘\r\n□ 셋"), (Texts{"• 하나", "• 둘", "□ 셋"}));
}

TEST(Sentences, LongRunsAreCutAtBlanksOrCharacters) {
  std::string words;
  for (int i = 0; i < 2000; ++i) words += "word ";
  for (const std::string& part : sentences(words)) {
    EXPECT_LE(part.size(), 2000u);
    EXPECT_TRUE(part.ends_with("word"));
  }
  std::string syllables;
  for (int i = 0; i < 3000; ++i) syllables += "가";
  for (const std::string& part : sentences(syllables)) EXPECT_TRUE(is_valid_utf8(part) && part.size() <= 2000);
}

TEST(Sentences, HostileTextEndsInLinearTime) {
  // Each of these was, or would be, quadratic: minutes instead of milliseconds.
  constexpr std::size_t kBytes = 1 << 20;
  for (const char many : {'.', '!', '\n', '"', 'x', ' ', '1', '\x80'}) {
    std::string text(kBytes, many);
    text.append(".x");
    EXPECT_FALSE(split_sentences(text).empty());
  }
  EXPECT_EQ(split_sentences(std::string(kBytes, 'x')).size(), (kBytes + 1999) / 2000);
}

TEST(Sentences, NothingGivesNothing) {
  EXPECT_TRUE(sentences("").empty());
  EXPECT_TRUE(sentences(" \n\t\u3000 ").empty());
}

}  // namespace
}  // namespace naru
