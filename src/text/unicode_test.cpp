#include "text/unicode.h"

#include <gtest/gtest.h>

#include "text/language.h"
#include "text/token_estimate.h"

namespace naru {
namespace {

std::u32string points(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) out += next_code_point(text, at);
  return out;
}

TEST(Unicode, WalksCodePointsAndWritesThemBack) {
  const std::string text = "aé한😀";
  EXPECT_EQ(points(text), U"aé한😀");
  std::string back;
  for (const char32_t c : points(text)) append_utf8(back, c);
  EXPECT_EQ(back, text);
}

TEST(Unicode, BrokenBytesAreOneReplacementEach) {
  EXPECT_EQ(points("\xff"), U"\ufffd");
  EXPECT_EQ(points("\xed\xa0\x80"), U"\ufffd\ufffd\ufffd");     // a surrogate
  EXPECT_EQ(points("\xc0\xaf"), U"\ufffd\ufffd");               // overlong
  EXPECT_EQ(points("\xf4\x90\x80\x80").front(), kReplacement);  // beyond U+10FFFF
  EXPECT_EQ(points("\xe1\x84"), U"\ufffd\ufffd");               // cut at the end
  EXPECT_EQ(points("\xe1\x84"
                   "a"),
            U"\ufffd\ufffda");
  EXPECT_TRUE(is_valid_utf8("\xef\xbf\xbd"));  // the character itself is fine
  EXPECT_FALSE(is_valid_utf8("ok\xe1\x84"));
}

TEST(Unicode, DecomposedHangulBecomesSyllables) {
  EXPECT_EQ(nfc("\u1112\u1161\u11ab\u1100\u1173\u11af"), "한글");
  EXPECT_EQ(nfc("한글"), "한글");
  EXPECT_EQ(nfc("a\u0301 \u1100\u1161"), "á 가");
  EXPECT_EQ(nfc("\u1112\u1161\u11ab\xff"), "한\ufffd");
  EXPECT_EQ(nfc("\u3131\u314f"), "\u3131\u314f");  // compatibility letters stay what a person typed
}

TEST(Unicode, KnowsHangulInEveryForm) {
  EXPECT_TRUE(has_hangul("abc 가"));
  EXPECT_TRUE(has_hangul("\u1100"));
  EXPECT_TRUE(has_hangul("ㅋㅋ"));
  EXPECT_FALSE(has_hangul("abc 漢字 カナ"));
  EXPECT_TRUE(is_han(U'漢'));
  EXPECT_TRUE(is_kana(U'カ'));
}

TEST(Unicode, FoldsCaseAndWhiteSpace) {
  EXPECT_EQ(case_fold("ÄÖÜ ΑΒΓ ПРИВЕТ Ⅷ"), "äöü αβγ привет ⅷ");
  EXPECT_EQ(case_fold("ABC한"), "abc한");
  EXPECT_EQ(fold_white_space("\u3000a\u00a0\t\nb\u200b"), "a b");
  EXPECT_EQ(fold_white_space(" \n "), "");
}

TEST(Unicode, AccentsAreFoldedAndHangulIsNot) {
  EXPECT_EQ(fold_accents("Núñez Øre straße Việt"), "Nunez Ore strasse Viet");
  EXPECT_EQ(fold_accents("e\u0301"), "e");
  EXPECT_EQ(fold_accents("한글 漢字 が"), "한글 漢字 が");
  EXPECT_EQ(fold_accents("plain"), "plain");
}

TEST(Unicode, LettersAndDigitsOfAllScripts) {
  for (const char32_t c : std::u32string(U"aZé한漢ぁЯ")) EXPECT_TRUE(is_letter(c)) << static_cast<unsigned>(c);
  for (const char32_t c : std::u32string(U"07٣९")) EXPECT_TRUE(is_digit(c)) << static_cast<unsigned>(c);
  for (const char32_t c : std::u32string(U" .-_$、。\u200b")) {
    EXPECT_FALSE(is_letter(c) || is_digit(c)) << static_cast<unsigned>(c);
  }
}

TEST(Language, IsGuessedFromScriptsAndCommonWords) {
  EXPECT_EQ(guess_language("도서관에서 책을 빌렸다."), "ko");
  EXPECT_EQ(guess_language("PDF 파일을 Naru에 넣고 run 명령을 실행한다"), "ko");
  EXPECT_EQ(guess_language("The library lends books to the people of this town."), "en");
  EXPECT_EQ(guess_language("Der Hund ist nicht im Haus und die Katze auch nicht."), "de");
  EXPECT_EQ(guess_language("Le chat est dans la maison et les enfants sont avec le chien."), "fr");
  EXPECT_EQ(guess_language("図書館で本を借りました。"), "ja");
  EXPECT_EQ(guess_language("我们在图书馆借了一本书。"), "zh");
  EXPECT_EQ(guess_language("В библиотеке можно взять книги."), "ru");
  EXPECT_EQ(guess_language("\u1112\u1161\u11ab\u1100\u1173\u11af"), "ko");
}

TEST(Language, IsNotGuessedWithoutEvidence) {
  EXPECT_EQ(guess_language(""), "");
  EXPECT_EQ(guess_language("12345 --- 67"), "");
  EXPECT_EQ(guess_language("xyzzy plugh foobar"), "");
  EXPECT_EQ(guess_language("\xff\xfe\xff"), "");
}

TEST(TokenEstimate, IsNeverZeroForATextAndAddsUp) {
  EXPECT_EQ(estimate_tokens(""), 0u);
  EXPECT_GE(estimate_tokens("a"), 1u);
  EXPECT_EQ(estimate_tokens("가나다"), 2u);
  EXPECT_EQ(estimate_tokens(std::string(400, 'a')), 100u);
  EXPECT_GT(estimate_tokens("\xff"), 0u);
}

}  // namespace
}  // namespace naru
