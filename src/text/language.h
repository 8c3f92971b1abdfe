// Language: a cheap guess from scripts and the commonest words, good enough to label a document and to choose a prompt.
//
// Pure function; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace naru {

// "ko", "en", "ja", "zh", "ru", "de", ... or "" where nothing speaks clearly for one.
std::string guess_language(std::string_view text);

// Words that are common in one language and rare in the others it is told from, in lower case. Empty: none are known.
std::span<const std::string_view> common_words(std::string_view language);

}  // namespace naru
