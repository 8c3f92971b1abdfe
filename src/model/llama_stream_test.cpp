#include "model/llama_stream.h"

#include <gtest/gtest.h>

#include "text/unicode.h"

namespace naru {
namespace {

TEST(TextStream, GivesWholeCharactersOfAnySplit) {
  const std::string text = "나루 🚢 é end";
  for (std::size_t size = 1; size < 6; ++size) {
    TextStream stream({});
    std::string together;
    for (std::size_t at = 0; at < text.size(); at += size) {
      const std::string piece = stream.push(std::string_view(text).substr(at, size));
      EXPECT_TRUE(is_valid_utf8(piece));
      EXPECT_EQ(piece.find("\ufffd"), std::string::npos);
      together += piece;
    }
    EXPECT_EQ(together + stream.finish(), text);
  }
}

TEST(TextStream, EndsBeforeAStopStringThatComesInPieces) {
  for (std::size_t size = 1; size < 8; ++size) {
    TextStream stream({"", "###", "끝"});
    const std::string text = "a # b ## c 끝 and ### more";
    std::string together;
    for (std::size_t at = 0; at < text.size(); at += size) {
      together += stream.push(std::string_view(text).substr(at, size));
    }
    EXPECT_TRUE(stream.stopped());
    EXPECT_EQ(together + stream.finish(), "a # b ## c ");
  }
}

TEST(TextStream, GivesBackWhatOnlyLookedLikeAStopString) {
  TextStream stream({"stop!"});
  EXPECT_EQ(stream.push("do not stop"), "do not ");
  EXPECT_EQ(stream.push("ping"), "stopping");
  EXPECT_EQ(stream.push("st"), "");
  EXPECT_EQ(stream.finish(), "st");
}

TEST(TextStream, ReplacesWhatIsNoCharacter) {
  TextStream stream({});
  EXPECT_EQ(stream.push("a\xff"), "a\ufffd");
  EXPECT_EQ(stream.push("\xeb\x82"), "");
  EXPECT_NE(stream.finish().find("\ufffd"), std::string::npos);
}

}  // namespace
}  // namespace naru
