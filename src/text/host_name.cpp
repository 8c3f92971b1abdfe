#include "text/host_name.h"

#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/stringpiece.h>

#include <algorithm>
#include <memory>

namespace naru {

namespace {

constexpr std::size_t kNameBytesMax = 1024;  // 253 in ASCII; what comes in may be longer

const icu::IDNA* mapping() {
  static const std::unique_ptr<const icu::IDNA> instance = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<const icu::IDNA> made(icu::IDNA::createUTS46Instance(
        UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ, status));
    return U_SUCCESS(status) ? std::move(made) : nullptr;
  }();
  return instance.get();
}

bool may_stand(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

}  // namespace

std::string ascii_host_name(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax) return "";
  std::string ascii(name);
  for (char& c : ascii) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (!std::all_of(ascii.begin(), ascii.end(), may_stand)) {
    if (mapping() == nullptr) return "";
    UErrorCode status = U_ZERO_ERROR;
    icu::IDNAInfo info;
    ascii.clear();
    icu::StringByteSink<std::string> sink(&ascii);
    mapping()->nameToASCII_UTF8(icu::StringPiece(name.data(), static_cast<std::int32_t>(name.size())), sink, info,
                                status);
    if (U_FAILURE(status) || info.hasErrors()) return "";
  }
  return std::all_of(ascii.begin(), ascii.end(), may_stand) ? ascii : "";
}

}  // namespace naru
