#include "app/without_document.h"

#include <algorithm>
#include <tuple>

namespace naru {

Result<WithoutDocument> items_without_document(const Engine& engine, Store* store) {
  WithoutDocument found;
  const auto add = [&](const std::string& flow, const SpilledList<KnownItem>& items) {
    return items.each([&](const KnownItem& item) {
      if (item.reject_code.empty()) return Status();
      (is_drop(item.reject_code) ? found.dropped : found.rejected)
          .emplace_back(flow, Reject{item.key, item.reject_code, item.reject_message});
      return Status();
    });
  };
  KeyedSteps keyed;
  if (store != nullptr) {
    found.rejected = NARU_TRY(store->rejects());
    found.dropped = NARU_TRY(store->dropped());
    keyed = NARU_TRY(store->keyed_steps());
  }
  for (const auto& [flow, step] : keyed) {
    NARU_TRY(add(flow, NARU_TRY(NARU_TRY(store->keyed_table(flow, step))->known_items())));
  }
  for (const FlowConfig& flow : engine.config().flows) {
    for (const TargetConfig& to : flow.targets) {
      if (!to.knowledge_base.empty()) continue;
      const std::unique_ptr<Target> target = NARU_TRY(engine.target(to, {flow.name}));
      NARU_TRY(add(flow.name, NARU_TRY_AT(target->known_items(flow.name), "flow " + flow.name)));
    }
  }
  // What several targets have no document of, for the same reason, is one.
  const auto name_of = [](const auto& item) { return std::tie(item.first, item.second.key, item.second.code); };
  for (auto* items : {&found.rejected, &found.dropped}) {
    const auto before = [&](const auto& a, const auto& b) { return name_of(a) < name_of(b); };
    std::stable_sort(items->begin(), items->end(), before);
    const auto same = [&](const auto& a, const auto& b) { return name_of(a) == name_of(b); };
    items->erase(std::unique(items->begin(), items->end(), same), items->end());
  }
  return found;
}

}  // namespace naru
