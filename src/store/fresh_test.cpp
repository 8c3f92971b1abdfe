// Freshness: while a writer adds, changes, deletes and merges, no query finds what an earlier commit took away, and
// each finds what an earlier commit brought. NARU_QUERIES=10000 asks longer than the test run does.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "runtime/random.h"
#include "runtime/thread.h"
#include "store/testing.h"

namespace naru {
namespace {

using testing::Desk;
using testing::Page;
using testing::Pages;

constexpr std::size_t kDocuments = 40;
constexpr std::uint64_t kSeed = 20;
constexpr int kReaders = 2;

std::string key_of(std::size_t document) { return "d" + std::to_string(document); }
// A word that only this state of this document has.
std::string mark_of(std::size_t document, std::uint64_t state) {
  return "mark" + std::to_string(document) + "x" + std::to_string(state);
}

// What is acknowledged: the state of each document, 0 where it is deleted. A state that is being committed may be seen
// or not.
class Acknowledged {
 public:
  struct Entry {
    std::uint64_t state = 0, committing = 0, highest = 0;
    bool settled() const { return committing == state; }
  };

  Entry of(std::size_t document) const {
    const std::lock_guard lock(mutex_);
    return entries_[document];
  }
  void begin(std::size_t document, std::uint64_t state) {
    const std::lock_guard lock(mutex_);
    entries_[document].committing = state;
    entries_[document].highest = std::max(entries_[document].highest, state);
  }
  void end() {
    const std::lock_guard lock(mutex_);
    for (Entry& entry : entries_) entry.state = entry.committing;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Entry> entries_ = std::vector<Entry>(kDocuments);
};

// Asks `store` for one state of one document, in both legs; empty: as it has to be.
class Asker {
 public:
  Asker(Store& store, const Acknowledged& acknowledged) : store_(store), acknowledged_(acknowledged) {}

  std::size_t asked() const { return asked_; }

  std::string ask(std::size_t document, Random& random) {
    const Acknowledged::Entry before = acknowledged_.of(document);
    if (before.highest == 0) return "";  // was never there
    ++asked_;
    // Half of the time the present state, else one of long ago.
    const std::uint64_t state =
        before.state != 0 && random.below(2) == 0 ? before.state : 1 + random.below(before.highest);
    const Result<std::shared_ptr<const Snapshot>> seen = store_.open_snapshot("kb", Principal::owner(), nullptr);
    if (!seen) return seen.error().describe();
    const Acknowledged::Entry after = acknowledged_.of(document);
    const bool found = find(**seen, mark_of(document, state), key_of(document));
    if (!problem_.empty()) return problem_;
    const bool steady = before.settled() && after.settled() && before.state == after.state;
    const bool stale = state < before.state || (before.settled() && before.state == 0);
    if (found && stale) return "found " + mark_of(document, state) + " after it was gone";
    if (!found && steady && state == before.state) return "missed " + mark_of(document, state) + " after its commit";
    return "";
  }

 private:
  bool find(const Snapshot& seen, const std::string& mark, const std::string& key) {
    const std::vector<QueryTerm> terms = analyze_query(mark);
    const auto statistics = seen.statistics(terms);
    if (!statistics) return fail(statistics.error());
    const auto rows = seen.lexical(terms, *statistics, Bm25{}, 10);
    if (!rows) return fail(rows.error());
    const std::vector<std::string> texts = {mark + " is here"};
    const auto near = seen.vector(embedder_->embed(texts, TextRole::query, {})->front(), 1);
    if (!near) return fail(near.error());
    const bool by_words = has(seen, *rows, mark, key);
    const bool by_vector = has(seen, *near, mark, key);
    if (by_words != by_vector && problem_.empty()) problem_ = "the legs differ about " + mark;
    return by_words;
  }

  bool has(const Snapshot& seen, const std::vector<ScoredRow>& rows, const std::string& mark, const std::string& key) {
    for (const ScoredRow& row : rows) {
      const auto chunk = seen.chunk(row.row);
      if (!chunk) return fail(chunk.error());
      if (chunk->doc == key && chunk->text == mark + " is here") return true;
    }
    return false;
  }

  bool fail(const Error& error) {
    problem_ = error.describe();
    return false;
  }

  Store& store_;
  const Acknowledged& acknowledged_;
  const std::unique_ptr<Embedder> embedder_ = make_stub_embedder();
  std::string problem_;
  std::size_t asked_ = 0;
};

TEST(Freshness, NoQueryFindsWhatWasTakenAwayAndEachFindsWhatWasBrought) {
  const TemporaryFolder temporary = *TemporaryFolder::make("naru-fresh-");
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"other", {{"a text that stays"}, {}}}}));
  Acknowledged acknowledged;
  std::atomic<int> finished = 0;
  std::atomic<bool> done = false;  // something is wrong
  std::mutex mutex;
  std::string wrong;
  const auto note = [&](const std::string& problem) {
    if (problem.empty()) return;
    const std::lock_guard lock(mutex);
    if (wrong.empty()) wrong = problem;
    done = true;
  };
  const std::size_t wanted = testing::asked_for("NARU_QUERIES", 400);
  {
    std::vector<std::unique_ptr<Thread>> readers;
    for (int r = 0; r < kReaders; ++r) {
      readers.push_back(std::make_unique<Thread>("reader", [&, r](std::stop_token) {
        const std::unique_ptr<Store> store = std::move(*Store::open(desk.folder(), Access::read));
        Asker asker(*store, acknowledged);
        Random random(kSeed + 1 + static_cast<std::uint64_t>(r));
        while (!done) {
          note(asker.ask(random.below(kDocuments), random));
          if (asker.asked() >= wanted / kReaders) break;
        }
        ++finished;
      }));
    }
    Random random(kSeed);
    Asker writer_asks(desk.store(), acknowledged);
    for (std::uint64_t state = 1; !done && finished < kReaders; ++state) {
      Pages put;
      std::vector<std::string> removes;
      std::vector<std::size_t> touched;
      for (std::uint64_t count = 1 + random.below(4); count > 0; --count) {
        const std::size_t document = random.below(kDocuments);
        const std::string key = key_of(document);
        if (put.contains(key) || std::count(removes.begin(), removes.end(), key) > 0) continue;
        const bool gone = acknowledged.of(document).state != 0 && random.below(5) == 0;
        if (gone) removes.push_back(key);
        if (!gone) put[key] = {{mark_of(document, state) + " is here", "a text that many have"}, {}};
        acknowledged.begin(document, gone ? 0 : state);
        touched.push_back(document);
      }
      const Result<Committed> committed = desk.apply(desk.change(put, removes));
      note(committed ? "" : committed.error().describe());
      acknowledged.end();
      for (const std::size_t document : touched) note(writer_asks.ask(document, random));  // read your write
      if (state % 25 == 0) note(desk.store().settle() ? "" : "settle failed");
    }
  }
  EXPECT_EQ(wrong, "");
  EXPECT_EQ(desk.problems(), "");
}

}  // namespace
}  // namespace naru
