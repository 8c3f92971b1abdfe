#include "flow/tap.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "flow/keyed.h"

namespace naru {

namespace {

constexpr std::string_view kSource = "source";

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string names_of(const FlowPlan& plan) {
  std::string names(kSource);
  for (const FlowStep& step : plan.steps) names += ", " + step.called();
  return names;
}

// Whether the step's word stands in what comes after a Keyed step.
bool stands_after_keyed(const FlowPlan& plan, const std::string& name) {
  for (std::size_t i = 0; i < plan.targets(); ++i) {
    const KeyedStep* keyed = plan.target_at(i).keyed.get();
    if (keyed == nullptr) continue;
    const auto& after = keyed->after.steps;
    if (keyed->name == name || stands_after_keyed(keyed->after, name) ||
        std::any_of(after.begin(), after.end(), [&](const FlowStep& step) { return step.called() == name; })) {
      return true;
    }
  }
  return false;
}

Result<std::size_t> find_step(const FlowPlan& plan, const std::string& name) {
  if (name == kSource) return kFromSource;
  if (name.empty()) {
    const auto last = std::find_if(plan.steps.rbegin(), plan.steps.rend(),
                                   [](const FlowStep& step) { return step.name != "embed"; });
    return last == plan.steps.rend() ? kFromSource : static_cast<std::size_t>(plan.steps.rend() - last) - 1;
  }
  const auto found =
      std::find_if(plan.steps.begin(), plan.steps.end(), [&](const FlowStep& step) { return step.called() == name; });
  std::size_t step = static_cast<std::size_t>(found - plan.steps.begin());
  if (found == plan.steps.end()) {
    const std::optional<std::size_t> by_number = number(name);
    if (stands_after_keyed(plan, name)) {
      return Error(Code::unsupported, fmt::format("`{}` works on what many items made together, which only a run does; "
                                                  "look at a step before it: {}", name, names_of(plan)));
    }
    if (!by_number || *by_number == 0 || *by_number > plan.steps.size()) {
      return Error(Code::not_found,
                   fmt::format("the flow \"{}\" has no step \"{}\"; it has {}", plan.name, name, names_of(plan)));
    }
    step = *by_number - 1;
  }
  if (plan.steps[step].name == "embed") {
    return Error(Code::unsupported, "`embed` gives texts their vectors and changes none; look at the step before it");
  }
  return step;
}

// The items to look at, in the order of their keys.
Result<std::vector<Item>> items_of(Source& source, const TapOptions& options) {
  if (options.key) return std::vector<Item>{NARU_TRY(source.find(*options.key, options.stop))};
  const Listing listing = NARU_TRY(source.poll(options.stop));
  if (options.limit == 0) return listing.items.all();
  std::vector<Item> first;
  SpilledList<Item>::Reader items = listing.items.read();
  for (Item item; first.size() < options.limit && NARU_TRY(items.next(item));) first.push_back(std::move(item));
  return first;
}

}  // namespace

Tap::Tap(const FlowPlan& plan) : plan_(plan) {
  for (const FlowStep& each : plan.steps) states_.push_back(each.step->make_state());
}

Result<Tap> Tap::open(FlowPlan& plan, const std::string& step) {
  plan.from = NARU_TRY(find_step(plan, step));
  return Tap(plan);
}

std::optional<Result<PreparedDocument>> Tap::work(const ItemContent& content, std::stop_token stop) const {
  if (content.drop) {
    PreparedDocument dropped;
    dropped.drop = make_drop(kSource, *content.drop);
    return Result<PreparedDocument>(std::move(dropped));
  }
  std::optional<Result<Batch>> direct = direct_records(*plan_.source, plan_.reads_rows, content);
  if (direct && !*direct) return Result<PreparedDocument>(direct->error());
  if (!direct && plan_.from == kFromSource) return std::nullopt;
  Batch batch = direct ? std::move(**direct) : Batch(1);
  for (Record& record : batch) {
    record.key = content.item.key;
    record.media_hint = content.item.media_hint;
    record.lineage = {plan_.name, content.item.key, sha256(content.bytes), {}};
    record.label = label_of(plan_, content.item);
  }
  if (!direct) batch.front().bytes = content.bytes;
  return std::move(ItemSteps(plan_, states_, {0}).work(std::move(batch), std::move(stop)).front());
}

Status tap(FlowPlan& plan, const TapOptions& options, const std::function<void(const Tapped&)>& see) {
  const Tap at = NARU_TRY(Tap::open(plan, options.step));
  for (const Item& item : NARU_TRY(items_of(*plan.source, options))) {
    if (options.stop.stop_requested()) return Error(Code::cancelled, "stopped");
    Tapped tapped;
    tapped.item = item;
    Result<ItemContent> content = plan.source->read(item, options.stop);
    if (content) {
      tapped.item = content->item;
      tapped.version = sha256(content->bytes);
      tapped.made = at.work(*content, options.stop);
    } else {
      tapped.made = std::move(content).error();
    }
    see(tapped);
  }
  return {};
}

}  // namespace naru
