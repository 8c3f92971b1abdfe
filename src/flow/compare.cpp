#include "flow/compare.h"

#include <algorithm>

namespace naru {

namespace {

bool is_below_unreadable(const std::string& key, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const auto& prefix) { return key.starts_with(prefix); });
}

void stays_without_document(const KnownItem& known, Difference& difference) {
  (is_drop(known.reject_code) ? difference.still_dropped : difference.still_rejected).push_back(&known);
}

void compare_known(const Item& item, const KnownItem& known, const Id128& pipeline, const Id128& label_hash, Look look,
                   Difference& difference) {
  const bool same = look == Look::at_changes && !known.fingerprint.empty() && known.fingerprint == item.fingerprint &&
                    known.pipeline == pipeline;
  if (!same || is_passing(known.reject_code)) {
    difference.look.push_back({&item, &known});
  } else if (!known.reject_code.empty()) {
    stays_without_document(known, difference);
  } else if (known.label_hash != label_hash) {
    difference.relabel.push_back(&item);
  } else {
    ++difference.unchanged;
  }
}

}  // namespace

bool is_passing(std::string_view reject_code) { return reject_code == "unavailable" || reject_code == "io"; }

Difference compare(const Listing& listing, const std::vector<KnownItem>& known, const Id128& pipeline,
                   const Id128& label_hash, Look look) {
  std::vector<const Reject*> rejects;
  rejects.reserve(listing.rejects.size());
  for (const Reject& reject : listing.rejects) rejects.push_back(&reject);
  std::sort(rejects.begin(), rejects.end(), [](const Reject* a, const Reject* b) { return a->key < b->key; });

  Difference difference;
  auto known_at = known.begin();
  auto reject_at = rejects.begin();
  // A known key that is not among the items: rejected by the listing, below a folder that could not be read, or gone.
  const auto pass_unlisted = [&](const KnownItem& gone) {
    while (reject_at != rejects.end() && (*reject_at)->key < gone.key) difference.rejected.push_back(*reject_at++);
    if (reject_at != rejects.end() && (*reject_at)->key == gone.key) {
      const Reject& reject = **reject_at++;
      if (gone.reject_code == reject.code && gone.reject_message == reject.message) {
        difference.still_rejected.push_back(&gone);
      } else {
        difference.rejected.push_back(&reject);
      }
    } else if (!is_below_unreadable(gone.key, listing.unreadable_prefixes)) {
      difference.missing.push_back(&gone);
    } else if (gone.reject_code.empty()) {
      ++difference.unchanged;
    } else {
      stays_without_document(gone, difference);
    }
  };
  for (const Item& item : listing.items) {
    while (known_at != known.end() && known_at->key < item.key) pass_unlisted(*known_at++);
    if (known_at != known.end() && known_at->key == item.key) {
      compare_known(item, *known_at++, pipeline, label_hash, look, difference);
    } else {
      difference.look.push_back({&item, nullptr});
    }
  }
  while (known_at != known.end()) pass_unlisted(*known_at++);
  difference.rejected.insert(difference.rejected.end(), reject_at, rejects.end());
  return difference;
}

}  // namespace naru
