// percentile: of all rows the share with the greatest values of a field stays, or that with the smallest.
//
// A Fit: where the cut lies is made of all rows once and holds until it is made again (naru/fit.h): one new row does
// not move it for all others. By nearest rank: of n values it is the ceil(n * percent / 100)-th from the best, and what
// is equal to it stays. With `by` each value of these fields has a cut of its own, as one for each language.

#include <algorithm>
#include <cmath>
#include <map>

#include "base/json.h"
#include "naru/fit.h"
#include "naru/registry.h"
#include "operator/shared/group_key.h"
#include "operator/shared/step_options.h"

namespace naru {

namespace {

// Held while a fit goes on, 8 bytes each.
constexpr std::size_t kValuesMax = 64U << 20;
constexpr std::size_t kGroupsMax = 100'000;  // a cut for each; more is no grouping, but a key

struct PercentileOptions {
  std::string field;
  std::vector<std::string> by;
  double percent = 0;
  bool smallest = false;
};

std::optional<double> value_of(const Row& row, const std::string& field) {
  const Value* value = row_field(row, field);
  if (value == nullptr) return std::nullopt;
  if (const auto* whole = std::get_if<std::int64_t>(value)) return static_cast<double>(*whole);
  const auto* number = std::get_if<double>(value);
  return number != nullptr && !std::isnan(*number) ? std::optional<double>(*number) : std::nullopt;
}

class Cuts : public Fitter {
 public:
  explicit Cuts(const PercentileOptions& options) : options_(options) {}

  Status add(const Record& record) override {
    const auto* row = std::get_if<Row>(&record.payload);
    const std::optional<double> value = row == nullptr ? std::nullopt : value_of(*row, options_.field);
    if (!value) return {};
    if (++count_ > kValuesMax) {
      return Error(Code::limit_exceeded, fmt::format("more than {} rows have `{}`", kValuesMax, options_.field));
    }
    values_[group_key(*row, options_.by)].push_back(*value);
    if (values_.size() <= kGroupsMax) return {};
    return Error(Code::limit_exceeded, fmt::format("`by` makes more than {} groups", kGroupsMax));
  }

  Result<std::string> finish() override {
    if (values_.empty()) {
      return Error(Code::invalid_argument, fmt::format("no row has a number in `{}`", options_.field));
    }
    Json cuts = Json::object();
    for (auto& [group, values] : values_) {
      const double share = std::ceil(static_cast<double>(values.size()) * options_.percent / 100);
      const auto place = values.begin() + static_cast<std::ptrdiff_t>(std::max(share, 1.0)) - 1;
      if (options_.smallest) std::nth_element(values.begin(), place, values.end());
      if (!options_.smallest) std::nth_element(values.begin(), place, values.end(), std::greater<>());
      cuts[group] = *place;
    }
    return to_line(cuts);
  }

 private:
  const PercentileOptions& options_;
  std::map<std::string, std::vector<double>> values_;  // by group
  std::size_t count_ = 0;
};

// What is left out by a cut.
class CutOff : public Operator {
 public:
  CutOff(const PercentileOptions& options, std::map<std::string, double> cuts, Id128 fingerprint)
      : options_(options), cuts_(std::move(cuts)), fingerprint_(fingerprint) {}

  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const override {
    for (Record& record : batch) {
      const auto* row = std::get_if<Row>(&record.payload);
      if (row == nullptr) return Error(Code::unsupported, "only rows have fields to cut by");
      record.drop = drop_of(*row);
    }
    return batch;
  }
  Id128 fingerprint() const override { return fingerprint_; }

 private:
  std::optional<DropReason> drop_of(const Row& row) const {
    const std::optional<double> value = value_of(row, options_.field);
    if (!value) return DropReason{"no_value", fmt::format("no number in {}", options_.field)};
    const auto cut = cuts_.find(group_key(row, options_.by));
    // Of a group that is new since nothing is known that speaks against it.
    if (cut == cuts_.end()) return std::nullopt;
    if (options_.smallest ? *value <= cut->second : *value >= cut->second) return std::nullopt;
    return DropReason{options_.smallest ? "above_cut" : "below_cut",
                      fmt::format("{} is {}, the cut {}", options_.field, *value, cut->second)};
  }

  const PercentileOptions options_;
  const std::map<std::string, double> cuts_;
  const Id128 fingerprint_;
};

class PercentileStep : public FitOperator {
 public:
  PercentileStep(PercentileOptions options, Id128 fingerprint)
      : options_(std::move(options)), fingerprint_(fingerprint) {}

  std::unique_ptr<Fitter> start_fit() const override { return std::make_unique<Cuts>(options_); }

  Result<std::shared_ptr<const Operator>> with(std::string_view fitted) const override {
    const Json json = NARU_TRY(parse_json(fitted));
    std::map<std::string, double> cuts;
    for (const auto& [group, cut] : json.items()) {
      if (!cut.is_number()) return Error(Code::corrupt, "a cut is no number; `naru run --refit` makes it anew");
      cuts[group] = cut.get<double>();
    }
    const Id128 with_cuts = hash128({fingerprint_.bytes(), fitted});
    return std::shared_ptr<const Operator>(std::make_shared<CutOff>(options_, std::move(cuts), with_cuts));
  }

  Id128 fingerprint() const override { return fingerprint_; }

 private:
  const PercentileOptions options_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "percentile";
  descriptor.summary = "Of all rows the share with the greatest values of a field stays, or with the smallest.";
  descriptor.takes = {PayloadKind::row};
  OptionSpec percent = needed_option("percent", OptionType::number, "How much of them stays.");
  percent.unit = "percent";
  percent.minimum = 0;
  percent.maximum = 100;
  OptionSpec by = needed_option("by", OptionType::text_list, "Each value of these fields has a cut of its own.");
  by.optional = true;
  OptionSpec smallest = needed_option("smallest", OptionType::boolean, "The smallest stay instead of the greatest.");
  smallest.fallback = false;
  descriptor.options = {needed_option("field", OptionType::text, "The field, a number; rows without it go."), percent,
                        by, smallest};
  descriptor.examples = {"percentile: {field: score, percent: 30}",
                         "percentile: {field: perplexity, percent: 50, by: language, smallest: true}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_percentile(const Options& options, const OperatorContext&) {
  PercentileOptions percentile;
  percentile.field = options.text("field");
  if (options.has("by")) percentile.by = options.list("by");
  percentile.percent = options.number("percent");
  percentile.smallest = options.boolean("smallest");
  return std::unique_ptr<Operator>(
      std::make_unique<PercentileStep>(std::move(percentile), step_fingerprint(describe(), options)));
}

}  // namespace

void register_percentile(Registry& registry) { registry.add_operator(describe(), make_percentile); }

}  // namespace naru
