// The documents in text of tests/golden/parse/: one feature of a format each, in the folder of the format.
// NARU_UPDATE=1 rewrites them (and ParseGolden, run once more, their answers).
#include <gtest/gtest.h>

#include "parse/shared/golden_testing.h"

namespace naru {
namespace {

// clang-format off
const std::vector<GoldenSeed>& seeds() {
  static const std::vector<GoldenSeed> all = {
      {"markdown/front_matter.md",
       "---\ntitle: 나루 안내\nauthor: Kim\ntags: [boat, river]\n---\n\n"
       "Body text.\n"},
      {"markdown/setext_headings.md",
       "Ferry\n=====\n\nTimes\n-----\n\n### Winter ###\n\nNone.\n"},
      {"markdown/nested_list.md",
       "- one\n  - two\n    1. three\n    2. four\n- five\n\n"
       "  second paragraph of five\n"},
      {"markdown/task_list.md",
       "- [x] bought a ticket\n- [ ] crossed\n"},
      {"markdown/table_alignment.md",
       "| 배 | 요금 |\n|:---|----:|\n| 나루호 | 1,500 |\n| 강\\|변 | `a` |\n"},
      {"markdown/table_ragged.md",
       "| a | b | c |\n|---|---|---|\n| 1 |\n| 1 | 2 | 3 | 4 |\n"},
      {"markdown/code_fences.md",
       "```python\ndef f():\n    return \"# no heading\"\n```\n\n"
       "~~~\n``` inside\n~~~\n\n    indented code\n"},
      {"markdown/quote.md",
       "> A quote\n> over two lines\n>\n> > nested\n"},
      {"markdown/links.md",
       "See [the times](https://a.b/t \"Times\"), <https://c.d>, ![a boat](boat.png) and [ref][1].\n"
       "\n[1]: https://e.f\n"},
      {"markdown/footnote.md",
       "The ferry[^1] rests.\n\n[^1]: In winter.\n"},
      {"markdown/footnotes_many.md",
       "It rests[^winter] twice[^2].\n\n[^2]: https://e.f\n[^winter]: In winter.\n\n    And in fog.\n\n"
       "The end.\n\n[^unused]: Nobody refers to this.\n"},
      {"markdown/inline_html.md",
       "A <b>bold</b> word.\n\n<div class=\"note\">\nIn a box.\n"
       "</div>\n\n<!-- gone -->\n"},
      {"markdown/escapes.md",
       "\\# no heading\n\n"
       "1984\\. A year &amp; more &copy; \\*stars\\*\n"},
      {"markdown/hard_breaks.md",
       "first  \nsecond\\\nthird\nfourth\n"},
      {"markdown/component.mdx",
       "import X from \"x\"\n\nexport const y = 1\n\n# Title\n\n"
       "<Card title=\"shown\">\n  Inside *text*.\n</Card>\n\n"
       "{/* gone */}\n"},
      {"html/table_spans.html",
       "<!doctype html><title>t</title><table><caption>뱃삯</caption><thead><tr>"
       "<th rowspan=2>배<th colspan=2>요금<tr><th>어른<th>아이<tbody><tr><td>나루호<td>2000<td>"
       "1000</table>"},
      {"html/nested_table.html",
       "<table><tr><th>배<th>요금<tr><td>나루호<td>나누면 <table><tr><td>어른<td>2000<tr><td>아이<td>1000</table>"
       "</table><p>끝"},
      {"html/table_sections.html",
       "<table><thead><tr><th>a<th>b<tbody><tr><th rowspan=0>one<td>1<tr><td>2<tfoot><tr><td colspan=2>sum</table>"},
      {"html/nested_list.html",
       "<ul><li>one<ol start=3><li>three<li>four</ol><li>two</ul>"},
      {"html/definition_list.html",
       "<dl><dt>Ferry<dd>A boat.<dt>Quay<dd>A place.</dl>"},
      {"html/pre_code.html",
       "<pre><code class=\"language-c\">int main() {\n"
       "  return 1 &lt; 2;\n}\n</code></pre><p>Then <code>x</code>."},
      {"html/entities.html",
       "<p>a&nbsp;b &lt;c&gt; &#xAC00;&#44033; &copy &notanentity; &#0;</p>"},
      {"html/metadata.html",
       "<!doctype html><html lang=ko><head><title>문서</title><meta name=author content=\"Kim\">"
       "<meta property=\"article:published_time\" content=\"2024-03-01T09:00:00Z\">"
       "<link rel=canonical href=\"https://a.b/c\"></head><body><p>본문이다.</body>"
       "</html>"},
      {"html/unclosed_tags.html",
       "<h1>Title<h2>Part</h2><p>one<p>two<b>bold<p>three</div></span>"},
      {"html/hidden.html",
       "<p>shown</p><p hidden>hidden</p><p style=\"display:none\">none</p><script>"
       "no()</script><template>t</template><noscript>ns</noscript>"},
      {"html/cp949.html",
       "<!doctype html><meta charset=euc-kr><title>\xb3\xaa\xb7\xe7 \xbe\xc8\xb3\xbb</title><h1>\xbf\xee"
       "\xc7\xd7</h1><p>\xb9\xe8\xb4\xc2 \xc7\xcf\xb7\xe7 \xb5\xce \xb9\xf8 \xb0\xad\xc0\xbb \xb0\xc7"
       "\xb3\xcd\xb4\xd9.</p>"},
      {"html/blockquote_figure.html",
       "<blockquote>Said <cite>Kim</cite></blockquote><figure><img src=a alt=\"a boat\">"
       "<figcaption>The boat</figcaption></figure>"},
      {"html/line_breaks.html",
       "<p>one<br>two<wbr>three</p><div>four<div>five</div>six</div>"},
      {"html/form.html",
       "<form><label>Name <input value=\"Kim\"></label><select><option>a<option selected>"
       "b</select><textarea>note</textarea><button>Go</button></form>"},
      {"html/ruby.html",
       "<p><ruby>渡<rp>(</rp><rt>도</rt><rp>)</rp></ruby>선</p>"},
      {"text/cp949.txt",
       "\xb9\xe8\xb4\xc2 \xc7\xcf\xb7\xe7 \xb5\xce \xb9\xf8 \xb0\xad\xc0\xbb \xb0\xc7\xb3\xcd\xb4\xd9. "
       "\xb0\xdc\xbf\xef\xbf\xa1\xb4\xc2 \xbd\xae\xb4\xd9.\r\n\r\n\xc7\xa5\xb4\xc2 \xb3\xaa\xb7\xe7\xc5"
       "\xcd\xbf\xa1\xbc\xad \xc6\xc7\xb4\xd9.\r\n"},
      {"text/utf16.txt",
       std::string("\xff\xfe\x98\xb0\xe8\xb8 \0" "f\0" "e\0r\0r\0y\0\n\0\n\0X\xb4\xf8\xc9", 26)},
      {"text/latin1.txt",
       "Le caf\xe9 est ferm\xe9 l'\xe9t\xe9; voil\xe0 o\xf9 na\xeetre \xe0 Orl\xe9" "ans.\n\nD\xe9j\xe0 "
       "vu, tr\xe8s bient\xf4t.\n"},
      {"text/johab.txt",
       "\x90\x61\x9e\x81 \x90\x61\x9e\x95\xa4\x81\x93\x65 \xd0\x61\x9e\x81 \x96\x81 \xa4\xe5 "
       "\x88\xe5\x90\xe1\xa1\x61 \xa4\x61\x9c\x71\xb7\xa1 \xad\x41\xa1\x65 \xae\xe5\x94\x61.\n"},
      {"text/shift_jis.txt",
       "\x93n\x82\xb5\x91" "D\x82\xcd\x88\xea\x93\xfa\x82\xc9\x93\xf1\x89\xf1\x81" "A\x90\xec\x82\xf0"
       "\x93n\x82\xe8\x82\xdc\x82\xb7\x81" "B\x93~\x82\xcd\x8bx\x82\xdd\x82\xc5\x82\xb7\x81" "B\n\n\x90"
       "\xd8\x95\x84\x82\xcd\x91" "D\x92\x85\x82\xab\x8f\xea\x82\xc5\x94\x84\x82\xc1\x82\xc4\x82\xa2\x82"
       "\xdc\x82\xb7\x81" "B\n"},
      {"text/wrapped_lines.txt",
       "The ferry crosses the river twice a day,\n"
       "in the morning and in the evening,\n"
       "whatever the weather is.\n\nIn winter it rests.\n"},
      {"text/form_feed.txt",
       "page one\n\npage two\n"},
      {"text/mac_line_ends.txt",
       "one\r\rtwo\rthree\r"},
      {"text/mark_and_controls.txt",
       "\xef\xbb\xbf" "a\tc\n\n\xed\xa0\x80 end\n"},
      {"csv/cp949.csv",
       "\xb9\xe8,\xbf\xe4\xb1\xdd\r\n\xb3\xaa\xb7\xe7\xc8\xa3,1500\r\n\xb0\xad\xba\xaf\xc8\xa3,2000\r\n"},
      {"csv/ragged.csv",
       "a,b,c\n1,2\n3,4,5,6\n\n7\n"},
      {"csv/quoted.csv",
       "name,note\n\"Kim, Min\",\"says \"\"hi\"\"\nand goes\"\n"
       "Lee,\n"},
      {"csv/semicolons.csv",
       "Boot;Preis\nNaru;1,50\nFähre;2,00\n"},
      {"csv/tabs.tsv",
       "boat\tfare\nnaru\t1500\n"},
      {"csv/pipes.csv",
       "boat|fare|day\nnaru|1500|mon\nhan|2000|tue\n"},
      {"csv/no_header.csv",
       "1,2,3\n4,5,6\n7,8,9\n"},
      {"csv/one_column.csv",
       "boat\nnaru\nhan\n"},
      {"csv/unclosed_quote.csv",
       "a,b\n1,\"open\n2,3\n"},
      {"csv/empty_columns.csv",
       ",fare,,day\nnaru,1500,,mon\n"},
      {"json/array_of_objects.json",
       "[{\"boat\": \"나루호\", \"fare\": 1500}, {\"boat\": \"han\", \"fare\": null}]"},
      {"json/nested.json",
       "{\"ferry\": {\"name\": \"naru\", \"stops\": [\"a\", \"b\", {\"c\": [1, 2.5, true]}]}}"},
      {"json/escapes.json",
       "[\"\\uac00\\n\\\"x\\\"\", \"\\ud83d\\ude00\", \"\\ud800 alone\", \"a\\u0000b\"]"},
      {"json/lines.jsonl",
       "{\"a\": 1}\n\n{\"a\": 2, \"b\": \"x\"}\n[3]\n\"four\"\n"},
      {"json/lines_damaged.jsonl",
       "{\"a\": 1}\n{\"a\": \n{\"a\": 3}\n"},
      {"json/cut.json",
       "[{\"a\": \"one\"}, {\"a\": \"tw"},
      {"json/big_numbers.json",
       "{\"a\": 1e400, \"b\": [12345678901234567890123, 1.10], \"c\": NaN, \"a\": 2}"},
      {"json/scalar.json",
       "\"only a text\""},
      {"json/numbers.json",
       "[1e400, -0.0, 12345678901234567890, 0.1]"},
      {"xml/attributes.xml",
       "<boats><boat name=\"naru\" fare=\"1500\"/><boat name=\"han\" fare=\"2000\">"
       "rests</boat></boats>"},
      {"xml/cdata_comment.xml",
       "<?xml version=\"1.0\"?><a><!-- gone --><b><![CDATA[1 < 2 & 3]]></b><?pi x?>"
       "<c>&lt;ok&gt;</c></a>"},
      {"xml/euc_kr.xml",
       "<?xml version=\"1.0\" encoding=\"euc-kr\"?><\xbe\xc8\xb3\xbb><\xc1\xa6\xb8\xf1>\xb3\xaa\xb7\xe7<"
       "/\xc1\xa6\xb8\xf1><\xb1\xdb>\xb9\xe8\xb4\xc2 \xb0\xad\xc0\xbb \xb0\xc7\xb3\xcd\xb4\xd9.</\xb1"
       "\xdb></\xbe\xc8\xb3\xbb>"},
      {"xml/namespaces.xml",
       "<r:root xmlns:r=\"u\" xmlns:x=\"v\"><x:title>T</x:title><r:p>text</r:p>"
       "</r:root>"},
      {"xml/spans_cals.xml",
       "<?xml version=\"1.0\"?><doc><title>뱃삯</title><table><tgroup cols=\"3\"><colspec colname=\"a\"/>"
       "<colspec colname=\"b\"/><colspec colname=\"c\"/><thead><row><entry>배</entry>"
       "<entry namest=\"b\" nameend=\"c\">요금</entry></row></thead><tbody><row>"
       "<entry morerows=\"1\">나루호</entry><entry>어른</entry><entry>2000</entry></row><row><entry>아이</entry>"
       "<entry>1000</entry></row></tbody></tgroup></table></doc>"},
      {"xml/mixed.xml",
       "<doc><title>Guide</title><p>one <em>two</em> three</p><p>four</p></doc>"},
      {"xml/entities_bomb.xml",
       "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><x><p>before &b; after</p>"
       "</x>"},
      {"xml/unclosed.xml",
       "<doc><p>one</p><p>two"},
      {"source/go.go",
       "package main\n\n// Crosses.\nfunc cross() int {\n"
       "\treturn 1\n}\n\ntype Boat struct {\n\tname string\n}\n"},
      {"source/sql.sql",
       "-- boats\nCREATE TABLE boat (name TEXT);\n\n"
       "INSERT INTO boat VALUES ('naru');\n"},
      {"source/shell.sh",
       "#!/bin/sh\nset -e\n\ncross() {\n  echo \"$1\"\n}\n\n"
       "cross naru\n"},
      {"source/crlf.c",
       "int a(void) {\r\n  return 1;\r\n}\r\n\r\n\r\nint b(void) {\r\n  return 2;\r\n}\r\n"},
      {"mail/alternative.eml",
       "From: Kim <kim@example.com>\nTo: lee@example.com\n"
       "Subject: both\nDate: Fri, 31 May 2024 09:00:00 +0900\n"
       "MIME-Version: 1.0\n"
       "Content-Type: multipart/alternative; boundary=b\n\n--b\n"
       "Content-Type: text/plain\n\nThe plain part.\n--b\n"
       "Content-Type: text/html\n\n<p>The <b>html</b> part.</p>\n"
       "--b--\n"},
      {"mail/html_only.eml",
       "From: Kim <kim@example.com>\nTo: lee@example.com\n"
       "Subject: html\nDate: Fri, 31 May 2024 09:00:00 +0900\n"
       "Content-Type: text/html; charset=utf-8\n\n"
       "<h1>제목</h1><p>본문이다.</p>\n"},
      {"mail/quoted_history.eml",
       "From: Kim <kim@example.com>\nTo: lee@example.com\n"
       "Subject: Re: boats\nDate: Fri, 31 May 2024 09:00:00 +0900\n"
       "\nYes, it runs.\n\n"
       "On Thu, 30 May 2024 at 10:00, Lee <lee@example.com> wrote:\n"
       "> Does it run?\n>> earlier\n"},
      {"mail/korean_history.eml",
       "From: Kim <kim@example.com>\nTo: lee@example.com\n"
       "Subject: RE: 배\nDate: Fri, 31 May 2024 09:00:00 +0900\n"
       "Content-Type: text/plain; charset=utf-8\n\n네, 다닙니다.\n\n"
       "-----Original Message-----\nFrom: Lee\nSent: Thursday\n"
       "Subject: 배\n\n다닙니까?\n"},
      {"mail/signature.eml",
       "From: Kim <kim@example.com>\nTo: lee@example.com\n"
       "Subject: sign\nDate: Fri, 31 May 2024 09:00:00 +0900\n\n"
       "Hello.\n\n-- \nKim Min\nNaru Ltd.\n"},
      {"mail/attachment.eml",
       "From: Kim <kim@example.com>\nTo: lee@example.com\n"
       "Subject: file\nDate: Fri, 31 May 2024 09:00:00 +0900\n"
       "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"
       "See the file.\n--b\n"
       "Content-Type: text/csv; name=\"fares.csv\"\n"
       "Content-Disposition: attachment; filename=\"fares.csv\"\n"
       "Content-Transfer-Encoding: base64\n\nYSxiCjEsMgo=\n--b--\n"},
      {"mail/attachment_rfc2231.eml",
       "From: Kim <kim@example.com>\nTo: lee@example.com\n"
       "Subject: name\nDate: Fri, 31 May 2024 09:00:00 +0900\n"
       "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\n"
       "Content-Type: text/plain\n"
       "Content-Disposition: attachment; filename*0*=utf-8''%EB%82%98; filename*1*=%EB%A3%A8.txt\n"
       "\ninside\n--b--\n"},
      {"mail/forwarded.eml",
       "From: Kim <kim@example.com>\nTo: lee@example.com\n"
       "Subject: Fwd\nDate: Fri, 31 May 2024 09:00:00 +0900\n"
       "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nLook.\n"
       "--b\nContent-Type: message/rfc822\n\nFrom: lee@example.com\n"
       "Subject: inner\n\nThe inner text.\n--b--\n"},
      {"mail/quoted_printable.eml",
       "From: Kim <kim@example.com>\nTo: lee@example.com\n"
       "Subject: =?utf-8?Q?=EB=82=98=EB=A3=A8?=\n"
       "Date: Fri, 31 May 2024 09:00:00 +0900\n"
       "Content-Type: text/plain; charset=utf-8\n"
       "Content-Transfer-Encoding: quoted-printable\n\n"
       "=EB=82=98=EB=A3=A8 is=\n soft.\n"},
      {"mail/cp949.eml",
       "From: a@example.com\r\nSubject: =?ks_c_5601-1987?B?s6q35w==?=\r\nContent-Type: text/plain; chars"
       "et=ks_c_5601-1987\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xb9\xe8\xb4\xc2 \xc7\xcf\xb7\xe7 "
       "\xb5\xce \xb9\xf8 \xb0\xad\xc0\xbb \xb0\xc7\xb3\xcd\xb4\xd9.\r\n"},
      {"mail/no_boundary_end.eml",
       "From: Kim <kim@example.com>\nTo: lee@example.com\n"
       "Subject: cut\nDate: Fri, 31 May 2024 09:00:00 +0900\n"
       "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"
       "first part\n--b\nContent-Type: text/plain\n\nsecond par"},
      {"mail/related.eml",
       "From: Kim <kim@example.com>\nTo: lee@example.com\n"
       "Subject: inline\nDate: Fri, 31 May 2024 09:00:00 +0900\n"
       "Content-Type: multipart/related; boundary=r\n\n--r\n"
       "Content-Type: text/html\n\n"
       "<p>See <img src=\"cid:p\" alt=\"a boat\"></p>\n--r\n"
       "Content-Type: image/png\nContent-ID: <p>\n"
       "Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--r--\n"},
      {"mail/folded_headers.eml",
       "From: kim@example.com\nTo: a@example.com,\n b@example.com,\n"
       "\tc@example.com\nSubject: a long\n subject\n"
       "References: <r@x>\n <s@x>\n\nBody.\n"},
      {"mail/flowed.eml",
       "From: Kim <kim@example.com>\nTo: lee@example.com\n"
       "Subject: flowed\nDate: Fri, 31 May 2024 09:00:00 +0900\n"
       "Content-Type: text/plain; format=flowed\n\nThis line goes \n"
       "on here.\n\nThe end.\n"},
      {"mail/flowed_delsp.eml",
       "From: Kim <kim@example.com>\nSubject: flowed\nDate: Fri, 31 May 2024 09:00:00 +0900\n"
       "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n\n긴 문장을 나누 \n어 보낸다.\n\n"
       "> 그래 \n> 요?\n\n-- \nKim\n"},
      {"mail/base64_footer.eml",
       "From: Kim <kim@example.com>\nSubject: list\nDate: Fri, 31 May 2024 09:00:00 +0900\n"
       "Content-Type: text/plain; charset=euc-kr\nContent-Transfer-Encoding: base64\n\nvsiz58fPvLy/5A==\n"
       "_______________________\nThe ferry list\n"},
      {"mail/threads.mbox",
       "From a@b Fri May 31 09:00:00 2024\nMessage-ID: <1@x>\n"
       "Subject: one\n\nfirst\n>From quoted\n\n"
       "From c@d Fri May 31 10:00:00 2024\nMessage-ID: <2@x>\n"
       "In-Reply-To: <1@x>\nSubject: Re: one\n\nsecond\n"},
  };
  return all;
}
// clang-format on

TEST(TextGolden, TheFilesAreThoseThatTheTestWrites) {
  for (const auto& [name, bytes] : seeds()) expect_golden_file(name, bytes);
}

}  // namespace
}  // namespace naru
