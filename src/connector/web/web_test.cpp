#include <gtest/gtest.h>

#include "connector/web/memory.h"
#include "connector/web/page_links.h"
#include "connector/web/robots.h"
#include "connector/web/url.h"
#include "runtime/files.h"

namespace naru::web {
namespace {

std::string text_of(std::string_view url) {
  const auto parsed = parse_url(url);
  return parsed ? parsed->text() : "none";
}

std::string resolved(std::string_view reference, std::string_view base = "http://a/b/c/d;p?q") {
  const auto url = resolve_url(*parse_url(base), reference);
  return url ? url->text() : "none";
}

TEST(Urls, AreWrittenInOneWay) {
  EXPECT_EQ(text_of(" HTTP://Example.COM:80/a/./b/../c%7e?x=%2f#part "), "http://example.com/a/c~?x=%2F");
  EXPECT_EQ(text_of("https://example.com:443"), "https://example.com/");
  EXPECT_EQ(text_of("https://example.com:8443/"), "https://example.com:8443/");
  EXPECT_EQ(text_of("https://example.com?a"), "https://example.com/?a");
  EXPECT_EQ(text_of("https://example.com/?"), "https://example.com/");
  EXPECT_EQ(text_of("http://h/a//b/../c/"), "http://h/a//c/");
  EXPECT_EQ(text_of("http://h/100%"), "http://h/100%25");
  EXPECT_EQ(text_of("http://h/%2e%2E/%2e/x"), "http://h/x");  // an escaped dot is a dot, an escaped slash is none
  EXPECT_EQ(text_of("http://h/a%2f..%2fb"), "http://h/a%2F..%2Fb");
  EXPECT_EQ(text_of("http://[::FFFF:127.0.0.1]:80/"), "http://[::ffff:127.0.0.1]/");
  EXPECT_EQ(text_of("http://h/a\n b"), "http://h/a%20b");
}

TEST(Urls, OfKoreanSitesAreShownInHangul) {
  EXPECT_EQ(text_of("http://h/규정 1"), "http://h/%EA%B7%9C%EC%A0%95%201");
  EXPECT_EQ(parse_url("http://h/%ea%b7%9c?%ea%b7%9c=%41")->key(), "http://h/규?규=A");
  EXPECT_EQ(text_of(parse_url("http://h/%ea%b7%9c")->key()), "http://h/%EA%B7%9C");
  EXPECT_EQ(parse_url("http://h/%ff")->key(), "http://h/%FF");                          // no UTF-8
  EXPECT_EQ(parse_url("http://h/%e1%84%80%e1%85%a1")->key(), "http://h/%E1%84%80%E1%85%A1");  // decomposed: another page
  EXPECT_EQ(text_of("http://\xff\xfe/"), "none");
  EXPECT_EQ(text_of("https://한국.kr/소개"), "https://xn--3e0b707e.kr/%EC%86%8C%EA%B0%9C");
  EXPECT_EQ(text_of("http://１２７.0.0.1/"), "http://127.0.0.1/");
}

TEST(Urls, ThatCannotBeFetchedAreNone) {
  for (const char* none : {"", "ftp://h/", "mailto:a@b", "http://", "http:///x", "http://a:b@h/", "http://a@h/",
                           "javascript:alert(1)", "/x", "http://h:0/", "http://h:65536/", "http://h:8x/", "http://h h/",
                           "http://h\\@g/", "http://[::1/", "http://[::1]x/", "http://[x]/", "file:///etc/passwd"}) {
    EXPECT_EQ(text_of(none), "none") << none;
  }
  EXPECT_EQ(text_of("http://h/" + std::string(kUrlBytesMax, 'x')), "none");
}

TEST(Urls, ResolveAsTheStandardSays) {  // RFC 3986, 5.4.1 and 5.4.2
  EXPECT_EQ(resolved("g"), "http://a/b/c/g");
  EXPECT_EQ(resolved("./g"), "http://a/b/c/g");
  EXPECT_EQ(resolved("g/"), "http://a/b/c/g/");
  EXPECT_EQ(resolved("/g"), "http://a/g");
  EXPECT_EQ(resolved("//g"), "http://g/");
  EXPECT_EQ(resolved("?y"), "http://a/b/c/d;p?y");
  EXPECT_EQ(resolved("g?y"), "http://a/b/c/g?y");
  EXPECT_EQ(resolved("#s"), "http://a/b/c/d;p?q");
  EXPECT_EQ(resolved("g?y#s"), "http://a/b/c/g?y");
  EXPECT_EQ(resolved(";x"), "http://a/b/c/;x");
  EXPECT_EQ(resolved("g;x?y#s"), "http://a/b/c/g;x?y");
  EXPECT_EQ(resolved(""), "http://a/b/c/d;p?q");
  EXPECT_EQ(resolved("."), "http://a/b/c/");
  EXPECT_EQ(resolved(".."), "http://a/b/");
  EXPECT_EQ(resolved("../g"), "http://a/b/g");
  EXPECT_EQ(resolved("../../../../g"), "http://a/g");
  EXPECT_EQ(resolved("/./g"), "http://a/g");
  EXPECT_EQ(resolved("g."), "http://a/b/c/g.");
  EXPECT_EQ(resolved("..g"), "http://a/b/c/..g");
  EXPECT_EQ(resolved("./g/."), "http://a/b/c/g/");
  EXPECT_EQ(resolved("g;x=1/../y"), "http://a/b/c/y");
  EXPECT_EQ(resolved("g?y/../x"), "http://a/b/c/g?y/../x");
  EXPECT_EQ(resolved("https://x/y"), "https://x/y");
  EXPECT_EQ(resolved("g:h"), "none");
  EXPECT_EQ(resolved("2:h"), "http://a/b/c/2:h");  // no scheme begins with a digit
  EXPECT_EQ(resolved("\\\\evil/x"), "http://a/b/c/%5C%5Cevil/x");
}

TEST(Urls, OfOneSiteMayDifferInSchemeAndWww) {
  EXPECT_TRUE(is_same_site(*parse_url("http://example.com/"), *parse_url("https://www.example.com/x")));
  EXPECT_FALSE(is_same_site(*parse_url("http://example.com/"), *parse_url("http://example.com.evil/")));
  EXPECT_FALSE(is_same_site(*parse_url("http://example.com/"), *parse_url("http://example.com:81/")));
}

TEST(RobotsFile, TheLongestRuleOfOurGroupDecides) {
  const Robots robots = Robots::parse(
      "User-agent: other\nUser-agent: *\nDisallow: /\n\nuser-agent: Naru/2.0 # us\nDisallow: /a\nAllow: /a/b\n"
      "Sitemap: http://h/map.xml\nDisallow: /*.pdf$\nDisallow:\nCrawl-delay: 2.5\n",
      "naru (it@example.com)");
  EXPECT_TRUE(robots.allows("/"));
  EXPECT_FALSE(robots.allows("/a/c"));
  EXPECT_TRUE(robots.allows("/a/b/c"));
  EXPECT_FALSE(robots.allows("/x/y.pdf"));
  EXPECT_TRUE(robots.allows("/x/y.pdf?z"));
  EXPECT_EQ(robots.delay_ms(), 2500);
  EXPECT_EQ(robots.sitemaps(), std::vector<std::string>{"http://h/map.xml"});
  EXPECT_FALSE(Robots::parse("User-agent: *\nDisallow: /", "naru").allows("/x"));
  EXPECT_TRUE(Robots::parse("<html>no robots</html>", "naru").allows("/x"));
  EXPECT_TRUE(Robots::parse("User-agent: *\nDisallow: /x\nAllow: /x", "naru").allows("/x"));  // as long: allowed
}

TEST(RobotsFile, ComparesWhatIsMeant) {  // RFC 9309, 2.2.2
  const Robots robots = Robots::parse("\xef\xbb\xbfUser-agent: *\r\nDisallow: /규정\r\nDisallow: /%7euser/\r\n", "naru");
  EXPECT_FALSE(robots.allows("/%EA%B7%9C%EC%A0%95/1"));
  EXPECT_FALSE(robots.allows("/~user/"));
  EXPECT_TRUE(robots.allows("/~other/"));
}

TEST(RobotsFile, DelaysHaveALimit) {
  EXPECT_EQ(Robots::parse("User-agent: *\nCrawl-delay: 86400", "naru").delay_ms(), Robots::kDelayMsMax);
  for (const char* odd : {"inf", "nan", "-3", "soon", "", "1e999"}) {
    EXPECT_EQ(Robots::parse("User-agent: *\nCrawl-delay: " + std::string(odd), "naru").delay_ms(), 0) << odd;
  }
}

TEST(RobotsFile, ManyStarsEnd) {
  std::string pattern = "Disallow: /";
  for (int i = 0; i < 500; ++i) pattern += "*a";
  const Robots robots = Robots::parse("User-agent: *\n" + pattern + "b$\n", "naru");
  EXPECT_TRUE(robots.allows("/" + std::string(4000, 'a')));
}

TEST(PageLinksTest, LinksCanonicalFeedsAndWhatRobotsMayDo) {
  const PageLinks page = read_page_links(
      R"(<base href="/x/"><base href="/z/"><meta name=ROBOTS content="NoIndex, follow"><link rel="canonical" href="c">
         <link rel="alternate" type="application/rss+xml" href="/feed"><link rel="stylesheet" href="s.css">
         <a href="a">1</a><a href="a#b">2</a><a href="mailto:x@y">3</a><area href="b"><a rel="ugc nofollow" href="n">
         <!-- <a href="no"> --><script>'<a href="no">'</script>)",
      *parse_url("http://h/y"));
  ASSERT_EQ(page.links.size(), 2U);
  EXPECT_EQ(page.links[0].text(), "http://h/x/a");
  EXPECT_EQ(page.links[1].text(), "http://h/x/b");
  EXPECT_EQ(page.canonical->text(), "http://h/x/c");
  ASSERT_EQ(page.feeds.size(), 1U);
  EXPECT_EQ(page.feeds[0].text(), "http://h/feed");
  EXPECT_FALSE(page.index);
  EXPECT_TRUE(page.follow);
}

TEST(PageLinksTest, OfOlderKoreanSitesHavePathsInUtf8AndQueriesAsTheyAre) {
  // CP949: <p>규정과 휴가를 안내합니다.</p><a href="규정.asp?q=휴가">
  const PageLinks page = read_page_links(
      "<p>\xb1\xd4\xc1\xa4\xb0\xfa \xc8\xde\xb0\xa1\xb8\xa6 \xbe\xc8\xb3\xbb\xc7\xd5\xb4\xcf\xb4\xd9.</p>"
      "<a href='\xb1\xd4\xc1\xa4.asp?q=\xc8\xde\xb0\xa1'>", *parse_url("http://h/"));
  ASSERT_EQ(page.links.size(), 1U);
  EXPECT_EQ(page.links[0].text(), "http://h/%EA%B7%9C%EC%A0%95.asp?q=%C8%DE%B0%A1");
}

TEST(PageLinksTest, MoreLinksThanTheLimitAreSaid) {
  std::string html;
  for (std::size_t i = 0; i <= kLinksMax; ++i) html += "<a href=" + std::to_string(i) + ">";
  const PageLinks page = read_page_links(html, *parse_url("http://h/"));
  EXPECT_EQ(page.links.size(), kLinksMax);
  EXPECT_FALSE(page.whole);
}

std::string pages_of(const PageList& list) {
  std::string texts;
  for (const Url& url : list.pages) texts += url.text() + " ";
  for (const Url& url : list.lists) texts += "[" + url.text() + "] ";
  return texts;
}

TEST(PageLists, AreReadOfEachKind) {
  const Url place = *parse_url("http://h/feed");
  const PageList rss = read_page_list(
      "<rss><channel><link>http://h/</link><atom:link href='/self'/><item><title>t</title><link> /1 </link>"
      "<source><link>/no</link></source><atom:link href='/no'></atom:link></item></channel></rss>", place);
  EXPECT_TRUE(rss.is_feed);
  EXPECT_EQ(pages_of(rss), "http://h/1 ");
  const PageList atom = read_page_list(
      "<feed xmlns='x'><link href='/no'/><entry><link rel='edit' href='/no'/><link rel='alternate' href='/2'/>"
      "<source><link href='/no'/></source></entry></feed>", place);
  EXPECT_TRUE(atom.is_feed);
  EXPECT_EQ(pages_of(atom), "http://h/2 ");
  const PageList map = read_page_list(
      "<?xml version='1.0'?><urlset><url><loc>http://h/3?a=1&amp;b=2</loc><image:image><image:loc>http://h/no.png"
      "</image:loc></image:image></url></urlset>", place);
  EXPECT_TRUE(map.is_list && map.whole && !map.is_feed);
  EXPECT_EQ(pages_of(map), "http://h/3?a=1&b=2 ");
  EXPECT_EQ(pages_of(read_page_list("<sitemapindex><sitemap><loc>/m.xml</loc></sitemap></sitemapindex>", place)),
            "[http://h/m.xml] ");
  EXPECT_TRUE(read_page_list("<urlset/>", place).whole);
  EXPECT_FALSE(read_page_list("<html><urlset><a href='x'></html>", place).is_list);
}

TEST(PageLists, ThatAreCutOffAreNotWhole) {
  const Url place = *parse_url("http://h/map.xml");
  EXPECT_FALSE(read_page_list("<urlset><url><loc>http://h/1</loc></url><url><loc>http://h/2", place).whole);
  EXPECT_FALSE(read_page_list("\x1f\x8b\x08" + std::string(7, '\0') + "no deflate stream", place).whole);
}

TEST(MemoryFile, ComesBackAsItWasAndOfOneKind) {
  const TemporaryFolder folder = *TemporaryFolder::make("web");
  const std::string path = join_path(folder.path(), "a/b.jsonl");
  Memory memory;
  memory.whole = true;
  Seen seen;
  seen.place = "http://h/new";
  seen.etag = "\"1\"";
  seen.index = false;
  seen.hash = hash128("x");
  seen.size = 7;
  seen.links = {"http://h/1", "http://h/2"};
  memory.pages["http://h/old"] = seen;
  ASSERT_TRUE(memory.write(path, hash128("options")));
  const Memory read = Memory::read(path, hash128("options"));
  EXPECT_TRUE(read.whole);
  for (const char* url : {"http://h/old", "http://h/new"}) {  // by where it led too
    const Seen* found = read.find(url);
    ASSERT_NE(found, nullptr) << url;
    EXPECT_EQ(found->etag, seen.etag);
    EXPECT_FALSE(found->index);
    EXPECT_EQ(found->hash, seen.hash);
    EXPECT_EQ(found->size, 7U);
    EXPECT_EQ(found->links, seen.links);
  }
  EXPECT_TRUE(Memory::read(path, hash128("other options")).pages.empty());
  // Cut anywhere it is none, never a part of one that says it is the whole.
  const std::string text = *read_file(path);
  for (std::size_t size = 0; size + 1 < text.size(); size += 7) {
    ASSERT_TRUE(write_file(path, text.substr(0, size)));
    ASSERT_TRUE(Memory::read(path, hash128("options")).pages.empty()) << size;
  }
}

}  // namespace
}  // namespace naru::web
