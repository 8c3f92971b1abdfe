#include "app/without_document.h"

#include <algorithm>

namespace naru {

Result<WithoutDocument> items_without_document(const Engine& engine, Store* store) {
  WithoutDocument found;
  if (store != nullptr) {
    found.rejected = NARU_TRY(store->rejects());
    found.dropped = NARU_TRY(store->dropped());
  }
  for (const FlowConfig& flow : engine.config().flows) {
    if (flow.target.name.empty()) continue;
    const std::unique_ptr<Target> target = NARU_TRY(engine.target(flow, {flow.name}));
    const std::vector<KnownItem> items = NARU_TRY_AT(target->known_items(flow.name), "flow " + flow.name);
    for (const KnownItem& item : items) {
      if (item.reject_code.empty()) continue;
      (is_drop(item.reject_code) ? found.dropped : found.rejected)
          .emplace_back(flow.name, Reject{item.key, item.reject_code, item.reject_message});
    }
  }
  for (auto* items : {&found.rejected, &found.dropped}) {
    std::stable_sort(items->begin(), items->end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  return found;
}

}  // namespace naru
