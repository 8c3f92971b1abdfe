#include <fmt/format.h>

#include "naru/flow.h"
#include "naru/target.h"
#include "runtime/clock.h"

namespace naru {

// For sources that cannot tell when they change: often enough to feel alive, seldom enough to cost nothing.
constexpr std::int64_t kPollMs = 30'000;

Status Source::wait_for_change(std::stop_token stop) {
  system_clock().sleep_ms(kPollMs, stop);
  return {};
}

Result<Item> Source::find(const std::string& key, std::stop_token stop) {
  const Listing listing = NARU_TRY(poll(std::move(stop)));
  SpilledList<Item>::Reader items = listing.items.read();
  for (Item item; NARU_TRY(items.next(item)) && item.key <= key;) {
    if (item.key == key) return item;
  }
  return Error(Code::not_found, "the source no longer has it");
}

Result<Item> Source::add(const std::string&, std::string_view, Overwrite) {
  return Error(Code::not_allowed, "this source takes no documents by hand");
}

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::good: return "ok";
    case Verdict::weaker: return "weaker";
    case Verdict::missing: break;
  }
  return "missing";
}

std::vector<Finding> Source::check(std::stop_token stop) {
  const Result<Listing> listing = poll(std::move(stop));
  if (!listing) return {{"source", Verdict::missing, listing.error().describe()}};
  std::vector<Finding> findings = {{"source", Verdict::good, fmt::format("{} items", listing->items.size())}};
  if (!listing->rejects.empty()) {
    findings.push_back({"items", Verdict::weaker, fmt::format("{} cannot be listed, the first: {}: {}",
                                                              listing->rejects.size(), listing->rejects[0].key,
                                                              listing->rejects[0].message)});
  }
  return findings;
}

Result<Discovery> Source::discover(std::stop_token) {
  return Error(Code::unsupported, "this source cannot tell what is there");
}

std::vector<Finding> Target::check(const std::string& flow) {
  const Result<SpilledList<KnownItem>> known = known_items(flow);
  if (!known) return {{"target", Verdict::missing, known.error().describe()}};
  return {{"target", Verdict::good, fmt::format("has {} items of this flow", known->size())}};
}

}  // namespace naru
