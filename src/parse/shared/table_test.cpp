#include "parse/shared/table.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

TEST(TableGrid, CellsOfLaterRowsStandBesideThoseThatReachDown) {
  TableGrid grid;
  grid.start_row(true);
  grid.add("Year", 2, 1);
  grid.add("Boats", 1, 2);
  grid.start_row(true);
  grid.add("large");
  grid.add("small");
  grid.start_row();
  grid.add("1999");
  grid.add("2");
  grid.add(" 3\n or  4 ");
  const Block block = grid.finish();
  EXPECT_EQ(block.text, "Year | Boats | \n | large | small\n1999 | 2 | 3 or 4");
  EXPECT_EQ(block.header_rows, 2U);
  EXPECT_EQ(block.spans, (std::vector<TableSpan>{{0, 0, 2, 1}, {0, 1, 1, 2}}));
  EXPECT_TRUE(grid.empty());
}

TEST(TableGrid, ACellGoesOnWhereTheRowBelowSaysSo) {
  TableGrid grid;
  for (const std::string_view right : {"a", "b", "c"}) {
    grid.start_row();
    if (right == "a")
      grid.add("left");
    else
      grid.extend_above(1);
    grid.add(right);
  }
  const Block block = grid.finish();
  EXPECT_EQ(block.spans, (std::vector<TableSpan>{{0, 0, 3, 1}}));
  EXPECT_EQ(block.cells, (std::vector<std::vector<std::string>>{{"left", "a"}, {"", "b"}, {"", "c"}}));
}

TEST(TableGrid, RowsAndColumnsThatHoldNothingAreLeftOut) {
  TableGrid grid;
  grid.place(1, 1, "a", 1, 3);
  grid.place(3, 3, "b");
  grid.place(3, 3, "taken");
  grid.set_header_rows(2);
  const Block block = grid.finish();
  EXPECT_EQ(block.cells, (std::vector<std::vector<std::string>>{{"a", ""}, {"", "b taken"}}));
  EXPECT_EQ(block.spans, (std::vector<TableSpan>{{0, 0, 1, 2}}));
  EXPECT_EQ(block.header_rows, 1U);
}

TEST(TableGrid, EndsAtItsLimits) {
  TableGrid grid;
  grid.place(0, 4'000'000'000U, "far");
  grid.place(4'000'000'000U, 0, "far");
  grid.place(0, 0, "here", 4'000'000'000U, 4'000'000'000U);
  EXPECT_TRUE(grid.cut());
  const Block block = grid.finish();
  EXPECT_EQ(block.text, "here");
  EXPECT_TRUE(block.spans.empty());
}

}  // namespace
}  // namespace naru
