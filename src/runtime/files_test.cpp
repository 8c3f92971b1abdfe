#include "runtime/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

namespace naru {
namespace {

class Files : public ::testing::Test {
 protected:
  ~Files() override { set_file_faults({}); }

  std::string path(const std::string& name) const { return join_path(folder_.path(), name); }
  std::vector<std::string> names() const { return list_folder(folder_.path()).value(); }

  TemporaryFolder folder_ = *TemporaryFolder::make("naru-files-");
};

TEST_F(Files, ReadsWhatWasWritten) {
  const std::string bytes = std::string("a\0b\xff\n", 5) + std::string(100'000, 'x');
  ASSERT_TRUE(write_file(path("f"), bytes));
  EXPECT_EQ(read_file(path("f")).value(), bytes);
  ASSERT_TRUE(append_file(path("f"), "end"));
  EXPECT_EQ(read_file(path("f")).value(), bytes + "end");
  EXPECT_EQ(file_size(path("f")).value(), bytes.size() + 3);
  ASSERT_TRUE(truncate_file(path("f"), 2));
  EXPECT_EQ(read_file(path("f")).value(), std::string("a\0", 2));
  ASSERT_TRUE(write_file(path("empty"), ""));
  EXPECT_EQ(read_file(path("empty")).value(), "");
}

TEST_F(Files, NeverReadsMoreThanTheLimitNorASilentPart) {
  ASSERT_TRUE(write_file(path("f"), "12345"));
  EXPECT_EQ(read_file(path("f"), 5).value(), "12345");
  EXPECT_EQ(read_file(path("f"), 4).error().code(), Code::limit_exceeded);
  // Files of /proc have no size and still a content.
  EXPECT_GT(read_file("/proc/self/status").value().size(), 100u);
  EXPECT_EQ(read_file("/proc/self/status", 10).error().code(), Code::limit_exceeded);
}

TEST_F(Files, SayWhatIsNoFile) {
  EXPECT_EQ(read_file(path("absent")).error().code(), Code::not_found);
  EXPECT_EQ(read_file(folder_.path()).error().code(), Code::io);
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_file(path("pipe")).error().code(), Code::unsupported);  // and does not wait for a writer
  EXPECT_EQ(read_file("/dev/null").error().code(), Code::unsupported);
}

TEST_F(Files, MessagesEscapeNamesThatAreNoText) {
  const std::string told = read_file(path("a\xb0\xa1\x1b[31m한")).error().message();
  EXPECT_NE(told.find("a\\xb0\\xa1\\x1b[31m한: there is no such file or folder"), std::string::npos) << told;
}

TEST_F(Files, AFullDiskSaysWhatToDo) {
  EXPECT_NE(errno_error("writing a", ENOSPC).message().find("free some space"), std::string::npos);
  EXPECT_EQ(errno_error("writing a", ENOSPC).code(), Code::io);
}

TEST_F(Files, ADurableWriteReplacesTheWholeFileAndLeavesNothingBeside) {
  ASSERT_TRUE(write_file_durable(path("f"), "old"));
  ASSERT_TRUE(write_file_durable(path("f"), "new"));
  EXPECT_EQ(read_file(path("f")).value(), "new");
  EXPECT_EQ(names(), std::vector<std::string>{"f"});
}

TEST_F(Files, ADurableWriteThatFailsAtAnyStepKeepsTheOldFile) {
  for (const std::string_view step : {"write", "sync", "rename"}) {
    ASSERT_TRUE(write_file(path("f"), "old"));
    set_file_faults([step](const FileOperation& operation) -> Status {
      if (operation.kind == step) return Error(Code::io, "the disk is full");
      return {};
    });
    const Status written = write_file_durable(path("f"), "new");
    set_file_faults({});
    ASSERT_FALSE(written) << step;
    EXPECT_EQ(written.error().message(), "the disk is full");
    EXPECT_EQ(read_file(path("f")).value(), "old") << step;
    EXPECT_EQ(names(), std::vector<std::string>{"f"}) << step;  // nothing half written stays
  }
}

TEST_F(Files, ADurableWriteSyncsTheFileBeforeItsNameAndTheFolderAfter) {
  std::vector<std::string> order;
  set_file_faults([&](const FileOperation& operation) -> Status {
    const std::string& on = operation.path;
    order.push_back(std::string(operation.kind) + " " +
                    (on == folder_.path()   ? "folder"
                     : on.ends_with(".tmp") ? "tmp"
                                            : "f"));
    return {};
  });
  ASSERT_TRUE(write_file_durable(path("f"), "new"));
  EXPECT_EQ(order, (std::vector<std::string>{"write tmp", "sync tmp", "rename f", "sync folder"}));
}

TEST_F(Files, ACrashAtEveryOperationLeavesOldOrNew) {
  // After the n-th operation nothing reaches the disk any more, as in a crash.
  for (int n = 0; n < 6; ++n) {
    ASSERT_TRUE(write_file(path("f"), "old"));
    int done = 0;
    set_file_faults([&](const FileOperation&) -> Status {
      if (done++ >= n) return Error(Code::io, "crashed");
      return {};
    });
    (void)write_file_durable(path("f"), "new");
    set_file_faults({});
    const std::string now = read_file(path("f")).value();
    EXPECT_TRUE(now == "old" || now == "new") << n << now;
    EXPECT_EQ(now == "new", n >= 3) << n;
  }
}

TEST_F(Files, ALockHasOneHolderAndNamesIt) {
  auto lock = FileLock::acquire(path("lock"));
  ASSERT_TRUE(lock);
  const auto second = FileLock::acquire(path("lock"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Code::timeout);
  EXPECT_NE(second.error().message().find("process " + std::to_string(::getpid())), std::string::npos);
  lock->reset();
  EXPECT_TRUE(FileLock::acquire(path("lock")));
}

TEST_F(Files, ALockEndsWithItsProcess) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto held = FileLock::acquire(path("lock"));
    ::_exit(held ? 0 : 1);  // without unlocking
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(FileLock::acquire(path("lock")));
}

TEST_F(Files, AMapStaysValidAfterTheFileIsRemoved) {
  ASSERT_TRUE(write_file(path("f"), "content"));
  const Result<MappedFile> map = MappedFile::open(path("f"));
  ASSERT_TRUE(map);
  ASSERT_TRUE(remove_file(path("f")));
  EXPECT_EQ(map->bytes(), "content");
  ASSERT_TRUE(write_file(path("empty"), ""));
  EXPECT_EQ(MappedFile::open(path("empty")).value().bytes(), "");
}

TEST_F(Files, FoldersAreMadeListedMeasuredAndRemoved) {
  ASSERT_TRUE(make_folders(path("a/b/c")));
  ASSERT_TRUE(make_folders(path("a/b/c")));
  ASSERT_TRUE(write_file(path("a/b/x"), "1234"));
  ASSERT_TRUE(write_file(path("a/한글"), "12"));
  EXPECT_EQ(list_folder(path("a")).value(), (std::vector<std::string>{"b", "한글"}));
  EXPECT_EQ(folder_bytes(path("a")), 6u);
  EXPECT_TRUE(is_folder(path("a/b")));
  EXPECT_FALSE(is_folder(path("a/한글")));
  ASSERT_TRUE(remove_tree(path("a")));
  EXPECT_FALSE(file_exists(path("a")));
  EXPECT_TRUE(remove_file(path("a")));  // a missing file is fine
  EXPECT_EQ(list_folder(path("a")).error().code(), Code::not_found);
}

TEST_F(Files, TemporaryFoldersAreAloneAndGo) {
  std::string kept;
  {
    auto one = TemporaryFolder::make("naru-"), two = TemporaryFolder::make("naru-");
    ASSERT_TRUE(one && two);
    EXPECT_NE(one->path(), two->path());
    kept = one->path();
    ASSERT_TRUE(write_file(join_path(kept, "x"), "x"));
  }
  EXPECT_FALSE(file_exists(kept));
  EXPECT_FALSE(TemporaryFolder::make("no/such/folder/x"));
}

TEST(Paths, AreTakenApartAndJoined) {
  EXPECT_EQ(join_path("a", "b"), "a/b");
  EXPECT_EQ(join_path("a/", "b"), "a/b");
  EXPECT_EQ(join_path("", "b"), "b");
  EXPECT_EQ(join_path("a", "/b"), "/b");
  EXPECT_EQ(file_name("/a/b.md"), "b.md");
  EXPECT_EQ(file_name("b"), "b");
  EXPECT_EQ(folder_name("/a/b.md"), "/a");
  EXPECT_EQ(folder_name("/b"), "/");
  EXPECT_EQ(folder_name("b"), ".");
  EXPECT_EQ(file_extension("a/b.TAR.GZ"), "gz");
  EXPECT_EQ(file_extension("a.b/c"), "");
  EXPECT_EQ(file_extension(".hidden"), "");
  EXPECT_EQ(absolute_path("/a/./b/../c").value(), "/a/c");
}

}  // namespace
}  // namespace naru
