#include <gtest/gtest.h>

#include "parse/mail/flowed.h"
#include "parse/mail/mime.h"
#include "parse/mail/quoting.h"
#include "parse/mail/transfer.h"
#include "parse/shared/testing.h"
#include "runtime/random.h"

namespace naru {
namespace {

std::string field(const Document& document, std::string_view name) {
  for (const auto& [key, value] : document.metadata) {
    if (key == name) return value;
  }
  return {};
}

// 안녕하세요 in EUC-KR, as Korean mail of before UTF-8 has it.
constexpr const char* kGreetingInBase64 = "vsiz58fPvLy/5A==";

TEST(Mail, ReadsItsFieldsWhateverCharsetTheyCameIn) {
  const Document document = parsed(
      "From: =?euc-kr?B?vsiz58fPvLy/5A==?= <kim@example.com>\r\n"
      "To: \"Lee\" <lee@example.com>,\r\n park@example.com\r\n"
      "Subject: =?UTF-8?B?7JWI?=\r\n =?UTF-8?B?64WV?= and =?iso-8859-1?Q?caf=E9_au?= lait\r\n"
      "Date: Fri, 31 May 2024 09:00:00 +0900\r\nMessage-ID: <a@b>\r\nIn-Reply-To: <c@d>\r\n"
      "References: <first@x> <c@d>\r\n\r\nHello.\r\n",
      "eml");
  EXPECT_EQ(document.title, "안녕 and café au lait");
  EXPECT_EQ(field(document, "from"), "안녕하세요 <kim@example.com>");
  EXPECT_EQ(field(document, "to"), "\"Lee\" <lee@example.com>, park@example.com");
  EXPECT_EQ(field(document, "date"), "2024-05-31T00:00:00Z");
  EXPECT_EQ(field(document, "message_id"), "a@b");
  EXPECT_EQ(field(document, "in_reply_to"), "c@d");
  EXPECT_EQ(field(document, "thread"), "first@x");
  EXPECT_EQ(outline(document), "paragraph: Hello.\n");
  EXPECT_EQ(document.blocks[0].locator.part, "1");
}

TEST(Mail, ACharacterMayBeginInOneEncodedWordAndEndInTheNext) {
  EXPECT_EQ(mail::decode_words("=?utf-8?B?7A==?= =?utf-8?B?lYg=?="), "안");
  EXPECT_EQ(mail::decode_words("=?utf-8?Q?=EC=95?=\n =?utf-8?Q?=88?="), "안");
}

TEST(Mail, WhatIsSentInsteadOfEncodedWordsIsReadToo) {
  EXPECT_EQ(mail::decode_words("=?utf-8?Q?two words?= x"), "two words x");
  EXPECT_EQ(mail::decode_words("=?utf-8?Q?cut off"), "cut off");
  EXPECT_EQ(mail::decode_words("=?nothing"), "=?nothing");
  EXPECT_EQ(mail::decode_words("caf\xe9"), "café");
  EXPECT_EQ(mail::decode_words(std::string(mail::decode_base64(kGreetingInBase64)), "euc-kr"), "안녕하세요");
}

TEST(Mail, FileNamesAreDecodedInAllTheirForms) {
  const auto name = [](std::string_view value) { return std::string(mail::read_parameters(value).named("filename")); };
  EXPECT_EQ(name("attachment; filename=\"a b.pdf\""), "a b.pdf");
  EXPECT_EQ(name("attachment; filename*=UTF-8''%EC%95%88.pdf"), "안.pdf");
  EXPECT_EQ(name("attachment; filename*0*=UTF-8''%EC%95; filename*1*=%88; filename*2=.pdf"), "안.pdf");
  EXPECT_EQ(name("attachment; filename=\"=?euc-kr?B?vsiz58fPvLy/5A==?=.hwp\""), "안녕하세요.hwp");
  EXPECT_EQ(name("attachment; FileName = c.txt ; x"), "c.txt");
}

std::string two_part_mail(const std::string& second_part, const std::string& boundary = "b") {
  return "Subject: s\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"" + boundary + "\"\n\npreamble\n--" +
         boundary + "\nContent-Type: text/plain; charset=euc-kr\nContent-Transfer-Encoding: base64\n\n" +
         kGreetingInBase64 + "\n--" + boundary + "\n" + second_part + "\n--" + boundary + "--\nepilogue\n";
}

TEST(Mail, AttachmentsAreChildrenReadByTheirOwnParsers) {
  const Document document =
      parsed(two_part_mail(
                 "Content-Type: application/octet-stream; name=n.md\nContent-Disposition: attachment; filename=n.md\n"
                 "\n# Title\n\nText."),
             "eml");
  EXPECT_EQ(outline(document), "paragraph: 안녕하세요\n");
  EXPECT_EQ(document.blocks[0].locator.part, "1");
  ASSERT_EQ(document.children.size(), 1U);
  EXPECT_EQ(document.children[0].name, "n.md");
  EXPECT_EQ(document.children[0].document.format, "markdown");
  EXPECT_EQ(outline(document.children[0].document), "heading 1: Title\nparagraph: Text.\n");
  EXPECT_EQ(field(document.children[0].document, "part"), "2");
}

TEST(Mail, AnAttachmentThatNobodyReadsIsNamedWithItsReason) {
  const Document document =
      parsed(two_part_mail("Content-Type: image/png\nContent-Disposition: attachment; filename=p.png\n"
                           "Content-Transfer-Encoding: base64\n\niVBORw0KGgoAAAANSUhEUg=="),
             "eml");
  ASSERT_EQ(document.children.size(), 1U);
  EXPECT_EQ(document.children[0].document.format, "unread");
  EXPECT_TRUE(warns(document, "p.png"));
  EXPECT_TRUE(warns(document.children[0].document, "PNG"));
}

TEST(Mail, OfAlternativesThePlainTextIsReadUnlessItIsAMereNotice) {
  const auto mail_with = [](const std::string& plain) {
    return parsed(
        "Content-Type: multipart/alternative; boundary=x\nMIME-Version: 1.0\n\n--x\n\n" + plain +
            "\n--x\nContent-Type: text/html\n\n<p>The whole text of the letter, at its full length.</p>\n--x--",
        "eml");
  };
  const Document full = mail_with("The whole text of the letter.");
  EXPECT_EQ(outline(full), "paragraph: The whole text of the letter.\n");
  ASSERT_EQ(full.children.size(), 1U);
  EXPECT_EQ(full.children[0].name, "alternative.html");
  const Document notice = mail_with("See HTML.");
  EXPECT_EQ(outline(notice), "paragraph: The whole text of the letter, at its full length.\n");
  ASSERT_EQ(notice.children.size(), 1U);
  EXPECT_EQ(notice.children[0].name, "alternative.txt");
}

TEST(Mail, QuotedTextAndSignatureStandApart) {
  const Document document = parsed(
      "Subject: s\nMessage-ID: <a>\n\nYes.\n\nOn Friday, A. B. wrote:\n> Will you come?\n> > Who?\n\n-- \nC. D.\n",
      "eml");
  EXPECT_EQ(outline(document),
            "paragraph: Yes.\nquote: On Friday, A. B. wrote:\nWill you come?\nWho?\nquote: --\nC. D.\n");
  const Document korean = parsed("Subject: s\n\n네.\n\n-----원본 메시지-----\n올 수 있나요?\n", "eml");
  ASSERT_GE(korean.blocks.size(), 2U);
  EXPECT_EQ(korean.blocks[0].text, "네.");
  EXPECT_EQ(korean.blocks[1].kind, BlockKind::quote);
}

TEST(Mail, AMessageInsideIsAChildWithItsOwnChildren) {
  const Document document = parsed(two_part_mail("Content-Type: message/rfc822\n\n" +
                                                 two_part_mail("Content-Type: text/plain; name=i.txt\n\nIn.", "c")),
                                   "eml");
  ASSERT_EQ(document.children.size(), 1U);
  const Document& inner = document.children[0].document;
  EXPECT_EQ(document.children[0].name, "s.eml");
  EXPECT_EQ(outline(inner), "paragraph: 안녕하세요\n");
  ASSERT_EQ(inner.children.size(), 1U);
  EXPECT_EQ(outline(inner.children[0].document), "paragraph: In.\n");
}

TEST(Mail, BrokenBoundariesAndHeadersLoseNothing) {
  const Document guessed =
      parsed("Content-Type: multipart/mixed\nMIME-Version: 1\n\n--zz\n\nOne.\n--zz\n\nTwo.\n", "eml");
  EXPECT_EQ(outline(guessed), "paragraph: One.\nparagraph: Two.\n");
  const Document none = parsed("Content-Type: multipart/mixed; boundary=q\nMIME-Version: 1\n\nOnly text.\n", "eml");
  EXPECT_EQ(outline(none), "paragraph: Only text.\n");
  EXPECT_TRUE(warns(none, "boundary"));
  const Document no_empty_line = parsed("Subject: s\nThis is text.\n", "eml");
  EXPECT_EQ(outline(no_empty_line), "paragraph: This is text.\n");
  EXPECT_FALSE(parsed("Subject: only\n\n", "eml").warnings.empty());
}

TEST(Mail, PartsThatNestWithoutEndAreCutWithAWarning) {
  std::string mail = "MIME-Version: 1.0\n";
  for (int i = 0; i < 200; ++i) {
    const std::string boundary = "b" + std::to_string(i) + "x";
    mail += "Content-Type: multipart/mixed; boundary=" + boundary + "\n\n--" + boundary + "\n";
  }
  EXPECT_TRUE(warns(parsed(mail + "\ntext", "eml"), "deep"));
  std::string nested = "Subject: bottom\n\ntext";
  for (int i = 0; i < 40; ++i) nested = "Content-Type: message/rfc822\nMIME-Version: 1.0\n\n" + nested;
  const Document document = parsed(nested, "eml");
  EXPECT_EQ(document.children.size(), 1U);
}

TEST(Mail, TransferEncodingsAreReadAsTheyAreWritten) {
  EXPECT_EQ(mail::decode_base64("aGVs\r\n bG8=\r\naGk="), "hellohi");
  EXPECT_EQ(mail::decode_base64("!!aGk"), "hi");
  EXPECT_EQ(mail::decode_quoted_printable("a=\r\nb=3Dc= \nd=zz="), "ab=cd=zz");
  EXPECT_EQ(mail::decode_uuencode("begin 644 x\n#8V%T\n`\nend\n"), "cat");
}

TEST(Mail, TextAmongBase64IsNotDecoded) {
  EXPECT_EQ(mail::decode_base64_body("aGVs\r\nbG8=\r\n____\r\nThe list\r\naGk=\r\n"), "hello\n____\r\nThe list\r\nhi");
  EXPECT_EQ(mail::decode_base64_body("This was never encoded, whatever it says."),
            "This was never encoded, whatever it says.");
  EXPECT_EQ(mail::decode_base64_body("  aGVs \r\n\tbG8h!"), "hello!");
  EXPECT_EQ(mail::decode_base64_body(""), "");
}

TEST(Mail, FlowedLinesAreJoinedWithinTheirQuote) {
  EXPECT_EQ(mail::join_flowed_lines("One \r\nline.\r\nTwo.\r\n> Quo \r\n> ted.\r\n>> Deep \r\n> less\r\n", false),
            "One line.\nTwo.\n> Quo ted.\n>> Deep \n> less\n");
  EXPECT_EQ(mail::join_flowed_lines("나 \n루\n From here  \n on\n", true), "나루\nFrom here on\n");
  EXPECT_EQ(mail::join_flowed_lines("goes on \n-- \nKim \nLee", false), "goes on \n-- \nKim Lee\n");
  EXPECT_EQ(mail::join_flowed_lines("", false), "");
  const Document document = parsed(
      "Subject: s\nMIME-Version: 1.0\nContent-Type: text/plain; format=flowed; delsp=yes\n\n긴 문장을 나누 \n어 "
      "보낸다.\n\n> 그래 \n> 요?\n",
      "eml");
  EXPECT_EQ(outline(document), "paragraph: 긴 문장을 나누어 보낸다.\nquote: 그래요?\n");
}

// Whatever stands in a message: it ends, and says something.
TEST(Mail, MangledMessagesAreReadOrRefused) {
  const std::string seed = two_part_mail("Content-Type: message/rfc822\n\n" + two_part_mail("\nx"));
  Random random(7);
  for (int i = 0; i < 400; ++i) {
    std::string bytes = seed;
    for (int k = 0; k < 4; ++k) {
      const std::size_t at = random.below(bytes.size());
      if (random.below(2) == 0) {
        bytes[at] = static_cast<char>(random.below(256));
      } else {
        bytes.erase(at, random.below(40));
      }
      if (bytes.empty()) break;
    }
    const Result<Document> document = parse_bytes(bytes, "eml");
    if (document) {
      EXPECT_FALSE(document->blocks.empty() && document->children.empty() && document->warnings.empty());
    }
  }
}

TEST(Mbox, EachMessageIsAChild) {
  const Document document = parsed(
      "From a@b Fri May 31 09:00:00 2024\nSubject: one\n\nFirst.\n>From here on.\n\n"
      "From c@d Fri May 31 09:00:00 2024\nSubject: two\n\nSecond.\n\nFrom now on no header follows 2024\nplain.\n",
      "mbox");
  EXPECT_EQ(document.format, "mbox");
  ASSERT_EQ(document.children.size(), 2U);
  EXPECT_EQ(document.children[0].document.title, "one");
  EXPECT_NE(outline(document.children[0].document).find("From here on."), std::string::npos);
  EXPECT_EQ(outline(document.children[0].document).find(">"), std::string::npos);
  EXPECT_NE(outline(document.children[1].document).find("From now on"), std::string::npos);
}

}  // namespace
}  // namespace naru
