#include "text/unicode.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "text/charset.h"
#include "text/sentences.h"

namespace naru {

namespace {

const icu::Normalizer2& composer() {
  static const icu::Normalizer2* const instance = [] {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* found = icu::Normalizer2::getNFCInstance(status);
    NARU_ASSERT(U_SUCCESS(status));
    return found;
  }();
  return *instance;
}

// Letters with a stroke or joined ones, which have no decomposition in Unicode.
std::string_view base_letters(char32_t c) {
  switch (c) {
    case 0xc6:
      return "AE";
    case 0xe6:
      return "ae";
    case 0xd8:
      return "O";
    case 0xf8:
      return "o";
    case 0xd0:
    case 0x110:
      return "D";
    case 0xf0:
    case 0x111:
      return "d";
    case 0x131:
      return "i";
    case 0x141:
      return "L";
    case 0x142:
      return "l";
    case 0x152:
      return "OE";
    case 0x153:
      return "oe";
    case 0xdf:
      return "ss";
    default:
      return {};
  }
}

// How many bytes from `at` on are ASCII, by eights, and up to seven more.
std::size_t ascii_from(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  const std::size_t start = at;
  for (std::uint64_t bytes = 0; at + sizeof bytes <= text.size(); at += sizeof bytes) {
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    if ((bytes & kHighBits) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at - start;
}

bool is_ascii(std::string_view text) { return ascii_from(text, 0) == text.size(); }

// Of three bytes at `at` whether they are a character whose second and third bytes may be anything: Hangul and Han are
// nearly all so.
bool is_plain_triple(std::string_view text, std::size_t at) {
  if (at + 3 > text.size()) return false;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  return byte(0) > 0xe0 && byte(0) < 0xed && (byte(1) & 0xc0) == 0x80 && (byte(2) & 0xc0) == 0x80;
}

}  // namespace

char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return ++at, first;
  int more = 0;
  char32_t value = 0, least = 0;
  if (first >= 0xc2 && first <= 0xdf) {
    more = 1, value = first & 0x1f, least = 0x80;
  } else if (first >= 0xe0 && first <= 0xef) {
    more = 2, value = first & 0x0f, least = 0x800;
  } else if (first >= 0xf0 && first <= 0xf4) {
    more = 3, value = first & 0x07, least = 0x10000;
  } else {
    return ++at, kReplacement;
  }
  if (at + static_cast<std::size_t>(more) >= text.size()) return ++at, kReplacement;
  for (int i = 1; i <= more; ++i) {
    const unsigned char c = byte(at + static_cast<std::size_t>(i));
    if ((c & 0xc0) != 0x80) return ++at, kReplacement;
    value = (value << 6) | (c & 0x3f);
  }
  if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return ++at, kReplacement;
  at += static_cast<std::size_t>(more) + 1;
  return value;
}

void append_utf8(std::string& text, char32_t c) {
  const auto tail = [c](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text.append({static_cast<char>(0xc0 | (c >> 6)), tail(0)});
  } else if (c < 0x10000) {
    text.append({static_cast<char>(0xe0 | (c >> 12)), tail(6), tail(0)});
  } else {
    text.append({static_cast<char>(0xf0 | (c >> 18)), tail(12), tail(6), tail(0)});
  }
}

std::size_t whole_characters(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text.size();
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return end;
}

bool is_valid_utf8(std::string_view text) {
  for (std::size_t at = ascii_from(text, 0); at < text.size(); at += ascii_from(text, at)) {
    if (is_plain_triple(text, at)) {
      at += 3;
      continue;
    }
    const std::size_t before = at;
    // A real U+FFFD takes three bytes; a broken byte gives U+FFFD for one.
    if (next_code_point(text, at) == kReplacement && at - before == 1) return false;
  }
  return true;
}

std::string repair_utf8(std::string_view text) {
  if (is_valid_utf8(text)) return std::string(text);
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) append_utf8(clean, next_code_point(text, at));
  return clean;
}

std::string_view nfc(std::string_view text, std::string& room) {
  if (is_ascii(text)) return text;
  if (!is_valid_utf8(text)) text = room = repair_utf8(text);
  UErrorCode status = U_ZERO_ERROR;
  if (composer().isNormalizedUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), status) &&
      U_SUCCESS(status)) {
    return text;
  }
  status = U_ZERO_ERROR;
  const icu::UnicodeString composed = composer().normalize(
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size()))), status);
  NARU_ASSERT(U_SUCCESS(status));
  room.clear();
  composed.toUTF8String(room);
  return room;
}

std::string nfc(std::string_view text) {
  std::string room;
  return std::string(nfc(text, room));
}

std::string case_fold(std::string_view text) {
  if (is_ascii(text)) {
    std::string lower(text);
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
  }
  std::string folded;
  folded.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    append_utf8(folded, static_cast<char32_t>(u_foldCase(static_cast<UChar32>(c), U_FOLD_CASE_DEFAULT)));
  }
  return folded;
}

std::string fold_accents(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  const auto is_mark = [](char32_t c) { return c >= 0x300 && c <= 0x36f; };  // combining diacritical marks
  std::string folded;
  folded.reserve(text.size());
  icu::UnicodeString parts;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (is_mark(c)) continue;
    if (const std::string_view base = base_letters(c); !base.empty()) {
      folded += base;
      continue;
    }
    const bool may_have_marks = c >= 0xc0 && !is_hangul(c) && !is_han(c) && !is_kana(c);
    if (!may_have_marks || !composer().getDecomposition(static_cast<UChar32>(c), parts)) {
      append_utf8(folded, c);
      continue;
    }
    for (int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1)) {
      const auto part = static_cast<char32_t>(parts.char32At(i));
      if (!is_mark(part)) append_utf8(folded, part);
    }
  }
  return folded;
}

bool is_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
  return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200b) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
         c == 0x205f || c == 0x3000 || c == 0xfeff;
}

std::string fold_white_space(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  bool gap = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t before = at;
    if (is_space(next_code_point(text, at))) {
      gap = !folded.empty();
      continue;
    }
    if (gap) folded += ' ';
    gap = false;
    folded.append(text.substr(before, at - before));
  }
  return folded;
}

std::string_view trim_white_space(std::string_view text) {
  std::size_t first = text.size(), last = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    if (is_space(next_code_point(text, at))) continue;
    first = std::min(first, start);
    last = at;
  }
  return first < last ? text.substr(first, last - first) : std::string_view();
}

bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (is_hangul_syllable(c)) return true;
  return (U_MASK(u_charType(static_cast<UChar32>(c))) & (U_GC_L_MASK | U_GC_M_MASK)) != 0;
}

bool is_digit(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return u_charType(static_cast<UChar32>(c)) == U_DECIMAL_DIGIT_NUMBER;
}

bool has_hangul(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (is_hangul(next_code_point(text, at))) return true;
  }
  return false;
}

void warm_up_text() {
  composer();
  (void)nfc("\xe1\x84\x80\xe1\x85\xa1");
  (void)case_fold("Ä");
  (void)fold_accents("Ä");
  (void)is_letter(0xe4);
  (void)split_sentences("One. Two. 하나다. 둘이다.");
  warm_up_charsets();
}

}  // namespace naru
