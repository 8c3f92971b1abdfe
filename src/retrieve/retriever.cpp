#include "retrieve/retriever.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "retrieve/choose_hits.h"
#include "retrieve/found.h"
#include "retrieve/lexical_match.h"
#include "runtime/clock.h"
#include "runtime/trace.h"
#include "text/unicode.h"

namespace naru {

namespace {

std::string names_of(const std::vector<KnowledgeBaseInfo>& bases) {
  std::string names;
  for (const KnowledgeBaseInfo& base : bases) names += (names.empty() ? "" : ", ") + base.name;
  return names.empty() ? "none yet; run `naru run` first" : names;
}

Result<std::vector<KnowledgeBaseInfo>> asked_bases(Store& store, const SearchRequest& request,
                                                   const Principal& principal) {
  std::vector<KnowledgeBaseInfo> all = NARU_TRY(store.knowledge_bases(principal, request.as_of));
  if (!request.knowledge_base) return all;
  for (const KnowledgeBaseInfo& base : all) {
    if (base.name == *request.knowledge_base) return std::vector<KnowledgeBaseInfo>{base};
  }
  return Error(Code::not_found, fmt::format("there is no knowledge base \"{}\" here; there is: {}",
                                            *request.knowledge_base, names_of(all)));
}

Status embed_query(Query& query, Embedder& embedder, std::stop_token stop) {
  if (!query.says_something()) return {};
  const Span span("Embedder::embed");
  const std::array<std::string, 1> texts = {nfc(query.plain)};
  std::vector<std::vector<float>> vectors = NARU_TRY(embedder.embed(texts, TextRole::query, stop));
  query.vector = std::move(vectors.front());
  return {};
}

// The union of the legs' best rows in each knowledge base, each with both exact scores.
Result<std::vector<Candidate>> ask_legs(const Query& query, Leg leg, VectorSearch how, const Bm25& bm25,
                                        std::size_t k) {
  std::vector<Candidate> candidates;
  for (std::size_t base = 0; base < query.bases.size(); ++base) {
    const Snapshot& snapshot = *query.bases[base].second;
    const RowMask* const mask = query.mask(base);
    std::unordered_map<std::uint64_t, Candidate> found;
    if (leg != Leg::vector) {
      Span span("Snapshot::lexical");
      std::vector<ScoredRow> rows = NARU_TRY(snapshot.lexical(query.terms, query.statistics, bm25, k, mask));
      span.value("rows", rows.size());
      if (query.asks && rows.size() < std::min<std::uint64_t>(k, mask->count())) {  // some meet it without a word
        const std::vector<ScoredRow> first = NARU_TRY(snapshot.first_rows(*mask, k));
        for (const ScoredRow& row : first) found[row.row] = {base, row.row, 0, 0, 0};
      }
      for (const ScoredRow& row : rows) found[row.row] = {base, row.row, row.score, 0, 0};
    }
    const bool has_vectors = snapshot.embedder().has_value() && !query.vector.empty();
    if (leg != Leg::lexical && has_vectors) {
      Span span("Snapshot::vector");
      const std::vector<ScoredRow> rows = NARU_TRY(snapshot.vector(query.vector, k, mask, how));
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

void score(std::vector<Candidate>& candidates, Leg leg, const FusionWeights& weights, double match) {
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
  const std::vector<double> fused = fuse(lexical, vector, weights, match);
  for (std::size_t i = 0; i < candidates.size(); ++i) candidates[i].score = fused[i];
}

void sort_hits(std::vector<Hit>& hits) {
  std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return comes_before({a.score, a.chunk.knowledge_base, a.chunk.flow, a.chunk.doc, a.chunk.number},
                        {b.score, b.chunk.knowledge_base, b.chunk.flow, b.chunk.doc, b.chunk.number});
  });
}

// How many candidates can be among the best k: all that score at least as the k-th does, so that ties are settled by
// name, which only reading the chunk tells.
std::size_t with_ties(const std::vector<Candidate>& candidates, std::size_t k) {
  std::size_t keep = std::min(k, candidates.size());
  while (keep > 0 && keep < candidates.size() && candidates[keep].score == candidates[k - 1].score) ++keep;
  return keep;
}

// What may be printed of counts: of everything to the owner, else of what the principal may read.
Result<TermStatistics> printed_statistics(const Query& query, bool owner) {
  if (owner) return query.statistics;
  TermStatistics sum;
  sum.document_frequency.assign(query.terms.size(), 0);
  for (const auto& [name, snapshot] : query.bases) {
    const TermStatistics part = NARU_TRY_AT(snapshot->visible_statistics(query.terms), "knowledge base " + name);
    sum.rows += part.rows;
    for (std::size_t i = 0; i < query.terms.size(); ++i) sum.document_frequency[i] += part.document_frequency[i];
  }
  return sum;
}

// "leave", "title:leave"
std::string shown_term(const QueryTerm& term) {
  return term.field == Field::body ? term.term : fmt::format("{}:{}", query_field_name(term.field), term.term);
}

}  // namespace

bool comes_before(const HitOrder& a, const HitOrder& b) {
  if (a.score != b.score) return a.score > b.score;
  return std::tie(a.knowledge_base, a.flow, a.doc, a.number) < std::tie(b.knowledge_base, b.flow, b.doc, b.number);
}

Status check_request(const SearchRequest& request) {
  if (fold_white_space(request.query).empty()) return Error(Code::invalid_argument, "the query is empty");
  if (request.query.size() > kQueryBytesMax) {
    return Error(Code::invalid_argument,
                 fmt::format("the query has {} bytes; at most {} are taken", request.query.size(), kQueryBytesMax));
  }
  if (request.k == 0 || request.k > kHitsMax) {
    return Error(Code::invalid_argument, fmt::format("k must be between 1 and {}", kHitsMax));
  }
  if (!(request.diversity >= 0 && request.diversity <= 1)) {
    return Error(Code::invalid_argument, "diversity must be between 0 and 1");
  }
  return {};
}

Result<std::vector<TermShare>> term_shares(const Query& query, const Bm25& bm25, std::size_t base, std::uint64_t row) {
  const std::array<std::uint64_t, 1> rows = {row};
  std::vector<TermShare> shares;
  for (std::size_t i = 0; i < query.terms.size(); ++i) {
    const std::vector<QueryTerm> one = {query.terms[i]};
    TermStatistics statistics = query.statistics;
    statistics.document_frequency = {query.statistics.document_frequency[i]};
    const std::vector<double> share = NARU_TRY(query.bases[base].second->lexical_scores(one, statistics, bm25, rows));
    if (share[0] == 0) continue;
    shares.push_back({shown_term(one[0]), one[0].weight, query.printed.document_frequency[i], share[0]});
  }
  return shares;
}

FusionWeights default_weights(const ModelInfo& embedder) {
  FusionWeights weights;
  // The stub knows words and trigrams, not meaning: it seconds the lexical leg and must not lead it.
  if (embedder.name == "stub") weights = {0.3, Normalisation::min_max, LexicalTrust::full, 0};
  return weights;
}

Result<PinnedBases> Retriever::pin(const SearchRequest& request, const Principal& principal) {
  PinnedBases pinned;
  pinned.owner = principal.is_owner();
  const Expression* filter = request.filter ? &*request.filter : nullptr;
  for (const KnowledgeBaseInfo& info : NARU_TRY(asked_bases(store_, request, principal))) {
    pinned.bases.emplace_back(info.name, NARU_TRY(store_.open_snapshot(info.name, principal, filter, request.as_of)));
    const Snapshot& snapshot = *pinned.bases.back().second;
    pinned.epoch = std::max(pinned.epoch, snapshot.epoch());
    if (snapshot.embedder()) pinned.stored = snapshot.embedder();
  }
  return pinned;
}

Result<Retriever::Found> Retriever::find(const PinnedBases& pinned, const SearchRequest& request,
                                         std::stop_token stop) {
  Query query = NARU_TRY(read_query(pinned.bases, request, options_.words.get(), options_.fields));
  Found found{std::move(query), request.leg, {}, 0, {}};
  const bool all_may_be_printed = pinned.owner || !request.explain;
  found.query.printed = NARU_TRY(printed_statistics(found.query, all_may_be_printed));
  const std::optional<ModelInfo>& stored = pinned.stored;
  if (found.leg == Leg::hybrid && (!stored || embedder_ == nullptr)) {
    if (stored) found.query.notes.push_back({NoteKind::no_embedder});
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
    NARU_TRY(embed_query(found.query, *embedder_, stop));
  }

  if (stored) found.weights = options_.weights.value_or(default_weights(*stored));
  const std::size_t depth = depth_to_choose_from(request, found.leg == Leg::hybrid ? options_.candidates : request.k);
  const VectorSearch how = request.exact ? VectorSearch::exact : VectorSearch::fast;
  found.candidates = NARU_TRY(ask_legs(found.query, found.leg, how, options_.bm25, depth));
  // Nobody else asks for it, and it reads texts.
  const bool weighed = found.leg == Leg::hybrid && found.weights.trust == LexicalTrust::by_match;
  found.match = weighed ? NARU_TRY(lexical_match(found.query, found.candidates)) : 1;
  score(found.candidates, found.leg, found.weights, found.match);
  std::stable_sort(found.candidates.begin(), found.candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  return found;
}

Result<std::vector<RankedChunk>> Retriever::rank(const PinnedBases& pinned, const SearchRequest& request,
                                                 std::stop_token stop) {
  NARU_TRY(check_request(request));
  Found found = NARU_TRY(find(pinned, request, std::move(stop)));
  found.candidates.resize(with_ties(found.candidates, request.k));
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

Result<Gathered> Retriever::gather(const PinnedBases& pinned, const SearchRequest& request, std::stop_token stop) {
  NARU_TRY(check_request(request));
  const Found found = NARU_TRY(find(pinned, request, std::move(stop)));
  if (found.leg != Leg::hybrid) return Error(Code::unavailable, "there is one leg, so there is nothing to weigh");
  Gathered gathered;
  gathered.match = found.match;
  gathered.weights = found.weights;
  for (const Candidate& candidate : found.candidates) {
    const auto& [name, snapshot] = pinned.bases[candidate.base];
    gathered.candidates.push_back(
        {name, NARU_TRY(snapshot->chunk_place(candidate.row)), candidate.lexical, candidate.vector});
  }
  std::sort(gathered.candidates.begin(), gathered.candidates.end(), [](const LegScores& a, const LegScores& b) {
    return comes_before({0, a.knowledge_base, a.place.flow, a.place.doc, a.place.number},
                        {0, b.knowledge_base, b.place.flow, b.place.doc, b.place.number});
  });
  return gathered;
}

Result<SearchResult> Retriever::search(const SearchRequest& request, const Principal& principal, std::stop_token stop) {
  Span span("Retriever::search");
  const std::int64_t start = system_clock().monotonic_ns();
  NARU_TRY(check_request(request));
  const PinnedBases pinned = NARU_TRY(pin(request, principal));
  Found found = NARU_TRY(find(pinned, request, std::move(stop)));
  const double match = found.match;
  SearchResult result = NARU_TRY(read_hits(found, request));
  result.epoch = pinned.epoch;
  if (pinned.owner && result.leg == Leg::hybrid) result.match = match;
  if (options_.words != nullptr) result.word_lists = options_.words->versions();
  if (!pinned.owner) {
    for (WordListVersion& list : result.word_lists) list.file.clear();
  }
  result.ms = elapsed_ms(start, system_clock().monotonic_ns());
  span.value("hits", result.hits.size());
  span.value("epoch", result.epoch);
  return result;
}

Result<SearchResult> Retriever::read_hits(Found& found, const SearchRequest& request) const {
  Query& query = found.query;
  SearchResult result;
  result.leg = found.leg;
  result.weights = found.weights;
  result.rows = query.printed.rows;
  result.plain = query.plain;
  result.notes = query.notes;
  result.repairs = query.repairs;
  result.synonyms = query.synonyms;
  result.bm25 = options_.bm25;
  result.fields = options_.fields;
  for (const AppliedCondition& applied : query.conditions) {
    result.conditions.push_back({query_text(applied.condition.node), applied.rows, applied.gave_way});
  }
  for (std::size_t i = 0; i < query.terms.size(); ++i) {
    result.terms.push_back({shown_term(query.terms[i]), query.terms[i].weight, query.printed.document_frequency[i], 0});
  }

  const std::size_t to_read = read_to_choose_from(request);
  if (!is_thinned(request)) found.candidates.resize(with_ties(found.candidates, to_read));
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
  choose_hits(request, result.hits);
  for (std::size_t i = 0; i < result.hits.size(); ++i) {
    Hit& hit = result.hits[i];
    hit.rank = i + 1;
    const Snapshot& snapshot = *query.bases[base_of[hit.chunk.row]].second;
    if (request.context) hit.context = NARU_TRY(snapshot.context(hit.chunk.row, *request.context));
    if (request.explain) hit.terms = NARU_TRY(term_shares(query, options_.bm25, base_of[hit.chunk.row], hit.chunk.row));
  }
  return result;
}

}  // namespace naru
