#include "app/ranking.h"

#include <fmt/format.h>

#include <utility>

namespace naru {

Ranking ranking_of(const SearchConfig& search) {
  return {{search.k1, search.b},
          {static_cast<float>(search.title_weight), static_cast<float>(search.heading_weight),
           static_cast<float>(search.file_weight)}};
}

std::string ranking_for_people(const Ranking& ranking) {
  std::string text = fmt::format("words by BM25, k1 {:.2f}, b {:.2f}", ranking.bm25.k1, ranking.bm25.b);
  char before = ';';
  for (const auto& [where, weight] : {std::pair("a title", ranking.fields.title),
                                      std::pair("a heading", ranking.fields.heading),
                                      std::pair("the name of the file", ranking.fields.file)}) {
    if (weight <= 0) continue;
    text += fmt::format("{} in {} {:.2f}", std::exchange(before, ','), where, weight);
  }
  return text;
}

Json ranking_to_json(const Ranking& ranking) {
  return {{"k1", ranking.bm25.k1},
          {"b", ranking.bm25.b},
          {"title_weight", ranking.fields.title},
          {"heading_weight", ranking.fields.heading},
          {"file_weight", ranking.fields.file}};
}

}  // namespace naru
