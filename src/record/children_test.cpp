#include "record/children.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

Document child_with(const std::string& heading, const std::string& text) {
  Document child;
  child.language = "ko";
  child.blocks.resize(2);
  child.blocks[0].kind = BlockKind::heading;
  child.blocks[0].level = 1;
  child.blocks[0].text = heading;
  child.blocks[1].text = text;
  child.blocks[1].heading_path = {heading};
  child.blocks[1].locator.page = 3;
  child.blocks[1].locator.boxes = {{0, 0, 1, 1}};
  child.blocks[1].locator.bytes = ByteRange{1, 2};
  return child;
}

TEST(Children, StandBelowTheirNamesInTheDocumentThatHoldsThem) {
  Document mail;
  mail.blocks.resize(1);
  mail.blocks[0].text = "See the report.";
  Document archive;
  archive.children.emplace_back("a.pdf", child_with("Title", "deep"));
  mail.children.emplace_back("r.docx", child_with("제목", "text"));
  mail.children.emplace_back("all.zip", archive);
  adopt_children(mail);
  EXPECT_TRUE(mail.children.empty());
  ASSERT_EQ(mail.blocks.size(), 7U);
  EXPECT_EQ(mail.blocks[1].text, "r.docx");
  EXPECT_EQ(mail.blocks[1].level, 1U);
  EXPECT_EQ(mail.blocks[2].level, 2U);
  EXPECT_EQ(mail.blocks[3].heading_path, (std::vector<std::string>{"r.docx", "제목"}));
  EXPECT_EQ(mail.blocks[6].heading_path, (std::vector<std::string>{"all.zip", "a.pdf", "Title"}));
  EXPECT_EQ(mail.language, "ko");
  EXPECT_EQ(count_adopted(mail), 2U);  // the archive holds nothing but a member
}

TEST(Children, PlacesNameTheMemberAndKeepWhatMeansSomethingOutsideIt) {
  Document mail;
  mail.children.emplace_back("a.pdf", child_with("t", "text"));
  adopt_children(mail);
  const Locator& place = mail.blocks.back().locator;
  EXPECT_EQ(place.part, "a.pdf");
  EXPECT_EQ(place.page, 3U);
  EXPECT_TRUE(place.boxes.empty());
  EXPECT_FALSE(place.bytes);
}

TEST(Children, RunningHeadsOfAMemberComeOnce) {
  Document mail;
  Document child = child_with("t", "text");
  for (const char* text : {"Handbook, page 1", "Handbook, page 2", "3"}) {
    Block& head = child.blocks.emplace_back();
    head.text = text;
    head.locator.part = "footer";
  }
  mail.children.emplace_back("a.pdf", child);
  adopt_children(mail);
  ASSERT_EQ(mail.blocks.size(), 4U);
  EXPECT_EQ(mail.blocks.back().text, "Handbook, page 1");
}

TEST(Children, AlternativesAreDroppedAndWarningsStay) {
  Document mail;
  Document other = child_with("t", "the same");
  other.metadata.emplace_back(kAlternativeKey, "of the text");
  mail.children.emplace_back("alternative.html", other);
  Document unread;
  unread.warnings = {"a picture"};
  mail.children.emplace_back("p.png", unread);
  adopt_children(mail);
  EXPECT_TRUE(mail.blocks.empty());
  EXPECT_EQ(mail.warnings, std::vector<std::string>{"p.png: a picture"});
}

}  // namespace
}  // namespace naru
