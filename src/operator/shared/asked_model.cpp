#include "operator/shared/asked_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "operator/shared/step_options.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Of a model that does not say how much it reads at once.
constexpr std::uint32_t kContextTokens = 4096;
// What the chat template puts around the messages.
constexpr std::uint32_t kTemplateTokens = 64;
// A token is never more bytes on the average of a text; so much is looked at first.
constexpr std::size_t kTokenBytesMax = 8;
constexpr double kMaxTokensMax = 8192;

std::string_view whole_lines(std::string_view text, std::size_t bytes) {
  const std::string_view part = text.substr(0, whole_characters(text, bytes));
  for (const char* sign : {"\n", " "}) {
    const std::size_t end = part.rfind(sign);
    if (end != std::string_view::npos && end > part.size() / 2) return part.substr(0, end);
  }
  return part;
}

std::size_t left_for_text(const Generator& model, std::string_view instruction, std::uint32_t max_tokens) {
  const std::uint32_t context = model.info().context_tokens == 0 ? kContextTokens : model.info().context_tokens;
  const std::size_t taken = max_tokens + kTemplateTokens + model.count_tokens(instruction);
  return context > taken ? context - taken : 1;
}

}  // namespace

Result<AskedModel> AskedModel::open(const Options& options, const OperatorContext& context, Id128 step,
                                    std::string instruction) {
  if (context.generator == nullptr) {
    return option_error(options, "this step asks a model; add `models: {chat: {local: default}}`");
  }
  if (options.has("instruct")) instruction += "\n" + options.text("instruct");
  return AskedModel(*context.generator, context.answers, step, std::move(instruction),
                    static_cast<std::uint32_t>(options.integer("max_tokens")));
}

AskedModel::AskedModel(Generator& model, AnswerMemo* answers, Id128 step, std::string instruction,
                       std::uint32_t max_tokens)
    : model_(model), answers_(answers), fingerprint_(hash128({step.bytes(), model.info().fingerprint.bytes()})),
      instruction_(std::move(instruction)), max_tokens_(max_tokens),
      text_tokens_max_(left_for_text(model, instruction_, max_tokens)) {}

std::string_view AskedModel::beginning(std::string_view text) const {
  const std::size_t most = text_tokens_max_;
  std::string_view part = text.size() > most * kTokenBytesMax ? whole_lines(text, most * kTokenBytesMax) : text;
  while (!part.empty()) {
    const std::size_t tokens = model_.count_tokens(part);
    if (tokens <= most) break;
    const double share = static_cast<double>(most) / static_cast<double>(tokens);
    part = whole_lines(text, static_cast<std::size_t>(static_cast<double>(part.size()) * share * 0.97));
  }
  return part;
}

Result<std::string> AskedModel::ask(std::string_view text, const std::string& json_schema,
                                    std::stop_token stop) const {
  const Id128 key = hash128({"answer", fingerprint_.bytes(), instruction_, text});
  if (answers_ != nullptr) {
    if (std::optional<std::string> kept = answers_->find(key)) return *std::move(kept);
  }
  GenerateRequest request;
  request.messages = {{"system", instruction_}, {"user", std::string(text)}};
  request.max_tokens = max_tokens_;
  request.json_schema = json_schema;
  const Generation said = NARU_TRY_AT(model_.generate(request, nullptr, std::move(stop)), model_.info().name);
  if (said.finish_reason == "cancelled") return Error(Code::cancelled, "stopped while a model was asked");
  if (!json_schema.empty() && said.finish_reason == "length") {
    return Error(Code::limit_exceeded, fmt::format("{} did not finish in {} tokens: raise `max_tokens`, or ask for "
                                                   "less", model_.info().name, max_tokens_));
  }
  if (answers_ != nullptr) answers_->keep(key, said.text);
  return said.text;
}

OptionSpec max_tokens_option(std::int64_t fallback) {
  OptionSpec option = needed_option("max_tokens", OptionType::integer, "How long an answer may be.");
  option.fallback = fallback;
  option.unit = "tokens";
  option.minimum = 8;
  option.maximum = kMaxTokensMax;
  return option;
}

OptionSpec instruct_option() {
  OptionSpec option = needed_option("instruct", OptionType::text, "What else the model should know.");
  option.optional = true;
  return option;
}

}  // namespace naru
