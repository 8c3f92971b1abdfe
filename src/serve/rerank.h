// Reranking of texts that a client brings, by the score that hybrid search gives: words and meaning, fused. It is no
// cross-encoder, and its name says so.
//
// Pure but for the model; any thread.
#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "naru/model.h"

namespace naru {

inline constexpr std::string_view kRerankModel = "naru-fused-score";

struct RankedText {
  std::size_t index = 0;
  double score = 0;  // among these texts; it says nothing across requests
};

// Best first, all of them. `embedder` may be null: then by words alone.
Result<std::vector<RankedText>> rank_texts(const std::string& query, std::span<const std::string> texts,
                                           Embedder* embedder, std::stop_token stop);

}  // namespace naru
