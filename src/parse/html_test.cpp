#include <gtest/gtest.h>

#include "parse/html/source.h"
#include "parse/shared/table.h"
#include "parse/shared/testing.h"
#include "runtime/random.h"

namespace naru {
namespace {

TEST(Html, KeepsHeadingsParagraphsListsQuotesAndCode) {
  EXPECT_EQ(outline(parsed("<!doctype html><body><h1>One <b>two</b></h1><p>a<br>b<p>c &amp; d&nbsp;e"
                           "<ul><li>x<ol><li>y</ol><li><p>z</ul><blockquote><p>said</blockquote>"
                           "<pre>\nint a;\n  <b>b</b>;\n</pre><figure><figcaption>Fig. <i>1</i></figcaption></figure>"
                           "<dl><dt>term<dd>meaning</dl>",
                           "html")),
            "heading 1: One two\n"
            "paragraph: a\nb\n"
            "paragraph: c & d e\n"
            "list_item 1: x\n"
            "list_item 2: y\n"
            "list_item 1: z\n"
            "quote: said\n"
            "code: int a;\n  b;\n"
            "caption: Fig. 1\n"
            "list_item 1: term\n"
            "list_item 1: meaning\n");
}

TEST(Html, TwoLineBreaksPartParagraphs) {
  EXPECT_EQ(outline(parsed("<html>one<br>two<br>\n<br>three", "html")), "paragraph: one\ntwo\nparagraph: three\n");
}

TEST(Html, LeavesOutWhatNobodySees) {
  EXPECT_EQ(outline(parsed("<html><head><title>T</title><style>p{}</style></head><p>seen"
                           "<script>document.write('<p>no</p>')</script><!-- no --><template><p>no</template>"
                           "<div hidden>no</div><div style='Display : none'>no</div><svg><text>no</text></svg>"
                           "<iframe src=x>no</iframe><textarea>no</textarea><noscript>no</noscript>",
                           "html")),
            "paragraph: seen\n");
}

TEST(Html, ShowsWhatAPageWithoutScriptsShowsWhereThereIsNothingElse) {
  EXPECT_EQ(outline(parsed("<html><body><noscript>Please switch on scripts.</noscript>", "html")),
            "paragraph: Please switch on scripts.\n");
}

TEST(Html, TablesAreGridsWithMergedCellsAndHeaderRows) {
  const Document document = parsed(
      "<table><caption>Sales</caption><tr><th rowspan=2>Year<th colspan=2>Sum<tr><th>in<th>out"
      "<tr><td>2020<td>1<td>2<tr><td colspan=3>Total<tr><td>2021<td>3<td>4</table>",
      "html");
  ASSERT_EQ(document.blocks.size(), 2U);
  EXPECT_EQ(document.blocks[0].kind, BlockKind::caption);
  EXPECT_EQ(document.blocks[1].cells,
            (std::vector<std::vector<std::string>>{
                {"Year", "Sum", ""}, {"", "in", "out"}, {"2020", "1", "2"}, {"Total", "", ""}, {"2021", "3", "4"}}));
  EXPECT_EQ(document.blocks[1].spans, (std::vector<TableSpan>{{0, 0, 2, 1}, {0, 1, 1, 2}, {3, 0, 1, 3}}));
  EXPECT_EQ(document.blocks[1].header_rows, 2U);
}

TEST(Html, ATableInsideACellIsATableOfItsOwnBehindTheOuterOne) {
  const Document document = parsed(
      "<table><tr><th>ship<th>fares<tr><td>Naru<td>see <table><tr><td>adult<td>2000<tr><td>child<td>1000</table> here"
      "</table><p>end",
      "html");
  EXPECT_EQ(outline(document),
            "table: ship | fares\nNaru | see here\ntable: adult | 2000\nchild | 1000\nparagraph: end\n");
}

TEST(Html, ACellReachesNotOutOfItsSection) {
  const Document document = parsed(
      "<table><thead><tr><th rowspan=9>a<th>b<tbody><tr><td rowspan=0>1<td>2<tr><td>3<tfoot><tr><td>4<td>5</table>",
      "html");
  ASSERT_EQ(document.blocks.size(), 1U);
  EXPECT_EQ(document.blocks[0].cells,
            (std::vector<std::vector<std::string>>{{"a", "b"}, {"1", "2"}, {"", "3"}, {"4", "5"}}));
  EXPECT_EQ(document.blocks[0].spans, (std::vector<TableSpan>{{1, 0, 2, 1}}));
  EXPECT_EQ(document.blocks[0].header_rows, 1U);
}

TEST(Html, TablesThatOnlyLayOutThePageAreRead) {
  EXPECT_EQ(outline(parsed("<table><tr><td><table><tr><td>menu</table><td><h1>Title</h1><p>Text.</table>", "html")),
            "paragraph: menu\nheading 1: Title\nparagraph: Text.\n");
}

TEST(Html, SpansWithoutEndStaySmall) {
  const Document document =
      parsed("<table>" + repeated("<tr><td colspan=1000 rowspan=65534>abc<td>d", 3'000) + "</table>", "html");
  ASSERT_EQ(document.blocks.size(), 1U);
  std::size_t cells = 0, bytes = 0;
  for (const auto& row : document.blocks[0].cells) {
    cells += row.size();
    for (const std::string& cell : row) bytes += cell.size();
  }
  EXPECT_LE(cells, kTablePlacesMax);
  EXPECT_LE(bytes, std::size_t{8} << 20);
}

TEST(Html, ReadsWhatThePageSaysAboutItself) {
  const Document document = parsed(
      "<html lang=ko-KR><head><title>나루의 이야기 - 신문</title><meta property=og:site_name content=신문>"
      "<meta name=author content='김나루'><meta property='article:published_time' content='2024-05-01'>"
      "<link rel=canonical href='https://a.b/c'><meta name=description content='짧게'></head><p>본문입니다.",
      "html");
  EXPECT_EQ(document.title, "나루의 이야기");
  EXPECT_EQ(document.language, "ko");
  const Metadata wanted = {{"author", "김나루"}, {"published", "2024-05-01"},    {"description", "짧게"},
                           {"site", "신문"},     {"canonical", "https://a.b/c"}, {"read", "whole page"}};
  EXPECT_EQ(document.metadata, wanted);
}

TEST(Html, ReadsAuthorAndDateFromLinkedData) {
  const Document document = parsed(
      "<html><script type=application/ld+json>{\"@graph\":[{\"@type\":\"NewsArticle\",\"headline\":\"H\","
      "\"author\":[{\"name\":\"A B\"},{\"name\":\"C\"}],\"datePublished\":\"2020-01-02\"}]}</script><p>x",
      "html");
  EXPECT_EQ(document.metadata, (Metadata{{"author", "A B, C"}, {"published", "2020-01-02"}, {"read", "whole page"}}));
  EXPECT_EQ(document.title, "H");
}

TEST(Html, TakesTheCharsetThatThePageNames) {
  const std::string bytes =
      "<html><head><meta charset=euc-kr></head><body><p>\xbe\xc8\xb3\xe7</p><p>\xb3\xaa\xb7\xe7</p></body></html>";
  const Document document = parsed(bytes, "html");
  ASSERT_EQ(document.blocks.size(), 2U);
  EXPECT_EQ(document.blocks[1].text, "나루");
  EXPECT_EQ(bytes_at(bytes, document.blocks[1]), "\xb3\xaa\xb7\xe7");
}

TEST(Html, ACharsetThatDoesNotFitIsNotBelieved) {
  EXPECT_EQ(outline(parsed("<html><meta charset=IBM420><p>나루", "html")), "paragraph: 나루\n");
  EXPECT_EQ(outline(parsed("<html><meta charset=iso-8859-1><p>나루", "html")), "paragraph: 나루\n");
  EXPECT_EQ(html::declared_charset("<meta http-equiv=content-type content='text/html; charset=EUC-KR'>"), "CP949");
  EXPECT_EQ(html::declared_charset("<?xml version='1.0' encoding='latin1'?>"), "windows-1252");
}

TEST(Html, ADamagedPageIsReadAsFarAsItGoes) {
  using namespace std::string_literals;
  const std::string bytes = "<HTML><P>good\0\1\2\0 words</P>\0\0\0\0\0<P>and more</P>"s;
  EXPECT_TRUE(outline(parsed(bytes, "html")).ends_with("paragraph: and more\n"));
}

TEST(HtmlSource, CutsKeepTheirPlaces) {
  const std::string text = "<p class=a data-x=\"1>2\">a<!-- b -->c<script>\"<p>\"</script>d</p>";
  const html::Source source = html::clean_source(text);
  EXPECT_EQ(source.text, "<p class=a >acd</p>");
  for (std::size_t i = 0; i < source.text.size(); ++i) EXPECT_EQ(text[source.original_offset(i)], source.text[i]);
}

TEST(HtmlSource, WhatNeverEndsIsSaid) {
  EXPECT_TRUE(warns(parsed("<html><p>a<!-- b", "html"), "comment"));
  EXPECT_TRUE(warns(parsed("<html><p>a<script>b", "html"), "<script>"));
  EXPECT_TRUE(warns(parsed("<html><p>a<b title=\"", "html"), "tag"));
}

TEST(Html, DeepNestsKeepTheirTextAndSaySo) {
  for (const char* tag : {"<div>", "<b>", "<table><tr><td>", "<ul><li>", "<blockquote>", "<span>", "<form><div>"}) {
    const Document document = parsed("<html>" + repeated(tag, 20'000) + "deep", "html");
    ASSERT_FALSE(document.blocks.empty()) << tag;
    EXPECT_EQ(document.blocks.back().text, "deep") << tag;
    EXPECT_TRUE(warns(document, "left out")) << tag;
  }
}

TEST(Html, HostilePagesEnd) {
  std::string formatting, attributes = "<html><p ";
  for (int i = 0; i < 20'000; ++i) {
    formatting += "<b id=" + std::to_string(i) + "><p>x";
    attributes += "a" + std::to_string(i) + "=1 ";
  }
  for (const std::string& bytes :
       {formatting, attributes + ">x", attributes, "<html>" + repeated("<svg>", 20'000), repeated("<title>", 20'000),
        "<html>" + repeated("&amp;", 100'000), "<html>" + repeated("</p>", 50'000),
        "<html>" + repeated("<a href=x>", 50'000), "<html><table>" + repeated("<b>x", 20'000),
        "<html>" + repeated("<select><option>", 20'000), "<html><frameset>" + repeated("<frame>", 20'000),
        "<html>" + repeated("<math><mi>", 20'000)}) {
    const Result<Document> document = parse_bytes(bytes, "html");
    ASSERT_TRUE(document.has_value()) << document.error().describe();
    EXPECT_FALSE(document->blocks.empty() && document->warnings.empty());
  }
}

TEST(Html, EntitiesOfADoctypeAreNotExpanded) {
  EXPECT_EQ(outline(parsed("<!DOCTYPE html [<!ENTITY a \"aaaa\">]><p>&a;&unknown;&#65;", "html")),
            "paragraph: ]>\nparagraph: &a;&unknown;A\n");
}

// Pages put together from all that HTML has: without its tags and entities, what stands at a block's bytes is its text.
TEST(Html, EveryBlockIsFoundAgainAtItsBytes) {
  const std::vector<std::string> inlines = {"나루",        "word",        "<b>bold</b>",       "<a href='x>y'>link</a>",
                                            "1984",        "<!-- no -->", "<i data-x=1>i</i>", "<span class=s>s</span>",
                                            "<img src=x>", "漢字",        "<code>c</code>",    "<script>no()</script>"};
  Random random(5);
  const auto line = [&] {
    std::string text;
    for (std::uint64_t n = 1 + random.below(6); n > 0; --n) text += inlines[random.below(inlines.size())] + " ";
    return text;
  };
  const auto without_tags = [](std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      if (text.substr(at, 4) == "<!--")
        at = text.find("-->", at) + 3;
      else if (text.substr(at, 6) == "<style")
        at = text.find("</style>", at) + 8;
      else if (text.substr(at, 7) == "<script")
        at = text.find("</script>", at) + 9;
      else if (text[at] == '<') {
        char quote = 0;
        for (; at < text.size() && (quote != 0 || text[at] != '>'); ++at) {
          if (text[at] == '\'') quote = quote == 0 ? text[at] : 0;
        }
        ++at;
      } else
        out += text[at++];
    }
    return fold_white_space(out);
  };
  for (int round = 0; round < 300; ++round) {
    std::string bytes = "<!doctype html><html>";
    for (std::uint64_t n = random.below(12); n > 0; --n) {
      switch (random.below(7)) {
        case 0:
          bytes += "<h2 data-a='<p>'>" + line() + "</h2>";
          break;
        case 1:
          bytes += "<ul><li>" + line() + "<ul><li>" + line() + "</ul></ul>";
          break;
        case 2:
          bytes += "<div><p>" + line() + "<p>" + line() + "</div>";
          break;
        case 3:
          bytes += "<blockquote>" + line() + "</blockquote>";
          break;
        case 4:
          bytes += "<style>x{}</style>" + line() + "<br><br>" + line();
          break;
        case 5:
          bytes += "<pre>" + line() + "</pre>";
          break;
        default:
          bytes += "<section>" + line() + "<div>" + line() + "</div></section>";
          break;
      }
    }
    const Document document = parsed(bytes, "html");
    std::uint64_t last = 0;
    for (const Block& block : document.blocks) {
      EXPECT_EQ(without_tags(bytes_at(bytes, block)), fold_white_space(block.text)) << bytes;
      EXPECT_GE(block.locator.bytes->start, last) << bytes;
      last = block.locator.bytes->end;
    }
  }
}

// ---- main text ----------------------------------------------------------------------------------------------------

const char* const kSentence =
    "The ferry crosses the river twice a day, and whoever wants to see the other side, waits for it. ";

TEST(HtmlMainText, KeepsTheArticleAndLeavesOutItsFrame) {
  std::string page = "<html><title>Ferry | News</title><nav><ul>";
  for (int i = 0; i < 30; ++i) page += "<li><a href=x>Section " + std::to_string(i) + "</a>";
  page += "</ul></nav><div id=main><article class=post><h1>Ferry</h1><p class=byline>By A. B.</p>";
  for (int i = 0; i < 5; ++i) page += "<p>" + repeated(kSentence, 3) + "</p>";
  page += "<h2>Times</h2><ul><li>morning</li><li>evening</li></ul><p>" + repeated(kSentence, 2) +
          "</p></article><div class=comments><p>" + repeated("I like it, really. ", 20) +
          "</p></div></div><aside class=related><h3><a href=y>Other</a></h3><p>" + repeated(kSentence, 1) +
          "</p></aside><footer>Copyright, all rights reserved by the ferry company. Call us any time.</footer>";
  const std::string whole = outline(parsed(page, "html", WebText::whole_page));
  const std::string main = outline(parsed(page, "html", WebText::main_text));
  for (const char* shown : {"The ferry crosses", "heading 2: Times", "list_item 1: morning"}) {
    EXPECT_NE(main.find(shown), std::string::npos) << shown;
  }
  for (const char* gone : {"Section 3", "By A. B.", "I like it", "Other", "Copyright", "heading 1"}) {
    EXPECT_NE(whole.find(gone), std::string::npos) << gone;
    EXPECT_EQ(main.find(gone), std::string::npos) << gone;
  }
}

TEST(HtmlMainText, IsChosenWhereLinksFrameAnArticleAndNowhereElse) {
  const auto page = [](int links, const std::string& body) {
    std::string text = "<html><body><nav><ul>";
    for (int i = 0; i < links; ++i) text += "<li><a href=x>Section " + std::to_string(i) + "</a>";
    return text + "</ul></nav>" + body;
  };
  const std::string article = "<article><p>" + repeated(kSentence, 9) + "</p></article>";
  const auto shows_menu = [](const std::string& text) {
    return outline(parsed(text, "html")).find("Section 0") != std::string::npos;
  };
  EXPECT_FALSE(shows_menu(page(30, article)));
  EXPECT_TRUE(shows_menu(page(3, article)));
  EXPECT_TRUE(shows_menu(page(30, "<p>Two words.</p><table><tr><td>a<td>b</table>")));
  EXPECT_FALSE(shows_menu("<meta property=og:type content=article>" + page(3, article)));
  const auto read = [](const Document& document) {
    for (const auto& [key, value] : document.metadata) {
      if (key == "read") return value;
    }
    return std::string();
  };
  EXPECT_EQ(read(parsed(page(30, article), "html")), "main text");
  EXPECT_EQ(read(parsed(page(3, article), "html")), "whole page");
}

TEST(HtmlMainText, APageWithoutRunningTextIsReadWhole) {
  EXPECT_EQ(outline(parsed("<html><p>Hi</p><p>you</p>", "html", WebText::main_text)),
            "paragraph: Hi\nparagraph: you\n");
}

TEST(HtmlMainText, FollowsTheArticleThatLinkedDataHolds) {
  std::string article, page = "<html><body><div class=x>";
  for (int i = 0; i < 8; ++i) {
    const std::string paragraph = "Number " + std::to_string(i) +
                                  " of the paragraphs tells about the river, its banks " + "and the people number " +
                                  std::to_string(i * 7) + " who live there.";
    article += paragraph + " ";
    page += "<p>" + paragraph + "</p>";
  }
  page += "<p>" + repeated("Subscribe now, it is cheap and good for you and your family. ", 3) + "</p></div>";
  page += "<script type='application/ld+json'>{\"@type\":\"Article\",\"articleBody\":\"" + article + "\"}</script>";
  const std::string main = outline(parsed(page, "html", WebText::main_text));
  EXPECT_NE(main.find("Number 7"), std::string::npos);
  EXPECT_EQ(main.find("Subscribe"), std::string::npos);
}

}  // namespace
}  // namespace naru
