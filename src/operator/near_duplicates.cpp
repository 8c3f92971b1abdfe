// near_duplicates: of documents that say nearly the same only one stays.
//
// A Keyed over whole items, documents or rows: one stays if and only if no other that stays and has a higher rank is
// within the threshold of it (shared/near_duplicates.h), so that when the one that stayed goes the next is back. Rank
// is age, the older first, or the order of names, which also decides among those of one age. What is kept of an item is
// its sketch, about 3 bytes a shingle and 12 kB at most (text/shingle_sketch.h).
#include <algorithm>
#include <numeric>

#include "naru/keyed.h"
#include "naru/registry.h"
#include "operator/shared/near_duplicates.h"
#include "operator/shared/record_text.h"
#include "operator/shared/step_options.h"

namespace naru {

namespace {

// As decision 0038 measured it: near enough to be the same text, far enough to be an edition of it.
constexpr double kThreshold = 0.8;
constexpr double kThresholdMin = 0.1;

class NearDuplicatesStep : public SelectingOperator {
 public:
  NearDuplicatesStep(const Options& options, Id128 fingerprint)
      : threshold_(options.number("threshold")),
        banding_(banding_for(threshold_)),
        field_(options.text("field")),
        by_name_(options.text("prefer") == "name"),
        fingerprint_(fingerprint) {}

  std::string sketch(const Batch& records) const override {
    std::string text;
    for (const Record& record : records) text += record_text(record, field_).value_or("") + "\n";
    return pack_sketch(make_sketch(shingles_of(text), banding_));
  }

  Result<std::vector<LeftOut>> choose(std::span<const Candidate> candidates, const SketchOf& sketch_of,
                                      std::stop_token stop) const override {
    if (candidates.size() > NearDuplicates::kTextsMax) return Error(Code::limit_exceeded, "too many items");
    const std::vector<std::uint32_t> order = by_rank(candidates);
    NearDuplicates index(threshold_, order.size(),
                         [&](NearDuplicates::Number number) { return sketch_of(order[number]); });
    std::vector<LeftOut> out;
    for (const std::uint32_t candidate : order) {
      if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
      const auto keeper = NARU_TRY(index.put(NARU_TRY(sketch_of(candidate))));
      if (keeper) out.push_back({candidate, order[*keeper]});
    }
    return out;
  }

  std::string reason() const override { return "near_duplicate"; }
  Id128 fingerprint() const override { return fingerprint_; }

 private:
  // The places of candidates, which come in the order of their names.
  std::vector<std::uint32_t> by_rank(std::span<const Candidate> candidates) const {
    std::vector<std::uint32_t> order(candidates.size());
    std::iota(order.begin(), order.end(), 0);
    if (by_name_) return order;
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::pair(candidates[a].age, a) < std::pair(candidates[b].age, b);
    });
    return order;
  }

  const double threshold_;
  const Banding banding_;
  const std::string field_;
  const bool by_name_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "near_duplicates";
  descriptor.version = 2;  // sketches of bands and 32-bit shingles
  descriptor.summary = "Of documents that say nearly the same only one stays; when it goes, the next one is back.";
  descriptor.takes = {PayloadKind::document, PayloadKind::row};
  OptionSpec threshold = needed_option("threshold", OptionType::number, "The share of words in a row that two share.");
  threshold.fallback = kThreshold;
  threshold.minimum = kThresholdMin;
  threshold.maximum = 1;
  OptionSpec prefer = needed_option("prefer", OptionType::text, "Which stays: the older, or the first by name.");
  prefer.choices = {"older", "name"};
  prefer.fallback = "older";
  descriptor.options = {threshold, prefer, text_field_option()};
  descriptor.examples = {"near_duplicates", "near_duplicates: {threshold: 0.9, prefer: name}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_near_duplicates(const Options& options, const OperatorContext&) {
  return std::unique_ptr<Operator>(
      std::make_unique<NearDuplicatesStep>(options, step_fingerprint(describe(), options)));
}

}  // namespace

void register_near_duplicates(Registry& registry) { registry.add_operator(describe(), make_near_duplicates); }

}  // namespace naru
