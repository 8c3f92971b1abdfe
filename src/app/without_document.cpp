#include "app/without_document.h"

#include <algorithm>

namespace naru {

Result<std::vector<std::pair<std::string, Reject>>> items_without_document(const Engine& engine, Store* store,
                                                                           Without why) {
  std::vector<std::pair<std::string, Reject>> found;
  if (store != nullptr) {
    found = NARU_TRY(why == Without::dropped ? store->dropped() : store->rejects());
  }
  for (const FlowConfig& flow : engine.config().flows) {
    if (flow.target.name.empty()) continue;
    const std::unique_ptr<Target> target = NARU_TRY(engine.target(flow, {flow.name}));
    const std::vector<KnownItem> items = NARU_TRY_AT(target->known_items(flow.name), "flow " + flow.name);
    for (const KnownItem& item : items) {
      if (item.reject_code.empty() || is_drop(item.reject_code) != (why == Without::dropped)) continue;
      found.emplace_back(flow.name, Reject{item.key, item.reject_code, item.reject_message});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return found;
}

}  // namespace naru
