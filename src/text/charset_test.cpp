#include "text/charset.h"

#include <gtest/gtest.h>
#include <unicode/ucnv.h>

#include "text/unicode.h"

namespace naru {
namespace {

using namespace std::string_view_literals;

// "나루터에서 책을 빌렸다. 규정을 읽고 반납한다." in CP949, whose first kilobytes every detector agrees on.
const std::string kKoreanCp949 =
    "\xb3\xaa\xb7\xe7\xc5\xcd\xbf\xa1\xbc\xad \xc3\xa5\xc0\xbb \xba\xf4\xb7\xc8\xb4\xd9. "
    "\xb1\xd4\xc1\xa4\xc0\xbb \xc0\xd0\xb0\xed \xb9\xdd\xb3\xb3\xc7\xd1\xb4\xd9.\n";
constexpr std::string_view kKorean = "나루터에서 책을 빌렸다. 규정을 읽고 반납한다.\n";

std::string utf16(std::string_view text, bool big) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);  // tests stay in the basic plane
    const char high = static_cast<char>(c >> 8), low = static_cast<char>(c & 0xff);
    out += big ? high : low;
    out += big ? low : high;
  }
  return out;
}

TEST(Charset, Utf8IsCertainAndOffsetsAreItsOwn) {
  const Decoded decoded = decode_text(kKorean);
  EXPECT_EQ(decoded.charset, "UTF-8");
  EXPECT_TRUE(decoded.certain);
  EXPECT_EQ(decoded.text, kKorean);
  EXPECT_EQ(decoded.original_offset(7), 7u);
  EXPECT_EQ(decode_text("").text, "");
  EXPECT_EQ(decode_text("plain").charset, "UTF-8");
}

TEST(Charset, AMarkIsNoTextAndMovesOffsets) {
  const Decoded decoded = decode_text("\xef\xbb\xbf" + std::string(kKorean));
  EXPECT_EQ(decoded.text, kKorean);
  EXPECT_EQ(decoded.original_offset(0), 3u);
  EXPECT_TRUE(decoded.certain);
}

TEST(Charset, KoreanInCp949IsRead) {
  const Decoded decoded = decode_text(kKoreanCp949);
  EXPECT_EQ(decoded.charset, "CP949");
  EXPECT_EQ(decoded.text, kKorean);
  EXPECT_FALSE(decoded.certain);
}

TEST(Charset, SyllablesThatOnlyCp949HasAreRead) {
  // "똠" and "햏" lie outside of EUC-KR.
  std::string bytes;
  for (int i = 0; i < 20; ++i) bytes += kKoreanCp949;
  bytes += "\x8c\x63 \xc1\x64\n";
  const Decoded decoded = decode_text(bytes, "EUC-KR");
  EXPECT_EQ(decoded.charset, "CP949");
  EXPECT_NE(decoded.text.find("똠"), std::string::npos);
  EXPECT_EQ(decoded.text.find("\ufffd"), std::string::npos);
}

TEST(Charset, OffsetsLeadBackToTheBytes) {
  const Decoded decoded = decode_text(kKoreanCp949);
  const std::size_t in_text = decoded.text.find("규정"), in_bytes = kKoreanCp949.find("\xb1\xd4\xc1\xa4");
  EXPECT_EQ(decoded.original_offset(in_text), in_bytes);
  EXPECT_EQ(decoded.original_offset(in_text + 3), in_bytes + 2);
  EXPECT_EQ(decoded.original_offset(decoded.text.size()), kKoreanCp949.size());
}

TEST(Charset, Utf16IsReadWithAndWithoutItsMark) {
  for (const bool big : {false, true}) {
    const std::string plain = utf16("plain text, no mark\n", big);
    EXPECT_FALSE(looks_binary(plain));
    EXPECT_EQ(decode_text(plain).text, "plain text, no mark\n");
    const std::string marked = (big ? "\xfe\xff" : "\xff\xfe") + utf16(kKorean, big);
    const Decoded decoded = decode_text(marked);
    EXPECT_EQ(decoded.text, kKorean);
    EXPECT_EQ(decoded.charset, big ? "UTF-16BE" : "UTF-16LE");
    EXPECT_TRUE(decoded.certain);
    EXPECT_EQ(decoded.original_offset(3), 4u);  // the second syllable, after the mark
  }
}

TEST(Charset, AHintIsTakenWhereItFitsAndOnlyThere) {
  const std::string cyrillic = "\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0";  // windows-1251
  EXPECT_EQ(decode_text(cyrillic, "windows-1251").text, "Привет, мир");
  EXPECT_EQ(decode_text(kKorean, "windows-1251").text, kKorean);  // valid UTF-8 wins
  EXPECT_EQ(decode_text(kKoreanCp949, "no-such-charset").text, kKorean);
}

TEST(Charset, OneBrokenByteDoesNotTurnUtf8IntoSomethingElse) {
  std::string broken(kKorean);
  broken.append("\xeb\x82").append(kKorean);
  const Decoded decoded = decode_text(broken);
  EXPECT_EQ(decoded.charset, "UTF-8");
  EXPECT_FALSE(decoded.certain);
  EXPECT_TRUE(is_valid_utf8(decoded.text));
  EXPECT_TRUE(decoded.text.ends_with(kKorean));
  const std::size_t second = decoded.text.rfind("나루터");
  EXPECT_EQ(decoded.original_offset(second), kKorean.size() + 2);
}

TEST(Charset, AnythingGivesValidText) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(is_valid_utf8(decode_text(all).text));
    all += all;
  }
  for (const std::string_view odd : {"\xff\xfe"sv, "\xff\xfe\x41"sv, "\xfe\xff\xd8"sv, "\0"sv, "\xff\xfe\0\0\x41"sv}) {
    EXPECT_TRUE(is_valid_utf8(decode_text(odd).text));
  }
}

TEST(Charset, BinaryIsToldFromText) {
  EXPECT_TRUE(
      looks_binary("\x7f"
                   "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0"sv));
  EXPECT_TRUE(looks_binary("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"sv));
  EXPECT_FALSE(looks_binary(kKorean));
  EXPECT_FALSE(looks_binary(kKoreanCp949));
  EXPECT_FALSE(looks_binary(""));
}

// As a program of that charset would have written it.
std::string encoded(std::string_view text, const char* charset) {
  std::string out(text.size() * 4 + 16, '\0');
  UErrorCode status = U_ZERO_ERROR;
  const int32_t size = ucnv_convert(charset, "UTF-8", out.data(), static_cast<int32_t>(out.size()), text.data(),
                                    static_cast<int32_t>(text.size()), &status);
  EXPECT_TRUE(U_SUCCESS(status)) << charset;
  out.resize(static_cast<std::size_t>(std::max(size, 0)));
  return out;
}

TEST(Charset, WhatKoreanAndEuropeanFilesComeInIsRead) {
  constexpr std::string_view kJapanese = "図書館で本を借りました。規則を読んで返却します。\n";
  constexpr std::string_view kChinese = "我们在图书馆借书。请阅读规定并按时归还。\n";
  constexpr std::string_view kFrench = "Le café de la gare est fermé à midi; où êtes-vous allés? Ça coûte très cher.\n";
  constexpr std::string_view kGerman = "Die Fähre fährt über den Fluß. Größere Schäden müssen gemeldet werden.\n";
  constexpr std::string_view kCzech = "Příliš žluťoučký kůň úpěl ďábelské ódy. Přečtěte si pravidla.\n";
  constexpr std::string_view kPolish = "Zażółć gęślą jaźń. Proszę przeczytać regulamin i zwrócić książki.\n";
  constexpr std::string_view kRussian = "Мы взяли книгу в библиотеке. Прочитайте правила и верните её вовремя.\n";
  constexpr std::string_view kGreek = "Δανειστήκαμε ένα βιβλίο από τη βιβλιοθήκη. Διαβάστε τους κανόνες.\n";
  constexpr std::string_view kTurkish = "Kütüphaneden bir kitap ödünç aldık. Kuralları okuyun ve geri verin, şimdi.\n";
  const std::pair<std::string_view, std::vector<const char*>> kCases[] = {
      {kKorean, {"UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE", "windows-949", "ISO-2022-KR"}},
      {kJapanese, {"UTF-16LE", "UTF-16BE", "Shift_JIS", "EUC-JP", "ISO-2022-JP"}},
      {kChinese, {"UTF-16LE", "UTF-16BE", "GB18030"}},
      {kFrench, {"windows-1252", "ISO-8859-1", "ISO-8859-15"}},
      {kGerman, {"windows-1252", "ISO-8859-1", "ISO-8859-15", "UTF-16LE"}},
      {"Die Fähre für Öl kostet 20 €, später 30 €, sagt Frau Müller, größere mehr.\n", {"windows-1252", "ISO-8859-15"}},
      {kCzech, {"windows-1250", "ISO-8859-2"}},
      {kPolish, {"windows-1250", "ISO-8859-2"}},
      {kRussian, {"windows-1251", "KOI8-R", "ISO-8859-5", "UTF-16LE", "UTF-32BE"}},
      {kGreek, {"windows-1253", "ISO-8859-7"}},
      {kTurkish, {"windows-1254", "ISO-8859-9"}},
  };
  for (const auto& [text, charsets] : kCases) {
    for (const char* charset : charsets) {
      const std::string bytes = encoded(text, charset);
      const Decoded decoded = decode_text(bytes);
      EXPECT_EQ(decoded.text, text) << charset << " read as " << decoded.charset;
      EXPECT_GE(decoded.confidence, kCharsetDoubt) << charset;
      EXPECT_FALSE(looks_binary(bytes)) << charset;
    }
  }
}

// As Python's codec "johab" writes them.
TEST(Charset, JohabIsReadByItsNameAndByItsShape) {
  const std::string ferry =
      "\x90\x61\x9e\x81 \x90\x61\x9e\x95\xa4\x81\x93\x65 \xd0\x61\x9e\x81 \x96\x81 \xa4\xe5 \x88\xe5\x90\xe1\xa1\x61 "
      "\xa4\x61\x9c\x71\xb7\xa1 \xad\x41\xa1\x65 \xae\xe5\x94\x61.";
  const Decoded guessed = decode_text(ferry);
  EXPECT_EQ(guessed.text, "나루 나룻배는 하루 두 번 건너며 바람이 세면 쉰다.");
  EXPECT_EQ(guessed.charset, "JOHAB");
  EXPECT_GE(guessed.confidence, kCharsetDoubt);
  EXPECT_EQ(guessed.original_offset(guessed.text.find("나룻배")), 5U);
  EXPECT_FALSE(looks_binary(ferry));
  const std::string mixed =
      "\xd0\x65\x8b\x69 \xf7\xd3\xf1\xae \xd9\x68 \x88\x41 \x84\x61 \x84\x44 \xda\x71";
  EXPECT_EQ(decode_text(mixed, "KS_C_5601-1992").text, "한글 漢字 ※ ㄱ ㅏ ㄳ ａ");
  const std::string rare =
      "\x99\xb1\xa4\x77\x88\x62\xd0\x61 \xcd\x5c\xaf\xa1\xc5\xa9\x9c\x61 \xbf\xbc\xc0\x61\x9f\x69";
  constexpr std::string_view kRare = "똠방각하 펲시콜라 찦차를";
  EXPECT_EQ(decode_text(rare).text, kRare);
  EXPECT_EQ(decode_text(encoded(kRare, "windows-949")).text, kRare);
  for (unsigned code = 0x8000; code < 0x10000; code += 5) {  // whatever the pair of bytes
    const std::string pair = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    EXPECT_TRUE(is_valid_utf8(decode_text(pair + pair, "johab").text)) << code;
  }
}

TEST(Charset, DecomposedHangulIsReadInEveryUnicode) {
  const std::string decomposed = encoded(kKorean, "UTF-8");
  std::string jamo;
  for (std::size_t at = 0; at < decomposed.size();) {  // syllables as their letters
    const char32_t c = next_code_point(decomposed, at);
    if (c < 0xac00 || c >= 0xd7a4) {
      append_utf8(jamo, c);
      continue;
    }
    append_utf8(jamo, 0x1100 + (c - 0xac00) / 588);
    append_utf8(jamo, 0x1161 + (c - 0xac00) % 588 / 28);
    if ((c - 0xac00) % 28 != 0) append_utf8(jamo, 0x11a7 + (c - 0xac00) % 28);
  }
  for (const char* charset : {"UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE"}) {
    const Decoded decoded = decode_text(encoded(jamo, charset));
    EXPECT_EQ(decoded.text, jamo) << charset;
    EXPECT_EQ(nfc(decoded.text), kKorean) << charset;
  }
}

TEST(Charset, SaysHowSureItIs) {
  EXPECT_EQ(decode_text(kKorean).confidence, 1);
  EXPECT_EQ(decode_text("\xfe\xff" + utf16(kKorean, true)).confidence, 1);
  EXPECT_GT(decode_text(kKoreanCp949).confidence, decode_text(encoded("Größe, Maße, für später: Öl, Äpfel, süß\n",
                                                                      "ISO-8859-1")).confidence);
  // One letter beyond ASCII says little; nor do signs between letters, as of a charset that is none of ours (Johab).
  EXPECT_LT(decode_text("caf\xe9 latte\n").confidence, kCharsetDoubt);
  EXPECT_LT(decode_text("\x90\x61\x9e\xc8\xe1\xb5\x41\xac\xe1 \xc0\x82\xb7\x69\n").confidence, kCharsetDoubt);
}

TEST(Charset, AStrayZeroMakesNoWideUnits) {
  using namespace std::string_view_literals;
  EXPECT_TRUE(looks_binary("{\"a\": \"x\0y\"}"sv));
  EXPECT_TRUE(looks_binary("one line of text\0"sv));
}

TEST(Charset, WhatSaysItIsEucKrMayHoldAllOfCp949) {
  const std::string rare = encoded("똠방각하 펲시콜라 찦차를 타고 온", "windows-949");
  for (const char* name : {"euc-kr", "EUC-KR", "cp949", "CP949", "ks_c_5601-1987", "KS_C_5601-1987", "ms949"}) {
    const Decoded decoded = decode_text(rare, name);
    EXPECT_EQ(decoded.text, "똠방각하 펲시콜라 찦차를 타고 온") << name;
    EXPECT_EQ(decoded.charset, "CP949") << name;
  }
}

// As one number of 32 bits the first four are a character of a plane beyond the first.
TEST(Charset, AFewSmallNumbersAreNoTextOfWideUnits) {
  using namespace std::string_view_literals;
  EXPECT_TRUE(looks_binary("\0\1\2\3\4\5"sv));
  EXPECT_TRUE(looks_binary("\0\1\2\3"sv));
}

}  // namespace
}  // namespace naru
