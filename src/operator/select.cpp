// select: keeps some fields of rows, or all but some.
//
// A Map over rows. `fields` gives the order too; one that is not there is left out.
#include <algorithm>

#include "naru/registry.h"
#include "operator/shared/step_options.h"
#include "record/record_fields.h"

namespace naru {

namespace {

class SelectStep : public Operator {
 public:
  SelectStep(std::vector<std::string> fields, std::vector<std::string> without, Id128 fingerprint)
      : fields_(std::move(fields)), without_(std::move(without)), fingerprint_(fingerprint) {}

  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const override {
    for (Record& record : batch) {
      Row* row = std::get_if<Row>(&record.payload);
      if (row == nullptr) continue;
      for (const std::string& name : without_) NARU_TRY(remove_field(record, name));
      if (!fields_.empty()) row->fields = chosen(record);
    }
    return batch;
  }

  Id128 fingerprint() const override { return fingerprint_; }

 private:
  Fields chosen(const Record& record) const {
    Fields fields;
    for (const std::string& name : fields_) {
      Value room;
      if (const Value* value = read_field(record, name, room)) set_field(fields, name, *value);
    }
    return fields;
  }

  const std::vector<std::string> fields_, without_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "select";
  descriptor.summary = "Keeps some fields of rows, or all but some.";
  descriptor.takes = {PayloadKind::row};
  OptionSpec fields = needed_option("fields", OptionType::text_list, "Only these, in this order.");
  OptionSpec without = needed_option("without", OptionType::text_list, "All but these.");
  fields.optional = without.optional = true;
  descriptor.options = {fields, without};
  descriptor.examples = {"select: {fields: [id, title, text]}", "select: {without: [password]}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_select(const Options& options, const OperatorContext&) {
  if (options.has("fields") == options.has("without")) {
    return option_error(options, "`select` takes `fields` or `without`");
  }
  const auto list = [&](std::string_view name) {
    return options.has(name) ? options.list(name) : std::vector<std::string>();
  };
  return std::unique_ptr<Operator>(
      std::make_unique<SelectStep>(list("fields"), list("without"), step_fingerprint(describe(), options)));
}

}  // namespace

void register_select(Registry& registry) { registry.add_operator(describe(), make_select); }

}  // namespace naru
