#include "connector/shared/folders_of.h"

#include <map>

namespace naru {

Result<Discovery> folders_of(const Listing& listing, std::string_view prefix) {
  std::map<std::string, Found> folders;
  NARU_TRY(listing.items.each([&](const Item& item) {
    const std::size_t slash = item.key.find('/', prefix.size());
    const std::string here = prefix.empty() ? "." : std::string(prefix);
    const std::string name = slash == std::string::npos ? here : item.key.substr(0, slash + 1);
    Found& found = folders[name];
    found.name = name;
    found.kind = "folder";
    found.count = found.count.value_or(0) + 1;
    found.bytes = found.bytes.value_or(0) + item.size_bytes;
    return Status();
  }));
  Discovery discovery;
  discovery.whole = folders.size() <= kFoundMax;
  for (auto& [name, found] : folders) {
    if (discovery.found.size() < kFoundMax) discovery.found.push_back(std::move(found));
  }
  return discovery;
}

}  // namespace naru
