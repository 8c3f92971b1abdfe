// The writer: everything that changes the store. One per store, held by the process that has the lock, used by one
// thread; only memo and vector look-ups may come from others.
//
// Order of a commit: content, vectors, segment file, each durable, then the one transaction of the truth that names
// them. A crash before it leaves garbage, which the next writer collects; after it, everything holds. What is tidied up
// after it (texts that nothing names, merges, the memo) may fail without harm to the commit: settle() tells. After a
// sync that failed every call is refused: whoever opens the store anew writes again what may be lost, and goes on.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "flow/state.h"
#include "runtime/files.h"
#include "store/forget.h"
#include "store/fitted.h"
#include "store/keyed_rows.h"
#include "store/lexical/row_text.h"
#include "store/memo_file.h"
#include "store/segment_set.h"
#include "store/truth.h"
#include "store/vector/vector_file.h"

namespace naru {

class StoreWriter {
 public:
  // timeout: another process writes here, and is named.
  static Result<std::unique_ptr<StoreWriter>> open(const StorePaths& paths);

  Result<Committed> apply(const ChangeSet& changes);
  Status settle();
  Status begin_together();
  Status finish_together();
  void abandon_together();
  Result<SpilledList<KnownItem>> known_items(const std::string& flow);
  Result<std::optional<std::string>> memo_get(const Id128& key) { return memo_->get(key); }
  Status memo_put(const Id128& key, std::string_view value);
  Result<std::vector<bool>> have_vectors(const ModelInfo& model, std::span<const Id128> keys);
  Status put_vectors(const ModelInfo& model, std::span<const Id128> keys, std::span<const std::vector<float>> vectors);
  Result<std::vector<std::vector<float>>> get_vectors(const ModelInfo& model, std::span<const Id128> keys);
  Status keep_vectors(const ModelInfo& model);
  Status record_run(const RunSummary& run);
  Status forget_rejects(const std::string& flow, const std::vector<std::string>& keys);
  Status drop_flow(const std::string& flow);
  std::unique_ptr<KeyedTable> keyed_table(const std::string& flow, const std::string& step) {
    return open_keyed_table(paths_, truth_.get(), nullptr, flow, step);
  }
  Status drop_keyed_tables(const KeyedSteps& but);
  Result<std::optional<Fitted>> fitted(const std::string& flow, const std::string& step) {
    return read_fitted(*truth_, flow, step);
  }
  Status keep_fitted(const std::string& flow, const std::string& step, const Fitted& fitted);
  Status repair();
  // not_found: neither there nor forgotten before. timeout: a reader holds the log; the rest goes when called again.
  Result<ForgetProof> forget(const std::string& flow, const std::string& key);
  Result<bool> unforget(const std::string& flow, const std::string& key);  // false: it was not forgotten
  std::vector<std::string> take_notices();

 private:
  struct Pending;  // what one commit collects before it is written: store/pending.h
  struct Before;   // store/reconcile.cpp
  struct LiveRow;

  explicit StoreWriter(StorePaths paths) : paths_(std::move(paths)) {}

  Status commit(const ChangeSet& changes, Pending& pending);
  Result<std::vector<std::int64_t>> put_contents(const std::vector<DocumentUpsert>& upserts);
  Status sync_vectors(const ChangeSet& changes, Pending& pending);
  Status use_model(const Pending& pending);
  Status upsert(const DocumentUpsert& upsert, std::int64_t content, Pending& pending);
  Result<std::vector<LiveRow>> read_live_rows(std::int64_t doc, std::string_view layout);
  Result<Before> read_before(const DocumentUpsert& upsert, Pending& pending);
  Result<std::optional<std::uint64_t>> vector_of(const DocumentUpsert& upsert, std::size_t chunk,
                                                 const Pending& pending);
  Result<SegmentRow> put_chunk(std::int64_t doc, const Chunk& chunk, std::int64_t model, std::int64_t vector,
                               const Pending& pending);
  Status change_others(const ChangeSet& changes, Pending& pending);
  Status write_segment(Pending& pending);
  Status advance_epoch(const Pending& pending);
  void tidy_up(const Pending& pending);

  Result<std::int64_t> put_item(const Item& item, const Sha256& version, std::int64_t label, const Reject* reject,
                                const Pending& pending);
  Result<std::int64_t> flow_id(const std::string& name);
  Result<std::int64_t> pipeline_id(const Id128& fingerprint);
  Result<std::int64_t> label_id(const Label& label, Pending& pending);
  Result<std::int64_t> base_id(const std::string& name);
  Result<SegmentSet*> segments_of(std::int64_t base);
  Status bury(std::int64_t base, std::int64_t doc, std::uint64_t row, Pending& pending);
  Status bury_all(std::int64_t base, std::int64_t doc, std::string_view layout, Pending& pending);
  Status remove_document(std::int64_t item, Pending& pending);
  Status keep_generation(std::int64_t flow, const std::string& key, const Pending& pending);
  Result<std::int64_t> born_of(std::int64_t doc, const DocumentUpsert& upsert, std::int64_t content,
                               const std::string& layout, const Pending& pending);
  Result<VectorWriter*> vector_writer(const ModelInfo& model);

  Status collect_garbage();
  Status code_vectors();
  Status remove_unnamed(const std::string& folder, std::string_view sql, const std::vector<std::string>& suffixes);
  Status drop_old_contents();
  Status delete_unnamed_contents(const std::vector<std::int64_t>& wanted);
  Status purge_dead();
  Status hide(const Forgettable& gone, const Forgotten& forgotten);
  Status keep_own_paths(Traces& traces);
  Status purge(ForgetProof& proof);
  Result<std::uint64_t> erase_unnamed_vectors();
  Status finish_forgetting();
  Status rebuild(std::int64_t base);
  Status index_document(std::int64_t doc, const std::string& key, const Content& content,
                        std::string_view layout_bytes, RowAnalyzer& analyzer, SegmentBuilder& builder);
  void forget_caches();

  const StorePaths paths_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<Database> truth_, content_;
  std::optional<ContentWriter> contents_;  // of content_
  std::unique_ptr<MemoFile> memo_;
  std::unordered_map<std::int64_t, SegmentSet> segments_;  // by knowledge base
  std::vector<std::int64_t> old_contents_;  // perhaps named by nothing any more: go with the next commit or settle()
  std::unordered_map<std::int64_t, std::uint64_t> coded_;  // rows of each model when its codes were last looked at
  std::vector<std::string> notices_;        // what was mended, until it is told
  std::optional<Error> untidy_;             // the first that went wrong after a commit
  std::unique_ptr<Transaction> together_;   // of the truth, around several commits

  std::mutex vectors_mutex_;  // protects what follows
  std::unordered_map<Id128, std::unique_ptr<VectorWriter>> vectors_;
};

}  // namespace naru
