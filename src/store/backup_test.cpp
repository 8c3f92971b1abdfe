// A backup is one epoch, whole, whatever goes on; a restore brings back that epoch or changes nothing.
#include "store/backup.h"

#include <gtest/gtest.h>

#include "runtime/random.h"
#include "runtime/thread.h"
#include "store/testing.h"

namespace naru {
namespace {

using testing::Desk;

TemporaryFolder folder() { return *TemporaryFolder::make("naru-backup-"); }

// Empty, or the name of the error.
std::string restored(const std::string& backup, const std::string& store, bool replace = false) {
  const Result<RestoreReport> report = restore_backup(backup, StorePaths(store), replace);
  return report ? "" : std::string(code_name(report.error().code()));
}

std::vector<std::string> dump_of(const std::string& store) {
  return *(*Store::open(store, Access::read))->dump(Principal::owner());
}

std::vector<std::string> names_beside(const std::string& folder) {
  std::vector<std::string> names = *list_folder(folder);
  return names;
}

TEST(Backup, DuringARunItIsTheStateOfOneEpoch) {
  const TemporaryFolder temporary = folder();
  const std::string root = temporary.path();
  Desk desk(root + "/s");
  std::map<std::uint64_t, std::vector<std::string>> dumps;
  Random random(5);
  const auto commit = [&](int i) {
    const std::string key = "d" + std::to_string(random.below(20));
    const Result<Committed> committed =
        i % 5 == 4 ? desk.remove({key}) : desk.put({{key, {{"text " + std::to_string(i), "same"}, {}}}});
    ASSERT_TRUE(committed);
    dumps[committed->epoch] = desk.dump();
    if (i % 10 == 9) {
      ASSERT_TRUE(desk.store().settle());
    }
  };
  commit(0);
  std::vector<std::uint64_t> epochs;
  std::string wrong;  // of the other thread, until it has been joined
  {
    const Thread copier("copier", [&](std::stop_token) {
      const StorePaths paths(root + "/s");
      for (int i = 0; i < 6 && wrong.empty(); ++i) {
        const Result<BackupReport> report = back_up(paths, root + "/b" + std::to_string(i));
        if (!report) wrong = report.error().describe();
        if (report) epochs.push_back(report->epoch);
      }
    });
    for (int i = 1; i < 60; ++i) commit(i);
  }
  ASSERT_EQ(wrong, "");
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    const std::string backup = root + "/b" + std::to_string(i), store = root + "/r" + std::to_string(i);
    const Result<RestoreReport> report = restore_backup(backup, StorePaths(store), false);
    ASSERT_TRUE(report) << report.error().describe();
    EXPECT_EQ(report->backup.epoch, epochs[i]);
    EXPECT_EQ(dump_of(store), dumps.at(epochs[i]));
    EXPECT_TRUE((*Store::open(store, Access::read))->verify()->ok);
  }
}

TEST(Backup, ARestoredStoreGoesOn) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"a", {{"alpha", "beta"}, {}}}}));
  ASSERT_TRUE(desk.store().put_tag("v1", std::nullopt));
  ASSERT_TRUE(desk.put({{"a", {{"alpha", "gamma"}, {}}}}));
  ASSERT_TRUE(desk.store().back_up(temporary.path() + "/b"));
  ASSERT_EQ(restored(temporary.path() + "/b", temporary.path() + "/r"), "");
  Desk again(temporary.path() + "/r");
  EXPECT_EQ(again.dump(), desk.dump());
  EXPECT_EQ(again.hits("gamma", true), desk.hits("gamma", true));
  EXPECT_EQ((*again.store().open_snapshot("kb", Principal::owner(), nullptr, *again.store().find_epoch("v1")))
                ->document("a")->chunks.back().text, "beta");
  ASSERT_TRUE(again.put({{"b", {{"delta"}, {}}}}));
  EXPECT_EQ(again.problems(), "");
  EXPECT_EQ(desk.problems(), "");
  EXPECT_EQ(desk.hits("delta").size(), 0U);
}

TEST(Backup, GoesNowhereWhereSomethingElseLies) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"a", {{"alpha"}, {}}}}));
  ASSERT_TRUE(make_folders(temporary.path() + "/full"));
  ASSERT_TRUE(write_file(temporary.path() + "/full/mine", "x"));
  EXPECT_EQ(desk.store().back_up(temporary.path() + "/full").error().code(), Code::already_exists);
  EXPECT_EQ(desk.store().back_up(temporary.path() + "/s/b").error().code(), Code::invalid_argument);
  EXPECT_EQ(desk.store().back_up(temporary.path() + "/s").error().code(), Code::invalid_argument);
  EXPECT_EQ(names_beside(temporary.path()), (std::vector<std::string>{"full", "s"}));
}

TEST(Backup, AFullDiskLeavesTheOldOneWhole) {
  const TemporaryFolder temporary = folder();
  const std::string backup = temporary.path() + "/b";
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"a", {{"alpha"}, {}}}}));
  ASSERT_TRUE(desk.store().back_up(backup));
  const std::vector<std::string> before = desk.dump();
  ASSERT_TRUE(desk.put({{"b", {{"beta"}, {}}}}));
  std::size_t operations = 0;
  for (std::size_t refused = 1;; ++refused) {
    operations = 0;
    set_file_faults([&](const FileOperation& operation) -> Status {
      const bool counts = operation.kind == "write" || operation.kind == "sync" || operation.kind == "rename" ||
                          operation.kind == "make_folder";
      if (counts && ++operations == refused) return errno_error("writing " + operation.path, 28 /* ENOSPC */);
      return {};
    });
    const Result<BackupReport> report = desk.store().back_up(backup);
    set_file_faults({});
    const bool last = operations < refused;
    EXPECT_EQ(static_cast<bool>(report), last);
    const std::string store = temporary.path() + "/r" + std::to_string(refused);
    ASSERT_EQ(restored(backup, store), "") << "refused " << refused;
    // The last operation is after the new backup took its place.
    EXPECT_TRUE(dump_of(store) == before || dump_of(store) == desk.dump());
    if (!report) {
      EXPECT_NE(report.error().describe().find("the disk is full"), std::string::npos) << report.error().describe();
      ASSERT_LT(refused, 200U);
    }
    ASSERT_TRUE(remove_tree(store));
    if (last) break;
  }
  EXPECT_EQ(names_beside(temporary.path()), (std::vector<std::string>{"b", "s"}));
}

TEST(Restore, NeverOverAStoreUnlessItIsPutAside) {
  const TemporaryFolder temporary = folder();
  const std::string backup = temporary.path() + "/b", store = temporary.path() + "/s";
  Desk desk(store);
  ASSERT_TRUE(desk.put({{"a", {{"alpha"}, {}}}}));
  ASSERT_TRUE(desk.store().back_up(backup));
  const std::vector<std::string> before = desk.dump();
  ASSERT_TRUE(desk.put({{"b", {{"beta"}, {}}}}));
  const std::vector<std::string> after = desk.dump();
  EXPECT_EQ(restored(backup, store), "already_exists");
  EXPECT_EQ(restored(backup, store, true), "timeout");  // we write to it
  EXPECT_EQ(desk.dump(), after);
  desk.close();
  const RestoreReport report = *restore_backup(backup, StorePaths(store), true);
  EXPECT_EQ(dump_of(store), before);
  EXPECT_EQ(dump_of(report.kept), after);
}

TEST(Restore, WhatWasForgottenSinceStaysForgotten) {
  const TemporaryFolder temporary = folder();
  const std::string backup = temporary.path() + "/b", store = temporary.path() + "/s";
  Desk desk(store);
  ASSERT_TRUE(desk.put({{"secret.txt", {{"zanzibarine"}, {}}}, {"b", {{"beta"}, {}}}}));
  ASSERT_TRUE(desk.store().back_up(backup));
  ASSERT_TRUE(desk.store().forget("notes", "secret.txt"));
  desk.close();
  const RestoreReport report = *restore_backup(backup, StorePaths(store), true);
  EXPECT_EQ(report.forgotten, 1U);
  desk.open();
  EXPECT_TRUE(desk.hits("zanzibarine").empty());
  EXPECT_EQ(desk.problems(), "");
  EXPECT_TRUE((*desk.store().forgotten())->has_item("notes", "secret.txt"));
}

TEST(Restore, ADamagedBackupChangesNothing) {
  const TemporaryFolder temporary = folder();
  const std::string backup = temporary.path() + "/b", store = temporary.path() + "/r";
  {
    Desk desk(temporary.path() + "/s");
    ASSERT_TRUE(desk.put({{"a", {{"alpha", "beta"}, {}}}}));
    ASSERT_TRUE(desk.store().back_up(backup));
  }
  EXPECT_EQ(restored(temporary.path() + "/none", store), "not_found");
  std::vector<std::string> files = {"truth.db", "content.db", "backup.json"};
  for (const char* below : {"vectors", "segments"}) {
    const std::vector<std::string> names = *list_folder(backup + "/" + below);
    for (const std::string& name : names) files.push_back(std::string(below) + "/" + name);
  }
  for (const std::string& file : files) {
    const std::string path = backup + "/" + file, bytes = *read_file(path);
    std::string damaged = bytes;
    damaged[damaged.size() / 2] ^= 4;
    ASSERT_TRUE(remove_file(path));  // a segment may be the store's own file
    ASSERT_TRUE(write_file(path, damaged));
    EXPECT_NE(restored(backup, store), "") << file;
    ASSERT_TRUE(remove_file(path));
    EXPECT_NE(restored(backup, store), "") << file;
    ASSERT_TRUE(write_file(path, bytes));
    EXPECT_FALSE(file_exists(store)) << file;
  }
  EXPECT_EQ(restored(backup, store), "");
}

}  // namespace
}  // namespace naru
