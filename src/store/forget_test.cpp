#include "store/forget.h"

#include <gtest/gtest.h>

#include "runtime/failpoint.h"
#include "runtime/subprocess.h"
#include "store/testing.h"

namespace naru {
namespace {

using testing::Desk;
using testing::Page;
using testing::Pages;

const std::string kFlow = "notes", kSecret = "secret-merger.txt";

TemporaryFolder folder() { return *TemporaryFolder::make("naru-forget-"); }

Pages others() {
  return {{"menu.txt", Page{{"Lunch is at noon", "Soup for everyone"}, {}}}, {"empty.txt", Page{}}};
}

Page secret() { return {{"Projekt Zitronenfalter", "Hummelwerke changes hands on Walpurgis", "Lunch is at noon"}, {}}; }

// Files below the store in which a text stands.
std::vector<std::string> files_with(const std::string& root, const std::string& text) {
  std::vector<std::string> found;
  const std::vector<std::string> names = *list_folder(root);
  for (const std::string& name : names) {
    const std::string path = join_path(root, name);
    if (is_folder(path)) {
      for (const std::string& below : files_with(path, text)) found.push_back(below);
    } else if (read_file(path)->find(text) != std::string::npos) {
      found.push_back(path);
    }
  }
  return found;
}

void put_everything(Desk& desk) {
  Pages pages = others();
  pages[kSecret] = secret();
  ASSERT_TRUE(desk.put(pages));
}

TEST(Forget, LeavesNothingInAnyFileAndOthersAsTheyWere) {
  const TemporaryFolder place = folder(), other_place = folder();
  Desk desk(place.path());
  put_everything(desk);
  ASSERT_TRUE(desk.store().memo_put(hash128("memo"), "Zitronenfalter"));
  ASSERT_TRUE(desk.put({{kSecret, Page{{"Zitronenfalter, an earlier version: Kolibri"}, {}}}}));
  ASSERT_TRUE(desk.put({{kSecret, secret()}}));
  for (const auto& [id, doc] : {std::pair{"a-1", kSecret}, std::pair{"a-2", std::string("menu.txt")}}) {
    ASSERT_TRUE(desk.store().put_answer(id, {{"citations", {{{"doc", doc}}}}, {"evidence", Json::array()}}));
  }
  EXPECT_FALSE(files_with(place.path(), "hummelwerk").empty());
  EXPECT_FALSE(files_with(place.path(), kSecret).empty());
  const auto proof = desk.store().forget(kFlow, kSecret);
  ASSERT_TRUE(proof) << proof.error().describe();
  EXPECT_EQ(proof->found_in, std::vector<std::string>{});
  EXPECT_EQ(proof->documents, 1U);
  EXPECT_EQ(proof->chunks, 3U);
  EXPECT_EQ(proof->answers, 1U);
  EXPECT_EQ(proof->memo, 1U);
  EXPECT_EQ(proof->vectors, 3U);  // two of it alone, and the earlier version's
  EXPECT_GT(proof->postings, 0U);
  EXPECT_GT(proof->terms, 0U);
  EXPECT_GT(proof->files, 5U);
  EXPECT_NE(proof->segments_before, proof->segments_after);
  for (const char* text : {"secret-merger", "Zitronenfalter", "zitronenfalter", "ummelwerke", "olibri"}) {
    EXPECT_TRUE(files_with(place.path(), text).empty()) << text;
  }
  EXPECT_EQ(desk.problems(), "");
  EXPECT_EQ(desk.hits("lunch").size(), 1U);
  EXPECT_EQ(desk.hits("Lunch is at noon", true).front().substr(0, 10), "menu.txt#0");  // its vector is another's too
  EXPECT_FALSE(desk.store().answer("a-1", Principal::owner()));
  EXPECT_TRUE(desk.store().answer("a-2", Principal::owner()));
  Desk clean(other_place.path());
  ASSERT_TRUE(clean.put(others()));
  EXPECT_EQ(desk.dump(), clean.dump());
}

// Whoever closes a database as the last one removes its log. Looking into the files must not give up our locks.
TEST(Forget, LeavesTheWriterItsLocks) {
  const TemporaryFolder place = folder();
  Desk desk(place.path());
  put_everything(desk);
  ASSERT_TRUE(desk.store().forget(kFlow, kSecret));
  ASSERT_TRUE(desk.put({{"later.txt", secret()}}));
  for (const char* name : {"truth.db", "content.db"}) {
    const std::string path = join_path(place.path(), name);
    ASSERT_TRUE(file_exists(path + "-wal"));
    const std::string script = "import sqlite3; c = sqlite3.connect('" + path + "'); "
                               "c.execute('SELECT count(*) FROM sqlite_master').fetchall(); c.close()";
    const auto other = run_process({"python3", "-c", script}, {}, {});
    if (!other || other->exit_status != 0) GTEST_SKIP() << "no python3 with sqlite3";
    EXPECT_TRUE(file_exists(path + "-wal")) << name;
  }
  EXPECT_EQ(desk.problems(), "");
}

TEST(Forget, IsKeptAsKeyedHashesUntilItIsUndone) {
  const TemporaryFolder place = folder();
  Desk desk(place.path());
  put_everything(desk);
  EXPECT_EQ(*desk.store().forgotten(), nullptr);
  const std::vector<std::string> before = desk.dump();
  const Sha256 version = desk.change({{kSecret, secret()}}).upserts[0].version;
  ASSERT_TRUE(desk.store().forget(kFlow, kSecret));
  desk.open();
  const std::shared_ptr<const Forgotten> forgotten = *desk.store().forgotten();
  ASSERT_NE(forgotten, nullptr);
  EXPECT_TRUE(forgotten->has_item(kFlow, kSecret));
  EXPECT_TRUE(forgotten->has_version(version));
  EXPECT_FALSE(forgotten->has_item(kFlow, "menu.txt"));
  const auto again = desk.store().forget(kFlow, kSecret);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->again);
  EXPECT_TRUE(again->clean());
  EXPECT_TRUE(*desk.store().unforget(kFlow, kSecret));
  EXPECT_FALSE(*desk.store().unforget(kFlow, kSecret));
  EXPECT_FALSE((*desk.store().forgotten())->has_version(version));
  ASSERT_TRUE(desk.put({{kSecret, secret()}}));
  EXPECT_EQ(desk.dump(), before);
  EXPECT_EQ(desk.problems(), "");
}

TEST(Forget, PlanTouchesNothingAndAnUnknownNameIsNotFound) {
  const TemporaryFolder place = folder();
  Desk desk(place.path());
  put_everything(desk);
  const std::vector<std::string> before = desk.dump();
  const auto plan = desk.store().plan_forget(kFlow, kSecret);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->dry_run);
  EXPECT_EQ(plan->chunks, 3U);
  EXPECT_EQ(desk.dump(), before);
  for (const auto& [flow, key] : {std::pair{kFlow, "none"}, std::pair{std::string("other"), "menu.txt"}}) {
    const auto none = desk.store().forget(flow, key);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), Code::not_found);
  }
}

TEST(Forget, BytesThatAnotherItemHasTooAreNotKeptOut) {
  const TemporaryFolder place = folder();
  Desk desk(place.path());
  ASSERT_TRUE(desk.put({{kSecret, secret()}, {"copy.txt", secret()}}));
  const auto proof = desk.store().forget(kFlow, kSecret);
  ASSERT_TRUE(proof);
  EXPECT_TRUE(proof->clean());
  EXPECT_EQ(proof->vectors, 0U);
  EXPECT_EQ(proof->terms, 3U);  // of its name: secret, merger.txt, merger
  EXPECT_TRUE(files_with(place.path(), "secret-merger").empty());
  EXPECT_FALSE((*desk.store().forgotten())->has_version(desk.change({{"x", secret()}}).upserts[0].version));
  EXPECT_EQ(desk.hits("Hummelwerke").size(), 1U);
  EXPECT_EQ(desk.problems(), "");
}

TEST(Forget, FailureAnywhereIsFinishedByTheNextWriter) {
  for (const std::string at : {"after_truth", "after_segments", "after_content", "within_vectors", "after_vectors",
                               "after_memo", "before_done"}) {
    const TemporaryFolder place = folder();
    Desk desk(place.path());
    put_everything(desk);
    set_failpoint("forget." + at, "error");
    EXPECT_FALSE(desk.store().forget(kFlow, kSecret)) << at;
    set_failpoint("forget." + at, "");
    EXPECT_EQ(desk.problems(), "") << at;
    EXPECT_TRUE(desk.hits("Hummelwerke").empty()) << at;
    desk.open();
    for (const char* text : {"secret-merger", "itronenfalter", "ummelwerke"}) {
      EXPECT_TRUE(files_with(place.path(), text).empty()) << at << " " << text;
    }
    EXPECT_EQ(desk.problems(), "") << at;
  }
}

TEST(Traces, FindWhatOnlyOneHolds) {
  Traces traces;
  traces.add_words("Zitronenfalter and 나루터나루 or short");
  EXPECT_EQ(traces.kept()[static_cast<std::size_t>(TraceKind::word)], 2U);
  EXPECT_TRUE(traces.is_in("xx나루터나루"));
  traces.drop_found_in("the Zitronenfalter flies");
  EXPECT_FALSE(traces.is_in("Zitronenfalter"));
  Traces::Counts found{};
  traces.count_in("나루터나루 나루터나루 나루", found);
  EXPECT_EQ(found[static_cast<std::size_t>(TraceKind::word)], 2U);
}

}  // namespace
}  // namespace naru
