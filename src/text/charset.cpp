#include "text/charset.h"

#include <uchardet/uchardet.h>
#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <memory>

#include "text/unicode.h"

namespace naru {

namespace {

// uchardet needs no more than this to make up its mind.
constexpr std::size_t kGuessBytes = 64 * 1024;

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

struct DeleteDetector {
  void operator()(uchardet* detector) const { uchardet_delete(detector); }
};

Converter open_converter(const std::string& name) {
  UErrorCode status = U_ZERO_ERROR;
  // ICU knows CP949 as windows-949; uchardet says UHC.
  const bool korean = name == "UHC" || name == "CP949" || name == "EUC-KR" || name == "ks_c_5601-1987";
  Converter converter(ucnv_open(korean ? "windows-949" : name.c_str(), &status));
  return U_SUCCESS(status) ? std::move(converter) : Converter{};
}

std::string guess(std::string_view bytes) {
  const std::unique_ptr<uchardet, DeleteDetector> detector(uchardet_new());
  uchardet_handle_data(detector.get(), bytes.data(), std::min(bytes.size(), kGuessBytes));
  uchardet_data_end(detector.get());
  return uchardet_get_charset(detector.get());
}

// Converts code point by code point, so that every offset of the text knows where it came from.
bool convert(std::string_view bytes, const std::string& charset, Decoded& decoded, std::size_t& broken) {
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
    decoded.map_text.push_back(decoded.text.size());
    decoded.map.push_back(static_cast<std::size_t>(before - bytes.data()));
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
  attempt.charset = charset == "UHC" || charset == "EUC-KR" ? "CP949" : charset;
  decoded = std::move(attempt);
  return true;
}

// Cut in the middle of a character at the very end still counts as UTF-8.
bool nearly_utf8(std::string_view bytes) {
  if (is_valid_utf8(bytes)) return true;
  std::size_t broken = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t before = at;
    if (next_code_point(bytes, at) == kReplacement && at - before == 1) ++broken;
  }
  std::size_t high = 0;
  for (const char c : bytes) high += static_cast<unsigned char>(c) >= 0x80 ? 1 : 0;
  return broken * 20 <= high && broken <= 1 + bytes.size() / 2000;
}

}  // namespace

std::size_t Decoded::original_offset(std::size_t text_offset) const {
  if (map.empty()) return text_offset + bom_bytes;
  const auto it = std::upper_bound(map_text.begin(), map_text.end(), text_offset);
  const auto index = static_cast<std::size_t>(it - map_text.begin());
  return map[index == 0 ? 0 : index - 1];
}

bool looks_binary(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 8192);
  if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff")) return false;
  std::size_t control = 0, zeros_even = 0, zeros_odd = 0;
  for (std::size_t i = 0; i < head.size(); ++i) {
    const auto c = static_cast<unsigned char>(head[i]);
    if (c == 0) ++(i % 2 == 0 ? zeros_even : zeros_odd);
    if (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b) ++control;
  }
  const std::size_t zeros = zeros_even + zeros_odd;
  if (zeros > 0) {
    // UTF-16 without a mark: zeros on one side only, and many.
    const bool utf16 = (zeros_even == 0 || zeros_odd == 0) && zeros * 3 > head.size();
    return !utf16;
  }
  return control * 50 > head.size();
}

Decoded decode_text(std::string_view bytes, std::string_view hint) {
  Decoded decoded;
  std::size_t broken = 0;
  if (bytes.starts_with("\xef\xbb\xbf")) {
    decoded.certain = is_valid_utf8(bytes);
    decoded.charset = "UTF-8";
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
      return marked;
    }
  }
  if (bytes.find('\0') != std::string_view::npos) {
    std::size_t even = 0, odd = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 4096); ++i)
      even += i % 2 == 0 && bytes[i] == 0, odd += i % 2 == 1 && bytes[i] == 0;
    if (try_charset(bytes, odd > even ? "UTF-16LE" : "UTF-16BE", decoded)) return decoded;
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
    return decoded;
  }
  if (try_charset(bytes, std::string(hint), decoded)) return decoded;
  if (try_charset(bytes, guess(bytes), decoded)) return decoded;
  if (try_charset(bytes, "CP949", decoded)) return decoded;
  Decoded last;
  convert(bytes, "windows-1252", last, broken);
  last.charset = "windows-1252";
  return last;
}

void warm_up_charsets() {
  for (const char* name : {"UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE", "windows-949", "windows-1252",
                           "Shift_JIS", "EUC-JP", "GB18030", "Big5", "ISO-8859-1", "ISO-8859-2", "ISO-8859-15",
                           "windows-1250", "windows-1251", "KOI8-R", "ISO-2022-KR", "ISO-2022-JP"}) {
    (void)open_converter(name);
  }
  (void)guess("warm");
}

}  // namespace naru
