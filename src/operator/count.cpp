// count: how many rows there are of each key.
//
// A Keyed over rows: one row for each key, with the key's fields and the number. A key of which no row is left goes.
#include "naru/keyed.h"
#include "naru/registry.h"
#include "operator/shared/group_key.h"
#include "operator/shared/step_options.h"

namespace naru {

namespace {

class NumberOf : public GroupFold {
 public:
  NumberOf(const std::vector<std::string>& key, const std::string& into) : key_(key), into_(into) {}

  Status add(Row row) override {
    if (count_++ > 0) return {};
    for (const std::string& field : key_) {
      const Value* value = row_field(row, field);
      if (value != nullptr) set_field(counted_.fields, field, *value);
    }
    return {};
  }

  Result<std::vector<Row>> finish() override {
    if (count_ == 0) return std::vector<Row>();
    set_field(counted_.fields, into_, Value(count_));
    return std::vector<Row>{std::move(counted_)};
  }

 private:
  const std::vector<std::string>& key_;
  const std::string& into_;
  Row counted_;
  std::int64_t count_ = 0;
};

class CountStep : public KeyedOperator {
 public:
  CountStep(const Options& options, Id128 fingerprint)
      : key_(options.list("key")), into_(options.text("into")), fingerprint_(fingerprint) {}

  std::string key(const Row& row) const override { return group_key(row, key_); }
  std::unique_ptr<GroupFold> start() const override { return std::make_unique<NumberOf>(key_, into_); }
  Id128 fingerprint() const override { return fingerprint_; }

 private:
  const std::vector<std::string> key_;
  const std::string into_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "count";
  descriptor.summary = "Counts the rows of each key.";
  descriptor.takes = {PayloadKind::row};
  OptionSpec into = needed_option("into", OptionType::text, "The field that gets the number.");
  into.fallback = "count";
  descriptor.options = {group_fields_option(), into};
  descriptor.examples = {"count: {key: status}", "count: {key: [shop, day], into: orders}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_count(const Options& options, const OperatorContext&) {
  return std::unique_ptr<Operator>(std::make_unique<CountStep>(options, step_fingerprint(describe(), options)));
}

}  // namespace

void register_count(Registry& registry) { registry.add_operator(describe(), make_count); }

}  // namespace naru
