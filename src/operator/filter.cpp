// filter: keeps records for which a condition on their fields holds; the others are left out.
//
// A Map over rows, documents and passages. The condition is the expression language of search (docs/guides/filters.md),
// in which every name is a field of the record: of rows their own, of documents title, language, format, text and
// meta.NAME, of passages text and page.
#include "naru/registry.h"
#include "operator/shared/record_text.h"
#include "operator/shared/step_options.h"

namespace naru {

namespace {

class FilterStep : public Operator {
 public:
  FilterStep(Expression where, std::string written, Id128 fingerprint)
      : where_(std::move(where)), written_(std::move(written)), fingerprint_(fingerprint) {}

  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const override {
    for (Record& record : batch) {
      if (!matches(where_, field_values(record))) record.drop = {"where", "not " + written_};
    }
    return batch;
  }

  Id128 fingerprint() const override { return fingerprint_; }

 private:
  const Expression where_;
  const std::string written_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "filter";
  descriptor.summary = "Keeps records for which a condition holds.";
  descriptor.takes = {PayloadKind::row, PayloadKind::document, PayloadKind::chunk};
  descriptor.options = {needed_option("where", OptionType::text, "The condition, as in --filter of search.")};
  descriptor.examples = {"filter: {where: \"language in (ko, en)\"}",
                         "filter: {where: \"score >= 0.5 and not draft = true\"}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_filter(const Options& options, const OperatorContext&) {
  Result<Expression> where = parse_expression(options.text("where"), FieldScope::record);
  if (!where) return option_error(options, where.error().message());
  return std::unique_ptr<Operator>(std::make_unique<FilterStep>(std::move(*where), options.text("where"),
                                                                step_fingerprint(describe(), options)));
}

}  // namespace

void register_filter(Registry& registry) { registry.add_operator(describe(), make_filter); }

}  // namespace naru
