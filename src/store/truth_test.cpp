// What the truth's small encodings give back, and what they refuse.
#include "store/truth.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

TEST(EncodedLabel, ComesBackAsItWas) {
  const Label label{{"group:staff", "everyone"}, Trust::external};
  EXPECT_EQ(*decode_label(encode_label(label)), label);
}

// A number that is not whole was cast, and one beyond all whole numbers was undefined: found by the fuzzer.
TEST(EncodedLabel, OfATrustThatIsNoWholeNumberIsDamaged) {
  for (const char* trust : {"1.5", "1e60", "666666666666666666666666666666", "-1", "3", "\"1\"", "null"}) {
    const std::string json = R"({"access":["everyone"],"trust":)" + std::string(trust) + "}";
    const Result<Label> label = decode_label(json);
    ASSERT_FALSE(label) << trust;
    EXPECT_EQ(label.error().code(), Code::corrupt) << trust;
  }
}

}  // namespace
}  // namespace naru
