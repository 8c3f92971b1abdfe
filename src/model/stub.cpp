#include "model/stub.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "model/json_shape.h"
#include "model/llama_stream.h"
#include "text/analyzer.h"
#include "text/sentences.h"
#include "text/unicode.h"

namespace naru {

namespace {

// A word weighs as much as all of its trigrams together do in a word of middle length.
constexpr int kWordWeight = 3;
constexpr std::size_t kStubSentences = 2;

void add_feature(std::array<std::int64_t, kStubDims>& sums, std::string_view kind, std::string_view feature,
                 int weight) {
  const Id128 hash = hash128({kind, feature});
  sums[hash.low % kStubDims] += (hash.high & 1) != 0 ? weight : -weight;
}

// Integer sums first, so that no order of additions can change the vector.
std::vector<float> embed_text(const std::string& raw) {
  const std::string text = case_fold(nfc(raw));
  std::array<std::int64_t, kStubDims> sums{};
  for (const std::string& word : analyze(text)) add_feature(sums, "word", word, kWordWeight);
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text.size();) {
    starts.push_back(at);
    next_code_point(text, at);
  }
  starts.push_back(text.size());
  for (std::size_t i = 0; i + 3 < starts.size(); ++i) {
    add_feature(sums, "trigram", std::string_view(text).substr(starts[i], starts[i + 3] - starts[i]), 1);
  }
  double square = 0;
  for (const std::int64_t sum : sums) square += static_cast<double>(sum) * static_cast<double>(sum);
  std::vector<float> vector(kStubDims, 0.0F);
  if (square == 0) {
    vector[0] = 1.0F;  // text without a feature: any unit vector, always the same
    return vector;
  }
  const double length = std::sqrt(square);
  for (std::size_t i = 0; i < kStubDims; ++i) vector[i] = static_cast<float>(static_cast<double>(sums[i]) / length);
  return vector;
}

class StubEmbedder : public Embedder {
 public:
  StubEmbedder() {
    info_.name = "stub";
    info_.fingerprint = hash128({"stub-embedder", "1"});
    info_.dims = kStubDims;
    info_.context_tokens = 1U << 20;
    info_.licence = "Apache-2.0";
  }

  const ModelInfo& info() const override { return info_; }

  Result<std::vector<std::vector<float>>> embed(std::span<const std::string> texts, TextRole,
                                                std::stop_token stop) override {
    std::vector<std::vector<float>> vectors;
    for (const std::string& text : texts) {
      if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
      vectors.push_back(embed_text(text));
    }
    return vectors;
  }

 private:
  ModelInfo info_;
};

class StubGenerator : public Generator {
 public:
  StubGenerator() {
    info_.name = "stub";
    info_.fingerprint = hash128({"stub-generator", "1"});
    info_.context_tokens = 1U << 20;
    info_.licence = "Apache-2.0";
  }

  const ModelInfo& info() const override { return info_; }
  std::size_t count_tokens(std::string_view text) const override { return text.size() / 4 + 1; }

  Result<Generation> generate(const GenerateRequest& request, const std::function<bool(std::string_view)>& on_text,
                              std::stop_token stop) override {
    Generation generation;
    for (const Message& message : request.messages) {
      generation.prompt_tokens += static_cast<std::uint32_t>(count_tokens(message.content));
    }
    if (generation.prompt_tokens > info_.context_tokens) {
      return Error(Code::limit_exceeded, fmt::format("a prompt of {} tokens is longer than the context of {}",
                                                     generation.prompt_tokens, info_.context_tokens));
    }
    const bool shaped = !request.json_schema.empty();
    if (!shaped && request.passages.empty()) return repeat(request, on_text, stop, std::move(generation));
    for (const std::string& sentence : shaped ? NARU_TRY(smallest_answer(request)) : best_sentences(request)) {
      if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
      const std::string piece = (generation.text.empty() ? "" : " ") + sentence;
      generation.text += piece;
      if (on_text && !on_text(piece)) break;
    }
    generation.completion_tokens = static_cast<std::uint32_t>(count_tokens(generation.text));
    generation.finish_reason = "stop";
    return generation;
  }

 private:
  // Asked without passages it says the last message again, a word at a time as a model would, each counted as a token.
  static Result<Generation> repeat(const GenerateRequest& request,
                                   const std::function<bool(std::string_view)>& on_text, std::stop_token stop,
                                   Generation generation) {
    const std::string said = request.messages.empty() ? "" : request.messages.back().content;
    TextStream stream(request.stop);
    bool wanted = true;
    const auto give = [&](const std::string& piece) {
      generation.text += piece;
      if (!piece.empty() && on_text) wanted = on_text(piece);
    };
    generation.finish_reason = "stop";
    for (std::size_t at = 0; at < said.size() && wanted && !stream.stopped();) {
      if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
      if (generation.completion_tokens == request.max_tokens) {
        generation.finish_reason = "length";
        break;
      }
      const std::size_t end = std::min(said.find(' ', at + 1), said.size());
      give(stream.push(std::string_view(said).substr(at, end - at)));
      ++generation.completion_tokens;
      at = end;
    }
    if (wanted && !stream.stopped()) give(stream.finish());
    return generation;
  }

  static Result<std::vector<std::string>> smallest_answer(const GenerateRequest& request) {
    const Json schema = NARU_TRY_AT(parse_json(request.json_schema), "the JSON schema");
    return std::vector<std::string>{to_line(NARU_TRY(JsonShape::compile(schema)).smallest())};
  }

  // The sentences that hold most of the question's terms, in the order in which they stand.
  static std::vector<std::string> best_sentences(const GenerateRequest& request) {
    struct Scored {
      std::string text;
      double score = 0;
      std::size_t place = 0;
    };
    const std::vector<QueryTerm> wanted = analyze_query(request.question);
    std::vector<Scored> all;
    for (const std::string& passage : request.passages) {
      for (const TextRange& range : split_sentences(passage)) {
        Scored sentence{fold_white_space(std::string_view(passage).substr(range.start, range.end - range.start)), 0,
                        all.size()};
        const std::vector<std::string> terms = analyze(sentence.text);
        for (const QueryTerm& term : wanted) {
          if (std::find(terms.begin(), terms.end(), term.term) != terms.end()) sentence.score += term.weight;
        }
        if (sentence.score > 0) all.push_back(std::move(sentence));
      }
    }
    std::stable_sort(all.begin(), all.end(), [](const Scored& a, const Scored& b) { return a.score > b.score; });
    if (all.size() > kStubSentences) all.resize(kStubSentences);
    std::sort(all.begin(), all.end(), [](const Scored& a, const Scored& b) { return a.place < b.place; });
    std::vector<std::string> best;
    for (Scored& sentence : all) best.push_back(std::move(sentence.text));
    return best;
  }

  ModelInfo info_;
};

}  // namespace

std::unique_ptr<Embedder> make_stub_embedder() { return std::make_unique<StubEmbedder>(); }
std::unique_ptr<Generator> make_stub_generator() { return std::make_unique<StubGenerator>(); }

}  // namespace naru
