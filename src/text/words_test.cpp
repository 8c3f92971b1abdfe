#include "text/words.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace naru {
namespace {

using Words = std::vector<std::vector<std::pair<std::size_t, std::size_t>>>;  // of each word the pieces

// By next() alone, or by next_plain() wherever it reads one.
Words read(std::string_view text, bool plain) {
  WordReader reader(text);
  Words words;
  std::vector<Piece> pieces;
  while (true) {
    if (const std::string_view word = plain ? reader.next_plain() : std::string_view(); !word.empty()) {
      const auto start = static_cast<std::size_t>(word.data() - text.data());
      words.push_back({{start, start + word.size()}});
    } else if (reader.next(pieces)) {
      words.emplace_back();
      for (const Piece& piece : pieces) words.back().emplace_back(piece.start, piece.end);
    } else {
      return words;
    }
  }
}

TEST(WordReader, PlainWordsAreThoseThatAreReadAnyhow) {
  // Each pair and triple of what may stand beside letters.
  constexpr std::array<std::string_view, 18> kParts = {"a", "B", "word", "readFile", ".",      "_",    ",", "'", " ",
                                                       "-", "7", "가",   "é",        "\u0301", "\xff", "漢", "",
                                                       "\u2019"};
  for (const std::string_view first : kParts) {
    for (const std::string_view second : kParts) {
      for (const std::string_view third : kParts) {
        for (const std::string_view last : {"x", "", "X.y", " s "}) {
          const std::string text = std::string("Ab").append(first).append(second).append(third).append(last);
          ASSERT_EQ(read(text, true), read(text, false)) << text;
        }
      }
    }
  }
}

TEST(WordReader, ReadsOrdinaryWordsPlainly) {
  WordReader reader("The Quick, brown (fox). Ends.");
  for (const std::string_view word : {"The", "Quick", "brown", "fox", "Ends"}) EXPECT_EQ(reader.next_plain(), word);
  EXPECT_EQ(reader.next_plain(), "");
}

}  // namespace
}  // namespace naru
