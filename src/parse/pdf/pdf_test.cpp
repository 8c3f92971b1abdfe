#include <gtest/gtest.h>

#include "parse/shared/pdf_testing.h"
#include "parse/shared/testing.h"
#include "runtime/random.h"

namespace naru {
namespace {

std::string one_page(std::string content, std::string entries = "") {
  PdfWriter writer;
  writer.add({std::move(content), std::move(entries), {}});
  return writer.write();
}

const Block& block_with(const Document& document, std::string_view text) {
  static const Block none;
  for (const Block& block : document.blocks) {
    if (block.text.find(text) != std::string::npos) return block;
  }
  ADD_FAILURE() << "no block with " << text << " in\n" << outline(document);
  return none;
}

void expect_place(const Block& block, double x, double y, double width, double height) {
  ASSERT_TRUE(block.locator.page_size.has_value());
  EXPECT_NEAR(block.locator.page_size->width, width, 0.1);
  EXPECT_NEAR(block.locator.page_size->height, height, 0.1);
  ASSERT_FALSE(block.locator.boxes.empty());
  const Box& box = block.locator.boxes.front();
  EXPECT_LE(box.x0, x);
  EXPECT_GE(box.x1, x);
  EXPECT_LE(box.y0, y);
  EXPECT_GE(box.y1, y);
  EXPECT_LT((box.x1 - box.x0) * (box.y1 - box.y0), 5'000);  // a box around the words, not around the page
}

TEST(Pdf, EveryBlockHasItsPageAndBoxes) {
  PdfWriter writer;
  writer.add(PdfWriter::text(72, 700, 12, "First page"));
  writer.add(PdfWriter::text(72, 100, 12, "Second page"));
  const Document document = parsed(writer.write(), "pdf");
  ASSERT_EQ(document.blocks.size(), 2U);
  EXPECT_EQ(document.blocks[0].locator.page, 1U);
  EXPECT_EQ(document.blocks[1].locator.page, 2U);
  expect_place(document.blocks[0], 75, 792 - 704, 612, 792);
  expect_place(document.blocks[1], 75, 792 - 104, 612, 792);
  EXPECT_FALSE(document.blocks[0].locator.bytes.has_value());
}

TEST(Pdf, BoxesAreThoseOfThePageAsItIsShown) {
  const std::string content = PdfWriter::text(100, 700, 12, "Here");
  // The letter H stands at (104, 704) from the bottom left; turned clockwise by the page's rotation.
  expect_place(parsed(one_page(content, "/Rotate 90"), "pdf").blocks.at(0), 704, 104, 792, 612);
  expect_place(parsed(one_page(content, "/Rotate 180"), "pdf").blocks.at(0), 612 - 104, 704, 612, 792);
  expect_place(parsed(one_page(content, "/Rotate 270"), "pdf").blocks.at(0), 792 - 704, 612 - 104, 792, 612);
  expect_place(parsed(one_page(content, "/CropBox [50 600 350 750]"), "pdf").blocks.at(0), 54, 750 - 704, 300, 150);
  expect_place(parsed(one_page(content, "/CropBox [50 600 350 750]/Rotate 90"), "pdf").blocks.at(0), 104, 54, 150, 300);
}

TEST(Pdf, ReadsHangul) {
  const Document document = parsed(one_page(PdfWriter::text(72, 700, 12, "나루는 자료를 나른다.", "K")), "pdf");
  ASSERT_EQ(document.blocks.size(), 1U);
  EXPECT_EQ(document.blocks[0].text, "나루는 자료를 나른다.");
  EXPECT_EQ(document.language, "ko");
}

TEST(Pdf, LinesBecomeParagraphsAndWhatIsLargerIsAHeading) {
  std::string content = PdfWriter::text(72, 720, 24, "Title") + PdfWriter::text(72, 680, 16, "Part one");
  for (int i = 0; i < 3; ++i) content += PdfWriter::text(72, 650 - 14 * i, 12, "words of the first paragraph here");
  for (int i = 0; i < 2; ++i) content += PdfWriter::text(72, 570 - 14 * i, 12, "and those of the second one");
  content += PdfWriter::text(72, 500, 16, "Part two") + PdfWriter::text(72, 470, 12, "The end.");
  const Document document = parsed(one_page(content), "pdf");
  EXPECT_EQ(outline(document),
            "heading 1: Title\n"
            "heading 2: Part one\n"
            "paragraph: words of the first paragraph here words of the first paragraph here words of the first "
            "paragraph here\n"
            "paragraph: and those of the second one and those of the second one\n"
            "heading 2: Part two\n"
            "paragraph: The end.\n");
  EXPECT_EQ(document.blocks.back().heading_path, (std::vector<std::string>{"Title", "Part two"}));
  EXPECT_EQ(document.title, "Title");
  EXPECT_EQ(document.blocks[2].locator.boxes.size(), 3U);
}

TEST(Pdf, ListItemsAreKept) {
  const Document document =
      parsed(one_page(PdfWriter::text(72, 700, 12, "1. first") + PdfWriter::text(72, 686, 12, "2. second") +
                      PdfWriter::text(72, 672, 12, "\\225 third")),
             "pdf");
  EXPECT_EQ(outline(document), "list_item 1: 1. first\nlist_item 1: 2. second\nlist_item 1: • third\n");
}

TEST(Pdf, RunningHeadsAndPageNumbersStandOutsideTheText) {
  PdfWriter writer;
  for (int page = 1; page <= 4; ++page) {
    writer.add(PdfWriter::text(72, 760, 10, "The ferry handbook") +
               PdfWriter::text(72, 600, 12, fmt::format("The words of sheet {} here", page)) +
               PdfWriter::text(300, 30, 10, fmt::format("- {} -", page + 6)));
  }
  const Document document = parsed(writer.write(), "pdf");
  ASSERT_EQ(document.blocks.size(), 12U);
  for (std::size_t i = 0; i < document.blocks.size(); ++i) {
    const Block& block = document.blocks[i];
    const bool text = i < 4;
    const bool header = block.text == "The ferry handbook";
    EXPECT_EQ(block.text.starts_with("The words"), text) << block.text;
    EXPECT_EQ(block.locator.part, text ? "" : header ? "header" : "footer") << block.text;
    EXPECT_TRUE(text || block.heading_path.empty());
  }
}

// Found by the fuzzer: without its numbers it looks like a page's, and there is no number in it.
TEST(Pdf, ANumberSignAtTheEdgeIsNoPageNumber) {
  PdfWriter writer;
  for (int page = 0; page < 2; ++page) {
    writer.add(PdfWriter::text(300, 30, 10, "#") + PdfWriter::text(72, 600, 12, "words"));
  }
  for (const Block& block : parsed(writer.write(), "pdf").blocks) EXPECT_EQ(block.locator.part, "") << block.text;
}

TEST(Pdf, WhatStandsAtTheEdgeOnceIsText) {
  PdfWriter writer;
  for (int page = 1; page <= 3; ++page) {
    writer.add(
        PdfWriter::text(72, 760, 10, page == 2 ? "Said once" : "Something else " + std::string(page == 1 ? "a" : "b")) +
        PdfWriter::text(72, 600, 12, "words") + PdfWriter::text(300, 30, 10, fmt::format("{}", page * page)));
  }
  for (const Block& block : parsed(writer.write(), "pdf").blocks) EXPECT_EQ(block.locator.part, "") << block.text;
}

TEST(Pdf, RowsOfShortPiecesAreATableWithItsSpans) {
  const auto row = [](double y, std::vector<std::pair<double, const char*>> cells, std::string_view font = "F") {
    std::string out;
    for (const auto& [x, text] : cells) out += PdfWriter::text(x, y, 11, text, font);
    return out;
  };
  const std::string content =
      PdfWriter::text(72, 740, 11, "Before it stands a sentence.") +
      row(700, {{72, "Pier"}, {200, "Morning"}, {300, "Evening"}}, "B") +
      row(684, {{72, "North"}, {200, "7:30"}, {300, "18:10"}}) +
      row(668, {{72, "South"}, {200, "does not run at all today"}}) + row(652, {{72, "West"}, {300, "19:00"}}) +
      row(636, {{72, "East"}, {200, "8:05"}, {300, "18:40"}}) +
      row(620, {{72, "Island"}, {200, "9:15"}, {300, "20:00"}}) + PdfWriter::text(72, 580, 11, "Behind it as well.");
  const Document document = parsed(one_page(content), "pdf");
  ASSERT_EQ(document.blocks.size(), 3U) << outline(document);
  const Block& table = document.blocks[1];
  EXPECT_EQ(table.kind, BlockKind::table);
  EXPECT_EQ(table.header_rows, 1U);
  EXPECT_EQ(table.cells, (std::vector<std::vector<std::string>>{{"Pier", "Morning", "Evening"},
                                                                {"North", "7:30", "18:10"},
                                                                {"South", "does not run at all today", ""},
                                                                {"West", "", "19:00"},
                                                                {"East", "8:05", "18:40"},
                                                                {"Island", "9:15", "20:00"}}));
  EXPECT_EQ(table.spans, (std::vector<TableSpan>{{2, 1, 1, 2}}));
  EXPECT_EQ(table.locator.page, 1U);
  EXPECT_EQ(table.locator.boxes.size(), 16U);
}

TEST(Pdf, ColumnsOfProseGivenRowByRowAreReadOneAfterTheOther) {
  std::string content;
  for (int i = 0; i < 6; ++i) {
    content += PdfWriter::text(72, 700 - 14 * i, 11, fmt::format("the left says line {}", i)) +
               PdfWriter::text(330, 700 - 14 * i, 11, fmt::format("the right says line {}", i));
  }
  const Document document = parsed(one_page(content), "pdf");
  ASSERT_EQ(document.blocks.size(), 2U) << outline(document);
  EXPECT_TRUE(document.blocks[0].text.starts_with("the left says line 0 the left says line 1"));
  EXPECT_TRUE(document.blocks[1].text.ends_with("the right says line 4 the right says line 5"));
}

TEST(Pdf, MarksFarFromTheirItemsAreNoTable) {
  std::string content;
  for (int i = 1; i < 5; ++i) {
    content += PdfWriter::text(72, 700 - 14 * i, 11, fmt::format("{}.", i)) +
               PdfWriter::text(110, 700 - 14 * i, 11, fmt::format("the rule with number {}", i));
  }
  EXPECT_EQ(outline(parsed(one_page(content), "pdf")),
            "list_item 1: 1. the rule with number 1\nlist_item 1: 2. the rule with number 2\n"
            "list_item 1: 3. the rule with number 3\nlist_item 1: 4. the rule with number 4\n");
}

TEST(Pdf, WordsThatTheLineEndsInAreJoined) {
  const Document document = parsed(
      one_page(PdfWriter::text(72, 700, 12, "the other side of the ri-") + PdfWriter::text(72, 686, 12, "ver is far")),
      "pdf");
  EXPECT_EQ(outline(document), "paragraph: the other side of the river is far\n");
}

TEST(Pdf, FormValuesAndCommentsStandWhereTheyAreOnThePage) {
  PdfWriter writer;
  writer.catalog = "/AcroForm<</Fields[10 0 R]>>";
  writer.add({PdfWriter::text(72, 700, 12, "Name:") + PdfWriter::text(72, 500, 12, "Thank you."),
              "",
              {"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Kim Naru)/Rect[120 690 300 710]>>",
               "<</Type/Annot/Subtype/Text/Contents(please check)/Rect[400 690 420 710]>>"}});
  const Document document = parsed(writer.write(), "pdf");
  EXPECT_EQ(outline(document), "paragraph: Name:\nparagraph: Kim Naru\nquote: please check\nparagraph: Thank you.\n");
  expect_place(block_with(document, "Kim Naru"), 130, 792 - 700, 612, 792);
}

TEST(Pdf, FieldsTakeValuesFromTheirParentsAndChoicesAreNamedAsPeopleSeeThem) {
  PdfWriter writer;
  writer.catalog = "/AcroForm<</Fields[9 0 R 13 0 R 14 0 R 15 0 R 16 0 R]>>";
  writer.objects = {"<</T(city)/FT/Tx/V(Seoul)/Kids[12 0 R]>>",
                    "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 0>>stream\n\nendstream"};
  writer.add({PdfWriter::text(72, 700, 12, "Form"),
              "",
              {"<</Type/Annot/Subtype/Widget/Parent 9 0 R/Rect[120 600 300 620]>>",
               "<</Type/Annot/Subtype/Widget/FT/Ch/Ff 131072/T(boat)/Opt[[(b1)(Blue boat)][(b2)(Red boat)]]/V(b2)"
               "/Rect[120 560 300 580]>>",
               "<</Type/Annot/Subtype/Widget/FT/Btn/T(c1)/TU(Round trip)/V/Yes/AS/Yes/AP<</N<</Yes 10 0 R>>>>"
               "/Rect[120 520 140 540]>>",
               "<</Type/Annot/Subtype/Widget/FT/Tx/Ff 8192/T(p)/V(s3cret)/Rect[120 480 300 500]>>",
               "<</Type/Annot/Subtype/Widget/FT/Tx/F 2/T(h)/V(unseen)/Rect[120 440 300 460]>>"}});
  EXPECT_EQ(outline(parsed(writer.write(), "pdf")),
            "paragraph: Form\nparagraph: Seoul\nparagraph: Red boat\nparagraph: ☑ Round trip\n");
}

TEST(Pdf, WhatAnAppearanceShowsIsReadOnce) {
  PdfWriter writer;
  writer.objects = {
      "<</Type/XObject/Subtype/Form/BBox[0 0 180 20]/Resources<</Font<</F 3 0 R>>>>/Length 36>>stream\n"
      "BT /F 12 Tf 4 5 Td (Kim Naru) Tj ET \nendstream"};
  writer.catalog = "/AcroForm<</Fields[11 0 R]>>";
  writer.add({PdfWriter::text(72, 700, 12, "Name:"),
              "",
              {"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Kim Naru)/AP<</N 9 0 R>>/Rect[120 690 300 710]>>"}});
  const Document document = parsed(writer.write(), "pdf");
  std::string all;
  for (const Block& block : document.blocks) all += block.text + " ";
  EXPECT_EQ(all.find("Kim Naru"), all.rfind("Kim Naru")) << all;
  EXPECT_LT(block_with(document, "Kim Naru").locator.boxes.back().y1, 120);
}

TEST(Pdf, OfAnXfaFormTheValuesAreReadAndTheRestIsSaid) {
  PdfWriter writer;
  writer.objects = {
      "<</Length 68>>stream\n<x:datasets xmlns:x='u'><x:data><who>Kim</who></x:data></x:datasets>\nendstream"};
  writer.catalog = "/NeedsRendering true/AcroForm<</Fields[]/XFA[(datasets)9 0 R]>>";
  writer.add(PdfWriter::text(72, 700, 12, "Please wait..."));
  const Document document = parsed(writer.write(), "pdf");
  EXPECT_TRUE(warns(document, "XFA form"));
  ASSERT_EQ(document.children.size(), 1U);
  EXPECT_NE(outline(document.children[0].document).find("who: Kim"), std::string::npos);
}

TEST(Pdf, PropertiesAndPageNamesAreKept) {
  PdfWriter writer;
  for (int i = 0; i < 4; ++i) writer.add(PdfWriter::text(72, 700, 12, "x"));
  writer.catalog = "/Lang(ko-KR)/PageLabels<</Nums[0<</S/r>>2<</S/D/P(A-)>>]>>";
  writer.info = "/Title(A title)/Author(Someone)/CreationDate(D:20240131093000+09'00')/ModDate(yesterday)";
  const Document document = parsed(writer.write(), "pdf");
  EXPECT_EQ(document.title, "A title");
  EXPECT_EQ(document.metadata, (Metadata{{"title", "A title"},
                                         {"author", "Someone"},
                                         {"created", "2024-01-31T09:30:00+09:00"},
                                         {"modified", "yesterday"},
                                         {"pages", "4"},
                                         {"language", "ko-KR"},
                                         {"page_labels", "1=i, 2=ii, 3-4=A-1-A-2"}}));
}

TEST(Pdf, WhatThePropertiesLackIsTakenFromXmp) {
  const std::string xmp =
      "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
      "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description xmp:CreateDate='2024-01-31T09:30:00Z' "
      "dc:format='application/pdf'><dc:title><rdf:Alt><rdf:li xml:lang='x-default'>나루 안내</rdf:li><rdf:li "
      "xml:lang='en'>Guide</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>Kim</rdf:li><rdf:li>Lee</rdf:li>"
      "</rdf:Seq></dc:creator><pdf:Producer>other</pdf:Producer></rdf:Description></rdf:RDF></x:xmpmeta>";
  PdfWriter writer;
  writer.objects = {fmt::format("<</Type/Metadata/Subtype/XML/Length {}>>\nstream\n{}\nendstream", xmp.size(), xmp)};
  writer.catalog = "/Metadata 9 0 R";
  writer.info = "/Producer(Ours)";
  writer.add(PdfWriter::text(72, 700, 12, "x"));
  const Document document = parsed(writer.write(), "pdf");
  EXPECT_EQ(document.title, "나루 안내");
  EXPECT_EQ(document.metadata, (Metadata{{"producer", "Ours"},
                                         {"pages", "1"},
                                         {"created", "2024-01-31T09:30:00Z"},
                                         {"title", "나루 안내"},
                                         {"author", "Kim, Lee"}}));
}

TEST(Pdf, TheOutlineSaysWhatIsAHeading) {
  PdfWriter writer;
  writer.add(PdfWriter::text(72, 720, 12, "1. Boats") + PdfWriter::text(72, 680, 12, "Boats float on the river.") +
             PdfWriter::text(72, 640, 12, "Small ones") + PdfWriter::text(72, 600, 12, "They turn quickly."));
  // The page is object 14; one entry leads nowhere, and the tree bites its own tail.
  writer.catalog = "/Outlines 9 0 R";
  writer.objects = {"<</First 10 0 R>>", "<</Title(Boats)/Dest[14 0 R/Fit]/First 11 0 R/Next 12 0 R>>",
                    "<</Title(Small ones)/Dest[14 0 R/Fit]/First 10 0 R/Next 11 0 R>>", "<</Title(Nowhere)>>"};
  const Document document = parsed(writer.write(), "pdf");
  EXPECT_EQ(outline(document),
            "heading 1: 1. Boats\nparagraph: Boats float on the river.\nheading 2: Small ones\n"
            "paragraph: They turn quickly.\n");
  EXPECT_EQ(document.blocks.back().heading_path, (std::vector<std::string>{"1. Boats", "Small ones"}));
}

TEST(Pdf, AttachmentsAndPinnedFilesAreChildren) {
  PdfWriter writer;
  writer.objects = {"<</Type/EmbeddedFile/Length 15>>stream\nTwo coins a day\nendstream",
                    "<</Type/Filespec/F(prices.txt)/UF(prices.txt)/EF<</F 9 0 R>>>>"};
  writer.catalog = "/Names<</EmbeddedFiles<</Names[(a)10 0 R(b)<</F(gone.bin)/UF(gone.bin)>>]>>>>";
  writer.add({PdfWriter::text(72, 700, 12, "See the attachment."),
              "",
              {"<</Type/Annot/Subtype/FileAttachment/FS 10 0 R/Rect[300 690 320 710]>>"}});
  const Document document = parsed(writer.write(), "pdf");
  ASSERT_EQ(document.children.size(), 3U);
  for (const std::size_t i : {0U, 1U}) {
    EXPECT_EQ(document.children[i].name, "prices.txt");
    EXPECT_EQ(outline(document.children[i].document), "paragraph: Two coins a day\n");
  }
  EXPECT_EQ(document.children[2].document.format, "unread");
  EXPECT_TRUE(warns(document, "not read: 1 of 3 members (gone.bin)"));
}

TEST(Pdf, PagesWithoutTextAreNamed) {
  PdfWriter writer;
  writer.add(PdfWriter::text(72, 700, 12, "words"));
  for (int i = 0; i < 3; ++i) writer.add(std::string("0 0 100 100 re f"));
  const Document document = parsed(writer.write(), "pdf");
  EXPECT_EQ(document.blocks.size(), 1U);
  EXPECT_TRUE(warns(document, "no text on pages 2-4"));
}

TEST(Pdf, APasswordIsNotAllowedAndDamageIsCorrupt) {
  PdfWriter writer;
  writer.add(PdfWriter::text(72, 700, 12, "secret"));
  const std::string key(32, 'k');
  writer.trailer = "/Encrypt<</Filter/Standard/V 1/R 2/O(" + key + ")/U(" + key + ")/P -4>>/ID[(1)(1)]";
  const Result<Document> locked = parse_bytes(writer.write(), "pdf");
  ASSERT_FALSE(locked.has_value());
  EXPECT_EQ(locked.error().code(), Code::not_allowed);
  const Result<Document> damaged = parse_bytes("%PDF-1.4\nnothing of a PDF follows", "pdf");
  ASSERT_FALSE(damaged.has_value());
  EXPECT_EQ(damaged.error().code(), Code::corrupt);
}

TEST(Pdf, AFileWithoutItsTableIsRead) {
  std::string bytes = one_page(PdfWriter::text(72, 700, 12, "rescued"));
  bytes.resize(bytes.find("xref"));
  EXPECT_EQ(outline(parsed(bytes, "pdf")), "paragraph: rescued\n");
  EXPECT_EQ(outline(parsed("junk before it\n" + one_page(PdfWriter::text(72, 700, 12, "rescued")), "pdf")),
            "paragraph: rescued\n");
}

TEST(Pdf, TooManyPagesAreCutAndSaid) {
  std::string bytes = one_page(PdfWriter::text(72, 700, 12, "again"));
  const std::string kids = "/Kids[10 0 R ]/Count 1";
  const std::size_t at = bytes.find(kids);
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, kids.size(), "/Kids[" + repeated("10 0 R ", 20'050) + "]/Count 20050");
  bytes.resize(bytes.find("xref"));
  const Document document = parsed(bytes, "pdf");
  EXPECT_LE(document.blocks.size(), 20'000U);
  EXPECT_GT(document.blocks.size(), 0U);
  EXPECT_TRUE(warns(document, "of 20050 were read"));
}

TEST(Pdf, LoopsAndBrokenPartsEndWithAWordToTheReader) {
  const std::string loop =
      "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R]/Count 3>>endobj\n"
      "trailer<</Root 1 0 R>>";
  const std::string form =
      "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
      "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</X 4 0 R>>>>>>endobj\n"
      "4 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 6>>stream\n/X Do \nendstream endobj\n"
      "trailer<</Root 1 0 R>>";
  for (const std::string& bytes : {loop, form}) {
    const Result<Document> document = parse_bytes(bytes, "pdf");
    EXPECT_TRUE(!document || !document->warnings.empty());
  }
}

TEST(Pdf, CutAndChangedFilesNeverEndInSilence) {
  PdfWriter writer;
  writer.add(PdfWriter::text(72, 700, 24, "Title") + PdfWriter::text(72, 650, 12, "나루", "K"));
  writer.add({PdfWriter::text(72, 700, 12, "two"), "/Rotate 90", {"<</Subtype/Widget/FT/Tx/V(v)/Rect[1 1 9 9]>>"}});
  const std::string whole = writer.write();
  Random random(3);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = whole;
    if (round % 3 == 0) bytes.resize(random.below(bytes.size()));
    for (std::uint64_t n = random.below(8); n > 0 && !bytes.empty(); --n) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    }
    const Result<Document> document = parse_bytes(bytes, "pdf");
    if (!document) continue;
    EXPECT_FALSE(document->blocks.empty() && document->warnings.empty());
    for (const Block& block : document->blocks) {
      ASSERT_TRUE(document->format != "pdf" || block.locator.page.has_value());
      for (const Box& box : block.locator.boxes) {
        EXPECT_LT(box.x0, box.x1);
        EXPECT_LT(box.y0, box.y1);
      }
    }
  }
}

}  // namespace
}  // namespace naru
