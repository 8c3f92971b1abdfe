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
  block.cells = {{"a", "b"}, {"c", ""}};
  block.spans = {{1, 0, 1, 2}};
  block.header_rows = 1;
  block.locator.page = 3;
  block.locator.page_size = PageSize{595, 842};
  block.locator.boxes = {{1, 2, 3, 4}};
  block.locator.bytes = ByteRange{5, 9};
  block.locator.sheet = "표";
  block.locator.cells = CellRange{1, 1, 9, 28};
  block.locator.slide = 2;
  block.locator.shape = 7;
  block.locator.section = 1;
  block.locator.paragraph = 300;
  block.locator.part = "1.2";
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

TEST(Codec, RefusesMergedCellsOutsideTheirTable) {
  for (const TableSpan& span :
       {TableSpan{2, 0, 1, 1}, TableSpan{1, 0, 2, 1}, TableSpan{0, 1, 1, 2}, TableSpan{0, 0, 0, 1}}) {
    Document document = sample();
    document.blocks[0].spans = {span};
    EXPECT_FALSE(decode_document(encode_document(document)).has_value()) << span.row << ' ' << span.column;
  }
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
