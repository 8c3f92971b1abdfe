#include <gtest/gtest.h>

#include "parse/hwp/body.h"
#include "parse/hwp/hwp_testing.h"
#include "parse/hwp/records.h"
#include "parse/shared/testing.h"
#include "runtime/files.h"

namespace naru {
namespace {

using hwp::HwpWriter;
using hwp::TestParagraph;

Document read(const HwpWriter& writer) { return parsed(writer.write(), "hwp"); }

const Block& block_with(const Document& document, std::string_view text) {
  static const Block kNone;
  for (const Block& block : document.blocks) {
    if (block.text.find(text) != std::string::npos) return block;
  }
  ADD_FAILURE() << "no block has " << text << "\n" << outline(document);
  return kNone;
}

TEST(Hwp, ReadsTheHandbookInOrder) {
  const Document document = read(hwp::ferry_handbook());
  EXPECT_EQ(document.title, "나루 안내서");
  EXPECT_EQ(document.language, "ko");
  EXPECT_EQ(outline(document),
            "heading 1: 제1장 운항\n"
            "heading 2: 1.1 시간\n"
            "paragraph: 배는 하루 두 번 강을 건넌다. 겨울에는\t쉰다.\n"
            "paragraph: 1) 물때에 따라 다르다.\n"
            "heading 2: 1.2 뱃삯\n"
            "table: 배 | 요금 | \n큰 배 | 2000원 | 나누면\n | 단체는 따로 | \n"
            "table: 어른 | 아이\n"
            "caption: 표 1 뱃삯\n"
            "list_item 1: 가) 표를 산다\n"
            "list_item 1: 나) 배를 탄다\n"
            "list_item 1: 모자를 잡는다\n"
            "caption: 나루의 그림\n"
            "paragraph: 줄을 서 주세요.\n"
            "paragraph: 속력은 v = s over t이다.\n"
            "heading 1: 제2장 짐\n"
            "heading 3: 큰 짐\n"
            "paragraph: ❶ 『책』\n"
            "paragraph: 나루 운항 규정\n"
            "paragraph: 문의 02-123-4567\n");
  EXPECT_TRUE(document.warnings.empty());
}

TEST(Hwp, EveryBlockStandsInASectionAndAParagraph) {
  const Document document = read(hwp::ferry_handbook());
  for (const Block& block : document.blocks) {
    EXPECT_TRUE(block.locator.section && block.locator.paragraph) << block.text;
  }
  EXPECT_EQ(block_with(document, "제1장").locator.paragraph, 2U);
  EXPECT_EQ(block_with(document, "물때").locator.paragraph, 4U);
  EXPECT_EQ(block_with(document, "큰 짐").locator.section, 2U);
  EXPECT_EQ(block_with(document, "큰 짐").locator.paragraph, 3U);
  EXPECT_EQ(block_with(document, "규정").locator.paragraph, 1U);
  EXPECT_TRUE(block_with(document, "규정").heading_path.empty());
  EXPECT_EQ(block_with(document, "물때").heading_path, (std::vector<std::string>{"제1장 운항", "1.1 시간"}));
}

TEST(Hwp, MergedCellsAndTablesInCellsKeepTheirPlaces) {
  const Document document = read(hwp::ferry_handbook());
  const Block& table = block_with(document, "단체는");
  ASSERT_EQ(table.cells.size(), 3U);
  EXPECT_EQ(table.cells[1], (std::vector<std::string>{"큰 배", "2000원", "나누면"}));
  EXPECT_EQ(table.cells[2], (std::vector<std::string>{"", "단체는 따로", ""}));
  EXPECT_EQ(table.spans, (std::vector<TableSpan>{{0, 1, 1, 2}, {1, 0, 2, 1}, {2, 1, 1, 2}}));
  EXPECT_EQ(block_with(document, "어른").cells, (std::vector<std::vector<std::string>>{{"어른", "아이"}}));
}

TEST(Hwp, TitleCellsNameTheColumns) {
  HwpWriter writer;
  writer.shape();
  TestParagraph paragraph = HwpWriter::section_start();
  paragraph.control(11, "tbl ", hwp::common_head());
  paragraph.sub({77, 1, le(0, 4) + le(2, 2) + le(1, 2) + std::string(14, '\0')});
  paragraph.list(hwp::cell_header(0, 0, 1, 1, true), {TestParagraph("이름")});
  paragraph.list(hwp::cell_header(1, 0), {TestParagraph("나루")});
  writer.section({paragraph});
  EXPECT_EQ(block_with(read(writer), "이름").header_rows, 1U);
}

TEST(Hwp, CellsThatLieAboutTheirPlaceKeepTheirText) {
  HwpWriter writer;
  writer.shape();
  writer.section({hwp::table_paragraph(1, 1,
                                       {{0, 0, 2, 2, {TestParagraph("하나")}},
                                        {1, 1, 1, 1, {TestParagraph("둘")}},
                                        {0, 2, 1, 1, {TestParagraph("셋")}},
                                        {9, 65'000, 60'000, 1, {TestParagraph("넷")}}})});
  const Document document = read(writer);
  EXPECT_EQ(block_with(document, "하나").cells, (std::vector<std::vector<std::string>>{{"하나 둘", "셋"}}));
  EXPECT_TRUE(warns(document, "left out"));
}

TEST(Hwp, ATableOfOneCellIsAFrame) {
  HwpWriter writer;
  writer.shape();
  TestParagraph inner = hwp::table_paragraph(1, 1, {{0, 0, 1, 1, {TestParagraph("속")}}});
  writer.section({hwp::table_paragraph(1, 1, {{0, 0, 1, 1, {TestParagraph("겉"), inner}}})});
  EXPECT_EQ(outline(read(writer)), "paragraph: 겉\nparagraph: 속\n");
}

TEST(Hwp, ControlCharactersHaveTheirWidths) {
  HwpWriter writer;
  writer.shape();
  TestParagraph text("가");
  text.wide(4, 0).text("나").tab().text("다").unit(10).text("라").unit(24).text("마").unit(30).text("바").unit(31);
  text.text("사").wide(19, 0).text("아").wide(8, 0).text("자").unit(25).text("차").text("𠮷");
  writer.section({text});
  EXPECT_EQ(outline(read(writer)), "paragraph: 가나\t다\n라-마 바 사아자차𠮷\n");
}

TEST(Hwp, FieldsGiveTheirResultsAndMarksNothing) {
  HwpWriter writer;
  writer.shape();
  TestParagraph text("보기: ");
  text.control(3, "%hlk", le(0, 4) + le(0, 1) + hwp::text16("http\\://example.org;1;0;0;")).text("나루터").wide(4, 0);
  text.control(22, "bokm").control(22, "idxm", hwp::text16("색인")).control(21, "pgnp", std::string(12, '\0'));
  text.control(18, "atno", le(0, 4) + le(7, 2) + std::string(6, '\0'));  // a page number
  text.control(23, "tdut", hwp::text16("渡") + hwp::text16("도")).control(23, "tcps", hwp::text16("①"));
  writer.section({text});
  EXPECT_EQ(outline(read(writer)), "paragraph: 보기: 나루터渡(도)①\n");
}

TEST(Hwp, CommentsAndEndnotesFollowTheirParagraph) {
  HwpWriter writer;
  writer.shape();
  TestParagraph text("본문");
  text.control(15, "tcmt").list(hwp::list_head(), {TestParagraph("숨은 설명")});
  text.control(17, "en  ", std::string(16, '\0')).list(hwp::list_head(), {TestParagraph("끝말")});
  writer.section({text, TestParagraph("다음")});
  EXPECT_EQ(outline(read(writer)), "paragraph: 본문\nparagraph: 숨은 설명\nparagraph: 끝말\nparagraph: 다음\n");
}

TEST(Hwp, AHeaderOnEverySectionIsGivenOnce) {
  HwpWriter writer;
  writer.shape();
  for (int i = 0; i < 3; ++i) {
    TestParagraph start = HwpWriter::section_start();
    start.control(16, "head", std::string(8, '\0')).list(hwp::list_head(), {TestParagraph("머리말")});
    writer.section({start, TestParagraph("글")});
  }
  EXPECT_EQ(outline(read(writer)), "paragraph: 글\nparagraph: 글\nparagraph: 글\nparagraph: 머리말\n");
}

TEST(Hwp, OpensDistributionDocuments) {
  HwpWriter writer = hwp::ferry_handbook();
  const std::string plain = outline(read(writer));
  writer.flags |= 4;
  EXPECT_EQ(outline(read(writer)), plain);
}

TEST(Hwp, ReadsUncompressedDocumentsAndBothSectorSizes) {
  HwpWriter writer = hwp::ferry_handbook();
  const std::string plain = outline(read(writer));
  writer.flags = 0;
  EXPECT_EQ(outline(read(writer)), plain);
  EXPECT_EQ(outline(parsed(writer.write(true), "hwp")), plain);
}

TEST(Hwp, RefusesPasswordsAndDrmAndOtherVersions) {
  for (const auto& [flag, code] : {std::pair(2U, Code::not_allowed), std::pair(16U, Code::not_allowed),
                                   std::pair(256U, Code::not_allowed), std::pair(1024U, Code::not_allowed)}) {
    HwpWriter writer = hwp::ferry_handbook();
    writer.flags |= flag;
    const Result<Document> document = parse_bytes(writer.write(), "hwp");
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().code(), code) << flag;
  }
  HwpWriter writer = hwp::ferry_handbook();
  writer.version = 0x06000000;
  EXPECT_EQ(parse_bytes(writer.write(), "hwp").error().code(), Code::unsupported);
}

TEST(Hwp, PreviewTextIsTheLastResort) {
  HwpWriter writer;
  writer.flags = 0;
  writer.preview = "첫 줄\r\n둘째 줄";
  writer.raw_section(std::string(40, '\xee'));
  const Document document = read(writer);
  EXPECT_EQ(outline(document), "paragraph: 첫 줄\nparagraph: 둘째 줄\n");
  EXPECT_TRUE(warns(document, "preview"));
}

TEST(Hwp, NestsThatAreTooDeepAreSaid) {
  TestParagraph nest("속");
  for (int i = 0; i < 100; ++i) nest = hwp::table_paragraph(1, 1, {{0, 0, 1, 1, {TestParagraph("겉"), nest}}});
  HwpWriter writer;
  writer.shape();
  writer.section({nest});
  const Document document = read(writer);
  EXPECT_TRUE(warns(document, "nests too deep"));
  EXPECT_FALSE(document.blocks.empty());
}

TEST(Hwp, CutAndDamagedDocumentsAreReadOrRefused) {
  expect_cuts_and_flips_are_survived(hwp::ferry_handbook().write(), "hwp", 97);
}

TEST(Hwp, NumbersCountAsHancomCountsThem) {
  using hwp::format_number, hwp::NumberFormat;
  EXPECT_EQ(format_number(NumberFormat::digit, 12), "12");
  EXPECT_EQ(format_number(NumberFormat::circled_digit, 20), "⑳");
  EXPECT_EQ(format_number(NumberFormat::circled_digit, 21), "21");
  EXPECT_EQ(format_number(NumberFormat::roman_capital, 1994), "MCMXCIV");
  EXPECT_EQ(format_number(NumberFormat::roman_small, 4), "iv");
  EXPECT_EQ(format_number(NumberFormat::hangul_syllable, 14), "하");
  EXPECT_EQ(format_number(NumberFormat::hangul_syllable, 15), "가가");
  EXPECT_EQ(format_number(NumberFormat::hangul_number, 35), "삼십오");
  EXPECT_EQ(format_number(NumberFormat::ideograph, 10), "十");
  EXPECT_EQ(format_number(NumberFormat::stem, 3), "병");
}

TEST(Hwp, DescriptionsThatHancomMakesAreNoText) {
  EXPECT_EQ(hwp::own_description("사각형입니다."), "");
  EXPECT_EQ(hwp::own_description("그림입니다.\r\n원본 그림의 이름: a.png\r\n원본 그림의 크기: 가로 3pixel"), "");
  EXPECT_EQ(hwp::own_description("강을 건너는 배입니다."), "강을 건너는 배입니다.");
}

TEST(HwpRecords, ExtendedSizesAndTreesAreRead) {
  const std::string stream =
      hwp::record_bytes(66, 0, std::string(5000, 'a')) + hwp::record_bytes(67, 1, "b") + hwp::record_bytes(66, 0, "");
  const hwp::Records records = hwp::read_records(stream);
  ASSERT_EQ(records.list.size(), 3U);
  EXPECT_TRUE(records.complete);
  EXPECT_EQ(records.list[0].bytes.size(), 5000U);
  EXPECT_EQ(records.list[0].end, 2U);
  EXPECT_EQ(records.list[1].end, 2U);
  EXPECT_EQ(records.list[2].end, 3U);
  EXPECT_FALSE(hwp::read_records(stream.substr(0, 100)).complete);
}

// The documents of the golden answers and the fuzzers' seeds; NARU_UPDATE=1 rewrites them.
TEST(Hwp, SeedsAreTheOnesThatTheTestWrites) {
  HwpWriter open = hwp::ferry_handbook(), sealed = hwp::ferry_handbook();
  open.flags = 0;
  sealed.flags |= 4;
  for (const auto& [path, bytes] : {std::pair("tests/golden/parse/ferry.hwp", hwp::ferry_handbook().write()),
                                    std::pair("tests/fuzz_seeds/hwp_fuzz/open", open.write()),
                                    std::pair("tests/fuzz_seeds/hwp_fuzz/sealed", sealed.write()),
                                    std::pair("tests/fuzz_seeds/compound_file_fuzz/version4", open.write(true)),
                                    std::pair("tests/fuzz_seeds/compound_file_fuzz/version3", open.write())}) {
    if (std::getenv("NARU_UPDATE") != nullptr) {
      ASSERT_TRUE(write_file(path, bytes));
    }
    const Result<std::string> kept = read_file(path);
    ASSERT_TRUE(kept) << kept.error().describe();
    EXPECT_EQ(*kept, bytes) << path;
  }
}

}  // namespace
}  // namespace naru
