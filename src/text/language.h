// Language: a cheap guess from scripts and the commonest words, good enough to label a document and to choose a prompt.
//
// Pure function; any thread.
#pragma once

#include <string>
#include <string_view>

namespace naru {

// "ko", "en", "ja", "zh", "ru", "de", ... or "" where nothing speaks clearly for one.
std::string guess_language(std::string_view text);

}  // namespace naru
