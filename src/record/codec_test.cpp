#include "record/codec.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

Document sample() {
  Document document;
  document.uri = "a/b.pdf";
  document.format = "pdf";
  document.title = "제목";
  document.metadata = {{"author", "x"}};
  Block block;
  block.kind = BlockKind::table;
  block.text = "a | b";
  block.heading_path = {"1", "1.2"};
  block.cells = {{"a", "b"}};
  block.locator.page = 3;
  block.locator.page_size = PageSize{595, 842};
  block.locator.boxes = {{1, 2, 3, 4}};
  block.locator.bytes = ByteRange{5, 9};
  document.blocks = {block};
  document.warnings = {"w"};
  document.children.emplace_back("attachment", Document{});
  return document;
}

TEST(Codec, GivesBackWhatItWrote) {
  const Document document = sample();
  const Result<Document> back = decode_document(encode_document(document));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->blocks, document.blocks);
  EXPECT_EQ(back->title, document.title);
  EXPECT_EQ(back->metadata, document.metadata);
  ASSERT_EQ(back->children.size(), 1U);
  EXPECT_EQ(encode_document(*back), encode_document(document));
}

TEST(Codec, RefusesEveryCutAndSurvivesEveryFlip) {
  const std::string bytes = encode_document(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_document(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 0xff);
    (void)decode_document(flipped);  // must not crash
  }
  EXPECT_FALSE(decode_document(bytes + "x").has_value());
}

// An empty cell is one byte here and a string there: a small frame must not become gigabytes.
TEST(Codec, CountsTheMemoryOfWhatItDecodes) {
  Document document;
  document.format = "csv";
  document.blocks.resize(1);
  document.blocks[0].cells = {std::vector<std::string>(50'000)};
  const std::string bytes = encode_document(document);
  EXPECT_LT(bytes.size(), 60'000U);
  EXPECT_TRUE(decode_document(bytes, 4 << 20).has_value());
  const Result<Document> refused = decode_document(bytes, 1 << 20);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Code::limit_exceeded);
}

TEST(Codec, RefusesChildrenWithoutEnd) {
  Document document;
  for (int i = 0; i <= kChildDepthMax + 1; ++i) {
    Document outer;
    outer.children.emplace_back("inner", std::move(document));
    document = std::move(outer);
  }
  EXPECT_FALSE(decode_document(encode_document(document)).has_value());
}

}  // namespace
}  // namespace naru
