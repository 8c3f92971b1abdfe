// What presentations keep.
#include <gtest/gtest.h>

#include "parse/shared/office_testing.h"
#include "parse/shared/testing.h"
#include "parse/shared/xml.h"

namespace naru {
namespace {

using testing::OfficeFile;
using testing::presentation_file;
using testing::slide_shape;

TEST(Pptx, ShapesStandInReadingOrderTitleFirst) {
  const std::string tree = slide_shape(2, 500'000, 5'000'000, "low") + slide_shape(3, 5'000'000, 1'000'000, "right") +
                           slide_shape(4, 100'000, 1'010'000, "left") +
                           slide_shape(5, 0, 9'000'000, "Title", "<p:ph type='ctrTitle'/>") +
                           slide_shape(6, 0, 0, "7", "<p:ph type='sldNum'/>");
  const Document document = parsed(presentation_file({tree}).zip(), "pptx");
  EXPECT_EQ(outline(document), "heading 1: Title\nparagraph: left\nparagraph: right\nparagraph: low\nparagraph: 7\n");
  EXPECT_EQ(document.blocks[1].locator.slide, 1U);
  EXPECT_EQ(document.blocks[1].locator.shape, 4U);
  EXPECT_EQ(document.title, "나루 안내");
}

TEST(Pptx, AnEmptyPlaceIsThatOfTheLayout) {
  const auto without_place = [](int id, const std::string& text, const std::string& placeholder) {
    return "<p:sp><p:nvSpPr><p:cNvPr id='" + std::to_string(id) + "'/><p:nvPr>" + placeholder +
           "</p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:p><a:r><a:t>" + text + "</a:t></a:r></a:p></p:txBody></p:sp>";
  };
  OfficeFile file =
      presentation_file({without_place(2, "second", "<p:ph idx='2'/>") + without_place(3, "first", "<p:ph idx='1'/>")});
  file.relationships["ppt/slides/slide1.xml"] = {"slideLayout ../slideLayouts/slideLayout1.xml"};
  file.parts["ppt/slideLayouts/slideLayout1.xml"] =
      "<p:sldLayout><p:cSld><p:spTree>" + slide_shape(1, 0, 100'000, "", "<p:ph idx='1'/>") +
      slide_shape(2, 0, 4'000'000, "", "<p:ph idx='2'/>") + "</p:spTree></p:cSld></p:sldLayout>";
  EXPECT_EQ(outline(parsed(file.zip(), "pptx")), "list_item 1: first\nlist_item 1: second\n");
}

TEST(Pptx, TablesChartsNotesCommentsAndHiddenSlidesAreRead) {
  const auto cell = [](const std::string& text, const std::string& more = "") {
    return "<a:tc " + more + "><a:txBody><a:p><a:r><a:t>" + text + "</a:t></a:r></a:p></a:txBody></a:tc>";
  };
  const auto frame = [](int id, const std::string& data) {
    return "<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id='" + std::to_string(id) +
           "'/></p:nvGraphicFramePr><a:graphic><a:graphicData>" + data +
           "</a:graphicData></a:graphic></p:graphicFrame>";
  };
  const std::string table = "<a:tbl><a:tblPr firstRow='1'/><a:tr>" + cell("Year", "gridSpan='2'") +
                            cell("", "hMerge='1'") + "</a:tr><a:tr>" + cell("2023") + cell("2024") + "</a:tr></a:tbl>";
  OfficeFile file =
      presentation_file({frame(4, table) + frame(5, "<c:chart r:id='rId1'/>"), slide_shape(2, 0, 0, "b")});
  file.relationships["ppt/slides/slide1.xml"] = {"chart ../charts/chart1.xml", "notesSlide ../notes1.xml",
                                                 "comments ../comments1.xml"};
  const auto points = [](const std::string& a, const std::string& b) {
    return "<c:pt idx='0'><c:v>" + a + "</c:v></c:pt><c:pt idx='1'><c:v>" + b + "</c:v></c:pt>";
  };
  file.parts["ppt/charts/chart1.xml"] =
      "<c:chartSpace><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Boats</a:t></a:r></a:p></c:rich></c:tx></c:title>"
      "<c:ser><c:tx><c:strRef><c:strCache><c:pt idx='0'><c:v>large</c:v></c:pt></c:strCache></c:strRef></c:tx><c:cat>" +
      points("Jan", "Feb") + "</c:cat><c:val>" + points("3", "4") + "</c:val></c:ser></c:chart></c:chartSpace>";
  file.parts["ppt/notes1.xml"] = "<p:notes><p:cSld><p:spTree>" +
                                 slide_shape(1, 0, 0, "say this", "<p:ph type='body'/>") +
                                 slide_shape(2, 0, 0, "1", "<p:ph type='sldNum'/>") + "</p:spTree></p:cSld></p:notes>";
  file.parts["ppt/comments1.xml"] = "<p:cmLst><p:cm authorId='0'><p:text>why?</p:text></p:cm></p:cmLst>";
  file.relationships["ppt/presentation.xml"].push_back("commentAuthors commentAuthors.xml");
  file.parts["ppt/commentAuthors.xml"] = "<p:cmAuthorLst><p:cmAuthor id='0' name='Kim'/></p:cmAuthorLst>";
  std::string& second = file.parts["ppt/slides/slide2.xml"];
  second.replace(second.find("<p:sld>"), 7, "<p:sld show='0'>");
  const Document document = parsed(file.zip(), "pptx");
  EXPECT_EQ(outline(document),
            "table: Year | \n2023 | 2024\ncaption: Boats\ntable:  | large\nJan | 3\nFeb | 4\nparagraph: say this\n"
            "quote: Kim: why?\nparagraph: b\n");
  EXPECT_EQ(document.blocks[0].spans, (std::vector<TableSpan>{{0, 0, 1, 2}}));
  EXPECT_EQ(document.blocks[0].header_rows, 1U);
  EXPECT_NE(std::find(document.metadata.begin(), document.metadata.end(),
                      std::pair<std::string, std::string>("hidden_slides", "2")),
            document.metadata.end());
}

TEST(Pptx, ABlocksTextStandsInItsShape) {
  std::vector<std::string> trees;
  for (int slide = 0; slide < 9; ++slide) {
    std::string tree;
    for (int i = 0; i < 12; ++i) {
      tree +=
          slide_shape(2 + i, (i * 7919) % 9'000'000, (i * 104'729) % 6'000'000, "s" + std::to_string(slide * 100 + i));
    }
    trees.push_back("<p:grpSp><p:grpSpPr/>" + tree + "</p:grpSp>");
  }
  const std::string bytes = presentation_file(trees).zip();
  ZipArchive archive = std::move(*ZipArchive::open(bytes));
  const Document document = parsed(bytes, "pptx");
  ASSERT_EQ(document.blocks.size(), 9U * 12U);
  for (const Block& block : document.blocks) {
    const XmlTree tree = read_xml(archive, "ppt/slides/slide" + std::to_string(*block.locator.slide) + ".xml").value();
    const std::string path = "//p:sp[p:nvSpPr/p:cNvPr/@id='" + std::to_string(*block.locator.shape) + "']//a:t";
    EXPECT_EQ(block.text, tree.root().select_node(path.c_str()).node().child_value());
  }
}

}  // namespace
}  // namespace naru
