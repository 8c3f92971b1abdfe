#include "connector/shared/sorted_items.h"

#include <algorithm>
#include <queue>
#include <tuple>

namespace naru {

namespace {

// Sorted at once: some hundred thousand items.
constexpr std::size_t kRunBytesMax = 32U << 20;

bool comes_before(const Item& a, const Item& b) { return std::tie(a.key, a.place) < std::tie(b.key, b.place); }

// A run as far as it was read.
struct Run {
  SpilledList<Item>::Reader rest;
  Item next;
};

}  // namespace

void SortedItems::add(Item item) {
  bytes_ += sizeof(Item) + item.key.size() + item.fingerprint.size() + item.place.size();
  items_.push_back(std::move(item));
  if (bytes_ > kRunBytesMax) end_run();
}

void SortedItems::end_run() {
  if (items_.empty()) return;
  if (!std::is_sorted(items_.begin(), items_.end(), comes_before)) {
    std::sort(items_.begin(), items_.end(), comes_before);
  }
  if (runs_.empty() || comes_before(items_.front(), last_)) runs_.emplace_back();
  for (const Item& item : items_) runs_.back().add(item);
  last_ = std::move(items_.back());
  items_.clear();
  items_.shrink_to_fit();
  bytes_ = 0;
}

Status SortedItems::each(const std::function<Status(Item& item)>& visit) {
  if (runs_.empty()) {  // few enough for memory
    std::sort(items_.begin(), items_.end(), comes_before);
    for (Item& item : items_) NARU_TRY(visit(item));
    items_.clear();
    return {};
  }
  end_run();
  const auto after = [](const Run* a, const Run* b) { return comes_before(b->next, a->next); };
  std::vector<Run> runs;
  for (const SpilledList<Item>& run : runs_) runs.push_back({run.read(), {}});
  std::priority_queue<Run*, std::vector<Run*>, decltype(after)> queue(after);
  for (Run& run : runs) {
    if (NARU_TRY(run.rest.next(run.next))) queue.push(&run);
  }
  while (!queue.empty()) {
    Run* run = queue.top();
    queue.pop();
    NARU_TRY(visit(run->next));
    if (NARU_TRY(run->rest.next(run->next))) queue.push(run);
  }
  return {};
}

}  // namespace naru
