// What was can be asked for: as it was, for those who may read it today, and never what is forgotten.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "runtime/random.h"
#include "store/sqlite.h"
#include "store/testing.h"
#include "store/truth.h"

namespace naru {
namespace {

using testing::Desk;
using testing::Page;
using testing::Pages;

TemporaryFolder folder() { return *TemporaryFolder::make("naru-history-"); }

std::shared_ptr<const Snapshot> at(Desk& desk, std::uint64_t epoch, const Principal& principal = Principal::owner()) {
  return *desk.store().open_snapshot("kb", principal, nullptr, epoch);
}

Code refused(Desk& desk, std::uint64_t epoch) {
  return desk.store().open_snapshot("kb", Principal::owner(), nullptr, epoch).error().code();
}

// "doc#place score text" of each hit of a snapshot, scores to the last bit.
std::vector<std::string> hits(const Snapshot& snapshot, const std::string& query, bool vector_leg) {
  static const std::unique_ptr<Embedder> embedder = make_stub_embedder();
  const std::vector<QueryTerm> terms = analyze_query(query);
  const std::vector<std::string> texts = {query};
  std::vector<ScoredRow> rows;
  if (vector_leg) {
    rows = *snapshot.vector(embedder->embed(texts, TextRole::query, {})->front(), 10);
  } else {
    rows = *snapshot.lexical(terms, *snapshot.statistics(terms), Bm25{}, 10);
  }
  std::vector<std::string> lines;
  for (const ScoredRow& row : rows) {
    const ChunkView chunk = *snapshot.chunk(row.row);
    lines.push_back(chunk.doc + "#" + std::to_string(chunk.number) + " " + std::to_string(row.score * 1e12) + " " +
                    chunk.title + ": " + chunk.text + " " + chunk.version.hex());
  }
  return lines;
}

std::string sentence(Random& random) {
  std::string text;
  for (std::uint64_t words = 1 + random.below(8); words > 0; --words) {
    text += "w" + std::to_string(random.below(30)) + " ";
  }
  return text + "end";
}

// Puts, edits and removes a few of a dozen documents.
void change(Desk& desk, Pages& pages, Random& random) {
  Pages put;
  std::vector<std::string> removes;
  for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
    const std::string key = "d" + std::to_string(random.below(12));
    if (put.contains(key) || std::find(removes.begin(), removes.end(), key) != removes.end()) continue;
    if (pages.contains(key) && random.below(3) == 0) {
      pages.erase(key);
      removes.push_back(key);
      continue;
    }
    Page& page = pages[key];
    if (page.paragraphs.size() > 1 && random.below(2) == 0) page.paragraphs.erase(page.paragraphs.begin());
    page.paragraphs.push_back(sentence(random));
    put[key] = page;
  }
  ASSERT_TRUE(desk.apply(desk.change(put, removes)));
}

// Everything that happened is of long ago.
void age(Desk& desk) {
  const std::unique_ptr<Database> truth = *Database::open(StorePaths(desk.folder()).truth, false);
  ASSERT_TRUE(truth->execute("UPDATE epochs SET unix_ms = 0"));
}

std::int64_t count(Desk& desk, const std::string& sql) {
  const std::unique_ptr<Database> truth = *Database::open(StorePaths(desk.folder()).truth, false);
  return *truth->value(sql);
}

TEST(History, AsOfAnEpochIsTheStoreThatNeverWentOn) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Random random(seed);
    const TemporaryFolder temporary = folder();
    Desk desk(temporary.path() + "/s");
    Pages pages;
    std::map<std::uint64_t, std::vector<std::vector<std::string>>> then;
    const std::vector<std::string> queries = {"w1 w2 w3", "w7 end", "w11 w12"};
    for (int i = 0; i < 16; ++i) {
      change(desk, pages, random);
      const std::shared_ptr<const Snapshot> now = desk.snapshot();
      std::vector<std::vector<std::string>>& answers = then[now->epoch()];
      for (const std::string& query : queries) {
        for (const bool vector_leg : {false, true}) answers.push_back(hits(*now, query, vector_leg));
      }
      if (random.below(6) == 0) desk.open();
      if (random.below(4) == 0) {
        ASSERT_TRUE(desk.store().settle());  // segments lose their dead rows
      }
    }
    ASSERT_EQ(desk.problems(), "") << "seed " << seed;
    for (const auto& [epoch, answers] : then) {
      const std::shared_ptr<const Snapshot> past = at(desk, epoch);
      EXPECT_EQ(past->epoch(), epoch);
      std::size_t next = 0;
      for (const std::string& query : queries) {
        for (const bool vector_leg : {false, true}) {
          ASSERT_EQ(hits(*past, query, vector_leg), answers[next++]) << query << " epoch " << epoch << " seed " << seed;
        }
      }
    }
  }
}

TEST(History, ADocumentIsReadAsItWas) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  const std::uint64_t first = desk.put({{"a", {{"first title", "alpha"}, {}}}})->epoch;
  const std::uint64_t second = desk.put({{"a", {{"second title", "alpha", "beta"}, {}}}})->epoch;
  const std::uint64_t third = desk.remove({"a"})->epoch;
  EXPECT_EQ(at(desk, first)->document("a")->document.title, "first title");
  EXPECT_EQ(at(desk, first)->document("a")->chunks.size(), 2U);
  EXPECT_EQ(at(desk, second)->document("a")->document.title, "second title");
  EXPECT_EQ(at(desk, second)->document("a")->chunks.size(), 3U);
  EXPECT_EQ(at(desk, third)->document("a").error().code(), Code::not_found);
  EXPECT_EQ(at(desk, first)->visible_rows(), 2U);
  EXPECT_EQ(at(desk, third)->visible_rows(), 0U);
  EXPECT_EQ(refused(desk, third + 1), Code::invalid_argument);
  EXPECT_EQ(desk.store().knowledge_bases(Principal::owner(), second)->front().documents, 1U);
}

TEST(History, VersionsAreListedAsFarAsTheyCanBeAskedFor) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  const std::uint64_t first = desk.put({{"a", {{"alpha old"}, {}}}})->epoch;
  ASSERT_TRUE(desk.store().put_tag("v1", std::nullopt));
  ASSERT_TRUE(desk.put({{"a", {{"alpha between"}, {}}}}));
  const std::uint64_t last = desk.put({{"a", {{"alpha new"}, {}}}})->epoch;
  const auto listed = [&](const Principal& principal) {
    return *desk.store().versions(desk.flow(), "a", principal);
  };
  const auto all = listed(Principal::owner());
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].born, last);
  EXPECT_FALSE(all[0].died);
  EXPECT_EQ(all[2].died, all[1].born);
  EXPECT_EQ(all[2].tags, std::vector<std::string>{"v1"});
  for (const DocumentVersion& one : all) EXPECT_EQ(at(desk, one.kept_at)->document("a")->version, one.version);
  EXPECT_TRUE(listed(Principal::of("stranger", {})).empty());
  EXPECT_TRUE(desk.store().versions(desk.flow(), "nothing", Principal::owner())->empty());

  age(desk);
  ASSERT_TRUE(desk.store().settle());
  const auto kept = listed(Principal::owner());
  ASSERT_EQ(kept.size(), 2U);  // what no tag needs is gone after a day
  EXPECT_EQ(kept[1].kept_at, first);
}

TEST(History, WhatDoesNotChangeMakesNoPast) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  const Pages pages = {{"a", {{"alpha"}, {}}}, {"b", {{"beta"}, {}}}};
  const std::uint64_t first = desk.put(pages)->epoch;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(desk.put(pages));
  EXPECT_EQ(desk.store().history()->generations, 0U);
  EXPECT_EQ(at(desk, first)->visible_rows(), 2U);
}

TEST(History, ATagKeepsWhatLivedThen) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"a", {{"alpha old", "same"}, {}}}, {"b", {{"beta"}, {}}}}));
  const Tag tag = *desk.store().put_tag("v1", std::nullopt);
  const auto before = hits(*desk.snapshot(), "alpha beta same", false);
  const std::uint64_t between = desk.put({{"a", {{"alpha between", "same"}, {}}}})->epoch;
  ASSERT_TRUE(desk.put({{"a", {{"alpha new", "same"}, {}}}}));
  ASSERT_TRUE(desk.remove({"b"}));
  age(desk);
  ASSERT_TRUE(desk.store().settle());
  desk.open();
  EXPECT_EQ(desk.problems(), "");
  EXPECT_EQ(*desk.store().find_epoch("v1"), tag.epoch);
  EXPECT_EQ(hits(*at(desk, tag.epoch), "alpha beta same", false), before);
  EXPECT_EQ(refused(desk, between), Code::not_found);
  const Error gone = desk.store().find_epoch(std::to_string(between)).error();
  EXPECT_NE(gone.message().find("the oldest that is kept is " + std::to_string(desk.store().history()->oldest)),
            std::string::npos) << gone.message();
  EXPECT_EQ(desk.store().history()->generations, 2U);

  ASSERT_TRUE(desk.store().remove_tag("v1"));
  ASSERT_TRUE(desk.store().settle());
  EXPECT_EQ(refused(desk, tag.epoch), Code::not_found);
  EXPECT_EQ(desk.store().history()->generations, 0U);
  EXPECT_EQ(desk.store().history()->chunks, 0U);
  EXPECT_EQ(count(desk, "SELECT count(*) FROM epochs"), 1);
  EXPECT_EQ(desk.problems(), "");
  EXPECT_EQ(desk.store().verify()->orphans, 0U);
}

TEST(History, AnEpochThatIsGoneIsToldApartFromOneThatNeverWas) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  const std::uint64_t first = desk.put({{"a", {{"alpha old"}, {}}}})->epoch;
  ASSERT_TRUE(desk.put({{"a", {{"alpha between"}, {}}}}));
  const std::uint64_t newest = desk.put({{"a", {{"alpha new"}, {}}}})->epoch;
  age(desk);
  ASSERT_TRUE(desk.store().settle());
  const Error gone = desk.store().find_epoch(std::to_string(first)).error();
  EXPECT_EQ(gone.code(), Code::not_found);
  EXPECT_NE(gone.message().find("is gone"), std::string::npos) << gone.message();
  EXPECT_NE(gone.message().find("naru tag ls"), std::string::npos) << gone.message();
  const Error never = desk.store().find_epoch(std::to_string(newest + 1)).error();
  EXPECT_EQ(never.code(), Code::invalid_argument);
  EXPECT_NE(never.message().find(fmt::format("the newest is {}", newest)), std::string::npos) << never.message();
  EXPECT_NE(never.message().find("naru status"), std::string::npos) << never.message();
  // The same from every way in, and nothing is opened by either.
  EXPECT_EQ(refused(desk, first), Code::not_found);
  EXPECT_EQ(refused(desk, newest + 1), Code::invalid_argument);
  EXPECT_EQ(desk.store().put_tag("late", first).error().code(), Code::not_found);
  EXPECT_EQ(desk.store().knowledge_bases(Principal::owner(), newest + 1).error().code(), Code::invalid_argument);
}

TEST(History, TagsHaveNamesThatCannotBeMistaken) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  const std::uint64_t first = desk.put({{"a", {{"alpha"}, {}}}})->epoch;
  for (const char* name : {"", "12", "ls", "rm", "-x", "a b", "a\n"}) {
    EXPECT_EQ(desk.store().put_tag(name, std::nullopt).error().code(), Code::invalid_argument) << name;
  }
  ASSERT_TRUE(desk.store().put_tag("v1", std::nullopt));
  EXPECT_EQ(desk.store().put_tag("v1", std::nullopt).error().code(), Code::already_exists);
  EXPECT_EQ(desk.store().put_tag("v2", first + 7).error().code(), Code::invalid_argument);
  EXPECT_EQ(desk.store().find_epoch("v3").error().code(), Code::not_found);
  EXPECT_EQ(desk.store().find_epoch("99999999999999999999").error().code(), Code::invalid_argument);
  EXPECT_EQ(desk.store().remove_tag("v3").error().code(), Code::not_found);
  EXPECT_EQ(*desk.store().find_epoch(std::to_string(first)), first);
}

TEST(History, WhoMayNotReadItTodayMayNotReadItAsItWas) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  const Principal kim = Principal::of("kim", {"staff"});
  Label everyone, staff, boss;
  everyone.access = {"everyone"};
  staff.access = {"group:staff"};
  boss.access = {"user:boss"};
  const Pages pages = {{"open", {{"alpha open"}, everyone}}, {"wide", {{"alpha secret"}, boss}},
                       {"gone", {{"alpha gone"}, staff}}, {"hidden", {{"alpha hidden"}, boss}}};
  const std::uint64_t first = desk.put(pages)->epoch;
  ASSERT_TRUE(desk.put({{"wide", {{"alpha public"}, everyone}}}));  // it held a secret while it was the boss's
  ASSERT_TRUE(desk.remove({"gone", "hidden"}));
  EXPECT_EQ(at(desk, first, kim)->visible_rows(), 2U);
  EXPECT_FALSE(at(desk, first, kim)->document("wide"));
  EXPECT_TRUE(at(desk, first, kim)->document("gone"));
  EXPECT_EQ(desk.snapshot(kim)->visible_rows(), 2U);

  // Revoked: at the next query, now and then, and no index was touched.
  const std::int64_t segments = count(desk, "SELECT max(id) FROM segments");
  ChangeSet revoked = desk.change({});
  revoked.relabels = {{"open", boss}};
  ASSERT_TRUE(desk.apply(revoked));
  EXPECT_FALSE(desk.snapshot(kim)->document("open"));
  EXPECT_FALSE(at(desk, first, kim)->document("open"));
  EXPECT_EQ(at(desk, first, kim)->visible_rows(), 1U);
  EXPECT_EQ(count(desk, "SELECT max(id) FROM segments"), segments);
  EXPECT_EQ(at(desk, first)->visible_rows(), 4U);
  EXPECT_EQ(desk.store().knowledge_bases(kim, first)->front().documents, 1U);
}

TEST(History, ForgettingWinsOverEveryTag) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"secret.txt", {{"zanzibarine of old", "common words stay"}, {}}},
                        {"other.txt", {{"common words stay", "nothing else"}, {}}},
                        {"moved.txt", {{"zanzibarine of new and of long ago", "and more"}, {}}}}));
  ASSERT_TRUE(desk.store().put_tag("v1", std::nullopt));
  ASSERT_TRUE(desk.put({{"secret.txt", {{"zanzibarine of new and of long ago", "common words stay"}, {}}},
                        {"moved.txt", {{"and more"}, {}}}}));
  ASSERT_TRUE(desk.store().put_tag("v2", std::nullopt));
  ASSERT_TRUE(desk.remove({"secret.txt"}));
  const ForgetProof plan = *desk.store().plan_forget("notes", "secret.txt");
  EXPECT_EQ(plan.generations, 2U);
  EXPECT_EQ(plan.others_generations, 1U);  // moved.txt held the same paragraph
  const Result<ForgetProof> proof = desk.store().forget("notes", "secret.txt");
  ASSERT_TRUE(proof) << proof.error().describe();
  EXPECT_TRUE(proof->clean()) << (proof->found_in.empty() ? "" : proof->found_in.front());
  EXPECT_EQ(desk.problems(), "");
  for (const char* tag : {"v1", "v2"}) {
    const std::uint64_t epoch = *desk.store().find_epoch(tag);
    EXPECT_TRUE(hits(*at(desk, epoch), "zanzibarine", false).empty());
    EXPECT_FALSE(at(desk, epoch)->document("secret.txt"));
    EXPECT_TRUE(at(desk, epoch)->document("other.txt"));
  }
  desk.close();
  for (const char* file : {"truth.db", "truth.db-wal", "content.db", "content.db-wal", "memo.db"}) {
    const Result<std::string> bytes = read_file(desk.folder() + "/" + file);
    if (bytes) {
      EXPECT_EQ(bytes->find("zanzibarine"), std::string::npos) << file;
      EXPECT_EQ(bytes->find("secret.txt"), std::string::npos) << file;
    }
  }
}

}  // namespace
}  // namespace naru
