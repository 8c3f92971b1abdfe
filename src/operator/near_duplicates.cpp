// near_duplicates: of documents that say nearly the same only one stays.
//
// A Keyed over whole items, documents or rows: one stays if and only if no other that stays and has a higher rank is
// within the threshold of it (shared/near_duplicates.h), so that when the one that stayed goes the next is back. Rank
// is age, the older first, or the order of names. What is kept of an item are its shingles.
#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "base/little_endian.h"
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

std::string pack(const Shingles& shingles) {
  std::string bytes;
  bytes.reserve(shingles.size() * sizeof(std::uint64_t));
  for (const std::uint64_t shingle : shingles) put_le(bytes, shingle);
  return bytes;
}

Result<Shingles> unpack(std::string_view bytes) {
  if (bytes.size() % sizeof(std::uint64_t) != 0) return Error(Code::corrupt, "kept shingles are damaged");
  Shingles shingles(bytes.size() / sizeof(std::uint64_t));
  BoundedReader reader(bytes);
  for (std::uint64_t& shingle : shingles) shingle = reader.number<std::uint64_t>();
  return shingles;
}

class NearDuplicatesStep : public SelectingOperator {
 public:
  NearDuplicatesStep(const Options& options, Id128 fingerprint)
      : threshold_(options.number("threshold")), field_(options.text("field")),
        by_name_(options.text("prefer") == "name"), fingerprint_(fingerprint) {}

  std::string sketch(const Batch& records) const override {
    std::string text;
    for (const Record& record : records) text += record_text(record, field_).value_or("") + "\n";
    return pack(shingles_of(text));
  }

  Result<std::vector<LeftOut>> choose(std::span<const Candidate> candidates, const SketchOf& sketch_of,
                                      std::stop_token stop) const override {
    std::unordered_map<Id128, std::size_t> places;
    for (std::size_t i = 0; i < candidates.size(); ++i) places[candidates[i].id] = i;
    NearDuplicates index(threshold_, [&](const Id128& id) -> Result<Shingles> {
      return unpack(NARU_TRY(sketch_of(places.at(id))));
    });
    // In order of rank each is decided once.
    std::vector<std::size_t> order(candidates.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return rank_of(candidates, a) < rank_of(candidates, b);
    });
    for (const std::size_t i : order) {
      if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
      NARU_TRY(index.put(rank_of(candidates, i), NARU_TRY(unpack(NARU_TRY(sketch_of(i))))));
    }
    std::vector<LeftOut> out;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const std::optional<DuplicateFate> fate = index.fate_of(candidates[i].id);
      if (fate && fate->keeper) out.push_back({i, places.at(*fate->keeper)});
    }
    return out;
  }

  std::string reason() const override { return "near_duplicate"; }
  Id128 fingerprint() const override { return fingerprint_; }

 private:
  // Candidates come in the order of their names.
  DuplicateRank rank_of(std::span<const Candidate> candidates, std::size_t i) const {
    return {0, by_name_ ? i : candidates[i].age, candidates[i].id};
  }

  const double threshold_;
  const std::string field_;
  const bool by_name_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "near_duplicates";
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
