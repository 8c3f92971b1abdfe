#include "operator/shared/decrypt.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

constexpr std::uint64_t kLongMs = 60'000;  // so long that only a bug would reach it
constexpr const char* kVendor = "SoftCamp Document Security";

Result<std::string> open_with(const std::string& script, std::string_view bytes = "SCDSA004wrapped",
                              std::uint64_t timeout_ms = kLongMs) {
  return decrypt(bytes, kVendor, {"sh", "-c", script, "open"}, timeout_ms, {});
}

void expect_refused(const Result<std::string>& opened, Code code, std::string_view word) {
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), code) << opened.error().describe();
  EXPECT_NE(opened.error().message().find(kVendor), std::string::npos) << opened.error().message();
  EXPECT_NE(opened.error().message().find(word), std::string::npos) << opened.error().message();
}

TEST(Decrypt, GivesBackWhatTheProgramSays) {
  const std::string body(300'000, '\0');
  for (const char* script : {"tail -c +9", "tail -c +9 /dev/stdin", "tail -c +9; echo a remark >&2"}) {
    const auto opened = open_with(script, "SCDSA004" + body);
    ASSERT_TRUE(opened) << opened.error().describe();
    EXPECT_EQ(*opened, body) << script;
  }
}

TEST(Decrypt, NamesTheVendorAndTheProgramsLastLine) {
  expect_refused(open_with("echo begins >&2; echo 'no licence for \x1b[31mthis\x01 \xff' >&2; echo >&2; exit 3"),
                 Code::not_allowed, "exit status 3: no licence for [31mthis");
  expect_refused(open_with("exit 1"), Code::not_allowed, "exit status 1");
  expect_refused(open_with("kill -9 $$"), Code::not_allowed, "exit status 137");
  expect_refused(open_with("yes x | head -c 100000 | tr -d '\\n' >&2; exit 1"), Code::not_allowed, "xxx");
}

TEST(Decrypt, AProgramThatIsNotThereIsTriedAgainLater) {
  expect_refused(decrypt("SCDSA004", kVendor, {"/no/program"}, kLongMs, {}), Code::unavailable, "/no/program");
  expect_refused(decrypt("SCDSA004", kVendor, {"/etc/passwd"}, kLongMs, {}), Code::unavailable, "may not be run");
}

TEST(Decrypt, EndsAProgramThatHangsOrNeverStopsTalking) {
  expect_refused(open_with("sleep 1000 & sleep 1000", "SCDSA004", 200), Code::timeout, "longer than");
  expect_refused(open_with("exec cat /dev/zero"), Code::limit_exceeded, "more than");
}

TEST(Decrypt, NothingAndStillWrappedAreNoDocuments) {
  expect_refused(open_with("true"), Code::not_allowed, "nothing");
  expect_refused(open_with("cat"), Code::not_allowed, "still encrypted");
}

TEST(Decrypt, StopsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  const auto opened = decrypt("SCDSA004", kVendor, {"sleep", "1000"}, kLongMs, stop.get_token());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), Code::cancelled);
}

TEST(Decrypt, TheProgramKnowsNothingOfOurEnvironmentAndRunsWithoutAShell) {
  ASSERT_EQ(setenv("NARU_TEST_SECRET", "s3cret", 1), 0);
  const auto said = open_with("env");
  ASSERT_TRUE(said);
  EXPECT_EQ(said->find("s3cret"), std::string::npos);
  EXPECT_NE(said->find("PATH="), std::string::npos);
  const auto plain = decrypt("SCDSA004", kVendor, {"printf", "%s", "$(id) | ; *"}, kLongMs, {});
  ASSERT_TRUE(plain);
  EXPECT_EQ(*plain, "$(id) | ; *");
}

TEST(Decrypt, SaysItInTheDocumentAndDropsByteRanges) {
  Document document;
  document.blocks.resize(1);
  document.blocks[0].locator.bytes = ByteRange{1, 2};
  document.blocks[0].locator.paragraph = 3;
  document.children.push_back({"inside", document});
  tell_decrypted(document, kVendor, "/opt/drm/open");
  for (const Document* one : {&document, &document.children[0].document}) {
    EXPECT_FALSE(one->blocks[0].locator.bytes);
    EXPECT_EQ(one->blocks[0].locator.paragraph, 3U);
    EXPECT_EQ(one->metadata, (Metadata{{"protection", kVendor}, {"decrypted_by", "/opt/drm/open"}}));
  }
}

}  // namespace
}  // namespace naru
