// The store where the world fails: killed at every named point, every operation refused in turn, files damaged by hand.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cstdlib>

#include "runtime/failpoint.h"
#include "runtime/random.h"
#include "store/disk_testing.h"
#include "store/lexical/segment_builder.h"
#include "store/testing.h"
#include "store/truth.h"

namespace naru {
namespace {

using testing::Desk;
using testing::MemoryFolder;
using testing::Page;
using testing::Pages;
using testing::RecordedDisk;

TemporaryFolder folder() { return *TemporaryFolder::make("naru-fault-"); }

// Two states of one folder with much in common, and the way from each to the other.
Pages state(int which) {
  Random random(static_cast<std::uint64_t>(which) + 1);
  Pages pages;
  for (int d = 0; d < 12; ++d) {
    if ((d + which) % 4 == 0) continue;  // not in this state
    Page& made = pages["doc" + std::to_string(d)];
    for (int p = 0; p < 4; ++p) {
      const bool same = random.below(2) == 0;
      made.paragraphs.push_back("paragraph " + std::to_string(same ? d * 10 + p : which * 1000 + d * 10 + p) + " 나루");
    }
  }
  return pages;
}

ChangeSet way(const Desk& desk, const Pages& from, const Pages& to) {
  std::vector<std::string> removes;
  for (const auto& [key, page] : from) {
    if (!to.contains(key)) removes.push_back(key);
  }
  return desk.change(to, removes);
}

std::vector<std::string> dump_of(const Pages& pages) {
  const TemporaryFolder fresh = folder();
  Desk desk(fresh.path() + "/s");
  EXPECT_TRUE(desk.put(pages));
  return desk.dump();
}

std::string orphans_and_problems(const std::string& path) {
  const std::unique_ptr<Store> store = std::move(*Store::open(path, Access::read));
  const VerifyReport report = *store->verify();
  std::string all = std::to_string(report.orphans);
  for (const std::string& problem : report.problems) all += " " + problem;
  return all;
}

// ---- killed -----------------------------------------------------------------------------------------------------

struct Point {
  const char* name;
  bool committed;  // the change is there after a kill at this point
  bool garbage;    // something is left that the truth does not name
};

class Killed : public ::testing::TestWithParam<Point> {};

TEST_P(Killed, LeavesTheStateBeforeOrAfterAndTheNextWriterCollectsWhatIsLeft) {
  const TemporaryFolder temporary = folder();
  const std::string path = temporary.path() + "/s";
  const Pages before = state(0), after = state(1);
  {
    Desk desk(path);
    ASSERT_TRUE(desk.put(before));
    ASSERT_TRUE(desk.store().settle());
  }
  EXPECT_EXIT(
      {
        set_failpoint(GetParam().name, "abort");
        Desk desk(path);
        (void)desk.apply(way(desk, before, after)).has_value();
        (void)desk.store().settle().has_value();
        std::_Exit(0);  // the point was not reached
      },
      ::testing::KilledBySignal(SIGKILL), "");
  const std::string left = orphans_and_problems(path);
  EXPECT_EQ(left.find(' '), std::string::npos) << left;
  EXPECT_EQ(left != "0", GetParam().garbage) << left;
  {
    const std::unique_ptr<Store> reader = std::move(*Store::open(path, Access::read));
    EXPECT_EQ(*reader->dump(Principal::owner()), dump_of(GetParam().committed ? after : before));
  }
  Desk desk(path);
  EXPECT_EQ(desk.dump(), dump_of(GetParam().committed ? after : before));
  EXPECT_EQ(orphans_and_problems(path), "0");
  ASSERT_TRUE(desk.apply(way(desk, before, after)));
  ASSERT_TRUE(desk.store().settle());
  EXPECT_EQ(desk.dump(), dump_of(after));
  EXPECT_EQ(desk.problems(), "");
}

INSTANTIATE_TEST_SUITE_P(AtEveryPoint, Killed,
                         ::testing::Values(Point{"store.after_content", false, true},
                                           Point{"store.after_vectors", false, true},
                                           Point{"store.after_segment", false, true},
                                           Point{"store.before_truth", false, true},
                                           Point{"store.after_truth", true, false},  // the past names the old texts
                                           Point{"store.after_merge", true, true},
                                           Point{"store.after_publish", true, true}),
                         [](const auto& point) {
                           std::string name = point.param.name;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

// ---- every operation refused, one after the other ----------------------------------------------------------------

struct Refusal {
  const char* name;
  std::vector<std::string_view> kinds;
  bool for_good;  // and all that follow: a disk that stays full, a folder that is gone
};

const std::vector<std::string_view> kNaming = {"rename", "remove", "truncate", "make_folder"};

class Refused : public ::testing::TestWithParam<Refusal> {
 protected:
  // The n-th operation of these kinds fails, from 0; where it stays so, all after it too.
  void refuse(long n) {
    refused_ = false;
    disk_.decide([this, n](std::string_view kind, const std::string&) mutable {
      const std::vector<std::string_view>& kinds = GetParam().kinds;
      if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) return RecordedDisk::Fate::happens;
      const bool refuses = n == 0 || (n < 0 && GetParam().for_good);
      --n;
      refused_ = refused_ || refuses;
      return refuses ? RecordedDisk::Fate::fails : RecordedDisk::Fate::happens;
    });
  }

  MemoryFolder memory_;
  RecordedDisk disk_;
  bool refused_ = false;
};

TEST_P(Refused, LeavesTheStateBeforeOrAfterAndTheNextTryGoesThrough) {
  const std::string path = memory_.path("s");
  const std::vector<Pages> states = {state(0), state(1)};
  const std::vector<std::vector<std::string>> dumps = {dump_of(states[0]), dump_of(states[1])};
  disk_.record(path);
  Desk desk(path);
  ASSERT_TRUE(desk.put(states[0]));
  int refusals = 0;
  for (long at = 0;; ++at) {
    const std::size_t from = static_cast<std::size_t>(at) % 2, to = 1 - from;
    refuse(at);
    const Result<Committed> applied = desk.apply(way(desk, states[from], states[to]));
    const Status settled = desk.store().settle();
    const bool refused = refused_;
    if (GetParam().kinds.front() == "write") {
      ASSERT_TRUE(desk.store().dump(Principal::owner())) << "a full disk is read all the same, write " << at;
      const bool full = applied || applied.error().message().find("full") != std::string::npos;
      EXPECT_TRUE(full) << applied.error().describe();
    }
    disk_.decide({});
    refusals += refused ? 1 : 0;
    ASSERT_EQ(desk.problems(), "") << GetParam().name << " " << at;
    const std::vector<std::string> now = desk.dump();
    ASSERT_TRUE(now == dumps[to] || (!applied && now == dumps[from])) << GetParam().name << " " << at;
    for (const Status& said : {applied ? Status{} : Status(applied.error()), settled}) {
      if (!said) {
        EXPECT_EQ(said.error().code(), Code::io) << said.error().describe();
      }
    }
    if (sync_failed_below(path)) {
      // Nobody knows what the disk kept. Though it works again, nothing more is acknowledged.
      const Result<Committed> again = desk.apply(way(desk, states[from], states[to]));
      ASSERT_FALSE(again) << "acknowledged after a sync had failed";
      EXPECT_EQ(again.error().code(), Code::io);
      EXPECT_FALSE(desk.store().settle());
      ASSERT_EQ(desk.dump(), now);
      desk.open();
    }
    if (at % 3 == 0) desk.open();  // as a new process would
    ASSERT_TRUE(desk.apply(way(desk, states[from], states[to]))) << GetParam().name << " " << at;
    ASSERT_EQ(desk.dump(), dumps[to]) << GetParam().name << " " << at;
    if (!refused) break;  // each was refused once
    EXPECT_TRUE(!applied || !settled || !GetParam().for_good) << GetParam().name << " " << at << ": nobody was told";
  }
  EXPECT_GT(refusals, 1);
  desk.open();
  EXPECT_EQ(orphans_and_problems(path), "0");
}

// Half a change and its log lie there, as after a kill, and the disk fails while the next writer cleans up.
TEST_P(Refused, WhileTheStoreIsOpenedLosesNothing) {
  const std::string path = memory_.path("s");
  const Pages before = state(0), after = state(1);
  const std::vector<std::string> wanted = dump_of(after);
  disk_.record(path);
  for (long at = 0; at == 0 || refused_; ++at) {
    ASSERT_TRUE(remove_tree(path));
    disk_.record(path);
    {
      Desk desk(path);
      ASSERT_TRUE(desk.put(before));
      ASSERT_TRUE(desk.apply(way(desk, before, after)));
      disk_.decide([](std::string_view, const std::string&) { return RecordedDisk::Fate::dead; });
    }
    refuse(at);
    {
      const Result<std::unique_ptr<Store>> opened = Store::open(path, Access::write);
      EXPECT_TRUE(opened || refused_) << opened.error().describe();
      if (!opened) {
        EXPECT_EQ(opened.error().code(), Code::io) << opened.error().describe();
      }
      disk_.decide({});
    }
    Desk desk(path);
    ASSERT_EQ(desk.dump(), wanted) << GetParam().name << " " << at;
    desk.close();
    ASSERT_EQ(orphans_and_problems(path), "0") << GetParam().name << " " << at;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryOperation, Refused,
                         ::testing::Values(Refusal{"write", {"write", "append", "renew"}, false},
                                           Refusal{"writes", {"write", "append", "renew"}, true},
                                           Refusal{"sync", {"sync"}, false}, Refusal{"syncs", {"sync"}, true},
                                           Refusal{"rename", kNaming, false}, Refusal{"renames", kNaming, true},
                                           Refusal{"open", {"open"}, false}, Refusal{"opens", {"open"}, true}),
                         [](const auto& refusal) { return refusal.param.name; });

// ---- damaged ----------------------------------------------------------------------------------------------------

class Damaged : public ::testing::Test {
 protected:
  Damaged() : temporary_(folder()), desk_(temporary_.path() + "/s"), paths_(desk_.folder()) {
    EXPECT_TRUE(desk_.put({{"a", {{"alpha one", "alpha two"}, {}}}, {"b", {{"beta"}, {}}}}));
    EXPECT_TRUE(desk_.store().settle());
    whole_ = desk_.dump();
    desk_.close();
  }
  void sql(const std::string& database, const std::string& text) {
    const Status done = (*Database::open(database, false))->execute(text);
    ASSERT_TRUE(done) << done.error().describe();
  }
  void flip(const std::string& path, std::size_t from_end) {
    std::string bytes = *read_file(path);
    char& byte = bytes.at(bytes.size() - from_end);
    byte = static_cast<char>(byte ^ 0x10);
    ASSERT_TRUE(write_file(path, bytes));
  }
  std::string only_file(const std::string& in, std::string_view suffix) {
    const std::vector<std::string> names = *list_folder(in);
    for (const std::string& name : names) {
      if (name.ends_with(suffix)) return join_path(in, name);
    }
    return {};
  }
  std::string problems() { return orphans_and_problems(desk_.folder()); }
  bool says(std::string_view text) {
    const std::string found = problems();
    const bool there = found.find(text) != std::string::npos;
    EXPECT_TRUE(there) << found;
    return there;
  }
  void repair_and_compare() {
    desk_.open();
    ASSERT_TRUE(desk_.store().repair());
    EXPECT_EQ(desk_.problems(), "");
    EXPECT_EQ(desk_.dump(), whole_);
  }

  TemporaryFolder temporary_;
  Desk desk_;
  StorePaths paths_;
  std::vector<std::string> whole_;
};

TEST_F(Damaged, APostingIsFoundAndRepaired) {
  flip(only_file(paths_.segments, ".seg"), 1);
  says("segment");
  repair_and_compare();
}

TEST_F(Damaged, AWrongPostingUnderRightChecksumsNamesItsRow) {
  const std::string file = file_name(only_file(paths_.segments, ".seg"));
  const auto old = *Segment::open(paths_.segments, file.substr(0, 32));
  SegmentBuilder builder;
  for (std::size_t i = 0; i < old->rows(); ++i) {
    // The second row has the words of no text, and as many of them.
    builder.add(old->row(i), std::vector<std::string>(old->row(i).length, i == 1 ? "wrong" : "alpha"));
  }
  const SegmentFile wrong = *builder.write(paths_.segments);
  sql(paths_.truth, "UPDATE segments SET name = '" + wrong.name + "'");
  says("document a of flow notes, chunk 1 (row 2)");
  says("not those of its text");
  repair_and_compare();
}

// Another byte among postings and positions, and the file named for what it holds now: no checksum tells.
TEST_F(Damaged, EveryWrongPostingOrPositionUnderRightChecksumsIsFoundAndRepairedToTheSameBytes) {
  const std::string path = only_file(paths_.segments, ".seg");
  const std::string good = *read_file(path);
  std::uint64_t postings = 0, positions = 0;
  std::memcpy(&postings, good.data() + 80, 8);
  std::memcpy(&positions, good.data() + 88, 8);
  ASSERT_LT(postings, positions);
  ASSERT_LT(positions, good.size());
  std::string name = file_name(path).substr(0, 32);
  for (std::size_t at = postings; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    const std::string wrong = hash128(bad).hex();
    ASSERT_TRUE(write_file(join_path(paths_.segments, wrong + ".seg"), bad));
    sql(paths_.truth, "UPDATE segments SET name = '" + wrong + "' WHERE name = '" + name + "'");
    const std::string found = problems();
    if (at >= positions) {  // it can be read, and says that a word stands elsewhere
      EXPECT_NE(found.find(": the postings in segment " + wrong + " are not those of its text"), std::string::npos);
      EXPECT_NE(found.find("(row "), std::string::npos);
    } else {
      EXPECT_NE(found.find(wrong), std::string::npos) << at;
    }
    name = wrong;
  }
  repair_and_compare();
  EXPECT_EQ(*list_folder(paths_.segments), std::vector<std::string>{file_name(path)});
  EXPECT_EQ(*read_file(path), good);
}

TEST_F(Damaged, SegmentsOfAnotherFormatAreBuiltAnewByTheNextWriter) {
  const std::string path = only_file(paths_.segments, ".seg");
  const std::string good = *read_file(path);
  std::string old = good;
  old[7] = '1';
  ASSERT_TRUE(write_file(path, old));
  sql(paths_.truth, "DELETE FROM meta WHERE name = 'segments'");  // a store of then has no such row
  says("format 0, this naru has");
  says("has format 1, this naru reads 3: the next `naru run` builds it anew");
  const std::unique_ptr<Store> reader = std::move(*Store::open(desk_.folder(), Access::read));
  const Error refused = reader->open_snapshot("kb", Principal::owner(), nullptr).error();
  EXPECT_EQ(refused.code(), Code::unsupported);
  EXPECT_NE(refused.message().find("`naru run`"), std::string::npos) << refused.message();
  desk_.open();
  EXPECT_EQ(desk_.problems(), "");
  EXPECT_EQ(desk_.dump(), whole_);
  EXPECT_EQ(*read_file(path), good);
}

TEST_F(Damaged, AMissingSegmentIsFoundAndRepaired) {
  ASSERT_TRUE(remove_file(only_file(paths_.segments, ".seg")));
  says("segment");
  const std::unique_ptr<Store> reader = std::move(*Store::open(desk_.folder(), Access::read));
  EXPECT_EQ(reader->open_snapshot("kb", Principal::owner(), nullptr).error().code(), Code::corrupt);
  repair_and_compare();
}

TEST_F(Damaged, AliveBitsThatAreWrongAreFoundAndRepaired) {
  sql(paths_.truth, "UPDATE segments SET alive = zeroblob(8)");
  says("chunk row 1 of document row 1 is in no segment");
  repair_and_compare();
}

// What a number or a name of the manifest says is neither allocated nor opened before it is looked at.
TEST_F(Damaged, ARowOfTheManifestThatNoWriterMakesIsRefusedAndRepaired) {
  for (const char* change : {"rows = 4611686018427387904", "rows = -1", "rows = 0", "alive = x'01'",
                             "name = '../../../etc/passwd'", "name = substr(name, 2)"}) {
    desk_.close();
    sql(paths_.truth, fmt::format("UPDATE segments SET {}", change));
    says("the truth is damaged");
    const std::unique_ptr<Store> reader = std::move(*Store::open(desk_.folder(), Access::read));
    EXPECT_EQ(reader->open_snapshot("kb", Principal::owner(), nullptr).error().code(), Code::corrupt) << change;
    EXPECT_EQ(reader->knowledge_bases(Principal::owner()).error().code(), Code::corrupt) << change;
    repair_and_compare();
  }
}

TEST_F(Damaged, ARowOfAModelThatNoWriterMakesIsRefused) {
  for (const char* change : {"rows = -1", "rows = 4611686018427387904", "dims = 0", "dims = 4294967680",
                             "fingerprint = x'00'", "model = x'ff'"}) {
    const std::string table = "CREATE TABLE kept AS SELECT * FROM vectors";
    sql(paths_.truth, fmt::format("{}; UPDATE vectors SET {}", table, change));
    const std::unique_ptr<Store> reader = std::move(*Store::open(desk_.folder(), Access::read));
    EXPECT_EQ(reader->open_snapshot("kb", Principal::owner(), nullptr).error().code(), Code::corrupt) << change;
    EXPECT_EQ(reader->verify().error().code(), Code::corrupt) << change;
    sql(paths_.truth, "DELETE FROM vectors; INSERT INTO vectors SELECT * FROM kept; DROP TABLE kept");
  }
  desk_.open();
  EXPECT_EQ(desk_.problems(), "");
}

TEST_F(Damaged, SegmentsOfAnotherAnalyzerAreBuiltAnewByTheNextWriter) {
  sql(paths_.truth, "UPDATE meta SET value = 999 WHERE name = 'analyzer'");
  says("the segments are of analyzer version 999");
  const std::string file = file_name(only_file(paths_.segments, ".seg"));
  SegmentBuilder builder;
  builder.add((*Segment::open(paths_.segments, file.substr(0, 32)))->row(0), {"of", "another"});
  const SegmentFile other = *builder.write(paths_.segments);
  sql(paths_.truth, "UPDATE segments SET rows = 1, name = '" + other.name + "'");
  desk_.open();
  EXPECT_EQ(desk_.problems(), "");
  EXPECT_EQ(desk_.dump(), whole_);
}

TEST_F(Damaged, AVectorNamesItsRow) {
  flip(only_file(paths_.vectors, ".f16"), 1);
  says("row 2 is damaged");
}

TEST_F(Damaged, AKeyOfAVectorNamesItsRow) {
  flip(only_file(paths_.vectors, ".keys"), 24);
  says("row 2 is damaged");
}

TEST_F(Damaged, AVectorOfAnotherTextNamesTheChunk) {
  sql(paths_.truth, "UPDATE chunks SET vector = 0 WHERE row = 2");
  says("document a of flow notes, chunk 1 (row 2): vector row 0 is not that of its text");
  says("chunk row 2: segment");
}

TEST_F(Damaged, AMissingVectorFileIsFound) {
  ASSERT_TRUE(remove_file(only_file(paths_.vectors, ".f16")));
  says("vectors of stub");
  says("its vector is missing");
}

TEST_F(Damaged, AMissingTextNamesTheDocument) {
  sql(paths_.content, "UPDATE digests SET digests = substr(digests, 1, 16) || zeroblob(16) || substr(digests, 33) "
                      "WHERE first = 1");
  says("document b of flow notes: the text is missing");
}

TEST_F(Damaged, AChangedTextNamesTheDocument) {
  // Another document's digest stands at this one's place: its bytes are whole, and wrong.
  sql(paths_.content, "UPDATE digests SET digests = substr(digests, 17, 16) || substr(digests, 17) WHERE first = 1");
  says("document a of flow notes: the text is not what was written");
}

TEST_F(Damaged, ALayoutThatDoesNotFitNamesTheDocument) {
  sql(paths_.truth, "UPDATE docs SET layout = (SELECT layout FROM docs WHERE id = 2) WHERE id = 1");
  says("document a of flow notes: its text has 2 chunks, its layout 1");
  says("chunk row 1 of document row 1 is in no layout");
}

TEST_F(Damaged, AChunkThatDiedOnlyInTheTruthIsFound) {
  sql(paths_.truth, "UPDATE chunks SET died = 1 WHERE row = 2");
  says("row 1 lives, but chunk row 2 does not");
  says("chunk 1 (row 2): its layout names a chunk that does not live in it");
}

TEST_F(Damaged, AnItemWithoutItsDocumentIsFound) {
  sql(paths_.truth, "DELETE FROM docs WHERE id = 2");
  says("item b: it is neither a document nor a reject");
  says("chunk row 3 of document row 2 is in no layout");
}

TEST_F(Damaged, ADocumentWithoutItsItemIsFound) {
  sql(paths_.truth, "DELETE FROM items WHERE id = 2");
  says("document row 2 has no item");
}

TEST_F(Damaged, PagesOfTheTruthAreFound) {
  std::string bytes = *read_file(paths_.truth);
  for (std::size_t page = 4096; page < bytes.size(); page += 4096) bytes[page] = '\xee';  // the kind of a page
  ASSERT_TRUE(write_file(paths_.truth, bytes));
  const auto store = Store::open(desk_.folder(), Access::read);
  ASSERT_TRUE(store);
  const Result<VerifyReport> report = (*store)->verify();
  EXPECT_TRUE(!report ? report.error().code() == Code::corrupt : !report->ok);
}

TEST_F(Damaged, AnyByteOfAnyFileChangesNothingOrIsFound) {
  Random random(7);
  const std::vector<std::string> files = {only_file(paths_.segments, ".seg"), only_file(paths_.vectors, ".f16"),
                                          only_file(paths_.vectors, ".keys")};
  for (int i = 0; i < 300; ++i) {
    const std::string& file = files[random.below(files.size())];
    const std::string bytes = *read_file(file);
    std::string changed = bytes;
    const std::size_t at = random.below(bytes.size());
    changed[at] = static_cast<char>(changed[at] ^ (1 << random.below(8)));
    ASSERT_TRUE(write_file(file, changed));
    EXPECT_NE(problems().find(' '), std::string::npos) << file << " byte " << at;
    ASSERT_TRUE(write_file(file, bytes));
  }
  EXPECT_EQ(problems(), "0");
}

}  // namespace
}  // namespace naru
