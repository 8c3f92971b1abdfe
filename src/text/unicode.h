// Characters: UTF-8 checked and walked, NFC, white space, scripts. Free functions, any thread; ICU does what needs
// tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace naru {

inline constexpr char32_t kReplacement = 0xfffd;

// Reads the code point at `at` and moves on; broken bytes give U+FFFD, one byte each.
char32_t next_code_point(std::string_view text, std::size_t& at);
void append_utf8(std::string& text, char32_t code_point);

bool is_valid_utf8(std::string_view text);
// How much of `text` fits into so many bytes and ends with a whole character.
std::size_t whole_characters(std::string_view text, std::size_t bytes_max);
std::string repair_utf8(std::string_view text);  // broken bytes become U+FFFD
std::string nfc(std::string_view text);          // composed; broken bytes repaired
// The same without a copy where nothing is to do: what is given, or what `room` then holds.
std::string_view nfc(std::string_view text, std::string& room);

std::string case_fold(std::string_view text);
// Letters without their marks: "Núñez" is "Nunez", "Øre" is "Ore". Hangul and what is no letter stay.
std::string fold_accents(std::string_view text);
// Runs of white space (Unicode's) become one blank, none at the ends.
std::string fold_white_space(std::string_view text);
// Without white space (Unicode's) at its ends; a part of `text`.
std::string_view trim_white_space(std::string_view text);

bool is_space(char32_t c);
inline bool is_hangul_syllable(char32_t c) { return c >= 0xac00 && c <= 0xd7a3; }
inline bool is_hangul(char32_t c) {
  return is_hangul_syllable(c) || (c >= 0x1100 && c <= 0x11ff) || (c >= 0x3131 && c <= 0x318e);
}
inline bool is_han(char32_t c) {
  return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0xf900 && c <= 0xfaff) ||
         (c >= 0x20000 && c <= 0x3134f);
}
inline bool is_kana(char32_t c) { return c >= 0x3040 && c <= 0x30ff; }
bool is_letter(char32_t c);
bool is_digit(char32_t c);  // decimal digits of any script

bool has_hangul(std::string_view text);  // composed or decomposed

// Opens what ICU reads lazily, so that a sandbox without open() can use it later.
void warm_up_text();

}  // namespace naru
