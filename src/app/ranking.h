// How words rank in one knowledge base: what naru.yaml says of BM25 and of fields, as the retriever takes it and as
// people are shown it. Pure functions.
#pragma once

#include <string>

#include "base/json.h"
#include "config/config.h"
#include "retrieve/retriever.h"

namespace naru {

struct Ranking {
  Bm25 bm25;
  FieldWeights fields;
};

Ranking ranking_of(const SearchConfig& search);

// "words by BM25, k1 0.90, b 0.40; in a title 0.30, in a heading 0.50"; what does not count is not said.
std::string ranking_for_people(const Ranking& ranking);
Json ranking_to_json(const Ranking& ranking);  // {"k1","b","title_weight","heading_weight","file_weight"}

}  // namespace naru
