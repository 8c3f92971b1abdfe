#include "connector/odbc/wide_text.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

TEST(WideText, GoesThereAndBack) {
  for (const std::string_view text : {"", "a", "한글", "a😀b", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(*from_wide(to_wide(text)), text);
  }
  EXPECT_EQ(to_wide("😀"), u"😀");
}

TEST(WideText, HalfOfAPairIsNone) {
  const char16_t high = 0xd83d, low = 0xde00;
  EXPECT_EQ(*from_wide(std::u16string{high, low}), "😀");
  for (const std::u16string& text : {std::u16string{high}, std::u16string{low}, std::u16string{high, u'a'},
                                     std::u16string{low, high}, std::u16string{high, high, low}}) {
    EXPECT_EQ(from_wide(text).error().code(), Code::corrupt);
  }
}

}  // namespace
}  // namespace naru
