#include "store/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "record/date.h"
#include "runtime/clock.h"
#include "runtime/compress.h"
#include "runtime/failpoint.h"
#include "runtime/trace.h"
#include "store/history.h"
#include "store/read_view.h"
#include "text/analyzer.h"

namespace naru {

namespace {

// Keys removed in one commit when a whole flow goes.
constexpr std::size_t kDropKeysMax = 2048;

}  // namespace

struct StoreWriter::Pending {
  struct Born {
    SegmentRow row;
    const DocumentUpsert* document;
    const Chunk* chunk;  // of it
  };
  std::int64_t flow = 0, base = 0, model = 0;
  std::uint64_t epoch = 0, vector_rows = 0;
  VectorWriter* vectors = nullptr;
  std::vector<Born> born;
  std::vector<std::int64_t> old_contents;  // perhaps named by nothing any more
  Committed committed;
};

// ---- opening ----

Result<std::unique_ptr<StoreWriter>> StoreWriter::open(const StorePaths& paths) {
  const bool is_new = !file_exists(paths.truth);
  for (const std::string& folder : {paths.root, paths.vectors, paths.segments}) NARU_TRY(make_folders(folder));
  std::unique_ptr<StoreWriter> writer(new StoreWriter(paths));
  writer->lock_ = NARU_TRY(FileLock::acquire(paths.lock));
  settle_failed_syncs(paths.root);
  // What is in a folder is only as durable as its name, and whoever named it may have been killed before its sync.
  for (const std::string& folder : {paths.root, paths.vectors, paths.segments}) NARU_TRY(sync_folder(folder));
  if (is_new) NARU_TRY(sync_folder(folder_name(paths.root)));
  // The truth last: where it is made, everything is.
  writer->memo_ = NARU_TRY(MemoFile::open(paths.memo));
  writer->content_ = NARU_TRY(Database::open(paths.content, true));
  NARU_TRY(writer->content_->secure_log());
  NARU_TRY(prepare_content(*writer->content_));
  writer->truth_ = NARU_TRY(Database::open(paths.truth, true));
  NARU_TRY(writer->truth_->secure_log());
  NARU_TRY_AT(prepare_truth(*writer->truth_, *writer->content_), "preparing " + paths.truth);
  NARU_TRY_AT(writer->collect_garbage(), "cleaning up after an interrupted run");
  // Before anything reads a segment: one of another version cannot be read.
  const bool current = NARU_TRY(indexed_by_this_version(*writer->truth_));
  if (!current) NARU_TRY_AT(writer->repair(), "indexing anew for this version");
  NARU_TRY_AT(writer->finish_forgetting(), "finishing an interrupted `naru forget`");
  return writer;
}

// What the truth does not name goes. Vectors behind the committed rows are cut off when their file is opened.
Status StoreWriter::collect_garbage() {
  NARU_TRY(remove_unnamed(paths_.segments, "SELECT name FROM segments", {".seg"}));
  NARU_TRY(remove_unnamed(paths_.vectors, "SELECT lower(hex(fingerprint)) FROM vectors", {".f16", ".keys", ".codes"}));
  NARU_TRY(purge_dead());
  std::unordered_set<std::int64_t> used;
  Statement docs = NARU_TRY(truth_->prepare("SELECT content FROM docs UNION SELECT content FROM generations"));
  while (NARU_TRY(docs.step())) used.insert(docs.integer(0));
  {
    Statement contents = NARU_TRY(content_->prepare("SELECT id FROM contents INDEXED BY contents_by_digest"));
    while (NARU_TRY(contents.step())) {
      if (!used.contains(contents.integer(0))) old_contents_.push_back(contents.integer(0));
    }
  }
  return drop_old_contents();
}

Status StoreWriter::remove_unnamed(const std::string& folder, std::string_view sql,
                                   const std::vector<std::string>& suffixes) {
  std::unordered_set<std::string> named;
  Statement names = NARU_TRY(truth_->prepare(sql));
  while (NARU_TRY(names.step())) {
    for (const std::string& suffix : suffixes) named.insert(names.text(0) + suffix);
  }
  for (const std::string& file : NARU_TRY(list_folder(folder))) {
    if (!named.contains(file)) NARU_TRY(remove_file(join_path(folder, file)));
  }
  return {};
}

// What history keeps no more; its contents go with the next drop_old_contents().
Status StoreWriter::purge_dead() {
  const auto transaction = NARU_TRY(Transaction::begin(*truth_));
  const std::vector<std::int64_t> contents = NARU_TRY(drop_old_history(*truth_));
  NARU_TRY(transaction->commit());
  old_contents_.insert(old_contents_.end(), contents.begin(), contents.end());
  return {};
}

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

// ---- small things that are there or are made ----

Result<std::int64_t> StoreWriter::flow_id(const std::string& name) {
  Statement find = NARU_TRY(truth_->prepare("SELECT id FROM flows WHERE name = ?"));
  find.bind(name);
  if (NARU_TRY(find.step())) return find.integer(0);
  Statement insert = NARU_TRY(truth_->prepare("INSERT INTO flows(name) VALUES (?)"));
  NARU_TRY(insert.bind(name).run());
  return truth_->last_row();
}

Result<std::int64_t> StoreWriter::base_id(const std::string& name) {
  Statement find = NARU_TRY(truth_->prepare("SELECT id FROM bases WHERE name = ?"));
  find.bind(name);
  if (NARU_TRY(find.step())) return find.integer(0);
  Statement insert = NARU_TRY(truth_->prepare("INSERT INTO bases(name) VALUES (?)"));
  NARU_TRY(insert.bind(name).run());
  return truth_->last_row();
}

Result<std::int64_t> StoreWriter::label_id(const Label& label) {
  const std::string hash = hash_label(label).bytes();
  Statement find = NARU_TRY(truth_->prepare("SELECT id FROM labels WHERE hash = ?"));
  find.blob(hash);
  if (NARU_TRY(find.step())) return find.integer(0);
  Statement insert = NARU_TRY(truth_->prepare("INSERT INTO labels(hash, json) VALUES (?, ?)"));
  NARU_TRY(insert.blob(hash).bind(encode_label(label)).run());
  return truth_->last_row();
}

Result<SegmentSet*> StoreWriter::segments_of(std::int64_t base) {
  const auto known = segments_.find(base);
  if (known != segments_.end()) return &known->second;
  SegmentSet opened = NARU_TRY(SegmentSet::open(*truth_, paths_.segments, base));
  return &segments_.emplace(base, std::move(opened)).first->second;
}

// The caller holds vectors_mutex_.
Result<VectorWriter*> StoreWriter::vector_writer(const ModelInfo& model) {
  const auto known = vectors_.find(model.fingerprint);
  if (known != vectors_.end()) return known->second.get();
  std::uint64_t committed = 0;
  const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));  // we may be in any thread
  for (const VectorEntry& entry : NARU_TRY(read_vectors(*truth))) {
    if (entry.model.fingerprint == model.fingerprint) committed = entry.rows;
  }
  std::unique_ptr<VectorWriter> writer =
      NARU_TRY(VectorWriter::open(paths_.vectors, vector_file_name(model), model, committed));
  return vectors_.emplace(model.fingerprint, std::move(writer)).first->second.get();
}

// ---- one commit ----

Result<Committed> StoreWriter::apply(const ChangeSet& changes) {
  Span span("Target::apply");
  NARU_TRY(may_write(paths_));
  Pending pending;
  const Status committed = commit(changes, pending);
  if (!committed) {
    forget_caches();
    return committed.error();
  }
  span.value("epoch", pending.epoch);
  span.value("chunks_added", pending.committed.chunks_added);
  span.value("chunks_removed", pending.committed.chunks_removed);
  tidy_up(pending);
  return pending.committed;
}

Status StoreWriter::commit(const ChangeSet& changes, Pending& pending) {
  const std::vector<std::int64_t> contents = NARU_TRY(put_contents(changes.upserts));
  NARU_FAILPOINT("store.after_content");
  NARU_TRY(sync_vectors(changes, pending));
  NARU_FAILPOINT("store.after_vectors");

  const auto transaction = NARU_TRY(Transaction::begin(*truth_));
  pending.epoch = NARU_TRY(read_epoch(*truth_)) + 1;
  pending.flow = NARU_TRY(flow_id(changes.flow));
  pending.base = NARU_TRY(base_id(changes.knowledge_base));
  if (changes.embedder) {
    pending.model = NARU_TRY(model_id(*changes.embedder, pending.vector_rows));
    NARU_TRY(use_model(pending));
  }
  for (std::size_t i = 0; i < changes.upserts.size(); ++i) {
    NARU_TRY_AT(upsert(changes, changes.upserts[i], contents[i], pending), changes.upserts[i].item.key);
  }
  NARU_TRY(change_others(changes, pending));
  NARU_TRY(write_segment(pending));
  for (auto& [base, segments] : segments_) NARU_TRY(segments.save());
  NARU_TRY(advance_epoch(pending));
  NARU_FAILPOINT("store.before_truth");
  NARU_TRY(transaction->commit());
  NARU_FAILPOINT("store.after_truth");
  pending.committed.epoch = pending.epoch;
  return {};
}

Result<std::vector<std::int64_t>> StoreWriter::put_contents(const std::vector<DocumentUpsert>& upserts) {
  std::vector<std::int64_t> contents;
  if (upserts.empty()) return contents;
  const Span span("StoreWriter::put_contents");
  const auto transaction = NARU_TRY(Transaction::begin(*content_));
  for (const DocumentUpsert& upsert : upserts) contents.push_back(NARU_TRY(put_content(upsert)));
  // Within a whole, what readers see still names what this transaction does not name any more.
  if (!together_) NARU_TRY(delete_unnamed_contents(contents));
  NARU_TRY(transaction->commit());
  if (!together_) old_contents_.clear();
  return contents;
}

// Equal contents are kept once. An id is never used again, so that a reader can tell which it lacks.
Result<std::int64_t> StoreWriter::put_content(const DocumentUpsert& upsert) {
  const std::string plain = encode_content(upsert.document, upsert.chunks);
  const std::string digest = digest_of_content(plain);
  Statement find = NARU_TRY(content_->prepare("SELECT id FROM contents WHERE digest = ?"));
  find.blob(digest);
  if (NARU_TRY(find.step())) return find.integer(0);
  Statement insert = NARU_TRY(content_->prepare("INSERT INTO contents(digest, bytes) VALUES (?, ?)"));
  NARU_TRY(insert.blob(digest).blob(zstd_compress(plain)).run());
  return content_->last_row();
}

Status StoreWriter::sync_vectors(const ChangeSet& changes, Pending& pending) {
  if (!changes.embedder) return {};
  const std::lock_guard lock(vectors_mutex_);
  pending.vectors = NARU_TRY(vector_writer(*changes.embedder));
  NARU_TRY(pending.vectors->sync());
  pending.vector_rows = pending.vectors->rows();
  return {};
}

Result<std::int64_t> StoreWriter::model_id(const ModelInfo& model, std::uint64_t rows) {
  Statement put = NARU_TRY(truth_->prepare(
      "INSERT INTO vectors(fingerprint, model, dims, rows, english_only) VALUES (?, ?, ?, ?, ?) "
      "ON CONFLICT(fingerprint) DO UPDATE SET rows = excluded.rows RETURNING id"));
  put.blob(model.fingerprint.bytes()).bind(model.name).bind(static_cast<std::int64_t>(model.dims));
  put.bind(static_cast<std::int64_t>(rows)).bind(model.english_only ? 1 : 0);
  if (!NARU_TRY(put.step())) return Error(Code::internal, "a model was not stored");
  return put.integer(0);
}

// From this epoch on the knowledge base searches the vectors of the model of this commit.
Status StoreWriter::use_model(const Pending& pending) {
  Statement use = NARU_TRY(truth_->prepare("UPDATE bases SET vectors = ? WHERE id = ? AND vectors <> ? RETURNING id"));
  use.bind(pending.model).bind(pending.base).bind(pending.model);
  if (!NARU_TRY(use.step())) return {};
  Statement since = NARU_TRY(truth_->prepare("INSERT INTO base_models(base, epoch, model) VALUES (?, ?, ?)"));
  return since.bind(pending.base).bind(static_cast<std::int64_t>(pending.epoch)).bind(pending.model).run();
}

Result<std::int64_t> StoreWriter::put_item(std::int64_t flow, const Item& item, const Sha256& version,
                                           const Id128& pipeline, std::int64_t label, const Reject* reject) {
  Statement put = NARU_TRY(truth_->prepare(
      "INSERT INTO items(flow, key, fingerprint, version, version_order, pipeline, label, reject_code, reject_message) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(flow, key) DO UPDATE SET fingerprint = excluded.fingerprint, "
      "version = excluded.version, version_order = excluded.version_order, pipeline = excluded.pipeline, "
      "label = excluded.label, reject_code = excluded.reject_code, reject_message = excluded.reject_message "
      "RETURNING id"));
  put.bind(flow).bind(item.key).blob(item.fingerprint).blob(version.bytes());
  put.bind(static_cast<std::int64_t>(item.version_order)).blob(pipeline.bytes()).bind(label);
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

Status StoreWriter::bury_all(std::int64_t base, std::int64_t doc, Pending& pending) {
  std::vector<std::uint64_t> rows;
  {
    Statement live = NARU_TRY(truth_->prepare("SELECT row FROM chunks WHERE doc = ? AND died IS NULL"));
    live.bind(doc);
    while (NARU_TRY(live.step())) rows.push_back(static_cast<std::uint64_t>(live.integer(0)));
  }
  for (const std::uint64_t row : rows) NARU_TRY(bury(base, doc, row, pending));
  return {};
}

// Buries the chunks and drops the document; the item's row is the caller's.
Status StoreWriter::remove_document(std::int64_t item, Pending& pending) {
  Statement find = NARU_TRY(truth_->prepare("SELECT base, content FROM docs WHERE id = ?"));
  find.bind(item);
  if (!NARU_TRY(find.step())) return {};
  NARU_TRY(bury_all(find.integer(0), item, pending));
  pending.old_contents.push_back(find.integer(1));
  Statement drop = NARU_TRY(truth_->prepare("DELETE FROM docs WHERE id = ?"));
  return drop.bind(item).run();
}

// Reconciles one document: a chunk whose id, model and vector are the same keeps its row and its index entry.
Status StoreWriter::upsert(const ChangeSet& changes, const DocumentUpsert& upsert, std::int64_t content,
                           Pending& pending) {
  const Span span("StoreWriter::upsert");
  const std::int64_t label = NARU_TRY(label_id(upsert.label));
  NARU_TRY(keep_generation(pending.flow, upsert.item.key, pending));
  const std::int64_t doc =
      NARU_TRY(put_item(pending.flow, upsert.item, upsert.version, changes.pipeline, label, nullptr));
  bool renamed = false;  // every row has title and name in the index
  {
    Statement before = NARU_TRY(truth_->prepare("SELECT base, content, title, format FROM docs WHERE id = ?"));
    before.bind(doc);
    if (NARU_TRY(before.step())) {
      renamed = before.view(2) != upsert.document.title ||
                indexed_name(before.view(3), upsert.item.key) != indexed_name(upsert.document.format, upsert.item.key);
      pending.old_contents.push_back(before.integer(1));
      // The flow writes to another knowledge base now: nothing of the document stays in the old one.
      if (before.integer(0) != pending.base) NARU_TRY(bury_all(before.integer(0), doc, pending));
    }
  }
  struct Old {
    std::uint64_t row = 0;
    std::int64_t model = 0, vector = 0;
  };
  std::unordered_map<Id128, Old> old;
  {
    Statement live = NARU_TRY(
        truth_->prepare("SELECT row, chunk_id, model, vector FROM chunks WHERE doc = ? AND died IS NULL"));
    live.bind(doc);
    while (NARU_TRY(live.step())) {
      if (live.view(1).size() != 16) return Error(Code::corrupt, "the id of a chunk is damaged; run `naru verify`");
      const auto row = static_cast<std::uint64_t>(live.integer(0));
      old[Id128::from_bytes(live.view(1))] = {row, live.integer(2), live.integer(3)};
    }
  }
  std::vector<std::uint64_t> layout;
  std::uint64_t renewed = 0;  // the same passages in other rows
  for (std::size_t i = 0; i < upsert.chunks.size(); ++i) {
    const Chunk& chunk = upsert.chunks[i];
    std::int64_t model = 0, vector = 0;
    if (i < upsert.vector_keys.size() && upsert.vector_keys[i]) {
      const std::lock_guard lock(vectors_mutex_);
      if (pending.vectors == nullptr) return Error(Code::internal, "a chunk has a vector and the change set no model");
      const std::optional<std::uint64_t> found = pending.vectors->find(*upsert.vector_keys[i]);
      if (!found || *found >= pending.vector_rows) {
        return Error(Code::internal, "a chunk names a vector that was not put into the store");
      }
      model = pending.model;
      vector = static_cast<std::int64_t>(*found);
    }
    const auto same = old.find(chunk.id);
    if (same != old.end() && same->second.model == model && same->second.vector == vector) {
      if (!renamed) {
        layout.push_back(same->second.row);
        old.erase(same);
        continue;
      }
      ++renewed;
    }
    Statement insert = NARU_TRY(
        truth_->prepare("INSERT INTO chunks(doc, chunk_id, model, vector, born) VALUES (?, ?, ?, ?, ?)"));
    insert.bind(doc).blob(chunk.id.bytes()).bind(model).bind(vector);
    NARU_TRY(insert.bind(static_cast<std::int64_t>(pending.epoch)).run());
    SegmentRow row;
    row.chunk = static_cast<std::uint64_t>(truth_->last_row());
    row.document = static_cast<std::uint32_t>(doc);
    row.model = static_cast<std::uint32_t>(model);
    row.vector = static_cast<std::uint32_t>(vector);
    layout.push_back(row.chunk);
    pending.born.push_back({row, &upsert, &chunk});
    ++pending.committed.chunks_added;
  }
  for (const auto& [id, gone] : old) NARU_TRY(bury(pending.base, doc, gone.row, pending));
  pending.committed.chunks_added -= renewed;
  pending.committed.chunks_removed -= renewed;

  const std::string layout_bytes = encode_rows(layout);
  const std::int64_t born = NARU_TRY(born_of(doc, upsert, content, layout_bytes, pending));
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
    const std::int64_t owner_only = NARU_TRY(label_id(Label{}));
    const std::int64_t item = NARU_TRY(
        put_item(pending.flow, reject.item, reject.version, changes.pipeline, owner_only, &reject.reject));
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
    const std::int64_t id = NARU_TRY(label_id(label));
    Statement relabel = NARU_TRY(truth_->prepare("UPDATE items SET label = ? WHERE flow = ? AND key = ?"));
    NARU_TRY(relabel.bind(id).bind(pending.flow).bind(key).run());
  }
  return {};
}

// The rows that were born, ordered as a segment wants them, each analysed as it is added: terms of one chunk at a time.
Status StoreWriter::write_segment(Pending& pending) {
  if (pending.born.empty()) return {};
  std::sort(pending.born.begin(), pending.born.end(), [](const auto& a, const auto& b) {
    return std::pair(a.row.document, a.row.chunk) < std::pair(b.row.document, b.row.chunk);
  });
  SegmentBuilder builder;
  RowAnalyzer analyzer;
  for (const Pending::Born& born : pending.born) {
    const Document& document = born.document->document;
    const std::string name = indexed_name(document.format, born.document->item.key);
    builder.add(born.row, analyzer.analyze({born.chunk->text, document.title, born.chunk->heading_path, name}));
  }
  return NARU_TRY(segments_of(pending.base))->add(builder);
}

Status StoreWriter::advance_epoch(const Pending& pending) {
  const auto epoch = static_cast<std::int64_t>(pending.epoch);
  Statement advance = NARU_TRY(truth_->prepare("UPDATE meta SET value = ? WHERE name = 'epoch'"));
  NARU_TRY(advance.bind(epoch).run());
  Statement when = NARU_TRY(truth_->prepare("INSERT INTO epochs(epoch, unix_ms) VALUES (?, ?)"));
  return when.bind(epoch).bind(system_clock().unix_ms()).run();
}

void StoreWriter::tidy_up(const Pending& pending) {
  const auto note = [&](const Status& status) {
    if (!status && !untidy_) untidy_ = status.error();
  };
  note(memo_->flush());
  old_contents_.insert(old_contents_.end(), pending.old_contents.begin(), pending.old_contents.end());
  if (together_) return;  // a file that readers still see must not go
  for (auto& [base, segments] : segments_) {
    const Status may = may_write(paths_);
    note(may ? segments.merge_full_classes() : may);
  }
}

Status StoreWriter::drop_old_contents() {
  if (old_contents_.empty()) return {};
  const auto transaction = NARU_TRY(Transaction::begin(*content_));
  NARU_TRY(delete_unnamed_contents({}));
  NARU_TRY(transaction->commit());
  old_contents_.clear();
  return {};
}

// Of old_contents_, what no document names and none is about to name; within the caller's transaction.
Status StoreWriter::delete_unnamed_contents(const std::vector<std::int64_t>& wanted) {
  const std::unordered_set<std::int64_t> keep(wanted.begin(), wanted.end());
  for (const std::int64_t content : old_contents_) {
    if (keep.contains(content)) continue;
    Statement used = NARU_TRY(truth_->prepare(
        "SELECT 1 FROM docs WHERE content = ? UNION ALL SELECT 1 FROM generations WHERE content = ? LIMIT 1"));
    used.bind(content).bind(content);
    if (NARU_TRY(used.step())) continue;
    Statement drop = NARU_TRY(content_->prepare("DELETE FROM contents WHERE id = ?"));
    NARU_TRY(drop.bind(content).run());
  }
  return {};
}

// After a commit failed half-way, memory and disk may differ: everything is read again at the next call.
void StoreWriter::forget_caches() {
  segments_.clear();
  const std::lock_guard lock(vectors_mutex_);
  vectors_.clear();
}

// ---- between commits ----

Status StoreWriter::begin_together() {
  NARU_TRY(may_write(paths_));
  together_ = NARU_TRY(Transaction::begin(*truth_));
  return {};
}

Status StoreWriter::finish_together() {
  NARU_TRY(together_->commit());
  together_.reset();
  return {};
}

void StoreWriter::abandon_together() {
  together_.reset();
  old_contents_.clear();  // some are named again; the next writer finds the rest
  forget_caches();
}

Status StoreWriter::settle() {
  if (together_) return {};
  const Span span("Target::settle");
  NARU_TRY(may_write(paths_));
  for (auto& [base, segments] : segments_) NARU_TRY(segments.settle());
  NARU_TRY(purge_dead());
  NARU_TRY(code_vectors());
  NARU_TRY(drop_old_contents());
  NARU_TRY(memo_->trim());
  NARU_TRY(content_->execute("PRAGMA incremental_vacuum"));
  if (!untidy_) return {};
  Error error = *std::move(untidy_);
  untidy_.reset();
  return std::move(error).with("tidying up; what was committed is safe");
}

// Codes of vectors are made between commits: until then what is new is compared exactly.
Status StoreWriter::code_vectors() {
  const Span span("StoreWriter::code_vectors");
  for (const VectorEntry& entry : NARU_TRY(read_vectors(*truth_))) {
    if (!has_codes(entry)) continue;
    const Result<std::shared_ptr<const VectorRows>> rows = open_vectors(paths_, entry);
    if (!rows && rows.error().code() == Code::corrupt) continue;  // the search says so, and `verify` names it
    NARU_TRY(refresh_codes(paths_.vectors, vector_file_name(entry.model), *NARU_TRY(rows)));
  }
  return {};
}

Result<std::vector<KnownItem>> StoreWriter::known_items(const std::string& flow) {
  return read_known_items(*truth_, flow);
}

// A cache that cannot be written is no reason to stop.
Status StoreWriter::memo_put(const Id128& key, std::string_view value) {
  const Status put = memo_->put(key, value);
  if (!put && !untidy_) untidy_ = put.error();
  return {};
}

Result<std::vector<bool>> StoreWriter::have_vectors(const ModelInfo& model, std::span<const Id128> keys) {
  const std::lock_guard lock(vectors_mutex_);
  VectorWriter* writer = NARU_TRY(vector_writer(model));
  std::vector<bool> have;
  for (const Id128& key : keys) have.push_back(writer->find(key).has_value());
  return have;
}

Status StoreWriter::put_vectors(const ModelInfo& model, std::span<const Id128> keys,
                                std::span<const std::vector<float>> vectors) {
  NARU_TRY(may_write(paths_));
  const std::lock_guard lock(vectors_mutex_);
  VectorWriter* writer = NARU_TRY(vector_writer(model));
  for (std::size_t i = 0; i < keys.size(); ++i) NARU_TRY(writer->append(keys[i], vectors[i]));
  return {};
}

Status StoreWriter::keep_vectors(const ModelInfo& model) {
  NARU_TRY(may_write(paths_));
  NARU_TRY(memo_->flush());
  const std::lock_guard lock(vectors_mutex_);
  VectorWriter* writer = NARU_TRY(vector_writer(model));
  NARU_TRY(writer->sync());
  const auto transaction = NARU_TRY(Transaction::begin(*truth_));
  NARU_TRY(model_id(model, writer->rows()));
  return transaction->commit();
}

Status StoreWriter::record_run(const RunSummary& run) {
  NARU_TRY(may_write(paths_));
  Statement put = NARU_TRY(truth_->prepare(
      "INSERT OR REPLACE INTO runs(flow, outcome, started_ms, ended_ms, json) VALUES (?, ?, ?, ?, ?)"));
  return put.bind(run.flow).bind(run.outcome).bind(run.started_ms).bind(run.ended_ms).bind(encode_run(run)).run();
}

Status StoreWriter::forget_rejects(const std::string& flow, const std::vector<std::string>& keys) {
  NARU_TRY(may_write(paths_));
  const auto transaction = NARU_TRY(Transaction::begin(*truth_));
  for (const std::string& key : keys) {
    Statement forget = NARU_TRY(truth_->prepare(
        "UPDATE items SET fingerprint = x'', version = zeroblob(32), pipeline = zeroblob(16) "
        "WHERE key = ? AND reject_code <> '' AND flow = (SELECT id FROM flows WHERE name = ?)"));
    NARU_TRY(forget.bind(key).bind(flow).run());
  }
  return transaction->commit();
}

Status StoreWriter::drop_flow(const std::string& flow) {
  NARU_TRY(may_write(paths_));
  const std::vector<KnownItem> items = NARU_TRY(known_items(flow));
  for (std::size_t first = 0; first < items.size(); first += kDropKeysMax) {
    Pending pending;
    const auto transaction = NARU_TRY(Transaction::begin(*truth_));
    pending.epoch = NARU_TRY(read_epoch(*truth_)) + 1;
    pending.flow = NARU_TRY(flow_id(flow));
    ChangeSet changes;
    for (std::size_t i = first; i < std::min(first + kDropKeysMax, items.size()); ++i) {
      changes.removes.push_back(items[i].key);
    }
    Status removed = change_others(changes, pending);
    for (auto& [base, segments] : segments_) {
      if (removed) removed = segments.save();
    }
    if (removed) removed = advance_epoch(pending);
    if (removed) removed = transaction->commit();
    if (!removed) {
      forget_caches();
      return removed;
    }
    tidy_up(pending);
  }
  const auto transaction = NARU_TRY(Transaction::begin(*truth_));
  for (const char* sql : {"DELETE FROM flows WHERE name = ?", "DELETE FROM runs WHERE flow = ?"}) {
    Statement drop = NARU_TRY(truth_->prepare(sql));
    NARU_TRY(drop.bind(flow).run());
  }
  NARU_TRY(transaction->commit());
  return settle();
}

// ---- forgetting: see forget.cpp ----

// One transaction: the document is gone for every reader, its hash is there, and the purge is owed.
Status StoreWriter::hide(const Forgettable& gone, const Forgotten& forgotten) {
  Pending pending;
  const auto transaction = NARU_TRY(Transaction::begin(*truth_));
  pending.epoch = NARU_TRY(read_epoch(*truth_)) + 1;
  NARU_TRY(remove_document(gone.item, pending));
  for (const std::int64_t generation : gone.generations) {
    Statement drop = NARU_TRY(truth_->prepare("DELETE FROM generations WHERE rowid = ? RETURNING content"));
    drop.bind(generation);
    if (NARU_TRY(drop.step())) pending.old_contents.push_back(drop.integer(0));
  }
  for (const std::int64_t doc : gone.docs) {
    for (const char* sql : {"DELETE FROM chunks WHERE doc = ?", "DELETE FROM items WHERE id = ?"}) {
      Statement drop = NARU_TRY(truth_->prepare(sql));
      NARU_TRY(drop.bind(doc).run());
    }
  }
  // Dead rows that no generation that is left covers: of what went from the history of others.
  NARU_TRY(truth_->execute(
      "DELETE FROM chunks WHERE died IS NOT NULL AND NOT EXISTS (SELECT 1 FROM generations WHERE "
      "generations.doc = chunks.doc AND generations.born < chunks.died AND generations.died > chunks.born)"));
  NARU_TRY(truth_->execute("DELETE FROM labels WHERE id NOT IN (SELECT label FROM items) "
                           "AND id NOT IN (SELECT label FROM generations)"));
  for (const std::string& id : gone.answers) {
    Statement drop = NARU_TRY(truth_->prepare("DELETE FROM answers WHERE id = ?"));
    NARU_TRY(drop.bind(id).run());
  }
  {
    Statement keep =
        NARU_TRY(truth_->prepare("INSERT OR REPLACE INTO forgotten(item, version, purged) VALUES (?, ?, 0)"));
    keep.blob(forgotten.item_hash(gone.flow, gone.key));
    keep.blob(gone.version.empty() ? "" : forgotten.version_hash(Sha256::from_bytes(gone.version)));
    NARU_TRY(keep.run());
  }
  for (auto& [base, segments] : segments_) NARU_TRY(segments.save());
  NARU_TRY(advance_epoch(pending));
  NARU_FAILPOINT("forget.before_truth");
  NARU_TRY(transaction->commit());
  old_contents_.insert(old_contents_.end(), pending.old_contents.begin(), pending.old_contents.end());
  return {};
}

}  // namespace naru
