// Search against a naive implementation of it: random principals, filters, questions and epochs over a random history,
// with no difference in any hit or score, and never a document that is not the principal's.
//
// NARU_ORACLE_CASES=1000000 asks as many; the test run asks a few thousand.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "runtime/random.h"
#include "runtime/sandbox.h"
#include "store/testing.h"

namespace naru {
namespace {

using testing::Desk;
using testing::Page;
using testing::Pages;

constexpr std::size_t kCases = kSanitized ? 300 : 4000;  // ten times slower
constexpr std::size_t kEpochs = 24, kAskedOfOneStore = 6000;
constexpr std::size_t kHits = 7, kQuestions = 5;  // of one snapshot

// What the naive search knows of one document at one epoch.
struct Document0 {
  Page page;
  std::string language, author;
};
using State = std::map<std::string, Document0>;

struct Condition {
  std::string filter;
  std::function<bool(const std::string& key, const Document0& document)> holds;
};

Condition condition(Random& random, int depth) {
  const std::uint64_t kind = random.below(depth == 0 ? 5 : 8);
  if (kind == 0) {
    const std::string language = random.below(2) == 0 ? "ko" : "en";
    return {"language = " + language, [=](const auto&, const Document0& d) { return d.language == language; }};
  }
  if (kind == 1) {
    const std::string folder = random.below(2) == 0 ? "a/" : "b/";
    return {"path prefix " + folder, [=](const std::string& key, const auto&) { return key.substr(0, 2) == folder; }};
  }
  if (kind == 2) {
    return {"meta.author exists", [](const auto&, const Document0& d) { return !d.author.empty(); }};
  }
  if (kind == 3) {
    const std::string author = random.below(2) == 0 ? "kim" : "lee";
    return {"meta.author != " + author, [=](const auto&, const Document0& d) { return d.author != author; }};
  }
  if (kind == 4) {
    const std::string from = "b/" + std::to_string(random.below(10));
    return {"path >= " + from, [=](const std::string& key, const auto&) { return key >= from; }};
  }
  const Condition a = condition(random, depth - 1), b = condition(random, depth - 1);
  if (kind == 5) {
    return {"not (" + a.filter + ")", [=](const auto& key, const auto& d) { return !a.holds(key, d); }};
  }
  const bool both = kind == 6;
  return {"(" + a.filter + (both ? ") and (" : ") or (") + b.filter + ")", [=](const auto& key, const auto& d) {
            return both ? a.holds(key, d) && b.holds(key, d) : a.holds(key, d) || b.holds(key, d);
          }};
}

bool may_read(const std::vector<std::string>& names, const Label& label) {
  return std::any_of(label.access.begin(), label.access.end(), [&](const std::string& entry) {
    return entry == "everyone" || std::find(names.begin(), names.end(), entry) != names.end();
  });
}

struct Reader {
  Principal principal = Principal::owner();
  std::vector<std::string> names;  // "user:kim"; empty: the owner
};

const std::vector<Reader>& readers() {
  static const std::vector<Reader> all = {{Principal::owner(), {}},
                                          {Principal::of("kim", {"staff"}), {"user:kim", "group:staff"}},
                                          {Principal::of("lee", {}), {"user:lee"}}};
  return all;
}

struct Hit0 {
  std::string doc;
  std::size_t number = 0;
  double score = 0;
};

// BM25 by its formula over the texts themselves.
std::vector<Hit0> naive(const State& state, const std::string& question,
                        const std::function<bool(const std::string&, const Document0&)>& visible) {
  const std::vector<QueryTerm> terms = analyze_query(question);
  double rows = 0, length = 0;
  std::map<std::string, double> frequency;
  std::vector<std::pair<Hit0, std::vector<std::string>>> texts;
  for (const auto& [key, document] : state) {
    for (std::size_t n = 0; n < document.page.paragraphs.size(); ++n) {
      std::vector<std::string> words = analyze(document.page.paragraphs[n]);
      ++rows;
      length += static_cast<double>(words.size());
      for (const std::string& word : std::set<std::string>(words.begin(), words.end())) ++frequency[word];
      if (visible(key, document)) texts.push_back({{key, n, 0}, std::move(words)});
    }
  }
  std::vector<Hit0> hits;
  const double k1 = Bm25{}.k1, b = Bm25{}.b, average = std::max(1.0, length / std::max(1.0, rows));
  for (auto& [hit, words] : texts) {
    for (const QueryTerm& term : terms) {
      const auto tf = static_cast<double>(std::count(words.begin(), words.end(), term.term));
      if (tf == 0) continue;
      const double df = frequency[term.term], idf = std::log(1 + (rows - df + 0.5) / (df + 0.5));
      hit.score += term.weight * idf * tf * (k1 + 1) /
                   (tf + k1 * (1 - b + b * static_cast<double>(words.size()) / average));
    }
    if (hit.score > 0) hits.push_back(hit);
  }
  return hits;
}

std::string sentence(Random& random) {
  std::string text = "word";
  for (std::uint64_t words = random.below(7); words > 0; --words) text += " w" + std::to_string(random.below(12));
  return text;
}

// A store with a history, and what was true at each epoch.
class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed), folder_(*TemporaryFolder::make("naru-oracle-")),
                                       desk_(folder_.path() + "/s") {
    for (std::size_t i = 0; i < kEpochs; ++i) step();
  }

  // A few questions of one principal, filter and epoch. Empty: no difference.
  std::string ask() {
    const Reader& reader = readers()[random_.below(readers().size())];
    auto epoch = states_.begin();
    std::advance(epoch, static_cast<std::ptrdiff_t>(random_.below(states_.size())));
    const bool filtered = random_.below(3) != 0;
    const Condition filter = condition(random_, 2);
    const Expression expression = *parse_expression(filter.filter);
    const auto snapshot = desk_.store().open_snapshot("kb", reader.principal, filtered ? &expression : nullptr,
                                                      epoch->first);
    if (!snapshot) return "no snapshot: " + snapshot.error().describe();
    const auto visible = [&](const std::string& key, const Document0& document) {
      if (filtered && !filter.holds(key, document)) return false;
      if (reader.names.empty()) return true;
      const auto now = states_.rbegin()->second.find(key);
      const bool lives = now != states_.rbegin()->second.end();
      const Label& then = label_of(key, epoch->first);
      return may_read(reader.names, then) && (!lives || may_read(reader.names, now->second.page.label));
    };
    for (std::size_t i = 0; i < kQuestions; ++i) {
      const std::string question = "w" + std::to_string(random_.below(12)) + " w" + std::to_string(random_.below(12));
      const std::string where = "epoch " + std::to_string(epoch->first) + ", " + question +
                                (filtered ? ", " + filter.filter : "") + ", " + reader.principal.user();
      const std::string found = difference(**snapshot, question, naive(epoch->second, question, visible),
                                           epoch->second, visible, where);
      if (!found.empty()) return found;
    }
    return "";
  }

 private:
  void step() {
    State state = states_.empty() ? State{} : states_.rbegin()->second;
    Pages put;
    std::vector<std::string> removes;
    std::vector<std::pair<std::string, Label>> relabels;
    for (std::uint64_t n = 1 + random_.below(4); n > 0; --n) {
      const std::string key = (random_.below(2) == 0 ? "a/" : "b/") + std::to_string(random_.below(10));
      const bool touched = put.contains(key) || std::find(removes.begin(), removes.end(), key) != removes.end() ||
                           std::any_of(relabels.begin(), relabels.end(), [&](const auto& r) { return r.first == key; });
      if (touched) continue;
      const std::uint64_t kind = random_.below(6);
      if (state.contains(key) && kind == 0) {
        state.erase(key);
        removes.push_back(key);
      } else if (state.contains(key) && kind == 1) {
        relabels.emplace_back(key, state[key].page.label = label());
      } else {
        Document0& document = state[key];
        document.page.label = label();
        if (!document.page.paragraphs.empty() && random_.below(2) == 0) document.page.paragraphs.pop_back();
        document.page.paragraphs.push_back(sentence(random_));
        document.language = random_.below(2) == 0 ? "ko" : "en";
        document.author = std::vector<std::string>{"", "kim", "lee"}[random_.below(3)];
        put[key] = document.page;
      }
    }
    ChangeSet changes = desk_.change(put, removes);
    changes.relabels = relabels;
    for (DocumentUpsert& upsert : changes.upserts) {
      upsert.document.language = state[upsert.item.key].language;
      const std::string& author = state[upsert.item.key].author;
      if (!author.empty()) upsert.document.metadata = {{"author", author}};
    }
    const Result<Committed> committed = desk_.apply(changes);
    EXPECT_TRUE(committed);
    if (!committed) return;
    states_[committed->epoch] = std::move(state);
    if (random_.below(5) == 0) {
      EXPECT_TRUE(desk_.store().settle());
    }
  }

  Label label() {
    Label made;
    const std::vector<std::vector<std::string>> access = {{}, {"everyone"}, {"group:staff"}, {"user:lee", "user:kim"}};
    made.access = access[random_.below(access.size())];
    return made;
  }

  // A generation has the last label that it had while it was current.
  const Label& label_of(const std::string& key, std::uint64_t epoch) const {
    auto at = states_.find(epoch);
    const Label* label = &at->second.at(key).page.label;
    const Document0& document = at->second.at(key);
    for (++at; at != states_.end(); ++at) {
      const auto next = at->second.find(key);
      if (next == at->second.end() || !same(next->second, document)) break;
      label = &next->second.page.label;
    }
    return *label;
  }
  static bool same(const Document0& a, const Document0& b) {
    return a.page.paragraphs == b.page.paragraphs && a.language == b.language && a.author == b.author;
  }

  static std::string difference(const Snapshot& snapshot, const std::string& question, const std::vector<Hit0>& wanted,
                                const State& state,
                                const std::function<bool(const std::string&, const Document0&)>& visible,
                                const std::string& where) {
    const std::vector<QueryTerm> terms = analyze_query(question);
    const std::vector<ScoredRow> rows = *snapshot.lexical(terms, *snapshot.statistics(terms), Bm25{}, kHits);
    if (rows.size() != std::min(kHits, wanted.size())) {
      return where + ": " + std::to_string(rows.size()) + " hits of " + std::to_string(wanted.size());
    }
    double last = 1e300;
    for (const ScoredRow& row : rows) {
      const ChunkView chunk = *snapshot.chunk(row.row);
      const auto document = state.find(chunk.doc);
      if (document == state.end() || !visible(chunk.doc, document->second)) return where + ": foreign " + chunk.doc;
      if (document->second.page.paragraphs.at(chunk.number) != chunk.text) return where + ": another text";
      const auto hit = std::find_if(wanted.begin(), wanted.end(), [&](const Hit0& one) {
        return one.doc == chunk.doc && one.number == chunk.number;
      });
      if (hit == wanted.end() || std::abs(hit->score - row.score) > 1e-12 * (1 + hit->score)) {
        return where + ": another score of " + chunk.doc;
      }
      if (row.score > last) return where + ": out of order";
      last = row.score;
    }
    // Nothing that was left out is better than the last that is there.
    for (const Hit0& hit : wanted) {
      if (rows.size() < kHits || hit.score <= last * (1 + 1e-12)) continue;
      const bool found = std::any_of(rows.begin(), rows.end(), [&](const ScoredRow& row) {
        const ChunkPlace place = *snapshot.chunk_place(row.row);
        return place.doc == hit.doc && place.number == hit.number;
      });
      if (!found) return where + ": missing " + hit.doc;
    }
    std::uint64_t readable = 0;
    for (const auto& [key, document] : state) {
      if (visible(key, document)) readable += document.page.paragraphs.size();
    }
    if (snapshot.visible_rows() != readable) return where + ": counts rows that are not readable";
    return "";
  }

  Random random_;
  TemporaryFolder folder_;
  Desk desk_;
  std::map<std::uint64_t, State> states_;
};

TEST(Oracle, FindsWhatANaiveSearchFindsAndNothingForeign) {
  std::size_t left = testing::asked_for("NARU_ORACLE_CASES", kCases);
  for (std::uint64_t seed = 1; left > 0; ++seed) {
    World world(seed);
    for (std::size_t i = 0; i < kAskedOfOneStore && left > 0; i += kQuestions) {
      ASSERT_EQ(world.ask(), "") << "seed " << seed << " case " << i;
      left -= std::min(left, kQuestions);
    }
  }
}

}  // namespace
}  // namespace naru
