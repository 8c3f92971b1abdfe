#include <fmt/format.h>
#include <gtest/gtest.h>

#include "parse/shared/testing.h"

namespace naru {
namespace {

TEST(Json, AnElementOfTheOutermostListIsARecordAtItsBytes) {
  const std::string bytes = "[\n {\"name\": \"김\", \"tags\": [\"a\", \"b\"], \"none\": null},\n {\"name\": \"이\"}\n]";
  const Document document = parsed(bytes, "json");
  EXPECT_EQ(outline(document), "paragraph: name: 김\ntags: a, b\nparagraph: name: 이\n");
  ASSERT_EQ(document.blocks.size(), 2U);
  EXPECT_EQ(bytes_at(bytes, document.blocks[1]), "{\"name\": \"이\"}");
}

TEST(Json, MembersOfTheOutermostObjectAreRecordsUnderTheirNames) {
  const std::string bytes = "{\"server\": {\"port\": 80, \"hosts\": [{\"n\": 1}, {\"n\": 2}]}, \"on\": true}";
  const Document document = parsed(bytes, "json");
  EXPECT_EQ(outline(document),
            "paragraph: server.port: 80\nserver.hosts.n: 1\nserver.hosts.n: 2\nparagraph: on: true\n");
  EXPECT_EQ(bytes_at(bytes, document.blocks[1]), "\"on\": true");
}

TEST(Json, LinesAreRecords) {
  const std::string bytes = "{\"a\": 1}\n{\"a\": 2}\r\n\n{\"a\": \"x\\ny\"}\n";
  const Document document = parsed(bytes, "jsonl");
  EXPECT_EQ(outline(document), "paragraph: a: 1\nparagraph: a: 2\nparagraph: a: x\ny\n");
  EXPECT_EQ(bytes_at(bytes, document.blocks[1]), "{\"a\": 2}");
}

TEST(Json, WhatIsNoJsonIsKeptAsTextAndSaid) {
  const Document document = parsed("{\"a\": 1}\n{broken}\n{\"a\": 2}\n", "jsonl");
  EXPECT_EQ(outline(document), "paragraph: a: 1\ncode: {broken}\nparagraph: a: 2\n");
  EXPECT_TRUE(warns(document, "line 2"));
  EXPECT_TRUE(warns(parsed("plainly no json", "json"), "line 1"));
}

TEST(Json, NumbersStandAsTheyAreWrittenAndKeysAsOftenAsTheyDo) {
  EXPECT_EQ(outline(parsed(
                "[{\"a\": 1e400, \"b\": 12345678901234567890123, \"c\": 1.10, \"d\": [1E3, -0, null, true]}]", "json")),
            "paragraph: a: 1e400\nb: 12345678901234567890123\nc: 1.10\nd: 1E3, -0, true\n");
  EXPECT_EQ(outline(parsed("[{\"k\": 1, \"k\": 2, \"o\": {}, \"l\": [], \"m\": [[], [3, [4]], {\"x\": 5}]}]",
                           "json")),
            "paragraph: k: 1\nk: 2\nm: 3\nm: 4\nm.x: 5\n");
  EXPECT_EQ(outline(parsed("[{\"a\": \"x\\u0000y\"}]", "json")), "paragraph: a: x y\n");
  const Document broken = parsed("{\"a\": NaN, \"b\": 01, \"c\": 1}", "json");
  EXPECT_EQ(outline(broken), "code: a: NaN\ncode: b: 01\nparagraph: c: 1\n");
  EXPECT_TRUE(warns(broken, "line 1"));
}

TEST(Json, OfVeryManyRecordsTheSmallOnesShareABlock) {
  std::string bytes = "[";
  for (int i = 0; i < 60'000; ++i) bytes += fmt::format("{}{{\"n\":{}}}", i > 0 ? "," : "", i);
  bytes += "]";
  const Document document = parsed(bytes, "json");
  EXPECT_GT(document.blocks.size(), 50'000U);
  EXPECT_LT(document.blocks.size(), 51'000U);
  const Block& last = document.blocks.back();
  EXPECT_TRUE(last.text.ends_with("n: 59998\n\nn: 59999"));
  EXPECT_TRUE(bytes_at(bytes, last).ends_with("{\"n\":59998},{\"n\":59999}"));
}

TEST(Json, CutAndDeepFilesEnd) {
  EXPECT_FALSE(parsed("[{\"a\": \"never closed", "json").blocks.empty());
  EXPECT_FALSE(parsed(repeated("[", 100'000), "json").warnings.empty());
  EXPECT_FALSE(parsed("", "json").warnings.empty());
  EXPECT_FALSE(parsed("]]]}}}", "json").warnings.empty());
}

}  // namespace
}  // namespace naru
