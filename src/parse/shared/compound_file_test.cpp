#include "parse/shared/compound_file.h"

#include <gtest/gtest.h>

#include "parse/shared/compound_file_testing.h"

namespace naru {
namespace {

std::string counted(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 7 + i / 251);
  return bytes;
}

std::string sample(bool version4) {
  CompoundFileWriter writer;
  writer.add("FileHeader", "small");
  writer.add("BodyText/Section0", counted(4096));
  writer.add("BodyText/Section1", counted(4095));
  writer.add("Empty", "");
  writer.add("한글/그림", counted(200'000));
  return writer.write(version4);
}

TEST(CompoundFile, GivesEveryStreamOfBothVersions) {
  for (const bool version4 : {false, true}) {
    const std::string bytes = sample(version4);
    const Result<CompoundFile> file = CompoundFile::open(bytes);
    ASSERT_TRUE(file) << file.error().describe();
    EXPECT_FALSE(file->damaged());
    EXPECT_EQ(file->entries().size(), 7U);
    EXPECT_EQ(file->read("FileHeader").bytes, "small");
    EXPECT_EQ(file->read("bodytext/SECTION0").bytes, counted(4096));
    EXPECT_EQ(file->read("BodyText/Section1").bytes, counted(4095));
    EXPECT_EQ(file->read("한글/그림").bytes, counted(200'000));
    EXPECT_TRUE(file->read("Empty").complete);
    EXPECT_EQ(file->find("Section0"), nullptr);
    EXPECT_TRUE(file->find("BodyText")->is_storage);
    EXPECT_EQ(file->read("BodyText").bytes, "");
  }
}

// Above 109 table sectors (7 MB of sectors of 512 bytes) the list of them goes on outside the header: here with one.
TEST(CompoundFile, FollowsTheListOfTablesBehindTheHeader) {
  CompoundFileWriter writer;
  writer.add("a", counted(30'000));
  std::string bytes = writer.write();
  const std::string list = bytes.substr(76, 4);
  bytes.replace(76, 4, "\xff\xff\xff\xff");
  bytes.replace(68, 4, le(bytes.size() / 512 - 1, 4));
  bytes += list + std::string(126 * 4, '\xff') + le(0xfffffffe, 4);
  const Result<CompoundFile> file = CompoundFile::open(bytes);
  ASSERT_TRUE(file) << file.error().describe();
  EXPECT_EQ(file->read("a").bytes, counted(30'000));
}

TEST(CompoundFile, OfACutFileGivesWhatStandsBeforeTheCut) {
  const std::string bytes = sample(false);
  for (std::size_t size = 0; size < bytes.size(); size += 509) {
    const std::string cut = bytes.substr(0, size);
    const Result<CompoundFile> file = CompoundFile::open(cut);
    if (!file) {
      EXPECT_EQ(file.error().code(), Code::corrupt);
      continue;
    }
    for (const CompoundFile::Entry& entry : file->entries()) {
      const CompoundFile::Stream stream = file->read(entry);
      EXPECT_EQ(stream.complete, stream.bytes.size() == entry.size_bytes);
    }
  }
}

TEST(CompoundFile, ChainsAndTreesInCirclesEnd) {
  const std::string bytes = sample(false);
  // Every number of the file that may be a link, set to small numbers: to itself, to the start, to each other.
  for (std::size_t at = 44; at + 4 <= bytes.size(); at += at < 512 ? 4 : 508) {
    for (const std::uint32_t link : {0U, 1U, 2U, 0xfffffffaU}) {
      std::string broken = bytes;
      broken.replace(at, 4, le(link, 4));
      const Result<CompoundFile> file = CompoundFile::open(broken);
      if (!file) continue;
      for (const CompoundFile::Entry& entry : file->entries()) EXPECT_LE(file->read(entry).bytes.size(), broken.size());
    }
  }
}

TEST(CompoundFile, ASizeThatIsALieCostsNoMemory) {
  CompoundFileWriter writer;
  writer.add("a", counted(5'000));
  std::string bytes = writer.write();
  const std::size_t name = bytes.find(utf16le("a") + le(0, 2) + std::string(60, '\0'));
  ASSERT_NE(name, std::string::npos);
  bytes.replace(name + 120, 4, le(0xf0000000, 4));
  const Result<CompoundFile> file = CompoundFile::open(bytes);
  ASSERT_TRUE(file) << file.error().describe();
  const CompoundFile::Stream stream = file->read("a");
  EXPECT_FALSE(stream.complete);
  EXPECT_LE(stream.bytes.size(), bytes.size());
}

TEST(CompoundFile, IsKnownByItsFirstBytes) {
  EXPECT_TRUE(CompoundFile::has_signature(sample(true)));
  EXPECT_FALSE(CompoundFile::has_signature("PK\x03\x04"));
  EXPECT_EQ(CompoundFile::open("").error().code(), Code::corrupt);
  EXPECT_EQ(CompoundFile::open("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").error().code(), Code::corrupt);
}

}  // namespace
}  // namespace naru
