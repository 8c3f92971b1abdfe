// The documents of tests/golden/parse/hwp/, hwpx/ and hwpml/: one feature each. NARU_UPDATE=1 rewrites them (and
// ParseGolden, run once more, their answers).
#include "parse/hwp/hwp_testing.h"
#include "parse/hwp/hwpx_testing.h"
#include "parse/shared/golden_testing.h"

namespace naru {
namespace {

std::string hangul(const std::string& paragraphs) {
  hwp::HwpxWriter writer;
  writer.sections = {hwp::p(hwp::HwpxWriter::section_start()) + paragraphs};
  return writer.write();
}

std::vector<GoldenSeed> hangul_seeds() {
  using namespace hwp;
  const std::string endnote = "<hp:ctrl><hp:endNote>" + sub_list(p(run_text("미주이다."))) + "</hp:endNote></hp:ctrl>";
  const std::string grid = "<hp:tbl><hp:tr>" + cell(0, 0, p(run_text("가")), 2) + cell(0, 1, p(run_text("나"))) +
                           "</hp:tr><hp:tr>" + cell(1, 1, p(run_text("다"))) + "</hp:tr></hp:tbl>";
  return {{"hwpx/endnote.hwpx", hangul(p(run("<hp:t>본문이다.</hp:t>" + endnote)))},
          {"hwpx/outline.hwpx",
           hangul(p(run_text("총칙"), 1) + p(run_text("목적"), 2) + p(run_text("정의"), 2) + p(run_text("보칙"), 1))},
          {"hwpx/numbers_bullets.hwpx", hangul(p(run_text("하나"), 3) + p(run_text("둘"), 3) + p(run_text("점"), 4))},
          {"hwpx/merged_rows.hwpx", hangul(p(run(grid)))},
          {"hwpx/tracked_changes.hwpx",
           hangul(p(run("<hp:t>배는 <hp:deleteBegin/>한<hp:deleteEnd/><hp:insertBegin/>두<hp:insertEnd/> 번 다닌다."
                        "</hp:t>")))},
          {"hwpx/equation.hwpx",
           hangul(p(run("<hp:t>속력 </hp:t><hp:equation><hp:script>v = s over t</hp:script></hp:equation>")))}};
}

std::string binary(std::vector<hwp::TestParagraph> paragraphs, std::uint32_t more_flags = 0) {
  hwp::HwpWriter writer;
  writer.flags |= more_flags;
  writer.numbering({{"^1.", 1}, {"^2)", 8}});
  writer.shape();
  writer.shape(1, 0);
  writer.shape(2, 0, 1);
  writer.shape(2, 1, 1);
  writer.style("바탕글");
  paragraphs.insert(paragraphs.begin(), hwp::HwpWriter::section_start(1));
  writer.section(paragraphs);
  return writer.write();
}

std::vector<GoldenSeed> binary_seeds() {
  using namespace hwp;
  const auto text = [](std::string_view words) { return std::vector<TestParagraph>{TestParagraph(words)}; };
  TestParagraph notes("본문");
  notes.control(15, "tcmt").list(list_head(), text("숨은 설명"));
  notes.control(17, "en  ", std::string(16, '\0')).list(list_head(), text("미주이다."));
  TestParagraph link("보기: ");
  link.control(3, "%hlk", le(0, 4) + le(0, 1) + text16("http\\://example.org;1;0;0;")).text("나루터").wide(4, 0);
  TestParagraph inner = table_paragraph(1, 2, {{0, 0, 1, 1, text("어른")}, {0, 1, 1, 1, text("아이")}});
  TestParagraph table = table_paragraph(
      2, 2, {{0, 0, 2, 1, text("가")}, {0, 1, 1, 1, text("나")}, {1, 1, 1, 1, {TestParagraph("다"), inner}}}, "표 1");
  TestParagraph equation("속력 ");
  equation.control(11, "eqed", common_head(), {{88, 1, le(0, 4) + text16("v = s over t")}});
  TestParagraph picture;
  picture.control(11, "gso ", common_head("강을 건너는 배"), {{76, 1, std::string(8, '\0')}});
  constexpr std::uint32_t kDistribution = 4;
  return {{"hwp/comment_endnote.hwp", binary({notes})},
          {"hwp/link.hwp", binary({link})},
          {"hwp/nested_table.hwp", binary({table})},
          {"hwp/equation_picture.hwp", binary({equation, picture})},
          {"hwp/numbers.hwp", binary({TestParagraph("하나", 2), TestParagraph("갑", 3), TestParagraph("둘", 2)})},
          {"hwp/distribution.hwp", binary({TestParagraph("운항", 1), TestParagraph("배포용 문서이다.")}, kDistribution)}};
}

std::vector<GoldenSeed> old_markup_seeds() {
  using namespace hwp;
  const std::string merged =
      ml_table({ml_cell(0, 0, "가", "RowSpan=\"2\"") + ml_cell(0, 1, "나"), ml_cell(1, 1, "다")});
  return {{"hwpml/sections.hml", ml_file({ml_line("총칙", 1) + ml_line("목적이다."), ml_line("보칙", 1)})},
          {"hwpml/merged_rows.hml", ml_file({merged})},
          {"hwpml/numbers.hml", ml_file({ml_line("하나", 2) + ml_line("둘", 2) + ml_line("글")})}};
}

TEST(HwpGolden, FeaturesAreInFilesThatTheTestWrites) {
  for (const auto& seeds : {hangul_seeds(), binary_seeds(), old_markup_seeds()}) {
    for (const auto& [name, bytes] : seeds) expect_golden_file(name, bytes);
  }
}

}  // namespace
}  // namespace naru
