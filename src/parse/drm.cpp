// drm: documents that a company's rights management has wrapped: recognised by their first bytes, and refused by name.
//
// Reads nothing: what stands behind the first bytes is enciphered with keys that only the vendor's own program has. A
// document that was opened with that program and saved without protection is read as what it is; so is one that a
// site's own program opens before it comes here (operator/shared/decrypt.h).
#include <fmt/format.h>

#include "naru/registry.h"
#include "record/protection.h"

namespace naru {

namespace {

class DrmParser : public Parser {
 public:
  std::string_view format() const override { return "drm"; }

  Confidence detect(const ParseInput& input) const override {
    return !protection_of(input.bytes).empty() ? Confidence::certain : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    const std::string_view vendor = protection_of(input.bytes);
    if (vendor.empty()) return Error(Code::unsupported, "not wrapped by a known rights management");
    return Error(Code::not_allowed, fmt::format("encrypted by {}: save a copy without protection in that program, or "
                                                "name a program that opens it: parse: {{decrypt: [PROGRAM]}}",
                                                vendor));
  }
};

}  // namespace

void register_drm(Registry& registry) {
  registry.add_parser({.name = "drm", .summary = "documents under SoftCamp, Fasoo, MarkAny or NASCA: refused by name"},
                      [] { return std::make_unique<DrmParser>(); });
}

}  // namespace naru
