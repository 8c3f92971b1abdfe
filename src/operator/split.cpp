// split: a row with a long text becomes a row for each part of it.
//
// A Map over rows; the other fields are repeated. Parts stand between the text `at`; blanks at their ends go, and parts
// that are then empty. A row without the text stays as it is.
#include <fmt/format.h>

#include "naru/registry.h"
#include "operator/shared/step_options.h"
#include "record/record_fields.h"
#include "text/unicode.h"

namespace naru {

namespace {

// A text of more parts was cut at the wrong place: each becomes a row with all other fields.
constexpr std::size_t kPartsMax = 1'000'000;

class SplitStep : public Operator {
 public:
  SplitStep(std::string field, std::string at, Id128 fingerprint)
      : field_(std::move(field)), at_(std::move(at)), fingerprint_(fingerprint) {}

  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const override {
    Batch rows;
    for (Record& record : batch) NARU_TRY(split(std::move(record), rows));
    return rows;
  }

  Id128 fingerprint() const override { return fingerprint_; }

 private:
  Status split(Record record, Batch& rows) const {
    Value room;
    const Value* found = read_field(record, field_, room);
    if (found == nullptr || found->text() == nullptr) {
      rows.push_back(std::move(record));
      return {};
    }
    const std::string text = *found->text();
    std::size_t parts = 0;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(at_, at), text.size());
      const std::string_view part = trim_white_space(std::string_view(text).substr(at, end - at));
      at = end + at_.size();
      if (part.empty()) continue;
      if (++parts > kPartsMax) {
        return Error(Code::limit_exceeded, fmt::format("\"{}\" has more than {} parts", field_, kPartsMax));
      }
      if (parts == 1) NARU_TRY(write_field(record, field_, Value()));  // its place stays; no row copies the whole text
      rows.push_back(record);
      NARU_TRY(write_field(rows.back(), field_, Value(std::string(part))));
    }
    if (parts > 0) return {};
    record.drop = {"empty", fmt::format("no text in \"{}\"", field_)};
    rows.push_back(std::move(record));
    return {};
  }

  const std::string field_, at_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "split";
  descriptor.summary = "Makes a row for each part of a text.";
  descriptor.takes = {PayloadKind::row};
  OptionSpec field = needed_option("field", OptionType::text, "The field with the text.");
  field.fallback = "text";
  OptionSpec at = needed_option("at", OptionType::text, "What stands between parts; without it an empty line.");
  at.fallback = "\n\n";
  descriptor.options = {field, at};
  descriptor.examples = {"split", "split: {field: keywords, at: \";\"}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_split(const Options& options, const OperatorContext&) {
  if (options.text("at").empty()) return option_error(options, "`at` is empty; give what stands between parts");
  return std::unique_ptr<Operator>(std::make_unique<SplitStep>(options.text("field"), options.text("at"),
                                                               step_fingerprint(describe(), options)));
}

}  // namespace

void register_split(Registry& registry) { registry.add_operator(describe(), make_split); }

}  // namespace naru
