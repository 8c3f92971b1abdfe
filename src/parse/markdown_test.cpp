#include <gtest/gtest.h>

#include "parse/shared/testing.h"
#include "runtime/random.h"

namespace naru {
namespace {

TEST(Markdown, KeepsHeadingsListsQuotesAndCode) {
  EXPECT_EQ(outline(parsed("# One\n\ntext *with* `marks` and [a link](https://x.y)\nwrapped\n\n## Two\n\n- a\n  - b\n\n"
                           "> said\n\n```sh\nls -l\n\ncd\n```\n",
                           "md")),
            "heading 1: One\n"
            "paragraph: text with marks and a link wrapped\n"
            "heading 2: Two\n"
            "list_item 1: a\n"
            "list_item 2: b\n"
            "quote: said\n"
            "code: ls -l\n\ncd\n");
}

TEST(Markdown, HeadingPathsFollowTheLevels) {
  const Document document = parsed("# A\n## B\nx\n# C\ny\n", "md");
  ASSERT_EQ(document.blocks.size(), 5U);
  EXPECT_EQ(document.blocks[2].heading_path, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(document.blocks[4].heading_path, (std::vector<std::string>{"C"}));
}

TEST(Markdown, TablesAreGrids) {
  const std::string bytes = "Above:\n| a | b |\n|-|-|\n| `1` | [2](u) |\n| 3 | |\n\nbelow\n";
  const Document document = parsed(bytes, "md");
  ASSERT_EQ(document.blocks.size(), 3U);
  const Block& table = document.blocks[1];
  EXPECT_EQ(table.cells, (std::vector<std::vector<std::string>>{{"a", "b"}, {"1", "2"}, {"3", ""}}));
  EXPECT_EQ(bytes_at(bytes, document.blocks[0]), "Above:");
  EXPECT_TRUE(bytes_at(bytes, table).starts_with("| a | b |"));
  EXPECT_TRUE(bytes_at(bytes, table).ends_with("| 3 | |"));
}

TEST(Markdown, OrderedItemsKeepTheirNumbers) {
  const std::string bytes = "1. first\n2. second\n\n   more\n\n10) tenth\n";
  const Document document = parsed(bytes, "md");
  EXPECT_EQ(outline(document),
            "list_item 1: 1. first\nlist_item 1: 2. second\nlist_item 1: more\nlist_item 1: 10) tenth\n");
  EXPECT_EQ(bytes_at(bytes, document.blocks[1]), "2. second");
}

TEST(Markdown, FrontMatterGivesTitleAndMetadata) {
  const std::string bytes = "---\ntitle: \"시작하기\"\ndescription: how to begin\ntags:\n  - a\n  - b\n---\n\nHello.\n";
  const Document document = parsed(bytes, "md");
  EXPECT_EQ(document.title, "시작하기");
  ASSERT_EQ(document.blocks.size(), 2U);
  EXPECT_EQ(document.blocks[0].text, "시작하기");
  EXPECT_EQ(bytes_at(bytes, document.blocks[0]), "시작하기");
  EXPECT_EQ(document.blocks[1].heading_path, (std::vector<std::string>{"시작하기"}));
  EXPECT_EQ(bytes_at(bytes, document.blocks[1]), "Hello.");
  const std::pair<std::string, std::string> description("description", "how to begin");
  EXPECT_NE(std::find(document.metadata.begin(), document.metadata.end(), description), document.metadata.end());
}

TEST(Markdown, ATitleThatTheTextRepeatsStandsOnce) {
  EXPECT_EQ(outline(parsed("---\ntitle: Start\n---\n# Start\n\nx\n", "md")), "heading 1: Start\nparagraph: x\n");
}

TEST(Markdown, ARuleAtTheTopIsNoFrontMatter) {
  EXPECT_EQ(outline(parsed("---\nwords between rules\n---\n\nmore\n", "md")),
            "heading 2: words between rules\nparagraph: more\n");
}

TEST(Mdx, TagsGoAndTheirTextStays) {
  const std::string bytes =
      "import { Card } from '@site/card'\n"
      "export const x = {\n  a: 1,\n}\n\n"
      "<Card title=\"Shown title\" icon=\"hidden-icon\" data={{ a: '<b>' }}>\n"
      "  Inside **the card**.\n\n"
      "  - item\n"
      "</Card>\n\n"
      "{/* a comment */}\n"
      "After <b>bold</b> text, 2 < 3.\n";
  const Document document = parsed(bytes, "mdx");
  const std::string all = outline(document);
  for (const char* shown : {"Shown title", "Inside the card.", "list_item 1: item", "After bold text, 2 < 3."}) {
    EXPECT_NE(all.find(shown), std::string::npos) << shown << " in\n" << all;
  }
  for (const char* gone : {"import", "export", "hidden-icon", "comment", "Card>", "data="}) {
    EXPECT_EQ(all.find(gone), std::string::npos) << gone << " in\n" << all;
  }
  for (const Block& block : document.blocks) EXPECT_TRUE(holds_in_order(bytes_at(bytes, block), block.text));
}

TEST(Mdx, CodeKeepsItsTags) {
  EXPECT_EQ(outline(parsed("```jsx\n<Card a={1}>\n```\n\nuse `<Card>` here\n", "mdx")),
            "code: <Card a={1}>\nparagraph: use <Card> here\n");
}

TEST(Markdown, PointsIntoConvertedCharsets) {
  // "# 제목" and "본문" in CP949.
  const std::string bytes = "# \xc1\xa6\xb8\xf1\n\n\xba\xbb\xb9\xae\xc0\xd4\xb4\xcf\xb4\xd9.\n";
  const Document document = parsed(bytes, "md");
  ASSERT_EQ(document.blocks.size(), 2U);
  EXPECT_EQ(document.blocks[1].text, "본문입니다.");
  EXPECT_EQ(bytes_at(bytes, document.blocks[1]), "\xba\xbb\xb9\xae\xc0\xd4\xb4\xcf\xb4\xd9.");
}

TEST(Markdown, HostileTextsEnd) {
  for (const std::string& bytes :
       {repeated("> ", 50'000) + "x", repeated("[", 50'000), repeated("*a ", 30'000), repeated("<a ", 50'000),
        repeated("`", 20'000) + " x", repeated("<A b={", 5'000), repeated("- ", 20'000), repeated("<!--", 20'000),
        repeated("{/*", 20'000), repeated("<script>", 20'000)}) {
    for (const char* extension : {"md", "mdx"}) {
      const Document document = parsed(bytes, extension);
      EXPECT_FALSE(document.blocks.empty() && document.warnings.empty());
    }
  }
}

TEST(Markdown, WideTablesDoNotFillUpMemory) {
  const std::string bytes =
      "|" + repeated("a|", 5'000) + "\n|" + repeated("-|", 5'000) + "\n" + repeated("|b|\n", 2'000);
  const Document document = parsed(bytes, "md");
  std::size_t cells = 0;
  for (const Block& block : document.blocks) {
    for (const auto& row : block.cells) cells += row.size();
  }
  EXPECT_LT(cells, 200'000U);
  std::size_t rows = 0;
  for (const Block& block : document.blocks)
    rows += static_cast<std::size_t>(std::count(block.text.begin(), block.text.end(), 'b'));
  EXPECT_EQ(rows, 2'000U);  // the rows behind the limit are text
}

// Documents put together from all that Markdown has: what a block says stands at its bytes, in order.
TEST(Markdown, EveryBlockIsFoundAgainAtItsBytes) {
  const std::vector<std::string> inlines = {
      "나루", "word", "*강조*",     "`code`",     "[link](https://a.b)", "**bold**", "<b>x</b>", "![alt](p.png)",
      "1984", "end.", "\\*escaped", "~~struck~~", "{/* gone */}",        "<br/>",    "漢字"};
  Random random(11);
  const auto line = [&] {
    std::string text;
    for (std::uint64_t n = 1 + random.below(6); n > 0; --n) text += inlines[random.below(inlines.size())] + " ";
    return text;
  };
  for (int round = 0; round < 300; ++round) {
    std::string bytes = random.below(3) == 0 ? "---\ntitle: A title\n---\n" : "";
    for (std::uint64_t n = random.below(12); n > 0; --n) {
      switch (random.below(8)) {
        case 0:
          bytes += "## " + line() + "\n\n";
          break;
        case 1:
          bytes += "- " + line() + "\n  - " + line() + "\n\n";
          break;
        case 2:
          bytes += "3. " + line() + "\n4. " + line() + "\n\n";
          break;
        case 3:
          bytes += "> " + line() + "\n> " + line() + "\n\n";
          break;
        case 4:
          bytes += "```\n" + line() + "\n\t" + line() + "\n```\n\n";
          break;
        case 5:
          bytes += line() + "\n| a | b |\n|---|---|\n| " + line() + " | x |\n\n";
          break;
        case 6:
          bytes += "<Card title=\"shown\">\n  " + line() + "\n</Card>\n\n";
          break;
        default:
          bytes += line() + "\r\n" + line() + "\n\n";
          break;
      }
    }
    const Document document = parsed(bytes, random.below(2) == 0 ? "md" : "mdx");
    std::uint64_t last = 0;
    for (const Block& block : document.blocks) {
      EXPECT_TRUE(holds_in_order(bytes_at(bytes, block), block.text)) << block.text << "\nis not in\n"
                                                                      << bytes_at(bytes, block) << "\nof\n"
                                                                      << bytes;
      EXPECT_GE(block.locator.bytes->start, last) << bytes;
      last = block.locator.bytes->end;
    }
  }
}

TEST(Markdown, FootnotesStandWhereTheyAreWrittenWithTheirLabels) {
  const std::string bytes =
      "# Ferry\n\nIt rests[^winter] twice[^2].\n\n[^2]: https://example.com\n[^winter]: In winter.\n\n    And in fog.\n\n"
      "The end, nothing[^more].\n\n[^unused]: Nobody refers to this.\n";
  const Document document = parsed(bytes, "md");
  EXPECT_EQ(outline(document),
            "heading 1: Ferry\nparagraph: It rests[winter] twice[2].\nparagraph: [2] https://example.com\n"
            "paragraph: [winter] In winter.\nparagraph: And in fog.\nparagraph: The end, nothing[^more].\n"
            "paragraph: [unused] Nobody refers to this.\n");
  EXPECT_EQ(bytes_at(bytes, document.blocks[2]), "[^2]: https://example.com");
  EXPECT_EQ(bytes_at(bytes, document.blocks[6]), "[^unused]: Nobody refers to this.");
  EXPECT_EQ(outline(parsed("a[^1]\n\n[^1]: b\n\n```\n[^2]: code\n", "md")),
            "paragraph: a[1]\nparagraph: [1] b\ncode: [^2]: code\n");
  EXPECT_EQ(outline(parsed("a[^1]\n\n[^1]: [^2]: both\n\n- [^3]: in a list\n", "md")),
            "paragraph: a[1]\nparagraph: [2] both\nparagraph: [3] in a list\n");
  const std::string twice = outline(parsed("a[^1]\n\n[^1]: b c\n\n[^1]: d e\n", "md"));
  EXPECT_NE(twice.find("b c"), std::string::npos);
  EXPECT_NE(twice.find("d e"), std::string::npos);
}

TEST(Markdown, FootnotesWithoutEndAreReadInTime) {
  std::string many;
  for (int i = 0; i < 5'000; ++i) many += "[^" + std::to_string(i) + "]: x[^" + std::to_string(4'999 - i) + "]\n";
  EXPECT_EQ(parsed(many, "md").blocks.size(), 5'000U);
  EXPECT_FALSE(parsed(repeated("[^1]: ", 20'000) + "end", "md").blocks.empty());
  EXPECT_FALSE(parsed("[^1]: a\n" + repeated("[^", 50'000), "md").blocks.empty());
  EXPECT_FALSE(parsed("[^1]: a\n\n" + repeated("[^1]", 50'000), "md").blocks.empty());
}

}  // namespace
}  // namespace naru
