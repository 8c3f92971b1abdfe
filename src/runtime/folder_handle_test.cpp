#include "runtime/folder_handle.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/failpoint.h"
#include "runtime/files.h"
#include "runtime/random_access_file.h"

namespace naru {
namespace {

class FolderHandles : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return join_path(folder_.path(), name); }
  FolderHandle open() const { return FolderHandle::open(folder_.path()).value(); }

  TemporaryFolder folder_ = *TemporaryFolder::make("naru-folder-");
};

TEST_F(FolderHandles, EntriesAreSortedWithTheirKinds) {
  ASSERT_TRUE(write_file(path("b.md"), "12"));
  ASSERT_TRUE(make_folders(path("a")));
  ASSERT_EQ(::symlink("b.md", path("c").c_str()), 0);
  ASSERT_EQ(::mkfifo(path("d").c_str(), 0600), 0);
  const auto entries = open().entries();
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 4u);
  EXPECT_EQ((*entries)[0].kind, FolderEntry::Kind::folder);
  EXPECT_EQ((*entries)[1].name, "b.md");
  EXPECT_EQ((*entries)[1].stamp.size, 2u);
  EXPECT_EQ((*entries)[2].kind, FolderEntry::Kind::link);
  EXPECT_EQ((*entries)[3].kind, FolderEntry::Kind::other);
  EXPECT_EQ(open().resolve("c").value().kind, FolderEntry::Kind::file);
}

TEST_F(FolderHandles, ReadsBelowTheFolderOnly) {
  ASSERT_TRUE(make_folders(path("a/b")));
  ASSERT_TRUE(write_file(path("a/b/c.md"), "text"));
  EXPECT_EQ(open().read("a/b/c.md", 100, Links::skip).value().bytes, "text");
  for (const char* outside : {"../x", "a/../../x", "/etc/passwd", "", ".", "a//b"}) {
    EXPECT_EQ(open().read(outside, 100, Links::skip).error().code(), Code::invalid_argument) << outside;
  }
}

TEST_F(FolderHandles, CrossesLinksOnlyWhenAsked) {
  ASSERT_TRUE(make_folders(path("real")));
  ASSERT_TRUE(write_file(path("real/x"), "text"));
  ASSERT_EQ(::symlink("real", path("linked").c_str()), 0);
  ASSERT_EQ(::symlink("real/x", path("x").c_str()), 0);
  EXPECT_EQ(open().read("linked/x", 100, Links::skip).error().code(), Code::not_found);
  EXPECT_EQ(open().read("x", 100, Links::skip).error().code(), Code::not_found);
  EXPECT_EQ(open().read("linked/x", 100, Links::follow).value().bytes, "text");
  EXPECT_EQ(open().read("x", 100, Links::follow).value().bytes, "text");
  EXPECT_FALSE(open().open_folder("linked", Links::skip));
  EXPECT_TRUE(open().open_folder("linked", Links::follow));
}

TEST_F(FolderHandles, WritesAWholeFileAndMakesItsFolders) {
  ASSERT_TRUE(open().write("규정/인사/휴가.md", "하나", IfThere::refuse));
  EXPECT_EQ(*read_file(path("규정/인사/휴가.md")), "하나");
  const Status again = open().write("규정/인사/휴가.md", "둘", IfThere::refuse);
  EXPECT_EQ(again.error().code(), Code::already_exists);
  EXPECT_EQ(*read_file(path("규정/인사/휴가.md")), "하나");
  ASSERT_TRUE(open().write("규정/인사/휴가.md", "둘", IfThere::replace));
  EXPECT_EQ(*read_file(path("규정/인사/휴가.md")), "둘");
  EXPECT_EQ(open().open_folder("규정", Links::skip)->open_folder("인사", Links::skip)->entries()->size(), 1U);  // no rest
}

TEST_F(FolderHandles, WritesNothingOutsideAndThroughNoLink) {
  ASSERT_TRUE(make_folders(path("real")));
  ASSERT_TRUE(write_file(path("real/x"), "text"));
  ASSERT_EQ(::symlink("real", path("linked").c_str()), 0);
  ASSERT_EQ(::symlink("real/x", path("x").c_str()), 0);
  for (const char* outside : {"../x", "a/../../x", "/etc/x", "", ".", "..", "a//b", "a/"}) {
    EXPECT_EQ(open().write(outside, "bad", IfThere::replace).error().code(), Code::invalid_argument) << outside;
  }
  for (const char* crossing : {"linked/y", "linked/x", "x", "real", "x/y", "real/x/y"}) {
    EXPECT_EQ(open().write(crossing, "bad", IfThere::replace).error().code(), Code::already_exists) << crossing;
  }
  EXPECT_EQ(*read_file(path("real/x")), "text");
  EXPECT_EQ(open().open_folder("real", Links::skip)->entries()->size(), 1U);
}

TEST_F(FolderHandles, NeverWaitsForAPipeAndNeverReadsMoreThanTheLimit) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(open().read("pipe", 100, Links::skip).error().code(), Code::not_found);
  ASSERT_TRUE(write_file(path("f"), "12345"));
  EXPECT_EQ(open().read("f", 4, Links::skip).error().code(), Code::limit_exceeded);
  EXPECT_EQ(open().read("f", 5, Links::skip).value().stamp.size, 5u);
}

TEST_F(FolderHandles, StampsTellAnotherFileOfTheSameSize) {
  ASSERT_TRUE(write_file(path("f"), "one"));
  const FileStamp before = open().read("f", 10, Links::skip).value().stamp;
  EXPECT_EQ(open().read("f", 10, Links::skip).value().stamp, before);
  ASSERT_TRUE(write_file_durable(path("f"), "two"));
  EXPECT_NE(open().read("f", 10, Links::skip).value().stamp, before);
}

TEST_F(FolderHandles, AFailpointMakesReadingFail) {
  ASSERT_TRUE(write_file(path("f"), "x"));
  set_failpoint("folder.read", "error:2");
  EXPECT_TRUE(open().read("f", 10, Links::skip));
  const auto second = open().read("f", 10, Links::skip);
  set_failpoint("folder.read", "");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Code::io);
  EXPECT_TRUE(open().read("f", 10, Links::skip));
}

TEST_F(FolderHandles, ARandomAccessFileGivesAShortReadAtItsEndAndAfterAShrink) {
  ASSERT_TRUE(write_file(path("f"), "0123456789"));
  const auto file = RandomAccessFile::open(path("f"));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->read_at(2, 3).value(), "234");
  EXPECT_EQ(file->read_at(8, 5).value(), "89");
  EXPECT_EQ(file->read_at(20, 5).value(), "");
  ASSERT_TRUE(truncate_file(path("f"), 4));
  EXPECT_EQ(file->read_at(2, 5).value(), "23");
  EXPECT_EQ(file->stamp().value().size, 4u);
  EXPECT_EQ(RandomAccessFile::open(path("absent")).error().code(), Code::not_found);
  EXPECT_EQ(RandomAccessFile::open(folder_.path()).error().code(), Code::invalid_argument);
}

}  // namespace
}  // namespace naru
