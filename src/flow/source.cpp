#include <algorithm>

#include "naru/flow.h"
#include "runtime/clock.h"

namespace naru {

// For sources that cannot tell when they change: often enough to feel alive, seldom enough to cost nothing.
constexpr std::int64_t kPollMs = 30'000;

Status Source::wait_for_change(std::stop_token stop) {
  system_clock().sleep_ms(kPollMs, stop);
  return {};
}

Result<Item> Source::find(const std::string& key, std::stop_token stop) {
  Listing listing = NARU_TRY(poll(std::move(stop)));
  const auto it = std::lower_bound(listing.items.begin(), listing.items.end(), key,
                                   [](const Item& item, const std::string& wanted) { return item.key < wanted; });
  if (it == listing.items.end() || it->key != key) return Error(Code::not_found, "the source no longer has it");
  return std::move(*it);
}

Result<Item> Source::add(const std::string&, std::string_view, Overwrite) {
  return Error(Code::not_allowed, "this source takes no documents by hand");
}

}  // namespace naru
