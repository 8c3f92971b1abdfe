// Evaluation of retrieval on a labelled set: corpus.jsonl, queries.jsonl, qrels.tsv (each also as .zst).
//
// Reads the set, asks the queries, and computes nDCG@10 (gain 2^grade − 1, log2 discount; Järvelin and Kekäläinen,
// TOIS 2002), recall@10, recall@100 and MRR@10 from the ranked lists that it also writes. Every judged query counts,
// also one that has no text and so finds nothing; the judgements choose nothing. One thread.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/json.h"
#include "naru/result.h"
#include "retrieve/retriever.h"

namespace naru {

// At most this many documents a query are kept in a run file, as contract.md says.
inline constexpr std::size_t kRunDepth = 100;

struct EvalQuery {
  std::string id, text;
};

struct EvalSet {
  std::string corpus_path;                                       // corpus.jsonl or corpus.jsonl.zst
  std::vector<EvalQuery> queries;                                // judged ones only, in file order, no id twice
  std::map<std::string, std::map<std::string, int>> judgements;  // query -> document -> grade
};

// not_found: a file is missing; corrupt: with its line.
Result<EvalSet> read_eval_set(const std::string& folder);

struct RankedDocument {
  std::string id;
  double score = 0;
};

// nDCG@10 of one query's list; 0 where nothing is relevant.
double ndcg_at_10(const std::vector<RankedDocument>& list, const std::map<std::string, int>& judged);

struct LegRun {
  Leg leg = Leg::hybrid;
  std::vector<std::vector<RankedDocument>> lists;  // per query, best first, each document once
  std::vector<double> ms;                          // of each query that was asked
};

// {"ndcg@10","recall@10","recall@100","mrr@10","ms_p50","ms_p99"}
Json measure(const EvalSet& set, const LegRun& run);

// Asks every query; a document's score is that of its best chunk. Of `how` the leg and the diversity count.
Result<LegRun> run_queries(const EvalSet& set, Retriever& retriever, const SearchRequest& how,
                           const Principal& principal, std::stop_token stop,
                           const std::function<void(std::size_t done)>& progress);

// LEG.tsv: query-id, corpus-id, rank from 1, score.
Status write_run(const EvalSet& set, const LegRun& run, const std::string& folder);

// A value at a fraction (0..1) of a sample, by the nearest-rank method; 0 for an empty one.
double percentile(std::vector<double> sample, double fraction);

}  // namespace naru
