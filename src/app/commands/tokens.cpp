// naru tokens: how many tokens a text has, as the configured model counts.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/words.h"
#include "model/open.h"
#include "text/unicode.h"

namespace naru {

namespace {

struct TokensFlags {
  std::vector<std::string> text;
  bool embed = false;
};

struct Counter {
  std::unique_ptr<Tokenizer> tokenizer;
  bool estimated = false;
};

// Nothing configured, the stub and endpoints give an estimate.
Result<Counter> open_counter(const std::optional<ModelSpec>& spec) {
  Counter counter;
  counter.estimated =
      !spec || spec->kind == ModelSpec::Kind::stub || spec->kind == ModelSpec::Kind::openai;
  counter.tokenizer = NARU_TRY(open_tokenizer(spec.value_or(ModelSpec{})));
  return counter;
}

Result<int> run(const TokensFlags& flags, Invocation& invocation) {
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::optional));
  const std::string role = flags.embed ? "embed" : "chat";
  const Counter counter = NARU_TRY_AT(open_counter(flags.embed ? engine->config().embed : engine->config().chat),
                                      "the model `" + role + "`");
  const std::size_t count = counter.tokenizer->count(nfc(join_words(flags.text)));
  if (invocation.json()) {
    invocation.output().json({{"tokens", count}, {"model", role}, {"estimated", counter.estimated}});
    return 0;
  }
  invocation.output().line(fmt::format("{}", count));
  if (counter.estimated) invocation.output().note("an estimate: no local model is configured for `" + role + "`");
  return 0;
}

}  // namespace

void build_tokens(Syntax& syntax) {
  const auto flags = std::make_shared<TokensFlags>();
  syntax.arguments("TEXT", flags->text, "The text.", Need::required)
      .flag("--embed", flags->embed, "As the embedder counts, not as the chat model does.")
      .example("naru tokens \"How long is annual leave?\"")
      .example("naru tokens 연차 휴가는 며칠인가요?")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
