#include "text/delimited.h"

#include <gtest/gtest.h>

#include <random>

namespace naru {
namespace {

struct Random {
  explicit Random(unsigned seed) : engine(seed) {}
  std::size_t below(std::size_t bound) { return engine() % bound; }
  std::mt19937 engine;
};

struct Read {
  std::vector<std::string> rows;  // as "start-end: cells"
  void add(const DelimitedRow& row) {
    std::string text = std::to_string(row.start) + "-" + std::to_string(row.end) + (row.open ? " open:" : ":");
    for (std::size_t i = 0; i < row.cells.size(); ++i) text += (row.quoted[i] ? " q" : " ") + row.cells[i] + "|";
    rows.push_back(std::move(text));
  }
};

std::vector<std::string> whole(std::string_view text) {
  Read read;
  DelimitedReader reader(text, ',');
  for (DelimitedRow row; reader.next(row);) read.add(row);
  return read.rows;
}

DelimitedStream stream_of(std::string_view text, std::size_t row_bytes_max, Random& random, std::size_t piece_max) {
  return DelimitedStream(
      [text, &random, piece_max](std::size_t) mutable -> Result<std::string> {
        const std::string piece(text.substr(0, 1 + random.below(piece_max)));
        text.remove_prefix(piece.size());
        return piece;
      },
      ',', row_bytes_max);
}

TEST(Delimited, RowsAreTheSameInWhateverPiecesTheyCome) {
  constexpr std::string_view kLetters = "ab,\"\r\n \n,";
  Random random(1);
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (auto left = random.below(60); left > 0; --left) text += kLetters[random.below(kLetters.size())];
    DelimitedStream stream = stream_of(text, 1'000, random, 1 + random.below(9));
    Read read;
    std::size_t at = 0;
    for (DelimitedRow row; *stream.next(row);) {
      EXPECT_EQ(row.start, at) << text;
      read.add(row);
      at = stream.at();
    }
    ASSERT_EQ(read.rows, whole(text)) << text;
    EXPECT_EQ(at, text.size());
  }
}

TEST(Delimited, OfARowThatIsTooLongOnlyItsPlaceIsKnown) {
  Random random(2);
  const std::vector<std::string> cells = {
      std::string(500, 'x'),
      "\"" + std::string(250, '\n') + "\"\"" + std::string(249, ',') + "\"",
      "a,\"" + std::string(500, '\n') + "\"",
  };
  for (const std::string end : {"\n", "\r\n", "\r", ""}) {
    for (const std::string& cell : cells) {
      const std::string text = "a,b\n" + cell + end + (end.empty() ? "" : "c,d" + end);
      DelimitedStream stream = stream_of(text, 100, random, 7);
      DelimitedRow row;
      ASSERT_TRUE(*stream.next(row));
      EXPECT_EQ(row.cells.size(), 2U);
      ASSERT_TRUE(*stream.next(row));
      EXPECT_TRUE(row.cells.empty());
      EXPECT_FALSE(row.open);
      EXPECT_EQ(row.start, 4U);
      EXPECT_EQ(row.end, 4 + cell.size());
      if (!end.empty()) {
        ASSERT_TRUE(*stream.next(row));
        EXPECT_EQ(row.cells, (std::vector<std::string>{"c", "d"}));
      }
      EXPECT_FALSE(*stream.next(row));
    }
  }
  const std::string text = "\"" + std::string(500, '\n');
  DelimitedStream open = stream_of(text, 100, random, 7);
  DelimitedRow row;
  ASSERT_TRUE(*open.next(row));
  EXPECT_TRUE(row.open);
  EXPECT_EQ(row.end, 501U);
}

TEST(Delimited, ARowOfJustTheSizeThatIsAllowedIsWhole) {
  Random random(3);
  for (std::size_t size = 95; size <= 100; ++size) {
    const std::string text = std::string(size, 'x') + "\r\ny";
    for (int round = 0; round < 20; ++round) {
      DelimitedStream stream = stream_of(text, 100, random, 120);
      DelimitedRow row;
      ASSERT_TRUE(*stream.next(row));
      ASSERT_EQ(row.cells.size(), 1U);
      EXPECT_EQ(row.cells[0].size(), size);
    }
  }
}

}  // namespace
}  // namespace naru
