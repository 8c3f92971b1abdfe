#include "retrieve/choose_hits.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "retrieve/diversity.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Where hits are thinned out (one a text, few a document), so many times as many are asked for: enough for a page.
constexpr std::size_t kThinnedDepth = 10;

// Of each knowledge base's candidates those that stand for a document too often, or say what another says, go.
void thin_out(const SearchRequest& request, std::vector<Hit>& hits) {
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> of_document;
  std::map<std::string, std::size_t> first_of_text;  // text -> hit that is kept
  std::vector<Hit> kept;
  for (Hit& hit : hits) {
    const ChunkView& chunk = hit.chunk;
    if (request.collapse) {
      const auto [first, fresh] = first_of_text.emplace(fold_white_space(chunk.text), kept.size());
      if (!fresh) {
        kept[first->second].equal.push_back(chunk.doc);
        continue;
      }
    }
    std::size_t& count = of_document[{chunk.knowledge_base, chunk.flow, chunk.doc}];
    if (request.per_document > 0 && count >= request.per_document) {
      if (request.collapse) first_of_text.erase(fold_white_space(chunk.text));
      continue;
    }
    ++count;
    kept.push_back(std::move(hit));
  }
  hits = std::move(kept);
}

void make_diverse(double diversity, std::vector<Hit>& hits) {
  std::vector<double> scores;
  std::vector<std::vector<std::uint64_t>> terms;
  for (std::size_t i = 0; i < std::min(hits.size(), kDiversityDepth); ++i) {
    scores.push_back(hits[i].score);
    terms.push_back(term_set(hits[i].chunk.text));
  }
  std::vector<Hit> ordered;
  for (const DiversePlace& place : diverse_order(scores, terms, diversity)) {
    ordered.push_back(std::move(hits[place.index]));
    ordered.back().likeness = Likeness{place.index + 1, place.likeness};
  }
  std::move(ordered.begin(), ordered.end(), hits.begin());
}

}  // namespace

bool is_thinned(const SearchRequest& request) { return request.collapse || request.per_document > 0; }

std::size_t read_to_choose_from(const SearchRequest& request) {
  return request.diversity > 0 ? std::max(request.k, kDiversityDepth) : request.k;
}

std::size_t depth_to_choose_from(const SearchRequest& request, std::size_t depth) {
  depth = std::max(depth, read_to_choose_from(request));
  return is_thinned(request) ? std::max(depth, kThinnedDepth * request.k) : depth;
}

void choose_hits(const SearchRequest& request, std::vector<Hit>& hits) {
  if (is_thinned(request)) thin_out(request, hits);
  if (request.diversity > 0) make_diverse(request.diversity, hits);
  if (hits.size() > request.k) hits.resize(request.k);
}

}  // namespace naru
