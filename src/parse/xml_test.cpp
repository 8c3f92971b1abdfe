#include <gtest/gtest.h>

#include "parse/shared/testing.h"

namespace naru {
namespace {

TEST(Xml, DocumentsGiveTitlesParagraphsAndTablesAtTheirBytes) {
  const std::string bytes =
      "<?xml version='1.0'?><article><title>나루</title><sec><title>배</title><p>The <b>first</b> one.</p>"
      "<p>둘째 &amp; 셋째</p><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr>"
      "</tbody></table></sec></article>";
  const Document document = parsed(bytes, "xml");
  EXPECT_EQ(document.title, "나루");
  EXPECT_EQ(outline(document),
            "heading 1: 나루\nheading 2: 배\nparagraph: The first one.\nparagraph: 둘째 & 셋째\ntable: a | b\n1 | 2\n");
  EXPECT_EQ(document.blocks[2].heading_path, (std::vector<std::string>{"나루", "배"}));
  EXPECT_EQ(document.blocks[4].header_rows, 1U);
  EXPECT_EQ(bytes_at(bytes, document.blocks[2]), "p>The <b>first</b> one.");
  for (const Block& block : document.blocks) {
    if (block.text.find('&') != std::string::npos) continue;  // "amp" is in the bytes alone
    EXPECT_TRUE(holds_in_order(bytes_at(bytes, block), block.text)) << block.text;
  }
}

TEST(Xml, DataGivesRecords) {
  const Document document = parsed(
      "<list><ferry id='1'><name>나루</name><seats>12</seats></ferry><ferry id='2'><name>둘째</name><seats/></ferry>"
      "<stop name='마포' river='한강'/></list>",
      "xml");
  EXPECT_EQ(
      outline(document),
      "paragraph: id: 1\nname: 나루\nseats: 12\nparagraph: id: 2\nname: 둘째\nparagraph: name: 마포\nriver: 한강\n");
}

TEST(Xml, MergedCellsOfTablesAreSpansByHtmlAndByCals) {
  const Document html = parsed(
      "<a><title>t</title><table><tr><th rowspan='2'>배</th><th colspan='2'>요금</th></tr><tr><th>어른</th><th>아이</th>"
      "</tr><tr><td>나루</td><td>2000</td><td>1000</td></tr></table></a>",
      "xml");
  ASSERT_EQ(html.blocks.size(), 2U);
  EXPECT_EQ(html.blocks[1].text, "배 | 요금 | \n | 어른 | 아이\n나루 | 2000 | 1000");
  EXPECT_EQ(html.blocks[1].spans, (std::vector<TableSpan>{{0, 0, 2, 1}, {0, 1, 1, 2}}));
  EXPECT_EQ(html.blocks[1].header_rows, 2U);
  const Document cals = parsed(
      "<a><title>t</title><table><tgroup cols='3'><colspec colname='x'/><colspec colname='y'/><colspec colname='z'/>"
      "<thead><row><entry>배</entry><entry namest='y' nameend='z'>요금</entry></row></thead><tbody><row>"
      "<entry morerows='1'>나루</entry><entry>2000</entry><entry>1000</entry></row><row><entry>3000</entry>"
      "<entry>1500</entry></row></tbody></tgroup></table></a>",
      "xml");
  ASSERT_EQ(cals.blocks.size(), 2U);
  EXPECT_EQ(cals.blocks[1].text, "배 | 요금 | \n나루 | 2000 | 1000\n | 3000 | 1500");
  EXPECT_EQ(cals.blocks[1].spans, (std::vector<TableSpan>{{0, 1, 1, 2}, {1, 0, 2, 1}}));
  EXPECT_EQ(cals.blocks[1].header_rows, 1U);
}

TEST(Xml, TheDeclaredCharsetIsRead) {
  const Document document = parsed("<?xml version='1.0' encoding='EUC-KR'?><a>\xbe\xc8\xb3\xe7</a>", "xml");
  EXPECT_EQ(outline(document), "paragraph: 안녕\n");
}

TEST(Xml, EntitiesOfAStrangerAreNotGrown) {
  const Document document = parsed(
      "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&b; &x; "
      "text</a>",
      "xml");
  EXPECT_EQ(outline(document).find("bbbb"), std::string::npos);
  EXPECT_EQ(outline(document).find("root:"), std::string::npos);
}

TEST(Xml, BrokenAndDeepOnesEnd) {
  EXPECT_TRUE(warns(parsed("<?xml version='1.0'?><a><p>one</p><p>two", "xml"), "not well formed"));
  EXPECT_FALSE(parse_bytes("<?xml version='1.0'?>" + repeated("<a>", 100'000), "xml"));
  EXPECT_FALSE(parse_bytes("<?xml version='1.0'?>", "xml"));
  const std::string wide = "<td colspan='99999999999' rowspan='1000'>x</td>";
  EXPECT_EQ(parsed("<?xml version='1.0'?><t><tr>" + repeated(wide, 20'000) + "</tr></t>", "xml").blocks.size(), 1U);
}

}  // namespace
}  // namespace naru
