#include "store/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/json.h"
#include "runtime/clock.h"
#include "runtime/compress.h"
#include "runtime/failpoint.h"
#include "runtime/files.h"
#include "runtime/trace.h"
#include "text/analyzer.h"

namespace naru {

namespace {

// Segments of one size class before they are merged into one of the next: 8 keeps both the number of files that a query
// opens and the times that a posting is rewritten near log8 of the rows.
constexpr std::size_t kMergeFactor = 8;

// Dead rows are kept for a day, so that a reader with an old question still finds them, then purged.
constexpr std::int64_t kDeadKeptMs = 24LL * 3600 * 1000;

std::size_t size_class(std::uint64_t rows) {
  std::size_t exponent = 0;
  for (; rows >= kMergeFactor; rows /= kMergeFactor) ++exponent;
  return exponent;
}

}  // namespace

struct StoreWriter::Pending {
  Base* base = nullptr;
  std::uint64_t epoch = 0;
  std::int64_t model = 0;
  VectorWriter* vectors = nullptr;
  std::vector<std::pair<SegmentRow, std::vector<std::string>>> born;  // with their terms
  std::vector<std::int64_t> old_contents;
  Committed committed;
};

Result<std::unique_ptr<StoreWriter>> StoreWriter::open(const StorePaths& paths) {
  for (const std::string& folder : {paths.root, paths.vectors, paths.segments}) NARU_TRY(make_folders(folder));
  std::unique_ptr<StoreWriter> writer(new StoreWriter(paths));
  writer->lock_ = NARU_TRY(FileLock::acquire(paths.lock));
  writer->content_ = NARU_TRY(Database::open(paths.content, true));
  NARU_TRY(prepare_content(*writer->content_));
  writer->truth_ = NARU_TRY(Database::open(paths.truth, true));
  NARU_TRY(prepare_truth(*writer->truth_));
  writer->memo_ = NARU_TRY(open_memo(paths.memo));
  NARU_TRY_AT(writer->collect_garbage(), "cleaning up after an interrupted run");
  return writer;
}

// What the truth does not name: segment files, contents, vectors behind the committed rows (cut when opened).
Status StoreWriter::collect_garbage() {
  std::unordered_set<std::string> named;
  Statement segments = NARU_TRY(truth_->prepare("SELECT name FROM segments"));
  while (NARU_TRY(segments.step())) named.insert(segments.text(0) + ".seg");
  for (const std::string& file : NARU_TRY(list_folder(paths_.segments))) {
    if (!named.contains(file)) NARU_TRY(remove_file(join_path(paths_.segments, file)));
  }
  std::unordered_set<std::int64_t> used;
  Statement docs = NARU_TRY(truth_->prepare("SELECT DISTINCT content FROM docs"));
  while (NARU_TRY(docs.step())) used.insert(docs.integer(0));
  std::vector<std::int64_t> unused;
  Statement contents = NARU_TRY(content_->prepare("SELECT id FROM contents"));
  while (NARU_TRY(contents.step())) {
    if (!used.contains(contents.integer(0))) unused.push_back(contents.integer(0));
  }
  NARU_TRY(drop_contents(unused));
  const std::int64_t day_ago = system_clock().unix_ms() - kDeadKeptMs;
  Statement last = NARU_TRY(truth_->prepare("SELECT max(ended_ms) FROM runs"));
  const bool old = NARU_TRY(last.step()) && last.integer(0) > 0 && last.integer(0) < day_ago;
  if (old) NARU_TRY(truth_->execute("DELETE FROM chunks WHERE died IS NOT NULL"));
  return {};
}

Result<StoreWriter::Base*> StoreWriter::open_base(const std::string& name) {
  const auto known = bases_.find(name);
  if (known != bases_.end()) return &known->second;
  Base base;
  for (const BaseEntry& entry : NARU_TRY(read_bases(*truth_))) {
    if (entry.name == name) base.id = entry.id;
  }
  if (base.id == 0) {
    Statement insert = NARU_TRY(truth_->prepare("INSERT INTO bases(name) VALUES (?)"));
    NARU_TRY(insert.bind(name).run());
    base.id = truth_->last_row();
  }
  for (const SegmentEntry& entry : NARU_TRY(read_segments(*truth_, base.id))) {
    LiveSegment live;
    live.id = entry.id;
    live.segment = NARU_TRY(Segment::open(paths_.segments, entry.name));
    live.alive = Bitmap::from_bytes(entry.alive, live.segment->rows());
    base.segments.push_back(std::move(live));
  }
  return &bases_.emplace(name, std::move(base)).first->second;
}

// The caller holds vectors_mutex_.
Result<VectorWriter*> StoreWriter::vector_writer(const ModelInfo& model) {
  const auto known = vectors_.find(model.fingerprint);
  if (known != vectors_.end()) return known->second.get();
  std::uint64_t committed = 0;
  for (const VectorEntry& entry : NARU_TRY(read_vectors(*truth_))) {
    if (entry.model.fingerprint == model.fingerprint) committed = entry.rows;
  }
  std::unique_ptr<VectorWriter> writer =
      NARU_TRY(VectorWriter::open(paths_.vectors, vector_file_name(model), model, committed));
  return vectors_.emplace(model.fingerprint, std::move(writer)).first->second.get();
}

Result<std::int64_t> StoreWriter::flow_id(const std::string& name) {
  Statement find = NARU_TRY(truth_->prepare("SELECT id FROM flows WHERE name = ?"));
  find.bind(name);
  if (NARU_TRY(find.step())) return find.integer(0);
  Statement insert = NARU_TRY(truth_->prepare("INSERT INTO flows(name) VALUES (?)"));
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

// Equal contents are kept once. The id is never used again, so a reader's counter can tell what it lacks.
Result<std::int64_t> StoreWriter::put_content(const DocumentUpsert& upsert) {
  const std::string plain = encode_content(upsert.document, upsert.chunks);
  const std::string digest = hash128(plain).bytes();
  Statement find = NARU_TRY(content_->prepare("SELECT id FROM contents WHERE digest = ?"));
  find.blob(digest);
  if (NARU_TRY(find.step())) return find.integer(0);
  Statement insert = NARU_TRY(content_->prepare("INSERT INTO contents(digest, bytes) VALUES (?, ?)"));
  NARU_TRY(insert.blob(digest).blob(zstd_compress(plain)).run());
  return content_->last_row();
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
  return put.integer(0);
}

Status StoreWriter::bury_chunk(std::uint64_t row, Pending& pending) {
  Statement bury = NARU_TRY(truth_->prepare("UPDATE chunks SET died = ? WHERE row = ?"));
  NARU_TRY(bury.bind(static_cast<std::int64_t>(pending.epoch)).bind(static_cast<std::int64_t>(row)).run());
  Base& base = *pending.base;
  if (!base.placed) {
    for (std::size_t s = 0; s < base.segments.size(); ++s) {
      base.segments[s].alive.each([&](std::size_t i) {
        base.places[base.segments[s].segment->row(i).chunk] = {s, static_cast<std::uint32_t>(i)};
      });
    }
    base.placed = true;
  }
  const auto place = base.places.find(row);
  if (place == base.places.end()) return Error(Code::corrupt, fmt::format("chunk row {} is in no segment; run `naru verify`", row));
  LiveSegment& live = base.segments[place->second.first];
  live.alive.clear(place->second.second);
  live.changed = true;
  base.places.erase(place);
  ++pending.committed.chunks_removed;
  return {};
}

Status StoreWriter::bury(std::int64_t doc, Pending& pending) {
  std::vector<std::uint64_t> rows;
  {
    Statement live = NARU_TRY(truth_->prepare("SELECT row FROM chunks WHERE doc = ? AND died IS NULL"));
    live.bind(doc);
    while (NARU_TRY(live.step())) rows.push_back(static_cast<std::uint64_t>(live.integer(0)));
  }
  for (const std::uint64_t row : rows) NARU_TRY(bury_chunk(row, pending));
  return {};
}

// Buries the chunks and drops the document; the item's row is the caller's.
Status StoreWriter::remove_document(std::int64_t item, Pending& pending) {
  NARU_TRY(bury(item, pending));
  Statement find = NARU_TRY(truth_->prepare("SELECT content FROM docs WHERE id = ?"));
  find.bind(item);
  if (NARU_TRY(find.step())) pending.old_contents.push_back(find.integer(0));
  Statement drop = NARU_TRY(truth_->prepare("DELETE FROM docs WHERE id = ?"));
  return drop.bind(item).run();
}

// Reconciles one document: a chunk whose id, model and vector are the same keeps its row and its index entry.
Status StoreWriter::upsert(const ChangeSet& changes, const DocumentUpsert& upsert, std::int64_t content, Pending& pending) {
  const Span span("Store::reconcile");
  const std::int64_t flow = NARU_TRY(flow_id(changes.flow));
  const std::int64_t label = NARU_TRY(label_id(upsert.label));
  const std::int64_t doc = NARU_TRY(put_item(flow, upsert.item, upsert.version, changes.pipeline, label, nullptr));

  struct Old {
    std::uint64_t row = 0;
    std::int64_t model = 0, vector = 0;
  };
  std::unordered_map<Id128, Old> old;
  {
    Statement live = NARU_TRY(truth_->prepare("SELECT row, chunk_id, model, vector FROM chunks WHERE doc = ? AND died IS NULL"));
    live.bind(doc);
    while (NARU_TRY(live.step())) {
      if (live.view(1).size() != 16) return Error(Code::corrupt, "the id of a chunk is damaged; run `naru verify`");
      old[Id128::from_bytes(live.view(1))] = {static_cast<std::uint64_t>(live.integer(0)), live.integer(2), live.integer(3)};
    }
  }
  Statement base_of = NARU_TRY(truth_->prepare("SELECT base, content FROM docs WHERE id = ?"));
  base_of.bind(doc);
  if (NARU_TRY(base_of.step())) {
    pending.old_contents.push_back(base_of.integer(1));
    if (base_of.integer(0) != pending.base->id) {
      return Error(Code::unsupported, fmt::format("flow {} now writes to another knowledge base; give the flow a new name",
                                                  changes.flow));
    }
  }

  std::vector<std::uint64_t> layout;
  for (std::size_t i = 0; i < upsert.chunks.size(); ++i) {
    const Chunk& chunk = upsert.chunks[i];
    std::int64_t model = 0, vector = 0;
    if (i < upsert.vector_keys.size() && upsert.vector_keys[i]) {
      const std::lock_guard lock(vectors_mutex_);
      const std::optional<std::uint64_t> found = pending.vectors->find(*upsert.vector_keys[i]);
      if (!found) return Error(Code::internal, "a chunk names a vector that was not put into the store");
      model = pending.model;
      vector = static_cast<std::int64_t>(*found);
    }
    const auto same = old.find(chunk.id);
    if (same != old.end() && same->second.model == model && same->second.vector == vector) {
      layout.push_back(same->second.row);
      old.erase(same);
      continue;
    }
    Statement insert = NARU_TRY(truth_->prepare("INSERT INTO chunks(doc, chunk_id, model, vector, born) VALUES (?, ?, ?, ?, ?)"));
    insert.bind(doc).blob(chunk.id.bytes()).bind(model).bind(vector);
    NARU_TRY(insert.bind(static_cast<std::int64_t>(pending.epoch)).run());
    SegmentRow row;
    row.chunk = static_cast<std::uint64_t>(truth_->last_row());
    row.document = static_cast<std::uint32_t>(doc);
    row.model = static_cast<std::uint32_t>(model);
    row.vector = static_cast<std::uint32_t>(vector);
    layout.push_back(row.chunk);
    pending.born.emplace_back(row, analyze(chunk.text));
    ++pending.committed.chunks_added;
  }
  for (const auto& [id, gone] : old) NARU_TRY(bury_chunk(gone.row, pending));

  Statement put = NARU_TRY(truth_->prepare(
      "INSERT INTO docs(id, base, title, language, format, content, layout) VALUES (?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT(id) DO UPDATE SET title = excluded.title, language = excluded.language, format = excluded.format, "
      "content = excluded.content, layout = excluded.layout"));
  put.bind(doc).bind(pending.base->id).bind(upsert.document.title).bind(upsert.document.language);
  return put.bind(upsert.document.format).bind(content).blob(encode_rows(layout)).run();
}

Status StoreWriter::write_segment(Pending& pending) {
  if (pending.born.empty()) return {};
  const Span span("SegmentBuilder::build");
  std::stable_sort(pending.born.begin(), pending.born.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.document, a.first.chunk) < std::pair(b.first.document, b.first.chunk);
  });
  SegmentBuilder builder;
  for (const auto& [row, terms] : pending.born) builder.add(row, terms);
  const SegmentFile file = NARU_TRY(builder.write(paths_.segments));
  NARU_FAILPOINT("store.after_segment");
  LiveSegment live;
  live.segment = NARU_TRY(Segment::open(paths_.segments, file.name));
  live.alive = Bitmap(live.segment->rows(), true);
  Statement insert = NARU_TRY(truth_->prepare("INSERT INTO segments(base, name, rows, alive) VALUES (?, ?, ?, ?)"));
  insert.bind(pending.base->id).bind(file.name).bind(static_cast<std::int64_t>(file.rows));
  NARU_TRY(insert.blob(live.alive.bytes()).run());
  live.id = truth_->last_row();
  Base& base = *pending.base;
  base.segments.push_back(std::move(live));
  if (base.placed) {
    const LiveSegment& last = base.segments.back();
    for (std::size_t i = 0; i < last.segment->rows(); ++i) {
      base.places[last.segment->row(i).chunk] = {base.segments.size() - 1, static_cast<std::uint32_t>(i)};
    }
  }
  return {};
}

Status StoreWriter::save_alive(Base& base) {
  for (LiveSegment& live : base.segments) {
    if (!live.changed) continue;
    Statement update = NARU_TRY(truth_->prepare("UPDATE segments SET alive = ? WHERE id = ?"));
    NARU_TRY(update.blob(live.alive.bytes()).bind(live.id).run());
    live.changed = false;
  }
  return {};
}

Status StoreWriter::drop_contents(const std::vector<std::int64_t>& contents) {
  std::vector<std::int64_t> unused;
  for (const std::int64_t content : contents) {
    Statement used = NARU_TRY(truth_->prepare("SELECT 1 FROM docs WHERE content = ? LIMIT 1"));
    used.bind(content);
    if (!NARU_TRY(used.step())) unused.push_back(content);
  }
  if (unused.empty()) return {};
  auto transaction = NARU_TRY(Transaction::begin(*content_));
  for (const std::int64_t content : unused) {
    Statement drop = NARU_TRY(content_->prepare("DELETE FROM contents WHERE id = ?"));
    NARU_TRY(drop.bind(content).run());
  }
  return transaction->commit();
}

// After a commit failed half-way, memory and disk may differ: everything is read again at the next call.
void StoreWriter::forget_caches() {
  bases_.clear();
  const std::lock_guard lock(vectors_mutex_);
  vectors_.clear();
}

Result<Committed> StoreWriter::apply(const ChangeSet& changes) {
  const Span span("Target::apply");
  const auto attempt = [&]() -> Result<Committed> {
    Pending pending;
    std::vector<std::int64_t> contents;
    if (!changes.upserts.empty()) {
      auto transaction = NARU_TRY(Transaction::begin(*content_));
      for (const DocumentUpsert& upsert : changes.upserts) contents.push_back(NARU_TRY(put_content(upsert)));
      NARU_TRY(transaction->commit());
    }
    NARU_FAILPOINT("store.after_content");
    std::uint64_t vector_rows = 0;
    if (changes.embedder) {
      const std::lock_guard lock(vectors_mutex_);
      pending.vectors = NARU_TRY(vector_writer(*changes.embedder));
      NARU_TRY(pending.vectors->sync());
      vector_rows = pending.vectors->rows();
    }
    NARU_FAILPOINT("store.after_vectors");

    auto transaction = NARU_TRY(Transaction::begin(*truth_));
    pending.base = NARU_TRY(open_base(changes.knowledge_base));
    pending.epoch = NARU_TRY(read_epoch(*truth_)) + 1;
    if (changes.embedder) {
      Statement put = NARU_TRY(truth_->prepare(
          "INSERT INTO vectors(fingerprint, model, dims, rows, english_only) VALUES (?, ?, ?, ?, ?) "
          "ON CONFLICT(fingerprint) DO UPDATE SET rows = excluded.rows RETURNING id"));
      put.blob(changes.embedder->fingerprint.bytes()).bind(changes.embedder->name);
      put.bind(static_cast<std::int64_t>(changes.embedder->dims)).bind(static_cast<std::int64_t>(vector_rows));
      put.bind(changes.embedder->english_only ? 1 : 0);
      if (!NARU_TRY(put.step())) return Error(Code::internal, "a model was not stored");
      pending.model = put.integer(0);
    }
    {
      Statement use = NARU_TRY(truth_->prepare("UPDATE bases SET vectors = ? WHERE id = ? AND ? > 0"));
      NARU_TRY(use.bind(pending.model).bind(pending.base->id).bind(pending.model).run());
    }
    for (std::size_t i = 0; i < changes.upserts.size(); ++i) {
      NARU_TRY_AT(upsert(changes, changes.upserts[i], contents[i], pending), changes.upserts[i].item.key);
    }
    const std::int64_t flow = NARU_TRY(flow_id(changes.flow));
    for (const ItemReject& reject : changes.rejects) {
      const std::int64_t label = NARU_TRY(label_id(Label{}));
      const std::int64_t item = NARU_TRY(put_item(flow, reject.item, reject.version, changes.pipeline, label, &reject.reject));
      NARU_TRY(remove_document(item, pending));
    }
    for (const std::string& key : changes.removes) {
      Statement find = NARU_TRY(truth_->prepare("SELECT id FROM items WHERE flow = ? AND key = ?"));
      find.bind(flow).bind(key);
      if (!NARU_TRY(find.step())) continue;
      const std::int64_t item = find.integer(0);
      NARU_TRY(remove_document(item, pending));
      Statement drop = NARU_TRY(truth_->prepare("DELETE FROM items WHERE id = ?"));
      NARU_TRY(drop.bind(item).run());
    }
    for (const Item& item : changes.touched) {
      Statement touch = NARU_TRY(truth_->prepare("UPDATE items SET fingerprint = ?, version_order = ? WHERE flow = ? AND key = ?"));
      touch.blob(item.fingerprint).bind(static_cast<std::int64_t>(item.version_order));
      NARU_TRY(touch.bind(flow).bind(item.key).run());
    }
    for (const auto& [key, label] : changes.relabels) {
      const std::int64_t id = NARU_TRY(label_id(label));
      Statement relabel = NARU_TRY(truth_->prepare("UPDATE items SET label = ? WHERE flow = ? AND key = ?"));
      NARU_TRY(relabel.bind(id).bind(flow).bind(key).run());
    }
    NARU_TRY(write_segment(pending));
    NARU_TRY(save_alive(*pending.base));
    {
      Statement advance = NARU_TRY(truth_->prepare("UPDATE meta SET value = ? WHERE name = 'epoch'"));
      NARU_TRY(advance.bind(static_cast<std::int64_t>(pending.epoch)).run());
    }
    NARU_FAILPOINT("store.before_truth");
    NARU_TRY(transaction->commit());
    NARU_FAILPOINT("store.after_truth");

    pending.committed.epoch = pending.epoch;
    {
      const std::lock_guard lock(memo_mutex_);
      if (memo_transaction_) {
        NARU_TRY(memo_transaction_->commit());
        memo_transaction_.reset();
      }
    }
    NARU_TRY(drop_contents(pending.old_contents));
    NARU_TRY(merge_small(*pending.base, kMergeFactor));
    return pending.committed;
  };
  Result<Committed> committed = attempt();
  if (!committed) forget_caches();
  return committed;
}

// Merges whole size classes that are full, smallest first.
Status StoreWriter::merge_small(Base& base, std::size_t count_max) {
  for (bool merged = true; merged;) {
    merged = false;
    std::map<std::size_t, std::vector<std::size_t>> classes;
    for (std::size_t i = 0; i < base.segments.size(); ++i) {
      classes[size_class(base.segments[i].alive.count())].push_back(i);
    }
    for (const auto& [size, which] : classes) {
      if (which.size() < count_max) continue;
      NARU_TRY(merge(base, which));
      merged = true;
      break;
    }
  }
  return {};
}

Status StoreWriter::merge(Base& base, std::vector<std::size_t> which) {
  const Span span("SegmentBuilder::merge");
  std::vector<MergeInput> inputs;
  std::size_t rows = 0;
  for (const std::size_t i : which) {
    inputs.push_back({base.segments[i].segment.get(), &base.segments[i].alive});
    rows += base.segments[i].alive.count();
  }
  std::optional<SegmentFile> file;
  if (rows > 0) file = NARU_TRY(merge_segments(inputs, paths_.segments));
  NARU_FAILPOINT("store.after_merge");
  std::vector<std::string> gone;
  LiveSegment live;
  {
    auto transaction = NARU_TRY(Transaction::begin(*truth_));
    for (const std::size_t i : which) {
      Statement drop = NARU_TRY(truth_->prepare("DELETE FROM segments WHERE id = ?"));
      NARU_TRY(drop.bind(base.segments[i].id).run());
      gone.push_back(base.segments[i].segment->name());
    }
    if (file) {
      live.segment = NARU_TRY(Segment::open(paths_.segments, file->name));
      live.alive = Bitmap(live.segment->rows(), true);
      Statement insert = NARU_TRY(truth_->prepare("INSERT INTO segments(base, name, rows, alive) VALUES (?, ?, ?, ?)"));
      insert.bind(base.id).bind(file->name).bind(static_cast<std::int64_t>(file->rows));
      NARU_TRY(insert.blob(live.alive.bytes()).run());
      live.id = truth_->last_row();
    }
    const Span publish("Manifest::publish");
    NARU_TRY(transaction->commit());
  }
  std::vector<LiveSegment> kept;
  for (std::size_t i = 0; i < base.segments.size(); ++i) {
    if (std::find(which.begin(), which.end(), i) == which.end()) kept.push_back(std::move(base.segments[i]));
  }
  if (live.segment) kept.push_back(std::move(live));
  base.segments = std::move(kept);
  base.places.clear();
  base.placed = false;
  NARU_FAILPOINT("store.after_publish");
  for (const std::string& name : gone) {
    if (!file || name != file->name) NARU_TRY(remove_file(join_path(paths_.segments, name + ".seg")));
  }
  return {};
}

Status StoreWriter::settle() {
  for (auto& [name, base] : bases_) {
    std::vector<std::size_t> half_dead;
    for (std::size_t i = 0; i < base.segments.size(); ++i) {
      if (base.segments[i].alive.count() * 5 < base.segments[i].segment->rows() * 4) half_dead.push_back(i);
    }
    if (!half_dead.empty()) NARU_TRY(merge(base, half_dead));
    NARU_TRY(merge_small(base, kMergeFactor));
  }
  const std::lock_guard lock(memo_mutex_);
  if (memo_transaction_) {
    NARU_TRY(memo_transaction_->commit());
    memo_transaction_.reset();
  }
  NARU_TRY(content_->execute("PRAGMA incremental_vacuum"));
  return {};
}

Result<std::vector<KnownItem>> StoreWriter::known_items(const std::string& flow) {
  return read_known_items(*truth_, flow);
}

Result<std::optional<std::string>> StoreWriter::memo_get(const Id128& key) {
  const std::lock_guard lock(memo_mutex_);
  Statement find = NARU_TRY(memo_->prepare("SELECT value FROM memo WHERE key = ? ORDER BY id DESC LIMIT 1"));
  find.blob(key.bytes());
  if (!NARU_TRY(find.step())) return std::optional<std::string>{};
  return std::optional<std::string>(find.text(0));
}

Status StoreWriter::memo_put(const Id128& key, std::string_view value) {
  const std::lock_guard lock(memo_mutex_);
  if (!memo_transaction_) memo_transaction_ = NARU_TRY(Transaction::begin(*memo_));
  Statement put = NARU_TRY(memo_->prepare("INSERT INTO memo(key, value) VALUES (?, ?)"));
  return put.blob(key.bytes()).blob(value).run();
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
  const std::lock_guard lock(vectors_mutex_);
  VectorWriter* writer = NARU_TRY(vector_writer(model));
  for (std::size_t i = 0; i < keys.size(); ++i) NARU_TRY(writer->append(keys[i], vectors[i]));
  return {};
}

Status StoreWriter::record_run(const RunSummary& run) {
  Statement put = NARU_TRY(truth_->prepare(
      "INSERT OR REPLACE INTO runs(flow, outcome, started_ms, ended_ms, json) VALUES (?, ?, ?, ?, ?)"));
  return put.bind(run.flow).bind(run.outcome).bind(run.started_ms).bind(run.ended_ms).bind(encode_run(run)).run();
}

Status StoreWriter::forget_rejects(const std::string& flow, const std::vector<std::string>& keys) {
  auto transaction = NARU_TRY(Transaction::begin(*truth_));
  for (const std::string& key : keys) {
    Statement forget = NARU_TRY(truth_->prepare(
        "UPDATE items SET fingerprint = x'', version = zeroblob(32), pipeline = zeroblob(16) WHERE key = ? AND reject_code <> '' "
        "AND flow = (SELECT id FROM flows WHERE name = ?)"));
    NARU_TRY(forget.bind(key).bind(flow).run());
  }
  return transaction->commit();
}

}  // namespace naru
