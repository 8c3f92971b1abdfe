#include <gtest/gtest.h>

#include "connector/parquet/parts.h"
#include "connector/parquet/program.h"
#include "flow/testing_flow.h"
#include "naru/registry.h"
#include "runtime/files.h"
#include "runtime/random.h"

namespace naru {
namespace {

using testing::Flow;

// The flow of flow/testing_flow.h, without vectors, into a folder.
struct FolderFlow : Flow {
  explicit FolderFlow(const std::string& path) {
    Registry registry;
    register_connector(registry);
    Options options;
    options.set("path", path);
    options.set("part_bytes", std::int64_t{1024});
    plan.knowledge_base.clear();
    plan.target = std::move(*registry.target("parquet")->make(options, {"handbook", PayloadKind::chunk}));
    plan.target_name = "parquet";
    plan.embedder.reset();
    plan.steps.pop_back();
    plan.steps.back().gives = PayloadKind::chunk;
  }
};

class ParquetTargetTest : public ::testing::Test {
 protected:
  ParquetTargetTest()
      : folder_(std::move(*TemporaryFolder::make("parquet"))), path_(join_path(folder_.path(), "out")) {}
  ~ParquetTargetTest() override { set_file_faults({}); }

  void SetUp() override {
    if (!parquet::find_program()) GTEST_SKIP() << "naru-parquet was not built: scripts/bootstrap brings Arrow";
  }

  // Every file with its bytes; nothing where there is no folder.
  static std::map<std::string, std::string> content(const std::string& path) {
    std::map<std::string, std::string> files;
    const auto names = list_folder(path);
    if (!names) return files;
    for (const std::string& name : *names) files[name] = read_file(join_path(path, name)).value_or("(none)");
    return files;
  }
  static void remove(const std::string& path) {
    ASSERT_TRUE(remove_tree(path));
    ASSERT_TRUE(remove_tree(path + ".naru"));
  }

  const TemporaryFolder folder_;
  const std::string path_;
};

TEST_F(ParquetTargetTest, AChangeWritesThePartAnewThatItLiesIn) {
  FolderFlow flow(path_);
  for (int i = 0; i < 60; ++i) flow.source->put(std::to_string(100 + i), "text " + std::to_string(i));
  ASSERT_TRUE(flow.run());
  const auto before = content(path_);
  ASSERT_GT(before.size(), 6U);
  flow.source->put("130", "another text");
  ASSERT_TRUE(flow.run());
  std::size_t kept = 0;
  for (const auto& [name, bytes] : content(path_)) kept += before.contains(name) && name.starts_with("part-") ? 1 : 0;
  EXPECT_GE(kept, before.size() - 4);
  EXPECT_LT(kept, before.size() - 1);
  // All of it is gone; a folder of nothing is one file without rows.
  flow.source->files.clear();
  RunOptions options;
  options.accept_removals = true;
  ASSERT_TRUE(flow.run(options));
  EXPECT_EQ(content(path_).size(), 2U);
}

TEST_F(ParquetTargetTest, WhatSomebodyElseWroteStays) {
  ASSERT_TRUE(make_folders(path_));
  ASSERT_TRUE(write_file(join_path(path_, "part-1.parquet"), "theirs"));
  FolderFlow flow(path_);
  flow.source->put("a", "one");
  const auto report = flow.run();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), Code::already_exists);
  EXPECT_EQ(content(path_).at("part-1.parquet"), "theirs");
}

// From seeds: edits, rejects and removals; runs that are killed before any of their file operations, or end. A reader
// lists what the source was at the end of some run, and the last run ends as one from scratch, byte for byte.
// NARU_PARQUET_SEEDS asks for more of them.
TEST_F(ParquetTargetTest, AnySequenceOfEditsAndKillsEndsAsARunFromScratch) {
  constexpr int kRounds = 5;
  const char* const asked = std::getenv("NARU_PARQUET_SEEDS");
  const int seeds = asked == nullptr ? 4 : static_cast<int>(std::strtol(asked, nullptr, 10));
  int kills = 0;
  for (int seed = 0; seed < seeds; ++seed) {
    Random random(static_cast<std::uint64_t>(seed));
    auto flow = std::make_unique<FolderFlow>(path_);
    std::vector<std::map<std::string, std::string>> whole = {{}};  // what a reader may see
    for (int round = 0; round < kRounds; ++round) {
      for (int edit = 0; edit < 6; ++edit) {
        const std::string key(1, static_cast<char>('a' + random.below(12)));
        if (random.below(4) == 0) {
          flow->source->files.erase(key);
        } else {
          flow->source->put(key, random.below(5) == 0 ? "broken" : "one\ntwo " + std::to_string(random.below(100)));
        }
      }
      const std::string scratch_path = join_path(folder_.path(), "scratch");
      FolderFlow scratch(scratch_path);
      scratch.source->files = flow->source->files;
      ASSERT_TRUE(scratch.run());
      whole.push_back(content(scratch_path));
      remove(scratch_path);

      std::uint64_t left = round == kRounds - 1 ? UINT64_MAX : random.below(45);
      set_file_faults([&](const FileOperation&) -> Status {
        if (left > 0) return --left, Status();
        return Error(Code::io, "killed");
      });
      RunOptions options;
      options.accept_removals = true;
      const bool ended = flow->run(options).has_value();
      set_file_faults({});
      kills += ended ? 0 : 1;
      if (ended) {
        ASSERT_EQ(content(path_), whole.back()) << seed << " " << round;
      }
      ASSERT_NE(std::find(whole.begin(), whole.end(), content(path_)), whole.end()) << seed << " " << round;
      // Another life: what the program held in memory is gone, the source and the folder are not.
      auto next = std::make_unique<FolderFlow>(path_);
      std::swap(*next->source, *flow->source);
      flow.reset();
      flow = std::move(next);
    }
    flow.reset();
    remove(path_);
  }
  EXPECT_GT(kills, seeds);
}

}  // namespace
}  // namespace naru
