// Tables of PDFs that are ruled: what is drawn decides what is a cell.
#include <gtest/gtest.h>

#include <map>

#include "parse/shared/pdf_testing.h"
#include "parse/shared/testing.h"
#include "runtime/random.h"
#include "runtime/sandbox.h"

namespace naru {
namespace {

using Cells = std::vector<std::vector<std::string>>;

// Draws a line; as a stroke, or as the thin bar that word processors draw.
std::string rule(double x0, double y0, double x1, double y1, bool as_bar = false) {
  if (!as_bar) return fmt::format("{} {} m {} {} l S\n", x0, y0, x1, y1);
  return fmt::format("{} {} {} {} re f\n", x0, y0, std::max(x1 - x0, 0.5), std::max(y1 - y0, 0.5));
}

std::string grid(std::vector<double> xs, std::vector<double> ys, bool as_bars = false) {
  std::string out;
  for (const double x : xs) out += rule(x, ys.front(), x, ys.back(), as_bars);
  for (const double y : ys) out += rule(xs.front(), y, xs.back(), y, as_bars);
  return out;
}

std::vector<Block> blocks_of(const std::string& content, const std::string& entries = "") {
  PdfWriter writer;
  writer.add({content, entries, {}});
  return parsed(writer.write(), "pdf").blocks;
}

const Block& table_of(const std::vector<Block>& blocks) {
  static const Block none;
  for (const Block& block : blocks) {
    if (block.kind == BlockKind::table) return block;
  }
  return ADD_FAILURE() << "no table", none;
}

TEST(PdfTables, CellsThatWrapAreReadCellByCell) {
  for (const bool as_bars : {false, true}) {
    // Row by row over the whole width, as many programs write it.
    const std::vector<Block> blocks =
        blocks_of(PdfWriter::text(72, 740, 11, "Fares:") + grid({72, 200, 400}, {620, 650, 690, 710}, as_bars) +
                  PdfWriter::text(76, 697, 11, "Boat", "B") + PdfWriter::text(204, 697, 11, "What it costs", "B") +
                  PdfWriter::text(76, 677, 11, "the small red") +
                  PdfWriter::text(204, 677, 11, "two coins in the morn-") + PdfWriter::text(76, 663, 11, "ferry boat") +
                  PdfWriter::text(204, 663, 11, "ing, three at night") + PdfWriter::text(76, 634, 11, "raft") +
                  PdfWriter::text(204, 634, 11, "nothing") + PdfWriter::text(72, 590, 11, "That is all."));
    ASSERT_EQ(blocks.size(), 3U);
    EXPECT_EQ(blocks[0].text, "Fares:");
    EXPECT_EQ(blocks[1].cells, (Cells{{"Boat", "What it costs"},
                                      {"the small red ferry boat", "two coins in the morning, three at night"},
                                      {"raft", "nothing"}}));
    EXPECT_EQ(blocks[1].header_rows, 1U);
    EXPECT_EQ(blocks[2].text, "That is all.");
  }
}

TEST(PdfTables, CellsBetweenWhichNoLineStandsAreMerged) {
  const std::vector<Block> blocks =
      blocks_of(rule(72, 600, 72, 700) + rule(400, 600, 400, 700) + rule(200, 600, 200, 700) +
                rule(300, 600, 300, 675) + rule(72, 700, 400, 700) + rule(200, 675, 400, 675) +
                rule(72, 650, 400, 650) + rule(72, 625, 400, 625) + rule(72, 600, 400, 600) +
                PdfWriter::text(80, 670, 11, "선착장", "K") + PdfWriter::text(260, 682, 11, "요금", "K") +
                PdfWriter::text(210, 657, 11, "어른", "K") + PdfWriter::text(310, 657, 11, "아이", "K") +
                PdfWriter::text(80, 632, 11, "북쪽", "K") + PdfWriter::text(210, 632, 11, "2") +
                PdfWriter::text(310, 632, 11, "1") + PdfWriter::text(80, 607, 11, "남쪽", "K") +
                PdfWriter::text(210, 607, 11, "3") + PdfWriter::text(310, 607, 11, "2"));
  const Block& table = table_of(blocks);
  EXPECT_EQ(table.cells, (Cells{{"선착장", "요금", ""}, {"", "어른", "아이"}, {"북쪽", "2", "1"}, {"남쪽", "3", "2"}}));
  EXPECT_EQ(table.spans, (std::vector<TableSpan>{{0, 0, 2, 1}, {0, 1, 1, 2}}));
}

TEST(PdfTables, RowsThatAreRuledInGroupsAreRows) {
  std::string content = grid({72, 200, 300}, {600, 660, 680});
  content += PdfWriter::text(80, 666, 11, "Pier") + PdfWriter::text(210, 666, 11, "Time");
  for (int i = 0; i < 3; ++i) {
    content += PdfWriter::text(80, 645 - 15 * i, 11, fmt::format("pier {}", i)) +
               PdfWriter::text(210, 645 - 15 * i, 11, fmt::format("7:0{}", i));
  }
  EXPECT_EQ(table_of(blocks_of(content)).cells,
            (Cells{{"Pier", "Time"}, {"pier 0", "7:00"}, {"pier 1", "7:01"}, {"pier 2", "7:02"}}));
}

TEST(PdfTables, AGroundBehindTheFirstRowMakesItTheHeaderAndPartsItsCells) {
  std::string content = "0.8 0.9 1 rg 72 680 100 20 re f 172 680 100 20 re f 0 g\n";
  content += rule(72, 680, 272, 680) + rule(72, 660, 272, 660) + rule(72, 640, 272, 640) + rule(72, 640, 72, 680) +
             rule(172, 640, 172, 680) + rule(272, 640, 272, 680) + rule(72, 700, 272, 700);
  const char* const words[][2] = {{"Boat", "Seats"}, {"Naru", "12"}, {"Baet", "40"}};
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 2; ++column) {
      content += PdfWriter::text(80 + 100 * column, 686 - 20 * row, 11, words[row][column]);
    }
  }
  const Block table = table_of(blocks_of(content));
  EXPECT_EQ(table.cells, (Cells{{"Boat", "Seats"}, {"Naru", "12"}, {"Baet", "40"}}));
  EXPECT_EQ(table.header_rows, 1U);
}

TEST(PdfTables, FramesDiagramsAndUnderlinesAreNoTables) {
  const std::string frame = grid({60, 560}, {300, 760}) + rule(60, 700, 560, 700);
  const std::string diagram = grid({100, 150, 200, 250, 300}, {400, 450, 500, 550, 600});
  const std::string underline = rule(72, 698, 200, 698) + rule(72, 678, 200, 678);
  for (const std::string& drawn : {frame, diagram, underline}) {
    const std::vector<Block> blocks = blocks_of(
        drawn + PdfWriter::text(72, 700, 11, "A heading of sorts") + PdfWriter::text(72, 680, 11, "and words") +
        PdfWriter::text(95, 470, 11, "over the sides of two cells") + PdfWriter::text(95, 390, 11, "0"));
    for (const Block& block : blocks) EXPECT_NE(block.kind, BlockKind::table) << block.text;
  }
}

TEST(PdfTables, InTablesOfArabicTheFirstColumnStandsOnTheRight) {
  const std::vector<Block> blocks =
      blocks_of(grid({72, 200, 300}, {640, 660, 680}) + PdfWriter::text(210, 666, 11, "فرعملا", "K") +
                PdfWriter::text(80, 666, 11, "ةميقلا", "K") + PdfWriter::text(210, 646, 11, "رعسلا", "K") +
                PdfWriter::text(80, 646, 11, "12"));
  EXPECT_EQ(table_of(blocks).cells, (Cells{{"المعرف", "القيمة"}, {"السعر", "12"}}));
}

// A page with a ruled table of two columns and rows of 20 points that begins at `top`, from the foot of the page.
std::string page_with(const Cells& rows, double top, const std::string& header_font = "F") {
  std::vector<double> ys = {top};
  for (std::size_t i = 0; i < rows.size(); ++i) ys.push_back(ys.back() - 20);
  std::reverse(ys.begin(), ys.end());
  std::string content = grid({72, 200, 300}, ys);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double y = top - 14 - 20 * static_cast<double>(i);
    const std::string font = i == 0 ? header_font : "F";
    content += PdfWriter::text(80, y, 11, rows[i][0], font) + PdfWriter::text(210, y, 11, rows[i][1], font);
  }
  return content;
}

std::vector<Block> tables_of(const std::vector<std::string>& pages) {
  PdfWriter writer;
  for (const std::string& page : pages) writer.add(page);
  std::vector<Block> tables = parsed(writer.write(), "pdf").blocks;
  std::erase_if(tables, [](const Block& block) { return block.kind != BlockKind::table; });
  return tables;
}

TEST(PdfTables, WhatGoesOnOverAPageKnowsHowItsColumnsAreNamed) {
  const std::string words = PdfWriter::text(72, 740, 11, "These are the boats of the harbour and their seats");
  const Cells first = {{"Boat", "Seats"}, {"Naru", "12"}, {"Baet", "40"}}, next = {{"Raft", "3"}, {"Barge", "80"}},
              last = {{"Canoe", "2"}, {"Dory", "4"}};
  const std::vector<Block> tables =
      tables_of({words + page_with(first, 140, "B"), page_with(next, 760), page_with(last, 760)});
  ASSERT_EQ(tables.size(), 3U);
  EXPECT_EQ(tables[0].header_rows, 1U);
  EXPECT_EQ(tables[1].cells, next);
  EXPECT_EQ(tables[1].header_rows, 0U);
  EXPECT_EQ(tables[1].heading_path, std::vector<std::string>{"Boat | Seats"});
  EXPECT_EQ(tables[1].locator.page, 2U);
  // The page in the middle ends above its half: what follows is another table.
  EXPECT_TRUE(tables[2].heading_path.empty());
}

TEST(PdfTables, ARowThatBothPartsBeginWithNamesTheirColumns) {
  const std::string words = PdfWriter::text(72, 740, 11, "These are the boats of the harbour and their seats");
  const Cells first = {{"Boat", "Seats"}, {"Naru", "12"}, {"Baet", "40"}}, next = {{"Boat", "Seats"}, {"Raft", "3"}};
  const std::string note = PdfWriter::text(72, 740, 11, "Another matter");
  for (const bool apart : {false, true}) {
    const std::vector<Block> tables =
        tables_of({words + page_with(first, 140), (apart ? note : "") + page_with(next, 700)});
    ASSERT_EQ(tables.size(), 2U);
    EXPECT_EQ(tables[0].header_rows, apart ? 0U : 1U);
    EXPECT_EQ(tables[1].header_rows, apart ? 0U : 1U);
    EXPECT_TRUE(tables[1].heading_path.empty());
  }
}

// A grid of random widths, some of its cells merged, each with a word or two that occur once. A cell of its own stands
// in each row and column: those that hold nothing are left out.
TEST(PdfTables, EachWordIsInItsCellAndInABoxOfTheTable) {
  constexpr double kHeight = 792, kSize = 10;
  Random random(11);
  for (int round = 0; round < (kSanitized ? 10 : 40); ++round) {
    const std::size_t rows = 3 + random.below(4), columns = 2 + random.below(4);
    std::vector<double> xs = {60}, ys = {740};
    for (std::size_t i = 0; i < columns; ++i) xs.push_back(xs.back() + 60 + static_cast<double>(random.below(60)));
    for (std::size_t i = 0; i < rows; ++i) ys.push_back(ys.back() - 40 - static_cast<double>(random.below(30)));
    std::string content;
    struct Place {
      std::size_t row, column;
      double x, y;
    };
    std::map<std::string, Place> places;
    std::vector<std::vector<bool>> taken(rows, std::vector<bool>(columns, false));
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns; ++column) {
        if (taken[row][column]) continue;
        std::size_t high = 1, wide = 1;
        if (row > 0 && column + 1 < columns && !taken[row][column + 1] && random.below(4) == 0) wide = 2;
        if (column > 0 && row > 0 && row + 1 < rows && wide == 1 && random.below(4) == 0) high = 2;
        for (std::size_t r = row; r < row + high; ++r) {
          for (std::size_t c = column; c < column + wide; ++c) taken[r][c] = true;
        }
        content += fmt::format("{} {} {} {} re S\n", xs[column], ys[row + high], xs[column + wide] - xs[column],
                               ys[row] - ys[row + high]);
        double y = ys[row] - 14;
        for (std::uint64_t n = 1 + random.below(2); n > 0; --n, y -= 12) {
          const std::string word = fmt::format("w{}", places.size());
          content += PdfWriter::text(xs[column] + 4, y, kSize, word);
          places[word] = {row, column, xs[column] + 6, kHeight - y - 3};
        }
      }
    }
    const Block table = table_of(blocks_of(content));
    ASSERT_EQ(table.cells.size(), rows);
    std::size_t found = 0;
    for (const auto& [word, place] : places) {
      const std::string& cell = table.cells[place.row][place.column];
      found += (" " + cell + " ").find(" " + word + " ") != std::string::npos ? 1 : 0;
      EXPECT_TRUE(std::any_of(table.locator.boxes.begin(), table.locator.boxes.end(), [at = place](const Box& box) {
        return box.x0 <= at.x && at.x <= box.x1 && box.y0 <= at.y && at.y <= box.y1;
      })) << word;
    }
    EXPECT_EQ(found, places.size()) << table.text;
  }
}

}  // namespace
}  // namespace naru
