#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <mutex>

#include "model/core_lease.h"
#include "model/llama.h"
#include "model/llama_context.h"
#include "runtime/thread.h"
#include "runtime/trace.h"
#include "text/unicode.h"

namespace naru {

namespace {

// What changes vectors besides the weights; a change here must bump it, so that nobody mixes old and new.
constexpr const char* kEmbedVersion = "1";

// One text is one call: which other texts are in a batch would change its bits, and packing gains nothing (measured in
// docs/decisions/0004). ggml's flash attention has its fast path from this many tokens on; below it is slower than
// none.
constexpr std::uint32_t kFlashTokensMin = 64;

constexpr std::size_t kContextsMax = 16;          // each has some 20 MB of buffers for 512 tokens
constexpr std::size_t kEmbedBytesMax = 1U << 20;  // of one text: 500 windows, minutes of one core
constexpr std::uint32_t kWindowTokensMax = 2048;  // models of long contexts are windowed too: attention is quadratic
constexpr std::uint32_t kWindowTokensMin = 16;    // less is not a text model's context

// The two contexts that one thread needs. The long one is made when the first long text comes.
struct ContextPair {
  std::unique_ptr<LlamaContext> brief, full;
};

struct Window {
  std::size_t text = 0;  // whose it is
  std::vector<llama_token> tokens;
  float weight = 1.0F;  // tokens of the text in it
};

class LlamaEmbedder : public Embedder {
 public:
  static Result<std::unique_ptr<Embedder>> open(const LlamaOptions& options);

  const ModelInfo& info() const override { return info_; }
  Result<std::vector<std::vector<float>>> embed(std::span<const std::string> texts, TextRole role,
                                                std::stop_token stop) override;

 private:
  explicit LlamaEmbedder(std::shared_ptr<const LlamaModel> model) : model_(std::move(model)) {}
  Status learn_ends();
  Status add_windows(std::size_t place, const std::string& text, TextRole role, std::vector<Window>& windows) const;
  Result<std::vector<float>> embed_window(const Window& window, std::stop_token stop);

  // A pair that no other thread uses; waits where kContextsMax or as many as there are cores are out.
  Result<ContextPair> take_pair(std::stop_token stop);
  void give_back(ContextPair pair);

  const std::shared_ptr<const LlamaModel> model_;
  ModelInfo info_;
  std::uint32_t window_tokens_ = 0;
  std::string prefixes_[2];               // by TextRole
  std::vector<llama_token> begin_, end_;  // the tokens that the model wants around a text

  std::mutex mutex_;  // protects what follows
  std::condition_variable_any returned_;
  std::vector<ContextPair> idle_;
  std::size_t out_ = 0;
};

LlamaContextOptions context_options(std::uint32_t tokens, bool flash_attention) {
  return {.use = LlamaUse::embed,
          .context_tokens = tokens,
          .batch_tokens = tokens,
          .threads = 1,
          .flash_attention = flash_attention};
}

Result<std::unique_ptr<Embedder>> LlamaEmbedder::open(const LlamaOptions& options) {
  auto model = NARU_TRY(LlamaModel::open(options.path, LlamaPart::whole));
  std::unique_ptr<LlamaEmbedder> made(new LlamaEmbedder(std::move(model)));
  LlamaEmbedder& self = *made;
  const std::uint32_t wanted = options.context_tokens == 0 ? kWindowTokensMax : options.context_tokens;
  self.window_tokens_ = std::min({wanted, kWindowTokensMax, self.model_->trained_context()});
  if (self.window_tokens_ < kWindowTokensMin) {
    return Error(Code::invalid_argument, fmt::format("a context of {} tokens is too short", self.window_tokens_));
  }
  self.prefixes_[0] = options.query_prefix;
  self.prefixes_[1] = options.passage_prefix;
  NARU_TRY(self.learn_ends());

  ContextPair pair = NARU_TRY(self.take_pair({}));
  const bool gives_vectors = pair.brief->gives_vectors();
  self.give_back(std::move(pair));
  if (!gives_vectors) {
    return Error(Code::invalid_argument, options.name + " is not an embedding model: it gives no vector for a text");
  }
  self.info_ = {.name = options.name,
                .fingerprint = hash128({"llama-embedder", kEmbedVersion, options.weights_sha256, options.query_prefix,
                                        options.passage_prefix, std::to_string(self.window_tokens_)}),
                .dims = self.model_->dims(),
                .context_tokens = self.window_tokens_,
                .english_only = options.english_only,
                .licence = options.licence};
  return std::unique_ptr<Embedder>(std::move(made));
}

// An empty text is nothing but the tokens around it: what begins, and what ends.
Status LlamaEmbedder::learn_ends() {
  const auto around = NARU_TRY(model_->tokenize("", EndTokens::added, ControlTokens::as_text));
  const auto with_text = NARU_TRY(model_->tokenize("a", EndTokens::added, ControlTokens::as_text));
  std::size_t same = 0;
  while (same < around.size() && same < with_text.size() && around[same] == with_text[same]) ++same;
  begin_.assign(around.begin(), around.begin() + static_cast<std::ptrdiff_t>(same));
  end_.assign(around.begin() + static_cast<std::ptrdiff_t>(same), around.end());
  return {};
}

Status LlamaEmbedder::add_windows(std::size_t place, const std::string& text, TextRole role,
                                  std::vector<Window>& windows) const {
  if (text.size() > kEmbedBytesMax) {
    return Error(Code::limit_exceeded, fmt::format("a text of {} bytes is too long to embed (at most {}): chunk it",
                                                   text.size(), kEmbedBytesMax));
  }
  const std::string& prefix = prefixes_[static_cast<std::size_t>(role)];
  std::vector<llama_token> tokens =
      NARU_TRY(model_->tokenize(nfc(prefix + text), EndTokens::none, ControlTokens::as_text));
  const std::size_t room = window_tokens_ - std::min<std::size_t>(window_tokens_ - 1, begin_.size() + end_.size());
  std::vector<llama_token> head;
  if (tokens.size() > room && !prefix.empty()) {
    // Each window begins as a text of its own does: the prefix is cut off here and put before each.
    head = NARU_TRY(model_->tokenize(nfc(prefix), EndTokens::none, ControlTokens::as_text));
    std::size_t same = 0;
    while (same < head.size() && head[same] == tokens[same]) ++same;
    head.resize(std::min(same, room / 2));
    tokens.erase(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(head.size()));
  }
  // Windows of equal length: a short rest would weigh as a text of a few words does.
  const std::size_t room_for_text = room - head.size();
  const std::size_t count = std::max<std::size_t>(1, (tokens.size() + room_for_text - 1) / room_for_text);
  for (std::size_t i = 0; i < count; ++i) {
    const auto from = tokens.begin() + static_cast<std::ptrdiff_t>(tokens.size() * i / count);
    const auto to = tokens.begin() + static_cast<std::ptrdiff_t>(tokens.size() * (i + 1) / count);
    Window window{
        .text = place, .tokens = begin_, .weight = static_cast<float>(std::max<std::ptrdiff_t>(1, to - from))};
    window.tokens.insert(window.tokens.end(), head.begin(), head.end());
    window.tokens.insert(window.tokens.end(), from, to);
    window.tokens.insert(window.tokens.end(), end_.begin(), end_.end());
    windows.push_back(std::move(window));
  }
  return {};
}

// False where a vector has no direction: a number that is none, or zeros only.
bool normalize(std::vector<float>& vector) {
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * value;
  if (!std::isfinite(squares) || squares <= 0) return false;
  const double scale = 1 / std::sqrt(squares);
  for (float& value : vector) value = static_cast<float>(value * scale);
  return true;
}

Result<std::vector<float>> LlamaEmbedder::embed_window(const Window& window, std::stop_token stop) {
  ContextPair pair = NARU_TRY(take_pair(stop));
  const bool is_brief = window.tokens.size() < kFlashTokensMin;
  if (!is_brief && pair.full == nullptr) {
    auto full = LlamaContext::open(model_, context_options(window_tokens_, true));
    if (!full) {
      give_back(std::move(pair));
      return full.error();
    }
    pair.full = std::move(*full);
  }
  const auto pooled = (is_brief ? pair.brief : pair.full)->embed(window.tokens, stop);
  Result<std::vector<float>> vector =
      pooled ? Result<std::vector<float>>(std::vector<float>(pooled->begin(), pooled->end()))
             : Result<std::vector<float>>(pooled.error());
  give_back(std::move(pair));
  if (vector && !normalize(*vector)) return Error(Code::corrupt, "the model's numbers are not numbers for this text");
  return vector;
}

Result<std::vector<std::vector<float>>> LlamaEmbedder::embed(std::span<const std::string> texts, TextRole role,
                                                             std::stop_token stop) {
  Span span("Embedder::embed");
  std::vector<Window> windows;
  for (std::size_t i = 0; i < texts.size(); ++i) NARU_TRY(add_windows(i, texts[i], role, windows));
  span.value("texts", texts.size());
  span.value("windows", windows.size());

  std::vector<std::vector<float>> parts(windows.size());
  std::mutex mutex;
  std::optional<Error> failed;  // protected by mutex
  std::atomic<bool> give_up{false};
  const CoreLease lease = CoreLease::take(static_cast<unsigned>(std::min(windows.size(), kContextsMax)));
  parallel_for(windows.size(), lease.cores(), [&](std::size_t i) {
    if (give_up) return;
    auto vector = embed_window(windows[i], stop);
    if (vector) {
      parts[i] = std::move(*vector);
      return;
    }
    give_up = true;
    const std::lock_guard lock(mutex);
    if (!failed) failed = vector.error();
  });
  if (failed) return *std::move(failed);

  std::vector<std::vector<float>> vectors(texts.size(), std::vector<float>(info_.dims));
  std::vector<std::size_t> counts(texts.size());
  for (std::size_t i = 0; i < windows.size(); ++i) {
    std::vector<float>& sum = vectors[windows[i].text];
    if (counts[windows[i].text]++ == 0 && (i + 1 == windows.size() || windows[i + 1].text != windows[i].text)) {
      sum = std::move(parts[i]);  // the only one: as it is
      continue;
    }
    for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += parts[i][d] * windows[i].weight;
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (counts[i] > 1 && !normalize(vectors[i])) return Error(Code::corrupt, "a text's windows cancel each other out");
  }
  return vectors;
}

Result<ContextPair> LlamaEmbedder::take_pair(std::stop_token stop) {
  static const std::size_t pairs_max = std::min<std::size_t>(kContextsMax, usable_cores());
  {
    std::unique_lock lock(mutex_);
    const bool free = returned_.wait(lock, stop, [&] { return !idle_.empty() || out_ < pairs_max; });
    if (!free || stop.stop_requested()) return Error(Code::cancelled, "stopped");
    ++out_;
    if (!idle_.empty()) {
      ContextPair pair = std::move(idle_.back());
      idle_.pop_back();
      return pair;
    }
  }
  const std::uint32_t brief_tokens = std::min(kFlashTokensMin, window_tokens_);
  auto brief = LlamaContext::open(model_, context_options(brief_tokens, false));
  if (!brief) {
    give_back({});
    return brief.error();
  }
  return ContextPair{.brief = std::move(*brief), .full = nullptr};
}

void LlamaEmbedder::give_back(ContextPair pair) {
  const std::lock_guard lock(mutex_);
  --out_;
  if (pair.brief != nullptr) idle_.push_back(std::move(pair));
  returned_.notify_one();
}

}  // namespace

Result<std::unique_ptr<Embedder>> open_llama_embedder(const LlamaOptions& options) {
  return LlamaEmbedder::open(options);
}

}  // namespace naru
