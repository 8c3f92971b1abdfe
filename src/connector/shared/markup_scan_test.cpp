#include "connector/shared/markup_scan.h"

#include <gtest/gtest.h>

#include "runtime/random.h"

namespace naru {
namespace {

// "<name attributes>", "</name>" and texts, one after the other.
std::string outline(std::string_view text, Markup markup) {
  MarkupScan scan(text, markup);
  std::string found;
  for (MarkupScan::Kind kind = scan.next(); kind != MarkupScan::Kind::end; kind = scan.next()) {
    if (kind == MarkupScan::Kind::open) found += "<" + scan.name() + (scan.empty() ? "/" : "") + ">";
    if (kind == MarkupScan::Kind::close) found += "</" + scan.name() + ">";
    if (kind == MarkupScan::Kind::text) found += scan.text();
  }
  return found;
}

TEST(MarkupScan, ReadsTagsTextsAndReferences) {
  EXPECT_EQ(outline("<?xml version='1.0'?><!DOCTYPE a [x]><a:B c='>'>1 &lt; &#54620;&#x2; &unknown;</a:B><d/>"
                    "<!-- <e> -->", Markup::xml),
            "<b>1 < 한\x02 &unknown;</b><d/>");
  EXPECT_EQ(outline("<k><![CDATA[a & <b>]]></k>", Markup::xml), "<k>a & <b></k>");
}

TEST(MarkupScan, PassesOverScripts) {
  EXPECT_EQ(outline("<p>a<SCRIPT>if (a<b) '</scrip'</script>b<style>x<y</style", Markup::html),
            "<p>a<script></script>b<style></style>");
  EXPECT_EQ(outline("a < b <", Markup::html), "a < b <");
}

TEST(MarkupScan, FindsAttributes) {
  MarkupScan scan("<a  data-x HREF = 'x?a=1&amp;b=2' rel=nofollow title=\"a > b\" /><b href=/c>", Markup::html);
  ASSERT_EQ(scan.next(), MarkupScan::Kind::open);
  EXPECT_EQ(scan.attribute("rel"), "nofollow");
  EXPECT_EQ(scan.attribute("data-x"), "");
  EXPECT_EQ(scan.attribute("none"), "");
}

// Any bytes come to an end, without more tokens than bytes.
TEST(MarkupScan, AnyBytesComeToAnEnd) {
  constexpr std::string_view kSigns = "<>/!-[]&;#=\"' \tascriptCDATA\xea\xb7\x9c";
  Random random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::uint64_t left = random.below(200); left > 0; --left) text += kSigns[random.below(kSigns.size())];
    for (const Markup markup : {Markup::xml, Markup::html}) {
      MarkupScan scan(text, markup);
      std::size_t tokens = 0;
      for (MarkupScan::Kind kind = scan.next(); kind != MarkupScan::Kind::end; kind = scan.next()) {
        ASSERT_LE(++tokens, text.size() + 1) << text;
        (void)scan.attribute("href");
        (void)scan.text();
      }
    }
  }
}

}  // namespace
}  // namespace naru
