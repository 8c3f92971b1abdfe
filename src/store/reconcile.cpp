// The part of the writer that holds a change set against what the truth says: items, documents and chunks of today, and
// what they were before.
#include <limits>

#include "record/date.h"
#include "runtime/trace.h"
#include "store/pending.h"

namespace naru {

// ---- small things that are there or are made ----

namespace {

// The id of a row that has one unique column beside it. `bind` gives a statement its value.
template <class Bind>
Result<std::int64_t> id_of(Database& truth, const char* find, const char* insert, Bind bind) {
  Statement known = NARU_TRY(truth.prepare(find));
  bind(known);
  if (NARU_TRY(known.step())) return known.integer(0);
  Statement put = NARU_TRY(truth.prepare(insert));
  bind(put);
  NARU_TRY(put.run());
  return truth.last_row();
}

}  // namespace

Result<std::int64_t> StoreWriter::flow_id(const std::string& name) {
  return id_of(*truth_, "SELECT id FROM flows WHERE name = ?", "INSERT INTO flows(name) VALUES (?)",
               [&](Statement& statement) { statement.bind(name); });
}

Result<std::int64_t> StoreWriter::base_id(const std::string& name) {
  return id_of(*truth_, "SELECT id FROM bases WHERE name = ?", "INSERT INTO bases(name) VALUES (?)",
               [&](Statement& statement) { statement.bind(name); });
}

Result<std::int64_t> StoreWriter::pipeline_id(const Id128& fingerprint) {
  return id_of(*truth_, "SELECT id FROM pipelines WHERE fingerprint = ?",
               "INSERT INTO pipelines(fingerprint) VALUES (?)",
               [&](Statement& statement) { statement.blob(fingerprint.bytes()); });
}

Result<std::int64_t> StoreWriter::label_id(const Label& label, Pending& pending) {
  const Id128 hash = hash_label(label);
  const auto known = pending.labels.find(hash);
  if (known != pending.labels.end()) return known->second;
  Statement find = NARU_TRY(truth_->prepare("SELECT id FROM labels WHERE hash = ?"));
  find.blob(hash.bytes());
  if (NARU_TRY(find.step())) return pending.labels[hash] = find.integer(0);
  Statement insert = NARU_TRY(truth_->prepare("INSERT INTO labels(hash, json) VALUES (?, ?)"));
  NARU_TRY(insert.blob(hash.bytes()).bind(encode_label(label)).run());
  return pending.labels[hash] = truth_->last_row();
}

// ---- documents ----

// What the document is now becomes its past, before it is changed or goes.
Status StoreWriter::keep_generation(std::int64_t flow, const std::string& key, const Pending& pending) {
  Statement keep = NARU_TRY(truth_->prepare(
      "INSERT INTO generations(doc, born, died, flow, key, version, label, base, title, language, format, content, "
      "layout, date, metadata) "
      "SELECT docs.id, docs.born, ?, flows.name, items.key, items.version, items.label, docs.base, docs.title, "
      "docs.language, docs.format, docs.content, docs.layout, docs.date, docs.metadata "
      "FROM items JOIN docs ON docs.id = items.id JOIN flows ON flows.id = items.flow "
      "WHERE items.flow = ? AND items.key = ? AND docs.born < ?"));
  keep.bind(static_cast<std::int64_t>(pending.epoch)).bind(flow).bind(key);
  return keep.bind(static_cast<std::int64_t>(pending.epoch)).run();
}

// The epoch since which the document is as it is now. Where the generation that was just kept says the same of it,
// nothing changed: the generation goes, and the document is as old as it was.
Result<std::int64_t> StoreWriter::born_of(std::int64_t doc, const DocumentUpsert& upsert, std::int64_t content,
                                          const std::string& layout, const Pending& pending) {
  Statement same = NARU_TRY(truth_->prepare(
      "DELETE FROM generations WHERE doc = ? AND died = ? AND base = ? AND content = ? AND layout = ? AND version = ? "
      "AND title = ? AND language = ? AND format = ? AND metadata = ? RETURNING born"));
  const auto epoch = static_cast<std::int64_t>(pending.epoch);
  const Document& document = upsert.document;
  same.bind(doc).bind(epoch).bind(pending.base).bind(content).blob(layout).blob(upsert.version.bytes());
  same.bind(document.title).bind(document.language).bind(document.format).bind(encode_metadata(document.metadata));
  return NARU_TRY(same.step()) ? same.integer(0) : epoch;
}

Result<std::int64_t> StoreWriter::put_item(const Item& item, const Sha256& version, std::int64_t label,
                                           const Reject* reject, const Pending& pending) {
  Statement put = NARU_TRY(truth_->prepare(
      "INSERT INTO items(flow, key, fingerprint, version, version_order, pipeline, label, reject_code, reject_message) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(flow, key) DO UPDATE SET fingerprint = excluded.fingerprint, "
      "version = excluded.version, version_order = excluded.version_order, pipeline = excluded.pipeline, "
      "label = excluded.label, reject_code = excluded.reject_code, reject_message = excluded.reject_message "
      "RETURNING id"));
  put.bind(pending.flow).bind(item.key).blob(item.fingerprint).blob(version.bytes());
  put.bind(static_cast<std::int64_t>(item.version_order)).bind(pending.pipeline).bind(label);
  put.bind(reject != nullptr ? std::string_view(reject->code) : "");
  put.bind(reject != nullptr ? std::string_view(reject->message) : "");
  if (!NARU_TRY(put.step())) return Error(Code::internal, "an item was not stored");
  if (put.integer(0) > std::numeric_limits<std::uint32_t>::max()) {
    return Error(Code::limit_exceeded, "the store has seen 2^32 items; build it anew");
  }
  return put.integer(0);
}

// A live chunk dies: in the truth, and in the segment where it stands.
Status StoreWriter::bury(std::int64_t base, std::int64_t doc, std::uint64_t row, Pending& pending) {
  Statement die = NARU_TRY(truth_->prepare("UPDATE chunks SET died = ? WHERE row = ?"));
  NARU_TRY(die.bind(static_cast<std::int64_t>(pending.epoch)).bind(static_cast<std::int64_t>(row)).run());
  ++pending.committed.chunks_removed;
  const std::size_t unborn = std::erase_if(pending.born, [&](const auto& born) { return born.row.chunk == row; });
  if (unborn > 0) return {};  // of this very commit
  return NARU_TRY(segments_of(base))->bury(static_cast<std::uint32_t>(doc), row);
}

struct StoreWriter::LiveRow {
  std::uint64_t row = 0;
  Id128 id;
  std::int64_t model = 0, vector = 0;
};

// The live rows that a layout names. What a damaged one names beside them belongs to others.
Result<std::vector<StoreWriter::LiveRow>> StoreWriter::read_live_rows(std::int64_t doc, std::string_view layout) {
  std::vector<LiveRow> rows;
  Statement find = NARU_TRY(truth_->prepare(
      "SELECT chunk_id, model, vector FROM chunks WHERE row = ? AND doc = ? AND died IS NULL"));
  for (const std::uint64_t row : NARU_TRY(decode_rows(layout))) {
    find.again().bind(static_cast<std::int64_t>(row)).bind(doc);
    if (!NARU_TRY(find.step())) continue;
    if (find.view(0).size() != 16) return Error(Code::corrupt, "the id of a chunk is damaged; run `naru verify`");
    rows.push_back({row, Id128::from_bytes(find.view(0)), find.integer(1), find.integer(2)});
  }
  return rows;
}

Status StoreWriter::bury_all(std::int64_t base, std::int64_t doc, std::string_view layout, Pending& pending) {
  for (const LiveRow& live : NARU_TRY(read_live_rows(doc, layout))) NARU_TRY(bury(base, doc, live.row, pending));
  return {};
}

// Buries the chunks and drops the document; the item's row is the caller's.
Status StoreWriter::remove_document(std::int64_t item, Pending& pending) {
  Statement find = NARU_TRY(truth_->prepare("SELECT base, content, layout FROM docs WHERE id = ?"));
  find.bind(item);
  if (!NARU_TRY(find.step())) return {};
  NARU_TRY(bury_all(find.integer(0), item, find.view(2), pending));
  pending.old_contents.push_back(find.integer(1));
  Statement drop = NARU_TRY(truth_->prepare("DELETE FROM docs WHERE id = ?"));
  return drop.bind(item).run();
}

// What lived of a document before it is changed; nothing of one that is new.
struct StoreWriter::Before {
  bool known = false;    // the item is there
  bool renamed = false;  // every row has title and name in the index
  std::unordered_map<Id128, LiveRow> rows;
};

Result<StoreWriter::Before> StoreWriter::read_before(const DocumentUpsert& upsert, Pending& pending) {
  Before before;
  Statement find = NARU_TRY(truth_->prepare(
      "SELECT items.id, docs.base, docs.content, docs.title, docs.format, docs.layout FROM items "
      "LEFT JOIN docs ON docs.id = items.id WHERE items.flow = ? AND items.key = ?"));
  find.bind(pending.flow).bind(upsert.item.key);
  before.known = NARU_TRY(find.step());
  if (!before.known || find.is_null(1)) return before;
  const std::int64_t doc = find.integer(0);
  before.renamed = find.view(3) != upsert.document.title ||
                   indexed_name(find.view(4), upsert.item.key) != indexed_name(upsert.document.format, upsert.item.key);
  pending.old_contents.push_back(find.integer(2));
  // The flow writes to another knowledge base now: nothing of the document stays in the old one.
  if (find.integer(1) != pending.base) {
    NARU_TRY(bury_all(find.integer(1), doc, find.view(5), pending));
    return before;
  }
  for (const LiveRow& live : NARU_TRY(read_live_rows(doc, find.view(5)))) before.rows[live.id] = live;
  return before;
}

// Which vector of the commit's model a chunk has; none where nothing is embedded.
Result<std::optional<std::uint64_t>> StoreWriter::vector_of(const DocumentUpsert& upsert, std::size_t chunk,
                                                            const Pending& pending) {
  if (chunk >= upsert.vector_keys.size() || !upsert.vector_keys[chunk]) return std::optional<std::uint64_t>();
  const std::lock_guard lock(vectors_mutex_);
  if (pending.vectors == nullptr) return Error(Code::internal, "a chunk has a vector and the change set no model");
  const std::optional<std::uint64_t> found = pending.vectors->find(*upsert.vector_keys[chunk]);
  if (found && *found < pending.vector_rows) return found;
  return Error(Code::internal, "a chunk names a vector that was not put into the store");
}

// A chunk row is born.
Result<SegmentRow> StoreWriter::put_chunk(std::int64_t doc, const Chunk& chunk, std::int64_t model, std::int64_t vector,
                                          const Pending& pending) {
  Statement insert = NARU_TRY(
      truth_->prepare("INSERT INTO chunks(doc, chunk_id, model, vector, born) VALUES (?, ?, ?, ?, ?)"));
  insert.bind(doc).blob(chunk.id.bytes()).bind(model).bind(vector);
  NARU_TRY(insert.bind(static_cast<std::int64_t>(pending.epoch)).run());
  SegmentRow row;
  row.chunk = static_cast<std::uint64_t>(truth_->last_row());
  row.document = static_cast<std::uint32_t>(doc);
  row.model = static_cast<std::uint32_t>(model);
  row.vector = static_cast<std::uint32_t>(vector);
  return row;
}

// Reconciles one document: a chunk whose id, model and vector are the same keeps its row and its index entry.
Status StoreWriter::upsert(const DocumentUpsert& upsert, std::int64_t content, Pending& pending) {
  const Span span("StoreWriter::upsert");
  const std::int64_t label = NARU_TRY(label_id(upsert.label, pending));
  Before before = NARU_TRY(read_before(upsert, pending));
  if (before.known) NARU_TRY(keep_generation(pending.flow, upsert.item.key, pending));
  const std::int64_t doc =
      NARU_TRY(put_item(upsert.item, upsert.version, label, nullptr, pending));
  std::vector<std::uint64_t> layout;
  std::uint64_t renewed = 0;  // the same passages in other rows
  for (std::size_t i = 0; i < upsert.chunks.size(); ++i) {
    const Chunk& chunk = upsert.chunks[i];
    const std::optional<std::uint64_t> found = NARU_TRY(vector_of(upsert, i, pending));
    const std::int64_t model = found ? pending.model : 0;
    const auto vector = static_cast<std::int64_t>(found.value_or(0));
    const auto same = before.rows.find(chunk.id);
    if (same != before.rows.end() && same->second.model == model && same->second.vector == vector) {
      if (!before.renamed) {
        layout.push_back(same->second.row);
        before.rows.erase(same);
        continue;
      }
      ++renewed;
    }
    const SegmentRow row = NARU_TRY(put_chunk(doc, chunk, model, vector, pending));
    layout.push_back(row.chunk);
    pending.born.push_back({row, &upsert, &chunk});
    ++pending.committed.chunks_added;
  }
  for (const auto& [id, gone] : before.rows) NARU_TRY(bury(pending.base, doc, gone.row, pending));
  pending.committed.chunks_added -= renewed;
  pending.committed.chunks_removed -= renewed;

  const std::string layout_bytes = encode_rows(layout);
  const std::int64_t born = before.known ? NARU_TRY(born_of(doc, upsert, content, layout_bytes, pending))
                                        : static_cast<std::int64_t>(pending.epoch);
  Statement put = NARU_TRY(truth_->prepare(
      "INSERT INTO docs(id, base, title, language, format, content, layout, born, date, metadata) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT(id) DO UPDATE SET base = excluded.base, title = excluded.title, language = excluded.language, "
      "format = excluded.format, content = excluded.content, layout = excluded.layout, born = excluded.born, "
      "date = excluded.date, metadata = excluded.metadata"));
  put.bind(doc).bind(pending.base).bind(upsert.document.title).bind(upsert.document.language);
  put.bind(upsert.document.format).bind(content).blob(layout_bytes);
  put.bind(born).bind(date_of(upsert.document.metadata));
  return put.bind(encode_metadata(upsert.document.metadata)).run();
}

// Rejects, removes, moved cursors and new labels.
Status StoreWriter::change_others(const ChangeSet& changes, Pending& pending) {
  for (const ItemReject& reject : changes.rejects) {
    NARU_TRY(keep_generation(pending.flow, reject.item.key, pending));
    const std::int64_t owner_only = NARU_TRY(label_id(Label{}, pending));
    const std::int64_t item =
        NARU_TRY(put_item(reject.item, reject.version, owner_only, &reject.reject, pending));
    NARU_TRY(remove_document(item, pending));
  }
  for (const std::string& key : changes.removes) {
    Statement find = NARU_TRY(truth_->prepare("SELECT id FROM items WHERE flow = ? AND key = ?"));
    find.bind(pending.flow).bind(key);
    if (!NARU_TRY(find.step())) continue;
    const std::int64_t item = find.integer(0);
    NARU_TRY(keep_generation(pending.flow, key, pending));
    NARU_TRY(remove_document(item, pending));
    Statement drop = NARU_TRY(truth_->prepare("DELETE FROM items WHERE id = ?"));
    NARU_TRY(drop.bind(item).run());
  }
  for (const Item& item : changes.touched) {
    Statement touch = NARU_TRY(
        truth_->prepare("UPDATE items SET fingerprint = ?, version_order = ? WHERE flow = ? AND key = ?"));
    touch.blob(item.fingerprint).bind(static_cast<std::int64_t>(item.version_order));
    NARU_TRY(touch.bind(pending.flow).bind(item.key).run());
  }
  for (const auto& [key, label] : changes.relabels) {
    const std::int64_t id = NARU_TRY(label_id(label, pending));
    Statement relabel = NARU_TRY(truth_->prepare("UPDATE items SET label = ? WHERE flow = ? AND key = ?"));
    NARU_TRY(relabel.bind(id).bind(pending.flow).bind(key).run());
  }
  return {};
}

}  // namespace naru
