// top_k: of the rows with one key only the first k by a field stay.
//
// A Keyed over rows: greatest first, or smallest first where `smallest` says so; of equal ones those that come first in
// the order of the items' keys. Without `key` all rows are one group. When one of the k goes, the next comes up.
#include <algorithm>

#include "naru/keyed.h"
#include "naru/registry.h"
#include "operator/shared/group_key.h"
#include "operator/shared/step_options.h"

namespace naru {

namespace {

// A list that people look at; more is a sorted corpus, and a group is one item of the target.
constexpr double kRowsMax = 10'000;

struct TopOptions {
  std::vector<std::string> key;
  std::string order;
  std::size_t k = 0;
  bool smallest = false;
};

class FirstOf : public GroupFold {
 public:
  explicit FirstOf(const TopOptions& options) : options_(options) {}

  Status add(Row row) override {
    const Value* value = row_field(row, options_.order);
    const auto place = std::upper_bound(rows_.begin(), rows_.end(), value, [&](const Value* added, const Row& there) {
      const int order = compare_values(added, row_field(there, options_.order));
      return options_.smallest ? order < 0 : order > 0;
    });
    if (place == rows_.end() && rows_.size() >= options_.k) return {};
    rows_.insert(place, std::move(row));
    if (rows_.size() > options_.k) rows_.pop_back();
    return {};
  }

  Result<std::vector<Row>> finish() override { return std::move(rows_); }

 private:
  const TopOptions& options_;
  std::vector<Row> rows_;  // in order, at most k
};

class TopStep : public KeyedOperator {
 public:
  TopStep(TopOptions options, Id128 fingerprint) : options_(std::move(options)), fingerprint_(fingerprint) {}

  std::string key(const Row& row) const override { return group_key(row, options_.key); }
  std::unique_ptr<GroupFold> start() const override { return std::make_unique<FirstOf>(options_); }
  Id128 fingerprint() const override { return fingerprint_; }

 private:
  const TopOptions options_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "top_k";
  descriptor.summary = "Of the rows with one key only the first k by a field stay.";
  descriptor.takes = {PayloadKind::row};
  OptionSpec k = needed_option("k", OptionType::integer, "So many stay.");
  k.minimum = 1;
  k.maximum = kRowsMax;
  OptionSpec key = group_fields_option();
  key.summary += " Without it all rows are one group.";
  key.optional = true;
  OptionSpec smallest = needed_option("smallest", OptionType::boolean, "The smallest instead of the greatest.");
  smallest.fallback = false;
  descriptor.options = {k, needed_option("order", OptionType::text, "The field by which they are ordered."), key,
                        smallest};
  descriptor.examples = {"top_k: {k: 10, order: score}", "top_k: {k: 3, key: shop, order: price, smallest: true}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_top_k(const Options& options, const OperatorContext&) {
  TopOptions top;
  if (options.has("key")) top.key = options.list("key");
  top.order = options.text("order");
  top.k = static_cast<std::size_t>(options.integer("k"));
  top.smallest = options.boolean("smallest");
  return std::unique_ptr<Operator>(
      std::make_unique<TopStep>(std::move(top), step_fingerprint(describe(), options)));
}

}  // namespace

void register_top_k(Registry& registry) { registry.add_operator(describe(), make_top_k); }

}  // namespace naru
