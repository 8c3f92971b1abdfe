// Files that are not what was written: flipped bits anywhere, files swapped, cut, of yesterday and of tomorrow.
//
//   NARU_FLIPS=20000 store_test --gtest_filter=FlippedBits.*    more of them
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

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

TEST_F(FlippedBits, AreFoundInSegmentsAndVectorsAndInContentsWhereverTheyMeanSomething) {
  const char* const wanted = std::getenv("NARU_FLIPS");
  const long flips = wanted != nullptr ? std::strtol(wanted, nullptr, 10) : kFlips;
  Random random(11);
  const std::vector<std::vector<std::string>> parts = {files("segments/"), files("vectors/"), {"content.db"}};
  long idle = 0;
  for (long i = 0; i < flips; ++i) {
    const std::vector<std::string>& part = parts[static_cast<std::size_t>(i) % parts.size()];
    const std::string& name = part[random.below(part.size())];
    const std::string& bytes = image_.at(name);
    const std::size_t at = random.below(bytes.size());
    const auto bit = static_cast<char>(1 << random.below(8));
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ bit);
    ASSERT_TRUE(write_file(join_path(path_, name), changed));
    const std::string where = name + " byte " + std::to_string(at) + " bit " + std::to_string(bit);
    const bool found = !verified().empty();
    const bool same = reads_as_before();
    // A page of SQLite has bytes that nobody reads: a flip of one of those changes nothing.
    const bool may_be_idle = name == "content.db" && same;
    EXPECT_TRUE(found || may_be_idle) << where;
    idle += found ? 0 : 1;
    if (i % 7 == 0) {
      write_on();
      put(image_);
    }
    ASSERT_TRUE(write_file(join_path(path_, name), bytes));
    if (HasFailure()) break;
  }
  std::cout << flips << " flips, " << flips - idle << " found, " << idle
            << " in bytes of content.db that nobody reads\n";
  EXPECT_EQ(verified(), "");
  EXPECT_TRUE(reads_as_before());
}

// Each stored text, not the pages around it: none may change without being found. Packed bytes have bits without a
// meaning (one in the head of each frame): then the text is as it was.
TEST_F(FlippedBits, OfAStoredTextAreAllFound) {
  const char* const wanted = std::getenv("NARU_FLIPS");
  const long flips = wanted != nullptr ? std::strtol(wanted, nullptr, 10) / 2 : kFlips / 3;
  const auto content = *Database::open(path_ + "/content.db", true);
  std::vector<std::int64_t> packs;
  {
    Statement rows = *content->prepare("SELECT first FROM packs");
    while (*rows.step()) packs.push_back(rows.integer(0));
  }
  Random random(5);
  long idle = 0;
  for (long i = 0; i < flips && !HasFailure(); ++i) {
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
      // An empty truth.db is a store that is not made yet; SQLite reads zeros where a page of zeros was cut.
      const bool unmade = length == 0 && name.ends_with(".db");
      const bool found = !verified().empty(), same = reads_as_before();
      EXPECT_TRUE(unmade || found || (same && name.ends_with(".db"))) << name << " cut to " << length;
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
