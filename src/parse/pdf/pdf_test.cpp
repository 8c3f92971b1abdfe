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

TEST(Pdf, WordsThatTheLineEndsInAreJoined) {
  const Document document = parsed(
      one_page(PdfWriter::text(72, 700, 12, "the other side of the ri-") + PdfWriter::text(72, 686, 12, "ver is far")),
      "pdf");
  EXPECT_EQ(outline(document), "paragraph: the other side of the river is far\n");
}

TEST(Pdf, FormValuesAndCommentsAreRead) {
  PdfWriter writer;
  writer.catalog = "/AcroForm<</Fields[10 0 R]>>";
  writer.add({PdfWriter::text(72, 700, 12, "Name:"),
              "",
              {"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Kim Naru)/Rect[120 690 300 710]>>",
               "<</Type/Annot/Subtype/Text/Contents(please check)/Rect[400 690 420 710]>>"}});
  const Document document = parsed(writer.write(), "pdf");
  expect_place(block_with(document, "Kim Naru"), 130, 792 - 700, 612, 792);
  EXPECT_EQ(block_with(document, "please check").kind, BlockKind::quote);
}

TEST(Pdf, MetadataIsKept) {
  PdfWriter writer;
  writer.add(PdfWriter::text(72, 700, 12, "x"));
  writer.info = "/Title(A title)/Author(Someone)";
  const Document document = parsed(writer.write(), "pdf");
  EXPECT_EQ(document.title, "A title");
  EXPECT_EQ(document.metadata.at(0), (std::pair<std::string, std::string>("title", "A title")));
  EXPECT_EQ(document.metadata.at(1), (std::pair<std::string, std::string>("author", "Someone")));
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
