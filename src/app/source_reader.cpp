#include "app/source_reader.h"

#include <algorithm>

namespace naru {

Result<SourceReader::Found> SourceReader::read(const std::string& flow, const std::string& key) {
  Opened& opened = *NARU_TRY(open(flow));
  const std::vector<Item>& items = opened.listing.items;
  const auto it = std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.key == key; });
  if (it == items.end()) return Error(Code::not_found, "the source no longer has it");
  ItemContent content = NARU_TRY(opened.source->read(*it, stop_));
  const bool direct = opened.source->direct_document(content).has_value();
  return Found{std::move(content.bytes), !direct};
}

Result<SourceReader::Opened*> SourceReader::open(const std::string& flow) {
  const auto it = opened_.find(flow);
  if (it != opened_.end()) return &it->second;
  const FlowConfig* config = engine_.config().flow(flow);
  if (config == nullptr) return Error(Code::unavailable, "naru.yaml no longer has the flow " + flow);
  Opened opened;
  opened.source = NARU_TRY(engine_.source(*config));
  opened.listing = NARU_TRY(opened.source->poll(stop_));
  return &opened_.emplace(flow, std::move(opened)).first->second;
}

}  // namespace naru
