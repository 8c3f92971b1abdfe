#include "naru/record.h"

#include <gtest/gtest.h>

#include "record/json.h"
#include "record/markdown.h"

namespace naru {
namespace {

TEST(Cells, AreNamedAsSpreadsheetsNameThem) {
  EXPECT_EQ(cell_range_name({1, 1, 1, 1}), "A1");
  EXPECT_EQ(cell_range_name({2, 26, 10, 27}), "Z2:AA10");
  EXPECT_EQ(cell_range_name({1, 702, 1, 703}), "ZZ1:AAA1");
}

TEST(Places, GrowOnTheirOwnPageAndSheetOnly) {
  Locator place;
  place.page = 1;
  place.boxes = {{0, 0, 1, 1}};
  place.sheet = "a";
  place.cells = CellRange{3, 2, 3, 2};
  place.bytes = ByteRange{10, 20};
  Locator by = place;
  by.cells = CellRange{1, 4, 1, 4};
  by.bytes = ByteRange{30, 40};
  widen(place, by);
  EXPECT_EQ(place.boxes.size(), 2U);
  EXPECT_EQ(place.cells, (CellRange{1, 2, 3, 4}));
  EXPECT_EQ(place.bytes, (ByteRange{10, 40}));
  by.page = 2;
  by.sheet = "b";
  by.cells = CellRange{90, 90, 90, 90};
  widen(place, by);
  EXPECT_EQ(place.boxes.size(), 2U);
  EXPECT_EQ(place.cells, (CellRange{1, 2, 3, 4}));
}

Block block(BlockKind kind, std::string text, std::uint32_t level = 0) {
  Block made;
  made.kind = kind;
  made.text = std::move(text);
  made.level = level;
  return made;
}

TEST(Principals, ReadWhatIsTheirsTheirGroupsOrEveryones) {
  const Principal kim = Principal::of("kim", {"staff", "ops"});
  EXPECT_TRUE(kim.may_read({{"user:kim"}, Trust::tenant}));
  EXPECT_TRUE(kim.may_read({{"user:lee", "group:ops"}, Trust::tenant}));
  EXPECT_TRUE(kim.may_read({{"everyone"}, Trust::tenant}));
  EXPECT_FALSE(kim.may_read({{"user:lee", "group:boss"}, Trust::tenant}));
  EXPECT_FALSE(kim.may_read({{"group:kim", "user:staff", "kim"}, Trust::tenant}));  // kinds do not mix
  EXPECT_FALSE(kim.may_read({}));                                                   // the owner only
  EXPECT_TRUE(Principal::owner().may_read({}));
  EXPECT_FALSE(Principal::of("", {}).may_read({{"user:kim"}, Trust::tenant}));
}

TEST(Blocks, KindsHaveNamesBothWays) {
  for (const std::string_view name : {"heading", "paragraph", "list_item", "table", "code", "caption", "quote"}) {
    BlockKind kind = BlockKind::quote;
    ASSERT_TRUE(block_kind_from_name(name, &kind));
    EXPECT_EQ(block_kind_name(kind), name);
  }
  BlockKind kind = BlockKind::code;
  EXPECT_FALSE(block_kind_from_name("chapter", &kind));
}

TEST(Documents, TextIsBlocksJoinedOnce) {
  Document document;
  EXPECT_EQ(document_text(document), "");
  document.blocks = {block(BlockKind::heading, "A", 1), block(BlockKind::paragraph, ""),
                     block(BlockKind::paragraph, "b")};
  EXPECT_EQ(document_text(document), "A\n\n\n\nb");
}

TEST(DocumentJson, HasTheKeysOfTheContract) {
  Document document;
  document.uri = "a.pdf";
  document.format = "pdf";
  document.title = "제목";
  document.language = "ko";
  document.metadata = {{"author", "Kim"}, {"author", "Lee"}, {"pages", "2"}};
  document.warnings = {"one image was left out"};
  Block heading = block(BlockKind::heading, "1장", 1);
  heading.locator.page = 3;
  heading.locator.page_size = PageSize{595.276F, 841.89F};
  heading.locator.boxes = {{10.004F, 20, 30.5F, 40}};
  Block table = block(BlockKind::table, "a | b");
  table.cells = {{"a", "b"}};
  table.heading_path = {"1장"};
  table.locator.bytes = ByteRange{5, 9};
  document.blocks = {heading, table};
  EXPECT_EQ(to_line(document_to_json(document)),
            R"({"uri":"a.pdf","format":"pdf","title":"제목","language":"ko",)"
            R"("metadata":{"author":["Kim","Lee"],"pages":"2"},"blocks":[)"
            R"({"kind":"heading","text":"1장","level":1,"heading_path":[],"cells":[],)"
            R"("locator":{"page":3,"page_size":[595.28,841.89],"boxes":[[10.0,20.0,30.5,40.0]]}},)"
            R"({"kind":"table","text":"a | b","level":0,"heading_path":["1장"],"cells":[["a","b"]],)"
            R"("locator":{"start":5,"end":9}}],"warnings":["one image was left out"]})");
}

TEST(DocumentJson, ChildrenHaveTheSameShapeWithAName) {
  Document document, child;
  child.uri = "inner";
  document.children = {{"letter.txt", child}};
  const Json json = document_to_json(document);
  ASSERT_EQ(json["children"].size(), 1u);
  EXPECT_EQ(json["children"][0]["name"], "letter.txt");
  EXPECT_EQ(json["children"][0]["uri"], "inner");
  EXPECT_TRUE(json["children"][0]["blocks"].is_array());
  EXPECT_FALSE(document_to_json(child).contains("children"));
}

TEST(DocumentMarkdown, ShowsEachKindOfBlock) {
  Document document;
  Block table = block(BlockKind::table, "");
  table.cells = {{"name", "value"}, {"a|b", "two\nlines"}, {"short"}};
  document.blocks = {block(BlockKind::heading, "Two\nlines", 2),
                     block(BlockKind::paragraph, "Text."),
                     block(BlockKind::list_item, "one", 1),
                     block(BlockKind::list_item, "two\nmore", 2),
                     block(BlockKind::code, "x = ```y```"),
                     block(BlockKind::quote, "said\nso"),
                     table,
                     block(BlockKind::caption, "Table 1")};
  EXPECT_EQ(document_to_markdown(document), R"(## Two lines

Text.

- one
  - two
    more

````
x = ```y```
````

> said
> so

| name | value |
| --- | --- |
| a\|b | two lines |
| short |  |

Table 1
)");
}

TEST(DocumentMarkdown, NothingIsNothingAndLevelsAreBounded) {
  EXPECT_EQ(document_to_markdown({}), "");
  Document document;
  document.blocks = {block(BlockKind::heading, "A", 0), block(BlockKind::heading, "B", 99),
                     block(BlockKind::list_item, "c", 0), block(BlockKind::table, "no cells")};
  EXPECT_EQ(document_to_markdown(document), "# A\n\n###### B\n\n- c\n\nno cells\n");
}

}  // namespace
}  // namespace naru
