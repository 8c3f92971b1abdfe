#include "operator/shared/near_duplicates.h"

#include <algorithm>

namespace naru {

namespace {

// Two sets that are as alike as 0.8 share 5.5 of 21 bands in the mean; one that they share by chance is told from
// that by asking for a second, where there are so many bands that this misses next to nothing.
constexpr std::size_t kBandsForTwo = 16;

std::uint32_t hash_of(const Id128& id) { return static_cast<std::uint32_t>(id.low ^ (id.high >> 32)); }

}  // namespace

NearDuplicates::NearDuplicates(double threshold, ShinglesOf shingles_of)
    : threshold_(threshold), shingles_of_(std::move(shingles_of)), banding_(banding_for(threshold)),
      tables_(banding_.bands) {}

Result<std::vector<DuplicateFate>> NearDuplicates::put(const DuplicateRank& rank, const Shingles& shingles) {
  const Number old = find(rank.id);
  if (old != kNone) take_out(old);
  const Number number = add(rank, shingles);
  remember(number);
  waiting_.insert(number);
  NARU_TRY(settle());
  return changes(number);
}

Result<std::vector<DuplicateFate>> NearDuplicates::remove(const Id128& id) {
  const Number number = find(id);
  if (number == kNone) return std::vector<DuplicateFate>();
  take_out(number);
  NARU_TRY(settle());
  return changes(kNone);
}

std::optional<DuplicateFate> NearDuplicates::fate_of(const Id128& id) const {
  const Number number = find(id);
  if (number == kNone) return std::nullopt;
  const Number keeper = entries_[number].keeper;
  return DuplicateFate{id, keeper == kNone ? std::nullopt : std::optional(entries_[keeper].rank.id)};
}

std::size_t NearDuplicates::memory_bytes() const {
  std::size_t bytes = entries_.capacity() * sizeof(Entry) + bands_.capacity() * sizeof(std::uint32_t) +
                      free_.capacity() * sizeof(Number) + by_id_.memory_bytes();
  for (const NumberTable& table : tables_) bytes += table.memory_bytes();
  return bytes;
}

// ---- documents --------------------------------------------------------------------------------------------------

NearDuplicates::Number NearDuplicates::find(const Id128& id) const {
  Number found = kNone;
  by_id_.find(hash_of(id), [&](Number number) {
    if (entries_[number].rank.id != id) return false;
    found = number;
    return true;
  });
  return found;
}

NearDuplicates::Number NearDuplicates::add(const DuplicateRank& rank, const Shingles& shingles) {
  Number number = static_cast<Number>(entries_.size());
  if (free_.empty()) {
    entries_.emplace_back();
    bands_.resize(bands_.size() + banding_.bands);
  } else {
    number = free_.back();
    free_.pop_back();
  }
  entries_[number] = Entry();
  entries_[number].rank = rank;
  entries_[number].shingles = static_cast<std::uint32_t>(shingles.size());
  entries_[number].state = State::waiting;
  const std::vector<std::uint32_t> bands = bands_of(shingles, banding_);
  std::copy(bands.begin(), bands.end(), bands_.begin() + static_cast<std::ptrdiff_t>(number * banding_.bands));
  by_id_.add(number, [&](Number one) { return hash_of(entries_[one].rank.id); });
  return number;
}

void NearDuplicates::take_out(Number number) {
  if (entries_[number].state == State::stays) leave(number);
  release(number);
  unlink(number);
  waiting_.erase(number);
  by_id_.remove(number, hash_of(entries_[number].rank.id));
  entries_[number].state = State::free;
  free_.push_back(number);
}

// ---- the rule -----------------------------------------------------------------------------------------------------

// In order of rank: when one is looked at, all of higher rank have their fate, and it changes only lower ones.
Status NearDuplicates::settle() {
  while (!waiting_.empty()) {
    const Number number = *waiting_.begin();
    waiting_.erase(waiting_.begin());
    NARU_TRY(settle(number));
  }
  return {};
}

Status NearDuplicates::settle(Number number) {
  const std::vector<Number> alike = alike_that_stay(number);
  const Shingles shingles = alike.empty() ? Shingles() : NARU_TRY(shingles_of_(entries_[number].rank.id));
  const Higher higher{this};
  std::vector<Number> lower;
  for (const Number other : alike) {
    if (!NARU_TRY(is_near(number, shingles, other))) continue;
    if (higher(number, other)) {
      lower.push_back(other);
      continue;
    }
    if (entries_[number].state == State::stays) leave(number);
    release(number);
    link(number, other);
    return {};
  }
  if (entries_[number].state == State::stays) return {};
  unlink(number);
  stay(number);
  for (const Number other : lower) {
    remember(other);
    waiting_.insert(other);
  }
  return {};
}

Result<bool> NearDuplicates::is_near(Number number, const Shingles& shingles, Number other) const {
  const auto [fewer, more] = std::minmax(entries_[number].shingles, entries_[other].shingles);
  if (fewer < threshold_ * more) return false;  // even if all of the fewer are shared
  const Shingles others = NARU_TRY(shingles_of_(entries_[other].rank.id));
  return jaccard(shingles, others) >= threshold_;
}

// Those that stay and share bands with it, in order of rank.
std::vector<NearDuplicates::Number> NearDuplicates::alike_that_stay(Number number) const {
  if (entries_[number].shingles == 0) return {};
  std::vector<Number> shared;  // once for each band
  for (std::size_t at = 0; at < banding_.bands; ++at) {
    const std::uint32_t wanted = band(number, at);
    tables_[at].find(wanted, [&](Number other) {
      if (other != number && band(other, at) == wanted) shared.push_back(other);
      return false;
    });
  }
  std::sort(shared.begin(), shared.end());
  const std::size_t needed = banding_.bands >= kBandsForTwo ? 2 : 1;
  std::vector<Number> alike;
  for (std::size_t first = 0; first < shared.size();) {
    std::size_t last = first;
    while (last < shared.size() && shared[last] == shared[first]) ++last;
    if (last - first >= needed) alike.push_back(shared[first]);
    first = last;
  }
  std::sort(alike.begin(), alike.end(), Higher{this});
  return alike;
}

// ---- who stays, and who keeps whom out ------------------------------------------------------------------------------

void NearDuplicates::stay(Number number) {
  entries_[number].state = State::stays;
  if (entries_[number].shingles == 0) return;
  for (std::size_t at = 0; at < banding_.bands; ++at) {
    tables_[at].add(number, [&](Number one) { return band(one, at); });
  }
}

void NearDuplicates::leave(Number number) {
  entries_[number].state = State::waiting;
  if (entries_[number].shingles == 0) return;
  for (std::size_t at = 0; at < banding_.bands; ++at) tables_[at].remove(number, band(number, at));
}

void NearDuplicates::link(Number number, Number keeper) {
  if (entries_[number].keeper == keeper) return;
  unlink(number);
  Entry& entry = entries_[number];
  entry.state = State::dropped;
  entry.keeper = keeper;
  entry.next_kept_out = entries_[keeper].first_kept_out;
  if (entry.next_kept_out != kNone) entries_[entry.next_kept_out].previous_kept_out = number;
  entries_[keeper].first_kept_out = number;
}

void NearDuplicates::unlink(Number number) {
  Entry& entry = entries_[number];
  if (entry.keeper == kNone) return;
  if (entry.previous_kept_out != kNone) {
    entries_[entry.previous_kept_out].next_kept_out = entry.next_kept_out;
  } else {
    entries_[entry.keeper].first_kept_out = entry.next_kept_out;
  }
  if (entry.next_kept_out != kNone) entries_[entry.next_kept_out].previous_kept_out = entry.previous_kept_out;
  entry.keeper = entry.next_kept_out = entry.previous_kept_out = kNone;
}

// Those that it kept out are looked at again: another may keep them out, or none.
void NearDuplicates::release(Number keeper) {
  while (entries_[keeper].first_kept_out != kNone) {
    const Number number = entries_[keeper].first_kept_out;
    remember(number);
    unlink(number);
    entries_[number].state = State::waiting;
    waiting_.insert(number);
  }
}

void NearDuplicates::remember(Number number) {
  before_.try_emplace(number, entries_[number].state);
}

// Of those that were looked at, and of `always`.
std::vector<DuplicateFate> NearDuplicates::changes(Number always) {
  std::vector<Number> changed;
  for (const auto& [number, was] : before_) {
    const bool stays = entries_[number].state == State::stays;
    if (number == always || stays != (was == State::stays)) changed.push_back(number);
  }
  before_.clear();
  std::sort(changed.begin(), changed.end(), Higher{this});
  std::vector<DuplicateFate> fates;
  fates.reserve(changed.size());
  for (const Number number : changed) fates.push_back(*fate_of(entries_[number].rank.id));
  return fates;
}

}  // namespace naru
