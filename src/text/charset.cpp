#include "text/charset.h"

#include <uchardet/uchardet.h>
#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/ascii.h"
#include "text/johab.h"
#include "text/unicode.h"

namespace naru {

namespace {

// uchardet needs no more than this to make up its mind.
constexpr std::size_t kGuessBytes = 64 * 1024;

// A guess from fewer characters beyond ASCII is one word's.
constexpr std::size_t kEvidenceMin = 8;
// How sure each way is. Measured on sentences in 13 languages and 30 charsets (charset_test.cpp): a guess that fits its
// script was never wrong, one within a family (Latin) was now and then, one that fits badly mostly was.
constexpr double kByDocument = 0.9, kByShape = 0.95, kBySafeGuess = 0.9, kByGuess = 0.7, kByDoubtfulGuess = 0.3;

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

struct DeleteDetector {
  void operator()(uchardet* detector) const { uchardet_delete(detector); }
};

// Whatever calls itself by one of these is read as CP949, which EUC-KR is a part of: ICU knows stricter ones by the
// same names, and programs that say "euc-kr" write syllables that only CP949 has.
bool is_cp949(std::string_view charset) {
  static constexpr std::array<std::string_view, 12> kNames = {
      "uhc",      "cp949",   "ms949",           "x-windows-949",   "windows-949", "euc-kr", "euckr",
      "x-euc-kr", "ksc5601", "ks_c_5601-1987", "ks_c_5601-1989", "korean"};
  return std::find(kNames.begin(), kNames.end(), lower_ascii(charset)) != kNames.end();
}

Converter open_converter(const std::string& name) {
  UErrorCode status = U_ZERO_ERROR;
  Converter converter(ucnv_open(is_cp949(name) ? "windows-949" : name.c_str(), &status));
  return U_SUCCESS(status) ? std::move(converter) : Converter{};
}

std::string guess(std::string_view bytes) {
  const std::unique_ptr<uchardet, DeleteDetector> detector(uchardet_new());
  uchardet_handle_data(detector.get(), bytes.data(), std::min(bytes.size(), kGuessBytes));
  uchardet_data_end(detector.get());
  return uchardet_get_charset(detector.get());
}

bool is_johab(std::string_view charset) {
  static constexpr std::array<std::string_view, 6> kNames = {"johab",   "x-johab", "ks_c_5601-1992",
                                                             "cp1361", "ms1361",  "windows-1361"};
  return std::find(kNames.begin(), kNames.end(), lower_ascii(charset)) != kNames.end();
}

// The character at `at`, which moves on; what is none moves one byte.
char32_t next_of_johab(std::string_view bytes, std::size_t& at, UConverter* euc_kr) {
  const auto lead = static_cast<unsigned char>(bytes[at++]);
  if (lead < 0x80) return lead;
  if (at == bytes.size()) return kReplacement;
  const auto code = static_cast<std::uint16_t>(lead << 8 | static_cast<unsigned char>(bytes[at]));
  char32_t c = johab_hangul(code);
  if (const std::uint16_t pair = johab_to_euc_kr(code); c == 0 && pair != 0) {
    const std::array<char, 2> two = {static_cast<char>(pair >> 8), static_cast<char>(pair & 0xff)};
    const char* from = two.data();
    UErrorCode status = U_ZERO_ERROR;
    const UChar32 found = ucnv_getNextUChar(euc_kr, &from, from + two.size(), &status);
    c = U_FAILURE(status) ? kReplacement : static_cast<char32_t>(found);
  }
  if (c == 0) return kReplacement;
  ++at;
  return c;
}

bool convert_johab(std::string_view bytes, Decoded& decoded, std::size_t& broken, bool mapped) {
  const Converter euc_kr = open_converter("EUC-KR");
  if (!euc_kr) return false;
  broken = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    if (mapped) decoded.map_text.push_back(decoded.text.size());
    if (mapped) decoded.map.push_back(at);
    const char32_t c = next_of_johab(bytes, at, euc_kr.get());
    if (c == kReplacement) ++broken;
    append_utf8(decoded.text, c);
  }
  decoded.map_text.push_back(decoded.text.size());
  decoded.map.push_back(bytes.size());
  return true;
}

// Converts code point by code point, so that every offset of the text knows where it came from, if `mapped`.
bool convert(std::string_view bytes, const std::string& charset, Decoded& decoded, std::size_t& broken,
             bool mapped = true) {
  if (is_johab(charset)) return convert_johab(bytes, decoded, broken, mapped);
  const Converter converter = open_converter(charset);
  if (!converter) return false;
  const char* at = bytes.data();
  const char* const end = bytes.data() + bytes.size();
  broken = 0;
  while (at < end) {
    const char* const before = at;
    UErrorCode status = U_ZERO_ERROR;
    UChar32 c = ucnv_getNextUChar(converter.get(), &at, end, &status);
    if (status == U_INDEX_OUTOFBOUNDS_ERROR) break;
    if (U_FAILURE(status)) {
      c = static_cast<UChar32>(kReplacement);
      if (at == before) ++at;
    }
    if (c == static_cast<UChar32>(kReplacement)) ++broken;
    if (mapped) decoded.map_text.push_back(decoded.text.size());
    if (mapped) decoded.map.push_back(static_cast<std::size_t>(before - bytes.data()));
    append_utf8(decoded.text, static_cast<char32_t>(c));
  }
  decoded.map_text.push_back(decoded.text.size());
  decoded.map.push_back(bytes.size());
  return true;
}

bool try_charset(std::string_view bytes, const std::string& charset, Decoded& decoded) {
  Decoded attempt;
  std::size_t broken = 0;
  if (charset.empty() || !convert(bytes, charset, attempt, broken)) return false;
  if (broken * 100 > bytes.size()) return false;  // more than 1 % broken: not this charset
  attempt.charset = is_cp949(charset) ? "CP949" : is_johab(charset) ? "JOHAB" : charset;
  decoded = std::move(attempt);
  return true;
}

// ---- Unicode without a mark -------------------------------------------------------------------------------------

bool is_plain(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7f) || (c >= 0xa0 && c < 0x250) ||
         (c >= 0x370 && c < 0x600) || (c >= 0x1100 && c < 0x1200) || (c >= 0x1e00 && c < 0x2700) ||
         (c >= 0x3000 && c < 0xa000) || (c >= 0xac00 && c < 0xd7a4) || (c >= 0xf900 && c < 0xfb00) ||
         (c >= 0xff00 && c < 0xfff0) || (c >= 0x1f000 && c < 0x1fb00) || (c >= 0x20000 && c < 0x31350);
}

// The bytes as units of 2 or 4 bytes: some are zero, as those of blanks and line ends are, none is a control character,
// and nearly all are of scripts that people write. Eight-bit text has no zeros, and a program's have controls beside.
bool fits_units(std::string_view bytes, std::size_t width, bool big) {
  constexpr std::size_t kUnitsPerZero = 100;  // a sentence without a blank is no longer
  if (bytes.size() % width != 0) return false;
  // Half of Latin letters' bytes are zeros, and many of other scripts' are no printable ASCII: this is ASCII with a
  // stray zero.
  const auto zeros = static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\0'));
  const auto is_ascii = [](char c) {
    return c == '\0' || c == '\t' || c == '\n' || c == '\r' || (c >= ' ' && c < 0x7f);
  };
  const bool ascii = std::all_of(bytes.begin(), bytes.end(), is_ascii);
  if (ascii && zeros * 3 < bytes.size()) return false;
  std::size_t units = 0, plain = 0, narrow = 0;
  for (std::size_t at = 0; at + width <= bytes.size(); at += width, ++units) {
    char32_t c = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const auto byte = static_cast<unsigned char>(bytes[at + (big ? i : width - 1 - i)]);
      c = (c << 8) | byte;
    }
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') return false;
    if (c > 0x10ffff) return false;
    narrow += c < 0x100 ? 1 : 0;
    plain += is_plain(c) || (width == 2 && c >= 0xd800 && c < 0xe000) ? 1 : 0;
  }
  return units > 0 && plain * 20 >= units * 19 && (width == 4 || narrow * kUnitsPerZero >= units);
}

// "UTF-16LE" and its like for text without a mark that has zeros; "" for what is none.
std::string unmarked_unicode(std::string_view bytes) {
  bytes = bytes.substr(0, 4096);
  if (bytes.find('\0') == std::string_view::npos) return {};
  for (const bool big : {false, true}) {
    if (fits_units(bytes, 4, big)) return big ? "UTF-32BE" : "UTF-32LE";
  }
  for (const bool big : {false, true}) {
    if (fits_units(bytes, 2, big)) return big ? "UTF-16BE" : "UTF-16LE";
  }
  return {};
}

// Seven-bit charsets that switch by escapes name themselves.
std::string escaped_charset(std::string_view bytes) {
  bytes = bytes.substr(0, 4096);
  if (bytes.find("\x1b$)C") != std::string_view::npos) return "ISO-2022-KR";
  for (const std::string_view escape : {"\x1b$B", "\x1b$@", "\x1b(J"}) {
    if (bytes.find(escape) != std::string_view::npos) return "ISO-2022-JP";
  }
  return {};
}

// ---- guesses ----------------------------------------------------------------------------------------------------

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0xc0 || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

// One of `wanted` between two letters.
bool inside_word(std::string_view bytes, std::string_view wanted) {
  for (std::size_t at = bytes.find_first_of(wanted); at != std::string_view::npos;
       at = bytes.find_first_of(wanted, at + 1)) {
    if (at > 0 && at + 1 < bytes.size() && is_word_byte(bytes[at - 1]) && is_word_byte(bytes[at + 1])) return true;
  }
  return false;
}

// Relatives that statistics confuse differ in a few places: Windows puts letters and quotes where ISO 8859 has control
// characters, and what is a sign in one is a letter in the other.
std::string put_right(std::string_view bytes, std::string charset) {
  static constexpr std::pair<std::string_view, std::string_view> kWindows[] = {
      {"ISO-8859-1", "windows-1252"}, {"ISO-8859-15", "windows-1252"}, {"ISO-8859-2", "windows-1250"},
      {"ISO-8859-7", "windows-1253"}, {"ISO-8859-9", "windows-1254"}};
  const bool windows = std::any_of(bytes.begin(), bytes.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 && static_cast<unsigned char>(c) < 0xa0;
  });
  if (windows) {
    for (const auto& [iso, sibling] : kWindows) {
      if (charset == iso) return std::string(sibling);
    }
    return charset;
  }
  // Central Europe: (c) « (r) » and the like within a word are S, T, Z with a hook, of ISO 8859-2.
  if (charset == "WINDOWS-1250" && inside_word(bytes, "\xa6\xa9\xab\xac\xae\xb1\xb6\xbb")) return "ISO-8859-2";
  // Western Europe: the currency sign is the euro; fractions within a word are oe.
  const bool western = charset == "ISO-8859-1" || charset == "WINDOWS-1252";
  if (western && (bytes.find('\xa4') != std::string_view::npos || inside_word(bytes, "\xbc\xbd"))) {
    return "ISO-8859-15";
  }
  return charset;
}

// How well what was guessed reads: enough of it, and letters where words are.
double confidence_of(std::string_view bytes, const Decoded& decoded) {
  std::size_t beyond = 0, letters = 0, hangul_or_kana = 0;
  for (std::size_t at = 0; at < decoded.text.size();) {
    const char32_t c = next_code_point(decoded.text, at);
    if (c < 0x80) continue;
    ++beyond;
    if (c == kReplacement) return kByDoubtfulGuess;
    letters += is_letter(c) ? 1 : 0;
    hangul_or_kana += (c >= 0xac00 && c < 0xd7a4) || (c >= 0x3040 && c < 0x3100) ? 1 : 0;
  }
  if (beyond < kEvidenceMin || letters * 2 < beyond) return kByDoubtfulGuess;
  if (hangul_or_kana * 2 > beyond) return kBySafeGuess;
  if (decoded.charset != "GB18030") return kByGuess;
  // Nearly every Chinese text is of GB 2312, whose second bytes are high too; other charsets' bytes are not.
  std::size_t pairs = 0, high = 0;
  for (std::size_t at = 0; at + 1 < bytes.size(); ++at) {
    if (static_cast<unsigned char>(bytes[at]) < 0x80) continue;
    ++pairs;
    high += static_cast<unsigned char>(bytes[++at]) >= 0xa1 ? 1 : 0;
  }
  return high * 10 >= pairs * 9 ? kBySafeGuess : kByDoubtfulGuess;
}

// Cut in the middle of a character at the very end still counts as UTF-8.
bool nearly_utf8(std::string_view bytes) {
  Utf8Check check;
  return check.add(bytes) || check.is_nearly_valid();
}

}  // namespace

bool Utf8Check::add(std::string_view bytes) {
  for (const char c : bytes) high_ += static_cast<unsigned char>(c) >= 0x80 ? 1 : 0;
  size_ += bytes.size();
  if (is_valid_utf8(bytes)) return true;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t before = at;
    if (next_code_point(bytes, at) == kReplacement && at - before == 1) ++broken_;
  }
  return false;
}

std::size_t byte_order_mark(std::string_view bytes) {
  for (const std::string_view mark : {std::string_view("\xff\xfe\0\0", 4), std::string_view("\0\0\xfe\xff", 4),
                                      std::string_view("\xef\xbb\xbf"), std::string_view("\xff\xfe"),
                                      std::string_view("\xfe\xff")}) {
    if (bytes.starts_with(mark)) return mark.size();
  }
  return 0;
}

Decoded decode_as(std::string_view bytes, const std::string& charset, bool mapped) {
  Decoded decoded;
  std::size_t broken = 0;
  if (charset == "UTF-8" && is_valid_utf8(bytes)) {
    decoded.text = bytes;
  } else {
    convert(bytes, charset, decoded, broken, mapped);
  }
  decoded.charset = charset;
  return decoded;
}

std::string text_as(std::string_view bytes, const std::string& charset) {
  return decode_as(bytes, charset, false).text;
}

std::size_t Decoded::original_offset(std::size_t text_offset) const {
  if (map.empty()) return text_offset + bom_bytes;
  const auto it = std::upper_bound(map_text.begin(), map_text.end(), text_offset);
  const auto index = static_cast<std::size_t>(it - map_text.begin());
  return map[index == 0 ? 0 : index - 1];
}

bool looks_binary(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 8192);
  if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff")) return false;
  if (!unmarked_unicode(head).empty()) return false;
  const bool shifts = head.find("\x1b$)C") != std::string_view::npos;  // ISO-2022-KR
  std::size_t control = 0;
  for (const char one : head) {
    const auto c = static_cast<unsigned char>(one);
    if (c == 0) return true;
    if (shifts && (c == 0x0e || c == 0x0f)) continue;
    if (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b) ++control;
  }
  return control * 50 > head.size();
}

Decoded decode_text(std::string_view bytes, std::string_view hint) {
  Decoded decoded;
  std::size_t broken = 0;
  if (bytes.starts_with("\xef\xbb\xbf")) {
    decoded.certain = is_valid_utf8(bytes);
    decoded.charset = "UTF-8";
    decoded.confidence = 1;
    if (decoded.certain) {
      decoded.text = bytes.substr(3);
      decoded.bom_bytes = 3;
    } else {  // repairs change lengths: keep the map
      convert(bytes.substr(3), "UTF-8", decoded, broken);
      for (std::size_t& offset : decoded.map) offset += 3;
    }
    return decoded;
  }
  for (const auto& [mark, name] :
       {std::pair<std::string_view, std::string>{std::string_view("\xff\xfe\0\0", 4), "UTF-32LE"},
        {std::string_view("\0\0\xfe\xff", 4), "UTF-32BE"},
        {"\xff\xfe", "UTF-16LE"},
        {"\xfe\xff", "UTF-16BE"}}) {
    if (!bytes.starts_with(mark)) continue;
    Decoded marked;
    if (convert(bytes.substr(mark.size()), name, marked, broken)) {
      for (std::size_t& offset : marked.map) offset += mark.size();
      marked.charset = name;
      marked.certain = true;
      marked.confidence = 1;
      return marked;
    }
  }
  for (const std::string& named : {escaped_charset(bytes), unmarked_unicode(bytes)}) {
    if (!try_charset(bytes, named, decoded)) continue;
    decoded.confidence = kByShape;
    return decoded;
  }
  if (nearly_utf8(bytes)) {
    decoded.certain = is_valid_utf8(bytes);
    decoded.charset = "UTF-8";
    decoded.text = decoded.certain ? std::string(bytes) : repair_utf8(bytes);
    if (!decoded.certain) {  // repairs change lengths: keep the map
      decoded = Decoded{};
      convert(bytes, "UTF-8", decoded, broken);
      decoded.charset = "UTF-8";
    }
    decoded.confidence = decoded.certain ? 1 : kByShape;
    return decoded;
  }
  if (try_charset(bytes, std::string(hint), decoded)) {
    decoded.confidence = kByDocument;
    return decoded;
  }
  if (looks_like_johab(bytes.substr(0, kGuessBytes)) && try_charset(bytes, "JOHAB", decoded)) {
    decoded.confidence = confidence_of(bytes, decoded);
    return decoded;
  }
  for (const std::string& guessed : {put_right(bytes, guess(bytes)), std::string("CP949")}) {
    if (!try_charset(bytes, guessed, decoded)) continue;
    decoded.confidence = confidence_of(bytes, decoded);
    return decoded;
  }
  Decoded last;
  convert(bytes, "windows-1252", last, broken);
  last.charset = "windows-1252";
  last.confidence = std::min(kByDoubtfulGuess, confidence_of(bytes, last));
  return last;
}

void warm_up_charsets() {
  for (const char* name : {"UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE", "windows-949", "windows-1252",
                           "Shift_JIS", "EUC-JP", "GB18030", "Big5", "ISO-8859-1", "ISO-8859-2", "ISO-8859-15",
                           "windows-1250", "windows-1251", "windows-1253", "windows-1254", "KOI8-R", "ISO-2022-KR",
                           "ISO-2022-JP", "ibm-437"}) {
    (void)open_converter(name);
  }
  (void)guess("warm");
}

}  // namespace naru
