// What a search has found before any text is read, as the Retriever and its explanations share it. Nobody else includes
// it; a Found belongs to one call.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "retrieve/read_query.h"
#include "retrieve/retriever.h"

namespace naru {

// One candidate chunk of one knowledge base.
struct Candidate {
  std::size_t base = 0;  // index into the snapshots
  std::uint64_t row = 0;
  double lexical = 0, vector = 0;
  double score = 0;
};

// What the legs found, before anything is read.
struct Retriever::Found {
  Query query;
  Leg leg = Leg::hybrid;  // what was really used
  FusionWeights weights;
  double match = 0;                   // of the lexical leg, for fusion
  std::vector<Candidate> candidates;  // best first, ties in no order until settle()
};

// What hits are ordered by: score, then name and place, never the order in which rows were born.
struct HitOrder {
  double score = 0;
  std::string_view knowledge_base, flow, doc;
  std::uint32_t number = 0;
};

bool comes_before(const HitOrder& a, const HitOrder& b);

Status check_request(const SearchRequest& request);  // invalid_argument

// What each term of the query gives a row.
Result<std::vector<TermShare>> term_shares(const Query& query, const Bm25& bm25, std::size_t base, std::uint64_t row);

}  // namespace naru
