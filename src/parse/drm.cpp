// drm: documents that a company's rights management has wrapped: recognised by their first bytes, and refused by name.
//
// Reads nothing: what stands behind the first bytes is enciphered with keys that only the vendor's own program has. A
// document that was opened with that program and saved without protection is read as what it is. The first bytes are
// those that Korean security products and archives look for.
#include <fmt/format.h>

#include <array>

#include "naru/registry.h"

namespace naru {

namespace {

using namespace std::string_view_literals;

struct Wrapper {
  std::string_view start;
  std::string_view vendor;
};

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

const Wrapper* wrapper_of(std::string_view bytes) {
  for (const Wrapper& wrapper : kWrappers) {
    if (bytes.starts_with(wrapper.start)) return &wrapper;
  }
  return nullptr;
}

class DrmParser : public Parser {
 public:
  std::string_view format() const override { return "drm"; }

  Confidence detect(const ParseInput& input) const override {
    return wrapper_of(input.bytes) != nullptr ? Confidence::certain : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    const Wrapper* wrapper = wrapper_of(input.bytes);
    if (wrapper == nullptr) return Error(Code::unsupported, "not wrapped by a known rights management");
    return Error(
        Code::not_allowed,
        fmt::format("encrypted by {}: open it with that program and save a copy without protection", wrapper->vendor));
  }
};

}  // namespace

void register_drm(Registry& registry) {
  registry.add_parser({.name = "drm", .summary = "documents under SoftCamp, Fasoo, MarkAny or NASCA: refused by name"},
                      [] { return std::make_unique<DrmParser>(); });
}

}  // namespace naru
