#include "connector/s3/signature.h"

#include <gtest/gtest.h>

#include "naru/id.h"

namespace naru::s3 {
namespace {

// The examples of "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk" in the
// Amazon S3 API reference.
const Credentials kExample = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
constexpr std::string_view kTime = "20130524T000000Z";

std::string signature_of(SignedRequest request) {
  request.host = "examplebucket.s3.amazonaws.com";
  for (const auto& [name, value] : sign(request, kExample, "us-east-1", kTime)) {
    if (name == "authorization") return value.substr(value.find("Signature=") + 10);
  }
  return "";
}

TEST(S3Signature, IsThatOfThePublishedExamples) {
  const std::string nothing = sha256("").hex();
  EXPECT_EQ(signature_of({"GET", "", "/test.txt", {}, {{"range", "bytes=0-9"}}, nothing}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  EXPECT_EQ(signature_of({"PUT",
                          "",
                          encode("/test$file.text", Slash::keep),
                          {},
                          {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                          sha256("Welcome to Amazon S3.").hex()}),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  EXPECT_EQ(signature_of({"GET", "", "/", {{"lifecycle", ""}}, {}, nothing}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(signature_of({"GET", "", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}, nothing}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(S3Signature, EncodesEveryByteButAFew) {
  EXPECT_EQ(encode("/규정/a b+c=d~e.txt", Slash::keep), "/%EA%B7%9C%EC%A0%95/a%20b%2Bc%3Dd~e.txt");
  EXPECT_EQ(encode("a/b", Slash::encode), "a%2Fb");
  EXPECT_EQ(query_text({{"prefix", "나/"}, {"list-type", "2"}}), "list-type=2&prefix=%EB%82%98%2F");
  EXPECT_EQ(timestamp(1369353600000), kTime);
}

TEST(S3Signature, WithoutAKeyNothingIsSigned) {
  const Pairs sent = sign({"GET", "h", "/", {}, {}, sha256("").hex()}, {}, "us-east-1", kTime);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].first, "x-amz-content-sha256");
}

}  // namespace
}  // namespace naru::s3
