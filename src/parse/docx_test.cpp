// What Word documents keep, and what they survive.
#include <gtest/gtest.h>

#include "parse/shared/office_testing.h"
#include "parse/shared/testing.h"
#include "parse/shared/xml.h"

namespace naru {
namespace {

using testing::word_cell;
using testing::word_file;
using testing::word_paragraph;
using testing::word_style;

constexpr const char* kStyles =
    "<w:styles><w:style w:type='paragraph' w:styleId='a'><w:name w:val='heading 1'/></w:style>"
    "<w:style w:type='paragraph' w:styleId='b'><w:name w:val='장 제목'/><w:basedOn w:val='a'/></w:style>"
    "<w:style w:type='paragraph' w:styleId='c'><w:name w:val='제목 2'/></w:style>"
    "<w:style w:type='paragraph' w:styleId='d'><w:name w:val='x'/><w:pPr><w:outlineLvl w:val='2'/></w:pPr></w:style>"
    "<w:style w:type='paragraph' w:styleId='r1'><w:name w:val='y'/><w:basedOn w:val='r2'/></w:style>"
    "<w:style w:type='paragraph' w:styleId='r2'><w:name w:val='z'/><w:basedOn w:val='r1'/></w:style></w:styles>";

std::string in_list(int level, int list = 1) {
  return "<w:numPr><w:ilvl w:val='" + std::to_string(level) + "'/><w:numId w:val='" + std::to_string(list) +
         "'/></w:numPr>";
}

std::string read_outline(const std::string& body, const std::map<std::string, std::string>& more = {}) {
  return outline(parsed(word_file(body, more).zip(), "docx"));
}

TEST(Docx, HeadingsAreFoundByStyleNameChainAndOutlineLevel) {
  EXPECT_EQ(read_outline(word_paragraph("One", word_style("b")) + word_paragraph("둘", word_style("c")) +
                             word_paragraph("three", word_style("d")) + word_paragraph("plain", word_style("r1")) +
                             word_paragraph("four", "<w:outlineLvl w:val='3'/>"),
                         {{"styles", kStyles}}),
            "heading 1: One\nheading 2: 둘\nheading 3: three\nparagraph: plain\nheading 4: four\n");
}

TEST(Docx, ListsHaveTheNumbersThatWordShows) {
  const std::string numbering =
      "<w:numbering><w:abstractNum w:abstractNumId='7'>"
      "<w:lvl w:ilvl='0'><w:start w:val='3'/><w:numFmt w:val='decimal'/><w:lvlText w:val='%1.'/></w:lvl>"
      "<w:lvl w:ilvl='1'><w:numFmt w:val='ganada'/><w:lvlText w:val='%1-%2)'/></w:lvl></w:abstractNum>"
      "<w:abstractNum w:abstractNumId='8'><w:lvl w:ilvl='0'><w:numFmt w:val='bullet'/></w:lvl></w:abstractNum>"
      "<w:num w:numId='1'><w:abstractNumId w:val='7'/></w:num><w:num w:numId='2'><w:abstractNumId w:val='8'/></w:num>"
      "</w:numbering>";
  EXPECT_EQ(read_outline(word_paragraph("a", in_list(0)) + word_paragraph("b", in_list(1)) +
                             word_paragraph("c", in_list(1)) + word_paragraph("d", in_list(0)) +
                             word_paragraph("e", in_list(1)) + word_paragraph("f", in_list(0, 2)),
                         {{"numbering", numbering}}),
            "list_item 1: 3. a\nlist_item 2: 3-가) b\nlist_item 2: 3-나) c\nlist_item 1: 4. d\nlist_item 2: 4-가) e\n"
            "list_item 1: f\n");
}

TEST(Docx, TablesKeepMergedCellsAndTablesInCellsFollow) {
  const std::string inner = "<w:tbl><w:tr>" + word_cell("x") + word_cell("y") + "</w:tr></w:tbl>";
  const std::string body =
      "<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>" + word_cell("Name", "<w:vMerge w:val='restart'/>") +
      word_cell("Sizes", "<w:gridSpan w:val='2'/>") + "</w:tr><w:tr>" + word_cell("", "<w:vMerge/>") + word_cell("1") +
      "<w:tc>" + word_paragraph("2") + inner + word_paragraph("") + "</w:tc></w:tr></w:tbl>";
  const Document document = parsed(word_file(body).zip(), "docx");
  ASSERT_EQ(document.blocks.size(), 2U);
  const Block& table = document.blocks[0];
  EXPECT_EQ(table.cells, (std::vector<std::vector<std::string>>{{"Name", "Sizes", ""}, {"", "1", "2"}}));
  EXPECT_EQ(table.spans, (std::vector<TableSpan>{{0, 0, 2, 1}, {0, 1, 1, 2}}));
  EXPECT_EQ(table.header_rows, 1U);
  EXPECT_EQ(document.blocks[1].text, "x | y");
}

TEST(Docx, ATableOfOneCellIsItsContent) {
  EXPECT_EQ(
      read_outline("<w:tbl><w:tr><w:tc>" + word_paragraph("One") + word_paragraph("two") + "</w:tc></w:tr></w:tbl>"),
      "paragraph: One\nparagraph: two\n");
}

TEST(Docx, TrackedChangesAreReadAsAccepted) {
  const auto run = [](const std::string& text) { return "<w:r><w:t>" + text + "</w:t></w:r>"; };
  EXPECT_EQ(read_outline("<w:p>" + run("a") + "<w:ins>" + run("b") + "</w:ins><w:del>" + run("c") +
                         "<w:r><w:delText>d</w:delText></w:r></w:del><w:moveFrom>" + run("e") +
                         "</w:moveFrom><w:moveTo>" + run("f") + "</w:moveTo></w:p>"),
            "paragraph: abf\n");
}

TEST(Docx, HiddenTextIsLeftOutAndSaid) {
  const std::string styles =
      "<w:styles><w:style w:type='character' w:styleId='h'><w:rPr><w:vanish/></w:rPr></w:style>"
      "<w:style w:type='character' w:styleId='i'><w:basedOn w:val='h'/></w:style>"
      "<w:style w:type='character' w:styleId='r'><w:basedOn w:val='r'/></w:style></w:styles>";
  const auto run = [](const std::string& text, const std::string& properties) {
    return "<w:r><w:rPr>" + properties + "</w:rPr><w:t>" + text + "</w:t></w:r>";
  };
  const Document document = parsed(
      word_file("<w:p>" + run("a", "<w:webHidden/>") + run("b", "<w:vanish/>") + run("c", "<w:vanish w:val='0'/>") +
                    run("d", "<w:rStyle w:val='i'/>") + run("e", "<w:rStyle w:val='r'/>") +
                    run("f", "<w:rStyle w:val='i'/><w:vanish w:val='false'/>") + "</w:p>",
                {{"styles", styles}})
          .zip(),
      "docx");
  EXPECT_EQ(outline(document), "paragraph: acef\n");
  EXPECT_TRUE(warns(document, "hidden text was left out"));
  EXPECT_FALSE(warns(parsed(word_file(word_paragraph("seen")).zip(), "docx"), "hidden"));
}

TEST(Docx, FieldsGiveTheirResultsAndAnUnclosedOneEndsWithItsParagraph) {
  const auto mark = [](const std::string& type) { return "<w:r><w:fldChar w:fldCharType='" + type + "'/></w:r>"; };
  const std::string code = "<w:r><w:instrText>DATE</w:instrText><w:t>hidden</w:t></w:r>";
  const std::string result = "<w:r><w:t>today</w:t></w:r>";
  EXPECT_EQ(read_outline("<w:p>" + mark("begin") + code + mark("separate") + result + mark("end") + "</w:p><w:p>" +
                         mark("begin") + code + "</w:p>" + word_paragraph("next")),
            "paragraph: today\nparagraph: next\n");
}

TEST(Docx, NotesAndCommentsFollowTheirParagraphOnce) {
  const std::string body =
      "<w:p><w:r><w:t>text</w:t><w:footnoteReference w:id='2'/><w:footnoteReference w:id='2'/>"
      "<w:commentReference w:id='5'/></w:r></w:p>" +
      word_paragraph("next");
  EXPECT_EQ(
      read_outline(body, {{"footnotes", "<w:footnotes><w:footnote w:type='separator' w:id='0'>" + word_paragraph("-") +
                                            "</w:footnote><w:footnote w:id='2'><w:p><w:r>"
                                            "<w:t>note</w:t><w:footnoteReference w:id='2'/></w:r></w:p>"
                                            "</w:footnote></w:footnotes>"},
                          {"comments", "<w:comments><w:comment w:id='5' w:author='Kim'>" + word_paragraph("really?") +
                                           "</w:comment></w:comments>"}}),
      "paragraph: text\nparagraph: note\nquote: Kim: really?\nparagraph: next\n");
}

TEST(Docx, ATextBoxIsReadOnceAndBehindItsParagraph) {
  const std::string box = "<w:txbxContent>" + word_paragraph("boxed") + "</w:txbxContent>";
  EXPECT_EQ(read_outline("<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><wp:docPr descr='a boat'/><wps:txbx>" +
                         box + "</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>" + box +
                         "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t> beside</w:t></w:r>"
                         "</w:p>"),
            "paragraph: [a boat] beside\nparagraph: boxed\n");
}

TEST(Docx, SignsAndFormulasStandOnTheLine) {
  EXPECT_EQ(read_outline("<w:p><w:r><w:t>opt</w:t><w:softHyphen/><w:t>ion\xc2\xad"
                         "al</w:t><w:noBreakHyphen/>"
                         "<w:sym w:font='Symbol' w:char='F061'/><w:tab/><w:t>end </w:t></w:r><m:oMath><m:f><m:num><m:r>"
                         "<m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath></w:p>"),
            "paragraph: optional-α\tend (a+b)/2\n");
}

TEST(Docx, HeadersComeLastOnceAndUnderNoHeading) {
  const std::string reference = "<w:sectPr><w:headerReference r:id='rId1'/></w:sectPr>";
  const Document document = parsed(word_file(word_paragraph("Top", "<w:outlineLvl w:val='0'/>") +
                                                 word_paragraph("one", reference) + word_paragraph("two") + reference,
                                             {{"header", "<w:hdr>" + word_paragraph("나루 head") + "</w:hdr>"}})
                                       .zip(),
                                   "docx");
  EXPECT_EQ(outline(document), "heading 1: Top\nparagraph: one\nparagraph: two\nparagraph: 나루 head\n");
  EXPECT_TRUE(document.blocks[3].heading_path.empty());
  EXPECT_EQ(document.blocks[3].locator.part, "header");
  EXPECT_EQ(document.title, "나루 안내");
}

// Section and paragraph of the locator, found again by a reader that knows no more than <w:p> and <w:tbl>.
TEST(Docx, ABlocksTextStandsAtItsSectionAndParagraph) {
  std::string body;
  for (int i = 0; i < 60; ++i) {
    const std::string name = "text " + std::to_string(i);
    const std::string section = i % 13 == 12 ? "<w:sectPr/>" : "";
    if (i % 7 == 3)
      body += "<w:tbl><w:tr>" + word_cell(name) + word_cell("b") + "</w:tr></w:tbl>";
    else if (i % 5 == 4)
      body += "<w:sdt><w:sdtContent>" + word_paragraph(name) + "</w:sdtContent></w:sdt>" + word_paragraph("", section);
    else
      body += word_paragraph(name, section);
  }
  const std::string bytes = word_file(body).zip();
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> places;
  std::uint32_t section = 1, paragraph = 0;
  ZipArchive archive = std::move(*ZipArchive::open(bytes));
  const XmlTree tree = read_xml(archive, "word/document.xml").value();
  const auto look = [&](const auto& self, const pugi::xml_node& parent) -> void {
    for (const pugi::xml_node& node : parent.children()) {
      if (local_name(node) == "sdt" || local_name(node) == "sdtContent") self(self, node);
      if (local_name(node) != "p" && local_name(node) != "tbl") continue;
      std::string& text = places[{section, ++paragraph}];
      for (const pugi::xpath_node& at : node.select_nodes(".//w:t")) text += at.node().child_value();
      if (child(child(node, "pPr"), "sectPr")) ++section, paragraph = 0;
    }
  };
  look(look, child(tree.root(), "body"));
  const Document document = parsed(bytes, "docx");
  EXPECT_EQ(document.blocks.size(), 60U);
  for (const Block& block : document.blocks) {
    ASSERT_TRUE(block.locator.section && block.locator.paragraph);
    const std::string there = places[{*block.locator.section, *block.locator.paragraph}];
    EXPECT_EQ(letters(there), letters(block.text));
  }
}

TEST(Docx, ACutFileGivesWhatIsThereWithAWarning) {
  std::string body;
  for (int i = 0; i < 3000; ++i) body += word_paragraph("line " + std::to_string(i * 7919));
  const std::string bytes = word_file(body).zip();
  const Document document = parsed(std::string_view(bytes).substr(0, bytes.size() / 4 * 3), "docx");
  EXPECT_GT(document.blocks.size(), 1000U);
  EXPECT_TRUE(warns(document, "damaged"));
}

// The worker hands on no other errors than these, and no text that is not UTF-8.
TEST(Docx, AMissingPartIsDamageAndBrokenNamesAreRepaired) {
  for (const auto& [part, extension] : {std::pair("word/other.xml", "docx"), std::pair("ppt/other.xml", "pptx"),
                                        std::pair("xl/other.xml", "xlsx")}) {
    testing::OfficeFile file;
    file.relationships[""] = {"officeDocument gone\xff.xml"};
    file.parts[part] = "<x/>";
    const Result<Document> document = parse_bytes(file.zip(), extension);
    ASSERT_FALSE(document) << extension;
    EXPECT_EQ(document.error().code(), Code::corrupt) << extension << ": " << document.error().describe();
    EXPECT_TRUE(is_valid_utf8(document.error().describe())) << extension;
  }
  const std::string sheet = "<sheetData><row r='1'><c r='A1'><v>7</v></c></row></sheetData>";
  const Document workbook = parsed(testing::workbook_file({{"s\xff", sheet}}).zip(), "xlsx");
  ASSERT_FALSE(workbook.blocks.empty());
  EXPECT_EQ(workbook.blocks[0].locator.sheet, "s\uFFFD");
}

TEST(Docx, PasswordsAreRefusedAndNestsAndRingsEnd) {
  std::string wide;
  for (const char c : std::string("EncryptedPackage")) wide.append({c, '\0'});
  const std::string locked = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + std::string(504, '\0') + wide;
  for (const char* extension : {"docx", "pptx", "xlsx", ""}) {
    EXPECT_EQ(parse_bytes(locked, extension).error().code(), Code::not_allowed) << extension;
  }
  const std::string deep = repeated("<w:tbl><w:tr><w:tc>", 2000);
  EXPECT_EQ(parse_bytes(word_file(deep).zip(), "docx").error().code(), Code::limit_exceeded);
  std::string chain = "<w:footnotes>";
  for (int i = 0; i < 5000; ++i) {
    chain += "<w:footnote w:id='" + std::to_string(i) + "'><w:p><w:r><w:t>n</w:t><w:footnoteReference w:id='" +
             std::to_string(i + 1) + "'/></w:r></w:p></w:footnote>";
  }
  const std::string body = "<w:p><w:r><w:t>a</w:t><w:footnoteReference w:id='0'/></w:r></w:p>";
  EXPECT_LT(parsed(word_file(body, {{"footnotes", chain + "</w:footnotes>"}}).zip(), "docx").blocks.size(), 20U);
}

}  // namespace
}  // namespace naru
