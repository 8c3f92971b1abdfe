#include "store/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "runtime/clock.h"
#include "runtime/failpoint.h"
#include "runtime/trace.h"
#include "store/history.h"
#include "store/pending.h"
#include "store/read_view.h"
#include "store/run_history.h"
#include "store/vector/codes.h"
#include "text/analyzer.h"

namespace naru {

namespace {

// Keys removed in one commit when a whole flow goes.
constexpr std::size_t kDropKeysMax = 2048;

}  // namespace

// ---- opening ----

Result<std::unique_ptr<StoreWriter>> StoreWriter::open(const StorePaths& paths) {
  const bool is_new = !file_exists(paths.truth);
  for (const std::string& folder : {paths.root, paths.vectors, paths.segments}) NARU_TRY(make_folders(folder));
  std::unique_ptr<StoreWriter> writer(new StoreWriter(paths));
  writer->lock_ = NARU_TRY(FileLock::acquire(paths.lock));
  settle_failed_syncs(paths.root);
  NARU_TRY(remove_file(paths.stopped));
  // What is in a folder is only as durable as its name, and whoever named it may have been killed before its sync.
  for (const std::string& folder : {paths.root, paths.vectors, paths.segments}) NARU_TRY(sync_folder(folder));
  if (is_new) NARU_TRY(sync_folder(folder_name(paths.root)));
  // The truth last: where it is made, everything is.
  writer->memo_ = NARU_TRY(MemoFile::open(paths.memo));
  writer->content_ = NARU_TRY(Database::open(paths.content, true));
  NARU_TRY(writer->content_->secure_log());
  NARU_TRY_AT(prepare_content(*writer->content_), "preparing " + paths.content);
  writer->contents_.emplace(*writer->content_);
  writer->truth_ = NARU_TRY(Database::open(paths.truth, true));
  NARU_TRY(writer->truth_->secure_log());
  NARU_TRY_AT(prepare_truth(*writer->truth_, *writer->content_), "preparing " + paths.truth);
  if (NARU_TRY_AT(prepare_page_sums(*writer->truth_, *writer->content_), "giving each page its checksum")) {
    writer->notices_.push_back("the store was made before pages had checksums; they have them now");
  }
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
  for (const std::int64_t content : NARU_TRY(content_ids(*content_))) {
    if (!used.contains(content)) old_contents_.push_back(content);
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
  pending.pipeline = NARU_TRY(pipeline_id(changes.pipeline));
  if (changes.embedder) {
    pending.model = NARU_TRY(put_model(*truth_, {0, *changes.embedder, pending.vector_rows}));
    NARU_TRY(use_model(pending));
  }
  for (std::size_t i = 0; i < changes.upserts.size(); ++i) {
    NARU_TRY_AT(upsert(changes.upserts[i], contents[i], pending), changes.upserts[i].item.key);
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
  std::vector<std::string> encoded;
  for (const DocumentUpsert& upsert : upserts) encoded.push_back(encode_content(upsert.document, upsert.chunks));
  contents = NARU_TRY(contents_->put(encoded));
  // Within a whole, what readers see still names what this transaction does not name any more.
  if (!together_) NARU_TRY(delete_unnamed_contents(contents));
  NARU_TRY(transaction->commit());
  if (!together_) old_contents_.clear();
  return contents;
}

Status StoreWriter::sync_vectors(const ChangeSet& changes, Pending& pending) {
  if (!changes.embedder) return {};
  const std::lock_guard lock(vectors_mutex_);
  pending.vectors = NARU_TRY(vector_writer(*changes.embedder));
  NARU_TRY(pending.vectors->sync());
  pending.vector_rows = pending.vectors->rows();
  return {};
}

// From this epoch on the knowledge base searches the vectors of the model of this commit.
Status StoreWriter::use_model(const Pending& pending) {
  Statement use = NARU_TRY(truth_->prepare("UPDATE bases SET vectors = ? WHERE id = ? AND vectors <> ? RETURNING id"));
  use.bind(pending.model).bind(pending.base).bind(pending.model);
  if (!NARU_TRY(use.step())) return {};
  Statement since = NARU_TRY(truth_->prepare("INSERT INTO base_models(base, epoch, model) VALUES (?, ?, ?)"));
  return since.bind(pending.base).bind(static_cast<std::int64_t>(pending.epoch)).bind(pending.model).run();
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
  std::vector<std::int64_t> unnamed;
  for (const std::int64_t content : old_contents_) {
    if (keep.contains(content)) continue;
    Statement used = NARU_TRY(truth_->prepare(
        "SELECT 1 FROM docs WHERE content = ? UNION ALL SELECT 1 FROM generations WHERE content = ? LIMIT 1"));
    used.bind(content).bind(content);
    if (!NARU_TRY(used.step())) unnamed.push_back(content);
  }
  return contents_->remove(std::move(unnamed));
}

// After a commit failed half-way, memory and disk may differ: everything is read again at the next call.
void StoreWriter::forget_caches() {
  segments_.clear();
  contents_->forget_cache();
  coded_.clear();
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
    if (!has_codes(entry) || coded_[entry.id] == entry.rows) continue;
    const Result<std::shared_ptr<const VectorRows>> rows = open_vectors(paths_, entry);
    if (!rows && rows.error().code() == Code::corrupt) continue;  // the search says so, and `verify` names it
    NARU_TRY(refresh_codes(paths_.vectors, vector_file_name(entry.model), *NARU_TRY(rows)));
    coded_[entry.id] = entry.rows;
  }
  return {};
}

Result<SpilledList<KnownItem>> StoreWriter::known_items(const std::string& flow) {
  return read_known_items(*truth_, flow);
}

std::vector<std::string> StoreWriter::take_notices() {
  if (std::string notice = memo_->take_notice(); !notice.empty()) notices_.push_back(std::move(notice));
  return std::exchange(notices_, {});
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

Result<std::vector<std::vector<float>>> StoreWriter::get_vectors(const ModelInfo& model, std::span<const Id128> keys) {
  const std::lock_guard lock(vectors_mutex_);
  VectorWriter* writer = NARU_TRY(vector_writer(model));
  std::vector<std::uint64_t> rows;
  for (const Id128& key : keys) {
    const std::optional<std::uint64_t> row = writer->find(key);
    if (!row) return Error(Code::not_found, "a text has no vector");
    rows.push_back(*row);
  }
  return writer->read(rows);
}

Status StoreWriter::keep_vectors(const ModelInfo& model) {
  NARU_TRY(may_write(paths_));
  NARU_TRY(memo_->flush());
  const std::lock_guard lock(vectors_mutex_);
  VectorWriter* writer = NARU_TRY(vector_writer(model));
  NARU_TRY(writer->sync());
  std::unique_ptr<Transaction> transaction;
  if (!together_) transaction = NARU_TRY(Transaction::begin(*truth_));  // else durable with all the rest
  NARU_TRY(put_model(*truth_, {0, model, writer->rows()}));
  return transaction ? transaction->commit() : Status();
}

Status StoreWriter::record_run(const RunSummary& run) {
  NARU_TRY(may_write(paths_));
  const auto transaction = NARU_TRY(Transaction::begin(*truth_));
  NARU_TRY(keep_run(*truth_, run));
  return transaction->commit();
}

Status StoreWriter::forget_rejects(const std::string& flow, const std::vector<std::string>& keys) {
  NARU_TRY(may_write(paths_));
  const auto transaction = NARU_TRY(Transaction::begin(*truth_));
  for (const std::string& key : keys) {
    Statement forget = NARU_TRY(truth_->prepare(
        "UPDATE items SET fingerprint = x'', version = zeroblob(32), pipeline = 0 "
        "WHERE key = ? AND reject_code <> '' AND flow = (SELECT id FROM flows WHERE name = ?)"));
    NARU_TRY(forget.bind(key).bind(flow).run());
  }
  return transaction->commit();
}

Status StoreWriter::drop_keyed_tables(const KeyedSteps& but) {
  NARU_TRY(may_write(paths_));
  return naru::drop_keyed_tables(*truth_, but);
}

Status StoreWriter::keep_fitted(const std::string& flow, const std::string& step, const Fitted& fitted) {
  NARU_TRY(may_write(paths_));
  return naru::keep_fitted(*truth_, flow, step, fitted);
}

Status StoreWriter::drop_flow(const std::string& flow) {
  NARU_TRY(may_write(paths_));
  const std::vector<KnownItem> items = NARU_TRY(NARU_TRY(known_items(flow)).all());
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
  Statement drop = NARU_TRY(truth_->prepare("DELETE FROM flows WHERE name = ?"));
  NARU_TRY(drop.bind(flow).run());
  NARU_TRY(drop_runs(*truth_, flow));
  NARU_TRY(drop_fitted(*truth_, flow));
  NARU_TRY(transaction->commit());
  return settle();
}

}  // namespace naru
