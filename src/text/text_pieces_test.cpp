#include "text/text_pieces.h"

#include <gtest/gtest.h>
#include <unicode/ucnv.h>

namespace naru {
namespace {

std::string encode(const std::string& utf8, const char* charset) {
  UErrorCode status = U_ZERO_ERROR;
  std::string out(utf8.size() * 4 + 64, '\0');
  const std::int32_t size = ucnv_convert(charset, "UTF-8", out.data(), static_cast<std::int32_t>(out.size()),
                                         utf8.data(), static_cast<std::int32_t>(utf8.size()), &status);
  EXPECT_TRUE(U_SUCCESS(status)) << charset;
  out.resize(static_cast<std::size_t>(size));
  return out;
}

TextPieces open(const std::string& bytes, const std::string& hint = "") {
  Result<TextPieces> pieces = TextPieces::open(
      [&bytes](std::uint64_t offset, std::size_t size) -> Result<std::string> {
        return offset >= bytes.size() ? std::string() : bytes.substr(offset, size);
      },
      hint);
  EXPECT_TRUE(pieces);
  return std::move(*pieces);
}

std::string korean() {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "나루터에서 배를 기다린다, " + std::to_string(i) + " 번째 줄이다.\n";
  return text;
}

TEST(TextPieces, TogetherAreWhatTheWholeTextIs) {
  const std::string text = korean();
  for (const char* charset : {"UTF-8", "windows-949", "UTF-16LE", "UTF-16BE", "UTF-32LE", "ISO-2022-KR"}) {
    const std::string bytes = encode(text, charset);
    const Decoded whole = decode_text(bytes);
    for (const std::size_t size : {200U, 201U, 202U, 203U, 1000U}) {
      TextPieces pieces = open(bytes);
      EXPECT_EQ(pieces.charset(), whole.charset);
      std::string together;
      for (;;) {
        const auto piece = pieces.next(size);
        ASSERT_TRUE(piece);
        if (piece->decoded.text.empty()) break;
        // Each knows where it stood.
        EXPECT_EQ(piece->original_offset(0), whole.original_offset(together.size())) << charset << ' ' << size;
        together += piece->decoded.text;
      }
      EXPECT_EQ(together, whole.text) << charset << ' ' << size;
    }
  }
}

TEST(TextPieces, AMarkIsNoText) {
  const std::string bytes = "\xef\xbb\xbf" "a,b\n";
  TextPieces pieces = open(bytes);
  const auto piece = pieces.next(100);
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->decoded.text, "a,b\n");
  EXPECT_EQ(piece->original_offset(2), 5U);
}

// What is beyond ASCII may come late.
TEST(TextPieces, TheCharsetIsThatOfTheWholeText) {
  const std::string ascii(3 << 20, 'a');
  EXPECT_EQ(open(ascii).charset(), "UTF-8");
  EXPECT_EQ(open(ascii + "\n" + korean()).charset(), "UTF-8");
  EXPECT_EQ(open(ascii + "\n" + encode(korean(), "windows-949")).charset(), "CP949");
  // A broken character among many is no other charset.
  EXPECT_EQ(open(ascii + "\n" + korean() + "\xff" + korean()).charset(), "UTF-8");
}

}  // namespace
}  // namespace naru
