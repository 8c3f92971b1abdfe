// The power cut: short flows over a recorded disk, cut at every change of a file, with five kinds of damage, also while
// the store recovers from the cut before. What was acknowledged is there, nothing is there by half, nothing is repaired
// by hand.
//
//   NARU_CRASHES=50000 store_test --gtest_filter=PowerCut.*     more of them, at every change of each flow
//   NARU_SEED=61                                                the first flow
//   NARU_CRASH=SEED:CHANGE:DAMAGE                               one of them again, as a failure names it
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <unordered_set>

#include "runtime/sandbox.h"
#include "store/disk_testing.h"
#include "store/testing.h"
#include "store/truth.h"
#include "store/vector/codes.h"
#include "store/vector/vector_file.h"

namespace naru {
namespace {

using testing::Damage;
using testing::Desk;
using testing::DiskChange;
using testing::DiskImage;
using testing::MemoryFolder;
using testing::Page;
using testing::Pages;
using testing::Platter;
using testing::RecordedDisk;

// Crashes of one test run; a sanitizer takes ten times as long for each.
constexpr std::size_t kCrashes = kSanitized ? 30 : 400;
constexpr std::size_t kCrashesOfAFlow = 40;  // of those, so that a test run sees several flows

// The store is made within the recorded folder: its own name may be lost too.
constexpr const char* kStore = "s";
constexpr const char* kBackup = "b";  // beside it

constexpr std::size_t kChangesShown = 60;  // before a crash that is looked at again

// A crash while a store recovers from one while it recovers.
constexpr int kDepthMax = 3;

// Everything that anyone can see of a store and that must not be lost.
std::vector<std::string> lines_of(Store& store, const std::string& flow) {
  std::vector<std::string> lines = *store.dump(Principal::owner());
  const std::vector<KnownItem> items = *store.known_items(flow)->all();
  for (const KnownItem& item : items) {
    lines.push_back("item " + item.key + " " + item.fingerprint + " " + item.reject_code);
  }
  const std::vector<RunSummary> runs = *store.last_runs();
  for (const RunSummary& run : runs) lines.push_back("run " + std::to_string(run.ended_ms));
  const HistoryInfo history = *store.history();
  for (const Tag& tag : history.tags) {
    const std::vector<KnowledgeBaseInfo> then = *store.knowledge_bases(Principal::owner(), tag.epoch);
    const std::uint64_t documents = then.empty() ? 0 : then.front().documents;
    lines.push_back("tag " + tag.name + " " + std::to_string(tag.epoch) + " " + std::to_string(documents));
  }
  return lines;
}

// The desk goes on with the model that serves.
void take_model_of(Desk& desk) {
  const std::vector<KnowledgeBaseInfo> bases = *desk.store().knowledge_bases(Principal::owner());
  const bool switched = !bases.empty() && bases.front().embedder && bases.front().embedder->name != "stub";
  desk.set_model(switched ? bases.front().embedder->name : "");
}

// What was acknowledged before a change of the log.
struct Mark {
  std::size_t at = 0;
  std::vector<std::string> lines;
  std::vector<std::string> forgotten;  // words that are in no file of the store any more
  std::vector<std::string> backup;     // what the backup shows; empty: there is none
};

// What a crash may leave: the states before and after what was under way, what is forgotten for good, and backups.
struct Allowed {
  std::vector<const std::vector<std::string>*> states, backups;
  std::vector<std::string> forgotten;
};

struct Recording {
  std::vector<DiskChange> log;
  std::size_t first = 0;
  std::vector<Mark> marks;
};

// A few steps of one flow, made from a seed.
class ShortFlow {
 public:
  ShortFlow(RecordedDisk& disk, const std::string& folder, std::uint64_t seed)
      : disk_(disk), folder_(folder), random_(seed), seed_(seed) {}

  Recording run() {
    std::vector<std::string> before;
    if (random_.below(4) == 0) before = make_old_store();
    disk_.record(folder_);
    marks_.push_back({0, std::move(before), {}, {}});
    Desk desk(join_path(folder_, kStore));
    for (std::uint64_t left = 4 + random_.below(12); left > 0; --left) {
      const std::uint64_t fate = random_.below(12);
      if (fate < 2) kill(desk);
      else if (fate < 4) fail_a_sync(desk);
      else step(desk).value();
      marks_.push_back({disk_.size(), lines_of(desk.store(), desk.flow()), forgotten_, backup_});
    }
    desk.close();
    const std::size_t first = disk_.first();
    return {disk_.take_log(), first, std::move(marks_)};
  }

 private:
  // A store from before pages had checksums: the flow begins with its upgrade. What can be seen of it.
  std::vector<std::string> make_old_store() {
    make_folders(folder_).value();
    Desk desk(join_path(folder_, kStore));
    for (const char* key : {"doc1", "doc2"}) now_[key] = page();
    put(desk, now_).value();
    std::vector<std::string> lines = lines_of(desk.store(), desk.flow());
    desk.close();
    const StorePaths paths(desk.folder());
    for (const std::string& path : {paths.truth, paths.content}) testing::take_page_sums_away(path);
    return lines;
  }

  Page page() {
    const std::string own = "only" + std::to_string(seed_) + "x" + std::to_string(++words_) + "y";
    Page made{{own + " 나루는 강을 건너는 곳"}, {}};
    for (std::uint64_t i = random_.below(4); i > 0; --i) {
      made.paragraphs.push_back("shared paragraph " + std::to_string(random_.below(9)));
    }
    if (random_.below(6) == 0) made.paragraphs.push_back(std::string(9000, 'a' + char(random_.below(26))));
    return made;
  }

  Status put(Desk& desk, const Pages& pages) {
    for (const auto& [key, made] : pages) made_[testing::item_of(key, made).fingerprint] = made;
    NARU_TRY(desk.put(pages));
    return {};
  }

  std::string any_key() const { return std::next(now_.begin(), long(pick_ % now_.size()))->first; }

  // The process dies at some operation, and another one goes on with what the kernel remembers.
  void kill(Desk& desk) {
    std::uint64_t left = 1 + random_.below(30);
    disk_.decide([left](std::string_view kind, const std::string&) mutable {
      if (kind == "open") return RecordedDisk::Fate::happens;
      if (left > 0) --left;
      return left > 0 ? RecordedDisk::Fate::happens : RecordedDisk::Fate::dead;
    });
    (void)step(desk).has_value();
    desk.close();
    go_on(desk);
  }

  // A sync fails and what it should have kept is dropped, though the kernel shows it. From there on nothing is said to
  // be kept, until the store is opened anew.
  void fail_a_sync(Desk& desk) {
    std::uint64_t left = 1 + random_.below(8);
    bool failed = false;
    disk_.decide([&failed, left](std::string_view kind, const std::string&) mutable {
      if (kind != "sync" || left == 0 || --left > 0) return RecordedDisk::Fate::happens;
      failed = true;
      return RecordedDisk::Fate::fails;
    });
    const Status done = step(desk);
    if (!done) {
      EXPECT_EQ(done.error().code(), Code::io) << done.error().describe();
    }
    if (failed && desk.is_open() && sync_failed_below(desk.folder())) {
      const Result<Committed> put = desk.put({{"refused", page()}});
      EXPECT_FALSE(put) << "acknowledged after a sync had failed";
    }
    go_on(desk);
  }

  void go_on(Desk& desk) {
    disk_.decide({});
    desk.open();
    take_what_is_there(desk);
    backup_ = read_backup();
  }

  // What is there is what counts now.
  void take_what_is_there(Desk& desk) {
    now_.clear();
    const std::vector<KnownItem> items = *desk.store().known_items(desk.flow())->all();
    for (const KnownItem& item : items) {
      if (item.reject_code.empty()) now_[item.key] = made_.at(item.fingerprint);
    }
    take_model_of(desk);
  }

  std::vector<std::string> read_backup() const {
    const MemoryFolder elsewhere;
    const StorePaths restored(elsewhere.path("s"));
    if (!restore_backup(join_path(folder_, kBackup), restored, false)) return {};
    return *(*Store::open(restored.root, Access::read))->dump(Principal::owner());
  }

  Status step(Desk& desk) {
    pick_ = random_.next();
    const std::uint64_t kind = random_.below(24);
    if (kind < 6 || now_.empty()) {
      Pages pages;
      for (std::uint64_t i = 1 + random_.below(3); i > 0; --i) pages["doc" + std::to_string(random_.below(8))] = page();
      for (const auto& [key, made] : pages) now_[key] = made;
      NARU_TRY(put(desk, pages));
    } else if (kind < 8) {
      Page& edited = now_[any_key()];
      edited.paragraphs.push_back(page().paragraphs.front());
      const std::string key = any_key();
      NARU_TRY(put(desk, {{key, now_[key]}}));
    } else if (kind < 10) {
      const std::string key = any_key();
      now_.erase(key);
      if (random_.below(2) == 0) {
        NARU_TRY(desk.remove({key}));
      } else {
        ChangeSet changes = desk.change({});
        changes.rejects.push_back({testing::item_of(key, page()), sha256(key), {key, "parse.damaged", "no"}});
        NARU_TRY(desk.apply(changes));
      }
    } else if (kind < 11) {
      return forget(desk, any_key());
    } else if (kind < 13) {
      return desk.store().settle();
    } else if (kind < 14) {
      RunSummary run;
      run.flow = desk.flow();
      run.outcome = "done";
      run.ended_ms = static_cast<std::int64_t>(random_.below(1'000'000));
      return desk.store().record_run(run);
    } else if (kind < 15) {
      NARU_TRY(desk.store().memo_put(hash128(std::to_string(random_.next())), std::string(3000, 'm')));
      return desk.try_open();
    } else if (kind < 16) {
      return desk.store().repair();
    } else if (kind < 18) {
      return tag(desk.store());
    } else if (kind < 19) {
      return switch_model(desk);
    } else if (kind < 20 || backup_.empty()) {
      NARU_TRY(desk.store().back_up(join_path(folder_, kBackup)));
      backup_ = desk.dump();
      forgotten_by_backup_ = forgotten_;
    } else {
      return restore(desk);
    }
    return {};
  }

  // The backup takes the store's place, and what was forgotten since it was made (and unforgotten, as every step here
  // does) is back.
  Status restore(Desk& desk) {
    desk.close();
    forgotten_ = forgotten_by_backup_;
    const RestoreReport report =
        NARU_TRY(restore_backup(join_path(folder_, kBackup), StorePaths(join_path(folder_, kStore)), true));
    NARU_TRY(remove_tree(report.kept));
    NARU_TRY(desk.try_open());
    take_what_is_there(desk);
    return {};
  }

  Status tag(Store& store) {
    const std::string name = "tag" + std::to_string(random_.below(3));
    const Result<Tag> put = store.put_tag(name, std::nullopt);
    if (put) return {};
    const Code code = put.error().code();
    if (code != Code::already_exists && code != Code::not_found) return put.error();
    return code == Code::already_exists ? store.remove_tag(name) : Status{};  // not_found: nothing was ever taken in
  }

  // All documents under another model's name, in one transaction.
  Status switch_model(Desk& desk) {
    desk.set_model("model" + std::to_string(random_.below(3)));
    NARU_TRY(desk.store().begin_together());
    for (const auto& [key, made] : now_) {
      if (const Status done = put(desk, {{key, made}}); !done) {
        desk.store().abandon_together();
        return done;
      }
    }
    if (Status done = desk.store().finish_together(); !done) {
      desk.store().abandon_together();
      return done;
    }
    return {};
  }

  Status forget(Desk& desk, const std::string& key) {
    const Page gone = now_[key];
    now_.erase(key);
    NARU_TRY(desk.store().forget(desk.flow(), key));
    for (const std::string& paragraph : gone.paragraphs) {
      if (paragraph.starts_with("only")) forgotten_.push_back(paragraph.substr(0, paragraph.find(' ')));
    }
    NARU_TRY(desk.store().unforget(desk.flow(), key));  // so that it may come again
    return {};
  }

  RecordedDisk& disk_;
  const std::string folder_;
  Random random_;
  const std::uint64_t seed_;
  std::uint64_t words_ = 0, pick_ = 0;
  Pages now_;
  std::map<std::string, Page> made_;  // every page there ever was, by fingerprint
  std::vector<std::string> forgotten_, backup_;
  std::vector<std::string> forgotten_by_backup_;  // no word of it is in the backup
  std::vector<Mark> marks_;
};

// Opens what a crash left and holds the store to its promises.
class Remains {
 public:
  Remains(RecordedDisk& disk, std::string folder)
      : disk_(disk), folder_(std::move(folder)), store_(join_path(folder_, kStore)) {}

  std::uint64_t crashes() const { return crashes_; }
  std::uint64_t nested() const { return nested_; }

  // Empty: all is well. `allowed`: the states that may be there.
  std::string examine(const DiskImage& image, const Allowed& may_be, Random random, int depth) {
    const std::vector<const std::vector<std::string>*>& allowed = may_be.states;
    if (!seen_.insert(digest_of(image, allowed)).second) return {};  // the same files were left before
    ++crashes_;
    nested_ += depth > 1 ? 1 : 0;
    for (const std::string& word : may_be.forgotten) {
      for (const auto& [path, bytes] : image) {
        const bool of_backup = !path.starts_with(std::string(kStore) + "/");  // made before: it may hold it
        if (!of_backup && bytes.find(word) != std::string::npos) return "forgotten, and still in " + path;
      }
    }
    testing::write_image(image, folder_);
    if (random.below(4) == 0 && is_folder(store_)) leave_a_map(random);
    if (random.below(4) == 0) {
      const std::string wrong = as_reader(allowed);
      if (!wrong.empty()) return "read before anyone wrote: " + wrong;
      testing::write_image(image, folder_);
    }
    if (!may_be.backups.empty() && random.below(4) == 0) {
      const std::string wrong = as_backup(may_be.backups);
      if (!wrong.empty()) return "the backup: " + wrong;
    }
    const bool again = depth < kDepthMax && random.below(4) == 0;
    if (again) disk_.record(folder_);
    std::vector<std::string> now;
    {
      Result<std::unique_ptr<Store>> opened = Store::open(store_, Access::write);
      if (!opened) return "cannot be opened: " + opened.error().describe();
      Store& store = **opened;
      now = lines_of(store, "notes");
      if (!is_allowed(now, allowed)) return "another state: " + difference(now, *allowed.front());
      const std::string wrong = problems(store, true);
      if (!wrong.empty()) return wrong;
    }
    const std::size_t first = disk_.first();
    const std::vector<DiskChange> log = again ? disk_.take_log() : std::vector<DiskChange>{};
    if (random.below(4) == 0) {
      const std::string wrong = goes_on();
      if (!wrong.empty()) return "going on: " + wrong;
    }
    if (!again || log.size() == first) return {};
    // The power is cut again while the store recovers. What was seen stays.
    Platter platter;
    const std::size_t at = first + random.below(log.size() - first + 1);
    for (std::size_t i = 0; i < at; ++i) platter.apply(log[i]);
    const Damage damage = testing::kDamages[random.below(std::size(testing::kDamages))];
    const DiskImage left = platter.crash(damage, random);
    const std::string wrong = examine(left, {{&now}, {}, {}}, Random(random.next()), depth + 1);
    return wrong.empty() ? wrong : "cut again at change " + std::to_string(at - first) + ": " + wrong;
  }

 private:
  static std::string digest_of(const DiskImage& image, const std::vector<const std::vector<std::string>*>& allowed) {
    std::string all;
    for (const auto& [path, bytes] : image) all += path + "=" + hash128(bytes).hex();
    for (const auto* lines : allowed) {
      for (const std::string& line : *lines) all += line;
    }
    return hash128(all).hex();
  }

  // The map of a write-ahead log is never synced: after a crash anything may be in it.
  void leave_a_map(Random& random) {
    for (const char* name : {"truth.db-shm", "content.db-shm"}) {
      std::string noise(32768, '\0');
      for (char& byte : noise) byte = static_cast<char>(random.below(256));
      write_file(join_path(store_, name), noise).value();
    }
  }

  static bool is_allowed(const std::vector<std::string>& now,
                         const std::vector<const std::vector<std::string>*>& allowed) {
    return std::any_of(allowed.begin(), allowed.end(), [&](const auto* lines) { return *lines == now; });
  }

  static std::string difference(const std::vector<std::string>& now, const std::vector<std::string>& wanted) {
    std::string text;
    for (const std::string& line : wanted) {
      if (std::find(now.begin(), now.end(), line) == now.end()) text += "\n  lost " + line;
    }
    for (const std::string& line : now) {
      if (std::find(wanted.begin(), wanted.end(), line) == wanted.end()) text += "\n  not acknowledged " + line;
    }
    return text;
  }

  static std::string problems(Store& store, bool collected) {
    const Result<VerifyReport> report = store.verify();
    if (!report) return "verify: " + report.error().describe();
    std::string all;
    for (const std::string& problem : report->problems) all += "\n  " + problem;
    if (!report->ok) return "verify:" + all;
    return collected && report->orphans > 0 ? std::to_string(report->orphans) + " orphans" : "";
  }

  std::string as_reader(const std::vector<const std::vector<std::string>*>& allowed) {
    const Result<std::unique_ptr<Store>> opened = Store::open(store_, Access::read);
    if (!opened) {
      const bool none = opened.error().code() == Code::not_found && is_allowed({}, allowed);
      return none ? "" : opened.error().describe();
    }
    const std::vector<std::string> now = lines_of(**opened, "notes");
    if (!is_allowed(now, allowed)) return "another state: " + difference(now, *allowed.front());
    return problems(**opened, false);
  }

  // An earlier one is whole until a new one is: either can be restored.
  std::string as_backup(const std::vector<const std::vector<std::string>*>& allowed) {
    const StorePaths restored(join_path(folder_, "restored"));
    const Result<RestoreReport> report = restore_backup(join_path(folder_, kBackup), restored, false);
    if (!report) {
      const bool none = report.error().code() == Code::not_found && is_allowed({}, allowed);
      return none ? "" : report.error().describe();
    }
    const std::vector<std::string> now = *(*Store::open(restored.root, Access::read))->dump(Principal::owner());
    remove_tree(restored.root).value();
    return is_allowed(now, allowed) ? "" : "another state: " + difference(now, *allowed.front());
  }

  std::string goes_on() {
    Desk desk(store_);
    take_model_of(desk);
    const std::vector<std::string> before = desk.dump();
    const Pages more = {{"zzz", {{"a document after the crash", "shared paragraph 1"}, {}}}};
    const Result<Committed> put = desk.put(more);
    if (!put) return put.error().describe();
    const Status settled = desk.store().settle();
    if (!settled) return settled.error().describe();
    std::vector<std::string> after = desk.dump();
    for (const std::string& line : before) {
      if (std::find(after.begin(), after.end(), line) == after.end()) return "lost " + line;
    }
    if (after.size() != before.size() + 3) return "not there";
    return desk.problems();
  }

  RecordedDisk& disk_;
  const std::string folder_, store_;
  std::uint64_t crashes_ = 0, nested_ = 0;
  std::unordered_set<std::string> seen_;
};

class PowerCut : public ::testing::Test {
 protected:
  // All crashes of one flow, or some of them in their order. Empty: all is well.
  void run_flow(std::uint64_t seed, std::size_t crashes_max) {
    const Recording made = ShortFlow(disk_, memory_.path("flow"), seed).run();
    std::vector<std::pair<std::size_t, Damage>> chosen;
    Random random(seed);
    for (std::size_t at = made.first; at <= made.log.size(); ++at) {
      chosen.emplace_back(at, testing::kDamages[random.below(std::size(testing::kDamages))]);
    }
    while (chosen.size() > crashes_max) {
      std::swap(chosen[random.below(chosen.size())], chosen.back());
      chosen.pop_back();
    }
    std::sort(chosen.begin(), chosen.end());
    Platter platter;
    std::size_t played = 0;
    for (const auto& [at, damage] : chosen) {
      while (played < at) platter.apply(made.log[played++]);
      crash(made, platter, seed, at, damage);
      if (HasFailure()) return;
    }
    ASSERT_TRUE(remove_tree(memory_.path("flow")));
  }

  void crash(const Recording& made, const Platter& platter, std::uint64_t seed, std::size_t at, Damage damage) {
    std::size_t last = 0;  // acknowledged; the one after it was under way
    while (last + 1 < made.marks.size() && made.marks[last + 1].at <= at) ++last;
    Allowed allowed{{&made.marks[last].lines}, {&made.marks[last].backup}, made.marks[last].forgotten};
    if (last + 1 < made.marks.size()) {
      const std::vector<std::string>& next = made.marks[last + 1].forgotten;  // fewer where a backup comes back
      std::erase_if(allowed.forgotten,
                    [&](const std::string& word) { return std::find(next.begin(), next.end(), word) == next.end(); });
      allowed.states.push_back(&made.marks[last + 1].lines);
      allowed.backups.push_back(&made.marks[last + 1].backup);
    }
    Random random(seed * 1'000'003 + at * 7 + static_cast<std::uint64_t>(damage));
    const DiskImage image = platter.crash(damage, random);
    const std::string wrong = remains_.examine(image, allowed, Random(random.next()), 1);
    EXPECT_TRUE(wrong.empty()) << wrong << "\nNARU_CRASH=" << seed << ":" << at << ":" << static_cast<int>(damage)
                               << " of " << made.log.size() << " changes";
  }

  MemoryFolder memory_;
  RecordedDisk disk_;
  Remains remains_{disk_, memory_.path("left")};
};

TEST_F(PowerCut, AtAnyChangeLosesNothingThatWasAcknowledgedAndLeavesNothingByHalf) {
  if (const char* one = std::getenv("NARU_CRASH"); one != nullptr) {
    char* rest = nullptr;
    const std::uint64_t seed = std::strtoull(one, &rest, 10), at = std::strtoull(rest + 1, &rest, 10);
    const auto damage = static_cast<Damage>(std::strtol(rest + 1, &rest, 10));
    const Recording made = ShortFlow(disk_, memory_.path("flow"), seed).run();
    ASSERT_LE(at, made.log.size());
    Platter platter;
    for (std::size_t i = 0; i < at; ++i) {
      platter.apply(made.log[i]);
      if (i + kChangesShown >= at) std::cout << i << " " << testing::described(made.log, i) << "\n";
    }
    crash(made, platter, seed, at, damage);
    return;
  }
  const std::uint64_t crashes = testing::asked_for("NARU_CRASHES", kCrashes);
  const bool wanted = crashes != kCrashes;
  std::uint64_t seed = testing::asked_for("NARU_SEED", 1);
  for (int flows = 1; remains_.crashes() < crashes && !HasFailure(); ++flows) {
    run_flow(seed++, wanted ? crashes : kCrashesOfAFlow);
    if (!wanted && remains_.crashes() < crashes) continue;
    std::cout << remains_.crashes() << " crashes, " << remains_.nested() << " of them while the store recovered; "
              << flows << " flows, the last of seed " << seed - 1 << std::endl;
  }
}

// Codes are made beside and renamed: after a crash they are those of before, those of after, or known to be neither;
// what is then made is what it would have been.
TEST_F(PowerCut, LeavesCodesOfVectorsThatAreWholeOrMadeAnew) {
  constexpr std::uint64_t kGroup = CodeLayout::kGroupRows;
  const std::string made = memory_.path("codes"), left = memory_.path("left");
  const std::string name = "0123456789abcdef0123456789abcdef";
  ASSERT_TRUE(make_folders(made));
  ModelInfo model;
  model.dims = 8;
  Random random(23);
  const auto append = [&](VectorWriter& to) {
    for (std::uint64_t i = 0; i < kGroup; ++i) {
      std::vector<float> vector;
      for (std::uint32_t d = 0; d < model.dims; ++d) vector.push_back(static_cast<float>(random.unit() - 0.5));
      to.append(hash128(std::to_string(random.next())), vector).value();
    }
    to.sync().value();
  };
  const auto writer = *VectorWriter::open(made, name, model, 0);
  append(*writer);
  disk_.record(made);
  std::vector<std::pair<std::size_t, std::string>> codes;  // those that are durable from a change on
  std::size_t second = 0;                                  // where the second begin
  for (std::uint64_t groups = 1; groups <= 2; ++groups) {
    if (groups > 1) append(*writer);
    const std::size_t begun = disk_.size();
    const auto rows = *VectorRows::open(made, name, model.dims, groups * kGroup);
    ASSERT_TRUE(write_codes(made, name, *rows, groups * kGroup, 0));
    if (groups > 1) second = begun;
    codes.emplace_back(disk_.size(), *read_file(join_path(made, name + ".codes")));
  }
  const std::size_t first = disk_.first();
  const std::vector<DiskChange> log = disk_.take_log();
  Platter platter;
  for (std::size_t at = 0; at < log.size(); ++at) {
    platter.apply(log[at]);
    if (at + 1 < first) continue;
    for (const Damage damage : testing::kDamages) {
      testing::write_image(platter.crash(damage, random), left);
      const std::string where = "change " + std::to_string(at) + " damage " + std::to_string(static_cast<int>(damage));
      const auto rows = *VectorRows::open(left, name, model.dims, kGroup);
      const auto found = VectorCodes::open(left, name, *rows);
      if (found && (*found)->check_digest()) {
        EXPECT_EQ(*read_file(join_path(left, name + ".codes")), codes.front().second) << where;
      }
      const bool durable = at + 1 >= codes.front().first && at + 1 < second;
      EXPECT_TRUE(found || !durable) << where << ": they are lost";
      ASSERT_TRUE(write_codes(left, name, *rows, kGroup, 0)) << where;
      EXPECT_EQ(*read_file(join_path(left, name + ".codes")), codes.front().second) << where;
    }
  }
}

}  // namespace
}  // namespace naru
