#include <gtest/gtest.h>

#include "parse/shared/testing.h"

namespace naru {
namespace {

TEST(Drm, IsRefusedByVendorWhateverTheExtension) {
  for (const auto& [bytes, vendor] :
       {std::pair("SCDSA004\x01\x02", "SoftCamp"), std::pair("\x9b DRMONE  This Document is encrypted", "Fasoo"),
        std::pair("<!-- FasooSecureContainer -->", "Fasoo"), std::pair("<DOCUMENT SAFER V2017>", "MarkAny"),
        std::pair("<## NASCA DRM FILE - VER1.00 ##>\x7f", "NASCA")}) {
    for (const char* extension : {"hwp", "docx", "pdf", "txt", "html", ""}) {
      const Result<Document> document = parse_bytes(bytes, extension);
      ASSERT_FALSE(document) << vendor << ' ' << extension;
      EXPECT_EQ(document.error().code(), Code::not_allowed) << vendor << ' ' << extension;
      EXPECT_NE(document.error().message().find(vendor), std::string::npos);
    }
  }
}

TEST(Drm, TextAboutItIsText) {
  EXPECT_EQ(parsed("We use Fasoo. DRMONE is what its files begin with.", "txt").format, "text");
}

}  // namespace
}  // namespace naru
