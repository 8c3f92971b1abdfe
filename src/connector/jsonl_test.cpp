#include <gtest/gtest.h>

#include "flow/testing.h"
#include "naru/registry.h"
#include "runtime/compress.h"
#include "runtime/files.h"

namespace naru {
namespace {

using testing::Listed;

class JsonlTest : public ::testing::Test {
 protected:
  JsonlTest() : folder_(std::move(*TemporaryFolder::make("jsonl"))) {}

  void put(std::string_view bytes) { ASSERT_TRUE(write_file(join_path(folder_.path(), name_), bytes)); }
  std::unique_ptr<Source> source() {
    Options options;
    options.base_folder = folder_.path();
    options.set("path", name_);
    options.set("id", std::string("_id"));
    options.set("text", std::string("text"));
    options.set("title", std::string("title"));
    options.set("max_line_bytes", std::int64_t{1 << 20});
    options.set("poll_seconds", std::int64_t{30});
    Registry registry;
    register_connector(registry);
    auto made = registry.source("jsonl")->make(options);
    if (!made) ADD_FAILURE() << made.error().describe();
    return std::move(*made);
  }
  Listed poll(Source& from) {
    auto listing = from.poll({});
    if (!listing) return ADD_FAILURE() << listing.error().describe(), Listed();
    return Listed(*listing);
  }
  TemporaryFolder folder_;
  std::string name_ = "corpus.jsonl";
};

TEST_F(JsonlTest, EachRowIsAnItemWhoseVersionIsItsLine) {
  const std::string first = R"({"_id":"b","text":"Two."})";
  put(first + "\n" + R"({"_id":7,"title":"T","text":"One.\n\n여섯."})");
  const auto from = source();
  const Listed listing = poll(*from);
  ASSERT_EQ(listing.items.size(), 2U);
  EXPECT_EQ(listing.items[0].key, "7");
  EXPECT_EQ(listing.items[1].key, "b");
  EXPECT_EQ(from->read(listing.items[1], {})->bytes, first);
}

TEST_F(JsonlTest, DocumentHasTitleAndParagraphsWithTheirBytes) {
  put(R"({"_id":"x","title":" A  title ","text":"  One\nline. \n \nTwo 둘.\n","lang":"ko","n":3})");
  const auto from = source();
  const Listed listing = poll(*from);
  const auto content = from->read(listing.items[0], {});
  ASSERT_TRUE(content);
  const auto document = from->direct_document(*content);
  ASSERT_TRUE(document && *document);
  const Document& made = **document;
  EXPECT_EQ(made.title, "A title");
  ASSERT_EQ(made.blocks.size(), 3U);
  EXPECT_EQ(made.blocks[0].kind, BlockKind::heading);
  EXPECT_FALSE(made.blocks[0].locator.bytes);
  EXPECT_EQ(made.blocks[1].text, "One\nline.");
  EXPECT_EQ(made.blocks[1].locator.bytes, (ByteRange{2, 11}));
  EXPECT_EQ(made.blocks[2].text, "Two 둘.");
  EXPECT_EQ(made.blocks[2].heading_path, std::vector<std::string>{"A title"});
  EXPECT_EQ(made.metadata, (Metadata{{"lang", "ko"}, {"n", "3"}}));
}

TEST_F(JsonlTest, NumbersBeyond64BitsStayAsTheyWereWritten) {
  put(R"({"_id":"x","text":"One.","big":123456789012345678901234567890})");
  const auto from = source();
  const Listed listing = poll(*from);
  const auto document = from->direct_document(*from->read(listing.items[0], {}));
  ASSERT_TRUE(document && *document);
  EXPECT_EQ((*document)->metadata, (Metadata{{"big", "123456789012345678901234567890"}}));
}

TEST_F(JsonlTest, MovedRowIsNoChange) {
  put("{\"_id\":\"a\",\"text\":\"A\"}\n{\"_id\":\"b\",\"text\":\"B\"}\n");
  const auto from = source();
  const Listed before = poll(*from);
  put("{\"_id\":\"b\",\"text\":\"B\"}\n{\"_id\":\"a\",\"text\":\"changed\"}\n");
  const Listed after = poll(*from);
  EXPECT_NE(before.items[0].fingerprint, after.items[0].fingerprint);
  EXPECT_EQ(before.items[1].fingerprint, after.items[1].fingerprint);
}

TEST_F(JsonlTest, BadRowsAreRejectsAndTheOthersGoOn) {
  put("not json\n\n{\"text\":\"no id\"}\n{\"_id\":\"a\",\"text\":\"A\"}\n"
      "{\"_id\":\"a\",\"text\":\"B\"}\n[1]\n{\"_id\":\"c\"}\n"
      "{\"_id\":\"d\",\"text\":\"" + std::string(1 << 20, 'x') + "\"}\n{\"_id\":[],\"text\":\"\"}\n\"\xff\"\n");
  const auto from = source();
  const Listed listing = poll(*from);
  ASSERT_EQ(listing.items.size(), 2U);
  EXPECT_EQ(listing.items[0].key, "a");
  std::map<std::string, std::string> codes;
  for (const Reject& reject : listing.rejects) codes[reject.key] = reject.code;
  const std::map<std::string, std::string> expected = {
      {"line 1", "corrupt"},          {"line 3", "invalid_argument"}, {"line 5", "already_exists"},
      {"line 6", "invalid_argument"}, {"line 8", "limit_exceeded"},   {"line 9", "invalid_argument"},
      {"line 10", "corrupt"}};
  EXPECT_EQ(codes, expected);
  const auto content = from->read(listing.items[1], {});
  ASSERT_TRUE(content);
  const auto without_text = from->direct_document(*content);
  ASSERT_TRUE(without_text);
  EXPECT_EQ(without_text->error().code(), Code::invalid_argument);
}

TEST_F(JsonlTest, LinesEndAtNewlinesOnly) {
  put("{\"_id\":\"a\",\"text\":\"one\xe2\x80\xa8two\"}\r\n");
  const auto from = source();
  const Listed listing = poll(*from);
  ASSERT_EQ(listing.items.size(), 1U);
  EXPECT_TRUE(from->read(listing.items[0], {})->bytes.ends_with("\r"));
}

TEST_F(JsonlTest, ReadsLongFilesInPieces) {
  std::string bytes;
  for (std::size_t i = 0; i < 30'000; ++i) {
    bytes += "{\"_id\":\"" + std::to_string(i) + "\",\"text\":\"" + std::string(i % 150, 'x') + "\"}\n";
  }
  put(bytes);
  const auto from = source();
  const Listed listing = poll(*from);
  EXPECT_EQ(listing.items.size(), 30'000U);
  EXPECT_TRUE(listing.rejects.empty());
  for (std::size_t i = 0; i < listing.items.size(); i += 997) EXPECT_TRUE(from->read(listing.items[i], {}));
}

TEST_F(JsonlTest, UnpacksZstd) {
  name_ = "corpus.jsonl.zst";
  put(zstd_compress("{\"_id\":\"a\",\"text\":\"A\"}\n"));
  const auto from = source();
  const Listed listing = poll(*from);
  ASSERT_EQ(listing.items.size(), 1U);
  EXPECT_EQ(from->read(listing.items[0], {})->bytes, "{\"_id\":\"a\",\"text\":\"A\"}");
  put("no zstd");
  EXPECT_FALSE(from->poll({}));
}

TEST_F(JsonlTest, FileRewrittenWhileReadIsTriedAgainLater) {
  put("{\"_id\":\"a\",\"text\":\"A\"}\n");
  const auto from = source();
  const Listed listing = poll(*from);
  put("{\"_id\":\"a\",\"text\":\"B\"}\n");
  const auto content = from->read(listing.items[0], {});
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().code(), Code::unavailable);
}

TEST_F(JsonlTest, MissingFileIsUnavailable) {
  const auto listing = source()->poll({});
  ASSERT_FALSE(listing);
  EXPECT_EQ(listing.error().code(), Code::unavailable);
}

TEST_F(JsonlTest, ALineIsReadUpToItsIdAndWhatIsWrongBehindItIsTheRows) {
  put("{\"x\":{\"_id\":\"inner\"},\"_id\":7,\"text\":\"a\"}\n"
      "{\"_id\":\"torn\",\"text\":\"a\n"
      "{\"text\":\"a\" \"_id\":\"b\"}\n"
      "[{\"_id\":\"c\"}]\n"
      "{\"_id\":[\"d\"]}\n"
      "{\"_id\":\"\"}\n");
  const auto from = source();
  const Listed listing = poll(*from);
  ASSERT_EQ(listing.items.size(), 2U);
  EXPECT_EQ(listing.items[0].key, "7");
  EXPECT_EQ(listing.items[1].key, "torn");
  const auto torn = from->read(listing.items[1], {});
  ASSERT_TRUE(torn);
  EXPECT_EQ(from->direct_row(*torn)->error().code(), Code::corrupt);
  std::vector<std::string> said;
  for (const Reject& reject : listing.rejects) said.push_back(reject.key + " " + reject.code + " " + reject.message);
  const std::string wrong = " invalid_argument the field `_id` (id) must be a text or a number";
  EXPECT_EQ(said, (std::vector<std::string>{"line 3 corrupt not JSON: error at byte 17",
                                            "line 4 invalid_argument the line is no JSON object", "line 5" + wrong,
                                            "line 6" + wrong}));
}

}  // namespace
}  // namespace naru
