#include "app/source_reader.h"

namespace naru {

Result<SourceReader::Found> SourceReader::read(const std::string& flow, const std::string& key) {
  Source& source = *NARU_TRY(open(flow));
  const Item item = NARU_TRY(source.find(key, stop_));
  ItemContent content = NARU_TRY(source.read(item, stop_));
  const bool direct = source.direct_document(content).has_value();
  return Found{std::move(content.bytes), !direct};
}

Result<Source*> SourceReader::open(const std::string& flow) {
  const auto it = opened_.find(flow);
  if (it != opened_.end()) return it->second.get();
  const FlowConfig* config = engine_.config().flow(flow);
  if (config == nullptr) return Error(Code::unavailable, "naru.yaml no longer has the flow " + flow);
  return opened_.emplace(flow, NARU_TRY(engine_.source(*config))).first->second.get();
}

}  // namespace naru
