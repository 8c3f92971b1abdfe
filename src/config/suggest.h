// "Did you mean": the nearest of a few known words. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace naru {

// Levenshtein's distance with neighbours swapped counted once, over bytes; both words are cut at kWordBytesMax.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The known word that a person most likely meant, or "" where none is near.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

// `did you mean "chunk_size"?`, or `known are: a, b, c` where nothing is near.
std::string suggest(std::string_view word, const std::vector<std::string>& known);

// A text as messages show it: on one line, cut where it is long, nothing that moves a terminal's cursor.
std::string shown(std::string_view text);

}  // namespace naru
