#include "store/store.h"

#include <gtest/gtest.h>

#include <set>

#include "runtime/clock.h"
#include "runtime/random.h"
#include "runtime/thread.h"
#include "store/sqlite.h"
#include "store/testing.h"
#include "store/truth.h"

namespace naru {
namespace {

using testing::Desk;
using testing::Page;
using testing::Pages;

TemporaryFolder folder() { return *TemporaryFolder::make("naru-store-"); }

std::string sentence(Random& random) {
  std::string text;
  for (std::uint64_t words = 1 + random.below(12); words > 0; --words) {
    text += "w" + std::to_string(random.below(40)) + " ";
  }
  return text + (random.below(4) == 0 ? "나루는 강을 건너는 곳이다" : "end");
}

Page page(Random& random) {
  Page made;
  for (std::uint64_t count = random.below(6); count > 0; --count) made.paragraphs.push_back(sentence(random));
  if (random.below(3) == 0) made.label.access = {"group:staff"};
  if (random.below(5) == 0) made.label.access = {"everyone"};
  return made;
}

// One small change: another paragraph, one fewer, two swapped, one twice.
Page edited(Page old, Random& random) {
  std::vector<std::string>& paragraphs = old.paragraphs;
  const std::uint64_t kind = random.below(4);
  if (kind == 0 || paragraphs.empty()) {
    const auto at = static_cast<std::ptrdiff_t>(random.below(paragraphs.size() + 1));
    paragraphs.insert(paragraphs.begin() + at, sentence(random));
  } else if (kind == 1) {
    paragraphs.erase(paragraphs.begin() + static_cast<std::ptrdiff_t>(random.below(paragraphs.size())));
  } else if (kind == 2) {
    std::swap(paragraphs.front(), paragraphs[random.below(paragraphs.size())]);
  } else {
    paragraphs.push_back(paragraphs[random.below(paragraphs.size())]);
  }
  return old;
}

// Changes what should be, and says what has to be applied.
struct Step {
  Pages put;
  std::vector<std::string> removes;
};
Step random_step(Pages& pages, Random& random) {
  Step step;
  for (std::uint64_t changes = 1 + random.below(5); changes > 0; --changes) {
    const std::string key = "doc" + std::to_string(random.below(15)) + ".txt";
    const auto known = pages.find(key);
    if (known != pages.end() && random.below(4) == 0) {
      step.removes.push_back(key);
      step.put.erase(key);
      pages.erase(known);
      continue;
    }
    std::erase(step.removes, key);
    step.put[key] = pages[key] = known == pages.end() ? page(random) : edited(known->second, random);
  }
  return step;
}

Status run_sql(const std::string& database, const std::string& sql) {
  const std::unique_ptr<Database> opened = NARU_TRY(Database::open(database, false));
  return opened->execute(sql);
}

// ---- opening ----------------------------------------------------------------------------------------------------

TEST(Store, AnEmptyStoreHasNothingAndVerifies) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  EXPECT_TRUE(desk.dump().empty());
  EXPECT_EQ(desk.problems(), "");
  EXPECT_TRUE(desk.store().knowledge_bases(Principal::owner())->empty());
  EXPECT_EQ(desk.store().open_snapshot("kb", Principal::owner(), nullptr).error().code(), Code::not_found);
}

TEST(Store, ReadingWhereThereIsNoStoreSaysSo) {
  const TemporaryFolder temporary = folder();
  EXPECT_EQ(Store::open(temporary.path() + "/none", Access::read).error().code(), Code::not_found);
}

TEST(Store, WhatAKillLeftOfAStoreThatWasBeingMadeReadsAsEmpty) {
  const TemporaryFolder temporary = folder();
  const StorePaths paths(temporary.path());
  ASSERT_TRUE(write_file(paths.lock, "1\n"));
  ASSERT_TRUE(write_file(paths.content, ""));
  for (const bool with_truth : {false, true}) {
    if (with_truth) {
      ASSERT_TRUE(write_file(paths.truth, ""));
    }
    const std::unique_ptr<Store> store = std::move(*Store::open(temporary.path(), Access::read));
    EXPECT_TRUE(store->verify()->ok);
    EXPECT_TRUE(store->dump(Principal::owner())->empty());
    EXPECT_TRUE(store->known_items("notes")->empty());
  }
  Desk desk(temporary.path());
  EXPECT_TRUE(desk.put({{"a", {{"hello"}, {}}}}));
  EXPECT_EQ(desk.problems(), "");
}

TEST(Store, ASecondWriterIsRefusedAndToldWhoWrites) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  const auto second = Store::open(temporary.path() + "/s", Access::write);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Code::timeout);
  EXPECT_EQ(exit_code(second.error().code()), 75);
  std::string holder = *read_file(temporary.path() + "/s/writer.lock");
  holder.pop_back();
  EXPECT_NE(second.error().describe().find(holder), std::string::npos) << second.error().describe();
}

TEST(Store, AStoreOfAnotherSchemaIsRefused) {
  const TemporaryFolder temporary = folder();
  { Desk desk(temporary.path() + "/s"); }
  ASSERT_TRUE(run_sql(temporary.path() + "/s/truth.db", "PRAGMA user_version = 999"));
  EXPECT_EQ(Store::open(temporary.path() + "/s", Access::read).error().code(), Code::unsupported);
  EXPECT_EQ(Store::open(temporary.path() + "/s", Access::write).error().code(), Code::unsupported);
}

TEST(Store, ADamagedMemoIsMadeAnew) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.store().memo_put(hash128("k"), "value"));
  EXPECT_EQ(desk.store().memo_get(hash128("k"))->value_or(""), "value");
  desk.close();
  ASSERT_TRUE(write_file(temporary.path() + "/s/memo.db", std::string(10'000, 'x')));
  desk.open();
  EXPECT_FALSE(desk.store().memo_get(hash128("k"))->has_value());
}

// ---- reconciliation -----------------------------------------------------------------------------------------------

// NARU_SEQUENCES=10000 tries as many.
TEST(Store, AfterAnySequenceOfChangesItIsTheStoreBuiltFromScratch) {
  const std::uint64_t sequences = testing::asked_for("NARU_SEQUENCES", 6);
  for (std::uint64_t seed = 1; seed <= sequences && !HasFailure(); ++seed) {
    Random random(seed);
    const TemporaryFolder temporary = folder(), other = folder();
    Desk desk(temporary.path() + "/s"), scratch(other.path() + "/s");
    Pages pages;
    for (int i = 0; i < 30; ++i) {
      const Step step = random_step(pages, random);
      ASSERT_TRUE(desk.apply(desk.change(step.put, step.removes)));
      if (random.below(8) == 0) desk.open();
      if (random.below(6) == 0) {
        ASSERT_TRUE(desk.store().settle());
      }
    }
    ASSERT_EQ(desk.problems(), "") << "seed " << seed;
    ASSERT_TRUE(scratch.put(pages));
    EXPECT_EQ(desk.dump(), scratch.dump()) << "seed " << seed;
    for (const char* query : {"w1 w2 w3", "나루", "w7", "강을 end"}) {
      for (const bool vector_leg : {false, true}) {
        EXPECT_EQ(desk.hits(query, vector_leg), scratch.hits(query, vector_leg)) << query << " seed " << seed;
      }
    }
  }
}

TEST(Store, TheSameChangeSetTwiceLeavesTheStateOfOnce) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  Random random(3);
  Pages pages;
  for (int i = 0; i < 10; ++i) {
    const Step step = random_step(pages, random);
    ASSERT_TRUE(desk.apply(desk.change(step.put, step.removes)));
    const std::vector<std::string> once = desk.dump();
    const Committed again = *desk.apply(desk.change(step.put, step.removes));
    EXPECT_EQ(again.chunks_added, 0U);
    EXPECT_EQ(again.chunks_removed, 0U);
    EXPECT_EQ(desk.dump(), once);
  }
}

TEST(Store, AnUnchangedChunkKeepsItsRow) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"a", {{"one", "two", "three"}, {}}}}));
  std::map<std::string, std::uint64_t> rows;
  const DocumentView before = *desk.snapshot()->document("a");
  for (const ChunkView& chunk : before.chunks) rows[chunk.text] = chunk.row;
  ChangeSet changes = desk.change({{"a", {{"three", "new", "one"}, {}}}});
  changes.upserts[0].document.title = "one";  // as before
  const Committed committed = *desk.apply(changes);
  EXPECT_EQ(committed.chunks_added, 1U);
  EXPECT_EQ(committed.chunks_removed, 1U);
  const DocumentView after = *desk.snapshot()->document("a");
  ASSERT_EQ(after.chunks.size(), 3U);
  EXPECT_EQ(after.chunks[0].row, rows["three"]);
  EXPECT_EQ(after.chunks[2].row, rows["one"]);
  EXPECT_EQ(after.chunks[1].text, "new");
}

TEST(Store, ANewTitleIsIndexedWithEveryChunkAndNoneIsCounted) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"papers/walnut.txt", {{"one", "two"}, {}}}}));
  ChangeSet changes = desk.change({{"papers/walnut.txt", {{"one", "two"}, {}}}});
  changes.upserts[0].document.title = "Hazel trees";
  const Committed committed = *desk.apply(changes);
  EXPECT_EQ(committed.chunks_added, 0U);
  EXPECT_EQ(committed.chunks_removed, 0U);
  EXPECT_EQ(desk.problems(), "");
  const std::shared_ptr<const Snapshot> seen = desk.snapshot();
  const auto rows_with = [&](const std::string& term, Field field) {
    const std::vector<QueryTerm> terms = {{term, 1.0F, field}};
    return seen->lexical(terms, *seen->statistics(terms), Bm25{}, 10)->size();
  };
  EXPECT_EQ(rows_with("hazel", Field::title), 2U);
  EXPECT_EQ(rows_with("hazel", Field::body), 0U);
  EXPECT_EQ(rows_with("one", Field::title), 0U);
  EXPECT_EQ(rows_with("one", Field::body), 1U);
  EXPECT_EQ(rows_with("walnut", Field::name), 2U);
  EXPECT_EQ(rows_with("paper", Field::name), 0U);
}

TEST(Store, ARowOfJsonlHasNoNameToBeFoundBy) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ChangeSet changes = desk.change({{"walnut", {{"one"}, {}}}});
  changes.upserts[0].document.format = "jsonl";
  ASSERT_TRUE(desk.apply(changes));
  const std::shared_ptr<const Snapshot> seen = desk.snapshot();
  const std::vector<QueryTerm> terms = {{"walnut", 1.0F, Field::name}};
  EXPECT_TRUE(seen->lexical(terms, *seen->statistics(terms), Bm25{}, 10)->empty());
}

TEST(Store, AFlowThatChangesItsKnowledgeBaseLeavesNothingBehind) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"a", {{"alpha", "beta"}, {}}}, {"b", {{"gamma"}, {}}}}));
  desk.set_base("second");
  ASSERT_TRUE(desk.put({{"a", {{"alpha", "beta"}, {}}}}));
  EXPECT_EQ(desk.problems(), "");
  EXPECT_EQ(desk.hits("alpha").size(), 1U);
  ASSERT_TRUE(desk.remove({"b"}));  // still in the first
  desk.set_base("kb");
  EXPECT_TRUE(desk.hits("alpha gamma").empty());
  EXPECT_EQ(desk.problems(), "");
}

TEST(Store, AFlowThatNoLongerEmbedsHasNoVectorLeg) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"a", {{"alpha", "beta"}, {}}}}));
  EXPECT_TRUE(desk.snapshot()->embedder().has_value());
  desk.set_embed(false);
  ASSERT_TRUE(desk.put({{"a", {{"alpha", "beta"}, {}}}}));
  EXPECT_FALSE(desk.snapshot()->embedder().has_value());
  EXPECT_TRUE(desk.hits("alpha", true).empty());
  EXPECT_EQ(desk.problems(), "");
}

TEST(Store, ARejectTakesAwayWhatTheItemHadAndIsKnown) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"a", {{"alpha"}, {}}}, {"b", {{"beta"}, {}}}}));
  ChangeSet changes = desk.change({});
  changes.rejects.push_back({{"a", "f2", 0, 0, "txt"}, sha256("x"), {"a", "corrupt", "no text"}});
  ASSERT_TRUE(desk.apply(changes));
  EXPECT_EQ(desk.problems(), "");
  EXPECT_TRUE(desk.hits("alpha").empty());
  EXPECT_EQ(desk.snapshot()->document("a").error().code(), Code::not_found);
  const auto rejects = *desk.store().rejects();
  ASSERT_EQ(rejects.size(), 1U);
  EXPECT_EQ(rejects[0].second.code, "corrupt");
  EXPECT_EQ(desk.dump()[1], R"({"kind":"doc","flow":"notes","doc":"b","version":")" +
                                testing::upsert_of("notes", "b", {{"beta"}, {}}).version.hex() +
                                R"(","title":"beta","chunks":1})");
  EXPECT_EQ(desk.dump().back(), R"({"kind":"reject","flow":"notes","doc":"a","code":"corrupt"})");
  // Looked at again after a replay, and a document once more.
  ASSERT_TRUE(desk.store().forget_rejects("notes", {"a", "b", "none"}));
  const std::vector<KnownItem> items = *desk.store().known_items("notes")->all();
  for (const KnownItem& item : items) {
    EXPECT_EQ(item.fingerprint.empty(), item.key == "a");
  }
  ASSERT_TRUE(desk.put({{"a", {{"alpha"}, {}}}}));
  EXPECT_TRUE(desk.store().rejects()->empty());
  EXPECT_EQ(desk.problems(), "");
}

TEST(Store, AFlowCanBeTakenAwayAsAWhole) {
  const TemporaryFolder temporary = folder();
  Random random(5);
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"a", {{"alpha"}, {}}}}));
  const std::vector<std::string> alone = desk.dump();
  ChangeSet other;
  other.flow = "other";
  other.knowledge_base = "kb";
  for (int i = 0; i < 30; ++i) {
    other.upserts.push_back(testing::upsert_of("other", std::to_string(i), page(random), false));
  }
  ASSERT_TRUE(desk.store().apply(other));
  EXPECT_EQ(desk.store().flows()->size(), 2U);
  ASSERT_TRUE(desk.store().drop_flow("other"));
  EXPECT_EQ(desk.dump(), alone);
  EXPECT_EQ(desk.problems(), "");
  EXPECT_EQ(*desk.store().flows(), std::vector<std::string>{"notes"});
}

TEST(Store, EqualTextsShareContentAndVectorUntilTheLastIsGone) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  const StorePaths paths(desk.folder());
  const auto contents = [&] {
    return content_ids(**Database::open(paths.content, false))->size();
  };
  ASSERT_TRUE(desk.put({{"a", {{"alpha"}, {}}}, {"b", {{"alpha"}, {}}}}));
  EXPECT_EQ(contents(), 1U);
  EXPECT_EQ(desk.store().verify()->vectors, 1U);
  ASSERT_TRUE(desk.put({{"c", {{"alpha"}, {}}}}));
  ASSERT_TRUE(desk.remove({"a", "b"}));
  EXPECT_EQ(contents(), 1U);
  EXPECT_EQ(desk.hits("alpha").size(), 1U);
  ASSERT_TRUE(desk.put({{"c", {{"beta"}, {}}}, {"d", {{"alpha"}, {}}}}));  // dropped by one, taken up by another
  ASSERT_TRUE(desk.store().settle());
  EXPECT_EQ(contents(), 2U);
  ASSERT_TRUE(desk.put({{"d", {{"gamma"}, {}}}}));
  ASSERT_TRUE(desk.put({{"e", {{"alpha"}, {}}}}));  // taken up again before it was dropped
  EXPECT_EQ(desk.hits("alpha").size(), 1U);
  EXPECT_EQ(desk.problems(), "");
  ASSERT_TRUE(desk.remove({"c", "d", "e"}));
  ASSERT_TRUE(desk.store().settle());
  EXPECT_EQ(contents(), 3U);  // yesterday can be asked for
  ASSERT_TRUE(run_sql(paths.truth, "UPDATE epochs SET unix_ms = 0"));
  ASSERT_TRUE(desk.store().settle());
  EXPECT_EQ(contents(), 0U);
}

TEST(Store, RowsThatDiedMoreThanADayAgoAreGone) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  const StorePaths paths(desk.folder());
  const auto dead = [&] {
    return *(*Database::open(paths.truth, false))->value("SELECT count(*) FROM chunks WHERE died IS NOT NULL");
  };
  ASSERT_TRUE(desk.put({{"a", {{"one"}, {}}}}));
  ASSERT_TRUE(desk.put({{"a", {{"two"}, {}}}}));
  ASSERT_TRUE(desk.store().settle());
  EXPECT_EQ(dead(), 1);
  ASSERT_TRUE(run_sql(paths.truth, "UPDATE epochs SET unix_ms = unix_ms - 90000000"));
  ASSERT_TRUE(desk.put({{"a", {{"three"}, {}}}}));
  ASSERT_TRUE(desk.store().settle());
  EXPECT_EQ(dead(), 1);
  EXPECT_EQ(desk.problems(), "");
}

// ---- reading ----------------------------------------------------------------------------------------------------

TEST(Store, TiesAreSettledByNameAndPlaceHoweverManyThereAre) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  for (const int documents : {30, 1500}) {  // looked up one by one, and all at once
    Pages pages;
    for (int i = documents; i > 0; --i) pages["d" + std::to_string(10'000 + i)] = {{"same words", "same words"}, {}};
    for (auto it = pages.rbegin(); it != pages.rend(); ++it) {  // born in another order than that of their names
      if (documents == 30) {
        ASSERT_TRUE(desk.put({*it}));
      }
    }
    ASSERT_TRUE(desk.put(pages));
    for (const bool vector_leg : {false, true}) {
      const std::vector<std::string> hits = desk.hits("same words", vector_leg);
      ASSERT_EQ(hits.size(), 10U);
      for (int i = 0; i < 10; ++i) {
        const std::string expected = "d" + std::to_string(10'001 + i / 2) + "#" + std::to_string(i % 2) + " ";
        EXPECT_TRUE(hits[static_cast<std::size_t>(i)].starts_with(expected)) << hits[static_cast<std::size_t>(i)];
      }
    }
  }
}

TEST(Store, StatisticsAreOverWhatLives) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"a", {{"red green", "red"}, {}}}, {"b", {{"red blue blue"}, {}}}}));
  ASSERT_TRUE(desk.put({{"a", {{"green"}, {}}}}));
  const std::vector<QueryTerm> terms = {{"red"}, {"green"}, {"blue"}, {"none"}};
  const TermStatistics statistics = *desk.snapshot()->statistics(terms);
  EXPECT_EQ(statistics.rows, 2U);
  EXPECT_EQ(statistics.total_length[0], 4U);
  EXPECT_EQ(statistics.document_frequency, (std::vector<std::uint64_t>{1, 1, 1, 0}));
}

TEST(Store, APrincipalSeesWhatItsLabelsAllowAndTheNextQueryKnowsANewLabel) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  const Principal kim = Principal::of("kim", {"staff"}), lee = Principal::of("lee", {});
  ASSERT_TRUE(desk.put({{"all", {{"word one"}, {{"everyone"}, Trust::tenant}}},
                        {"own", {{"word two"}, {}}},
                        {"staff", {{"word three"}, {{"group:staff"}, Trust::tenant}}},
                        {"lee", {{"word four"}, {{"user:lee"}, Trust::tenant}}}}));
  const auto docs = [&](const Principal& principal, bool vector_leg) {
    std::set<std::string> names;
    for (const std::string& hit : desk.hits("word", vector_leg, principal)) names.insert(hit.substr(0, hit.find('#')));
    return names;
  };
  for (const bool vector_leg : {false, true}) {
    EXPECT_EQ(docs(Principal::owner(), vector_leg), (std::set<std::string>{"all", "own", "staff", "lee"}));
    EXPECT_EQ(docs(kim, vector_leg), (std::set<std::string>{"all", "staff"}));
    EXPECT_EQ(docs(lee, vector_leg), (std::set<std::string>{"all", "lee"}));
  }
  EXPECT_EQ(desk.store().dump(lee)->size(), 4U);
  EXPECT_EQ(desk.store().knowledge_bases(kim)->front().documents, 2U);
  EXPECT_EQ(desk.store().knowledge_bases(kim)->front().chunks, 2U);
  EXPECT_EQ(desk.snapshot(kim)->document("own").error().code(), Code::not_found);

  ChangeSet relabel = desk.change({});
  relabel.relabels = {{"staff", Label{{"user:lee"}, Trust::tenant}}, {"all", Label{}}};
  ASSERT_TRUE(desk.apply(relabel));
  EXPECT_TRUE(docs(kim, false).empty());
  EXPECT_EQ(docs(lee, true), (std::set<std::string>{"lee", "staff"}));
  EXPECT_TRUE(desk.store().knowledge_bases(kim)->empty());
  EXPECT_EQ(desk.problems(), "");
}

TEST(Store, AFilterKeepsWhatItSays) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"a.txt", {{"word one"}, {}}}, {"b.txt", {{"word two"}, {}}}}));
  Expression filter;
  filter.field = "path";
  filter.value = "a.txt";
  EXPECT_EQ(desk.snapshot(Principal::owner(), &filter)->visible_rows(), 1U);
  EXPECT_EQ(desk.hits("word", false, Principal::owner(), &filter).size(), 1U);
  EXPECT_EQ(desk.hits("word", true, Principal::owner(), &filter).size(), 1U);
  EXPECT_FALSE(desk.snapshot(Principal::owner(), &filter)->document("b.txt"));
  filter.kind = Expression::Kind::not_equal;
  EXPECT_TRUE(desk.snapshot(Principal::owner(), &filter)->document("b.txt"));
}

TEST(Store, ASnapshotStaysAsItWasWhileTheStoreMovesOn) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"a", {{"alpha"}, {}}}}));
  const auto before = desk.snapshot();
  ASSERT_TRUE(desk.put({{"a", {{"beta"}, {}}}, {"b", {{"alpha"}, {}}}}));
  ASSERT_TRUE(desk.store().settle());
  EXPECT_EQ(before->document("a")->chunks[0].text, "alpha");
  EXPECT_EQ(before->visible_rows(), 1U);
  const std::vector<QueryTerm> terms = analyze_query("alpha");
  const auto rows = *before->lexical(terms, *before->statistics(terms), Bm25{}, 10);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(before->chunk(rows[0].row)->doc, "a");
  EXPECT_LT(before->epoch(), desk.snapshot()->epoch());
}

TEST(Store, ReadersSeeWholeCommitsWhileAWriterWrites) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  // Every document of one commit has the same number of paragraphs, and the same words.
  const auto pages_of = [](std::uint64_t round) {
    Pages pages;
    for (int d = 0; d < 6; ++d) {
      Page& made = pages["d" + std::to_string(d)];
      for (std::uint64_t p = 0; p <= round % 7; ++p) {
        made.paragraphs.push_back("round r" + std::to_string(round) + " p" + std::to_string(p));
      }
    }
    return pages;
  };
  ASSERT_TRUE(desk.put(pages_of(0)));
  std::atomic<bool> done = false;
  std::atomic<int> looked = 0;
  std::string wrong;  // of the reader's thread until it has been joined
  {
    const Thread reader("reader", [&](std::stop_token) {
      const std::unique_ptr<Store> store = std::move(*Store::open(desk.folder(), Access::read));
      while (!done && wrong.empty()) {
        const Result<std::shared_ptr<const Snapshot>> seen = store->open_snapshot("kb", Principal::owner(), nullptr);
        if (!seen) {
          wrong = seen.error().describe();
          break;
        }
        std::set<std::string> first;
        for (int d = 0; d < 6; ++d) {
          const Result<DocumentView> view = (*seen)->document("d" + std::to_string(d));
          if (!view) wrong = view.error().describe();
          if (view) first.insert(view->chunks[0].text + std::to_string(view->chunks.size()));
        }
        if (first.size() > 1 && wrong.empty()) wrong = "documents of two commits";
        ++looked;
      }
      if (!wrong.empty()) looked = 3;  // nobody waits for a reader that stopped
    });
    for (std::uint64_t round = 1; round <= 60; ++round) {
      EXPECT_TRUE(desk.put(pages_of(round)));
      if (round % 9 == 0) {
        EXPECT_TRUE(desk.store().settle());
      }
    }
    while (looked < 3) system_clock().sleep_ms(1, {});
    done = true;
  }
  EXPECT_EQ(wrong, "");
  EXPECT_EQ(desk.problems(), "");
}

TEST(Store, AnswersAreSeenByWhoMayReadWhatTheyCite) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"all", {{"one"}, {{"everyone"}, Trust::tenant}}}, {"own", {{"two"}, {}}}}));
  const auto citing = [](std::vector<std::string> docs) {
    Json citations = Json::array();
    for (const std::string& doc : docs) citations.push_back({{"kb", "kb"}, {"doc", doc}});
    return Json{{"answer", "yes"}, {"citations", citations}, {"evidence", Json::array()}};
  };
  const std::unique_ptr<Store> reader = std::move(*Store::open(desk.folder(), Access::read));
  ASSERT_TRUE(reader->put_answer("1", citing({"all"})));
  ASSERT_TRUE(reader->put_answer("2", citing({"all", "own"})));
  const Principal kim = Principal::of("kim", {});
  EXPECT_EQ((*desk.store().answer("1", kim))["answer"], "yes");
  EXPECT_EQ(desk.store().answer("2", kim).error().code(), Code::not_found);
  EXPECT_TRUE(desk.store().answer("2", Principal::owner()));
  EXPECT_EQ(desk.store().answer("3", Principal::owner()).error().code(), Code::not_found);
  ASSERT_TRUE(desk.remove({"all"}));
  EXPECT_EQ(desk.store().answer("1", kim).error().code(), Code::not_found);
}

TEST(Store, ADropTakesAwayWhatTheItemHadAndIsNoReject) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"a", {{"alpha"}, {}}}, {"b", {{"beta"}, {}}}}));
  ChangeSet changes = desk.change({});
  const Drop drop{"quality", "too_short", "1 word"};
  changes.rejects.push_back({{"a", "f2", 0, 0, "txt"}, sha256("x"), {"a", drop.code(), drop.detail}});
  ASSERT_TRUE(desk.apply(changes));
  EXPECT_EQ(desk.problems(), "");
  EXPECT_TRUE(desk.hits("alpha").empty());
  EXPECT_TRUE(desk.store().rejects()->empty());
  const auto dropped = *desk.store().dropped();
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0].first, "notes");
  EXPECT_EQ(drop_of(dropped[0].second.code, dropped[0].second.message), drop);
  EXPECT_EQ(desk.dump().back(), R"({"kind":"drop","flow":"notes","doc":"a","step":"quality","reason":"too_short"})");
  ASSERT_TRUE(desk.store().forget("notes", "a"));
  EXPECT_TRUE(desk.store().dropped()->empty());
  ASSERT_TRUE(desk.put({{"c", {{"gamma"}, {}}}}));
  EXPECT_EQ(desk.problems(), "");
}

}  // namespace
}  // namespace naru
