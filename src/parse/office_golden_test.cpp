// The Office documents of tests/golden/parse/ and the seeds of their fuzzers are those that this program makes.
// NARU_UPDATE=1 rewrites them (and ParseGolden, run once more, their answers).
#include <gtest/gtest.h>

#include <cstdlib>

#include "parse/shared/office_testing.h"
#include "runtime/files.h"

namespace naru {
namespace {

using namespace testing;

std::string timetable_docx() {
  const std::string styles =
      "<w:styles><w:style w:type='paragraph' w:styleId='t'><w:name w:val='Title'/></w:style>"
      "<w:style w:type='paragraph' w:styleId='h'><w:name w:val='heading 2'/></w:style></w:styles>";
  const std::string numbering =
      "<w:numbering><w:abstractNum w:abstractNumId='1'><w:lvl w:ilvl='0'><w:numFmt w:val='ganada'/>"
      "<w:lvlText w:val='%1.'/></w:lvl></w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='1'/></w:num>"
      "</w:numbering>";
  const std::string item = "<w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr>";
  const std::string body =
      word_paragraph("Ferry timetable", word_style("t")) + word_paragraph("배 시간표", word_style("h")) +
      "<w:p><w:r><w:t>The ferry crosses twice a day</w:t><w:footnoteReference w:id='3'/></w:r><w:ins><w:r><w:t>, in "
      "any "
      "weather</w:t></w:r></w:ins><w:del><w:r><w:delText>, mostly</w:delText></w:r></w:del></w:p>" +
      word_paragraph("표를 산다", item) + word_paragraph("줄을 선다", item) +
      "<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>" + word_cell("Boat", "<w:vMerge w:val='restart'/>") +
      word_cell("Leaves", "<w:gridSpan w:val='2'/>") + "</w:tr><w:tr><w:trPr><w:tblHeader/></w:trPr>" +
      word_cell("", "<w:vMerge/>") + word_cell("morning") + word_cell("evening") + "</w:tr><w:tr>" +
      word_cell("나루호") + word_cell("7:10") + word_cell("18:40") + "</w:tr></w:tbl>" +
      word_paragraph("", "<w:sectPr><w:footerReference r:id='rId1'/></w:sectPr>") + word_paragraph("Second section.");
  return word_file(body, {{"footer", "<w:ftr>" + word_paragraph("The ferrymen") + "</w:ftr>"},
                          {"footnotes", "<w:footnotes><w:footnote w:id='3'>" +
                                            word_paragraph("Not on New Year's Day.") + "</w:footnote></w:footnotes>"},
                          {"numbering", numbering},
                          {"styles", styles}})
      .zip(true);
}

std::string talk_pptx() {
  const std::string first = slide_shape(3, 0, 2'000'000, "건너는 사람 늘어", "<p:ph type='body' idx='1'/>") +
                            slide_shape(2, 0, 0, "Ferry talk", "<p:ph type='title'/>") +
                            slide_shape(9, 6'000'000, 100'000, "boxed");
  OfficeFile file = presentation_file({first, slide_shape(2, 0, 0, "Thanks", "<p:ph type='title'/>")});
  file.relationships["ppt/slides/slide2.xml"] = {"notesSlide ../notesSlides/notesSlide2.xml"};
  file.parts["ppt/notesSlides/notesSlide2.xml"] = "<p:notes><p:cSld><p:spTree>" +
                                                  slide_shape(2, 0, 0, "Bow.", "<p:ph type='body'/>") +
                                                  "</p:spTree></p:cSld></p:notes>";
  return file.zip(true);
}

std::string fares_xlsx() {
  const std::string sheet =
      "<sheetData><row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c><c r='C1' t='s'><v>2</v></c></row>"
      "<row r='2'><c r='A2' t='s'><v>3</v></c><c r='B2'><v>1500</v></c><c r='C2' s='1'><v>45352</v></c></row>"
      "<row r='3'><c r='B3'><f>B2*2</f><v>3000</v></c><c r='C3' s='2'><v>0.125</v></c></row>"
      "<row r='7'><c r='A7' t='inlineStr'><is><t>Valid until winter.</t></is></c></row></sheetData>"
      "<mergeCells><mergeCell ref='A2:A3'/></mergeCells>";
  return workbook_file({{"요금", sheet}},
                       {"<t>Boat</t>", "<t>Fare</t>", "<t>Since</t>", "<r><t>나루</t></r><r><t>호</t></r>"},
                       {"yyyy\"년\" m\"월\" d\"일\"", "0.0%"})
      .zip(true);
}

TEST(OfficeGolden, TheFilesAreThoseThatTheTestWrites) {
  for (const auto& [name, seeds, bytes] :
       {std::tuple("timetable.docx", "docx_fuzz", timetable_docx()), std::tuple("talk.pptx", "pptx_fuzz", talk_pptx()),
        std::tuple("fares.xlsx", "xlsx_fuzz", fares_xlsx())}) {
    for (const std::string& path :
         {std::string("tests/golden/parse/") + name, std::string("tests/fuzz_seeds/") + seeds + "/" + name}) {
      if (std::getenv("NARU_UPDATE") != nullptr) {
        ASSERT_TRUE(write_file(path, bytes)) << path;
      }
      const Result<std::string> there = read_file(path);
      ASSERT_TRUE(there) << there.error().describe();
      EXPECT_EQ(*there, bytes) << path << ": NARU_UPDATE=1 rewrites it";
    }
  }
}

}  // namespace
}  // namespace naru
