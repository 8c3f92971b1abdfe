#include "parse/shared/zip_archive.h"

#include <gtest/gtest.h>

#include "base/little_endian.h"
#include "parse/shared/xml.h"
#include "runtime/zip_testing.h"

namespace naru {
namespace {

using testing::make_zip;
using testing::ZipFile;

ZipArchive opened(std::string_view bytes, const ZipArchiveLimits& limits = {}) {
  Result<ZipArchive> archive = ZipArchive::open(bytes, limits);
  if (!archive) ADD_FAILURE() << archive.error().describe();
  return std::move(*archive);
}

std::string text(std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; out.size() < bytes; ++i) out += "line " + std::to_string(i * 7919) + "\n";
  return out;
}

TEST(ZipArchive, GivesStoredAndDeflatedMembersByName) {
  const std::string large = text(300'000);
  const std::string bytes = make_zip({{"a/One.xml", "first", true}, {"b\\two.xml", large}});
  ZipArchive archive = opened(bytes);
  ASSERT_EQ(archive.entries().size(), 2U);
  EXPECT_FALSE(archive.damaged());
  bool damaged = false;
  ASSERT_NE(archive.find("A/one.XML"), nullptr);
  EXPECT_EQ(archive.read(*archive.find("a/one.xml"), 100, &damaged).value(), "first");
  EXPECT_EQ(archive.read(*archive.find("b/two.xml"), 1 << 20, &damaged).value(), large);
  EXPECT_FALSE(damaged);
  EXPECT_EQ(archive.find("three"), nullptr);
}

TEST(ZipArchive, StandsBehindOtherBytesAndBeforeAComment) {
  const std::string bytes = "#!/bin/sh\n" + make_zip({{"one", "first"}}, "a comment");
  ZipArchive archive = opened(bytes);
  EXPECT_EQ(archive.read(archive.entries().at(0), 100).value(), "first");
}

TEST(ZipArchive, FindsMembersWithoutTheirDirectoryAndGivesABrokenOneAsFarAsItGoes) {
  const std::string large = text(300'000);
  std::string bytes = make_zip({{"one", "first"}, {"two", large}});
  bytes.resize(bytes.size() / 2);
  ZipArchive archive = opened(bytes);
  EXPECT_TRUE(archive.damaged());
  ASSERT_EQ(archive.entries().size(), 2U);
  EXPECT_EQ(archive.read(archive.entries()[0], 100).value(), "first");
  bool damaged = false;
  const std::string part = archive.read(archive.entries()[1], 1 << 20, &damaged).value();
  EXPECT_TRUE(damaged);
  EXPECT_GT(part.size(), large.size() / 4);
  EXPECT_TRUE(large.starts_with(part));
}

TEST(ZipArchive, SaysWhenAMemberIsNotWhatItsChecksumSays) {
  ZipFile file{"one", "first"};
  file.claimed_crc = 7;
  const std::string bytes = make_zip({file});
  ZipArchive archive = opened(bytes);
  bool damaged = false;
  EXPECT_EQ(archive.read(archive.entries()[0], 100, &damaged).value(), "first");
  EXPECT_TRUE(damaged);
}

TEST(ZipArchive, RefusesPasswordsAndMethodsThatItDoesNotKnow) {
  ZipFile locked{"locked", "first"}, strange{"strange", "second"};
  locked.flags = 1;
  strange.method = 99;
  const std::string bytes = make_zip({locked, strange});
  ZipArchive archive = opened(bytes);
  EXPECT_EQ(archive.read(archive.entries()[0], 100).error().code(), Code::not_allowed);
  EXPECT_EQ(archive.read(archive.entries()[1], 100).error().code(), Code::unsupported);
}

TEST(ZipArchive, HoldsItsLimits) {
  const std::string bytes = make_zip({{"one", std::string(1 << 20, 'a')}, {"two", "second"}});
  ZipArchiveLimits few;
  few.entries_max = 1;
  EXPECT_EQ(ZipArchive::open(bytes, few).error().code(), Code::limit_exceeded);
  ZipArchive archive = opened(bytes);
  EXPECT_EQ(archive.read(archive.entries()[0], 1000).error().code(), Code::limit_exceeded);
  ZipArchiveLimits small;
  small.inflated_bytes_max = 1000;
  ZipArchive total = opened(bytes, small);
  EXPECT_EQ(total.read(total.entries()[0], 1 << 20).error().code(), Code::limit_exceeded);
  ZipArchiveLimits ratio;
  ratio.ratio_from = 1000;
  ZipArchive bomb = opened(bytes, ratio);
  EXPECT_EQ(bomb.read(bomb.entries()[0], 1 << 20).error().code(), Code::limit_exceeded);
}

TEST(ZipArchive, SurvivesEveryCutAndEveryTurnedByte) {
  const std::string whole = make_zip({{"one", text(200)}, {"two", "second", true}});
  std::size_t read = 0;
  const auto look = [&](std::string_view bytes) {
    Result<ZipArchive> archive = ZipArchive::open(bytes);
    if (!archive) return;
    for (const ZipEntry& entry : archive->entries()) read += archive->read(entry, 1000) ? 1 : 0;
  };
  for (std::size_t i = 0; i < whole.size(); ++i) {
    look(std::string_view(whole).substr(0, i));
    std::string turned = whole;
    turned[i] = static_cast<char>(~turned[i]);
    look(turned);
  }
  EXPECT_GT(read, whole.size());  // most of them still give something
}

TEST(Xml, IsAskedByLocalNamesAndKeepsBlanksThatStandAlone) {
  const XmlTree tree =
      XmlTree::parse("<x:a xmlns:x='u'><x:t y:k='7'> </x:t><t>&lt;&#44032;<![CDATA[<b>]]></t></x:a>").value();
  EXPECT_FALSE(tree.damaged());
  EXPECT_EQ(local_name(tree.root()), "a");
  EXPECT_EQ(text_of(child(tree.root(), "t")), " ");
  EXPECT_EQ(number(child(tree.root(), "t"), "k"), 7);
  EXPECT_EQ(text_of(tree.root().last_child()), "<가");
}

TEST(Xml, ReadsNoEntitiesAndNoDocumentType) {
  const XmlTree tree = XmlTree::parse("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>").value();
  EXPECT_EQ(text_of(tree.root()), "&e;");
}

TEST(Xml, GivesABrokenTextUpToTheBreak) {
  const XmlTree tree = XmlTree::parse("<a><b>one</b><b>two").value();
  EXPECT_TRUE(tree.damaged());
  EXPECT_EQ(text_of(child(tree.root(), "b")), "one");
}

TEST(Xml, RefusesANestThatIsTooDeep) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_EQ(XmlTree::parse(deep).error().code(), Code::limit_exceeded);
}

}  // namespace
}  // namespace naru
