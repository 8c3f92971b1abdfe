// The Korean keyboard (two sets, KS X 5002): what the same keys would have given in the other state, and the initial
// consonants of words. Pure functions; any thread; arguments are composed UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace naru {

// "gksrmf" -> "한글". Empty where a key has no letter or a letter stays alone: then nobody meant Korean.
std::string hangul_of_keys(std::string_view latin);

// "ㅗ디ㅣㅐ" -> "hello": syllables and letters. Empty where a character is no modern Hangul.
std::string keys_of_hangul(std::string_view hangul);

// "ㅎㄱ": consonants alone, two at least.
bool is_initials(std::string_view word);

// "한글" -> "ㅎㄱ"; empty where a character is no syllable.
std::string initials_of(std::string_view word);

}  // namespace naru
