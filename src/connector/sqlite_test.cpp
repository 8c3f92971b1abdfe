#include <gtest/gtest.h>

#include "connector/shared/sqlite_connection.h"
#include "flow/testing.h"
#include "flow/testing_flow.h"
#include "naru/registry.h"
#include "record/value_json.h"
#include "runtime/failpoint.h"
#include "runtime/files.h"
#include "runtime/random.h"

namespace naru {
namespace {

using testing::Flow;

class SqliteTest : public ::testing::Test {
 protected:
  SqliteTest() : folder_(std::move(*TemporaryFolder::make("sqlite"))), path_(join_path(folder_.path(), "자료.db")) {}

  void run(const std::string& sql) {
    auto database = open_sqlite(path_, SqliteAccess::write);
    ASSERT_TRUE(database) << database.error().describe();
    const Status done = (*database)->run(sql);
    ASSERT_TRUE(done) << done.error().describe();
  }
  Options options(const std::string& name, const std::string& value) const {
    Options options;
    options.base_folder = folder_.path();
    options.set("path", std::string("자료.db"));
    options.set(name, value);
    options.set("id", std::string("id"));
    options.set("text", std::string("text"));
    options.set("title", std::string("title"));
    options.set("max_row_bytes", std::int64_t{1000});
    options.set("poll_seconds", std::int64_t{30});
    return options;
  }
  std::unique_ptr<Source> source(const Options& options) const {
    Registry registry;
    register_connector(registry);
    auto made = registry.source("sqlite")->make(options);
    if (!made) ADD_FAILURE() << made.error().describe();
    return std::move(*made);
  }
  // Every row by its key, as it is read; a reject by its code.
  static std::map<std::string, std::string> rows(Source& source) {
    std::map<std::string, std::string> found;
    auto listing = source.poll({});
    if (!listing) return {{"error", listing.error().describe()}};
    const std::vector<Item> items = *listing->items.all();
    for (const Item& item : items) {
      auto content = source.read(item, {});
      found[item.key] = content ? content->bytes : std::string(code_name(content.error().code()));
      if (content) {
        EXPECT_EQ(content->item.fingerprint, item.fingerprint);
      }
    }
    for (const Reject& reject : listing->rejects) found[reject.key] = reject.code;
    return found;
  }
  using Rows = std::map<std::string, std::string>;

  const TemporaryFolder folder_;
  const std::string path_;
};

TEST_F(SqliteTest, RowsComeAsTheyAreAndBadOnesAreRejects) {
  run("CREATE TABLE \"주문\"(id, \"이름\" TEXT, n, b BLOB)");
  run("INSERT INTO \"주문\" VALUES (1, '한글 \"x\"', 9007199254740993, x'00ff'), ('b', NULL, 1.5, ''), (NULL, 'x', 1, ''), "
      "(3, CAST(x'ff' AS TEXT), 1, ''), (4, 'a', 1, ''), (4, 'b', 2, ''), (5, hex(zeroblob(1000)), 1, ''), "
      "(6, '', 9e999, '')");
  const auto from = source(options("table", "주문"));
  const Rows expected = {{"1", R"({"id":1,"이름":"한글 \"x\"","n":9007199254740993,"b":"AP8="})"},
                         {"b", R"({"id":"b","이름":null,"n":1.5,"b":""})"},
                         {"row 3", "invalid_argument"},
                         {"3", "corrupt"},
                         {"4 (copy 2)", "already_exists"},
                         {"5", "limit_exceeded"},
                         {"6", R"({"id":6,"이름":"","n":"Infinity","b":""})"}};
  Rows found = rows(*from);
  EXPECT_TRUE(found.erase("4"));
  EXPECT_EQ(found, expected);
}

TEST_F(SqliteTest, AQueryIsReadAsItIsWritten) {
  run("CREATE TABLE a(id INTEGER PRIMARY KEY, body TEXT, public)");
  run("INSERT INTO a VALUES (1, 'one', 1), (2, 'two', 0)");
  const auto from = source(options("query", "SELECT 'a-' || id AS id, body AS text FROM a WHERE public; "));
  EXPECT_EQ(rows(*from), (Rows{{"a-1", R"({"id":"a-1","text":"one"})"}}));
  const auto document = from->direct_document({R"({"id":"a-1","text":"one\n\ntwo","title":"T"})", {}});
  ASSERT_TRUE(document && *document);
  EXPECT_EQ((*document)->blocks.size(), 3U);
  const auto two = source(options("query", "SELECT 1 AS id; DROP TABLE a"));
  EXPECT_NE(rows(*two)["error"].find("more than one statement"), std::string::npos);
  const auto writes = source(options("query", "DELETE FROM a RETURNING id"));
  EXPECT_NE(rows(*writes)["error"].find("readonly"), std::string::npos);
}

TEST_F(SqliteTest, WithACursorOnlyIdsAndItAreListed) {
  run("CREATE TABLE a(id INTEGER PRIMARY KEY, text TEXT, at TEXT)");
  run("INSERT INTO a VALUES (1, 'one', 't1'), (10, 'ten', 't1'), (2, 'two', NULL)");
  Options with = options("table", "a");
  with.set("cursor", std::string("at"));
  const auto from = source(with);
  EXPECT_EQ(rows(*from).size(), 3U);
  const testing::Listed before(*from->poll({}));
  run("UPDATE a SET text = 'unseen' WHERE id = 1");
  run("UPDATE a SET text = 'seen', at = 't2' WHERE id = 10");
  const testing::Listed after(*from->poll({}));
  EXPECT_EQ(before.items[0].fingerprint, after.items[0].fingerprint);
  EXPECT_NE(before.items[1].fingerprint, after.items[1].fingerprint);
  EXPECT_EQ(after.items[2].fingerprint, "");  // null: nothing tells whether it changed
  EXPECT_EQ(from->read(after.items[1], {})->bytes, R"({"id":10,"text":"seen","at":"t2"})");
  run("DELETE FROM a WHERE id = 10");
  EXPECT_EQ(from->read(after.items[1], {}).error().code(), Code::not_found);
}

TEST_F(SqliteTest, WhatIsNotThereIsAnErrorAndNoEmptyListing) {
  EXPECT_NE(rows(*source(options("table", "a")))["error"].find("there is no file"), std::string::npos);
  run("CREATE TABLE a(number INTEGER, \"text\" TEXT)");
  EXPECT_EQ(source(options("table", "gone"))->poll({}).error().code(), Code::unavailable);
  EXPECT_NE(rows(*source(options("table", "a")))["error"].find("there is no column \"id\"; there are number, text"),
            std::string::npos);
  ASSERT_TRUE(write_file(path_, "this is a text and no database, long enough to have a header of one: " +
                                    std::string(200, 'x')));
  EXPECT_EQ(source(options("table", "a"))->poll({}).error().code(), Code::unavailable);
}

TEST_F(SqliteTest, SaysWhatIsThereAndWhetherItCanBeRead) {
  run("CREATE TABLE \"고객\"(id INTEGER PRIMARY KEY, \"이름\" VARCHAR(20) NOT NULL, price DECIMAL(10,2))");
  run("CREATE VIEW v AS SELECT id FROM \"고객\"");
  run("INSERT INTO \"고객\" VALUES (1, '가', 1)");
  const auto from = source(options("table", "고객"));
  const Discovery discovery = *from->discover({});
  ASSERT_EQ(discovery.found.size(), 2U);
  EXPECT_EQ(discovery.found[0].kind, "view");
  EXPECT_EQ(discovery.found[1].name, "고객");
  EXPECT_EQ(discovery.found[1].count, 1U);
  EXPECT_TRUE(discovery.found[1].columns[0].key);
  EXPECT_EQ(discovery.found[1].columns[1].type, "text");
  EXPECT_FALSE(discovery.found[1].columns[1].nullable);
  EXPECT_EQ(discovery.found[1].columns[2].native, "DECIMAL(10,2)");
  EXPECT_EQ(from->check({}).back().verdict, Verdict::good);
  EXPECT_EQ(source(options("table", "gone"))->check({}).back().verdict, Verdict::missing);
}

// ---- the target -----------------------------------------------------------------------------------------------

struct TableFlow : Flow {
  TableFlow(const std::string& path, const std::string& table, PayloadKind makes) {
    Registry registry;
    register_connector(registry);
    Options options;
    options.set("path", path);
    options.set("table", table);
    options.set("key", std::string("id"));
    auto made = registry.target("sqlite")->make(options, {"handbook", makes});
    if (!made) ADD_FAILURE() << made.error().describe();
    plan.knowledge_base.clear();
    plan.target = std::move(*made);
    plan.target_name = "sqlite";
    plan.embedder.reset();
    plan.steps.pop_back();
    if (makes == PayloadKind::chunk) plan.steps.back().gives = PayloadKind::chunk;
    if (makes == PayloadKind::document) plan.steps.pop_back();
  }
};

class SqliteTargetTest : public SqliteTest {
 protected:
  ~SqliteTargetTest() override { set_failpoint("sql_target.before_items", ""); }

  // The rows of a table in the order of their ids, and which item gave each.
  std::vector<std::string> table(const std::string& name) const {
    std::vector<std::string> found;
    auto database = open_sqlite(path_, SqliteAccess::read);
    if (!database || (*database)->columns_of(name)->empty()) return found;
    const std::string owners = name + "_naru_rows";
    const auto rows = all_rows(**database, "SELECT t.*, r.item FROM \"" + name + "\" t LEFT JOIN \"" + owners +
                                               "\" r ON r.id = t.id ORDER BY t.id");
    if (!rows) return ADD_FAILURE() << rows.error().describe(), found;
    for (const std::vector<Value>& row : *rows) {
      std::string& line = found.emplace_back();
      append_json(line, Value(ValueList(row.begin(), row.end())));
    }
    return found;
  }
};

TEST_F(SqliteTargetTest, PassagesAndDocumentsStandInATableAndGoWithTheirItem) {
  TableFlow flow(path_, "passages", PayloadKind::chunk);
  flow.plan.label.access = {"group:staff"};
  flow.source->put("가.md", "one\ntwo");
  flow.source->put("b", "broken");
  const auto report = flow.run();
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->summary.chunks_added, 2U);
  ASSERT_EQ(table("passages").size(), 2U);
  EXPECT_NE(table("passages")[0].find("[\\\"group:staff\\\"]"), std::string::npos) << table("passages")[0];
  flow.source->put("가.md", "two");
  const auto second = flow.run();
  ASSERT_TRUE(second) << second.error().describe();
  EXPECT_EQ(second->summary.chunks_removed, 1U);
  EXPECT_EQ(second->summary.rejected, 1U);
  flow.source->files.clear();
  ASSERT_TRUE(flow.run());
  EXPECT_TRUE(table("passages").empty());
}

TEST_F(SqliteTargetTest, WhatSomebodyElseWroteIsLeftAlone) {
  run("CREATE TABLE docs(id TEXT PRIMARY KEY, mine TEXT)");
  run("INSERT INTO docs VALUES ('a', 'x')");
  TableFlow flow(path_, "docs", PayloadKind::document);
  flow.source->put("b", "one");
  ASSERT_TRUE(flow.run());
  ASSERT_EQ(table("docs").size(), 2U);
  flow.source->put("a", "one");
  const auto report = flow.run();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), Code::already_exists);
  EXPECT_NE(report.error().describe().find("this flow did not write it"), std::string::npos);
  EXPECT_EQ(table("docs").size(), 2U);
}

TEST_F(SqliteTargetTest, TwoRunsDoNotWriteOneTable) {
  TableFlow one(path_, "docs", PayloadKind::document), two(path_, "docs", PayloadKind::document);
  ASSERT_TRUE(one.plan.target->begin());
  EXPECT_EQ(two.plan.target->begin().error().code(), Code::timeout);
  ASSERT_TRUE(one.plan.target->settle());
  EXPECT_TRUE(two.plan.target->begin());
}

// From seeds: edits, rejects and removals; runs that fail between the records and the cursor, or end. What is there is
// what the source was at the end of some change set, and the last run ends as one from scratch.
TEST_F(SqliteTargetTest, AnySequenceOfEditsAndFailuresEndsAsARunFromScratch) {
  constexpr int kSeeds = 20;
  const std::vector<std::string> texts = {"one", "one\ntwo", "broken", "two\nthree", ""};
  int failures = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    Random random(static_cast<std::uint64_t>(seed));
    TableFlow flow(path_, "t", PayloadKind::chunk);
    for (int round = 0; round < 5; ++round) {
      for (int edit = 0; edit < 3; ++edit) {
        const std::string key(1, static_cast<char>('a' + random.below(6)));
        if (random.below(4) == 0) {
          flow.source->files.erase(key);
        } else {
          flow.source->put(key, texts[random.below(texts.size())]);
        }
      }
      const std::vector<std::string> before = table("t");
      if (round < 4 && random.below(2) == 0) set_failpoint("sql_target.before_items", "error");
      RunOptions options;
      options.accept_removals = true;
      const bool ended = flow.run(options).has_value();
      set_failpoint("sql_target.before_items", "");
      failures += ended ? 0 : 1;
      if (!ended) {
        EXPECT_EQ(table("t"), before) << seed;
        (void)flow.plan.target->settle();
      }
    }
    TableFlow scratch(path_, "s", PayloadKind::chunk);
    scratch.source->files = flow.source->files;
    ASSERT_TRUE(scratch.run());
    EXPECT_EQ(table("t"), table("s")) << seed;
    for (const char* name : {"t", "s"}) {
      for (const char* suffix : {"", "_naru_items", "_naru_rows", "_naru_state"}) {
        run(std::string("DROP TABLE IF EXISTS \"") + name + suffix + "\"");
      }
    }
  }
  EXPECT_GT(failures, kSeeds / 2);
}

}  // namespace
}  // namespace naru
