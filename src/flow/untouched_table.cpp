#include "flow/untouched_table.h"

namespace naru {

Result<SpilledList<KnownItem>> UntouchedTable::known_items() {
  SpilledList<KnownItem> items;
  auto change = changes_.begin();
  const auto add_new = [&](const std::string* before) {
    for (; change != changes_.end() && (before == nullptr || change->first < *before); ++change) {
      if (!change->second.removed && !change->second.moved) items.add(change->second.known);
    }
  };
  if (table_) {
    const SpilledList<KnownItem> kept = NARU_TRY(table_->known_items());
    NARU_TRY(kept.each([&](KnownItem& item) {
      add_new(&item.key);
      if (change != changes_.end() && change->first == item.key) {
        const Change& now = (change++)->second;
        if (now.removed) return Status();
        if (!now.moved) return items.add(now.known), Status();
        item.fingerprint = now.known.fingerprint;
        item.version_order = now.known.version_order;
      }
      return items.add(item), Status();
    }));
  }
  add_new(nullptr);
  return items;
}

Status UntouchedTable::apply(std::span<const Change> changes) {
  for (const Change& change : changes) {
    const auto known = changes_.find(change.known.key);
    if (change.moved) {
      if (known == changes_.end()) {
        changes_[change.known.key] = change;
      } else {
        known->second.known.fingerprint = change.known.fingerprint;
        known->second.known.version_order = change.known.version_order;
      }
      continue;
    }
    const auto touch = [&](const Row& row) { return touched_.insert(row.group), Status(); };
    NARU_TRY(each_row_of(change.known.key, touch));
    for (const Row& row : change.rows) touched_.insert(row.group);
    changes_[change.known.key] = change;
  }
  return {};
}

// Groups whose rows are what they were have the hash that they had.
Status UntouchedTable::each_group(const VisitGroup& visit) {
  auto touched = touched_.begin();
  const auto visit_touched = [&](const std::string& name, const Group* kept) -> Status {
    bool any = false, was = false;
    const Id128 now = NARU_TRY(rows_of(name, false, any));
    if (!any) return {};
    const bool same = kept != nullptr && now == NARU_TRY(rows_of(name, true, was));
    return visit(same ? *kept : Group{name, now});
  };
  if (table_) {
    NARU_TRY(table_->each_group([&](const Group& group) -> Status {
      for (; touched != touched_.end() && *touched < group.name; ++touched) NARU_TRY(visit_touched(*touched, nullptr));
      if (touched == touched_.end() || *touched != group.name) return visit(group);
      return visit_touched(*touched++, &group);
    }));
  }
  for (; touched != touched_.end(); ++touched) NARU_TRY(visit_touched(*touched, nullptr));
  return {};
}

Result<Id128> UntouchedTable::rows_of(const std::string& group, bool as_it_is, bool& any) {
  Id128 hash;
  const Visit visit = [&](std::string_view item, std::string_view bytes) {
    any = true;
    hash = hash128({hash.bytes(), item, bytes});
    return Status();
  };
  NARU_TRY(as_it_is ? table_->each_row(group, visit) : each_row(group, visit));
  return hash;
}

Status UntouchedTable::each_row(const std::string& group, const Visit& visit) {
  auto change = changes_.begin();
  const auto visit_changed = [&](const std::string_view* before) -> Status {
    for (; change != changes_.end() && (before == nullptr || change->first < *before); ++change) {
      for (const Row& row : change->second.rows) {
        if (row.group == group) NARU_TRY(visit(change->first, row.bytes));
      }
    }
    return {};
  };
  if (table_) {
    NARU_TRY(table_->each_row(group, [&](std::string_view item, std::string_view bytes) -> Status {
      NARU_TRY(visit_changed(&item));
      const auto known = changes_.find(std::string(item));
      if (known != changes_.end() && !known->second.moved) return {};
      return visit(item, bytes);
    }));
  }
  return visit_changed(nullptr);
}

Status UntouchedTable::each_row_of(const std::string& item, const VisitRow& visit) {
  const auto known = changes_.find(item);
  if (known == changes_.end() || known->second.moved) return table_ ? table_->each_row_of(item, visit) : Status();
  for (const Row& row : known->second.rows) NARU_TRY(visit(row));
  return {};
}

}  // namespace naru
