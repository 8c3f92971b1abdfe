#include "parse/shared/member_names.h"

#include "text/charset.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kNamesBytesMax = 64 << 10;  // that the charset is guessed from

// Wansung, the part of CP949 in daily use: both bytes from 0xA1 on. German or French names have such pairs by chance
// only.
bool looks_korean(std::string_view names) {
  std::size_t high = 0, paired = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto byte = static_cast<unsigned char>(names[i]);
    if (byte < 0x80) continue;
    ++high;
    const bool pair = byte >= 0xa1 && i + 1 < names.size() && static_cast<unsigned char>(names[i + 1]) >= 0xa1;
    if (!pair) continue;
    ++paired;
    ++high;
    ++i;
  }
  return paired * 2 >= high * 4 / 5 && paired > 0;
}

}  // namespace

void MemberNames::add(std::string_view name) {
  if (seen_.size() < kNamesBytesMax && !is_valid_utf8(name)) seen_.append(name).append("\n");
}

std::string MemberNames::decode(std::string_view name) const {
  if (is_valid_utf8(name)) return std::string(name);
  if (looks_korean(seen_)) return decode_text(name, "CP949").text;
  const Decoded all = decode_text(seen_);
  return decode_text(name, all.confidence < kCharsetDoubt ? otherwise_ : all.charset).text;
}

}  // namespace naru
