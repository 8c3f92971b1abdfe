#include "text/charset.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace naru
