#include "record/record_fields.h"

#include <gtest/gtest.h>

#include "record/value_json.h"

namespace naru {
namespace {

Record row(std::string_view json) {
  Record record;
  record.key = "item";
  record.lineage.source = "flow";
  record.payload = Row{*fields_from_json(json), {}};
  return record;
}

Record document() {
  Record record;
  record.key = "a.md";
  Document made;
  made.title = "Rivers";
  made.metadata = {{"author", "kim"}, {"tag", "a"}, {"tag", "b"}};
  made.blocks.emplace_back().text = "The Han.";
  record.payload = std::move(made);
  return record;
}

// As JSON; "-" where there is none.
std::string read(const Record& record, std::string_view name) {
  Value room;
  const Value* value = read_field(record, name, room);
  if (value == nullptr) return "-";
  std::string json;
  append_json(json, *value);
  return json;
}

std::string json_of(const Record& record) { return to_json_line(std::get<Row>(record.payload).fields); }

TEST(RecordFields, OfARowAreItsOwnAndWhatIsInside) {
  const Record record = row(R"({"a":1,"user":{"name":"kim","tags":["x",{"y":2}]},"a.b":3,"n":null})");
  EXPECT_EQ(read(record, "a"), "1");
  EXPECT_EQ(read(record, "a.b"), "3");
  EXPECT_EQ(read(record, "user.name"), "\"kim\"");
  EXPECT_EQ(read(record, "user.tags.0"), "\"x\"");
  EXPECT_EQ(read(record, "user.tags.1.y"), "2");
  EXPECT_EQ(read(record, "n"), "null");
  for (const char* none : {"b", "user.tags.2", "user.tags.x", "user.tags.0x", "a.c", "", "."}) {
    EXPECT_EQ(read(record, none), "-") << none;
  }
  EXPECT_EQ(read(record, "doc"), "\"item\"");
  EXPECT_EQ(read(row(R"({"doc":1})"), "doc"), "1");
  EXPECT_EQ(read(record, "source"), "\"flow\"");
  EXPECT_EQ(field_names(record), (std::vector<std::string>{"a", "user", "a.b", "n"}));
}

TEST(RecordFields, OfARowAreChangedInTheirPlace) {
  Record record = row(R"({"a":1,"user":{"name":"kim"},"text":"t"})");
  ASSERT_TRUE(write_field(record, "a", Value(true)));
  ASSERT_TRUE(write_field(record, "user.age", Value(std::int64_t{7})));
  ASSERT_TRUE(write_field(record, "new.inner", Value(1.5)));
  EXPECT_EQ(write_field(record, "text.x", Value()).error().code(), Code::invalid_argument);
  ASSERT_TRUE(remove_field(record, "user.name"));
  ASSERT_TRUE(remove_field(record, "none.at.all"));
  EXPECT_EQ(json_of(record), R"({"a":true,"user":{"age":7},"text":"t","new":{"inner":1.5}})");
}

TEST(RecordFields, OfADocumentAreItsTitleTextAndMetadata) {
  Record record = document();
  EXPECT_EQ(read(record, "title"), "\"Rivers\"");
  EXPECT_EQ(read(record, "text"), "\"The Han.\"");
  EXPECT_EQ(read(record, "meta.author"), "\"kim\"");
  EXPECT_EQ(read(record, "meta.tag"), R"(["a","b"])");
  EXPECT_EQ(read(record, "language"), "-");
  EXPECT_EQ(read(record, "author"), "-");
  ASSERT_TRUE(write_field(record, "language", Value(std::string("en"))));
  ASSERT_TRUE(write_field(record, "meta.score", Value(0.5)));
  ASSERT_TRUE(write_field(record, "meta.tag", Value(ValueList{Value(std::string("c"))})));
  ASSERT_TRUE(remove_field(record, "meta.author"));
  EXPECT_EQ(write_field(record, "text", Value(std::string("x"))).error().code(), Code::invalid_argument);
  EXPECT_EQ(write_field(record, "title", Value(true)).error().code(), Code::invalid_argument);
  EXPECT_EQ(std::get<Document>(record.payload).metadata, (Metadata{{"score", "0.5"}, {"tag", "c"}}));
  EXPECT_EQ(field_names(record),
            (std::vector<std::string>{"title", "language", "format", "text", "meta.score", "meta.tag"}));
}

TEST(RecordFields, OfAPassageAreReadAndStay) {
  Record record;
  Chunk chunk;
  chunk.text = "one";
  chunk.heading_path = {"A", "B"};
  chunk.locator.page = 3;
  record.payload = chunk;
  EXPECT_EQ(read(record, "text"), "\"one\"");
  EXPECT_EQ(read(record, "heading_path"), R"(["A","B"])");
  EXPECT_EQ(read(record, "page"), "3");
  EXPECT_EQ(write_field(record, "text", Value()).error().code(), Code::invalid_argument);
  EXPECT_EQ(remove_field(record, "text").error().code(), Code::invalid_argument);
}

}  // namespace
}  // namespace naru
