#include <gtest/gtest.h>

#include "parse/hwp/hwp_testing.h"
#include "parse/hwp/hwpx_testing.h"
#include "parse/shared/testing.h"
#include "runtime/files.h"

namespace naru {
namespace {

using hwp::HwpxWriter;
using hwp::p;
using hwp::run;
using hwp::run_text;

Document read(const std::vector<std::string>& sections) {
  HwpxWriter writer;
  writer.sections = sections;
  return parsed(writer.write(), "hwpx");
}

// One model for both: equal documents give equal blocks at equal places.
TEST(Hwpx, ReadsTheHandbookAsHwpDoes) {
  Document from_hwp = parsed(hwp::ferry_handbook().write(), "hwp");
  Document from_hwpx = parsed(hwp::ferry_handbook_x().write(), "hwpx");
  EXPECT_EQ(outline(from_hwpx), outline(from_hwp));
  EXPECT_EQ(from_hwpx.blocks, from_hwp.blocks);
  EXPECT_EQ(from_hwpx.metadata, from_hwp.metadata);
  EXPECT_TRUE(from_hwpx.warnings.empty());
}

TEST(Hwpx, SectionsStandInTheOrderOfThePackage) {
  HwpxWriter writer;
  writer.sections = {p(run_text("하나")), p(run_text("둘"))};
  writer.spine = "<opf:itemref idref=\"section1\"/><opf:itemref idref=\"section0\"/>";
  EXPECT_EQ(outline(parsed(writer.write(), "hwpx")), "paragraph: 둘\nparagraph: 하나\n");
  EXPECT_EQ(outline(parsed(writer.write(false), "hwpx")), "paragraph: 하나\nparagraph: 둘\n");
}

TEST(Hwpx, MasterPagesAreReadOnceAtTheEnd) {
  HwpxWriter writer;
  writer.sections = {p(run_text("글"))};
  writer.package_items = "<opf:item id=\"masterpage0\" href=\"Contents/section0.xml\"/>";
  EXPECT_EQ(outline(parsed(writer.write(), "hwpx")), "paragraph: 글\nparagraph: 글\n");
}

TEST(Hwpx, TrackedDeletionsAreGoneAndInsertionsStay) {
  const Document document = read({p(run("<hp:t>가<hp:insertBegin/>나<hp:insertEnd/><hp:deleteBegin/>다</hp:t><hp:t>라"
                                        "<hp:deleteEnd/>마</hp:t>")) +
                                  p(run("<hp:t>바<hp:deleteBegin/>사</hp:t>")) + p(run_text("아"))});
  EXPECT_EQ(outline(document), "paragraph: 가나마\nparagraph: 바\nparagraph: 아\n");
}

TEST(Hwpx, MarksInTextHaveTheirCharacters) {
  const Document document =
      read({p(run("<hp:t>가<hp:lineBreak/>나<hp:hyphen/>다<hp:nbSpace/>라<hp:fwSpace/>마<hp:markpenBegin/>"
                  "바<hp:markpenEnd/>&lt;사&gt;</hp:t>"))});
  EXPECT_EQ(outline(document), "paragraph: 가\n나-다 라 마바<사>\n");
}

TEST(Hwpx, NotesMemosAndRubyKeepTheirText) {
  const std::string memo =
      "<hp:ctrl><hp:fieldBegin type=\"MEMO\"><hp:parameters><hp:stringParam>x</hp:stringParam>"
      "</hp:parameters>" +
      hwp::sub_list(p(run_text("메모"))) + "</hp:fieldBegin></hp:ctrl>";
  const std::string comment =
      "<hp:ctrl><hp:hiddenComment>" + hwp::sub_list(p(run_text("숨은 설명"))) + "</hp:hiddenComment></hp:ctrl>";
  const std::string ruby = "<hp:dutmal><hp:mainText>渡</hp:mainText><hp:subText>도</hp:subText></hp:dutmal>";
  const std::string page = "<hp:ctrl><hp:autoNum num=\"3\" numType=\"PAGE\"/><hp:pageNum/></hp:ctrl>";
  const Document document = read({p(run(memo + "<hp:t>본문</hp:t><hp:ctrl><hp:fieldEnd/></hp:ctrl>" + ruby + comment +
                                        "<hp:compose composeText=\"①\"/>" + page))});
  EXPECT_EQ(outline(document), "paragraph: 본문渡(도)①\nparagraph: 메모\nparagraph: 숨은 설명\n");
}

TEST(Hwpx, BoxesInGroupsAndTextArtAreRead) {
  const std::string rect = "<hp:rect><hp:drawText>" + hwp::sub_list(p(run_text("상자"))) + "</hp:drawText></hp:rect>";
  const Document document =
      read({p(run("<hp:container>" + rect + "<hp:container>" + rect + "</hp:container></hp:container>")) +
            p(run("<hp:textart text=\"나루터\"/>"))});
  EXPECT_EQ(outline(document), "paragraph: 상자\nparagraph: 상자\nparagraph: 나루터\n");
}

TEST(Hwpx, RefusesEncryptedDocuments) {
  HwpxWriter writer = hwp::ferry_handbook_x();
  writer.manifest =
      "<odf:manifest xmlns:odf=\"o\"><odf:file-entry full-path=\"Contents/section0.xml\">"
      "<odf:encryption-data/></odf:file-entry></odf:manifest>";
  EXPECT_EQ(parse_bytes(writer.write(), "hwpx").error().code(), Code::not_allowed);
}

TEST(Hwpx, PreviewTextIsTheLastResort) {
  HwpxWriter writer;
  writer.preview = "첫 줄";
  writer.sections = {"<hp:p"};
  const Document document = parsed(writer.write(), "hwpx");
  EXPECT_EQ(outline(document), "paragraph: 첫 줄\n");
  EXPECT_TRUE(warns(document, "preview"));
  writer.sections = {p("")};  // read, and without a word
  EXPECT_EQ(outline(parsed(writer.write(), "hwpx")), "");
}

TEST(Hwpx, CutAndDamagedDocumentsAreReadOrRefused) {
  expect_cuts_and_flips_are_survived(hwp::ferry_handbook_x().write(), "hwpx", 97);
}

TEST(Hwpml, ReadsHeadingsNumbersTablesAndNotes) {
  const Document document = parsed(hwp::ferry_handbook_ml(), "hml");
  EXPECT_EQ(document.format, "hwpml");
  EXPECT_EQ(document.title, "나루");
  EXPECT_EQ(outline(document),
            "heading 1: 운항\n"
            "heading 2: 시간\n"
            "paragraph: 배는\t하루 두 번\n"
            "list_item 1: 가) 표를 산다\n"
            "list_item 1: 나) 배를 탄다\n"
            "caption: 뱃삯\n"
            "table: 배 | 요금\n모두 2000원 | \n"
            "paragraph: 끝\n"
            "paragraph: 주석\n");
  EXPECT_EQ(document.blocks[6].spans, (std::vector<TableSpan>{{1, 0, 1, 2}}));
  EXPECT_EQ(document.blocks[6].header_rows, 1U);
  EXPECT_EQ(document.blocks.back().locator.paragraph, 7U);
}

// The documents of the golden answers and the fuzzers' seeds; NARU_UPDATE=1 rewrites them.
TEST(Hwpx, SeedsAreTheOnesThatTheTestWrites) {
  for (const auto& [path, bytes] : {std::pair("tests/golden/parse/ferry.hwpx", hwp::ferry_handbook_x().write()),
                                    std::pair("tests/golden/parse/ferry.hml", hwp::ferry_handbook_ml()),
                                    std::pair("tests/fuzz_seeds/hwpx_fuzz/ferry", hwp::ferry_handbook_x().write()),
                                    std::pair("tests/fuzz_seeds/hwpml_fuzz/ferry", hwp::ferry_handbook_ml())}) {
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
