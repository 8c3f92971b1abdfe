#include "record/protection.h"

#include <array>

namespace naru {

namespace {

using namespace std::string_view_literals;

struct Wrapper {
  std::string_view start;
  std::string_view vendor;
};

// What Korean security products and archives look for.
constexpr std::array<Wrapper, 12> kWrappers = {{
    {"SCDSA00"sv, "SoftCamp Document Security"},
    {"SCDSSS0"sv, "SoftCamp Document Security"},
    {"\x9b DRMONE"sv, "Fasoo Enterprise DRM"},
    {"<!-- FasooSecureContainer"sv, "Fasoo Enterprise DRM"},
    {"<!-- INCOPS SECU-DRM"sv, "Fasoo Enterprise DRM"},
    {"PsFh\x01\0\xd0\0\0\0"sv, "Fasoo Enterprise DRM"},
    {"<MARKANY_DOCUMENTSAFER>"sv, "MarkAny Document SAFER"},
    {"<DOCUMENT SAFER V"sv, "MarkAny Document SAFER"},
    {"<DOCUMENTSAFER"sv, "MarkAny Document SAFER"},
    {"\x8c\x17\x2e\x9a\x10\xb6\xf0\xd4\x9c\xa9\xca\xee\x80\xbc\x93\x9e"sv, "MarkAny Document SAFER"},
    {"\xc5\x63\x4a\x59\x8c\x1b\xce\xbd\xbb\xde\xc3\x59\x3e\xd1\x78\x1c"sv, "MarkAny Document SAFER"},
    {"<## NASCA DRM FILE"sv, "NASCA DRM"},
}};

}  // namespace

std::string_view protection_of(std::string_view bytes) {
  for (const Wrapper& wrapper : kWrappers) {
    if (bytes.starts_with(wrapper.start)) return wrapper.vendor;
  }
  return {};
}

}  // namespace naru
