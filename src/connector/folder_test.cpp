#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include <map>

#include "flow/engine.h"
#include "flow/testing.h"
#include "naru/registry.h"
#include "runtime/access_list.h"
#include "runtime/clock.h"
#include "runtime/failpoint.h"
#include "runtime/files.h"
#include "runtime/thread.h"

namespace naru {
namespace {

using testing::Listed;

class FolderTest : public ::testing::Test {
 protected:
  FolderTest() : root_(std::move(*TemporaryFolder::make("folder"))) {}

  void put(const std::string& path, std::string_view bytes = "text") {
    const std::string full = join_path(root_.path(), path);
    ASSERT_TRUE(make_folders(folder_name(full)));
    ASSERT_TRUE(write_file(full, bytes));
  }
  Options options() {
    Options options;
    options.base_folder = root_.path();
    options.set("path", std::string("."));
    options.set("include", std::vector<std::string>());
    options.set("exclude", std::vector<std::string>());
    options.set("hidden", false);
    options.set("follow_links", false);
    options.set("max_bytes", std::int64_t{1000});
    options.set("watch", true);
    options.set("poll_seconds", std::int64_t{30});
    options.set("uploads", false);
    return options;
  }
  std::unique_ptr<Source> source(const Options& options) {
    Registry registry;
    register_connector(registry);
    auto made = registry.source("folder")->make(options);
    if (!made) ADD_FAILURE() << made.error().describe();
    return std::move(*made);
  }
  Listed list(const Options& options) {
    const auto listing = source(options)->poll({});
    if (!listing) return ADD_FAILURE() << listing.error().describe(), Listed();
    return Listed(*listing);
  }
  static std::vector<std::string> keys(const Listed& listing) {
    std::vector<std::string> keys;
    for (const Item& item : listing.items) keys.push_back(item.key);
    return keys;
  }
  using Keys = std::vector<std::string>;
  TemporaryFolder root_;
};

TEST_F(FolderTest, ListsFilesBelowSortedByBytesOfTheirPath) {
  put("b.md");
  put("a/x.md");
  put("a.md");
  put("가/나 다.md");
  put(".hidden/x.md");
  put(".dot.md");
  EXPECT_EQ(keys(list(options())), (Keys{"a.md", "a/x.md", "b.md", "가/나 다.md"}));
  Options with_hidden = options();
  with_hidden.set("hidden", true);
  EXPECT_EQ(list(with_hidden).items.size(), 6U);
}

TEST_F(FolderTest, NeverListsItsOwnStore) {
  put(".naru/truth.db");
  put("a.md");
  Options with_hidden = options();
  with_hidden.set("hidden", true);
  EXPECT_EQ(keys(list(with_hidden)), Keys{"a.md"});
}

TEST_F(FolderTest, IncludeAndExcludeChooseFiles) {
  put("a.md");
  put("b.html");
  put("drafts/c.md");
  put("d.bin");
  Options chosen = options();
  chosen.set("include", std::vector<std::string>{"*.{md,html}"});
  chosen.set("exclude", std::vector<std::string>{"drafts/**"});
  EXPECT_EQ(keys(list(chosen)), (Keys{"a.md", "b.html"}));
}

TEST_F(FolderTest, IgnoreFilesWorkInTheirFolderAndBelow) {
  put(".naruignore", "*.log\nsub/private/\n");
  put("a.log");
  put("a.md");
  put("sub/private/x.md");
  put("sub/b.log");
  put("sub/.naruignore", "!b.log\nc.md\n");
  put("sub/c.md");
  put("other/c.md");
  EXPECT_EQ(keys(list(options())), (Keys{"a.md", "other/c.md", "sub/b.log"}));
}

TEST_F(FolderTest, LinksPipesAndLoopsAreLeftAlone) {
  put("real/a.md");
  ASSERT_EQ(symlink("/etc/passwd", join_path(root_.path(), "passwd.md").c_str()), 0);
  ASSERT_EQ(symlink("..", join_path(root_.path(), "real/loop").c_str()), 0);
  ASSERT_EQ(mkfifo(join_path(root_.path(), "pipe.md").c_str(), 0600), 0);
  EXPECT_EQ(keys(list(options())), Keys{"real/a.md"});
}

TEST_F(FolderTest, FollowedLinksEndAndEachRealFolderIsListedOnce) {
  const auto outside = TemporaryFolder::make("outside");
  ASSERT_TRUE(outside);
  ASSERT_TRUE(write_file(join_path(outside->path(), "o.md"), "out"));
  put("real/a.md");
  ASSERT_EQ(symlink("..", join_path(root_.path(), "real/loop").c_str()), 0);
  ASSERT_EQ(symlink(outside->path().c_str(), join_path(root_.path(), "a_link").c_str()), 0);
  ASSERT_EQ(symlink(outside->path().c_str(), join_path(root_.path(), "b_link").c_str()), 0);
  ASSERT_EQ(symlink("nowhere", join_path(root_.path(), "broken").c_str()), 0);
  Options follow = options();
  follow.set("follow_links", true);
  EXPECT_EQ(keys(list(follow)), (Keys{"a_link/o.md", "real/a.md"}));
  const auto from = source(follow);
  const auto listing = from->poll({});
  ASSERT_TRUE(listing);
  EXPECT_EQ(from->read(listing->items.all()->at(0), {})->bytes, "out");
}

TEST_F(FolderTest, LinkPutInPlaceAfterListingIsNotRead) {
  put("sub/a.md");
  const auto from = source(options());
  const auto listing = from->poll({});
  ASSERT_TRUE(listing);
  const std::string path = join_path(root_.path(), "sub/a.md");
  ASSERT_TRUE(remove_file(path));
  ASSERT_EQ(symlink("/etc/passwd", path.c_str()), 0);
  const auto content = from->read(listing->items.all()->at(0), {});
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().code(), Code::not_found);
}

TEST_F(FolderTest, NewInodeWithSameSizeAndTimeIsAChange) {
  put("a.md", "one");
  const std::string path = join_path(root_.path(), "a.md");
  const utimbuf old{1'600'000'000, 1'600'000'000};
  ASSERT_EQ(utime(path.c_str(), &old), 0);
  const std::string before = list(options()).items[0].fingerprint;
  ASSERT_TRUE(write_file(path + ".new", "two"));
  ASSERT_EQ(utime((path + ".new").c_str(), &old), 0);
  ASSERT_TRUE(rename_file(path + ".new", path));
  EXPECT_NE(list(options()).items[0].fingerprint, before);
}

TEST_F(FolderTest, JustChangedFileIsLookedAtAgain) {
  put("a.md");
  const auto from = source(options());
  auto listing = from->poll({});
  ASSERT_TRUE(listing);
  EXPECT_TRUE(from->read(listing->items.all()->at(0), {})->item.fingerprint.empty());
  system_clock().sleep_ms(80, {});
  EXPECT_EQ(from->read(listing->items.all()->at(0), {})->item.fingerprint, listing->items.all()->at(0).fingerprint);
}

TEST_F(FolderTest, TooLargeFileIsRefusedUnread) {
  put("a.md", std::string(1001, 'x'));
  put("huge.md");
  ASSERT_EQ(truncate(join_path(root_.path(), "huge.md").c_str(), 5LL << 30), 0);
  const auto from = source(options());
  const auto listing = from->poll({});
  ASSERT_TRUE(listing);
  const std::vector<Item> items = *listing->items.all();
  for (const Item& item : items) {
    const auto content = from->read(item, {});
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code(), Code::limit_exceeded);
  }
}

TEST_F(FolderTest, EmptyFileIsAnItem) {
  put("a.md", "");
  const auto from = source(options());
  const auto listing = from->poll({});
  ASSERT_TRUE(listing);
  EXPECT_EQ(from->read(listing->items.all()->at(0), {})->bytes, "");
}

TEST_F(FolderTest, NameThatIsNotUtf8IsARejectThatSaysWhatToDo) {
  put("ok.md");
  put(std::string("bad\xb3\xaa.md"));
  const Listed listing = list(options());
  EXPECT_EQ(keys(listing), Keys{"ok.md"});
  ASSERT_EQ(listing.rejects.size(), 1U);
  EXPECT_EQ(listing.rejects[0].key, "bad\\xb3\\xaa.md");
  EXPECT_NE(listing.rejects[0].message.find("rename"), std::string::npos);
}

TEST_F(FolderTest, DecomposedNameStaysAsOnDisk) {
  const std::string name = "\xe1\x84\x80\xe1\x85\xa1.md";  // 가 in two parts
  put(name);
  EXPECT_EQ(keys(list(options())), Keys{name});
}

TEST_F(FolderTest, UnreadableSubfolderIsUnknownNotGone) {
  put("sub/a.md");
  put("b.md");
  set_failpoint("folder.open", "error");
  const Listed listing = list(options());
  set_failpoint("folder.open", "");
  EXPECT_EQ(keys(listing), Keys{"b.md"});
  EXPECT_EQ(listing.unreadable_prefixes, Keys{"sub/"});
  ASSERT_EQ(listing.rejects.size(), 1U);
  EXPECT_EQ(listing.rejects[0].key, "sub");
}

TEST_F(FolderTest, MissingFolderIsUnavailable) {
  Options missing = options();
  missing.set("path", std::string("not/there"));
  const auto listing = source(missing)->poll({});
  ASSERT_FALSE(listing);
  EXPECT_EQ(listing.error().code(), Code::unavailable);
}

TEST_F(FolderTest, WrongPatternNamesTheOption) {
  Options wrong = options();
  wrong.set("include", std::vector<std::string>{"a{b"});
  Registry registry;
  register_connector(registry);
  const auto made = registry.source("folder")->make(wrong);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().describe().find("include"), std::string::npos);
}

TEST_F(FolderTest, WaitingEndsWhenAFileChangesOrAtAStop) {
  put("sub/a.md");
  const auto from = source(options());
  ASSERT_TRUE(from->wait_for_change({}));  // starts the watch
  ASSERT_TRUE(from->poll({}));
  Thread writer("writer", [&](std::stop_token) {
    system_clock().sleep_ms(50, {});
    put("sub/b.md");
  });
  const std::int64_t started = system_clock().monotonic_ns();
  ASSERT_TRUE(from->wait_for_change({}));
  EXPECT_LT(elapsed_ms(started, system_clock().monotonic_ns()), 10'000);
  writer.join();
  std::stop_source stop;
  Thread stopper("stopper", [&](std::stop_token) {
    system_clock().sleep_ms(50, {});
    stop.request_stop();
  });
  ASSERT_TRUE(from->wait_for_change(stop.get_token()));
}

// The whole way, with steps that make each file one chunk.
class WholeFile : public Operator {
 public:
  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const override {
    Document document;
    document.blocks.resize(1);
    document.blocks[0].text = batch[0].bytes;
    batch[0].payload = document;
    Chunk chunk;
    chunk.text = batch[0].bytes;
    chunk.text_end = chunk.text.size();
    batch.emplace_back().payload = chunk;
    return batch;
  }
  Id128 fingerprint() const override { return hash128("whole"); }
};

TEST_F(FolderTest, FlowOverManyUnchangedFilesCostsNoReading) {
  constexpr int kFiles = 2000;
  for (int i = 0; i < kFiles; ++i) {
    const std::string number = std::to_string(i);
    put("f" + std::to_string(i % 40) + "/" + number + ".md", "x" + number);
  }
  system_clock().sleep_ms(80, {});
  testing::MemoryStore store;
  FlowPlan plan;
  plan.name = "flow";
  plan.source = source(options());
  plan.steps.push_back({"parse", std::make_unique<WholeFile>()});
  FlowRunner runner(store, store, system_clock(), {});
  RunOptions two_workers;
  two_workers.workers = 2;
  auto report = runner.run(plan, two_workers);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->summary.added, 2000U);
  set_failpoint("folder.read", "error");
  report = runner.run(plan, {});
  set_failpoint("folder.read", "");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->summary.unchanged, 2000U);
  RecordProperty("no_op_ms_a_file", std::to_string(report->seconds * 1000 / kFiles));
}

TEST_F(FolderTest, WatchRunsAgainAfterAChange) {
  put("a.md", "one");
  testing::MemoryStore store;
  std::vector<FlowPlan> plans(1);
  plans[0].name = "flow";
  plans[0].source = source(options());
  plans[0].steps.push_back({"parse", std::make_unique<WholeFile>()});
  std::stop_source stop;
  int runs = 0;
  FlowRunner runner(store, store, system_clock(), [&](const FlowEvent& event) {
    if (std::holds_alternative<DoneEvent>(event) && ++runs == 2) put("b.md", "two");
    if (const auto* commit = std::get_if<CommitEvent>(&event)) {
      for (const auto& [doc, version] : commit->docs) {
        if (doc == "b.md") stop.request_stop();
      }
    }
  });
  RunOptions until;
  until.stop = stop.get_token();
  ASSERT_TRUE(runner.watch(plans, until));
  EXPECT_EQ(store.stored["flow"].size(), 2U);
}

TEST_F(FolderTest, FindsOneFileByTheRulesOfTheListing) {
  put(".naruignore", "*.tmp\n/drafts/\n");
  put("a/.naruignore", "!kept.tmp\n");
  for (const char* path : {"x.md", "x.tmp", "a/kept.tmp", "a/b/c.md", "drafts/x.md", ".hidden/x.md", "a/.x",
                           "skip/x.md"}) {
    put(path);
  }
  Options chosen = options();
  chosen.set("exclude", std::vector<std::string>{"skip"});
  const auto found = source(chosen);
  const Listed listing(*found->poll({}));
  EXPECT_EQ(keys(listing), (Keys{"a/b/c.md", "a/kept.tmp", "x.md"}));
  for (const Item& item : listing.items) {
    const Result<Item> one = found->find(item.key, {});
    ASSERT_TRUE(one) << item.key;
    EXPECT_EQ(one->fingerprint, item.fingerprint) << item.key;
  }
  for (const char* none : {"x.tmp", "drafts/x.md", ".hidden/x.md", "a/.x", "skip/x.md", "a", "a/b", "gone.md", "",
                           "a//b", "../x.md", "a/../x.md", "x.md/y"}) {
    EXPECT_EQ(found->find(none, {}).error().code(), Code::not_found) << none;
  }
}

TEST_F(FolderTest, TakesFilesOnlyWhereItSaysSo) {
  const auto closed = source(options());
  EXPECT_FALSE(closed->takes_items());
  EXPECT_EQ(closed->add("x.md", "text", Overwrite::refuse).error().code(), Code::not_allowed);
  Options opened = options();
  opened.set("uploads", true);
  opened.set("exclude", std::vector<std::string>{"*.exe"});
  const auto open = source(opened);
  EXPECT_TRUE(open->takes_items());
  EXPECT_EQ(open->add("새 자료/휴가 규정.md", "text", Overwrite::refuse)->key, "새 자료/휴가 규정.md");
  EXPECT_EQ(keys(list(opened)), Keys{"새 자료/휴가 규정.md"});
  EXPECT_EQ(open->add("새 자료/휴가 규정.md", "more", Overwrite::refuse).error().code(), Code::already_exists);
  EXPECT_EQ(open->add("새 자료/휴가 규정.md", "more", Overwrite::replace)->size_bytes, 4U);
  EXPECT_EQ(open->add("x.exe", "text", Overwrite::refuse).error().code(), Code::invalid_argument);
  EXPECT_EQ(open->add("big.md", std::string(1001, 'x'), Overwrite::refuse).error().code(), Code::limit_exceeded);
  EXPECT_EQ(list(opened).items.size(), 1U);
}

TEST_F(FolderTest, TakesNoNameThatMisleadsOrClimbs) {
  Options opened = options();
  opened.set("uploads", true);
  const auto open = source(opened);
  for (const std::string& name : std::vector<std::string>{
           "", "/", "/etc/x", "../x", "a/../x", "a//b", "a/", ".", "..", ".naru/x", ".hidden", "a/.b", "a\\b",
           std::string("a\0b", 3), "a\nb", "x\xff", "a\xe2\x80\xae" "gpj.exe", std::string(256, 'a'),
           std::string(1025, 'a'), "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s"}) {
    EXPECT_EQ(open->add(name, "text", Overwrite::replace).error().code(), Code::invalid_argument) << name;
  }
  EXPECT_TRUE(list(opened).items.empty());
}

TEST_F(FolderTest, ADecomposedNameIsTheSameDocument) {
  Options opened = options();
  opened.set("uploads", true);
  const auto open = source(opened);
  const std::string decomposed = "\u1112\u1172\u1100\u1161.md", composed = "휴가.md";
  EXPECT_EQ(open->add(decomposed, "one", Overwrite::refuse)->key, composed);  // a new one is composed
  put("옛/" + decomposed);  // one that macOS wrote keeps its letters
  EXPECT_EQ(open->add("옛/" + composed, "two", Overwrite::refuse).error().code(), Code::already_exists);
  EXPECT_EQ(open->add("옛/" + composed, "two", Overwrite::replace)->key, "옛/" + decomposed);
  EXPECT_EQ(list(opened).items.size(), 2U);
}

// Whoever runs this owns the files.
TEST_F(FolderTest, ItemsSayWhoMayReadThemWhereTheyLie) {
  put("open.md");
  put("own.md");
  put("closed/open.md");
  const auto set = [&](const char* path, mode_t mode) {
    ASSERT_EQ(chmod(join_path(root_.path(), path).c_str(), mode), 0);
  };
  ASSERT_EQ(chmod(root_.path().c_str(), 0755), 0);
  set("open.md", 0644);
  set("own.md", 0600);
  set("closed", 0700);
  set("closed/open.md", 0644);
  Options with = options();
  with.set("access_lists", true);
  const auto from = source(with);
  const Listed listing(*from->poll({}));
  ASSERT_EQ(listing.items.size(), 3U);
  const std::string owner = "user:" + account_names()(Account::user, getuid());
  const std::vector<Keys> expected = {{owner}, {"everyone"}, {owner}};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(listing.items[i].access, expected[i]) << listing.items[i].key;
    EXPECT_EQ(from->read(listing.items[i], {})->item.access, expected[i]);
    EXPECT_EQ(from->find(listing.items[i].key, {})->access, expected[i]);
  }
  EXPECT_FALSE(list(options()).items[0].access);
}

}  // namespace
}  // namespace naru
