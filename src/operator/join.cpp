// join: rows of two kinds become one where their keys agree.
//
// A Keyed over rows of both kinds, told apart by a field: `_source` where a flow has several sources. Each row of the
// left meets each of the right with its key, as SQL's JOIN has it: what is null agrees with nothing, `how` says what
// becomes of a row that meets none. Rows of a third kind are left out. When either side changes, its key is joined
// again and no other.
#include <fmt/format.h>

#include <algorithm>

#include "naru/keyed.h"
#include "naru/registry.h"
#include "operator/shared/group_key.h"
#include "operator/shared/step_options.h"
#include "record/value_json.h"

namespace naru {

namespace {

// Of one key. A key on which more comes together is none that two tables have in common, but a mistake.
constexpr std::size_t kRowsMax = 10'000;           // that come out
constexpr std::size_t kBytesMax = 64U << 20;       // that are held, as JSON

enum class How : std::uint8_t { inner, left, full };

struct JoinOptions {
  std::string side, left, right;
  std::vector<std::string> left_on, right_on;
  How how = How::inner;
};

class BothSides : public GroupFold {
 public:
  explicit BothSides(const JoinOptions& options) : options_(options) {}

  Status add(Row row) override {
    const Value* side = row_field(row, options_.side);
    const bool is_left = side != nullptr && *side == Value(options_.left);
    if (!is_left && (side == nullptr || *side != Value(options_.right))) return {};
    bytes_ += to_json_line(row.fields).size();
    if (bytes_ > kBytesMax) {
      return Error(Code::limit_exceeded, fmt::format("rows of more than {} MB have one key", kBytesMax >> 20));
    }
    (is_left ? lefts_ : rights_).push_back(std::move(row));
    return {};
  }

  Result<std::vector<Row>> finish() override {
    if (lefts_.size() * rights_.size() > kRowsMax) {
      return Error(Code::limit_exceeded,
                   fmt::format("{} rows of \"{}\" and {} of \"{}\" have one key; more than {} come of no join",
                               lefts_.size(), options_.left, rights_.size(), options_.right, kRowsMax));
    }
    std::vector<Row> joined;
    const bool meet = !lefts_.empty() && !rights_.empty() && has_key();
    for (const Row& left : lefts_) {
      if (!meet && options_.how != How::inner) joined.push_back(without_side(left));
      for (std::size_t i = 0; meet && i < rights_.size(); ++i) joined.push_back(together(left, rights_[i]));
    }
    if (!meet && options_.how == How::full) {
      for (const Row& right : rights_) joined.push_back(together({}, right));
    }
    return joined;
  }

 private:
  // All of one group have the same key, so one row says it.
  bool has_key() const {
    return std::none_of(options_.left_on.begin(), options_.left_on.end(), [&](const std::string& field) {
      const Value* value = row_field(lefts_.front(), field);
      return value == nullptr || value->is_null();
    });
  }

  Row without_side(Row row) const {
    remove_field(row.fields, options_.side);
    return row;
  }

  // The key stands once, under the name that it has on the left; another field that both have is called SIDE_FIELD of
  // the right.
  Row together(const Row& left, const Row& right) const {
    Row row = without_side(left);
    const bool alone = left.fields.empty();
    if (alone) row.locator = right.locator;
    for (const NamedValue& field : right.fields) {
      if (field.name == options_.side) continue;
      const auto key = std::find(options_.right_on.begin(), options_.right_on.end(), field.name);
      if (key != options_.right_on.end()) {
        const std::string& name = options_.left_on[static_cast<std::size_t>(key - options_.right_on.begin())];
        if (alone) set_field(row.fields, name, field.value);
        continue;
      }
      const bool taken = find_field(left.fields, field.name) != nullptr;
      set_field(row.fields, taken ? options_.right + "_" + field.name : field.name, field.value);
    }
    return row;
  }

  const JoinOptions& options_;
  std::vector<Row> lefts_, rights_;
  std::size_t bytes_ = 0;
};

class JoinStep : public KeyedOperator {
 public:
  JoinStep(JoinOptions options, Id128 fingerprint) : options_(std::move(options)), fingerprint_(fingerprint) {}

  std::string key(const Row& row) const override {
    const Value* side = row_field(row, options_.side);
    const bool is_right = side != nullptr && *side == Value(options_.right);
    return group_key(row, is_right ? options_.right_on : options_.left_on);
  }
  std::unique_ptr<GroupFold> start() const override { return std::make_unique<BothSides>(options_); }
  Id128 fingerprint() const override { return fingerprint_; }

 private:
  const JoinOptions options_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "join";
  descriptor.summary = "Rows of two kinds become one where their keys agree.";
  descriptor.takes = {PayloadKind::row};
  OptionSpec on = needed_option("on", OptionType::text_list, "The fields that agree, as the left calls them.");
  OptionSpec right_on = needed_option("right_on", OptionType::text_list, "What the right calls them, if otherwise.");
  right_on.optional = true;
  OptionSpec how = needed_option("how", OptionType::text,
                                 "What becomes of rows that meet none: inner: they go; left: those of the left stay; "
                                 "full: all stay.");
  how.choices = {"inner", "left", "full"};
  how.fallback = "inner";
  OptionSpec side = needed_option("side", OptionType::text, "The field that says which kind a row is of.");
  side.fallback = "_source";
  descriptor.options = {needed_option("left", OptionType::text, "What that field says of the left."),
                        needed_option("right", OptionType::text, "And of the right."), on, right_on, how, side};
  descriptor.examples = {"join: {left: orders, right: customers, on: customer}",
                         "join: {left: '1', right: '2', on: [shop, item], right_on: [shop, id], how: full, "
                         "side: status}",
                         "join: {left: '0', right: '3', on: shop, how: left, side: item}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_join(const Options& options, const OperatorContext&) {
  JoinOptions join;
  join.side = options.text("side");
  join.left = options.text("left");
  join.right = options.text("right");
  join.left_on = options.list("on");
  join.right_on = options.has("right_on") ? options.list("right_on") : join.left_on;
  const std::string& how = options.text("how");
  join.how = how == "full" ? How::full : how == "left" ? How::left : How::inner;
  if (join.left == join.right) return option_error(options, "`left` and `right` are the same kind of row");
  if (join.left_on.size() != join.right_on.size()) {
    return option_error(options, fmt::format("`on` has {} fields and `right_on` {}: they go in pairs",
                                             join.left_on.size(), join.right_on.size()));
  }
  return std::unique_ptr<Operator>(
      std::make_unique<JoinStep>(std::move(join), step_fingerprint(describe(), options)));
}

}  // namespace

void register_join(Registry& registry) { registry.add_operator(describe(), make_join); }

}  // namespace naru
