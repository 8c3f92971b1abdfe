// Johab (KS X 1001, annex 3; code page 1361): Korean text in which each syllable is three numbers of five bits.
//
// Written by Korean programs until the nineties; ICU has no table of it. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace naru {

// Of two bytes, the first one high. Hangul syllables and single letters as Unicode has them; 0: none.
char32_t johab_hangul(std::uint16_t code);
// Signs and Han characters: the same one's place in KS X 1001, as EUC-KR writes it; 0: none.
std::uint16_t johab_to_euc_kr(std::uint16_t code);

// Korean text in Johab that can be of no other Korean charset: enough syllables, nearly nothing else beyond ASCII, and
// some bytes that EUC-KR does not have.
bool looks_like_johab(std::string_view bytes);

}  // namespace naru
