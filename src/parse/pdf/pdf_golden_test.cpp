// The PDFs in tests/golden/parse/: one feature of the layout each. NARU_UPDATE=1 rewrites them (and ParseGolden, run
// once more, their answers).
#include "parse/shared/golden_testing.h"
#include "parse/shared/pdf_testing.h"
#include "parse/shared/testing.h"

namespace naru {
namespace {

std::string page(const std::string& content, const std::string& entries = "") {
  PdfWriter writer;
  writer.add({content, entries, {}});
  return writer.write();
}

std::string stream_of(std::string_view bytes) {
  return fmt::format("<</Length {}>>\nstream\n{}\nendstream", bytes.size(), bytes);
}

// Korean from top to bottom, its second line to the left of the first: each character is placed for itself. Their font
// draws each of them as a square: PDFium leaves out what shows nothing at all.
std::string vertical_writing() {
  PdfWriter writer;
  std::string content, meanings, names;
  int code = 33;
  const auto column = [&](double x, std::u32string_view text) {
    double y = 700;
    for (const char32_t c : text) {
      content += fmt::format("BT /S 12 Tf {} {} Td <{:02X}> Tj ET\n", x, y, code);
      meanings += fmt::format("<{:02X}> <{:04X}>\n", code, static_cast<unsigned>(c));
      names += "/s";
      ++code;
      y -= 13;
    }
  };
  column(500, U"배는하루두번");
  column(482, U"강을건넌다.");
  const std::string table = fmt::format(
      "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n1 begincodespacerange <00> <FF> "
      "endcodespacerange\n"
      "{} beginbfchar\n{}endbfchar\nendcmap end end",
      code - 33, meanings);
  writer.objects = {fmt::format("<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 900]/FontMatrix[.001 0 0 .001 0 0]"
                                "/FirstChar 33/LastChar {}/Widths[{}]/CharProcs<</s 10 0 R>>"
                                "/Encoding<</Differences[33{}]>>/ToUnicode 11 0 R>>",
                                code - 1, repeated("1000 ", static_cast<std::size_t>(code - 33)), names),
                    stream_of("1000 0 0 0 1000 900 d1 0 0 1000 900 re f"), stream_of(table)};
  writer.fonts = "/S 9 0 R";
  writer.add(content + PdfWriter::text(72, 300, 12, "이 줄은 가로로 쓴다.", "K"));
  return writer.write();
}

// Fonts of Korea's character collection without a table to Unicode: by Unicode, by code page 949, and by numbers of the
// collection's own.
std::string korean_collection() {
  PdfWriter writer;
  const auto font = [&](std::string_view encoding) {
    const std::size_t number = 9 + writer.objects.size();
    writer.objects.push_back(
        fmt::format("<</Type/Font/Subtype/Type0/BaseFont/HYSMyeongJo-Medium/Encoding/{}/DescendantFonts[{} 0 R]>>",
                    encoding, number + 1));
    writer.objects.emplace_back(
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/HYSMyeongJo-Medium/CIDSystemInfo<</Registry(Adobe)/Ordering(Korea1)"
        "/Supplement 1>>/DW 1000/FontDescriptor 8 0 R>>");
    return number;
  };
  std::string content;
  double y = 700;
  // The word "나루" in each of them.
  for (const auto& [encoding, word] : std::vector<std::pair<std::string, std::string>>{{"UniKS-UCS2-H", "B098B8E8"},
                                                                                       {"UniKS-UTF16-H", "B098B8E8"},
                                                                                       {"KSCms-UHC-H", "B3AAB7E7"},
                                                                                       {"KSC-EUC-H", "B3AAB7E7"},
                                                                                       {"Identity-H", "05610716"}}) {
    writer.fonts += fmt::format("/N{} {} 0 R", static_cast<int>(y), font(encoding));
    content += PdfWriter::text(72, y, 12, encoding) +
               fmt::format("BT /N{} 12 Tf 300 {} Td <{}> Tj ET\n", static_cast<int>(y), y, word);
    y -= 30;
  }
  writer.add(content);
  return writer.write();
}

// Hebrew and Arabic as most programs write them: the glyphs of a line from left to right, which is backwards.
std::string right_to_left() {
  return page(PdfWriter::text(300, 700, 12, "םלוע םולש", "K") + PdfWriter::text(300, 670, 12, "12 רפסמ", "K") +
              PdfWriter::text(300, 640, 12, "ملاعلاب ابحرم", "K") +
              PdfWriter::text(72, 600, 12, "and a line of English"));
}

// Tags: a heading that is set as small as the text, a paragraph that is set large, a picture with words for it, a
// caption and a note in the middle of the page.
std::string tagged() {
  PdfWriter writer;
  const std::vector<std::string> kinds = {"/H2", "/P", "/Figure/Alt(A ferry on the river)", "/Caption", "/Note"};
  constexpr std::size_t kFirst = 11;                          // of the elements, behind the root and its table
  const std::size_t page_number = kFirst + kinds.size() + 1;  // behind the content
  std::string elements, table;
  for (std::size_t i = 0; i < kinds.size(); ++i) elements += fmt::format("{} 0 R ", kFirst + i);
  writer.objects = {fmt::format("<</Type/StructTreeRoot/K[{}]/ParentTree 10 0 R>>", elements),
                    fmt::format("<</Nums[0[{}]]>>", elements)};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    writer.objects.push_back(fmt::format("<</Type/StructElem/S{}/P 9 0 R/Pg {} 0 R/K {}>>", kinds[i], page_number, i));
  }
  writer.catalog = "/MarkInfo<</Marked true>>/StructTreeRoot 9 0 R";
  const auto marked = [](int id, const std::string& content) {
    return fmt::format("/X <</MCID {}>> BDC\n{}EMC\n", id, content);
  };
  writer.add(PdfWriter::Page{marked(0, PdfWriter::text(72, 700, 11, "The crossing")) +
                                 marked(1, PdfWriter::text(72, 670, 20, "Ferries cross twice a day.")) +
                                 marked(2, "72 560 100 80 re f\n") +
                                 marked(3, PdfWriter::text(72, 540, 11, "The ferry in the morning")) +
                                 marked(4, PdfWriter::text(72, 500, 11, "Not in winter.")),
                             "/StructParents 0",
                             {}});
  return writer.write();
}

std::string captions_and_footnotes() {
  std::string content =
      PdfWriter::text(72, 720, 11, "The ferry is older than the bridge.1 It crosses the river here.") +
      PdfWriter::text(72, 690, 10, "Figure 3: The ferry in winter") +
      PdfWriter::text(72, 660, 11, "Figure 3 shows the ferry as it was in the years before.") +
      PdfWriter::text(72, 630, 11, "표 1 뱃삯", "K") +
      PdfWriter::text(72, 600, 11, "And so it goes on with the words of the text itself.") +
      PdfWriter::text(72, 120, 8, "1 As the book of the town has it, page 12,") +
      PdfWriter::text(72, 110, 8, "and other books as well.") + PdfWriter::text(72, 95, 8, "* Not in winter.");
  return page(content);
}

// A cell that wraps, a header on a ground.
std::string ruled_table() {
  std::string content = "0.85 g 72 690 300 20 re f 0 g\n";
  for (const double y : {710, 690, 650, 630, 610}) content += fmt::format("72 {} m 372 {} l S\n", y, y);
  for (const double x : {72, 272, 372}) content += fmt::format("{} 610 m {} 710 l S\n", x, x);
  content += "152 610 m 152 710 l S\n";
  return page(content + PdfWriter::text(80, 696, 11, "선착장", "K") + PdfWriter::text(160, 696, 11, "배", "K") +
              PdfWriter::text(280, 696, 11, "요금", "K") + PdfWriter::text(80, 676, 11, "북쪽", "K") +
              PdfWriter::text(160, 676, 11, "The ferry that runs") + PdfWriter::text(280, 676, 11, "2,000") +
              PdfWriter::text(160, 662, 11, "in the morning") + PdfWriter::text(80, 636, 11, "남쪽", "K") +
              PdfWriter::text(160, 636, 11, "Raft") + PdfWriter::text(280, 636, 11, "500") +
              PdfWriter::text(80, 616, 11, "섬", "K") + PdfWriter::text(160, 616, 11, "Steamer") +
              PdfWriter::text(280, 616, 11, "3,500") + PdfWriter::text(72, 580, 11, "Behind the table."));
}

std::vector<GoldenSeed> page_seeds() {
  const std::string turned = "q 0 1 -1 0 400 100 cm " + PdfWriter::text(0, 0, 12, "runs up the page") +
                             PdfWriter::text(0, -14, 12, "and its second line") + "Q q 0 -1 1 0 200 500 cm " +
                             PdfWriter::text(0, 0, 12, "runs down") + PdfWriter::text(0, -14, 12, "and goes on") +
                             "Q q -1 0 0 -1 300 600 cm " + PdfWriter::text(0, 0, 12, "on its head") + "Q " +
                             PdfWriter::text(72, 700, 12, "as usual");
  std::string columns;
  for (int i = 0; i < 6; ++i) {
    columns += PdfWriter::text(72, 700 - 14 * i, 11, fmt::format("left column line {}", i)) +
               PdfWriter::text(330, 700 - 14 * i, 11, fmt::format("right column line {}", i));
  }
  PdfWriter heads;
  for (int i = 1; i <= 4; ++i) {
    heads.add(PdfWriter::text(72, 760, 9, "Ferry handbook") + PdfWriter::text(300, 30, 9, std::to_string(i)) +
              PdfWriter::text(72, 600, 11, fmt::format("Text of page {} alone.", i)));
  }
  std::string table = PdfWriter::text(72, 740, 11, "When the ferry leaves:");
  for (int i = 0; i < 5; ++i) {
    table += PdfWriter::text(72, 700 - 16 * i, 11, i == 0 ? "Pier" : fmt::format("Pier {}", i), i == 0 ? "B" : "F") +
             PdfWriter::text(200, 700 - 16 * i, 11, i == 3 ? "not at all on this day" : fmt::format("7:0{}", i)) +
             (i == 3 ? "" : PdfWriter::text(290, 700 - 16 * i, 11, fmt::format("18:3{}", i)));
  }
  std::string list;
  for (int i = 1; i < 4; ++i) {
    list += PdfWriter::text(72, 700 - 14 * i, 11, fmt::format("{}.", i)) +
            PdfWriter::text(110, 700 - 14 * i, 11, fmt::format("rule with number {}", i));
  }
  return {{"pdf/two_columns.pdf", page(columns)},
          {"pdf/ruled_table.pdf", ruled_table()},
          {"pdf/tagged.pdf", tagged()},
          {"pdf/captions_and_footnotes.pdf", captions_and_footnotes()},
          {"pdf/unruled_table.pdf", page(table)},
          {"pdf/list.pdf", page(list)},
          {"pdf/running_heads.pdf", heads.write()},
          {"pdf/hyphen.pdf", page(PdfWriter::text(72, 700, 11, "The ferry crosses in the morn-") +
                                  PdfWriter::text(72, 686, 11, "ing and comes back at night."))},
          {"pdf/hyphens_of_words.pdf",
           page(PdfWriter::text(72, 700, 11, "A worst-case plan is made for the cross-") +
                PdfWriter::text(72, 686, 11, "ing by Jean-") + PdfWriter::text(72, 672, 11, "Pierre: in the worst-") +
                PdfWriter::text(72, 658, 11, "case it ends at the land-") +
                PdfWriter::text(72, 644, 11, "ing, says the soft hy\\255") + PdfWriter::text(72, 630, 11, "phen."))},
          {"pdf/rotated_page.pdf", page(PdfWriter::text(100, 400, 12, "Turned by the page"), "/Rotate 180")},
          {"pdf/turned_text.pdf", page(turned)},
          {"pdf/vertical_writing.pdf", vertical_writing()},
          {"pdf/right_to_left.pdf", right_to_left()},
          {"pdf/korean_collection.pdf", korean_collection()},
          {"pdf/hangul.pdf", page(PdfWriter::text(72, 700, 16, "나루 안내", "K") +
                                  PdfWriter::text(72, 670, 11, "배는 하루 두 번 강을 건넌다.", "K"))}};
}

TEST(PdfGolden, FeaturesAreInFilesThatTheTestWrites) {
  for (const auto& [name, bytes] : page_seeds()) expect_golden_file(name, bytes);
}

}  // namespace
}  // namespace naru
