// Naru's side of bench/peers/models.py: one model does one piece of work, by the interfaces that the program uses.
//
// usage: bench_models embed MODEL|FILE.gguf TEXTS.jsonl PASSES OUT.json
//        bench_models generate MODEL.gguf THREADS PROMPT_TOKENS ANSWER_TOKENS SEED OUT.json
// OUT: {"passes":[{"tokens","wall_s","cpu_s"}],"vectors"} or {"prompt":{…},"answer":{…}}. CPU is the whole process's,
// of that piece alone: neither opening nor the work that warms up counts.
#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "../quality/questions.h"
#include "model/llama.h"
#include "model/open.h"
#include "runtime/clock.h"
#include "runtime/usage.h"

namespace naru {

namespace {

constexpr std::uint32_t kWarmTokens = 8;

// Since it was made: {"tokens","wall_s","cpu_s"}.
class Meter {
 public:
  Json read(std::size_t tokens) const {
    return {{"tokens", tokens},
            {"wall_s", elapsed_ms(wall_ns_, system_clock().monotonic_ns()) / 1000},
            {"cpu_s", elapsed_ms(cpu_ns_, process_cpu_ns()) / 1000}};
  }

 private:
  std::int64_t wall_ns_ = system_clock().monotonic_ns(), cpu_ns_ = process_cpu_ns();
};

Result<std::uint32_t> number(const std::string& word) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) {
    return Error(Code::invalid_argument, word + " is no number");
  }
  return value;
}

ModelSpec embedder_named(const std::string& name) {
  if (!name.ends_with(".gguf")) return model_named(name);
  ModelSpec spec;
  spec.kind = ModelSpec::Kind::gguf;
  spec.path = name;
  spec.trusted = true;
  return spec;
}

Status embed(const std::vector<std::string>& words) {
  const std::unique_ptr<Embedder> embedder = NARU_TRY(open_embedder(embedder_named(words[2])));
  const std::vector<BenchQuestion> texts = NARU_TRY(read_questions(words[3]));
  const std::uint32_t passes = NARU_TRY(number(words[4]));
  Json figures = {{"passes", Json::array()}, {"vectors", Json::array()}};
  for (std::uint32_t pass = 0; pass <= passes; ++pass) {  // the first one warms, and gives the vectors
    const Meter meter;
    for (const BenchQuestion& text : texts) {
      const auto vectors = NARU_TRY(embedder->embed(std::span(&text.text, 1), TextRole::passage, {}));
      if (pass == 0) figures["vectors"].push_back(vectors[0]);
    }
    if (pass > 0) figures["passes"].push_back(meter.read(texts.size()));  // the caller knows their tokens
  }
  return write_file(words[5], to_line(figures));
}

// A prompt of about so many tokens that no earlier one begins like.
std::string prompt_text(const Generator& generator, std::uint32_t tokens, std::uint32_t seed) {
  std::string text = fmt::format("{} sailors told this story. ", seed);
  for (std::uint32_t i = 0; generator.count_tokens(text) < tokens; ++i) {
    text += fmt::format("Ship {} left the harbour with {} crates of salt. ", i + seed, 7 * i + seed);
  }
  return text + "Tell this story again, word for word, with all its numbers.";
}

Status generate(const std::vector<std::string>& words) {
  LlamaOptions options;
  options.path = words[2];
  options.name = words[2];
  options.threads = NARU_TRY(number(words[3]));
  const std::uint32_t prompt_tokens = NARU_TRY(number(words[4])), answer_tokens = NARU_TRY(number(words[5]));
  const std::uint32_t seed = NARU_TRY(number(words[6]));
  const std::unique_ptr<Generator> generator = NARU_TRY(open_llama_generator(options));

  GenerateRequest request;
  request.max_tokens = kWarmTokens;
  request.messages = {{"user", prompt_text(*generator, prompt_tokens, seed + 1)}};
  NARU_TRY(generator->generate(request, {}, {}));

  request.max_tokens = answer_tokens;
  request.messages = {{"user", prompt_text(*generator, prompt_tokens, seed)}};
  Json prompt;
  std::uint32_t texts = 0;
  const Meter prompt_meter;
  std::optional<Meter> answer_meter;
  const auto on_text = [&](std::string_view) {
    if (texts++ > 0) return true;
    prompt = prompt_meter.read(0);
    answer_meter.emplace();
    return true;
  };
  const Generation generation = NARU_TRY(generator->generate(request, on_text, {}));
  // Every token has given text, the first one too, and the answer went on to the end: else tokens would be counted that
  // were not made in the time beside them.
  if (texts < answer_tokens || generation.completion_tokens != answer_tokens) {
    return Error(Code::internal, fmt::format("an answer of {} tokens cannot be counted: {}",
                                             generation.completion_tokens, generation.text));
  }
  const Json answer = answer_meter->read(generation.completion_tokens - 1);
  prompt["tokens"] = generation.prompt_tokens;
  return write_file(words[7], to_line(Json{{"prompt", prompt}, {"answer", answer}}));
}

Status run(const std::vector<std::string>& words) {
  if (words.size() == 6 && words[1] == "embed") return embed(words);
  if (words.size() == 8 && words[1] == "generate") return generate(words);
  return Error(Code::invalid_argument, "see the usage at the head of bench/peers/naru_models.cpp");
}

}  // namespace

}  // namespace naru

int main(int count, char** values) {
  const std::vector<std::string> words(values, values + count);
  const naru::Status done = naru::run(words);
  if (!done) naru::write_file(words.back() + ".error", done.error().describe() + "\n").has_value();
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
