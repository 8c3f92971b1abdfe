// distinct: of equal rows only one stays.
//
// A Keyed over rows: equal are those with the same values of `fields`, or of all fields, in whatever order they are
// written. The first stays, in the order of the items' keys; when it goes, the next one is back.
#include "naru/keyed.h"
#include "naru/registry.h"
#include "operator/shared/group_key.h"
#include "operator/shared/step_options.h"

namespace naru {

namespace {

class FirstRow : public GroupFold {
 public:
  Status add(Row row) override {
    if (rows_.empty()) rows_.push_back(std::move(row));
    return {};
  }
  Result<std::vector<Row>> finish() override { return std::move(rows_); }

 private:
  std::vector<Row> rows_;
};

class DistinctStep : public KeyedOperator {
 public:
  DistinctStep(std::vector<std::string> fields, Id128 fingerprint)
      : fields_(std::move(fields)), fingerprint_(fingerprint) {}

  std::string key(const Row& row) const override {
    return fields_.empty() ? group_of_row(row) : group_key(row, fields_);
  }
  std::unique_ptr<GroupFold> start() const override { return std::make_unique<FirstRow>(); }
  Id128 fingerprint() const override { return fingerprint_; }

 private:
  const std::vector<std::string> fields_;  // none: all
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "distinct";
  descriptor.summary = "Of equal rows only one stays.";
  descriptor.takes = {PayloadKind::row};
  OptionSpec fields = needed_option("fields", OptionType::text_list, "Those that count; absent: all.");
  fields.optional = true;
  descriptor.options = {fields};
  descriptor.examples = {"distinct", "distinct: {fields: [name, address]}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_distinct(const Options& options, const OperatorContext&) {
  return std::unique_ptr<Operator>(
      std::make_unique<DistinctStep>(options.has("fields") ? options.list("fields") : std::vector<std::string>(),
                                     step_fingerprint(describe(), options)));
}

}  // namespace

void register_distinct(Registry& registry) { registry.add_operator(describe(), make_distinct); }

}  // namespace naru
