// Files that are not what was written: flipped bits anywhere, files swapped, cut, of yesterday and of tomorrow.
//
//   NARU_FLIPS=20000 store_test --gtest_filter=FlippedBits.*    more of them
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <set>

#include "runtime/sandbox.h"
#include "store/disk_testing.h"
#include "store/testing.h"
#include "store/truth.h"

namespace naru {
namespace {

using testing::Desk;
using testing::DiskImage;
using testing::MemoryFolder;
using testing::Page;
using testing::Pages;

constexpr int kFlips = kSanitized ? 60 : 600;

// Several segments, two models' worth of nothing else: documents that share paragraphs, one changed, one gone.
void fill(Desk& desk) {
  Pages pages;
  for (int d = 0; d < 8; ++d) {
    Page& page = pages["doc" + std::to_string(d)];
    for (int p = 0; p < 5; ++p) {
      page.paragraphs.push_back("paragraph " + std::to_string(d * p % 17) + " of the ferry 나루는 강을 건너는 곳 " +
                                std::string(static_cast<std::size_t>(d * 20), 'w'));
    }
  }
  desk.put(pages).value();
  desk.store().settle().value();
  pages["doc1"].paragraphs[2] = "changed";
  desk.put({{"doc1", pages["doc1"]}, {"more", {{"one more document"}, {}}}}).value();
  desk.remove({"doc5"}).value();
}

class Damage : public ::testing::Test {
 protected:
  Damage() : path_(memory_.path("s")) {
    Desk desk(path_);
    fill(desk);
    whole_ = desk.dump();
    desk.close();
    image_ = testing::read_image(path_);
    image_.erase("writer.lock");
  }

  // Everything that a reader does. Typed errors are fine, a crash is not. True: all of it is as it was.
  bool reads_as_before() {
    const Result<std::unique_ptr<Store>> opened = Store::open(path_, Access::read);
    if (!opened) return said(opened.error());
    Store& store = **opened;
    const auto snapshot = store.open_snapshot("kb", Principal::owner(), nullptr);
    if (!snapshot) return said(snapshot.error());
    const std::vector<QueryTerm> terms = analyze_query("ferry 나루 changed");
    const auto statistics = (*snapshot)->statistics(terms);
    if (!statistics) return said(statistics.error());
    const auto lexical = (*snapshot)->lexical(terms, *statistics, Bm25{}, 10);
    if (!lexical) return said(lexical.error());
    const std::vector<std::string> texts = {"ferry"};
    const auto query = make_stub_embedder()->embed(texts, TextRole::query, {});
    const auto vector = (*snapshot)->vector(query->front(), 10);
    if (!vector) return said(vector.error());
    for (const auto* hits : {&*lexical, &*vector}) {
      for (const ScoredRow& hit : *hits) {
        const auto chunk = (*snapshot)->chunk(hit.row);
        if (!chunk) return said(chunk.error());
      }
    }
    const auto dump = store.dump(Principal::owner());
    if (!dump) return said(dump.error());
    return *dump == whole_;
  }

  // Empty: verify says that all is well.
  std::string verified() {
    const Result<std::unique_ptr<Store>> opened = Store::open(path_, Access::read);
    if (!opened) {
      said(opened.error());
      return opened.error().describe();
    }
    const Result<VerifyReport> report = (*opened)->verify();
    if (!report) {
      said(report.error());
      return report.error().describe();
    }
    if (report->ok) return "";
    return report->problems.empty() ? "not ok" : report->problems.front();
  }

  // A writer too refuses what it cannot trust, or makes it anew; it never makes it worse.
  void write_on() {
    const Result<std::unique_ptr<Store>> opened = Store::open(path_, Access::write);
    if (!opened) {
      said(opened.error());
      return;
    }
    const Status repaired = (*opened)->repair();
    if (!repaired) said(repaired.error());
  }

  bool said(const Error& error) {
    EXPECT_NE(error.code(), Code::internal) << error.describe();
    return false;
  }

  void put(const DiskImage& image) {
    testing::write_image(image, path_);
    ASSERT_TRUE(make_folders(path_ + "/vectors"));
    ASSERT_TRUE(make_folders(path_ + "/segments"));
  }

  std::vector<std::string> files(std::string_view folder) const {
    std::vector<std::string> names;
    for (const auto& [path, bytes] : image_) {
      if (path.starts_with(folder) && !path.ends_with('/') && !bytes.empty()) names.push_back(path);
    }
    return names;
  }

  MemoryFolder memory_;
  const std::string path_;
  std::vector<std::string> whole_;
  DiskImage image_;
};

class FlippedBits : public Damage {};

TEST_F(FlippedBits, AreAllFoundInEveryFile) {
  const std::uint64_t flips = testing::asked_for("NARU_FLIPS", kFlips);
  Random random(11);
  const std::vector<std::vector<std::string>> parts = {
      files("segments/"), files("vectors/"), {"content.db"}, {"truth.db"}};
  for (std::uint64_t i = 0; i < flips; ++i) {
    const std::vector<std::string>& part = parts[i % parts.size()];
    const std::string& name = part[random.below(part.size())];
    const std::string& bytes = image_.at(name);
    const std::size_t at = random.below(bytes.size());
    const auto bit = static_cast<char>(1 << random.below(8));
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ bit);
    ASSERT_TRUE(write_file(join_path(path_, name), changed));
    EXPECT_NE(verified(), "") << name << " byte " << at << " bit " << int{bit};
    (void)reads_as_before();
    if (i % 7 == 0) {
      write_on();
      put(image_);
    }
    ASSERT_TRUE(write_file(join_path(path_, name), bytes));
    if (HasFailure()) break;
  }
  std::cout << flips << " flips\n";
  EXPECT_EQ(verified(), "");
  EXPECT_TRUE(reads_as_before());
}

// The head of page 1 says how everything else is read, that there are checksums too.
TEST_F(FlippedBits, OfTheHeadOfADatabaseAreAllFound) {
  for (const char* name : {"content.db", "truth.db"}) {
    for (std::size_t bit = 0; bit < std::size_t{100} * 8; bit += kSanitized ? 7 : 1) {
      std::string changed = image_.at(name);
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
      ASSERT_TRUE(write_file(join_path(path_, name), changed));
      EXPECT_NE(verified(), "") << name << " byte " << bit / 8 << " bit " << bit % 8;
    }
    ASSERT_TRUE(write_file(join_path(path_, name), image_.at(name)));
  }
}

TEST_F(FlippedBits, OfAPageAreToldWithItsFileAndNumber) {
  std::string changed = image_.at("content.db");
  changed[2 * 4096 + 17] ^= 1;
  ASSERT_TRUE(write_file(join_path(path_, "content.db"), changed));
  EXPECT_NE(verified().find("page 3 of " + join_path(path_, "content.db") + " is not what was written"),
            std::string::npos) << verified();
}

// What a reader takes from the log of a writer that lives: SQLite itself compares it only after a crash.
TEST_F(FlippedBits, InTheLogAreFound) {
  constexpr std::size_t kHead = 32, kFrameHead = 24, kPage = 4096;
  Desk desk(path_);
  ASSERT_TRUE(desk.put({{"doc3", {{"changed again"}, {}}}, {"new", {{"in the log"}, {}}}}));
  Random random(19);
  std::size_t frames = 0;
  for (const char* name : {"content.db-wal", "truth.db-wal"}) {
    const std::string log = *read_file(join_path(path_, name));
    std::set<std::uint32_t> seen;
    // From the back: only the last frame of a page is read.
    for (std::size_t frame = (log.size() - kHead) / (kFrameHead + kPage); frame-- > 0;) {
      const std::size_t head = kHead + frame * (kFrameHead + kPage);
      std::uint32_t page = 0;
      for (std::size_t i = 0; i < 4; ++i) page = page << 8 | static_cast<unsigned char>(log[head + i]);
      if (log.substr(head + 8, 8) != log.substr(16, 8) || !seen.insert(page).second) continue;  // of an earlier log
      std::string changed = log;
      const std::size_t at = head + kFrameHead + random.below(kPage);
      changed[at] = static_cast<char>(changed[at] ^ (1 << random.below(8)));
      ASSERT_TRUE(write_file(join_path(path_, name), changed));
      const std::string found = verified();
      EXPECT_NE(found.find("page " + std::to_string(page) + " of "), std::string::npos) << found << name << " " << page;
      EXPECT_NE(found.find("in its log"), std::string::npos) << found;
      ASSERT_TRUE(write_file(join_path(path_, name), log));
      ++frames;
    }
  }
  EXPECT_GT(frames, 4U);
  EXPECT_EQ(desk.problems(), "");
}

// It only saves time: it is thrown away where it is damaged, whenever that shows, and people are told.
TEST_F(FlippedBits, OfTheMemoCostNothingButTheMemo) {
  const Id128 key = hash128("key");
  {
    Desk desk(path_);
    ASSERT_TRUE(desk.store().memo_put(key, std::string(50'000, 'm')));
    ASSERT_TRUE(desk.store().settle());
    ASSERT_TRUE(desk.put({}));
  }
  const std::string memo = *read_file(join_path(path_, "memo.db"));
  ASSERT_GT(memo.size(), 50'000U);
  for (const std::size_t at : {std::size_t{20}, std::size_t{500}, memo.find("mmmmmm") + 100, memo.rfind("mmmmmm")}) {
    std::string changed = memo;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    ASSERT_TRUE(write_file(join_path(path_, "memo.db"), changed));
    Desk desk(path_);
    const Result<std::optional<std::string>> got = desk.store().memo_get(key);
    ASSERT_TRUE(got) << got.error().describe();
    EXPECT_FALSE(*got) << "byte " << at;
    const std::vector<std::string> notices = desk.store().take_notices();
    ASSERT_EQ(notices.size(), 1U) << "byte " << at;
    EXPECT_NE(notices.front().find("memo.db was damaged and is made anew"), std::string::npos) << notices.front();
    EXPECT_EQ(desk.dump(), whole_);
  }
}

TEST_F(FlippedBits, OfABackupAreFoundToo) {
  const std::string backup = memory_.path("backup");
  { ASSERT_TRUE((*Store::open(path_, Access::read))->back_up(backup)); }
  for (const char* name : {"truth.db", "content.db"}) {
    const std::string path = join_path(backup, name), good = *read_file(path);
    for (std::size_t page = 0; page < good.size() / 4096; ++page) {
      std::string bad = good;
      bad[page * 4096 + 4000] ^= 1;
      ASSERT_TRUE(write_file(path, bad));
      std::uint64_t damaged = 0;
      const auto database = *Database::open(path, false);
      const Status read = database->each_damaged_page([&](const Error&) { ++damaged; });
      EXPECT_TRUE(!read || damaged == 1) << name << " page " << page + 1;
    }
    ASSERT_TRUE(write_file(path, good));
  }
}

// Each stored text, not the pages around it: none may change without being found. Packed bytes have bits without a
// meaning (one in the head of each frame): then the text is as it was.
TEST_F(FlippedBits, OfAStoredTextAreAllFound) {
  const std::uint64_t flips = testing::asked_for("NARU_FLIPS", kFlips) / 3;
  const auto content = *Database::open(path_ + "/content.db", true);
  std::vector<std::int64_t> packs;
  {
    Statement rows = *content->prepare("SELECT first FROM packs");
    while (*rows.step()) packs.push_back(rows.integer(0));
  }
  Random random(5);
  std::uint64_t idle = 0;
  for (std::uint64_t i = 0; i < flips && !HasFailure(); ++i) {
    const std::int64_t id = packs[random.below(packs.size())];
    std::string bytes;
    {
      Statement one = *content->prepare("SELECT bytes FROM packs WHERE first = ?");
      one.bind(id);
      ASSERT_TRUE(*one.step());
      bytes = one.text(0);
    }
    std::string changed = bytes;
    const std::size_t at = random.below(bytes.size());
    changed[at] = static_cast<char>(changed[at] ^ (1 << random.below(8)));
    const auto set = [&](const std::string& value) {
      Statement update = *content->prepare("UPDATE packs SET bytes = ? WHERE first = ?");
      ASSERT_TRUE(update.blob(value).bind(id).run());
    };
    set(changed);
    const bool found = !verified().empty(), same = reads_as_before();
    EXPECT_TRUE(found || same) << "pack " << id << " byte " << at;
    idle += found ? 0 : 1;
    set(bytes);
  }
  std::cout << flips << " flips in packed texts, " << flips - idle << " found, " << idle << " without a meaning\n";
  EXPECT_LE(idle * 50, flips);
  EXPECT_EQ(verified(), "");
}

// Bytes overwritten in runs here and there, cut, or followed by more.
std::string damage_somewhere(std::string bytes, Random& random) {
  const std::uint64_t kind = random.below(8);
  if (kind == 0) return bytes.substr(0, random.below(bytes.size()));
  if (kind == 1) return bytes + std::string(1 + random.below(100), static_cast<char>(random.below(256)));
  const std::string before = bytes;
  while (bytes == before) {
    for (std::uint64_t runs = 1 + random.below(6); runs > 0; --runs) {
      const std::size_t at = random.below(bytes.size());
      const std::size_t end = std::min<std::size_t>(bytes.size(), at + 1 + random.below(64));
      for (std::size_t i = at; i < end; ++i) bytes[i] = static_cast<char>(random.below(256));
    }
  }
  return bytes;
}

// NARU_REPAIRS=2000 tries as many.
TEST_F(Damage, OfASegmentAnywhereIsFoundAndRepairedToTheBytesOfAFreshBuild) {
  write_on();  // builds all segments anew
  const DiskImage fresh = testing::read_image(path_ + "/segments");
  Random random(29);
  for (std::uint64_t left = testing::asked_for("NARU_REPAIRS", kSanitized ? 5 : 40); left > 0; --left) {
    put(image_);
    const std::vector<std::string> segments = files("segments/");
    const std::string& name = segments[random.below(segments.size())];
    ASSERT_TRUE(write_file(join_path(path_, name), damage_somewhere(image_.at(name), random)));
    ASSERT_NE(verified(), "") << name << ", " << left << " left";
    (void)reads_as_before();
    write_on();
    ASSERT_EQ(verified(), "") << name << ", " << left << " left";
    ASSERT_TRUE(testing::read_image(path_ + "/segments") == fresh) << name << ", " << left << " left";
    ASSERT_TRUE(reads_as_before());
  }
}

using WrongFiles = Damage;

TEST_F(WrongFiles, SwappedAreFound) {
  int swaps = 0;
  for (const char* folder : {"segments/", "vectors/"}) {
    const std::vector<std::string> names = files(folder);
    for (std::size_t i = 0; i < names.size(); ++i) {
      for (std::size_t j = i + 1; j < names.size(); ++j) {
        DiskImage swapped = image_;
        std::swap(swapped[names[i]], swapped[names[j]]);
        put(swapped);
        EXPECT_NE(verified(), "") << names[i] << " and " << names[j];
        (void)reads_as_before();
        write_on();
        ++swaps;
      }
    }
  }
  EXPECT_GT(swaps, 1);
}

TEST_F(WrongFiles, CutAnywhereAreFound) {
  Random random(3);
  for (const auto& [name, bytes] : image_) {
    if (bytes.empty() || name.starts_with("memo.db")) continue;  // a cache that may be lost
    for (int i = 0; i < (kSanitized ? 2 : 12); ++i) {
      const std::size_t length = i == 0 ? 0 : i == 1 ? bytes.size() - 1 : random.below(bytes.size());
      DiskImage cut = image_;
      cut[name].resize(length);
      put(cut);
      const bool unmade = length == 0 && name.ends_with(".db");  // an empty truth.db is a store that is not made yet
      EXPECT_TRUE(unmade || !verified().empty()) << name << " cut to " << length;
      (void)reads_as_before();
      if (i % 4 == 3) write_on();
    }
  }
}

TEST_F(WrongFiles, OfYesterdayAreFound) {
  {
    Desk desk(path_);
    ASSERT_TRUE(desk.put({{"doc2", {{"another text of today", "and a second"}, {}}}}));
    ASSERT_TRUE(desk.store().settle());
  }
  const DiskImage today = testing::read_image(path_);
  for (const auto& [name, bytes] : image_) {
    const auto now = today.find(name);
    if (name.starts_with("memo.db") || name.ends_with('/') || now == today.end() || now->second == bytes) continue;
    DiskImage mixed = today;
    mixed[name] = bytes;
    put(mixed);
    EXPECT_NE(verified(), "") << name << " of yesterday";
    (void)reads_as_before();
    write_on();
  }
}

TEST_F(WrongFiles, OfTheFutureAreRefusedAndLeftAlone) {
  for (const char* name : {"truth.db", "content.db"}) {
    put(image_);
    ASSERT_TRUE((*Database::open(join_path(path_, name), false))->execute("PRAGMA user_version = 1000"));
    const DiskImage future = testing::read_image(path_);
    for (const Access access : {Access::read, Access::write}) {
      const auto opened = Store::open(path_, access);
      ASSERT_FALSE(opened) << name;
      EXPECT_EQ(opened.error().code(), Code::unsupported) << opened.error().describe();
    }
    EXPECT_TRUE(testing::read_image(path_).at(name) == future.at(name)) << name << " was changed";
  }
}

}  // namespace
}  // namespace naru
