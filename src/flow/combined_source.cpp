#include "flow/combined_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/thread.h"

namespace naru {

namespace {

constexpr std::string_view kSourceField = "_source";

std::string outer(const std::string& name, const std::string& key) { return name + "/" + key; }

std::string inner(const std::string& name, std::string_view key) { return std::string(key.substr(name.size() + 1)); }

ItemContent inside(const std::string& name, const ItemContent& content) {
  ItemContent own = content;
  own.item.key = inner(name, content.item.key);
  return own;
}

Error nobody(const std::string& key) {
  return {Code::not_found, fmt::format("\"{}\" begins with the name of no source of this flow", key)};
}

}  // namespace

CombinedSource::CombinedSource(std::vector<Part> parts, PayloadKind gives) : parts_(std::move(parts)), gives_(gives) {
  // "a-b/…" comes before "a/…": in the order of keys a name ends with its '/'.
  std::sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) { return a.name + "/" < b.name + "/"; });
}

Result<Listing> CombinedSource::poll(std::stop_token stop) {
  Listing all;
  all.ordered = true;
  for (const Part& part : parts_) {
    Listing listing = NARU_TRY_AT(part.source->poll(stop), "source " + part.name);
    NARU_TRY(listing.items.each([&](Item& item) {
      item.key = outer(part.name, item.key);
      return all.items.add(item), Status();
    }));
    for (Reject& reject : listing.rejects) {
      reject.key = outer(part.name, reject.key);
      all.rejects.push_back(std::move(reject));
    }
    if (listing.partial) listing.unreadable_prefixes.emplace_back();
    all.ordered = all.ordered && listing.ordered;  // orders of different sources say nothing of each other's items
    for (const std::string& prefix : listing.unreadable_prefixes) {
      all.unreadable_prefixes.push_back(outer(part.name, prefix));
    }
  }
  return all;
}

Result<ItemContent> CombinedSource::read(const Item& item, std::stop_token stop) {
  Part* part = part_of(item.key);
  if (part == nullptr) return nobody(item.key);
  Item own = item;
  own.key = inner(part->name, item.key);
  ItemContent content = NARU_TRY(part->source->read(own, std::move(stop)));
  content.item.key = item.key;
  return content;
}

Result<Item> CombinedSource::find(const std::string& key, std::stop_token stop) {
  Part* part = part_of(key);
  if (part == nullptr) return nobody(key);
  Item item = NARU_TRY(part->source->find(inner(part->name, key), std::move(stop)));
  item.key = key;
  return item;
}

bool CombinedSource::takes_items() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.source->takes_items(); });
}

Result<Item> CombinedSource::add(const std::string& key, std::string_view bytes, Overwrite overwrite) {
  Part* part = part_of(key);
  if (part == nullptr) {
    return Error(Code::invalid_argument,
                 fmt::format("\"{}\" begins with the name of no source of this flow; for example {}/{}", key,
                             parts_.front().name, key));
  }
  Item item = NARU_TRY(part->source->add(inner(part->name, key), bytes, overwrite));
  item.key = outer(part->name, item.key);
  return item;
}

Status CombinedSource::wait_for_change(std::stop_token stop) {
  std::stop_source any;
  const std::stop_callback ends(stop, [&] { any.request_stop(); });
  std::vector<Status> statuses(parts_.size());
  {
    std::vector<Thread> waiting;  // joined at the end of this block
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      waiting.emplace_back("wait", [&, i](std::stop_token) {
        statuses[i] = parts_[i].source->wait_for_change(any.get_token());
        any.request_stop();
      });
    }
    for (Thread& thread : waiting) thread.join();
  }
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (statuses[i]) continue;
    // The others were told to stop; that is no failure of theirs.
    if (statuses[i].error().code() == Code::cancelled && !stop.stop_requested()) continue;
    return Error(statuses[i].error()).with("source " + parts_[i].name);
  }
  return {};
}

// The bytes of whole files are not copied for an answer that is always no.
std::optional<Result<Document>> CombinedSource::direct_document(const ItemContent& content) {
  Part* part = gives_ == PayloadKind::bytes ? nullptr : part_of(content.item.key);
  if (part == nullptr) return std::nullopt;
  return part->source->direct_document(inside(part->name, content));
}

std::optional<Result<Row>> CombinedSource::direct_row(const ItemContent& content) {
  Part* part = gives_ == PayloadKind::bytes ? nullptr : part_of(content.item.key);
  if (part == nullptr) return std::nullopt;
  std::optional<Result<Row>> row = part->source->direct_row(inside(part->name, content));
  if (row && *row) set_field((*row)->fields, kSourceField, Value(part->name));
  return row;
}

std::vector<Finding> CombinedSource::check(std::stop_token stop) {
  std::vector<Finding> findings;
  for (const Part& part : parts_) {
    for (Finding& finding : part.source->check(stop)) {
      finding.what = part.name + " " + finding.what;
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

Result<Discovery> CombinedSource::discover(std::stop_token stop) {
  Discovery all;
  all.whole = true;
  for (const Part& part : parts_) {
    Discovery discovery = NARU_TRY_AT(part.source->discover(stop), "source " + part.name);
    all.whole = all.whole && discovery.whole;
    for (Found& found : discovery.found) {
      found.name = outer(part.name, found.name);
      all.found.push_back(std::move(found));
    }
  }
  return all;
}

CombinedSource::Part* CombinedSource::part_of(std::string_view key) {
  const std::string_view name = key.substr(0, key.find('/'));
  if (name.size() == key.size()) return nullptr;
  const auto part = std::find_if(parts_.begin(), parts_.end(), [&](const Part& one) { return one.name == name; });
  return part == parts_.end() ? nullptr : &*part;
}

}  // namespace naru
