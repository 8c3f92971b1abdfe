// The documents of Office in tests/golden/parse/: one feature of a format each. NARU_UPDATE=1 rewrites them (and
// ParseGolden, run once more, their answers).
#include "parse/shared/golden_testing.h"
#include "parse/shared/office_testing.h"

namespace naru {
namespace {

using namespace testing;

std::string word(const std::string& body, const std::map<std::string, std::string>& more = {}) {
  return word_file(body, more).zip(true);
}
std::string word_run(const std::string& inside) { return "<w:p><w:r>" + inside + "</w:r></w:p>"; }

const char* const kWordLists =
    "<w:numbering><w:abstractNum w:abstractNumId='1'><w:lvl w:ilvl='0'><w:numFmt w:val='upperRoman'/><w:lvlText "
    "w:val='%1.'/></w:lvl><w:lvl w:ilvl='1'><w:numFmt w:val='lowerLetter'/><w:lvlText w:val='%2)'/></w:lvl>"
    "</w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='1'/></w:num></w:numbering>";

std::string in_list(int level) {
  return fmt::format("<w:numPr><w:ilvl w:val='{}'/><w:numId w:val='1'/></w:numPr>", level);
}

std::vector<GoldenSeed> word_seeds() {
  const std::string nested = "<w:tbl><w:tr>" + word_cell("어른") + word_cell("아이") + "</w:tr></w:tbl>";
  const std::string box = "<w:txbxContent>" + word_paragraph("in a box") + "</w:txbxContent>";
  return {
      {"docx/footnote_endnote.docx",
       word(word_run("<w:t>text</w:t><w:footnoteReference w:id='2'/><w:endnoteReference w:id='3'/>") +
                word_paragraph("next"),
            {{"endnotes",
              "<w:endnotes><w:endnote w:id='3'>" + word_paragraph("at the end") + "</w:endnote></w:endnotes>"},
             {"footnotes",
              "<w:footnotes><w:footnote w:id='2'>" + word_paragraph("at the foot") + "</w:footnote></w:footnotes>"}})},
      {"docx/list_levels.docx",
       word(word_paragraph("one", in_list(0)) + word_paragraph("a", in_list(1)) + word_paragraph("b", in_list(1)) +
                word_paragraph("two", in_list(0)) + word_paragraph("a again", in_list(1)),
            {{"numbering", kWordLists}})},
      {"docx/nested_table.docx",
       word("<w:tbl><w:tr>" + word_cell("배") + word_cell("요금") + "</w:tr><w:tr>" + word_cell("나루호") + "<w:tc>" +
            word_paragraph("나누면") + nested + word_paragraph("") + "</w:tc></w:tr></w:tbl>")},
      {"docx/merged_cells.docx", word("<w:tbl><w:tr>" + word_cell("a", "<w:gridSpan w:val='2'/>") +
                                      word_cell("b", "<w:vMerge w:val='restart'/>") + "</w:tr><w:tr>" + word_cell("c") +
                                      word_cell("d") + word_cell("", "<w:vMerge/>") + "</w:tr></w:tbl>")},
      {"docx/tracked_changes.docx",
       word("<w:p><w:r><w:t>It runs </w:t></w:r><w:del><w:r><w:delText>once</w:delText></w:r></w:del><w:ins><w:r>"
            "<w:t>twice</w:t></w:r></w:ins><w:r><w:t> a day.</w:t></w:r></w:p>")},
      {"docx/text_box.docx", word(word_run("<w:t>beside</w:t><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>" +
                                           box + "</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>" +
                                           box + "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent>"))},
      {"docx/comment.docx", word(word_run("<w:t>claim</w:t><w:commentReference w:id='1'/>"),
                                 {{"comments", "<w:comments><w:comment w:id='1' w:author='Kim'>" +
                                                   word_paragraph("source?") + "</w:comment></w:comments>"}})},
      {"docx/field_link.docx",
       word("<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGEREF x</w:instrText></w:r><w:r>"
            "<w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>12</w:t></w:r><w:r><w:fldChar "
            "w:fldCharType='end'/></w:r><w:hyperlink><w:r><w:t> here</w:t></w:r></w:hyperlink></w:p>")},
      {"docx/formula_symbol.docx",
       word(word_run("<w:t>if </w:t><w:sym w:font='Symbol' w:char='F061'/><w:tab/></w:r><m:oMath><m:f><m:num><m:r>"
                     "<m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>x</m:t></m:r></m:den></m:f></m:oMath><w:r>"))},
      {"docx/hidden_text.docx",
       word("<w:p><w:r><w:t>seen</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t> unseen</w:t></w:r></w:p>")},
      {"docx/content_control.docx",
       word("<w:sdt><w:sdtPr><w:alias w:val='Name'/></w:sdtPr><w:sdtContent>" + word_paragraph("filled in") +
            "</w:sdtContent></w:sdt>" + word_paragraph("after"))},
  };
}

std::string slide_table_cell(const std::string& text, const std::string& more = "") {
  return "<a:tc" + more + "><a:txBody><a:p><a:r><a:t>" + text + "</a:t></a:r></a:p></a:txBody></a:tc>";
}

std::vector<GoldenSeed> slide_seeds() {
  const std::string table =
      "<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id='4'/></p:nvGraphicFramePr><a:graphic><a:graphicData><a:tbl>"
      "<a:tblPr firstRow='1'/><a:tr>" +
      slide_table_cell("배", " rowSpan='2'") + slide_table_cell("요금") + "</a:tr><a:tr>" +
      slide_table_cell("", " vMerge='1'") + slide_table_cell("1500") +
      "</a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>";
  const std::string levels =
      "<p:sp><p:nvSpPr><p:cNvPr id='3'/><p:nvPr><p:ph type='body' idx='1'/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r>"
      "<a:t>outer</a:t></a:r></a:p><a:p><a:pPr lvl='1'/><a:r><a:t>inner</a:t></a:r></a:p></p:txBody></p:sp>";
  OfficeFile hidden = presentation_file({slide_shape(2, 0, 0, "shown"), slide_shape(2, 0, 0, "kept back")});
  std::string& second = hidden.parts["ppt/slides/slide2.xml"];
  second.replace(second.find("<p:sld>"), 7, "<p:sld show='0'>");
  return {{"pptx/table_spans.pptx", presentation_file({table}).zip(true)},
          {"pptx/list_levels.pptx", presentation_file({levels}).zip(true)},
          {"pptx/hidden_slide.pptx", hidden.zip(true)},
          {"pptx/group_order.pptx",
           presentation_file({"<p:grpSp><p:grpSpPr><a:xfrm><a:off x='0' y='0'/></a:xfrm></p:grpSpPr>" +
                              slide_shape(2, 5'000'000, 0, "right") + slide_shape(3, 0, 0, "left") + "</p:grpSp>" +
                              slide_shape(4, 0, 4'000'000, "below")})
               .zip(true)},
          {"pptx/two_columns.pptx", presentation_file({slide_shape(2, 0, 0, "제목", "<p:ph type='title'/>") +
                                                       slide_shape(3, 6'000'000, 2'000'000, "second column") +
                                                       slide_shape(4, 0, 2'000'000, "first column")})
                                        .zip(true)}};
}

std::string cell_of(const std::string& address, const std::string& inside, const std::string& more = "") {
  return "<c r='" + address + "'" + more + ">" + inside + "</c>";
}
std::string row_of(int number, const std::string& cells) { return fmt::format("<row r='{}'>{}</row>", number, cells); }
std::string words_at(const std::string& address, const std::string& text) {
  return cell_of(address, "<is><t>" + text + "</t></is>", " t='inlineStr'");
}

std::vector<GoldenSeed> sheet_seeds() {
  const std::string simple = "<sheetData>" + row_of(1, words_at("A1", "boat") + words_at("B1", "fare")) +
                             row_of(2, words_at("A2", "naru") + cell_of("B2", "<v>1500</v>")) + "</sheetData>";
  OfficeFile hidden = workbook_file({{"shown", simple}, {"숨김", simple}});
  std::string& book = hidden.parts["xl/workbook.xml"];
  book.replace(book.find("sheetId='2'"), 11, "sheetId='2' state='hidden'");
  return {{"xlsx/hidden_sheet.xlsx", hidden.zip(true)},
          {"xlsx/two_tables.xlsx",
           workbook_file({{"s", "<sheetData>" + row_of(1, words_at("A1", "boat") + words_at("B1", "fare")) +
                                    row_of(2, words_at("A2", "naru") + cell_of("B2", "<v>1500</v>")) +
                                    row_of(6, words_at("D6", "stop") + words_at("E6", "time")) +
                                    row_of(7, words_at("D7", "quay") + words_at("E7", "7:10")) + "</sheetData>"}})
               .zip(true)},
          {"xlsx/errors_booleans.xlsx",
           workbook_file(
               {{"s", "<sheetData>" + row_of(1, words_at("A1", "what") + words_at("B1", "value")) +
                          row_of(2, words_at("A2", "error") + cell_of("B2", "<v>#N/A</v>", " t='e'")) +
                          row_of(3, words_at("A3", "true") + cell_of("B3", "<v>1</v>", " t='b'")) +
                          row_of(4, words_at("A4", "sum") + cell_of("B4", "<f>1+2</f><v>3</v>")) + "</sheetData>"}})
               .zip(true)},
          {"xlsx/dates_1904.xlsx",
           [] {
             OfficeFile file = workbook_file(
                 {{"s", "<sheetData>" + row_of(1, words_at("A1", "day") + cell_of("B1", "<v>43890</v>", " s='1'")) +
                            "</sheetData>"}},
                 {}, {"yyyy-mm-dd"});
             std::string& list = file.parts["xl/workbook.xml"];
             list.insert(list.find("<sheets>"), "<workbookPr date1904='1'/>");
             return file.zip(true);
           }()},
          {"xlsx/header_over_two_rows.xlsx",
           workbook_file({{"s", "<sheetData>" + row_of(1, words_at("A1", "배") + words_at("B1", "요금")) +
                                    row_of(2, words_at("B2", "어른") + words_at("C2", "아이")) +
                                    row_of(3, words_at("A3", "나루호") + cell_of("B3", "<v>2000</v>") +
                                                  cell_of("C3", "<v>1000</v>")) +
                                    "</sheetData><mergeCells><mergeCell ref='A1:A2'/>"
                                    "<mergeCell ref='B1:C1'/></mergeCells>"}})
               .zip(true)}};
}

TEST(OfficeGolden, FeaturesAreInFilesThatTheTestWrites) {
  for (const auto& seeds : {word_seeds(), slide_seeds(), sheet_seeds()}) {
    for (const auto& [name, bytes] : seeds) expect_golden_file(name, bytes);
  }
}

}  // namespace
}  // namespace naru
