// A store of an earlier schema is brought up to this one by whoever opens it first.
#include <gtest/gtest.h>

#include "runtime/compress.h"
#include "store/disk_testing.h"
#include "store/sqlite.h"
#include "store/testing.h"
#include "store/truth.h"

namespace naru {
namespace {

using testing::Desk;

// What schema 2 was: the tables of today without what schema 3 changed.
constexpr const char* kBackToSchema2 = R"sql(
UPDATE items SET pipeline = coalesce((SELECT fingerprint FROM pipelines WHERE id = items.pipeline), zeroblob(16));
DROP TABLE pipelines;
CREATE INDEX chunks_by_doc ON chunks(doc) WHERE died IS NULL;
PRAGMA user_version = 2;
)sql";

// What schema 1 was: the tables of schema 2 without what that added.
constexpr const char* kBackToSchema1 = R"sql(
CREATE TABLE docs_of_1(
  id INTEGER PRIMARY KEY, base INTEGER NOT NULL, title TEXT NOT NULL, language TEXT NOT NULL, format TEXT NOT NULL,
  content INTEGER NOT NULL, layout BLOB NOT NULL);
INSERT INTO docs_of_1 SELECT id, base, title, language, format, content, layout FROM docs;
DROP TABLE docs;
ALTER TABLE docs_of_1 RENAME TO docs;
CREATE INDEX docs_by_content ON docs(content);
DROP TABLE generations;
DROP TABLE tags;
DROP TABLE base_models;
DELETE FROM meta WHERE name = 'oldest';
PRAGMA user_version = 1;
)sql";

// What schema 1 of content.db was: each text by itself.
constexpr const char* kContentSchema1 = R"sql(
CREATE TABLE contents(id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL, bytes BLOB NOT NULL);
CREATE INDEX contents_by_digest ON contents(digest);
)sql";

// The last id was given and taken away again.
constexpr const char* kEndOfContentSchema1 = R"sql(
UPDATE sqlite_sequence SET seq = (SELECT id - 1 FROM next) WHERE name = 'contents';
DROP TABLE packs;
DROP TABLE digests;
DROP TABLE next;
PRAGMA user_version = 1;
)sql";

Status make_contents_schema_1(Database& content) {
  NARU_TRY(content.execute(kContentSchema1));
  ContentReader reader(content);
  for (const std::int64_t id : NARU_TRY(content_ids(content))) {
    const std::string plain(NARU_TRY(reader.plain(id)));
    Statement put = NARU_TRY(content.prepare("INSERT INTO contents(id, digest, bytes) VALUES (?, ?, ?)"));
    NARU_TRY(put.bind(id).blob(hash128(plain).bytes()).blob(zstd_compress(plain)).run());
  }
  return content.execute(kEndOfContentSchema1);
}

// Both databases as an earlier naru left them.
Status make_schema(int schema, const std::string& folder) {
  const StorePaths paths(folder);
  NARU_TRY(make_contents_schema_1(*NARU_TRY(Database::open(paths.content, false))));
  const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths.truth, false));
  NARU_TRY(truth->execute(kBackToSchema2));
  return schema == 2 ? Status() : truth->execute(kBackToSchema1);
}

// Two documents, one of them edited and one deleted, so that there are dead rows.
void fill(Desk& desk) {
  ChangeSet changes = desk.change({{"a", {{"alpha one", "beta"}, {}}}, {"b", {{"gamma"}, {}}}, {"c", {{"delta"}, {}}}});
  changes.upserts[0].document.metadata = {{"date", "2024-05-31"}, {"author", "kim"}};
  ASSERT_TRUE(desk.apply(changes));
  ASSERT_TRUE(desk.put({{"b", {{"gamma", "epsilon"}, {}}}}));
  ASSERT_TRUE(desk.remove({"c"}));
}

std::uint64_t rows_with(Store& store, const char* filter) {
  const Expression expression = *parse_expression(filter);
  return (*store.open_snapshot("kb", Principal::owner(), &expression))->visible_rows();
}

class Upgrade : public ::testing::TestWithParam<std::tuple<int, Access>> {};

TEST_P(Upgrade, AnEarlierSchemaBecomesThisOneAndAnswersAsBefore) {
  const auto [schema, first] = GetParam();
  const TemporaryFolder temporary = *TemporaryFolder::make("naru-upgrade-");
  const std::string folder = temporary.path() + "/s";
  std::vector<std::string> dump, hits;
  std::int64_t next = 0;
  {
    Desk desk(folder);
    fill(desk);
    dump = desk.dump();
    next = *next_content_id(**Database::open(StorePaths(folder).content, false));
    hits = desk.hits("alpha gamma epsilon");
  }
  ASSERT_TRUE(make_schema(schema, folder));
  {
    const std::unique_ptr<Store> store = std::move(*Store::open(folder, first));
    EXPECT_EQ(rows_with(*store, "date = 2024-05 and meta.author = kim"), 2U);
  }
  Desk desk(folder);
  EXPECT_EQ(desk.dump(), dump);
  EXPECT_EQ(desk.hits("alpha gamma epsilon"), hits);
  EXPECT_EQ(desk.store().known_items("notes")->all()->front().pipeline, hash128("pipeline"));
  EXPECT_EQ(*next_content_id(**Database::open(StorePaths(folder).content, false)), next);
  EXPECT_EQ(desk.problems(), "");
  ASSERT_TRUE(desk.put({{"b", {{"gamma"}, {}}}}));
  ASSERT_TRUE(desk.remove({"a"}));
  ASSERT_TRUE(desk.store().settle());
  EXPECT_EQ(desk.problems(), "");
  EXPECT_EQ(desk.dump().size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(From, Upgrade,
                         ::testing::Combine(::testing::Values(1, 2), ::testing::Values(Access::write, Access::read)));

TEST(PageSums, AreMadeByTheNextWriterAndItIsTold) {
  {
    const TemporaryFolder temporary = *TemporaryFolder::make("naru-upgrade-");
    const StorePaths paths(temporary.path() + "/s");
    std::vector<std::string> dump;
    {
      Desk desk(paths.root);
      fill(desk);
      dump = desk.dump();
    }
    for (const std::string& path : {paths.truth, paths.content}) testing::take_page_sums_away(path);
    {
      const std::unique_ptr<Store> store = std::move(*Store::open(paths.root, Access::write));
      EXPECT_EQ(store->take_notices(),
                std::vector<std::string>{"the store was made before pages had checksums; they have them now"});
      EXPECT_EQ(*store->dump(Principal::owner()), dump);
    }
    {
      Desk desk(paths.root);
      EXPECT_EQ(desk.store().take_notices(), std::vector<std::string>());
      EXPECT_EQ(desk.problems(), "");
      ASSERT_TRUE(desk.remove({"a"}));
    }
    for (const std::string& path : {paths.truth, paths.content}) {
      std::string bytes = *read_file(path);
      bytes[bytes.size() - 1] ^= 1;  // of a checksum
      ASSERT_TRUE(write_file(path, bytes));
      const Result<std::unique_ptr<Store>> opened = Store::open(paths.root, Access::read);
      const Result<VerifyReport> report = opened ? (*opened)->verify() : opened.error();
      EXPECT_FALSE(report && report->ok) << path;
      bytes[bytes.size() - 1] ^= 1;
      ASSERT_TRUE(write_file(path, bytes));
    }
  }
}

// More pages than SQLite keeps in memory: they are written in any order, page 1 among the last.
TEST(PageSums, ACopyOfADatabaseWithoutChecksumsHasNone) {
  const TemporaryFolder temporary = *TemporaryFolder::make("naru-upgrade-");
  const std::string path = temporary.path() + "/a.db";
  {
    const auto database = *Database::open(path, true);
    ASSERT_TRUE(database->execute(
        "CREATE TABLE t(x); WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) "
        "INSERT INTO t SELECT hex(zeroblob(1000)) || i FROM n"));
  }
  for (const bool sums : {true, false}) {
    if (!sums) testing::take_page_sums_away(path);
    const std::string copied = path + (sums ? ".with" : ".without");
    const auto database = *Database::open(path, false);
    ASSERT_EQ(*database->value("SELECT count(*) FROM t"), 6000);
    ASSERT_EQ(database->has_page_sums(), sums);
    ASSERT_TRUE(database->copy_to(copied));
    const auto copy = *Database::open(copied, false);
    EXPECT_EQ(*copy->value("SELECT sum(substr(x, 2001)) FROM t"), 6000 * 6001 / 2);
    EXPECT_EQ(copy->has_page_sums(), sums);
    EXPECT_EQ(*copy->value("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
    std::uint64_t damaged = 0;
    ASSERT_TRUE(copy->each_damaged_page([&](const Error&) { ++damaged; }));
    EXPECT_EQ(damaged, 0U);
  }
}

TEST(UpgradeRefused, AStoreOfALaterSchemaIsRefused) {
  const TemporaryFolder temporary = *TemporaryFolder::make("naru-upgrade-");
  const StorePaths paths(temporary.path() + "/s");
  for (const std::string& path : {paths.truth, paths.content}) {
    { Desk desk(paths.root); }
    const std::unique_ptr<Database> database = *Database::open(path, false);
    const std::int64_t version = *database->value("PRAGMA user_version");
    ASSERT_TRUE(database->execute("PRAGMA user_version = " + std::to_string(version + 1)));
    EXPECT_EQ(Store::open(paths.root, Access::read).error().code(), Code::unsupported);
    EXPECT_EQ(Store::open(paths.root, Access::write).error().code(), Code::unsupported);
    ASSERT_TRUE(database->execute("PRAGMA user_version = " + std::to_string(version)));
  }
}

}  // namespace
}  // namespace naru
