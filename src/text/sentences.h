// Sentences: where one ends and the next begins, in Korean and English and in what stands between list marks and lines.
//
// Own rules in one linear pass, no dictionary: a full stop ends a sentence unless it belongs to a number, an
// abbreviation, an initial or a file name; 。！？ always do; a line break does where the next line starts a list item
// or the line before is complete. Pure function; any thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace naru {

struct TextRange {
  std::size_t start = 0, end = 0;  // bytes, [start, end)
};

// Ranges in order, without white space at their ends, none empty. Together they hold everything but white space.
std::vector<TextRange> split_sentences(std::string_view text);

}  // namespace naru
