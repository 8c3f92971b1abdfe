#include "flow/keyed.h"

#include <algorithm>
#include <map>

#include "base/little_endian.h"
#include "record/codec.h"
#include "record/value_json.h"
#include "runtime/trace.h"

namespace naru {

namespace {

constexpr std::string_view kChoiceOf = "choice 2";
constexpr std::size_t kPairBytes = 8;

// Item::place of what is listed here: what the source said of the item, and whose likeness keeps it out, if any.
struct Chosen {
  std::string fingerprint, place;
  std::string keeper;  // empty: it stays
};

std::string pack(const Chosen& chosen) {
  ByteWriter writer;
  writer.text(chosen.fingerprint);
  writer.text(chosen.place);
  writer.text(chosen.keeper);
  return writer.take();
}

Result<Chosen> unpack(std::string_view bytes) {
  ByteReader reader(bytes);
  Chosen chosen;
  chosen.fingerprint = NARU_TRY(reader.raw());
  chosen.place = NARU_TRY(reader.raw());
  chosen.keeper = NARU_TRY(reader.raw());
  return chosen;
}

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

Result<SpilledList<KnownItem>> KeyedTarget::known_items(const std::string&) {
  SpilledList<KnownItem> items;
  const SpilledList<KnownItem> kept = NARU_TRY(table_.known_items());
  NARU_TRY(kept.each([&](KnownItem& item) {
    item.label_hash = label_hash_;
    return items.add(item), Status();
  }));
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
  NARU_TRY(table_.each_group([&](const KeyedTable::Group& group) {
    Item item;
    item.key = group.name;
    // Other options fold the same rows to others.
    item.fingerprint = hash128({step_.fingerprint().bytes(), group.rows.bytes()}).bytes();
    return listing.items.add(item), Status();
  }));
  return listing;
}

Result<ItemContent> GroupSource::read(const Item& item, std::stop_token stop) {
  const Span span("KeyedOperator::fold");
  const std::unique_ptr<GroupFold> fold = step_.start();
  NARU_TRY(table_.each_row(item.key, [&](std::string_view, std::string_view bytes) -> Status {
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
  const SpilledList<KnownItem> known = NARU_TRY(table_.known_items());
  Candidates candidates;
  NARU_TRY(known.each([&](const KnownItem& item) {
    if (item.reject_code.empty()) candidates.add(item);
    return Status();
  }));
  const std::vector<Pair> left_out = NARU_TRY_AT(choose(candidates, stop), step_.reason());
  const Listing found = NARU_TRY(source_.poll(stop));
  Listing listing;
  listing.unreadable_prefixes = found.unreadable_prefixes;
  listing.partial = found.partial;
  listing.ordered = found.ordered;

  SpilledList<KnownItem>::Reader rest = known.read();
  KnownItem next;
  std::uint32_t place = 0;  // of `next`, if it is a candidate
  auto out = left_out.begin();
  bool more = NARU_TRY(rest.next(next));
  const auto pass = [&]() -> Status {
    place += next.reject_code.empty() ? 1 : 0;
    more = NARU_TRY(rest.next(next));
    return {};
  };
  // Of what the listing itself rejected the table knows that alone.
  const auto is_rejected = [&] { return !next.reject_code.empty() && !is_drop(next.reject_code); };
  const auto reject = [&] { listing.rejects.push_back({next.key, next.reject_code, next.reject_message}); };
  NARU_TRY(found.items.each([&](Item& item) -> Status {
    for (; more && next.key < item.key; NARU_TRY(pass())) listing.unreadable_prefixes.push_back(next.key);
    if (!more || next.key != item.key) return listing.unreadable_prefixes.push_back(item.key), Status();
    if (is_rejected()) return reject(), pass();
    Chosen chosen{item.fingerprint, item.place, ""};
    if (next.reject_code.empty()) {
      for (; out != left_out.end() && out->first < place; ++out) continue;
      if (out != left_out.end() && out->first == place) chosen.keeper = candidates.key(out->second);
    }
    item.fingerprint = fingerprint_of(chosen.fingerprint, chosen.keeper);
    item.place = pack(chosen);
    listing.items.add(item);
    return pass();
  }));
  for (; more; NARU_TRY(pass())) is_rejected() ? reject() : listing.unreadable_prefixes.push_back(next.key);
  return listing;
}

// The memo has places and no names: they must not outlive the items.
Result<std::vector<SelectedSource::Pair>> SelectedSource::choose(const Candidates& candidates, std::stop_token stop) {
  const Span span("SelectingOperator::choose");
  Id128 all = step_.fingerprint();
  for (const SelectingOperator::Candidate& candidate : candidates.all()) {
    all = hash128({all.bytes(), candidate.id.bytes(), std::to_string(candidate.age)});
  }
  NARU_TRY(table_.each_group([&](const KeyedTable::Group& group) {
    all = hash128({all.bytes(), group.rows.bytes()});
    return Status();
  }));
  const Id128 memo_key = hash128({kChoiceOf, all.bytes()});
  const Result<std::optional<std::string>> kept = memo_.memo_get(memo_key);
  std::vector<Pair> pairs;
  if (kept && *kept && (*kept)->size() % kPairBytes == 0) {
    for (BoundedReader reader(**kept); pairs.size() < (*kept)->size() / kPairBytes;) {
      const auto out = reader.number<std::uint32_t>();
      pairs.emplace_back(out, reader.number<std::uint32_t>());
      if (std::max(pairs.back().first, pairs.back().second) >= candidates.all().size()) {
        return Error(Code::internal, "a choice names what is not there");
      }
    }
    return pairs;
  }
  pairs = NARU_TRY(choose_anew(candidates, std::move(stop)));
  std::string packed;
  for (const auto& [out, keeper] : pairs) {
    put_le(packed, out);
    put_le(packed, keeper);
  }
  NARU_TRY(memo_.memo_put(memo_key, packed));
  return pairs;
}

Result<std::vector<SelectedSource::Pair>> SelectedSource::choose_anew(const Candidates& candidates,
                                                                      std::stop_token stop) {
  if (candidates.all().size() > UINT32_MAX) return Error(Code::limit_exceeded, "there are more than 2^32 items");
  const auto sketch_of = [&](std::size_t candidate) -> Result<std::string> {
    std::string sketch;
    NARU_TRY(table_.each_row(std::string(candidates.key(candidate)), [&](std::string_view, std::string_view bytes) {
      return sketch = bytes, Status();
    }));
    return sketch;
  };
  std::vector<Pair> pairs;
  for (const auto& out : NARU_TRY(step_.choose(candidates.all(), sketch_of, std::move(stop)))) {
    pairs.emplace_back(static_cast<std::uint32_t>(out.candidate), static_cast<std::uint32_t>(out.keeper));
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

std::string SelectedSource::fingerprint_of(const std::string& fingerprint, std::string_view keeper) const {
  if (fingerprint.empty()) return "";  // the source cannot tell whether it is the same
  return hash128({fingerprint, keeper.empty() ? "stays" : "out " + std::string(keeper)}).bytes();
}

// Of what is left out nothing is read: its bytes, and so its version, are what keeps it out.
Result<ItemContent> SelectedSource::read(const Item& item, std::stop_token stop) {
  const Chosen chosen = NARU_TRY(unpack(item.place));
  if (!chosen.keeper.empty()) {
    ItemContent content{"left out for " + chosen.keeper, item};
    content.drop = DropReason{step_.reason(), "like " + chosen.keeper};
    return content;
  }
  Item own = item;
  own.fingerprint = chosen.fingerprint;
  own.place = chosen.place;
  ItemContent content = NARU_TRY(source_.read(own, std::move(stop)));
  content.item.fingerprint = fingerprint_of(content.item.fingerprint, "");
  return content;
}

std::optional<Result<Batch>> SelectedSource::records(const ItemContent& content) {
  return direct_records(source_, reads_rows_, content);
}

}  // namespace naru
