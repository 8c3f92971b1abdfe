// The HWPX documents of tests/golden/parse/hwpx/: one feature each. NARU_UPDATE=1 rewrites them (and ParseGolden, run
// once more, their answers).
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

TEST(HwpxGolden, FeaturesAreInFilesThatTheTestWrites) {
  for (const auto& [name, bytes] : hangul_seeds()) expect_golden_file(name, bytes);
}

}  // namespace
}  // namespace naru
