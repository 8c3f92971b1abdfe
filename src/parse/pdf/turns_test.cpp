#include "parse/pdf/turns.h"

#include <gtest/gtest.h>

#include <map>

#include "parse/shared/pdf_testing.h"
#include "parse/shared/testing.h"
#include "runtime/random.h"
#include "runtime/sandbox.h"

namespace naru {
namespace {

TEST(PdfTurns, AFrameIsLeftAsItWasEntered) {
  const Box box{10, 20, 50, 30};
  for (std::uint8_t turn = 0; turn < 4; ++turn) {
    const Box framed = pdf::to_frame(box, turn);
    EXPECT_EQ(pdf::from_frame(framed, turn), box);
    const bool lies = turn % 2 == 0;
    EXPECT_EQ(framed.x1 - framed.x0, lies ? 40 : 10);
    EXPECT_LT(framed.y0, framed.y1);
  }
}

// Paragraphs of words that occur once, turned on pages that are turned themselves: each is read in the order of its
// lines, and each word stands in a box of its block.
TEST(PdfTurns, TurnedParagraphsAreReadInOrderAndFoundAtTheirPlace) {
  constexpr double kWidth = 612, kHeight = 792;
  // Where the origin of a text turned by so many quarters against the clock stands, and how it runs.
  struct Frame {
    double a, b, c, d, x, y;
  };
  constexpr Frame kFrames[] = {
      {1, 0, 0, 1, 80, 600}, {0, 1, -1, 0, 200, 80}, {-1, 0, 0, -1, 500, 200}, {0, -1, 1, 0, 400, 700}};
  Random random(5);
  for (int round = 0; round < (kSanitized ? 8 : 40); ++round) {
    const int rotation = static_cast<int>(random.below(4));
    const Frame& frame = kFrames[random.below(4)];
    std::string content = fmt::format("q {} {} {} {} {} {} cm\n", frame.a, frame.b, frame.c, frame.d, frame.x, frame.y);
    std::map<std::string, std::pair<double, double>> places;
    std::string wanted;
    for (std::uint64_t line = 0, lines = 2 + random.below(4); line < lines; ++line) {
      std::string text;
      for (std::uint64_t n = 2 + random.below(3); n > 0; --n) {
        const std::string word = fmt::format("w{}", places.size());
        // In Helvetica a letter w has 722, a digit 556, a blank 278 thousandths.
        double across = 0;
        for (const char c : text) across += c == ' ' ? 2.78 : c == 'w' ? 7.22 : 5.56;
        const double x = across + 2, y = 3 - 12.0 * static_cast<double>(line);
        places[word] = {frame.a * x + frame.c * y + frame.x, frame.b * x + frame.d * y + frame.y};
        text += word + " ";
      }
      text.pop_back();
      content += PdfWriter::text(0, -12.0 * static_cast<double>(line), 10, text);
      wanted += (wanted.empty() ? "" : " ") + text;
    }
    PdfWriter writer;
    writer.add(PdfWriter::Page{content + "Q\n", fmt::format("/Rotate {}", 90 * rotation), {}});
    const Document document = parsed(writer.write(), "pdf");
    ASSERT_EQ(document.blocks.size(), 1U) << outline(document);
    EXPECT_EQ(document.blocks[0].text, wanted);
    for (const auto& [word, place] : places) {
      const auto [x, y] = place;
      const std::pair<double, double> shown[] = {{x, kHeight - y}, {y, x}, {kWidth - x, y}, {kHeight - y, kWidth - x}};
      const auto [at_x, at_y] = shown[rotation];
      const auto& boxes = document.blocks[0].locator.boxes;
      EXPECT_TRUE(std::any_of(boxes.begin(), boxes.end(), [across = at_x, down = at_y](const Box& box) {
        return box.x0 <= across && across <= box.x1 && box.y0 <= down && down <= box.y1;
      })) << word;
    }
  }
}

}  // namespace
}  // namespace naru
