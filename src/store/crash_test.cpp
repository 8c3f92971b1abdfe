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
#include <unordered_set>

#include "runtime/sandbox.h"
#include "store/disk_testing.h"
#include "store/testing.h"
#include "store/truth.h"

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

// A crash while a store recovers from one while it recovers.
constexpr int kDepthMax = 3;

// Everything that anyone can see of a store and that must not be lost.
std::vector<std::string> lines_of(Store& store, const std::string& flow) {
  std::vector<std::string> lines = *store.dump(Principal::owner());
  const std::vector<KnownItem> items = *store.known_items(flow);
  for (const KnownItem& item : items) {
    lines.push_back("item " + item.key + " " + item.fingerprint + " " + item.reject_code);
  }
  const std::vector<RunSummary> runs = *store.last_runs();
  for (const RunSummary& run : runs) lines.push_back("run " + std::to_string(run.ended_ms));
  return lines;
}

// What was acknowledged before a change of the log.
struct Mark {
  std::size_t at = 0;
  std::vector<std::string> lines;
  std::vector<std::string> forgotten;  // words that are in no file any more
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
    disk_.record(folder_);
    marks_.push_back({0, {}, {}});
    Desk desk(join_path(folder_, kStore));
    for (std::uint64_t left = 4 + random_.below(12); left > 0; --left) {
      const std::uint64_t fate = random_.below(12);
      if (fate < 2) kill(desk);
      else if (fate < 4) fail_a_sync(desk);
      else step(desk).value();
      marks_.push_back({disk_.size(), lines_of(desk.store(), desk.flow()), forgotten_});
    }
    desk.close();
    const std::size_t first = disk_.first();
    return {disk_.take_log(), first, std::move(marks_)};
  }

 private:
  Page page() {
    const std::string own = "only" + std::to_string(seed_) + "x" + std::to_string(++words_) + "y";
    Page made{{own + " 나루는 강을 건너는 곳"}, {}};
    for (std::uint64_t i = random_.below(4); i > 0; --i) {
      made.paragraphs.push_back("shared paragraph " + std::to_string(random_.below(9)));
    }
    if (random_.below(6) == 0) made.paragraphs.push_back(std::string(9000, 'a' + char(random_.below(26))));
    return made;
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
    const Pages before = now_;
    (void)step(desk).has_value();
    desk.close();
    go_on(desk, before);
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
    const Pages before = now_;
    const Status done = step(desk);
    if (!done) {
      EXPECT_EQ(done.error().code(), Code::io) << done.error().describe();
    }
    if (failed && desk.is_open() && sync_failed_below(desk.folder())) {
      const Result<Committed> put = desk.put({{"refused", page()}});
      EXPECT_FALSE(put) << "acknowledged after a sync had failed";
    }
    go_on(desk, before);
  }

  void go_on(Desk& desk, const Pages& before) {
    disk_.decide({});
    desk.open();
    // What is there is what counts now.
    Pages found;
    const std::vector<KnownItem> items = *desk.store().known_items(desk.flow());
    for (const KnownItem& item : items) {
      if (!item.reject_code.empty()) continue;
      const auto at = now_.find(item.key);
      found[item.key] = at != now_.end() ? at->second : before.at(item.key);
    }
    now_ = std::move(found);
  }

  Status step(Desk& desk) {
    pick_ = random_.next();
    const std::uint64_t kind = random_.below(16);
    if (kind < 6 || now_.empty()) {
      Pages put;
      for (std::uint64_t i = 1 + random_.below(3); i > 0; --i) put["doc" + std::to_string(random_.below(8))] = page();
      for (const auto& [key, made] : put) now_[key] = made;
      NARU_TRY(desk.put(put));
    } else if (kind < 8) {
      Page& edited = now_[any_key()];
      edited.paragraphs.push_back(page().paragraphs.front());
      const std::string key = any_key();
      NARU_TRY(desk.put({{key, now_[key]}}));
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
    } else {
      return desk.store().repair();
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
  std::vector<std::string> forgotten_;
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
  std::string examine(const DiskImage& image, const std::vector<const std::vector<std::string>*>& allowed,
                      const std::vector<std::string>& forgotten, Random random, int depth) {
    if (!seen_.insert(digest_of(image, allowed)).second) return {};  // the same files were left before
    ++crashes_;
    nested_ += depth > 1 ? 1 : 0;
    for (const std::string& word : forgotten) {
      for (const auto& [path, bytes] : image) {
        if (bytes.find(word) != std::string::npos) return "forgotten, and still in " + path;
      }
    }
    testing::write_image(image, folder_);
    if (random.below(4) == 0 && is_folder(store_)) leave_a_map(random);
    if (random.below(4) == 0) {
      const std::string wrong = as_reader(allowed);
      if (!wrong.empty()) return "read before anyone wrote: " + wrong;
      testing::write_image(image, folder_);
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
    const std::string wrong = examine(platter.crash(damage, random), {&now}, {}, Random(random.next()), depth + 1);
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

  std::string goes_on() {
    Desk desk(store_);
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
    std::vector<const std::vector<std::string>*> allowed = {&made.marks[last].lines};
    if (last + 1 < made.marks.size()) allowed.push_back(&made.marks[last + 1].lines);
    Random random(seed * 1'000'003 + at * 7 + static_cast<std::uint64_t>(damage));
    const DiskImage image = platter.crash(damage, random);
    const std::string wrong = remains_.examine(image, allowed, made.marks[last].forgotten, Random(random.next()), 1);
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
    for (std::size_t i = 0; i < at; ++i) platter.apply(made.log[i]);
    crash(made, platter, seed, at, damage);
    return;
  }
  const char* const wanted = std::getenv("NARU_CRASHES");
  const char* const first = std::getenv("NARU_SEED");
  const std::uint64_t crashes = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : kCrashes;
  std::uint64_t seed = first != nullptr ? std::strtoull(first, nullptr, 10) : 1;
  for (int flows = 1; remains_.crashes() < crashes && !HasFailure(); ++flows) {
    run_flow(seed++, wanted != nullptr ? crashes : kCrashesOfAFlow);
    if (wanted == nullptr && remains_.crashes() < crashes) continue;
    std::cout << remains_.crashes() << " crashes, " << remains_.nested() << " of them while the store recovered; "
              << flows << " flows, the last of seed " << seed - 1 << std::endl;
  }
}

}  // namespace
}  // namespace naru
