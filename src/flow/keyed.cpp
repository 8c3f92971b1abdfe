#include "flow/keyed.h"

#include <map>
#include <unordered_map>

#include "record/value_json.h"
#include "runtime/trace.h"

namespace naru {

namespace {

constexpr std::string_view kChoiceOf = "choice 1";
constexpr std::size_t kPairBytes = 32;

}  // namespace

Result<Batch> KeyedOperator::process(Batch batch, WorkerState*, std::stop_token) const {
  std::map<std::string, std::unique_ptr<GroupFold>> folds;
  for (Record& record : batch) {
    Row* row = std::get_if<Row>(&record.payload);
    if (row == nullptr) return Error(Code::unsupported, "only rows come together by a key");
    std::unique_ptr<GroupFold>& fold = folds[key(*row)];
    if (!fold) fold = start();
    NARU_TRY(fold->add(std::move(*row)));
  }
  Batch together;
  for (const auto& [name, fold] : folds) {
    for (Row& row : NARU_TRY(fold->finish())) {
      Record& record = together.emplace_back();
      record.key = name;
      record.payload = std::move(row);
    }
  }
  return together;
}

Result<std::vector<KnownItem>> KeyedTarget::known_items(const std::string&) {
  std::vector<KnownItem> items = NARU_TRY(table_.known_items());
  for (KnownItem& item : items) item.label_hash = label_hash_;
  return items;
}

Result<Committed> KeyedTarget::apply(const ChangeSet& changes) {
  std::vector<KeyedTable::Change> kept;
  const auto known = [&](const Item& item, const Sha256& version) {
    return KnownItem{item.key, item.fingerprint, version, item.version_order, changes.pipeline, {}, "", ""};
  };
  for (const DocumentUpsert& upsert : changes.upserts) {
    KeyedTable::Change& change = kept.emplace_back();
    change.known = known(upsert.item, upsert.version);
    change.rows = rows_of(upsert);
  }
  for (const ItemReject& reject : changes.rejects) {
    KeyedTable::Change& change = kept.emplace_back();
    change.known = known(reject.item, reject.version);
    change.known.reject_code = reject.reject.code;
    change.known.reject_message = reject.reject.message;
  }
  for (const std::string& key : changes.removes) {
    KeyedTable::Change& change = kept.emplace_back();
    change.known.key = key;
    change.removed = true;
  }
  for (const Item& item : changes.touched) {
    KeyedTable::Change& change = kept.emplace_back();
    change.known = known(item, {});
    change.moved = true;
  }
  NARU_TRY(table_.apply(kept));
  return Committed{};
}

// Of items that are chosen among each is a group of its own.
std::vector<KeyedTable::Row> KeyedTarget::rows_of(const DocumentUpsert& upsert) const {
  std::vector<KeyedTable::Row> rows;
  if (step_.by_key != nullptr) {
    for (const Row& row : upsert.rows) rows.push_back({step_.by_key->key(row), to_json_line(row.fields)});
    return rows;
  }
  Batch records;
  for (const Row& row : upsert.rows) records.emplace_back().payload = row;
  if (records.empty()) records.emplace_back().payload = upsert.document;
  rows.push_back({upsert.item.key, step_.selects->sketch(records)});
  return rows;
}

// ---- groups ----

Result<Listing> GroupSource::poll(std::stop_token) {
  Listing listing;
  for (KeyedTable::Group& group : NARU_TRY(table_.groups())) {
    Item& item = listing.items.emplace_back();
    item.key = std::move(group.name);
    // Other options fold the same rows to others.
    item.fingerprint = hash128({step_.fingerprint().bytes(), group.rows.bytes()}).bytes();
  }
  return listing;
}

Result<ItemContent> GroupSource::read(const Item& item, std::stop_token stop) {
  const Span span("KeyedOperator::fold");
  const std::unique_ptr<GroupFold> fold = step_.start();
  NARU_TRY(table_.each_row(item.key, [&](std::string_view bytes) -> Status {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
    return fold->add({NARU_TRY(fields_from_json(bytes)), {}});
  }));
  ItemContent content;
  content.item = item;
  for (const Row& row : NARU_TRY(fold->finish())) content.bytes += to_json_line(row.fields) + "\n";
  content.item.size_bytes = content.bytes.size();
  return content;
}

std::optional<Result<Batch>> GroupSource::records(const ItemContent& content) {
  Batch batch;
  for (std::size_t at = 0; at < content.bytes.size();) {
    const std::size_t end = content.bytes.find('\n', at);
    Result<Fields> fields = fields_from_json(std::string_view(content.bytes).substr(at, end - at));
    if (!fields) return Result<Batch>(std::move(fields).error());
    batch.emplace_back().payload = Row{std::move(*fields), {}};
    at = end + 1;
  }
  if (batch.empty()) {
    Record& record = batch.emplace_back();
    record.payload = Row();
    record.drop = {"empty", ""};
  }
  return Result<Batch>(std::move(batch));
}

// ---- items that stay ----

std::optional<Result<Batch>> direct_records(Source& source, bool reads_rows, const ItemContent& content) {
  const auto as_records = [](auto direct) -> std::optional<Result<Batch>> {
    if (!direct) return std::nullopt;
    if (!*direct) return Result<Batch>(std::move(*direct).error());
    Batch batch(1);
    batch.front().payload = std::move(**direct);
    return Result<Batch>(std::move(batch));
  };
  if (auto* middle = dynamic_cast<MiddleSource*>(&source)) return middle->records(content);
  return reads_rows ? as_records(source.direct_row(content)) : as_records(source.direct_document(content));
}

Result<Listing> SelectedSource::poll(std::stop_token stop) {
  const std::vector<KnownItem> known = NARU_TRY(table_.known_items());
  NARU_TRY_AT(choose(known, stop), step_.reason());
  Listing found = NARU_TRY(source_.poll(stop)), listing;
  listing.unreadable_prefixes = std::move(found.unreadable_prefixes);
  items_.clear();
  auto at = known.begin();
  for (Item& item : found.items) {
    for (; at != known.end() && at->key < item.key; ++at) listing.unreadable_prefixes.push_back(at->key);
    if (at == known.end() || at->key != item.key) {
      listing.unreadable_prefixes.push_back(item.key);
      continue;
    }
    const KnownItem& kept = *at++;
    if (!kept.reject_code.empty() && !is_drop(kept.reject_code)) {
      listing.rejects.push_back({kept.key, kept.reject_code, kept.reject_message});
      continue;
    }
    Item& listed = listing.items.emplace_back(item);
    listed.fingerprint = fingerprint_of(item);
    items_.emplace(item.key, std::move(item));
  }
  for (; at != known.end(); ++at) {
    const bool rejected = !at->reject_code.empty() && !is_drop(at->reject_code);
    if (rejected) {  // by the listing itself
      listing.rejects.push_back({at->key, at->reject_code, at->reject_message});
    } else {
      listing.unreadable_prefixes.push_back(at->key);
    }
  }
  return listing;
}

// The memo has hashes of keys and no names: they must not outlive the items.
Status SelectedSource::choose(const std::vector<KnownItem>& known, std::stop_token stop) {
  const Span span("SelectingOperator::choose");
  left_out_.clear();
  std::vector<const KnownItem*> candidates;
  Id128 all = step_.fingerprint();
  for (const KnownItem& item : known) {
    if (!item.reject_code.empty()) continue;
    candidates.push_back(&item);
    all = hash128({all.bytes(), item.key, std::to_string(item.version_order)});
  }
  for (const KeyedTable::Group& group : NARU_TRY(table_.groups())) all = hash128({all.bytes(), group.rows.bytes()});
  const Id128 memo_key = hash128({kChoiceOf, all.bytes()});
  const Result<std::optional<std::string>> kept = memo_.memo_get(memo_key);
  std::string pairs;
  if (kept && *kept && (*kept)->size() % kPairBytes == 0) {
    pairs = **kept;
  } else {
    pairs = NARU_TRY(choose_anew(candidates, stop));
    NARU_TRY(memo_.memo_put(memo_key, pairs));
  }
  std::unordered_map<Id128, const std::string*> keys;
  for (const KnownItem* item : candidates) keys[hash128(item->key)] = &item->key;
  for (std::size_t at = 0; at < pairs.size(); at += kPairBytes) {
    const auto out = keys.find(Id128::from_bytes(std::string_view(pairs).substr(at, 16)));
    const auto keeper = keys.find(Id128::from_bytes(std::string_view(pairs).substr(at + 16, 16)));
    if (out == keys.end() || keeper == keys.end()) return Error(Code::internal, "a choice names what is not there");
    left_out_[*out->second] = *keeper->second;
  }
  return {};
}

// Pairs of what is left out and what keeps it out, as hashes of their keys.
Result<std::string> SelectedSource::choose_anew(const std::vector<const KnownItem*>& items,
                                                const std::stop_token& stop) {
  std::vector<SelectingOperator::Candidate> candidates;
  for (const KnownItem* item : items) candidates.push_back({hash128(item->key), item->version_order});
  const auto sketch_of = [&](std::size_t candidate) -> Result<std::string> {
    std::string sketch;
    NARU_TRY(table_.each_row(items[candidate]->key, [&](std::string_view bytes) { return sketch = bytes, Status(); }));
    return sketch;
  };
  std::string pairs;
  for (const auto& out : NARU_TRY(step_.choose(candidates, sketch_of, stop))) {
    pairs += candidates[out.candidate].id.bytes() + candidates[out.keeper].id.bytes();
  }
  return pairs;
}

const std::string* SelectedSource::keeper_of(const std::string& key) const {
  const auto out = left_out_.find(key);
  return out == left_out_.end() ? nullptr : &out->second;
}

std::string SelectedSource::fingerprint_of(const Item& item) const {
  const std::string* keeper = keeper_of(item.key);
  if (item.fingerprint.empty()) return "";  // the source cannot tell whether it is the same
  return hash128({item.fingerprint, keeper == nullptr ? "stays" : "out " + *keeper}).bytes();
}

// Of what is left out nothing is read: its bytes, and so its version, are what keeps it out.
Result<ItemContent> SelectedSource::read(const Item& item, std::stop_token stop) {
  if (const std::string* keeper = keeper_of(item.key)) return ItemContent{"left out for " + *keeper, item};
  const auto listed = items_.find(item.key);
  if (listed == items_.end()) return Error(Code::not_found, "it was not listed");
  ItemContent content = NARU_TRY(source_.read(listed->second, std::move(stop)));
  content.item.fingerprint = fingerprint_of(content.item);
  return content;
}

std::optional<Result<Batch>> SelectedSource::records(const ItemContent& content) {
  const std::string* keeper = keeper_of(content.item.key);
  if (keeper == nullptr) return direct_records(source_, reads_rows_, content);
  Batch batch(1);
  batch.front().payload = Document();
  batch.front().drop = {step_.reason(), "like " + *keeper};
  return Result<Batch>(std::move(batch));
}

}  // namespace naru
