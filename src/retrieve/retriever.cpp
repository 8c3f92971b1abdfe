#include "retrieve/retriever.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "runtime/clock.h"
#include "runtime/trace.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::array<std::string_view, 3> kLegs = {"lexical", "vector", "hybrid"};

// One candidate chunk of one knowledge base.
struct Candidate {
  std::size_t base = 0;  // index into the snapshots
  std::uint64_t row = 0;
  double lexical = 0, vector = 0;
  double score = 0;
};

using Bases = std::vector<std::pair<std::string, std::shared_ptr<const Snapshot>>>;

// What one search knows: its snapshots, terms, statistics, query vector, and the rows that its conditions leave.
struct Query {
  const Bases& bases;
  std::string plain;  // what is ranked by
  std::vector<QueryTerm> terms;
  TermStatistics statistics;
  std::vector<float> vector;
  std::vector<RowMask> masks;  // by knowledge base; empty: every visible row
  bool asks = false;           // a condition says what must be there: rows that meet it are hits, whatever they score

  const RowMask* mask(std::size_t base) const { return masks.empty() ? nullptr : &masks[base]; }
};

Status check(const SearchRequest& request) {
  if (fold_white_space(request.query).empty()) return Error(Code::invalid_argument, "the query is empty");
  if (request.query.size() > kQueryBytesMax) {
    return Error(Code::invalid_argument,
                 fmt::format("the query has {} bytes; at most {} are taken", request.query.size(), kQueryBytesMax));
  }
  if (request.k == 0 || request.k > kHitsMax) {
    return Error(Code::invalid_argument, fmt::format("k must be between 1 and {}", kHitsMax));
  }
  return {};
}

std::string names_of(const std::vector<KnowledgeBaseInfo>& bases) {
  std::string names;
  for (const KnowledgeBaseInfo& base : bases) names += (names.empty() ? "" : ", ") + base.name;
  return names.empty() ? "none yet; run `naru run` first" : names;
}

Result<std::vector<KnowledgeBaseInfo>> asked_bases(Store& store, const SearchRequest& request,
                                                   const Principal& principal) {
  std::vector<KnowledgeBaseInfo> all = NARU_TRY(store.knowledge_bases(principal));
  if (!request.knowledge_base) return all;
  for (const KnowledgeBaseInfo& base : all) {
    if (base.name == *request.knowledge_base) return std::vector<KnowledgeBaseInfo>{base};
  }
  return Error(Code::not_found, fmt::format("there is no knowledge base \"{}\" here; there is: {}",
                                            *request.knowledge_base, names_of(all)));
}

// The words that fronts stand for become terms; those that are there already are left alone.
Status add_prefix_terms(Query& query, const std::vector<std::string>& prefixes, std::vector<std::string>& notes) {
  for (const std::string& prefix : prefixes) {
    std::map<std::string, std::uint64_t> counts;
    for (const auto& [name, snapshot] : query.bases) {
      std::map<std::string, std::uint64_t> here;  // a word may be found from two fronts
      for (const std::string& front : prefix_ranges(prefix)) {
        const auto wanted = [&](std::string_view term) { return term_begins_with(term, prefix); };
        const std::vector<WordCount> found = NARU_TRY(snapshot->find_words(front, wanted));
        for (const WordCount& word : found) here[word.term] = word.rows;
      }
      for (const auto& [word, rows] : here) counts[word] += rows;
    }
    std::vector<std::pair<std::string, std::uint64_t>> words(counts.begin(), counts.end());
    std::stable_sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    if (words.size() > kPrefixTermsMax) {
      notes.push_back(fmt::format("{} words begin with “{}”; passages are ranked by the {} most frequent", words.size(),
                                  prefix, kPrefixTermsMax));
      words.resize(kPrefixTermsMax);
    }
    for (const auto& [word, rows] : words) {
      const bool known = std::any_of(query.terms.begin(), query.terms.end(),
                                     [&, &word = word](const QueryTerm& term) { return term.term == word; });
      if (!known) query.terms.push_back({word, 1.0F});
    }
  }
  return {};
}

Result<std::vector<RowMask>> rows_of(const Bases& bases, const QueryNode& condition) {
  std::vector<RowMask> masks;
  for (const auto& [name, snapshot] : bases) {
    masks.push_back(NARU_TRY_AT(snapshot->rows_where(condition), "knowledge base " + name));
  }
  return masks;
}

// The conditions of a query become rows. One that gives way does so where no visible row meets it.
Status apply_conditions(Query& query, const std::vector<QueryCondition>& conditions, std::vector<std::string>& notes) {
  for (const QueryCondition& condition : conditions) {
    std::vector<RowMask> masks = NARU_TRY(rows_of(query.bases, condition.node));
    const bool met = std::any_of(masks.begin(), masks.end(), [](const RowMask& mask) { return mask.count() > 0; });
    if (!met && condition.gives_way) {
      notes.push_back(fmt::format("“{}” stands nowhere as a phrase; its words are looked for", condition.node.text));
      continue;
    }
    query.asks = query.asks || condition.node.kind != QueryNode::Kind::none;
    if (query.masks.empty()) {
      query.masks = std::move(masks);
      continue;
    }
    for (std::size_t base = 0; base < masks.size(); ++base) query.masks[base].intersect(masks[base]);
  }
  return {};
}

// Reads the query as it asks to be read.
Result<Query> read_query(const Bases& bases, const SearchRequest& request, std::vector<std::string>& notes) {
  Query query{bases, request.query, {}, {}, {}, {}, false};
  ParsedQuery parsed;
  if (request.reading == QueryReading::syntax) {
    parsed = NARU_TRY(parse_query(request.query));
    query.plain = std::move(parsed.plain);
    notes = std::move(parsed.notes);
  }
  query.terms = analyze_query(query.plain);
  if (query.terms.size() > kQueryTermsMax) {
    return Error(Code::invalid_argument, fmt::format("the query has {} terms; at most {} are taken", query.terms.size(),
                                                     kQueryTermsMax));
  }
  NARU_TRY(add_prefix_terms(query, parsed.prefixes, notes));
  NARU_TRY(apply_conditions(query, parsed.conditions, notes));
  if (fold_white_space(query.plain).empty()) {
    notes.emplace_back("the query says only what to leave out; say also what to look for");
  }
  return query;
}

// Statistics over all asked knowledge bases together, so that N of them score as one.
Status gather_statistics(Query& query) {
  query.statistics.document_frequency.assign(query.terms.size(), 0);
  for (const auto& [name, snapshot] : query.bases) {
    const TermStatistics part = NARU_TRY_AT(snapshot->statistics(query.terms), "knowledge base " + name);
    query.statistics.rows += part.rows;
    for (std::size_t f = 0; f < kFields; ++f) query.statistics.total_length[f] += part.total_length[f];
    for (std::size_t i = 0; i < query.terms.size(); ++i) {
      query.statistics.document_frequency[i] += part.document_frequency[i];
    }
  }
  return {};
}

Status embed_query(Query& query, Embedder& embedder, const std::string& text, std::stop_token stop) {
  const Span span("Embedder::embed");
  const std::array<std::string, 1> texts = {nfc(text)};
  std::vector<std::vector<float>> vectors = NARU_TRY(embedder.embed(texts, TextRole::query, stop));
  query.vector = std::move(vectors.front());
  return {};
}

// The union of the legs' best rows in each knowledge base, each with both exact scores.
Result<std::vector<Candidate>> gather(const Query& query, Leg leg, const Bm25& bm25, std::size_t k) {
  std::vector<Candidate> candidates;
  for (std::size_t base = 0; base < query.bases.size(); ++base) {
    const Snapshot& snapshot = *query.bases[base].second;
    const RowMask* const mask = query.mask(base);
    std::unordered_map<std::uint64_t, Candidate> found;
    if (leg != Leg::vector) {
      Span span("Snapshot::lexical");
      std::vector<ScoredRow> rows = NARU_TRY(snapshot.lexical(query.terms, query.statistics, bm25, k, mask));
      span.value("rows", rows.size());
      if (query.asks && rows.size() < k) {
        const std::vector<ScoredRow> first = NARU_TRY(snapshot.first_rows(*mask, k));
        for (const ScoredRow& row : first) found[row.row] = {base, row.row, 0, 0, 0};
      }
      for (const ScoredRow& row : rows) found[row.row] = {base, row.row, row.score, 0, 0};
    }
    const bool has_vectors = snapshot.embedder().has_value() && !query.vector.empty();
    if (leg != Leg::lexical && has_vectors) {
      Span span("Snapshot::vector");
      const std::vector<ScoredRow> rows = NARU_TRY(snapshot.vector(query.vector, k, mask));
      span.value("rows", rows.size());
      for (const ScoredRow& row : rows) {
        Candidate& candidate = found[row.row];
        candidate.base = base;
        candidate.row = row.row;
        candidate.vector = row.score;
      }
    }
    std::vector<std::uint64_t> rows;
    for (const auto& [row, candidate] : found) rows.push_back(row);
    std::sort(rows.begin(), rows.end());
    if (leg == Leg::hybrid) {
      const std::vector<double> lexical = NARU_TRY(snapshot.lexical_scores(query.terms, query.statistics, bm25, rows));
      std::vector<double> vector(rows.size(), 0.0);
      if (has_vectors) vector = NARU_TRY(snapshot.vector_scores(query.vector, rows));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        found[rows[i]].lexical = lexical[i];
        found[rows[i]].vector = vector[i];
      }
    }
    for (const std::uint64_t row : rows) candidates.push_back(found[row]);
  }
  return candidates;
}

// How much of the question the lexical leg knows, 0..1: the share of its weight (idf) in words that stand anywhere,
// times the share of it that the best hit has.
double lexical_match(const Query& query, const std::vector<Candidate>& candidates) {
  double all = 0, known = 0, best = 0;
  const double rows = static_cast<double>(query.statistics.rows);
  for (std::size_t i = 0; i < query.terms.size(); ++i) {
    const double frequency = static_cast<double>(query.statistics.document_frequency[i]);
    const double weight = query.terms[i].weight * std::log(1 + (rows - frequency + 0.5) / (frequency + 0.5));
    all += weight;
    if (frequency > 0) known += weight;
  }
  for (const Candidate& candidate : candidates) best = std::max(best, candidate.lexical);
  return all > 0 ? known / all * std::min(1.0, best / all) : 0;
}

void score(const Query& query, std::vector<Candidate>& candidates, Leg leg, const FusionWeights& weights) {
  if (leg != Leg::hybrid) {
    for (Candidate& candidate : candidates)
      candidate.score = leg == Leg::lexical ? candidate.lexical : candidate.vector;
    return;
  }
  const Span span("fuse");
  std::vector<double> lexical, vector;
  for (const Candidate& candidate : candidates) {
    lexical.push_back(candidate.lexical);
    vector.push_back(candidate.vector);
  }
  const std::vector<double> fused = fuse(lexical, vector, weights, lexical_match(query, candidates));
  for (std::size_t i = 0; i < candidates.size(); ++i) candidates[i].score = fused[i];
}

// What hits are ordered by: score, then name and place, never the order in which rows were born.
struct HitOrder {
  double score = 0;
  std::string_view knowledge_base, flow, doc;
  std::uint32_t number = 0;
};

bool comes_before(const HitOrder& a, const HitOrder& b) {
  if (a.score != b.score) return a.score > b.score;
  return std::tie(a.knowledge_base, a.flow, a.doc, a.number) < std::tie(b.knowledge_base, b.flow, b.doc, b.number);
}

void sort_hits(std::vector<Hit>& hits) {
  std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return comes_before({a.score, a.chunk.knowledge_base, a.chunk.flow, a.chunk.doc, a.chunk.number},
                        {b.score, b.chunk.knowledge_base, b.chunk.flow, b.chunk.doc, b.chunk.number});
  });
}

// The candidates that can be among the best k: all that score at least as the k-th does, so that ties are settled by
// name, which only reading the chunk tells.
std::vector<Candidate> best_with_ties(std::vector<Candidate> candidates, std::size_t k) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  std::size_t keep = std::min(k, candidates.size());
  while (keep > 0 && keep < candidates.size() && candidates[keep].score == candidates[k - 1].score) ++keep;
  candidates.resize(keep);
  return candidates;
}

Status explain(const Query& query, const Bm25& bm25, std::size_t base, Hit& hit) {
  const std::array<std::uint64_t, 1> rows = {hit.chunk.row};
  for (std::size_t i = 0; i < query.terms.size(); ++i) {
    const std::vector<QueryTerm> one = {query.terms[i]};
    TermStatistics statistics = query.statistics;
    statistics.document_frequency = {query.statistics.document_frequency[i]};
    const std::vector<double> share = NARU_TRY(query.bases[base].second->lexical_scores(one, statistics, bm25, rows));
    if (share[0] == 0) continue;
    hit.terms.push_back({one[0].term, one[0].weight, statistics.document_frequency[0], share[0]});
  }
  return {};
}

}  // namespace

std::string_view leg_name(Leg leg) { return kLegs[static_cast<std::size_t>(leg)]; }

bool leg_from_name(std::string_view name, Leg* leg) {
  const auto it = std::find(kLegs.begin(), kLegs.end(), name);
  if (it == kLegs.end()) return false;
  *leg = static_cast<Leg>(it - kLegs.begin());
  return true;
}

FusionWeights default_weights(const ModelInfo& embedder) {
  FusionWeights weights;
  // The stub knows words and trigrams, not meaning: it seconds the lexical leg and must not lead it.
  if (embedder.name == "stub") weights = {0.3, Normalisation::min_max, LexicalTrust::full};
  return weights;
}

// What the legs found, before anything is read.
struct Retriever::Found {
  Query query;
  Leg leg = Leg::hybrid;  // what was really used
  FusionWeights weights;
  std::vector<std::string> notes;
  std::vector<Candidate> candidates;  // the best k and what ties with the last of them, best first
};

Result<PinnedBases> Retriever::pin(const SearchRequest& request, const Principal& principal) {
  PinnedBases pinned;
  const Expression* filter = request.filter ? &*request.filter : nullptr;
  for (const KnowledgeBaseInfo& info : NARU_TRY(asked_bases(store_, request, principal))) {
    pinned.bases.emplace_back(info.name, NARU_TRY(store_.open_snapshot(info.name, principal, filter)));
    const Snapshot& snapshot = *pinned.bases.back().second;
    pinned.epoch = std::max(pinned.epoch, snapshot.epoch());
    if (snapshot.embedder()) pinned.stored = snapshot.embedder();
  }
  return pinned;
}

Result<Retriever::Found> Retriever::find(const PinnedBases& pinned, const SearchRequest& request,
                                         std::stop_token stop) {
  std::vector<std::string> notes;
  Query query = NARU_TRY(read_query(pinned.bases, request, notes));
  Found found{std::move(query), request.leg, {}, std::move(notes), {}};
  const std::optional<ModelInfo>& stored = pinned.stored;
  if (found.leg == Leg::hybrid && (!stored || embedder_ == nullptr)) {
    if (stored) {
      found.notes.emplace_back(kNoEmbedderNote);
    }
    found.leg = Leg::lexical;
  }
  if (found.leg == Leg::vector && !stored && !pinned.bases.empty()) {
    return Error(Code::unavailable, "nothing here is embedded; add the step `embed` to the flow and run it again");
  }
  if (found.leg != Leg::lexical && stored) {
    if (embedder_ == nullptr) return Error(Code::unavailable, "the embedding model is not there; see `naru doctor`");
    if (embedder_->info().fingerprint != stored->fingerprint) {
      return Error(Code::unavailable,
                   fmt::format("the stored vectors are of the model {}, the configuration names {}; run `naru run` to "
                               "embed again, or set the model back",
                               stored->name, embedder_->info().name));
    }
    const bool says_something = !fold_white_space(found.query.plain).empty();
    if (says_something) NARU_TRY(embed_query(found.query, *embedder_, found.query.plain, stop));
  }

  NARU_TRY(gather_statistics(found.query));
  if (stored) found.weights = options_.weights.value_or(default_weights(*stored));
  const std::size_t depth = found.leg == Leg::hybrid ? std::max(options_.candidates, request.k) : request.k;
  std::vector<Candidate> candidates = NARU_TRY(gather(found.query, found.leg, options_.bm25, depth));
  score(found.query, candidates, found.leg, found.weights);
  found.candidates = best_with_ties(std::move(candidates), request.k);
  return found;
}

Result<std::vector<RankedChunk>> Retriever::rank(const PinnedBases& pinned, const SearchRequest& request,
                                                 std::stop_token stop) {
  NARU_TRY(check(request));
  const Found found = NARU_TRY(find(pinned, request, std::move(stop)));
  std::vector<RankedChunk> ranked;
  ranked.reserve(found.candidates.size());
  for (const Candidate& candidate : found.candidates) {
    const auto& [name, snapshot] = pinned.bases[candidate.base];
    ranked.push_back({name, NARU_TRY(snapshot->chunk_place(candidate.row)), candidate.score});
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const RankedChunk& a, const RankedChunk& b) {
    return comes_before({a.score, a.knowledge_base, a.place.flow, a.place.doc, a.place.number},
                        {b.score, b.knowledge_base, b.place.flow, b.place.doc, b.place.number});
  });
  if (ranked.size() > request.k) ranked.resize(request.k);
  return ranked;
}

Result<SearchResult> Retriever::search(const SearchRequest& request, const Principal& principal, std::stop_token stop) {
  Span span("Retriever::search");
  const std::int64_t start = system_clock().monotonic_ns();
  NARU_TRY(check(request));
  const PinnedBases pinned = NARU_TRY(pin(request, principal));
  Found found = NARU_TRY(find(pinned, request, std::move(stop)));
  const Query& query = found.query;
  SearchResult result;
  result.epoch = pinned.epoch;
  result.leg = found.leg;
  result.notes = std::move(found.notes);
  result.weights = found.weights;
  result.rows = query.statistics.rows;
  for (std::size_t i = 0; i < query.terms.size(); ++i) {
    result.terms.push_back({query.terms[i].term, query.terms[i].weight, query.statistics.document_frequency[i], 0});
  }

  std::unordered_map<std::uint64_t, std::size_t> base_of;  // rows are unique in the store
  for (const Candidate& candidate : found.candidates) {
    Hit hit;
    hit.score = candidate.score;
    if (result.leg != Leg::vector) hit.lexical = candidate.lexical;
    if (result.leg != Leg::lexical) hit.vector = candidate.vector;
    hit.chunk = NARU_TRY(query.bases[candidate.base].second->chunk(candidate.row));
    base_of[candidate.row] = candidate.base;
    result.hits.push_back(std::move(hit));
  }
  sort_hits(result.hits);
  if (result.hits.size() > request.k) result.hits.resize(request.k);
  for (std::size_t i = 0; i < result.hits.size(); ++i) {
    result.hits[i].rank = i + 1;
    if (request.explain) NARU_TRY(explain(query, options_.bm25, base_of[result.hits[i].chunk.row], result.hits[i]));
  }
  result.ms = elapsed_ms(start, system_clock().monotonic_ns());
  span.value("hits", result.hits.size());
  span.value("epoch", result.epoch);
  return result;
}

}  // namespace naru
