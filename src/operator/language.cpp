// language: says in which language a text is, and leaves others out where only some are wanted.
//
// A Map over documents and rows. The guess is by scripts and by the commonest words of eight Latin languages
// (text/language.h): sure for Korean, Japanese, Chinese, Russian, Greek, Hebrew, Arabic, Thai and Hindi scripts, of
// which the last ones are named after their commonest language, and for running text of English, German, French,
// Spanish, Italian, Portuguese, Dutch and Polish; nothing for other Latin languages and for texts of a few words.
#include "text/language.h"

#include <fmt/format.h>

#include <algorithm>

#include "naru/registry.h"
#include "operator/shared/record_text.h"
#include "operator/shared/step_options.h"
#include "record/record_fields.h"

namespace naru {

namespace {

// A language shows in far less; what follows is not read.
constexpr std::size_t kSampleBytes = 64 << 10;

class LanguageStep : public Operator {
 public:
  LanguageStep(std::vector<std::string> keep, std::string field, Id128 fingerprint)
      : keep_(std::move(keep)), field_(std::move(field)), fingerprint_(fingerprint) {}

  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const override {
    for (Record& record : batch) {
      const std::string text = record_text(record, field_).value_or("");
      const std::string language = guess_language(std::string_view(text).substr(0, kSampleBytes));
      NARU_TRY(write_field(record, "language", Value(language)));
      if (keep_.empty() || std::find(keep_.begin(), keep_.end(), language) != keep_.end()) continue;
      record.drop = {"other_language", fmt::format("{}, kept are {}", language.empty() ? "none that shows" : language,
                                                   fmt::join(keep_, ", "))};
    }
    return batch;
  }

  Id128 fingerprint() const override { return fingerprint_; }

 private:
  const std::vector<std::string> keep_;
  const std::string field_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "language";
  descriptor.summary = "Guesses the language of each text, and leaves others out where some are named.";
  descriptor.takes = {PayloadKind::document, PayloadKind::row};
  OptionSpec keep;
  keep.name = "keep";
  keep.type = OptionType::text_list;
  keep.summary = "Texts of other languages are left out; without it none is.";
  keep.optional = true;
  descriptor.options = {keep, text_field_option()};
  descriptor.examples = {"language", "language: {keep: [ko, en]}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_language(const Options& options, const OperatorContext&) {
  std::vector<std::string> keep;
  if (options.has("keep")) keep = options.list("keep");
  return std::unique_ptr<Operator>(std::make_unique<LanguageStep>(std::move(keep), options.text("field"),
                                                                  step_fingerprint(describe(), options)));
}

}  // namespace

void register_language(Registry& registry) { registry.add_operator(describe(), make_language); }

}  // namespace naru
