// Retriever: a question to ranked chunks. Takes a snapshot for the principal, asks both legs, fuses, explains.
//
// Holds references that outlive it. search() may be called from any thread; each call pins one epoch per knowledge
// base.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/note.h"
#include "config/expression.h"
#include "naru/model.h"
#include "naru/record.h"
#include "retrieve/fuse.h"
#include "retrieve/repair.h"
#include "store/store.h"
#include "text/word_lists.h"

namespace naru {

enum class Leg : std::uint8_t { lexical, vector, hybrid };

// More hits than this are refused: a person reads ten, a program pages.
inline constexpr std::size_t kHitsMax = 1000;

// A question is a few words; longer ones are refused rather than silently cut.
inline constexpr std::size_t kQueryBytesMax = 32 * 1024;

// Terms of a query: a page of text has some hundreds. Each is a walk over postings.
inline constexpr std::size_t kQueryTermsMax = 4096;

// Words that one front ("retriev*") stands for in the ranking: the most frequent ones.
inline constexpr std::size_t kPrefixTermsMax = 64;

// How much more a stressed word of a query counts. On two sets of follow-up questions four finds what five and six do,
// and two and three find less (docs/decisions/0022-rooms.md).
inline constexpr float kStressWeight = 4;

// How a query is read: as words, or in the query language of text/query_syntax.h.
enum class QueryReading : std::uint8_t { words, syntax };

struct SearchRequest {
  std::string query;
  QueryReading reading = QueryReading::words;
  std::string stress;  // those words of the query that count kStressWeight times in the lexical leg; empty: none
  std::size_t k = 10;
  std::optional<std::string> knowledge_base;  // none: all that the principal may read
  std::optional<Expression> filter;
  std::optional<std::uint64_t> as_of;  // an epoch of the past; none: now
  Leg leg = Leg::hybrid;
  bool explain = false;
  bool repair = false;            // words that stand nowhere are read as what was meant: retrieve/repair.h
  bool collapse = false;          // passages of equal text are one hit
  std::size_t per_document = 0;   // hits of one document at most; 0: as many as there are
  double diversity = 0;           // 0..1: how much being unlike the hits above counts beside the score: diversity.h
  std::optional<ContextWanted> context;  // what stands around each hit is read too; it changes no hit and no order
  bool exact = false;             // the vector leg compares every row
};

// How much a word counts where it stands outside the text, beside 1 in the text; 0: not at all. A score is the sum over
// the fields of weight times BM25 by that field's own lengths and statistics, so each field saturates by itself; BM25F
// (Robertson, Zaragoza, Taylor 2004) would add frequencies up before.
struct FieldWeights {
  float title = 0, heading = 0, file = 0;
};

struct TermShare {
  std::string term;
  double weight = 0;
  std::uint64_t document_frequency = 0;  // with `explain` to others than the owner: over what they may read
  double score = 0;
};

// How a hit came to its place where hits are to differ.
struct Likeness {
  std::size_t rank = 0;      // by its score alone, from 1
  double to_those_above = 0; // 0..1, to the hit above that is most like it
};

struct Hit {
  std::size_t rank = 0;  // from 1
  double score = 0;      // fused; the leg's own where one leg was asked
  std::optional<double> lexical, vector;
  ChunkView chunk;
  std::vector<TermShare> terms;    // with `explain`
  std::vector<std::string> equal;  // with `collapse`: the documents of passages with the same text that came after it
  std::optional<ChunkContext> context;  // where it was asked for
  std::optional<Likeness> likeness;     // with `diversity`; none: it lies below what that looks at
};

// A condition of the query, as it was applied.
struct ConditionShare {
  std::string condition;   // in the query language
  std::uint64_t rows = 0;  // visible ones that meet it
  bool gave_way = false;
};

struct SearchResult {
  std::uint64_t epoch = 0;
  double ms = 0;
  Leg leg = Leg::hybrid;  // what was really used: hybrid is lexical where nothing is embedded
  std::vector<Hit> hits;
  std::vector<Note> notes;         // what was guessed or left out
  std::vector<TermShare> terms;    // the query's terms with their document frequency; `score` is 0 here
  std::uint64_t rows = 0;          // N of the statistics
  FusionWeights weights;
  // How far the lexical leg was believed: fuse(). To the owner of a hybrid search; it knows which words stand anywhere.
  std::optional<double> match;
  std::string plain;                      // what was ranked by, after repair
  std::vector<ConditionShare> conditions;
  std::vector<Repair> repairs;
  std::vector<AppliedSynonym> synonyms;
  std::vector<WordListVersion> word_lists;  // the files that acted on the query; their names to the owner alone
  Bm25 bm25;                                // what words were ranked by
  FieldWeights fields;
};

// Where a passage stands in one ranking.
struct LegPlace {
  double score = 0;
  std::optional<std::size_t> rank;  // from 1, over visible rows; none: it is not ranked, or far below
};

// Why a passage of a document was returned or not.
struct ChunkExplanation {
  std::uint32_t number = 0;
  std::optional<LegPlace> lexical, vector;  // none: the leg was not asked, or has nothing of it
  std::optional<LegPlace> fused;            // none: it was no candidate
  std::vector<TermShare> terms;             // of the query's terms, those that stand in it
  std::vector<std::string> unmet;           // conditions that it does not meet
};

struct DocumentExplanation {
  std::string knowledge_base, doc;
  std::optional<std::size_t> rank;  // of its best hit; none: it was not returned
  Note reason;
  std::vector<ChunkExplanation> chunks;
};

// Ranks of an explanation are counted to here; who stands below is not looked for.
inline constexpr std::size_t kExplainDepth = 10'000;

// A candidate with what each leg says of it.
struct LegScores {
  std::string knowledge_base;
  ChunkPlace place;
  double lexical = 0, vector = 0;
};

// What fusion starts from, in the order of names and places.
struct Gathered {
  std::vector<LegScores> candidates;
  double match = 0;  // see fuse()
  FusionWeights weights;
};

// The knowledge bases of one question, or of many, each pinned at one epoch: keep it for minutes, not for hours.
struct PinnedBases {
  std::vector<std::pair<std::string, std::shared_ptr<const Snapshot>>> bases;  // by name
  std::optional<ModelInfo> stored;  // of the rows that carry vectors
  std::uint64_t epoch = 0;
  bool owner = false;  // what is printed of counts is of everything
};

// A hit without its text.
struct RankedChunk {
  std::string knowledge_base;
  ChunkPlace place;
  double score = 0;
};

class Retriever {
 public:
  struct Options {
    std::optional<FusionWeights> weights;  // none: the default for the embedder
    Bm25 bm25;
    FieldWeights fields;
    std::size_t candidates = 100;  // per leg, before fusion
    std::shared_ptr<const WordLists> words;  // null: none
  };

  // `embedder` may be null: then there is only the lexical leg.
  Retriever(Store& store, Embedder* embedder, Options options)
      : store_(store), embedder_(embedder), options_(options) {}

  // invalid_argument: empty or too long query, too many terms, k or diversity out of range; not_found: no such base;
  // unavailable: the vector leg was asked for and the embedder is not there or is not the one that made the vectors.
  Result<SearchResult> search(const SearchRequest& request, const Principal& principal, std::stop_token stop);

  // The two halves of search(), for many questions over one state: pin once, then rank each; no text is read. Of the
  // request, rank() takes query, k, leg and exact. Errors as above.
  Result<PinnedBases> pin(const SearchRequest& request, const Principal& principal);
  Result<std::vector<RankedChunk>> rank(const PinnedBases& pinned, const SearchRequest& request, std::stop_token stop);

  // The candidates of a hybrid search before fusion, for tuning its weights. Errors as above.
  Result<Gathered> gather(const PinnedBases& pinned, const SearchRequest& request, std::stop_token stop);

  // Why `doc` was returned by this very search or not. not_found: not there or not to be read, which looks alike.
  Result<DocumentExplanation> explain(const SearchRequest& request, const std::string& doc, const Principal& principal,
                                      std::stop_token stop);

  const Bm25& bm25() const { return options_.bm25; }

 private:
  struct Found;
  Result<Found> find(const PinnedBases& pinned, const SearchRequest& request, std::stop_token stop);
  Result<SearchResult> read_hits(Found& found, const SearchRequest& request) const;
  Status settle(Found& found) const;
  Status explain_chunks(const Found& found, std::size_t base, const std::string& doc, const Principal& principal,
                        const std::vector<ChunkView>& chunks, DocumentExplanation& explained) const;

  Store& store_;
  Embedder* embedder_;
  Options options_;
};

// The weights that hold without tuning, by embedder: measured in docs/decisions/0008-fusion-weights.md.
FusionWeights default_weights(const ModelInfo& embedder);

}  // namespace naru
