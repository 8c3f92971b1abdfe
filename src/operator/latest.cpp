// latest: of the rows with one key only the newest stays.
//
// A Keyed over rows: newest is the greatest value of `order` (numbers by value, texts by their bytes, so write times as
// 2026-11-27T14:00:00Z); of equal ones the last, in the order of the items' keys. When the newest goes, the one before
// it is back.
#include "naru/keyed.h"
#include "naru/registry.h"
#include "operator/shared/group_key.h"
#include "operator/shared/step_options.h"

namespace naru {

namespace {

class NewestOf : public GroupFold {
 public:
  explicit NewestOf(const std::string& order) : order_(order) {}

  Status add(Row row) override {
    if (!newest_ || compare_values(row_field(row, order_), row_field(*newest_, order_)) >= 0) newest_ = std::move(row);
    return {};
  }

  Result<std::vector<Row>> finish() override {
    if (!newest_) return std::vector<Row>();
    return std::vector<Row>{std::move(*newest_)};
  }

 private:
  const std::string& order_;
  std::optional<Row> newest_;
};

class LatestStep : public KeyedOperator {
 public:
  LatestStep(const Options& options, Id128 fingerprint)
      : key_(options.list("key")), order_(options.text("order")), fingerprint_(fingerprint) {}

  std::string key(const Row& row) const override { return group_key(row, key_); }
  std::unique_ptr<GroupFold> start() const override { return std::make_unique<NewestOf>(order_); }
  Id128 fingerprint() const override { return fingerprint_; }

 private:
  const std::vector<std::string> key_;
  const std::string order_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "latest";
  descriptor.summary = "Of the rows with one key only the newest stays.";
  descriptor.takes = {PayloadKind::row};
  descriptor.options = {group_fields_option(),
                        needed_option("order", OptionType::text, "The field that says which is newer.")};
  descriptor.examples = {"latest: {key: id, order: updated_at}", "latest: {key: [shop, item], order: version}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_latest(const Options& options, const OperatorContext&) {
  return std::unique_ptr<Operator>(std::make_unique<LatestStep>(options, step_fingerprint(describe(), options)));
}

}  // namespace

void register_latest(Registry& registry) { registry.add_operator(describe(), make_latest); }

}  // namespace naru
