#include <gtest/gtest.h>

#include "base/json.h"
#include "flow/testing_flow.h"
#include "naru/registry.h"
#include "runtime/files.h"
#include "runtime/random.h"

namespace naru {
namespace {

using testing::Flow;

std::unique_ptr<Target> target_at(const std::string& path, PayloadKind takes) {
  Registry registry;
  register_connector(registry);
  Options options;
  options.set("path", path);
  auto made = registry.target("jsonl")->make(options, {"handbook", takes});
  if (!made) ADD_FAILURE() << made.error().describe();
  return std::move(*made);
}

// The flow of flow/testing_flow.h, without vectors, into a file.
struct FileFlow : Flow {
  FileFlow(const std::string& path, PayloadKind makes) {
    plan.knowledge_base.clear();
    plan.target = target_at(path, makes);
    plan.target_name = "jsonl";
    plan.embedder.reset();
    plan.steps.pop_back();
    if (makes == PayloadKind::chunk) plan.steps.back().gives = PayloadKind::chunk;
    if (makes == PayloadKind::document) plan.steps.pop_back();
  }
};

class JsonlTargetTest : public ::testing::Test {
 protected:
  JsonlTargetTest()
      : folder_(std::move(*TemporaryFolder::make("target"))), path_(join_path(folder_.path(), "out.jsonl")) {}
  ~JsonlTargetTest() override { set_file_faults({}); }

  std::string content() const { return read_file(path_).value_or("(none)"); }
  std::vector<Json> lines() const {
    std::vector<Json> found;
    const std::string text = content();
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      found.push_back(*parse_json(std::string_view(text).substr(at, end - at)));
      at = end + 1;
    }
    return found;
  }

  const TemporaryFolder folder_;
  const std::string path_;
};

TEST_F(JsonlTargetTest, PassagesNameTheirDocumentAndPlace) {
  FileFlow flow(path_, PayloadKind::chunk);
  flow.plan.label.access = {"group:staff"};
  flow.source->put("a", "one\ntwo");
  const auto report = flow.run();
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->summary.chunks_added, 2U);
  const std::vector<Json> found = lines();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1]["doc"], "a");
  EXPECT_EQ(found[1]["n"], 1);
  EXPECT_EQ(found[1]["text"], "two");
  EXPECT_EQ(found[1]["locator"]["start"], 4);
  EXPECT_EQ(found[1]["access"], Json({"group:staff"}));
  EXPECT_EQ(found[1]["version"], sha256("one\ntwo").hex());
}

TEST_F(JsonlTargetTest, DocumentsAreWhole) {
  FileFlow flow(path_, PayloadKind::document);
  flow.source->put("a", "one\ntwo");
  ASSERT_TRUE(flow.run());
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_EQ(lines()[0]["id"], "a");
  EXPECT_EQ(lines()[0]["text"], "one\n\ntwo");
}

TEST_F(JsonlTargetTest, AnotherLabelWritesTheLinesAnew) {
  FileFlow flow(path_, PayloadKind::document);
  flow.source->put("a", "one");
  ASSERT_TRUE(flow.run());
  EXPECT_FALSE(lines()[0].contains("access"));
  flow.plan.label.access = {"everyone"};
  ASSERT_TRUE(flow.run());
  EXPECT_EQ(lines()[0]["access"], Json({"everyone"}));
}

TEST_F(JsonlTargetTest, WhatWasForgottenLeavesTheFile) {
  FileFlow flow(path_, PayloadKind::document);
  flow.source->put("a", "one");
  flow.source->put("b", "two");
  ASSERT_TRUE(flow.run());
  flow.store.forgotten_items = std::make_shared<Forgotten>("secret");
  flow.store.forgotten_items->add(flow.store.forgotten_items->item_hash("handbook", "a"), "");
  const auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->summary.forgotten, 1U);
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_EQ(lines()[0]["id"], "b");
}

// From seeds: edits, rejects and removals; runs that are killed before any of their file operations, or end. A reader
// sees what the source was at the end of some run, and the last run ends as one from scratch, byte for byte.
TEST_F(JsonlTargetTest, AnySequenceOfEditsAndKillsEndsAsARunFromScratch) {
  constexpr int kSeeds = 60;
  const std::vector<std::string> texts = {"one", "one\ntwo", "broken", "two\nthree", ""};
  int kills = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    Random random(static_cast<std::uint64_t>(seed));
    auto flow = std::make_unique<FileFlow>(path_, PayloadKind::chunk);
    std::vector<std::string> whole = {"(none)"};  // what a reader may see
    for (int round = 0; round < 6; ++round) {
      for (int edit = 0; edit < 3; ++edit) {
        const std::string key(1, static_cast<char>('a' + random.below(6)));
        if (random.below(4) == 0) {
          flow->source->files.erase(key);
        } else {
          flow->source->put(key, texts[random.below(texts.size())]);
        }
      }
      const std::string scratch_path = join_path(folder_.path(), "scratch.jsonl");
      FileFlow scratch(scratch_path, PayloadKind::chunk);
      scratch.source->files = flow->source->files;
      ASSERT_TRUE(scratch.run());
      whole.push_back(*read_file(scratch_path));
      ASSERT_TRUE(remove_file(scratch_path));
      ASSERT_TRUE(remove_tree(scratch_path + ".naru"));

      std::uint64_t left = round == 5 ? UINT64_MAX : random.below(40);
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
        ASSERT_EQ(content(), whole.back()) << seed;
      }
      ASSERT_NE(std::find(whole.begin(), whole.end(), content()), whole.end()) << seed << ": " << content();
      // Another life: what the program held in memory is gone, the source and the file are not.
      auto next = std::make_unique<FileFlow>(path_, PayloadKind::chunk);
      std::swap(*next->source, *flow->source);
      flow.reset();
      flow = std::move(next);
    }
    flow.reset();
    ASSERT_TRUE(remove_file(path_));
    ASSERT_TRUE(remove_tree(path_ + ".naru"));
  }
  EXPECT_GT(kills, kSeeds);
}

}  // namespace
}  // namespace naru
