#include "text/hangul_keyboard.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "text/unicode.h"

namespace naru {

namespace {

// Keys of the compatibility letters ㄱ (U+3131) to ㅣ (U+3163), in their order.
constexpr char32_t kFirstLetter = 0x3131;
constexpr std::array<std::string_view, 51> kKeys = {
    "r", "R",  "rt", "s",  "sw", "sg", "e", "E", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg", "a",
    "q", "Q",  "qt", "t",  "T",  "d",  "w", "W", "c", "z",  "x",  "v",  "g",  "k",  "o",  "i",  "O",
    "j", "p",  "u",  "P",  "h",  "hk", "ho", "hl", "y", "n", "nj", "np", "nl", "b",  "m",  "ml", "l"};

// A syllable is (initial · 21 + vowel) · 28 + final from U+AC00 (Unicode, 3.12). Letters by those numbers:
constexpr char32_t kFirstSyllable = 0xac00;
constexpr std::u32string_view kInitials = U"ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
constexpr std::u32string_view kVowels = U"ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ";
constexpr std::u32string_view kFinals = U" ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";  // the first: none

bool is_letter_alone(char32_t c) { return c >= kFirstLetter && c < kFirstLetter + kKeys.size(); }

std::string_view keys_of_letter(char32_t letter) { return kKeys[letter - kFirstLetter]; }

// The letter that these keys give, one or two of them.
std::optional<char32_t> letter_of(std::string_view keys) {
  const auto it = std::find(kKeys.begin(), kKeys.end(), keys);
  if (it == kKeys.end()) return std::nullopt;
  return kFirstLetter + static_cast<char32_t>(it - kKeys.begin());
}

// A shifted key without a letter of its own gives that of the key.
std::string folded_key(char key) {
  const std::string_view own = "RQTEWOP";
  const bool upper = key >= 'A' && key <= 'Z';
  if (upper && own.find(key) == std::string_view::npos) key = static_cast<char>(key - 'A' + 'a');
  return {key};
}

bool is_vowel(char32_t letter) { return kVowels.find(letter) != std::u32string_view::npos; }

// Letters to syllables, as the keyboard does: a consonant before a vowel begins the next syllable.
std::optional<std::string> composed(const std::vector<char32_t>& letters) {
  std::string text;
  for (std::size_t i = 0; i < letters.size();) {
    const std::size_t initial = kInitials.find(letters[i]);
    if (initial == std::u32string_view::npos || i + 1 == letters.size()) return std::nullopt;
    if (!is_vowel(letters[i + 1])) return std::nullopt;
    char32_t vowel = letters[i + 1];
    i += 2;
    const auto joined = [&](char32_t first, char32_t second) {
      return letter_of(std::string(keys_of_letter(first)).append(keys_of_letter(second)));
    };
    if (i < letters.size() && is_vowel(letters[i])) {
      const std::optional<char32_t> both = joined(vowel, letters[i]);
      if (!both) return std::nullopt;
      vowel = *both;
      ++i;
    }
    const auto begins_next = [&](std::size_t at) { return at + 1 < letters.size() && is_vowel(letters[at + 1]); };
    char32_t final = U' ';
    if (i < letters.size() && !is_vowel(letters[i]) && !begins_next(i) &&
        kFinals.find(letters[i]) != std::u32string_view::npos) {
      final = letters[i++];
      if (i < letters.size() && !is_vowel(letters[i]) && !begins_next(i)) {
        const std::optional<char32_t> both = joined(final, letters[i]);
        if (both && kFinals.find(*both) != std::u32string_view::npos) {
          final = *both;
          ++i;
        }
      }
    }
    append_utf8(text, static_cast<char32_t>(kFirstSyllable + (initial * 21 + kVowels.find(vowel)) * 28 +
                                            kFinals.find(final)));
  }
  return text;
}

}  // namespace

std::string hangul_of_keys(std::string_view latin) {
  std::vector<char32_t> letters;
  for (const char key : latin) {
    const std::optional<char32_t> letter = letter_of(folded_key(key));
    if (!letter) return {};
    letters.push_back(*letter);
  }
  return composed(letters).value_or(std::string());
}

std::string keys_of_hangul(std::string_view hangul) {
  std::string keys;
  for (std::size_t at = 0; at < hangul.size();) {
    const char32_t c = next_code_point(hangul, at);
    if (is_letter_alone(c)) {
      keys += keys_of_letter(c);
    } else if (is_hangul_syllable(c)) {
      const char32_t index = c - kFirstSyllable;
      keys += keys_of_letter(kInitials[index / 28 / 21]);
      keys += keys_of_letter(kVowels[index / 28 % 21]);
      if (index % 28 != 0) keys += keys_of_letter(kFinals[index % 28]);
    } else {
      return {};
    }
  }
  return keys;
}

bool is_initials(std::string_view word) {
  std::size_t letters = 0;
  for (std::size_t at = 0; at < word.size(); ++letters) {
    if (kInitials.find(next_code_point(word, at)) == std::u32string_view::npos) return false;
  }
  return letters >= 2;
}

std::string initials_of(std::string_view word) {
  std::string initials;
  for (std::size_t at = 0; at < word.size();) {
    const char32_t c = next_code_point(word, at);
    if (!is_hangul_syllable(c)) return {};
    append_utf8(initials, kInitials[(c - kFirstSyllable) / 28 / 21]);
  }
  return initials;
}

}  // namespace naru
