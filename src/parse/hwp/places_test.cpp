// Section and paragraph of a block are those in which its text was written, in HWP 5, HWPX and HWPML alike.
#include <gtest/gtest.h>

#include <map>

#include "parse/hwp/hwp_testing.h"
#include "parse/hwp/hwpx_testing.h"
#include "parse/shared/testing.h"
#include "runtime/random.h"

namespace naru {
namespace {

using Place = std::pair<std::uint32_t, std::uint32_t>;

TEST(HwpPlaces, ABlocksTextStandsAtItsSectionAndParagraph) {
  Random random(8);
  for (int round = 0; round < 20; ++round) {
    std::map<std::string, Place> places;
    hwp::HwpWriter binary;
    hwp::HwpxWriter markup;
    std::vector<std::string> old_markup;
    binary.shape();
    binary.style("바탕글");
    int count = 0;
    for (std::uint32_t section = 1; section <= 1 + random.below(3); ++section) {
      std::vector<hwp::TestParagraph> paragraphs = {hwp::HwpWriter::section_start()};
      std::string xml = hwp::p(hwp::HwpxWriter::section_start()), old_xml = hwp::ml_line("");
      for (std::uint32_t paragraph = 2; paragraph < 12; ++paragraph) {
        const std::string text = "글" + std::to_string(++count) + "끝", cell = "칸" + std::to_string(count) + "끝";
        if (random.below(3) == 0) {  // a table stands in the paragraph that holds it
          places[text + " | " + cell] = {section, paragraph};
          paragraphs.push_back(hwp::table_paragraph(
              1, 2, {{0, 0, 1, 1, {hwp::TestParagraph(text)}}, {0, 1, 1, 1, {hwp::TestParagraph(cell)}}}));
          xml += hwp::p(hwp::run("<hp:tbl><hp:tr>" + hwp::cell(0, 0, hwp::p(hwp::run_text(text))) +
                                 hwp::cell(0, 1, hwp::p(hwp::run_text(cell))) + "</hp:tr></hp:tbl>"));
          old_xml += hwp::ml_table({hwp::ml_cell(0, 0, text) + hwp::ml_cell(0, 1, cell)});
        } else if (random.below(4) == 0) {  // empty ones count
          paragraphs.emplace_back("");
          xml += hwp::p("");
          old_xml += hwp::ml_line("");
        } else {
          places[text] = {section, paragraph};
          paragraphs.emplace_back(text);
          xml += hwp::p(hwp::run_text(text));
          old_xml += hwp::ml_line(text);
        }
      }
      binary.section(paragraphs);
      markup.sections.push_back(xml);
      old_markup.push_back(old_xml);
    }
    for (const auto& [bytes, extension] : {std::pair(binary.write(), "hwp"), std::pair(markup.write(), "hwpx"),
                                           std::pair(hwp::ml_file(old_markup), "hml")}) {
      std::map<std::string, Place> read;
      for (const Block& block : parsed(bytes, extension).blocks) {
        read[block.text] = {block.locator.section.value_or(0), block.locator.paragraph.value_or(0)};
      }
      EXPECT_EQ(read, places) << extension;
    }
  }
}

}  // namespace
}  // namespace naru
