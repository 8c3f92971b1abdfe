// rename: fields get other names, with their values and, in a row, in their places.
//
// A Map over rows and documents (of these meta.NAME). A field that is not there is no mistake; one of the new name
// that is there is replaced.
#include "naru/registry.h"
#include "operator/shared/step_options.h"
#include "record/record_fields.h"
#include "text/unicode.h"

namespace naru {

namespace {

class RenameStep : public Operator {
 public:
  RenameStep(NamePairs names, Id128 fingerprint) : names_(std::move(names)), fingerprint_(fingerprint) {}

  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const override {
    for (Record& record : batch) {
      for (const auto& [from, to] : names_) NARU_TRY(rename(record, from, to));
    }
    return batch;
  }

  Id128 fingerprint() const override { return fingerprint_; }

 private:
  static Status rename(Record& record, const std::string& from, const std::string& to) {
    if (from == to) return {};
    Row* row = std::get_if<Row>(&record.payload);
    if (row != nullptr && find_field(row->fields, from) != nullptr) {
      remove_field(row->fields, to);
      for (auto& field : row->fields) {
        if (field.name == from) field.name = to;
      }
      return {};
    }
    Value room;
    const Value* found = read_field(record, from, room);
    if (found == nullptr) return {};
    Value value = *found;
    NARU_TRY(write_field(record, to, std::move(value)));
    return remove_field(record, from);
  }

  const NamePairs names_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "rename";
  descriptor.summary = "Gives fields other names.";
  descriptor.takes = {PayloadKind::row, PayloadKind::document};
  descriptor.options = {needed_option("fields", OptionType::text_list, "`old -> new`, one or more.")};
  descriptor.examples = {"rename: {fields: [\"제목 -> title\", \"본문 -> text\"]}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_rename(const Options& options, const OperatorContext&) {
  NamePairs names = NARU_TRY(read_pairs(options, "fields", "->"));
  for (auto& [from, to] : names) to = nfc(fold_white_space(to));
  return std::unique_ptr<Operator>(
      std::make_unique<RenameStep>(std::move(names), step_fingerprint(describe(), options)));
}

}  // namespace

void register_rename(Registry& registry) { registry.add_operator(describe(), make_rename); }

}  // namespace naru
