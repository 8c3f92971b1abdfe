#include "text/quality.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "text/repetition.h"
#include "text/text_shape.h"

namespace naru {
namespace {

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  for (const ShapeWord& word : read_shape(text).words) out.emplace_back(text.substr(word.start, word.end - word.start));
  return out;
}
using Words = std::vector<std::string>;

TEST(TextShape, SignsAtTheEndsOfAWordAreWordsOfTheirOwn) {
  EXPECT_EQ(words("(He said: \"Wait...\")"), (Words{"(", "He", "said", ":", "\"", "Wait", "...", "\"", ")"}));
  EXPECT_EQ(words("1,200 files of 3.5 MB"), (Words{"1,200", "files", "of", "3.5", "MB"}));
  EXPECT_EQ(words("the U.S. and e.g. foo_bar.txt."), (Words{"the", "U.S.", "and", "e.g.", "foo_bar.txt", "."}));
}

TEST(TextShape, WordsThatASignPartsAreTwo) {
  EXPECT_EQ(words("well-known and/or one—two"), (Words{"well", "-", "known", "and", "/", "or", "one", "—", "two"}));
  EXPECT_EQ(words("so...then"), (Words{"so", "...", "then"}));
  EXPECT_EQ(words("I don't, it’s"), (Words{"I", "do", "n't", ",", "it", "’s"}));
}

TEST(TextShape, KoreanWordsStandBetweenBlanksAndChineseOnesHaveTwoCharacters) {
  EXPECT_EQ(words("회사는 휴가를 준다."), (Words{"회사는", "휴가를", "준다", "."}));
  EXPECT_EQ(words("我们的会议"), (Words{"我们", "的会", "议"}));
  EXPECT_EQ(columns("회사a"), 5U);
}

TEST(TextShape, EmptyAndBlankTextsHaveNoWords) {
  EXPECT_TRUE(words("").empty());
  EXPECT_TRUE(words(" \n\t ").empty());
  EXPECT_EQ(words("."), (Words{"."}));
  EXPECT_EQ(words("\xff\xfe").size(), 2U);
}

TEST(Repetition, CountsLinesAndRowsThatStoodBefore) {
  const Repeated lines = repeated({"a line", "other", "a line", "a line"});
  EXPECT_EQ(lines.pieces, 2U);
  EXPECT_EQ(lines.characters, 12U);
  WordRows rows(read_shape("one two three one two four one two"));
  EXPECT_EQ(rows.top_characters(2), 3 * 7U);
  EXPECT_EQ(rows.top_characters(3), 0U);
  EXPECT_EQ(rows.repeated_characters(2), 2 * 6U);
  EXPECT_EQ(rows.repeated_characters(5), 0U);
  EXPECT_EQ(rows.top_characters(100), 0U);
}

// ---- the rules --------------------------------------------------------------------------------------------------

// Sixty words of English, no two sentences alike.
const std::string kProse =
    "The library keeps every document that a person has given to it, with the place where it was found.\n"
    "Whoever asks a question gets an answer that can be checked, because each sentence names its passage.\n"
    "Most of this work is done when a file changes, and not when somebody is waiting for an answer.\n"
    "So a search stays quick, even with many thousands of files to look through on a small machine.\n"
    "What was deleted at its source is deleted here too, and no copy of it is left in any index.\n";

const std::string kKorean =
    "회사는 직원에게 매년 십오 일의 연차 휴가를 준다.\n"
    "휴가를 쓰려는 직원은 사흘 전까지 부서장에게 신청서를 내야 한다.\n"
    "부서장은 업무에 큰 지장이 없는 한 신청을 받아들인다.\n"
    "쓰지 않은 휴가는 다음 해 유월까지 넘길 수 있으며, 그 뒤에는 사라진다.\n"
    "출장을 다녀온 직원은 일주일 안에 보고서와 영수증을 총무팀에 제출한다.\n"
    "총무팀은 영수증을 확인하고 열흘 안에 비용을 계좌로 보낸다.\n"
    "그 밖의 일은 취업 규칙과 관련 법률에 따른다.\n";

std::string limit_of(std::string_view text, const QualitySettings& settings = {}) {
  const auto fault = judge_quality(text, settings);
  return fault ? std::string(quality_limits()[static_cast<std::size_t>(fault->limit)].name) : "";
}

QualitySettings only(QualityRules rules) {
  QualitySettings settings;
  for (std::size_t i = 0; i < kQualityRules; ++i) {
    settings.set(static_cast<QualityRules>(i), static_cast<QualityRules>(i) == rules);
  }
  return settings;
}

std::string times(std::string_view text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST(Quality, ProseIsKeptInEnglishAndKorean) {
  EXPECT_EQ(limit_of(kProse), "");
  EXPECT_EQ(limit_of(kKorean), "");
}

TEST(Quality, LimitsAreInTheOrderOfTheirNames) {
  for (std::size_t i = 0; i < kQualityLimits; ++i) {
    EXPECT_EQ(static_cast<std::size_t>(quality_limits()[i].limit), i);
    EXPECT_EQ(QualitySettings().of(quality_limits()[i].limit), quality_limits()[i].value);
  }
}

TEST(Quality, SaysWhatWasMeasuredAndWhatWasAskedFor) {
  const auto fault = judge_quality("Too short.", {});
  ASSERT_TRUE(fault);
  EXPECT_EQ(*fault, (QualityFault{QualityLimit::words_min, 2, 50}));
  EXPECT_EQ(describe(*fault), "words_min: 2, at least 50");
}

TEST(Quality, GopherCountsWordsTheirLengthSignsAndLines) {
  const QualitySettings gopher = only(QualityRules::gopher);
  EXPECT_EQ(limit_of("", gopher), "words_min");
  EXPECT_EQ(limit_of(times("word the to and ", 25'001), gopher), "words_max");
  EXPECT_EQ(limit_of(times("a b c ", 30), gopher), "word_length_min");
  EXPECT_EQ(limit_of(times("incomprehensibilities ", 60), gopher), "word_length_max");
  EXPECT_EQ(limit_of(times("the tag # and ", 30), gopher), "hashes_max");
  EXPECT_EQ(limit_of(times("the end ... and ", 30), gopher), "ellipses_max");
  EXPECT_EQ(limit_of(times("- have the list and that\n", 30), gopher), "bullet_lines_max");
  EXPECT_EQ(limit_of(times("read the rest of this story and of that other one ...\n", 10), gopher),
            "ellipsis_lines_max");
  EXPECT_EQ(limit_of(times("the 1234 and 5678 ", 30), gopher), "letter_words_min");
  EXPECT_EQ(limit_of(times("buy cheap shoes online ", 30), gopher), "function_words_min");
}

TEST(Quality, RepetitionFindsParagraphsLinesAndRowsOfWords) {
  const QualitySettings repetition = only(QualityRules::repetition);
  EXPECT_EQ(limit_of(times("A paragraph.\n\n", 4), repetition), "repeated_paragraphs_max");
  EXPECT_EQ(limit_of(times("A line\n", 4) + kProse, repetition), "repeated_lines_max");
  EXPECT_EQ(limit_of(times("buy now ", 5) + "and nothing else is said", repetition), "top_2_gram_max");
  std::string flat = kProse;
  std::replace(flat.begin(), flat.end(), '\n', ' ');
  EXPECT_EQ(limit_of("First " + flat + "\nThen " + flat, repetition), "repeated_5_grams_max");
}

TEST(Quality, C4WantsSentencesAndNoBrackets) {
  const QualitySettings c4 = only(QualityRules::c4);
  EXPECT_EQ(limit_of("Menu\nHome\nAbout us\nLogin\nContact\n", c4), "sentences_min");
  EXPECT_EQ(limit_of(kProse + "Call it with {name} in it.\n", c4), "curly_brackets_max");
  EXPECT_EQ(limit_of(kProse + "Lorem ipsum dolor sit amet.\n", c4), "lorem_ipsum_max");
  // Lines about the site count for nothing.
  EXPECT_EQ(limit_of(times("This site uses cookies to work.\n", 9), c4), "sentences_min");
  EXPECT_EQ(limit_of(times("It was so [12].[3][edit]\n", 5), c4), "");
}

TEST(Quality, FineWebLooksAtTheEndsOfLines) {
  const QualitySettings fineweb = only(QualityRules::fineweb);
  EXPECT_EQ(limit_of(times("no end to this line of some length here\n", 9), fineweb), "ended_lines_min");
  EXPECT_EQ(limit_of("Short.\nAs this.\nAnd this.\n", fineweb), "short_lines_max");
  EXPECT_EQ(limit_of(kProse + kProse, fineweb), "doubled_line_text_max");
}

// ---- Korean -------------------------------------------------------------------------------------------------------

TEST(Quality, KoreanLinesEndWithTheEndingOfAVerbOrANoticesNounForm) {
  const QualitySettings fineweb = only(QualityRules::fineweb);
  EXPECT_EQ(limit_of("신청서는 근무 사흘 전까지 부서장에게 제출할 것\n"
                     "영수증이 없는 출장 비용은 어떤 때에도 지급하지 않음\n"
                     "이 규정은 다음 달 첫째 날부터 모든 직원에게 적용한다\n", fineweb), "");
  EXPECT_EQ(limit_of("그는 \"다시는 이곳에 돌아오지 않겠다고 말했다.\"\n", fineweb), "");
  EXPECT_EQ(limit_of("총무팀 담당자와 인사팀 담당자의 사내 전화 번호\n", fineweb), "ended_lines_min");
}

TEST(Quality, KoreanFunctionWordsAreParticlesAtTheEndOfWords) {
  const QualitySettings gopher = only(QualityRules::gopher);
  EXPECT_EQ(limit_of(kKorean, gopher), "");
  EXPECT_EQ(limit_of(times("특가 할인 신상 구두 무료 배송 ", 10), gopher), "function_words_min");
}

TEST(Quality, AShortKoreanLineHasHalfAsManySyllables) {
  const QualitySettings fineweb = only(QualityRules::fineweb);
  EXPECT_EQ(limit_of("휴가는 열다섯 날이다.\n출장비를 돌려준다.\n", fineweb), "short_lines_max");
  EXPECT_EQ(limit_of("휴가는 한 해에 모두 열다섯 날이다.\n출장비는 열흘 안에 모두 돌려준다.\n", fineweb), "");
}

// As file systems of some machines and old programs write it: letters apart.
TEST(Quality, DecomposedKoreanIsJudgedAsComposed) {
  const std::string composed = "휴가", decomposed = "\u1112\u1172\u1100\u1161";
  const auto fault_of = [](const std::string& word) { return judge_quality(word + "는 길다.", {}); };
  EXPECT_EQ(fault_of(composed), fault_of(decomposed));
  QualitySettings settings = only(QualityRules::gopher);
  settings.set(QualityLimit::words_min, 1);
  settings.set(QualityLimit::function_words_min, 0);
  EXPECT_EQ(limit_of(times(composed + "는 ", 60), settings), limit_of(times(decomposed + "는 ", 60), settings));
}

// ---- settings and bad input ---------------------------------------------------------------------------------------

TEST(Quality, AnotherLanguageIsJudgedByItsOwnWordsOrByNone) {
  const QualitySettings gopher = only(QualityRules::gopher);
  const std::string german = times("Die Katze und der Hund sind nicht im Garten. ", 10);
  EXPECT_EQ(limit_of(german, gopher), "");
  EXPECT_EQ(limit_of(times("Кошка сидит на тёплом окне дома. ", 15), gopher), "");
}

TEST(Quality, OwnLimitsAndWordsTakeTheirPlace) {
  QualitySettings settings = only(QualityRules::gopher);
  settings.set(QualityLimit::words_min, 3);
  settings.function_words = {"shoes", "cheap"};
  EXPECT_EQ(limit_of("buy cheap shoes online", settings), "");
  settings.function_words = {"shoes", "boots"};
  EXPECT_EQ(limit_of("buy cheap shoes online", settings), "function_words_min");
}

TEST(Quality, AHugeTextIsJudgedByItsBeginning) {
  std::string text = kProse;
  text.resize(kQualityBytesMax, ' ');
  EXPECT_EQ(limit_of(text + times("# ", 100'000), only(QualityRules::gopher)), "");
}

TEST(Quality, BrokenBytesAndSignsAloneAreJudgedToo) {
  EXPECT_EQ(limit_of("\xff\xfe\x80"), "words_min");
  EXPECT_EQ(limit_of(times("!?", 100'000)), "words_min");
  EXPECT_EQ(limit_of(times("\n", 1000), only(QualityRules::fineweb)), "ended_lines_min");
}

}  // namespace
}  // namespace naru
