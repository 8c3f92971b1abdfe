// AskedModel: what steps that ask a language model have in common: a text that fits beside the answer, and an answer
// that is kept, so that the same text is paid for once, whatever changes around the step.
//
// Const; any thread. Borrows the model and the memo.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

#include "naru/registry.h"

namespace naru {

class AskedModel {
 public:
  // Of the options `max_tokens` and, behind `instruction`, `instruct`. invalid_argument with the place of the step:
  // there is no model.
  static Result<AskedModel> open(const Options& options, const OperatorContext& context, Id128 step,
                                 std::string instruction);

  // The longest beginning of `text` that fits beside the instruction and the answer; it ends with a line or a word.
  std::string_view beginning(std::string_view text) const;

  // One answer at temperature 0. limit_exceeded: it was cut short although it has to have the form of `json_schema`.
  Result<std::string> ask(std::string_view text, const std::string& json_schema, std::stop_token stop) const;

  Id128 fingerprint() const { return fingerprint_; }  // of the step and the model

 private:
  AskedModel(Generator& model, AnswerMemo* answers, Id128 step, std::string instruction, std::uint32_t max_tokens);

  Generator& model_;
  AnswerMemo* const answers_;
  const Id128 fingerprint_;
  const std::string instruction_;
  const std::uint32_t max_tokens_;
  const std::size_t text_tokens_max_;  // what the context leaves for a text
};

// The options that open() reads.
OptionSpec max_tokens_option(std::int64_t fallback);
OptionSpec instruct_option();

}  // namespace naru
