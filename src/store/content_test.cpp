#include "store/content.h"

#include <gtest/gtest.h>

#include "runtime/compress.h"
#include "runtime/files.h"

namespace naru {
namespace {

Chunk chunk_of(std::string_view text) {
  Chunk chunk;
  chunk.text = text;
  chunk.text_end = text.size();
  return chunk;
}

std::string encoded(const std::string& text) {
  Document document;
  document.format = "text";
  Block block;
  block.text = text;
  document.blocks.push_back(block);
  return encode_content(document, {chunk_of(text)});
}

class ContentTest : public ::testing::Test {
 protected:
  ContentTest()
      : folder_(*TemporaryFolder::make("naru-content-")),
        database_(std::move(*Database::open(folder_.path() + "/content.db", true))) {
    EXPECT_TRUE(prepare_content(*database_));
  }
  std::vector<std::int64_t> put(const std::vector<std::string>& texts) {
    std::vector<std::string> all;
    for (const std::string& text : texts) all.push_back(encoded(text));
    return *ContentWriter(*database_).put(all);
  }
  void remove(std::vector<std::int64_t> ids) { EXPECT_TRUE(ContentWriter(*database_).remove(std::move(ids))); }
  std::string text(std::int64_t id) {
    const Result<Content> content = ContentReader(*database_).read_checked(id);
    return content ? content->document.blocks.front().text : std::string(content.error().message());
  }
  std::int64_t packs() { return *database_->value("SELECT count(*) FROM packs"); }

  TemporaryFolder folder_;
  std::unique_ptr<Database> database_;
};

const std::string kMissing = "the text is missing; run `naru verify`";

TEST_F(ContentTest, EqualTextsAreKeptOnceAndIdsGoOn) {
  EXPECT_EQ(put({"one", "two", "one"}), (std::vector<std::int64_t>{1, 2, 1}));
  EXPECT_EQ(put({"two", "three"}), (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(text(1), "one");
  EXPECT_EQ(text(2), "two");
  EXPECT_EQ(text(3), "three");
  EXPECT_EQ(text(4), kMissing);
  EXPECT_EQ(text(0), kMissing);
  EXPECT_EQ(text(-1), kMissing);
  EXPECT_EQ(packs(), 2);
  EXPECT_EQ(*content_ids(*database_), (std::vector<std::int64_t>{1, 2, 3}));
}

TEST_F(ContentTest, WhatIsTakenAwayLeavesItsNeighboursAndNoTrace) {
  put({"one", "zanzibarine", "three"});
  const std::vector<Repacked> planned = *plan_removal(*database_, {2});
  ASSERT_EQ(planned.size(), 1U);
  remove({2, 2, 77, -1, 0});  // what is not there is not asked for
  EXPECT_EQ(text(1), "one");
  EXPECT_EQ(text(2), kMissing);
  EXPECT_EQ(text(3), "three");
  EXPECT_EQ(*content_ids(*database_), (std::vector<std::int64_t>{1, 3}));
  {
    Statement pack = *database_->prepare("SELECT bytes FROM packs");
    ASSERT_TRUE(*pack.step());
    EXPECT_EQ(pack.view(0), planned[0].after);
    EXPECT_EQ(zstd_decompress(planned[0].after, 1000)->find("zanzibarine"), std::string::npos);
    EXPECT_NE(zstd_decompress(planned[0].before, 1000)->find("zanzibarine"), std::string::npos);
  }
  remove({1, 3});
  EXPECT_EQ(packs(), 0);
  EXPECT_EQ(*database_->value("SELECT count(*) FROM digests"), 0);
  EXPECT_EQ(put({"one"}), std::vector<std::int64_t>{4});  // no id is given twice
}

TEST_F(ContentTest, ATextThatWasTakenAwayIsAddedAnew) {
  ContentWriter writer(*database_);
  const std::vector<std::string> one{encoded("one"), encoded("two")};
  ASSERT_EQ(*writer.put(one), (std::vector<std::int64_t>{1, 2}));
  ASSERT_TRUE(writer.remove({1}));
  EXPECT_EQ(*writer.put(one), (std::vector<std::int64_t>{3, 2}));
}

TEST_F(ContentTest, PacksStaySmallAndALargeTextStandsAlone) {
  std::vector<std::string> texts;
  for (int i = 0; i < 100; ++i) texts.push_back(std::to_string(i) + std::string(1000, 'a' + i % 26));
  const std::string large(100'000, 'x');
  texts.insert(texts.begin() + 50, large);
  const std::vector<std::int64_t> ids = put(texts);
  EXPECT_GE(packs(), 7);
  EXPECT_LE(packs(), 10);
  EXPECT_EQ(*database_->value("SELECT count(*) FROM digests WHERE first = 51 AND length(digests) = 16"), 1);
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(text(ids[i]), texts[i]);
}

TEST_F(ContentTest, ADigestThatIsNotThatOfTheTextIsFound) {
  put({"one", "two"});
  ASSERT_TRUE(database_->execute("UPDATE digests SET digests = substr(digests, 17) || substr(digests, 1, 16)"));
  EXPECT_EQ(text(1), "the text is not what was written");
  EXPECT_TRUE(ContentReader(*database_).read(1));  // whole in itself
}

TEST_F(ContentTest, ADamagedPackIsSaidAndKeepsNobodyFromWriting) {
  put({"one", "two"});
  for (const char* damage :
       {"UPDATE packs SET bytes = x'00'", "UPDATE digests SET digests = digests || zeroblob(16)"}) {
    ASSERT_TRUE(database_->execute(damage));
    EXPECT_EQ(ContentReader(*database_).read(1).error().code(), Code::corrupt) << damage;
    remove({1});
    EXPECT_EQ(packs(), 1);
    EXPECT_EQ(ContentReader(*database_).read(1).error().code(), Code::corrupt) << damage;
  }
  ASSERT_TRUE(database_->execute("UPDATE digests SET digests = x'0102'"));
  EXPECT_EQ(content_ids(*database_).error().code(), Code::corrupt);
  ASSERT_TRUE(database_->execute("DELETE FROM digests"));
  EXPECT_EQ(text(1), kMissing);
}

}  // namespace
}  // namespace naru
