#include <gtest/gtest.h>

#include "parse/shared/testing.h"

namespace naru {
namespace {

using Cells = std::vector<std::vector<std::string>>;

TEST(Csv, FindsTheDelimiterThatCutsRowsEvenly) {
  const Cells wanted = {{"이름", "나이"}, {"김", "3"}, {"이", "4"}};
  for (const char* text : {"이름,나이\n김,3\n이,4\n", "이름;나이\r\n김;3\r\n이;4", "이름\t나이\n김\t3\n이\t4\n",
                           "이름|나이\n김|3\n이|4\n", "sep=;\n이름;나이\n김;3\n이;4\n"}) {
    const Document document = parsed(text, "csv");
    ASSERT_EQ(document.blocks.size(), 1U) << text;
    EXPECT_EQ(document.blocks[0].cells, wanted) << text;
    EXPECT_EQ(document.blocks[0].header_rows, 1U) << text;
    EXPECT_EQ(document.blocks[0].text, "이름 | 나이\n김 | 3\n이 | 4");
  }
}

TEST(Csv, QuotedFieldsMayHoldDelimitersQuotesAndLines) {
  const Document document = parsed("a,b\n\"x,y\",\"he said \"\"hi\"\"\nand went\"\n", "csv");
  ASSERT_EQ(document.blocks.size(), 1U);
  EXPECT_EQ(document.blocks[0].cells[1], (std::vector<std::string>{"x,y", "he said \"hi\"\nand went"}));
}

TEST(Csv, RaggedRowsStayAndNumbersAreNoHeader) {
  const Document document = parsed("1,2,3\n4,5\n6,7,8,9\n", "csv");
  ASSERT_EQ(document.blocks.size(), 1U);
  EXPECT_EQ(document.blocks[0].cells, (Cells{{"1", "2", "3"}, {"4", "5"}, {"6", "7", "8", "9"}}));
  EXPECT_EQ(document.blocks[0].header_rows, 0U);
}

TEST(Csv, LargeFilesAreSeveralTablesUnderTheirHeaderEachAtItsBytes) {
  std::string text = "name,value\n";
  for (int i = 0; i < 1200; ++i) text += "n" + std::to_string(i) + ",v" + std::to_string(i) + "\n";
  const Document document = parsed(text, "csv");
  ASSERT_EQ(document.blocks.size(), 3U);
  EXPECT_EQ(document.blocks[1].heading_path, std::vector<std::string>{"name | value"});
  for (const Block& block : document.blocks) EXPECT_TRUE(holds_in_order(bytes_at(text, block), block.text));
  EXPECT_TRUE(bytes_at(text, document.blocks[2]).ends_with("v1199"));
}

TEST(Csv, KoreanOfBeforeUtf8KeepsItsPlaces) {
  const std::string bytes = "\xc0\xcc\xb8\xa7,\xb3\xaa\xc0\xcc\n\xb1\xe8\xb3\xaa\xb7\xe7,3\n";
  const Document document = parsed(bytes, "csv");
  ASSERT_EQ(document.blocks.size(), 1U);
  EXPECT_EQ(document.blocks[0].cells[0], (std::vector<std::string>{"이름", "나이"}));
  EXPECT_EQ(bytes_at(bytes, document.blocks[0]), bytes.substr(0, bytes.size() - 1));
}

TEST(Csv, SurvivesWhatIsNoTable) {
  EXPECT_FALSE(parsed("", "csv").warnings.empty());
  EXPECT_EQ(parsed("one line", "csv").blocks.size(), 1U);
  EXPECT_EQ(parsed("a,\"never closed\nb,c\n", "csv").blocks.size(), 1U);
  EXPECT_EQ(parsed(repeated(",", 50'000), "csv").blocks.size(), 1U);
}

}  // namespace
}  // namespace naru
