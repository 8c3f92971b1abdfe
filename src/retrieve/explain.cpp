// The part of the Retriever that says why a document was returned or not.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "retrieve/found.h"
#include "text/unicode.h"

namespace naru {

namespace {

// The rank of a row in a leg's list, from 1.
std::optional<std::size_t> rank_of(const std::vector<ScoredRow>& list, std::uint64_t row) {
  const auto it = std::find_if(list.begin(), list.end(), [&](const ScoredRow& one) { return one.row == row; });
  if (it == list.end()) return std::nullopt;
  return static_cast<std::size_t>(it - list.begin()) + 1;
}

// A filter that keeps one document.
Expression only(const std::string& doc) {
  Expression expression;
  expression.field = "path";
  expression.value = nfc(doc);
  return expression;
}

// The best rank that a passage has by any of the rankings that `place` picks.
template <class Pick>
std::optional<std::size_t> best_rank(const DocumentExplanation& explained, Pick place) {
  std::optional<std::size_t> best;
  for (const ChunkExplanation& chunk : explained.chunks) {
    const std::optional<LegPlace>& at = place(chunk);
    if (at && at->rank && (!best || *at->rank < *best)) best = at->rank;
  }
  return best;
}

Note reason_of(const DocumentExplanation& explained, const SearchRequest& request, Leg leg, bool filtered) {
  if (explained.rank) return {NoteKind::returned, {std::to_string(*explained.rank)}};
  if (filtered) return {NoteKind::filtered_out};
  if (explained.chunks.empty()) return {NoteKind::has_no_passages};
  const auto all = [&](auto holds) { return std::all_of(explained.chunks.begin(), explained.chunks.end(), holds); };
  if (all([](const ChunkExplanation& chunk) { return !chunk.unmet.empty(); })) {
    return {NoteKind::condition_not_met, {explained.chunks.front().unmet.front()}};
  }
  if (all([](const ChunkExplanation& chunk) { return !chunk.lexical && !chunk.vector; })) {
    return {NoteKind::has_no_word};
  }
  const auto together = [](const ChunkExplanation& chunk) -> const auto& { return chunk.fused; };
  const auto words = [](const ChunkExplanation& chunk) -> const auto& { return chunk.lexical; };
  const auto meaning = [](const ChunkExplanation& chunk) -> const auto& { return chunk.vector; };
  std::optional<std::size_t> best = best_rank(explained, together);
  if (!best && leg == Leg::lexical) best = best_rank(explained, words);
  if (!best && leg == Leg::vector) best = best_rank(explained, meaning);
  if (!best) return {NoteKind::no_candidate};
  if (*best <= request.k) return {NoteKind::others_stand_for_it};
  return {NoteKind::ranked_below, {std::to_string(*best), std::to_string(request.k)}};
}

}  // namespace

// Candidates in the order of hits, ties too.
Status Retriever::settle(Found& found) const {
  using Placed = std::pair<Candidate, ChunkPlace>;
  std::vector<Placed> placed;
  for (const Candidate& candidate : found.candidates) {
    placed.emplace_back(candidate, NARU_TRY(found.query.bases[candidate.base].second->chunk_place(candidate.row)));
  }
  std::stable_sort(placed.begin(), placed.end(), [&](const Placed& a, const Placed& b) {
    const std::string &left = found.query.bases[a.first.base].first, &right = found.query.bases[b.first.base].first;
    return comes_before({a.first.score, left, a.second.flow, a.second.doc, a.second.number},
                        {b.first.score, right, b.second.flow, b.second.doc, b.second.number});
  });
  found.candidates.clear();
  for (Placed& one : placed) found.candidates.push_back(one.first);
  return {};
}

Result<DocumentExplanation> Retriever::explain(const SearchRequest& asked, const std::string& doc,
                                               const Principal& principal, std::stop_token stop) {
  NARU_TRY(check_request(asked));
  SearchRequest request = asked;
  request.explain = true;  // what is printed counts readable rows alone
  const PinnedBases pinned = NARU_TRY(pin(request, principal));
  DocumentExplanation explained;
  explained.doc = doc;
  std::size_t base = pinned.bases.size();
  bool filtered = false;
  std::vector<ChunkView> chunks;
  for (std::size_t i = 0; i < pinned.bases.size() && base == pinned.bases.size(); ++i) {
    Result<DocumentView> view = pinned.bases[i].second->document(doc);
    if (!view && view.error().code() == Code::not_found && request.filter) {
      const auto unfiltered = NARU_TRY(store_.open_snapshot(pinned.bases[i].first, principal, nullptr, request.as_of));
      view = unfiltered->document(doc);
      filtered = view.has_value();
    }
    if (!view && view.error().code() == Code::not_found) continue;
    chunks = NARU_TRY(std::move(view)).chunks;
    base = i;
  }
  if (base == pinned.bases.size()) {
    return Error(Code::not_found, fmt::format("there is no document \"{}\" here that you may read", doc));
  }
  explained.knowledge_base = pinned.bases[base].first;
  Found found = NARU_TRY(find(pinned, request, std::move(stop)));
  NARU_TRY(settle(found));
  if (!filtered) NARU_TRY(explain_chunks(found, base, doc, principal, chunks, explained));
  const SearchResult result = NARU_TRY(read_hits(found, request));
  for (const Hit& hit : result.hits) {
    if (explained.rank || hit.chunk.doc != doc || hit.chunk.knowledge_base != explained.knowledge_base) continue;
    explained.rank = hit.rank;
  }
  explained.reason = reason_of(explained, request, found.leg, filtered);
  return explained;
}

Status Retriever::explain_chunks(const Found& found, std::size_t base, const std::string& doc,
                                 const Principal& principal, const std::vector<ChunkView>& chunks,
                                 DocumentExplanation& explained) const {
  const Query& query = found.query;
  const Snapshot& snapshot = *query.bases[base].second;
  std::vector<std::uint64_t> rows;
  for (const ChunkView& chunk : chunks) rows.push_back(chunk.row);
  const bool words = found.leg != Leg::vector, meaning = found.leg != Leg::lexical && !query.vector.empty();
  const std::vector<double> lexical =
      NARU_TRY(snapshot.lexical_scores(query.terms, query.statistics, options_.bm25, rows));
  std::vector<double> vector(rows.size(), 0.0);
  std::vector<ScoredRow> by_words, by_meaning;
  if (words) {
    by_words =
        NARU_TRY(snapshot.lexical(query.terms, query.statistics, options_.bm25, kExplainDepth, query.mask(base)));
  }
  if (meaning) {
    vector = NARU_TRY(snapshot.vector_scores(query.vector, rows));
    by_meaning = NARU_TRY(snapshot.vector(query.vector, kExplainDepth, query.mask(base)));
  }
  // Conditions are asked of this document alone.
  const Expression this_one = only(doc);
  const auto own = NARU_TRY(store_.open_snapshot(query.bases[base].first, principal, &this_one, snapshot.epoch()));
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    ChunkExplanation chunk;
    chunk.number = chunks[i].number;
    if (words && lexical[i] > 0) chunk.lexical = LegPlace{lexical[i], rank_of(by_words, rows[i])};
    if (meaning && vector[i] != 0) chunk.vector = LegPlace{vector[i], rank_of(by_meaning, rows[i])};
    const auto candidate = std::find_if(found.candidates.begin(), found.candidates.end(), [&](const Candidate& one) {
      return one.base == base && one.row == rows[i];
    });
    if (candidate != found.candidates.end()) {
      chunk.fused = LegPlace{candidate->score, static_cast<std::size_t>(candidate - found.candidates.begin()) + 1};
    }
    chunk.terms = NARU_TRY(term_shares(query, options_.bm25, base, rows[i]));
    explained.chunks.push_back(std::move(chunk));
  }
  for (const AppliedCondition& applied : query.conditions) {
    if (applied.gave_way) continue;
    const RowMask met = NARU_TRY(own->rows_where(applied.condition.node));
    const std::vector<ScoredRow> meeting = NARU_TRY(own->first_rows(met, chunks.size()));
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      if (!rank_of(meeting, rows[i])) explained.chunks[i].unmet.push_back(query_text(applied.condition.node));
    }
  }
  return {};
}

}  // namespace naru
