#include "parse/pdf/square_font.h"

#include <gtest/gtest.h>

#include "parse/shared/pdf_testing.h"
#include "parse/shared/testing.h"

namespace naru {
namespace {

// Each syllable in a text object of its own, as in the cells of a table; of a font that the file does not hold.
TEST(PdfSquareFont, ASyllableThatStandsAloneIsReadWithoutItsFont) {
  PdfWriter writer;
  writer.objects = {
      "<</Type/Font/Subtype/Type0/BaseFont/HYSMyeongJo-Medium/Encoding/KSCms-UHC-H/DescendantFonts[10 0 R]>>",
      "<</Type/Font/Subtype/CIDFontType0/BaseFont/HYSMyeongJo-Medium/CIDSystemInfo<</Registry(Adobe)/Ordering(Korea1)"
      "/Supplement 1>>/DW 1000/FontDescriptor 8 0 R>>"};
  writer.fonts = "/N 9 0 R";
  writer.add("BT /N 12 Tf 72 700 Td <B3AA> Tj ET BT /N 12 Tf 72 600 Td <B7E7> Tj ET");
  const Document document = parsed(writer.write(), "pdf");
  EXPECT_EQ(outline(document), "paragraph: 나\nparagraph: 루\n");
  for (const Block& block : document.blocks) {
    const Box& box = block.locator.boxes.at(0);
    EXPECT_NEAR(box.x1 - box.x0, 12, 0.1);
  }
}

}  // namespace
}  // namespace naru
