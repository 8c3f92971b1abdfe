#include "text/johab.h"

#include <array>

namespace naru {

namespace {

// A code is 1 | five bits of the first consonant | of the vowel | of the last consonant. In each, one value stands for
// "none", and some for nothing at all.
constexpr int kNothing = -2, kNone = -1;
constexpr std::array<int, 32> kFirst = {kNothing, kNone, 0,  1,  2,  3,  4,  5,  6,  7,  8, 9, 10, 11, 12, 13,
                                        14,       15,    16, 17, 18, -2, -2, -2, -2, -2, -2, -2, -2, -2, -2, -2};
constexpr std::array<int, 32> kVowel = {kNothing, kNothing, kNone, 0,  1,  2,  3,  4,  -2, -2, 5,  6,  7,  8,  9, 10,
                                        -2,       -2,       11,    12, 13, 14, 15, 16, -2, -2, 17, 18, 19, 20, -2, -2};
constexpr std::array<int, 32> kLast = {kNothing, kNone, 1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14,
                                       15,       16,    -2, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, -2, -2};

// Single letters in Unicode's block of them.
constexpr std::u32string_view kFirstAlone = U"ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
constexpr char32_t kVowelsAlone = U'ㅏ';  // in the same order
constexpr std::u32string_view kLastAlone = U"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";

constexpr char32_t kSyllables = 0xac00;
constexpr int kVowels = 21, kLasts = 28;

// Rows of KS X 1001 have 94 places; a first byte of Johab stands for two of them.
constexpr unsigned kRowPlaces = 94;
constexpr unsigned kSignLeads = 0xd9, kSignLeadsEnd = 0xdf, kHanLeads = 0xe0, kHanLeadsEnd = 0xfa;
constexpr unsigned kSignRow = 0, kHanRow = 41;  // of the first of each, from 0

// As few syllables in Latin or Cyrillic text happen to be valid; more do not.
constexpr std::size_t kSyllablesMin = 8;

}  // namespace

char32_t johab_hangul(std::uint16_t code) {
  if ((code & 0x8000) == 0) return 0;
  const int first = kFirst[code >> 10 & 31], vowel = kVowel[code >> 5 & 31], last = kLast[code & 31];
  if (first == kNothing || vowel == kNothing || last == kNothing) return 0;
  if (first >= 0 && vowel >= 0) {
    return kSyllables + static_cast<char32_t>((first * kVowels + vowel) * kLasts + (last > 0 ? last : 0));
  }
  if (first >= 0) return last == kNone ? kFirstAlone[static_cast<std::size_t>(first)] : 0;
  if (vowel >= 0) return last == kNone ? kVowelsAlone + static_cast<char32_t>(vowel) : 0;
  return last > 0 ? kLastAlone[static_cast<std::size_t>(last) - 1] : 0;
}

std::uint16_t johab_to_euc_kr(std::uint16_t code) {
  const unsigned lead = code >> 8, trail = code & 0xff;
  const bool sign = lead >= kSignLeads && lead < kSignLeadsEnd, han = lead >= kHanLeads && lead < kHanLeadsEnd;
  const bool low = trail >= 0x31 && trail <= 0x7e, high = trail >= 0x91 && trail <= 0xfe;
  if ((!sign && !han) || (!low && !high)) return 0;
  const unsigned place = low ? trail - 0x31 : trail - 0x43;
  const unsigned first_row = sign ? kSignRow + 2 * (lead - kSignLeads) : kHanRow + 2 * (lead - kHanLeads);
  return static_cast<std::uint16_t>((first_row + place / kRowPlaces + 0xa1) << 8 | (place % kRowPlaces + 0xa1));
}

bool looks_like_johab(std::string_view bytes) {
  std::size_t syllables = 0, other = 0, beyond_euc_kr = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const auto lead = static_cast<unsigned char>(bytes[at]);
    if (lead < 0x80) continue;
    if (at + 1 == bytes.size()) break;  // cut in the middle
    const auto trail = static_cast<unsigned char>(bytes[at + 1]);
    const auto code = static_cast<std::uint16_t>(lead << 8 | trail);
    const bool hangul = johab_hangul(code) >= kSyllables;
    if (johab_hangul(code) == 0 && johab_to_euc_kr(code) == 0) return false;
    ++(hangul ? syllables : other);
    beyond_euc_kr += lead < 0xa1 || trail < 0xa1 ? 1 : 0;
    ++at;
  }
  return syllables >= kSyllablesMin && other * 10 <= syllables && beyond_euc_kr > 0;
}

}  // namespace naru
