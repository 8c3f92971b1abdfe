// Small readings of what was typed. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace naru {

std::vector<std::string> split_list(std::string_view text);          // "a, b" at commas, trimmed, empty ones left out
std::string join_words(const std::vector<std::string>& words);       // with one blank between
// For a shell: as it is where that is safe, else between single quotes.
std::string shell_quoted(std::string_view word);

}  // namespace naru
