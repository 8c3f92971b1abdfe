#include "generate/citation.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

DocumentView document_of(std::vector<Block> blocks) {
  DocumentView view;
  view.document.blocks = std::move(blocks);
  ChunkView chunk;
  chunk.text = document_text(view.document);
  view.chunks = {chunk};
  return view;
}

Citation citation_of(const DocumentView& view, const std::string& quote) {
  Citation citation;
  citation.quote = quote;
  citation.quote_start = view.chunks[0].text.find(quote);
  citation.quote_end = citation.quote_start + quote.size();
  citation.locator.page = 1;
  return citation;
}

Block line_block(std::uint32_t page, const std::string& text, std::vector<Box> boxes) {
  Block block;
  block.text = text;
  block.locator.page = page;
  block.locator.boxes = std::move(boxes);
  return block;
}

TEST(Citation, OnAPageTheBoxesAreTheLinesOfTheQuote) {
  std::string text(80, 'a');
  text.append(80, 'b').append(80, 'c');
  const DocumentView view = document_of({line_block(2, text, {{0, 0, 100, 10}, {0, 12, 100, 22}, {0, 24, 100, 34}})});
  Citation citation = citation_of(view, std::string(80, 'c'));
  locate_quote(view, citation);
  EXPECT_EQ(citation.locator.page, 2U);
  ASSERT_FALSE(citation.locator.boxes.empty());
  EXPECT_EQ(citation.locator.boxes.back(), (Box{0, 24, 100, 34}));
  for (const Box& box : citation.locator.boxes) EXPECT_GT(box.y0, 0) << "the first line is not of the quote";
}

TEST(Citation, AQuoteOverTwoPagesIsShownWhereItStarts) {
  const DocumentView view =
      document_of({line_block(1, "One is here.", {{0, 0, 50, 10}}), line_block(2, "Two follows.", {{0, 0, 60, 10}})});
  Citation citation = citation_of(view, "One is here.\n\nTwo follows.");
  locate_quote(view, citation);
  EXPECT_EQ(citation.locator.page, 1U);
  EXPECT_EQ(citation.locator.boxes.size(), 1U);
}

TEST(Citation, BytesAreExactInPlainTextAndTheBlockElsewhere) {
  Block plain;
  plain.text = "One is here. Two follows.";
  plain.locator.bytes = ByteRange{100, 100 + plain.text.size()};
  Block marked;
  marked.text = "Three is marked.";
  marked.locator.bytes = ByteRange{130, 160};  // longer than its text: marks were taken out
  const DocumentView view = document_of({plain, marked});
  Citation exact = citation_of(view, "Two follows.");
  locate_quote(view, exact);
  EXPECT_EQ(*exact.locator.bytes, (ByteRange{113, 125}));
  Citation whole = citation_of(view, "Three is");
  locate_quote(view, whole);
  EXPECT_EQ(*whole.locator.bytes, (ByteRange{130, 160}));
}

TEST(Citation, ADocumentThatDoesNotHoldTheChunkTellsNothing) {
  const DocumentView view = document_of({line_block(2, "Other text.", {{0, 0, 50, 10}})});
  Citation citation = citation_of(view, "Other text.");
  citation.chunk_id = hash128("another");
  locate_quote(view, citation);
  EXPECT_EQ(citation.locator.page, 1U);
  EXPECT_TRUE(citation.locator.boxes.empty());
}

}  // namespace
}  // namespace naru
