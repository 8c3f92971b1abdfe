// What workbooks keep.
#include <gtest/gtest.h>

#include "parse/shared/office_testing.h"
#include "parse/shared/testing.h"
#include "parse/shared/xml.h"
#include "parse/xlsx/number_format.h"

namespace naru {
namespace {

using testing::OfficeFile;
using testing::workbook_file;
using xlsx::format_number;

std::string shared(const std::string& address, int index) {
  return "<c r='" + address + "' t='s'><v>" + std::to_string(index) + "</v></c>";
}
std::string numeric(const std::string& address, const std::string& value, int style = 0) {
  return "<c r='" + address + "' s='" + std::to_string(style) + "'><v>" + value + "</v></c>";
}
std::string row(int number, const std::string& cells) {
  return "<row r='" + std::to_string(number) + "'>" + cells + "</row>";
}

TEST(Xlsx, NumbersAreWrittenAsPeopleSeeThem) {
  EXPECT_EQ(format_number("45352", "yyyy\"년\" m\"월\" d\"일\"", false), "2024년 3월 1일");
  EXPECT_EQ(format_number("45352.75", "[$-412]yyyy-mm-dd AM/PM h:mm", false), "2024-03-01 PM 6:00");
  EXPECT_EQ(format_number("45352", "yyyy\\-mm\\-dd aaa;@", false), "2024-03-01 금");
  EXPECT_EQ(format_number("43890", "yyyy/mm/dd", true), "2024/03/01");
  EXPECT_EQ(format_number("59", "yyyy-mm-dd", false), "1900-02-28");
  EXPECT_EQ(format_number("61", "yyyy-mm-dd", false), "1900-03-01");
  EXPECT_EQ(format_number("1.5", "[h]:mm:ss", false), "36:00:00");
  EXPECT_EQ(format_number("0.5", "mm:ss.0", false), "00:00.0");
  EXPECT_EQ(format_number("0.125", "0.0%", false), "12.5%");
  EXPECT_EQ(format_number("0.30000000000000004", "", false), "0.3");
  EXPECT_EQ(format_number("1234567", "#,##0\"원\"", false), "1234567");
  EXPECT_EQ(format_number("1E+16", "General", false), "10000000000000000");
  EXPECT_EQ(format_number("-5", "yyyy-mm-dd", false), "-5");
  EXPECT_EQ(format_number("words", "0", false), "words");
}

TEST(Xlsx, FormulasThatWereNeverComputedAreSaid) {
  const std::string cells =
      "<c r='B1'><f>A1*2</f><v></v></c><c r='C1'><f>A1</f></c><c r='D1' t='str'><f>\"\"</f><v></v></c>";
  const std::string sheet = "<sheetData>" + row(1, numeric("A1", "1") + cells) + "</sheetData>";
  EXPECT_TRUE(warns(parsed(workbook_file({{"s", sheet}}, {}, {}).zip(), "xlsx"), "s has 2 formulas"));
  const std::string fine = "<sheetData>" + row(1, "<c r='A1'><f>1+1</f><v>2</v></c>") + "</sheetData>";
  EXPECT_TRUE(parsed(workbook_file({{"s", fine}}, {}, {}).zip(), "xlsx").warnings.empty());
}

TEST(Xlsx, SheetsAreTablesWithHeadersAndMergedCellsAtTheirPlaces) {
  const std::string first = "<sheetData>" + row(2, shared("B2", 0) + shared("C2", 1)) +
                            row(3, shared("B3", 2) + numeric("C3", "45352", 1)) +
                            row(4, "<c r='C4' t='str'><f>A1&amp;B1</f><v>sum</v></c>") +
                            row(9, "<c r='D9' t='inlineStr'><is><r><t>a </t></r><r><t>note</t></r></is></c>") +
                            "</sheetData><mergeCells><mergeCell ref='B3:B4'/></mergeCells>";
  OfficeFile file = workbook_file({{"표", first}, {"empty", "<sheetData/>"}},
                                  {"<t>Name</t>", "<t>Day</t>", "<r><t>나</t></r><r><t>루</t></r><rPh><t>x</t></rPh>"},
                                  {"yyyy-mm-dd"});
  std::string& book = file.parts["xl/workbook.xml"];
  book.replace(book.find("sheetId='2'"), 11, "sheetId='2' state='hidden'");
  const Document document = parsed(file.zip(), "xlsx");
  EXPECT_EQ(outline(document), "heading 1: 표\ntable: Name | Day\n나루 | 2024-03-01\n | sum\nparagraph: a note\n");
  const Block& table = document.blocks[1];
  EXPECT_EQ(table.header_rows, 1U);
  EXPECT_EQ(table.locator.sheet, "표");
  EXPECT_EQ(cell_range_name(*table.locator.cells), "B2:C4");
  EXPECT_EQ(table.spans, (std::vector<TableSpan>{{1, 0, 2, 1}}));
  EXPECT_EQ(table.heading_path, (std::vector<std::string>{"표"}));
  EXPECT_EQ(document.metadata.back(), (std::pair<std::string, std::string>("hidden_sheets", "empty")));
}

TEST(Xlsx, CommentsAndWordsInShapesFollowTheirSheet) {
  OfficeFile file = workbook_file({{"one", "<sheetData>" + row(1, numeric("A1", "7")) + "</sheetData>"}});
  file.relationships["xl/worksheets/sheet1.xml"] = {"comments ../comments1.xml", "drawing ../drawings/drawing1.xml"};
  file.parts["xl/comments1.xml"] =
      "<comments><commentList><comment ref='A1'><text><t>why 7?</t></text></comment></commentList></comments>";
  file.parts["xl/drawings/drawing1.xml"] =
      "<xdr:wsDr><xdr:sp><xdr:txBody><a:p><a:r><a:t>boxed</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>";
  EXPECT_EQ(outline(parsed(file.zip(), "xlsx")), "heading 1: one\nparagraph: 7\nquote: why 7?\nparagraph: boxed\n");
}

// Every cell of a sheet that is larger than many pieces of the stream, with a prefix, found again at its address.
TEST(Xlsx, EveryCellOfALargeSheetStandsAtItsAddress) {
  std::string data = "<x:sheetData>";
  std::map<std::string, std::string> wanted;
  for (int r = 1; r <= 6000; ++r) {
    if (r % 1000 == 0) continue;
    data += "<x:row r='" + std::to_string(r) + "'>";
    for (int c = 0; c < 8; ++c) {
      if ((r + c) % 5 == 0) continue;
      const std::string address = std::string(1, static_cast<char>('B' + c)) + std::to_string(r);
      wanted[address] = std::to_string(r * 10 + c);
      data += "<x:c r='" + address + "'><x:v>" + wanted[address] + "</x:v></x:c>";
    }
    data += "</x:row>";
  }
  const Document document = parsed(workbook_file({{"s", data + "</x:sheetData>"}}).zip(), "xlsx");
  std::size_t found = 0;
  for (const Block& block : document.blocks) {
    const CellRange all = block.locator.cells.value_or(CellRange());
    for (std::size_t r = 0; r < block.cells.size(); ++r) {
      for (std::size_t c = 0; c < block.cells[r].size(); ++c) {
        if (block.cells[r][c].empty()) continue;
        const CellRange one{
            static_cast<std::uint32_t>(all.first_row + r), static_cast<std::uint32_t>(all.first_column + c),
            static_cast<std::uint32_t>(all.first_row + r), static_cast<std::uint32_t>(all.first_column + c)};
        ASSERT_EQ(block.cells[r][c], wanted[cell_range_name(one)]) << cell_range_name(one);
        ++found;
      }
    }
  }
  EXPECT_EQ(found, wanted.size());
}

TEST(Xlsx, AnEmptyWorkbookSaysSo) {
  const Document document = parsed(workbook_file({{"one", "<sheetData/>"}}).zip(), "xlsx");
  EXPECT_TRUE(document.blocks.empty());
  EXPECT_TRUE(warns(document, "no text"));
}

}  // namespace
}  // namespace naru
