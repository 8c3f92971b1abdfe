#include "model/unzip.h"

#include <gtest/gtest.h>

#include "runtime/zip_testing.h"
#include "runtime/files.h"
#include "runtime/random.h"

namespace naru {

namespace {

using testing::make_zip;
using testing::ZipFile;

constexpr std::uint64_t kPlenty = 1ULL << 30;

class UnzipTest : public ::testing::Test {
 protected:
  std::string write(const std::string& bytes) const {
    const std::string path = join_path(folder_.path(), "archive.zip");
    EXPECT_TRUE(write_file(path, bytes));
    return path;
  }

  // The bytes of a member, or the error of opening or reading.
  Result<std::string> unpack(const std::string& archive, const std::string& name, std::uint64_t bytes_max = kPlenty) {
    const ZipReader zip = NARU_TRY(ZipReader::open(write(archive)));
    const ZipMember* member = zip.find(name);
    if (member == nullptr) return Error(Code::not_found, name);
    std::string bytes;
    NARU_TRY(zip.read(*member, bytes_max, [&](std::string_view piece) -> Status {
      bytes += piece;
      return {};
    }));
    return bytes;
  }

  Code code_of(const std::string& archive, const std::string& name = "a", std::uint64_t bytes_max = kPlenty) {
    const auto bytes = unpack(archive, name, bytes_max);
    return bytes ? Code::internal : bytes.error().code();
  }

  TemporaryFolder folder_ = *TemporaryFolder::make("naru-unzip-");
};

std::string noise(std::size_t size) {
  Random random(7);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random.below(256));
  return bytes;
}

}  // namespace

TEST_F(UnzipTest, GivesTheBytesThatWerePacked) {
  const std::string large = noise(3'000'000) + std::string(2'000'000, 'x');
  const std::string archive = make_zip({{"a", "hello"}, {"dir/나루.bin", large}, {"s", large, true}, {"empty", ""}}, "c");
  EXPECT_EQ(*unpack(archive, "a"), "hello");
  EXPECT_EQ(*unpack(archive, "dir/나루.bin"), large);
  EXPECT_EQ(*unpack(archive, "s"), large);
  EXPECT_EQ(*unpack(archive, "empty"), "");
  EXPECT_EQ(code_of(archive, "b"), Code::not_found);
}

TEST_F(UnzipTest, ABombEndsAtTheLimitWhateverItClaims) {
  const std::string zeros(50'000'000, '\0');
  EXPECT_EQ(code_of(make_zip({{"a", zeros}}), "a", 1'000'000), Code::limit_exceeded);
  ZipFile small_claim{"a", zeros};
  small_claim.claimed_bytes = 1000;
  EXPECT_EQ(code_of(make_zip({small_claim}), "a", 1'000'000), Code::corrupt);
}

TEST_F(UnzipTest, AWrongSizeOrChecksumIsSeen) {
  ZipFile file{"a", "some text, some text"};
  file.claimed_crc = 5;
  EXPECT_EQ(code_of(make_zip({file})), Code::corrupt);
  file.claimed_crc = -1;
  file.claimed_bytes = 21;
  EXPECT_EQ(code_of(make_zip({file})), Code::corrupt);
  file.claimed_bytes = -1;
  file.packed_bytes = 3;
  EXPECT_EQ(code_of(make_zip({file})), Code::corrupt);
  file.packed_bytes = 1'000'000;
  EXPECT_EQ(code_of(make_zip({file})), Code::corrupt);
}

TEST_F(UnzipTest, WhatIsNotReadIsNamed) {
  ZipFile file{"a", "text"};
  file.flags = 1;
  EXPECT_EQ(code_of(make_zip({file})), Code::unsupported);
  file.flags = 0;
  file.method = 12;
  EXPECT_EQ(code_of(make_zip({file})), Code::unsupported);
}

TEST_F(UnzipTest, MoreMembersThanTheLimitAreRefused) {
  const std::string path = write(make_zip({{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(ZipReader::open(path, {.members_max = 2}).error().code(), Code::limit_exceeded);
  EXPECT_EQ(ZipReader::open(path, {.directory_bytes_max = 10}).error().code(), Code::limit_exceeded);
}

TEST_F(UnzipTest, CutAndTurnedBytesNeverGiveWrongBytes) {
  const std::string archive = make_zip({{"a", "some text, some text, some other text"}});
  for (std::size_t size = 0; size < archive.size(); ++size) {
    EXPECT_NE(code_of(archive.substr(0, size)), Code::internal) << size;
  }
  for (std::size_t at = 0; at < archive.size(); ++at) {
    std::string turned = archive;
    turned[at] = static_cast<char>(turned[at] ^ 0x55);
    const auto bytes = unpack(turned, "a");
    if (bytes) {
      EXPECT_EQ(*bytes, "some text, some text, some other text") << at;
    }
  }
}

TEST_F(UnzipTest, AnErrorOfTheReaderEndsTheReading) {
  const ZipReader zip = *ZipReader::open(write(make_zip({{"a", noise(3'000'000)}})));
  const auto refuse = [](std::string_view) -> Status { return Error(Code::io, "the disk is full"); };
  EXPECT_EQ(zip.read(*zip.find("a"), kPlenty, refuse).error().code(), Code::io);
}

}  // namespace naru
