// How far two words are apart by what fingers do: a letter too many, too few, another, or two swapped. Pure functions;
// any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace naru {

// Longer words are not compared: nobody mistypes one letter of a hash.
inline constexpr std::size_t kTypoBytesMax = 32;

// Mistakes that are forgiven in a word of so many bytes: none in a short one, where every word has neighbours.
std::size_t typos_allowed(std::size_t bytes);

// The distance, or `most` + 1 where it is more: optimal string alignment (Damerau 1964, each pair swapped once), over
// bytes, so for words in Latin letters without accents.
std::size_t typo_distance(std::string_view a, std::string_view b, std::size_t most);

}  // namespace naru
