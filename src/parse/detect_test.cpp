#include "parse/detect.h"

#include <gtest/gtest.h>

#include "parse/shared/testing.h"

namespace naru {
namespace {

std::string error_of(std::string_view bytes, std::string_view extension = "") {
  const Result<Document> document = parse_bytes(bytes, extension);
  if (document) return "read as " + document->format;
  EXPECT_EQ(document.error().code(), Code::unsupported);
  return document.error().message();
}

TEST(Detect, TheContentDecidesAndTheExtensionHelps) {
  EXPECT_EQ(parsed("<!DOCTYPE html><p>x", "").format, "html");
  EXPECT_EQ(parsed("<!-- made by hand -->\n<html><p>x", "txt").format, "html");
  EXPECT_EQ(parsed("<p>only a piece</p>", "htm").format, "html");
  EXPECT_EQ(parsed("# Title\n\n- one\n- two\n", "").format, "markdown");
  EXPECT_EQ(parsed("# Title\n", "md").format, "markdown");
  EXPECT_EQ(parsed("# a comment, no title\n", "txt").format, "text");
  EXPECT_EQ(parsed("plain words", "").format, "text");
  EXPECT_EQ(parsed("From: a@b\nReceived: by c\nMessage-ID: <1>\nMIME-Version: 1.0\n\nhi", "").format, "mail");
  EXPECT_EQ(parsed("{\"a\": 1}", "").format, "json");
  EXPECT_EQ(parsed("<?xml version='1.0'?><a>x</a>", "txt").format, "xml");
}

TEST(Detect, NamesTheFormatThatNobodyReads) {
  using namespace std::string_literals;
  EXPECT_NE(error_of("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s).find("PNG image"), std::string::npos);
  EXPECT_NE(error_of("PK\x03\x04....word/document.xml"s, "docx").find("Word document (DOCX)"), std::string::npos);
  EXPECT_NE(error_of("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 W\0o\0r\0k\0b\0o\0o\0k\0"s, "xls").find("XLS"),
            std::string::npos);
  EXPECT_NE(error_of("{\\rtf1 hello}", "rtf").find("RTF"), std::string::npos);
  EXPECT_NE(error_of("\x7f"
                     "ELF\x02\x01\x01\0\0"s)
                .find("ELF program"),
            std::string::npos);
  EXPECT_NE(error_of("\0\1\2\3\4\5\6\7\0\1\2\3 binary"s).find("no text"), std::string::npos);
}

TEST(Detect, AnEmptyFileOfAnyNameIsAnEmptyDocument) {
  for (const char* extension : {"pdf", "html", "md", "txt", "docx", ""}) {
    const Document document = parsed("", extension);
    EXPECT_TRUE(document.blocks.empty());
    EXPECT_TRUE(warns(document, "empty file")) << extension;
  }
}

}  // namespace
}  // namespace naru
