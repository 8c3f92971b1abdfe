#include "flow/compare.h"

#include <algorithm>

namespace naru {

namespace {

class Comparison {
 public:
  Comparison(const Listing& listing, const CompareRules& rules)
      : listing_(listing), rules_(rules), label_hash_(hash_label(rules.plan->label)) {
    rejects_.reserve(listing.rejects.size());
    for (const Reject& reject : listing.rejects) rejects_.push_back(&reject);
    std::sort(rejects_.begin(), rejects_.end(), [](const Reject* a, const Reject* b) { return a->key < b->key; });
    reject_at_ = rejects_.begin();
  }

  Result<Difference> run(const SpilledList<KnownItem>& known) {
    SpilledList<KnownItem>::Reader rest = known.read();
    KnownItem next;
    bool more = NARU_TRY(next_known(rest, next));
    NARU_TRY(listing_.items.each([&](Item& item) -> Status {
      for (; more && next.key < item.key; more = NARU_TRY(next_known(rest, next))) NARU_TRY(unlisted(next));
      if (!more || next.key != item.key) return is_new(item), Status();
      is_known(item, next);
      more = NARU_TRY(next_known(rest, next));
      return {};
    }));
    for (; more; more = NARU_TRY(next_known(rest, next))) NARU_TRY(unlisted(next));
    for (; reject_at_ != rejects_.end(); ++reject_at_) reject(**reject_at_);
    return std::move(difference_);
  }

 private:
  // Of what the target is to let go of nothing is known any more.
  Result<bool> next_known(SpilledList<KnownItem>::Reader& rest, KnownItem& next) {
    while (NARU_TRY(rest.next(next))) {
      const bool gone = !rules_.forgets_itself && is_forgotten(next.key);
      if (!gone) return ++difference_.known, true;
      difference_.forgotten_known.add(next);
    }
    return false;
  }

  bool is_forgotten(const std::string& key) const {
    return rules_.forgotten != nullptr && rules_.forgotten->has_item(rules_.plan->name, key);
  }
  bool is_out(const std::string& key) const { return rules_.keys != nullptr && !rules_.keys->holds(key); }

  void is_new(const Item& item) {
    if (is_forgotten(item.key)) {
      ++difference_.forgotten;
    } else if (!is_out(item.key)) {
      difference_.look.add(item);
      difference_.look_known.add(KnownItem());
    }
  }

  void is_known(const Item& item, const KnownItem& known) {
    const bool late = listing_.ordered && item.version_order < known.version_order;
    const bool same = late || (!rules_.full && !known.fingerprint.empty() && known.fingerprint == item.fingerprint &&
                               known.pipeline == rules_.pipeline);
    if (!same || (is_passing(known.reject_code) && !late)) {
      if (is_out(item.key)) {
        ++difference_.unchanged;
        return;
      }
      difference_.look.add(item);
      difference_.look_known.add(known);
    } else if (!known.reject_code.empty()) {
      stays_without_document(known);
    } else if (!late && known.label_hash != label_hash_of(item) && !is_out(item.key)) {
      difference_.relabel.add(item);
    } else {
      ++difference_.unchanged;
    }
  }

  Id128 label_hash_of(const Item& item) const {
    return item.access ? hash_label(label_of(*rules_.plan, item)) : label_hash_;
  }

  void stays_without_document(const KnownItem& known) {
    if (const std::optional<Drop> drop = drop_of(known.reject_code, known.reject_message)) {
      ++difference_.dropped;
      count_drop(difference_.still_dropped, drop->step, drop->reason, {1, 0});
    } else {
      difference_.still_rejected.add(known);
    }
  }

  void reject(const Reject& reject) {
    if (is_forgotten(reject.key)) {
      ++difference_.forgotten;
    } else if (!is_out(reject.key)) {
      difference_.rejected.push_back(reject);
    }
  }

  // A known key that is not among the items: rejected by the listing, below a folder that could not be read, or gone.
  Status unlisted(const KnownItem& gone) {
    for (; reject_at_ != rejects_.end() && (*reject_at_)->key < gone.key; ++reject_at_) reject(**reject_at_);
    if (reject_at_ != rejects_.end() && (*reject_at_)->key == gone.key) {
      const Reject& said = **reject_at_++;
      if (gone.reject_code == said.code && gone.reject_message == said.message) {
        difference_.still_rejected.add(gone);
      } else {
        reject(said);
      }
      return {};
    }
    // What a listing rejected has no name but there: another one says it anew.
    const bool was_listed = !gone.fingerprint.empty() || gone.version != Sha256() || gone.reject_code.empty();
    const auto is_above = [&](const std::string& prefix) { return gone.key.starts_with(prefix); };
    const auto& prefixes = listing_.unreadable_prefixes;
    const bool is_gone = !(listing_.partial && was_listed) && std::none_of(prefixes.begin(), prefixes.end(), is_above);
    if (is_gone) {
      difference_.missing.add(gone);
    } else if (gone.reject_code.empty()) {
      ++difference_.unchanged;
    } else {
      stays_without_document(gone);
    }
    return {};
  }

  const Listing& listing_;
  const CompareRules& rules_;
  const Id128 label_hash_;  // of items that say nothing of their own
  std::vector<const Reject*> rejects_;
  std::vector<const Reject*>::const_iterator reject_at_;
  Difference difference_;
};

}  // namespace

bool is_passing(std::string_view reject_code) { return reject_code == "unavailable" || reject_code == "io"; }

Result<Difference> compare(const Listing& listing, const SpilledList<KnownItem>& known, const CompareRules& rules) {
  return Comparison(listing, rules).run(known);
}

}  // namespace naru
