// HWPX and HWPML documents of our own making, by markup. For tests only.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "runtime/zip_testing.h"

namespace naru::hwp {

inline std::string run(std::string_view inside) { return "<hp:run>" + std::string(inside) + "</hp:run>"; }
inline std::string run_text(std::string_view text) { return run("<hp:t>" + std::string(text) + "</hp:t>"); }
inline std::string p(std::string_view runs, int shape = 0, int style = 0) {
  return "<hp:p paraPrIDRef=\"" + std::to_string(shape) + "\" styleIDRef=\"" + std::to_string(style) + "\">" +
         std::string(runs) + "</hp:p>";
}
inline std::string sub_list(std::string_view paragraphs) {
  return "<hp:subList>" + std::string(paragraphs) + "</hp:subList>";
}
inline std::string cell(int row, int column, std::string_view paragraphs, int rows = 1, int columns = 1) {
  const auto text = [](int number) { return "\"" + std::to_string(number) + "\""; };
  return "<hp:tc header=\"0\">" + sub_list(paragraphs) + "<hp:cellAddr colAddr=" + text(column) +
         " rowAddr=" + text(row) + "/><hp:cellSpan colSpan=" + text(columns) + " rowSpan=" + text(rows) + "/></hp:tc>";
}

struct HwpxWriter {
  // Shapes 1 to 4: heading, heading below, numbered, bullet.
  std::string head =
      "<hh:numberings><hh:numbering id=\"1\"><hh:paraHead start=\"1\" level=\"1\" "
      "numFormat=\"DIGIT\">제^1장</hh:paraHead>"
      "<hh:paraHead start=\"1\" level=\"2\" numFormat=\"DIGIT\">^1.^2</hh:paraHead></hh:numbering>"
      "<hh:numbering id=\"2\"><hh:paraHead start=\"1\" level=\"1\" numFormat=\"HANGUL_SYLLABLE\">^1)</hh:paraHead>"
      "</hh:numbering></hh:numberings><hh:paraProperties><hh:paraPr id=\"0\"><hh:heading type=\"NONE\" idRef=\"0\" "
      "level=\"0\"/></hh:paraPr><hh:paraPr id=\"1\"><hh:heading type=\"OUTLINE\" idRef=\"0\" level=\"0\"/></hh:paraPr>"
      "<hh:paraPr id=\"2\"><hh:heading type=\"OUTLINE\" idRef=\"0\" level=\"1\"/></hh:paraPr>"
      "<hh:paraPr id=\"3\"><hh:heading type=\"NUMBER\" idRef=\"2\" level=\"0\"/></hh:paraPr>"
      "<hh:paraPr id=\"4\"><hh:heading type=\"BULLET\" idRef=\"1\" level=\"0\"/></hh:paraPr></hh:paraProperties>"
      "<hh:styles><hh:style id=\"0\" name=\"바탕글\"/><hh:style id=\"1\" name=\"개요 3\"/></hh:styles>";
  std::vector<std::string> sections;
  std::string manifest = "<odf:manifest xmlns:odf=\"o\"/>";
  std::string preview = "미리 보기";
  std::string package_items, spine;  // beside the sections; `spine` empty: in their order

  static std::string section_start() { return run("<hp:secPr outlineShapeIDRef=\"1\"/>"); }

  std::string write(bool with_package = true) const {
    std::vector<testing::ZipFile> files = {
        {"mimetype", "application/hwp+zip", true},
        {"META-INF/manifest.xml", manifest, true},
        {"Contents/header.xml", "<hh:head xmlns:hh=\"h\"><hh:refList>" + head + "</hh:refList></hh:head>", true},
        {"Preview/PrvText.txt", preview, true}};
    std::string items = package_items, order = spine;
    for (std::size_t i = 0; i < sections.size(); ++i) {
      const std::string number = std::to_string(i), name = "Contents/section" + number + ".xml";
      files.push_back({name, "<hs:sec xmlns:hs=\"s\" xmlns:hp=\"p\">" + sections[i] + "</hs:sec>", true});
      items += "<opf:item id=\"section" + number + "\" href=\"" + name + "\"/>";
      if (spine.empty()) order += "<opf:itemref idref=\"section" + number + "\"/>";
    }
    if (with_package) {
      files.push_back({"Contents/content.hpf",
                       "<opf:package xmlns:opf=\"o\"><opf:metadata><opf:title>나루 안내서</opf:title>"
                       "<opf:meta name=\"creator\" content=\"text\">나루지기</opf:meta>"
                       "<opf:meta name=\"CreatedDate\" content=\"text\">2024-01-01T00:00:00Z</opf:meta>"
                       "</opf:metadata><opf:manifest>" +
                           items + "</opf:manifest><opf:spine>" + order + "</opf:spine></opf:package>",
                       true});
    }
    return testing::make_zip(files);
  }
};

// The same text as ferry_handbook() in hwp_testing.h.
inline HwpxWriter ferry_handbook_x() {
  HwpxWriter writer;
  const std::string header =
      "<hp:ctrl><hp:header>" + sub_list(p(run_text("나루 운항 규정"))) + "</hp:header></hp:ctrl>";
  const std::string footer =
      "<hp:ctrl><hp:footer>" + sub_list(p(run_text("문의 02-123-4567"))) + "</hp:footer></hp:ctrl>";
  const std::string number =
      "<hp:ctrl><hp:autoNum num=\"1\" numType=\"FOOTNOTE\"><hp:autoNumFormat type=\"DIGIT\" suffixChar=\")\"/>"
      "</hp:autoNum></hp:ctrl>";
  const std::string note = "<hp:ctrl><hp:footNote>" + sub_list(p(run(number + "<hp:t> 물때에 따라 다르다.</hp:t>"))) +
                           "</hp:footNote></hp:ctrl>";
  const std::string inner =
      "<hp:tbl><hp:tr>" + cell(0, 0, p(run_text("어른"))) + cell(0, 1, p(run_text("아이"))) + "</hp:tr></hp:tbl>";
  const std::string table = "<hp:tbl repeatHeader=\"1\"><hp:caption side=\"BOTTOM\">" +
                            sub_list(p(run_text("표 1 뱃삯"))) + "</hp:caption><hp:tr>" +
                            cell(0, 0, p(run_text("배"))) + cell(0, 1, p(run_text("요금")), 1, 2) + "</hp:tr><hp:tr>" +
                            cell(1, 0, p(run_text("큰 배")), 2) + cell(1, 1, p(run_text("2000원"))) +
                            cell(1, 2, p(run_text("나누면")) + p(run(inner))) + "</hp:tr><hp:tr>" +
                            cell(2, 1, p(run_text("단체는 따로")), 1, 2) + "</hp:tr></hp:tbl>";
  const std::string box =
      "<hp:rect><hp:sz/><hp:shapeComment>사각형입니다.\n나루의 그림</hp:shapeComment><hp:drawText>" +
      sub_list(p(run_text("줄을 서 주세요."))) + "</hp:drawText></hp:rect>";
  const std::string equation =
      "<hp:t>속력은 </hp:t><hp:equation><hp:script>v = s over t</hp:script></hp:equation>"
      "<hp:t>이다.</hp:t>";
  writer.sections = {
      p(HwpxWriter::section_start() + run(header + footer)) + p(run_text("운항"), 1) + p(run_text("시간"), 2) +
          p(run("<hp:t>배는 하루 두 번 강을 건넌다.</hp:t>" + note + "<hp:t> 겨울에는<hp:tab/>쉰다.</hp:t>")) +
          p(run_text("뱃삯"), 2) + p(run(table)) + p(run_text("표를 산다"), 3) + p(run_text("배를 탄다"), 3) +
          p(run_text("모자를 잡는다"), 4) + p(run(box)) + p(run(equation)),
      p(HwpxWriter::section_start()) + p(run_text("짐"), 1) + p(run_text("큰 짐"), 0, 1) +
          p(run_text("󰊱 \U000f0854책\U000f0855"))};
  return writer;
}

// ---- HWPML ----------------------------------------------------------------------------------------------------------

inline std::string ml_line(std::string_view text, int shape = 0, int style = 0) {
  return fmt::format(R"(<P ParaShape="{}" Style="{}"><TEXT><CHAR>{}</CHAR></TEXT></P>)", shape, style, text);
}

inline std::string ml_cell(int row, int column, std::string_view text, std::string_view spans = "") {
  return fmt::format(R"(<CELL ColAddr="{}" RowAddr="{}" {}><PARALIST>{}</PARALIST></CELL>)", column, row, spans,
                     ml_line(text));
}

// A paragraph with a table; `rows`: their cells.
inline std::string ml_table(const std::vector<std::string>& rows, std::string_view before = {}) {
  return fmt::format("<P><TEXT><TABLE RepeatHeader=\"true\">{}<ROW>{}</ROW></TABLE></TEXT></P>", before,
                     fmt::join(rows, "</ROW><ROW>"));
}

// Shapes of paragraphs: 0 text, 1 a heading, 2 numbered; style 1 is a heading below.
inline std::string ml_file(const std::vector<std::string>& sections) {
  constexpr std::string_view kHead =
      "<DOCSUMMARY><TITLE>나루</TITLE><AUTHOR>나루지기</AUTHOR></DOCSUMMARY><MAPPINGTABLE><PARASHAPELIST><PARASHAPE Id=\"0\" "
      "HeadingType=\"None\"/><PARASHAPE Id=\"1\" HeadingType=\"Outline\" Level=\"0\"/><PARASHAPE Id=\"2\" "
      "HeadingType=\"Number\" Heading=\"5\" Level=\"0\"/></PARASHAPELIST><NUMBERINGLIST><NUMBERING Id=\"5\"><PARAHEAD "
      "Level=\"1\" NumFormat=\"HangulSyllable\" Start=\"1\">^1)</PARAHEAD></NUMBERING></NUMBERINGLIST><STYLELIST>"
      "<STYLE Id=\"1\" Name=\"개요 2\"/></STYLELIST></MAPPINGTABLE>";
  std::string body;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    body += fmt::format("<SECTION Id=\"{}\">{}</SECTION>", i, sections[i]);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><HWPML Version=\"2.8\"><HEAD SecCnt=\"{}\">{}</HEAD><BODY>{}</BODY>"
      "</HWPML>",
      sections.size(), kHead, body);
}

inline std::string ferry_handbook_ml() {
  const std::string caption =
      "<SHAPEOBJECT><CAPTION Side=\"Top\"><PARALIST>" + ml_line("뱃삯") + "</PARALIST></CAPTION></SHAPEOBJECT>";
  return ml_file(
      {ml_line("운항", 1) + ml_line("시간", 0, 1) + ml_line("배는<TAB/>하루 두 번") + ml_line("표를 산다", 2) +
       ml_line("배를 탄다", 2) +
       ml_table({ml_cell(0, 0, "배") + ml_cell(0, 1, "요금"), ml_cell(1, 0, "모두 2000원", "ColSpan=\"2\"")}, caption) +
       "<P><TEXT><CHAR>끝</CHAR><FOOTNOTE><PARALIST>" + ml_line("주석") + "</PARALIST></FOOTNOTE></TEXT></P>"});
}

}  // namespace naru::hwp
