#include "connector/shared/kept_file.h"

#include <gtest/gtest.h>

#include "runtime/random.h"

namespace naru {
namespace {

using Items = std::map<std::string, std::string>;  // records by key

KeptFile::Change put(const std::string& key, const std::string& bytes) {
  KeptFile::Change change;
  change.known.key = key;
  change.known.fingerprint = "f:" + bytes;
  change.known.version = sha256(bytes);
  change.records = 1;
  change.bytes = bytes;
  return change;
}

KeptFile::Change removed(const std::string& key) {
  KeptFile::Change change;
  change.known.key = key;
  change.removed = true;
  return change;
}

std::string text_of(const Items& items) {
  std::string text;
  for (const auto& [key, bytes] : items) text += bytes;
  return text;
}

// The items by what the file knows of them; records are named by their fingerprints.
Items known(const KeptFile& file) {
  Items items;
  const std::vector<KnownItem> known = *file.known_items().all();
  for (const KnownItem& item : known) items[item.key] = item.fingerprint.substr(2);
  return items;
}

class KeptFileTest : public ::testing::Test {
 protected:
  KeptFileTest() : folder_(std::move(*TemporaryFolder::make("kept"))), path_(join_path(folder_.path(), "out.jsonl")) {}
  ~KeptFileTest() override { set_file_faults({}); }

  std::unique_ptr<KeptFile> opened() {
    auto file = std::make_unique<KeptFile>(path_, "flow");
    const Status opened = file->open();
    EXPECT_TRUE(opened) << opened.error().describe();
    return file;
  }
  std::string content() const { return read_file(path_).value_or("(none)"); }

  const TemporaryFolder folder_;
  const std::string path_;
};

TEST_F(KeptFileTest, HoldsTheRecordsInTheOrderOfKeysWhateverTheOrderOfChanges) {
  auto file = opened();
  ASSERT_TRUE(file->apply({put("b", "2\n"), put("a", "1\n")}));
  EXPECT_EQ(content(), "(none)") << "seen before it was whole";
  ASSERT_TRUE(file->publish());
  EXPECT_EQ(content(), "1\n2\n");
  const auto counts = file->apply({put("c", "3\n"), removed("b"), put("a", "1\n")});
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->added, 1U);
  EXPECT_EQ(counts->removed, 1U);
  EXPECT_EQ(content(), "1\n2\n");
  ASSERT_TRUE(file->publish());
  EXPECT_EQ(content(), "1\n3\n");
}

TEST_F(KeptFileTest, KnowsItsItemsAfterItWasOpenedAgain) {
  ASSERT_TRUE(opened()->apply({put("a", "1\n")}));
  auto file = opened();
  EXPECT_EQ(known(*file), (Items{{"a", "1\n"}}));
  KeptFile::Change moved;
  moved.known.key = "a";
  moved.known.fingerprint = "f:moved";
  moved.moved = true;
  ASSERT_TRUE(file->apply({moved}));
  ASSERT_TRUE(file->publish());
  file.reset();
  KeptFile reader(path_, "flow");
  ASSERT_TRUE(reader.open_to_read());
  EXPECT_EQ(known(reader), (Items{{"a", "moved"}}));
  EXPECT_EQ(content(), "1\n");
}

TEST_F(KeptFileTest, AFileOfSomebodyElseIsLeftAlone) {
  ASSERT_TRUE(write_file(path_, "mine"));
  EXPECT_EQ(KeptFile(path_, "flow").open().error().code(), Code::already_exists);
  ASSERT_TRUE(remove_file(path_));
  auto file = opened();
  EXPECT_EQ(KeptFile(path_, "flow").open().error().code(), Code::timeout) << "two writers";
  ASSERT_TRUE(file->apply({put("a", "1\n")}));
  ASSERT_TRUE(file->publish());
  file.reset();
  EXPECT_EQ(KeptFile(path_, "other").open().error().code(), Code::already_exists);
  ASSERT_TRUE(write_file(path_, "2\n"));
  EXPECT_EQ(KeptFile(path_, "flow").open().error().code(), Code::already_exists);
  EXPECT_EQ(content(), "2\n");
}

TEST_F(KeptFileTest, AFileThatIsGoneIsBegunAnewAndACopyIsKnownByItsBytes) {
  auto file = opened();
  ASSERT_TRUE(file->apply({put("a", "1\n")}));
  ASSERT_TRUE(file->publish());
  file.reset();
  ASSERT_TRUE(write_file(path_ + ".copy", "1\n"));
  ASSERT_TRUE(rename_file(path_ + ".copy", path_));  // the same bytes, another inode
  EXPECT_EQ(known(*opened()), (Items{{"a", "1\n"}}));
  ASSERT_TRUE(remove_file(path_));
  file = opened();
  EXPECT_EQ(known(*file), Items{});
  ASSERT_TRUE(file->publish());
  EXPECT_EQ(content(), "");
}

TEST_F(KeptFileTest, ATornFrameIsDroppedAndTheNextOneFollowsWhatIsWhole) {
  auto file = opened();
  ASSERT_TRUE(file->apply({put("a", "1\n")}));
  const std::string journal = path_ + ".naru/journal-0", whole = *read_file(journal);
  ASSERT_TRUE(file->apply({put("b", "2\n")}));
  const std::string both = *read_file(journal);
  file.reset();
  for (std::size_t size = whole.size(); size < both.size(); ++size) {
    ASSERT_TRUE(write_file(journal, std::string_view(both).substr(0, size)));
    EXPECT_EQ(known(*opened()), (Items{{"a", "1\n"}}));
  }
  file = opened();
  ASSERT_TRUE(file->apply({put("c", "3\n")}));
  file.reset();
  file = opened();
  ASSERT_TRUE(file->publish());
  EXPECT_EQ(content(), "1\n3\n");
}

TEST_F(KeptFileTest, DamageIsSaidAndNotRead) {
  auto file = opened();
  ASSERT_TRUE(file->apply({put("a", "1\n")}));
  ASSERT_TRUE(file->publish());
  file.reset();
  const std::string items = path_ + ".naru/items-1";
  std::string bytes = *read_file(items);
  for (std::size_t at = 0; at < bytes.size(); at += 7) {
    bytes[at] ^= 1;
    ASSERT_TRUE(write_file(items, bytes));
    EXPECT_EQ(KeptFile(path_, "flow").open().error().code(), Code::corrupt) << at;
    bytes[at] ^= 1;
  }
}

// Killed before any of its file operations, from seeds: what was said to be durable is there, OUT is what one publish()
// or the next made of it, and the end is as if nothing had happened.
TEST_F(KeptFileTest, AKillAtAnyMomentLeavesTheOldFileOrTheNew) {
  constexpr int kSeeds = 60;
  int kills = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    Random random(static_cast<std::uint64_t>(seed));
    Items durable;
    std::vector<std::string> may_be_seen = {"(none)"};  // the last that was published, and those that were begun since
    for (int life = 0; life < 4; ++life) {
      std::uint64_t left = random.below(60);
      set_file_faults([&](const FileOperation&) -> Status {
        if (left > 0 && left-- > 0) return {};
        return Error(Code::io, "killed");
      });
      KeptFile file(path_, "flow");
      bool alive = file.open().has_value();
      if (alive) {
        ASSERT_EQ(known(file), durable) << seed;
      }
      std::optional<Items> in_flight;
      for (int step = 0; alive && step < 6; ++step) {
        Items next = durable;
        std::vector<KeptFile::Change> changes;
        for (int change = 0; change < 3; ++change) {
          const std::string key(1, static_cast<char>('a' + random.below(6)));
          if (random.below(3) == 0) {
            next.erase(key);
            changes.push_back(removed(key));
          } else {
            next[key] = key + std::to_string(random.below(100)) + "\n";
            changes.push_back(put(key, next[key]));
          }
        }
        alive = file.apply(std::move(changes)).has_value();
        if (!alive) in_flight = next;
        if (alive) durable = std::move(next);
        if (alive && random.below(2) == 0) {
          may_be_seen.push_back(text_of(durable));
          alive = file.publish().has_value();
          if (alive) may_be_seen = {text_of(durable)};
        }
      }
      kills += alive ? 0 : 1;
      set_file_faults({});
      const auto seen = std::find(may_be_seen.begin(), may_be_seen.end(), content());
      ASSERT_NE(seen, may_be_seen.end()) << seed << ": " << content();
      may_be_seen.erase(may_be_seen.begin(), seen);  // there is no way back
      // A frame that was written and whose sync was not heard of may count, or not.
      KeptFile reader(path_, "flow");
      ASSERT_TRUE(reader.open_to_read()) << seed;
      if (in_flight && known(reader) == *in_flight) durable = *in_flight;
      ASSERT_EQ(known(reader), durable) << seed;
    }
    auto file = opened();
    ASSERT_EQ(known(*file), durable) << seed;
    ASSERT_TRUE(file->publish());
    ASSERT_EQ(content(), text_of(durable)) << seed;
    file.reset();
    ASSERT_TRUE(remove_file(path_));
    ASSERT_TRUE(remove_tree(path_ + ".naru"));
  }
  EXPECT_GT(kills, kSeeds);
}

}  // namespace
}  // namespace naru
