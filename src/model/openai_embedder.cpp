#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "model/base64.h"
#include "model/openai.h"
#include "model/openai_endpoint.h"
#include "text/token_estimate.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Some servers take no more than 32 texts at once; more gains nothing where each text is a chunk.
constexpr std::size_t kBatchTextsMax = 32;
constexpr std::size_t kBatchBytesMax = 256 * 1024;
// What most remote embedders read at once; `context_tokens` says otherwise.
constexpr std::uint32_t kContextTokens = 8'000;
// Estimated tokens may be too few: windows stay a quarter below.
constexpr std::uint64_t kWindowPercent = 75;
// The most bytes that estimate_tokens() counts as one: four letters of four bytes.
constexpr std::size_t kTokenBytesMax = 16;
constexpr std::uint32_t kDimsMax = 65'536;
constexpr const char* kPath = "/embeddings";

// Texts no longer than the context, cut at a blank where there is one near the end.
std::vector<std::string> cut_windows(const std::string& text, std::uint64_t tokens_max) {
  std::vector<std::string> windows;
  std::string_view rest = text;
  while (true) {
    const std::string_view head = rest.substr(0, tokens_max * kTokenBytesMax + 1);
    if (estimate_tokens(head) <= tokens_max) break;
    std::size_t low = 0, high = head.size();  // the longest start whose estimate fits, by bisection
    while (high - low > 1) {
      const std::size_t middle = low + (high - low) / 2;
      (estimate_tokens(head.substr(0, middle)) <= tokens_max ? low : high) = middle;
    }
    const std::size_t blank = head.rfind(' ', low);
    const std::size_t fits = blank != std::string_view::npos && blank > low / 2 ? blank + 1 : low;
    const std::size_t cut = std::max<std::size_t>(1, whole_characters(rest, fits));
    windows.emplace_back(rest.substr(0, cut));
    rest.remove_prefix(cut);
  }
  windows.emplace_back(rest);
  return windows;
}

bool make_unit(std::vector<float>& vector) {
  double square = 0;
  for (const float value : vector) square += static_cast<double>(value) * value;
  if (!std::isfinite(square) || square == 0) return false;
  const double length = std::sqrt(square);
  for (float& value : vector) value = static_cast<float>(value / length);
  return true;
}

std::vector<float> floats_of(const Json& embedding) {
  std::vector<float> vector;
  if (embedding.is_array() && embedding.size() <= kDimsMax) {
    for (const Json& number : embedding) {
      if (!number.is_number()) return {};
      vector.push_back(number.get<float>());
    }
  } else if (embedding.is_string()) {  // base64 of little-endian f32
    const auto bytes = decode_base64(embedding.get_ref<const std::string&>());
    if (!bytes || bytes->size() % sizeof(float) != 0 || bytes->size() / sizeof(float) > kDimsMax) return {};
    vector.resize(bytes->size() / sizeof(float));
    std::memcpy(vector.data(), bytes->data(), bytes->size());
  }
  return vector;
}

class OpenaiEmbedder : public Embedder {
 public:
  OpenaiEmbedder(const ModelSpec& spec, const Clock& clock)
      : endpoint_(spec, "models.embed.openai", clock), model_(spec.model), query_prefix_(spec.query_prefix),
        passage_prefix_(spec.passage_prefix) {
    info_.name = spec.model;
    info_.dims = spec.dims;
    info_.context_tokens = spec.context_tokens != 0 ? spec.context_tokens : kContextTokens;
    info_.licence = "remote";
    fingerprint_parts_ = {spec.url, spec.model, spec.query_prefix, spec.passage_prefix};
  }

  // Where no dimensions were named, one text is embedded to learn them.
  Status start() {
    if (info_.dims == 0) {
      const auto vectors = NARU_TRY(request({"naru"}, {}));
      info_.dims = static_cast<std::uint32_t>(vectors.front().size());
    }
    info_.fingerprint = hash128({"openai-embedder", fingerprint_parts_[0], fingerprint_parts_[1],
                                 fingerprint_parts_[2], fingerprint_parts_[3], std::to_string(info_.dims)});
    return {};
  }

  const ModelInfo& info() const override { return info_; }

  Result<std::vector<std::vector<float>>> embed(std::span<const std::string> texts, TextRole role,
                                                std::stop_token stop) override {
    const std::string& prefix = role == TextRole::query ? query_prefix_ : passage_prefix_;
    std::vector<std::string> windows;
    std::vector<std::size_t> owners;  // which text each window is of
    for (std::size_t i = 0; i < texts.size(); ++i) {
      for (std::string& window : cut_windows(nfc(texts[i]), tokens_max(prefix))) {
        // Endpoints refuse empty texts.
        windows.push_back(prefix + (window.empty() && prefix.empty() ? " " : window));
        owners.push_back(i);
      }
    }
    const auto vectors = NARU_TRY(embed_all(windows, stop));
    return average(vectors, owners, texts.size());
  }

 private:
  std::uint64_t tokens_max(const std::string& prefix) const {
    const std::uint64_t whole = std::uint64_t{info_.context_tokens} * kWindowPercent / 100;
    const std::uint64_t used = estimate_tokens(prefix);
    return whole > 2 * used ? whole - used : std::max<std::uint64_t>(whole, 8);
  }

  Result<std::vector<std::vector<float>>> embed_all(const std::vector<std::string>& windows, std::stop_token stop) {
    std::vector<std::vector<float>> vectors;
    for (std::size_t start = 0; start < windows.size();) {
      std::vector<std::string> batch;
      for (std::size_t bytes = 0; start < windows.size() && batch.size() < kBatchTextsMax; ++start) {
        bytes += windows[start].size();
        if (!batch.empty() && bytes > kBatchBytesMax) break;
        batch.push_back(windows[start]);
      }
      for (std::vector<float>& vector : NARU_TRY(request(batch, stop))) vectors.push_back(std::move(vector));
    }
    return vectors;
  }

  Result<std::vector<std::vector<float>>> average(const std::vector<std::vector<float>>& vectors,
                                                  const std::vector<std::size_t>& owners, std::size_t texts) const {
    std::vector<std::vector<float>> means(texts, std::vector<float>(info_.dims, 0.0F));
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      for (std::size_t d = 0; d < info_.dims; ++d) means[owners[i]][d] += vectors[i][d];
    }
    for (std::vector<float>& mean : means) {
      if (!make_unit(mean)) return endpoint_.nonsense("the windows of a text cancel each other out");
    }
    return means;
  }

  // One request; unit vectors in the order of the texts.
  Result<std::vector<std::vector<float>>> request(const std::vector<std::string>& batch, std::stop_token stop) {
    const Json body{{"model", model_}, {"input", batch}, {"encoding_format", "float"}};
    const HttpClientResponse response = NARU_TRY(endpoint_.post(kPath, body, {}, stop));
    if (response.status >= 400) return endpoint_.refusal(response, kPath, stop);
    const auto json = parse_json(response.body);
    if (!json || !json->is_object() || !json->contains("data") || !(*json)["data"].is_array()) {
      return endpoint_.nonsense("no \"data\" in the answer of /embeddings");
    }
    return read_vectors((*json)["data"], batch.size());
  }

  Result<std::vector<std::vector<float>>> read_vectors(const Json& data, std::size_t count) const {
    if (data.size() != count) {
      return endpoint_.nonsense(fmt::format("{} vectors for {} texts", data.size(), count));
    }
    std::vector<std::vector<float>> vectors(count);
    for (std::size_t i = 0; i < count; ++i) {
      const Json& row = data[i];
      if (!row.is_object() || !row.contains("embedding")) return endpoint_.nonsense("a row without \"embedding\"");
      std::size_t index = i;  // the order is not promised, the index is
      if (row.contains("index") && row["index"].is_number_unsigned()) index = row["index"].get<std::size_t>();
      if (index >= count || !vectors[index].empty()) return endpoint_.nonsense("a wrong \"index\"");
      vectors[index] = floats_of(row["embedding"]);
      if (vectors[index].empty()) return endpoint_.nonsense("a vector that is none");
      if (info_.dims != 0 && vectors[index].size() != info_.dims) return other_dims(vectors[index].size());
      if (!make_unit(vectors[index])) return endpoint_.nonsense("a vector of zeros or of no numbers");
    }
    for (const std::vector<float>& vector : vectors) {
      if (vector.size() != vectors.front().size()) return endpoint_.nonsense("vectors of different lengths");
    }
    return vectors;
  }

  Error other_dims(std::size_t dims) const {
    return {Code::unavailable,
            fmt::format("the model {} gives vectors of {} dimensions, {} were expected; set models.embed.openai.dims: "
                        "{}, or leave it out", info_.name, dims, info_.dims, dims)};
  }

  OpenaiEndpoint endpoint_;
  std::string model_, query_prefix_, passage_prefix_;
  std::vector<std::string> fingerprint_parts_;
  ModelInfo info_;
};

}  // namespace

Result<std::unique_ptr<Embedder>> open_openai_embedder(const ModelSpec& spec, const Clock& clock) {
  auto embedder = std::make_unique<OpenaiEmbedder>(spec, clock);
  NARU_TRY(embedder->start());
  return std::unique_ptr<Embedder>(std::move(embedder));
}

}  // namespace naru
