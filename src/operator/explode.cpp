// explode: a row with a list becomes a row for each of its values.
//
// A Map over rows; the other fields are repeated. A row whose field is no list stays as it is. One without the field,
// or with an empty list, is left out, or stays without it where `empty` says so.
#include <fmt/format.h>

#include "naru/registry.h"
#include "operator/shared/step_options.h"
#include "record/record_fields.h"

namespace naru {

namespace {

// A list of more values was made by mistake: each becomes a row with all other fields.
constexpr std::size_t kValuesMax = 1'000'000;

class ExplodeStep : public Operator {
 public:
  ExplodeStep(std::string field, bool keeps_empty, Id128 fingerprint)
      : field_(std::move(field)), keeps_empty_(keeps_empty), fingerprint_(fingerprint) {}

  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const override {
    Batch rows;
    for (Record& record : batch) NARU_TRY(explode(std::move(record), rows));
    return rows;
  }

  Id128 fingerprint() const override { return fingerprint_; }

 private:
  Status explode(Record record, Batch& rows) const {
    Value room;
    const Value* found = read_field(record, field_, room);
    const ValueList* list = found == nullptr ? nullptr : found->list();
    const bool empty = found == nullptr || found->is_null() || (list != nullptr && list->empty());
    if (empty) {
      if (keeps_empty_) {
        NARU_TRY(remove_field(record, field_));
      } else {
        record.drop = {"empty", fmt::format("no values in \"{}\"", field_)};
      }
    }
    if (empty || list == nullptr) {
      rows.push_back(std::move(record));
      return {};
    }
    const ValueList values = *list;
    if (values.size() > kValuesMax) {
      return Error(Code::limit_exceeded,
                   fmt::format("\"{}\" has {} values, at most {}", field_, values.size(), kValuesMax));
    }
    NARU_TRY(write_field(record, field_, Value()));  // its place stays; no row copies the whole list
    for (const Value& value : values) {
      rows.push_back(record);
      NARU_TRY(write_field(rows.back(), field_, value));
    }
    return {};
  }

  const std::string field_;
  const bool keeps_empty_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "explode";
  descriptor.summary = "Makes a row for each value of a list.";
  descriptor.takes = {PayloadKind::row};
  OptionSpec empty = needed_option("empty", OptionType::text, "What becomes of a row without values.");
  empty.choices = {"drop", "keep"};
  empty.fallback = "drop";
  descriptor.options = {needed_option("field", OptionType::text, "The field with the list."), empty};
  descriptor.examples = {"explode: {field: tags}", "explode: {field: items, empty: keep}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_explode(const Options& options, const OperatorContext&) {
  return std::unique_ptr<Operator>(std::make_unique<ExplodeStep>(
      options.text("field"), options.text("empty") == "keep", step_fingerprint(describe(), options)));
}

}  // namespace

void register_explode(Registry& registry) { registry.add_operator(describe(), make_explode); }

}  // namespace naru
