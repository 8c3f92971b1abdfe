#include "parse/pdf/turns.h"

#include <algorithm>
#include <cmath>

#include "text/unicode.h"

namespace naru::pdf {

namespace {

constexpr std::size_t kVerticalMin = 3;  // two below each other may be chance
constexpr float kBeside = 0.3F;          // of the size: middles of one column are no further apart
constexpr float kBelowMax = 0.4F;        // of the size, between two of a column; rows of tables stand further apart
constexpr float kOverlapMax = 0.5F;      // of the size: boxes of vertical fonts reach into each other
constexpr float kPitchMax = 1.0F;        // of the size, between two lines of a paragraph
constexpr double kEastAsianShare = 0.7;  // of the characters: digits and Latin letters stand among them

bool is_east_asian(char32_t c) {
  return is_hangul_syllable(c) || (c >= 0x2e80 && c < 0x3100) || (c >= 0x3130 && c < 0xa000) ||
         (c >= 0xf900 && c < 0xfb00) || (c >= 0xfe10 && c < 0xfe50) || (c >= 0xff00 && c < 0xfff0) ||
         (c >= 0x20000 && c < 0x40000);
}

bool stands_below(const Glyph& above, const Glyph& below) {
  if (above.turn != 0 || below.turn != 0) return false;
  const float size = std::max(above.size, 1.0F);
  const float apart = below.box.y0 - above.box.y1;
  return std::abs((above.box.x0 + above.box.x1) - (below.box.x0 + below.box.x1)) < 2 * kBeside * size &&
         apart > -kOverlapMax * size && apart < kBelowMax * size &&
         below.box.y0 > above.box.y0 + kOverlapMax * size / 2;
}

// Could the two be lines of one paragraph, in whatever order?
bool are_neighbours(const Line& a, const Line& b) {
  const float apart = std::max(a.box.y0, b.box.y0) - std::min(a.box.y1, b.box.y1);
  return a.turn == b.turn && std::min(a.box.x1, b.box.x1) > std::max(a.box.x0, b.box.x0) &&
         apart < kPitchMax * a.size && std::abs(a.size - b.size) < 1;
}

}  // namespace

Box to_frame(const Box& b, std::uint8_t turn) {
  switch (turn) {
    case 1:
      return {b.y0, -b.x1, b.y1, -b.x0};
    case 2:
      return {-b.x1, -b.y1, -b.x0, -b.y0};
    case 3:
      return {-b.y1, b.x0, -b.y0, b.x1};
    default:
      return b;
  }
}

Box from_frame(const Box& box, std::uint8_t turn) { return to_frame(box, static_cast<std::uint8_t>((4 - turn) % 4)); }

void find_vertical_writing(std::span<Glyph> glyphs) {
  for (std::size_t start = 0; start < glyphs.size();) {
    std::size_t end = start + 1;
    while (end < glyphs.size() && stands_below(glyphs[end - 1], glyphs[end])) ++end;
    const std::span<Glyph> column = glyphs.subspan(start, end - start);
    const auto wide =
        std::count_if(column.begin(), column.end(), [](const Glyph& g) { return is_east_asian(g.character); });
    if (column.size() >= kVerticalMin &&
        static_cast<double>(wide) >= kEastAsianShare * static_cast<double>(column.size())) {
      for (Glyph& glyph : column) glyph.turn = 1;
      // PDFium saw each of them as a line.
      for (Glyph& glyph : column.subspan(1)) glyph.line_before = glyph.space_before = false;
    }
    start = end;
  }
}

void order_turned_lines(std::span<Line> lines) {
  for (std::size_t start = 0; start < lines.size();) {
    std::size_t end = start + 1;
    while (lines[start].turn != 0 && end < lines.size() && are_neighbours(lines[end - 1], lines[end])) ++end;
    const auto first = lines.begin() + static_cast<std::ptrdiff_t>(start);
    std::stable_sort(first, lines.begin() + static_cast<std::ptrdiff_t>(end),
                     [](const Line& a, const Line& b) { return a.box.y0 < b.box.y0; });
    start = end;
  }
}

}  // namespace naru::pdf
