#include "app/words.h"

#include <gtest/gtest.h>

#include "app/output.h"
#include "app/progress.h"

namespace naru {
namespace {

TEST(Words, ListsAreSplitAtCommasAndTrimmed) {
  EXPECT_EQ(split_list("kim, staff ,,board"), (std::vector<std::string>{"kim", "staff", "board"}));
  EXPECT_TRUE(split_list(" , ").empty());
  EXPECT_TRUE(split_list("").empty());
}

TEST(Words, QuotedNamesCanBePastedIntoAShell) {
  EXPECT_EQ(shell_quoted("규정/a-1.pdf"), "규정/a-1.pdf");
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted("$(rm)"), "'$(rm)'");
  EXPECT_EQ(shell_quoted("-f"), "'-f'");
  EXPECT_EQ(shell_quoted(""), "''");
}

TEST(Output, LinesAreBrokenAtBlanksAndCountAsATerminalCounts) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(lines_of_columns("the ferry leaves", 9), (Lines{"the ferry", "leaves"}));
  EXPECT_EQ(lines_of_columns("abcdefgh ij", 5), (Lines{"abcde", "fgh", "ij"}));
  EXPECT_EQ(lines_of_columns("나루터는 강가에", 8), (Lines{"나루터는", "강가에"}));
  EXPECT_EQ(lines_of_columns("a\n\nb", 9), (Lines{"a", "", "b"}));
  EXPECT_EQ(lines_of_columns("", 9), Lines{""});
  EXPECT_EQ(lines_of_columns("나루", 1), (Lines{"나", "루"}));
}

TEST(Output, ForeignTextCannotSteerATerminal) {
  EXPECT_EQ(without_control("a\x1b[2Jb"), "a\xef\xbf\xbd[2Jb");
  EXPECT_EQ(without_control("two\nlines\tand a tab"), "two\nlines\tand a tab");
  EXPECT_EQ(without_control("\xe2\x80\xae" "abc"), "\xef\xbf\xbd" "abc");  // right-to-left override
  EXPECT_EQ(without_control("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(without_control("한글 and \xf0\x9f\x99\x82"), "한글 and \xf0\x9f\x99\x82");
}

TEST(Output, CutsByColumnsAndHangulIsTwoWide) {
  EXPECT_EQ(cut_to_columns("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_to_columns("abcdefg", 6), "abcde…");
  EXPECT_EQ(cut_to_columns("가나다", 6), "가나다");
  EXPECT_EQ(cut_to_columns("가나다라", 6), "가나…");
}

TEST(Output, FiguresForPeople) {
  EXPECT_EQ(human_bytes(512), "512 B");
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(human_bytes(3ULL << 30), "3.0 GiB");
  EXPECT_EQ(human_seconds(0.42), "0.4 s");
  EXPECT_EQ(human_seconds(125), "2:05");
  EXPECT_EQ(human_seconds(3723), "1:02:03");
  EXPECT_EQ(utc_time(0), "1970-01-01 00:00:00 UTC");
}

TEST(Progress, SaysHowFarHowFastAndHowLongStill) {
  EXPECT_EQ(progress_line("handbook", 50, 100, 10), "handbook [==========>         ] 50/100  5/s  10.0 s left");
  EXPECT_EQ(progress_line("handbook", 100, 100, 10), "handbook [====================] 100/100  10/s");
  EXPECT_EQ(progress_line("corpus", 7, 0, 1), "corpus 7  7/s");
  EXPECT_EQ(progress_line("x", 0, 10, 0), "x [>                   ] 0/10  0/s");
}

}  // namespace
}  // namespace naru
