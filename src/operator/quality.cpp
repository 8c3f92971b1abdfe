// quality: leaves out texts that are not worth learning or answering from, each with its reason.
//
// A Map over documents, before `chunk`, and over rows of a corpus. The rules are Gopher's, C4's and FineWeb's with
// their published limits, each of which may be set; what they count in Korean: text/quality.h. Without `rules` a text
// is judged by Gopher's alone: C4 and FineWeb judge pages of the web, and would leave out code, forms and notices.
#include "text/quality.h"

#include <fmt/format.h>

#include <algorithm>

#include "naru/registry.h"
#include "operator/shared/record_text.h"
#include "operator/shared/step_options.h"

namespace naru {

namespace {

class QualityStep : public Operator {
 public:
  QualityStep(QualitySettings settings, std::string field, Id128 fingerprint)
      : settings_(std::move(settings)), field_(std::move(field)), fingerprint_(fingerprint) {}

  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const override {
    for (Record& record : batch) {
      const std::optional<std::string> text = record_text(record, field_);
      const auto fault = judge_quality(text.value_or(""), settings_);
      if (!fault) continue;
      const QualityLimitInfo& info = quality_limits()[static_cast<std::size_t>(fault->limit)];
      record.drop = {std::string(info.name), describe(*fault)};
    }
    return batch;
  }

  Id128 fingerprint() const override { return fingerprint_; }

 private:
  const QualitySettings settings_;
  const std::string field_;
  const Id128 fingerprint_;
};

OptionSpec limit_option(const QualityLimitInfo& info) {
  OptionSpec option;
  option.name = info.name;
  option.type = OptionType::number;
  option.summary = fmt::format("{}: {}", quality_rules_name(info.rules), info.summary);
  option.fallback = info.value;
  option.minimum = 0;
  return option;
}

Descriptor describe_step() {
  Descriptor descriptor;
  descriptor.name = "quality";
  descriptor.summary = "Leaves out poor texts by the rules of Gopher, C4 and FineWeb, with the reason.";
  descriptor.takes = {PayloadKind::document, PayloadKind::row};
  OptionSpec rules;
  rules.name = "rules";
  rules.type = OptionType::text_list;
  rules.summary = "Which: gopher, repetition (Gopher's table A1), c4, fineweb.";
  rules.fallback = std::vector<std::string>{"gopher", "repetition"};
  rules.choices = {"gopher", "repetition", "c4", "fineweb"};
  OptionSpec language;
  language.name = "language";
  language.summary = "Of all texts, such as ko; without it that of each is guessed.";
  language.optional = true;
  OptionSpec function_words;
  function_words.name = "function_words";
  function_words.type = OptionType::text_list;
  function_words.summary = "Your own in place of those of the language.";
  function_words.optional = true;
  descriptor.options = {rules, language, function_words, text_field_option()};
  for (const QualityLimitInfo& info : quality_limits()) descriptor.options.push_back(limit_option(info));
  descriptor.examples = {"quality", "quality: {words_min: 20}", "quality: {rules: [gopher, repetition, c4, fineweb]}"};
  return descriptor;
}

QualitySettings settings_of(const Options& options) {
  QualitySettings settings;
  const std::vector<std::string>& wanted = options.list("rules");
  for (std::size_t i = 0; i < kQualityRules; ++i) {
    const auto rules = static_cast<QualityRules>(i);
    settings.set(rules, std::find(wanted.begin(), wanted.end(), quality_rules_name(rules)) != wanted.end());
  }
  for (const QualityLimitInfo& info : quality_limits()) settings.set(info.limit, options.number(info.name));
  if (options.has("language")) settings.language = options.text("language");
  if (options.has("function_words")) settings.function_words = options.list("function_words");
  return settings;
}

Result<std::unique_ptr<Operator>> make_quality(const Options& options, const OperatorContext&) {
  return std::unique_ptr<Operator>(std::make_unique<QualityStep>(settings_of(options), options.text("field"),
                                                                 step_fingerprint(describe_step(), options)));
}

}  // namespace

void register_quality(Registry& registry) { registry.add_operator(describe_step(), make_quality); }

}  // namespace naru
