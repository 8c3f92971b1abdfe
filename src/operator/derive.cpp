// derive: gives fields values that are made of other fields.
//
// A Map over rows and documents (of these title, language and meta.NAME may be set). Each text is `name = value`, the
// value as config/value_expression.h says; they are made in their order, so that a later one sees what an earlier one
// set. A value that comes to nothing takes the field away.
#include "config/value_expression.h"
#include "naru/registry.h"
#include "operator/shared/step_options.h"
#include "record/record_fields.h"

namespace naru {

namespace {

struct Derived {
  std::string name;
  ValueExpression value;
};

class DeriveStep : public Operator {
 public:
  DeriveStep(std::vector<Derived> fields, Id128 fingerprint) : fields_(std::move(fields)), fingerprint_(fingerprint) {}

  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const override {
    for (Record& record : batch) {
      for (const Derived& field : fields_) NARU_TRY_AT(derive(record, field), field.name);
    }
    return batch;
  }

  Id128 fingerprint() const override { return fingerprint_; }

 private:
  static Status derive(Record& record, const Derived& field) {
    Value made = NARU_TRY(evaluate(field.value, [&](std::string_view name) {
      Value room;
      const Value* value = read_field(record, name, room);
      return value == nullptr ? Value() : *value;
    }));
    return made.is_null() ? remove_field(record, field.name) : write_field(record, field.name, std::move(made));
  }

  const std::vector<Derived> fields_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "derive";
  descriptor.summary = "Gives fields values that are made of other fields.";
  descriptor.takes = {PayloadKind::row, PayloadKind::document};
  descriptor.options = {needed_option("set", OptionType::text_list, "`name = value`, one or more, in their order.")};
  descriptor.examples = {"derive: {set: [\"total = price * count\", \"name = first + ' ' + last\"]}",
                         "derive: {set: \"meta.year = slice(meta.date, 0, 4)\"}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_derive(const Options& options, const OperatorContext&) {
  std::vector<Derived> fields;
  for (auto& [name, written] : NARU_TRY(read_pairs(options, "set", "="))) {
    Result<ValueExpression> value = parse_value_expression(written);
    if (!value) return option_error(options, name + ": " + value.error().message());
    fields.push_back({name, std::move(*value)});
  }
  return std::unique_ptr<Operator>(
      std::make_unique<DeriveStep>(std::move(fields), step_fingerprint(describe(), options)));
}

}  // namespace

void register_derive(Registry& registry) { registry.add_operator(describe(), make_derive); }

}  // namespace naru
