// The writer: everything that changes the store. One per store, held by the process that has the lock, used by one
// thread; only vector look-ups may come from others.
//
// Order of a commit: content, vectors, segment file — each durable — then the one transaction of the truth that names
// them. A crash before it leaves garbage, which the next writer collects; after it, everything holds.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "flow/state.h"
#include "store/lexical/segment.h"
#include "store/truth.h"
#include "store/vector/vector_file.h"

namespace naru {

class StoreWriter {
 public:
  static Result<std::unique_ptr<StoreWriter>> open(const StorePaths& paths);

  Result<Committed> apply(const ChangeSet& changes);
  Status settle();
  Result<std::vector<KnownItem>> known_items(const std::string& flow);
  Result<std::optional<std::string>> memo_get(const Id128& key);
  Status memo_put(const Id128& key, std::string_view value);
  Result<std::vector<bool>> have_vectors(const ModelInfo& model, std::span<const Id128> keys);
  Status put_vectors(const ModelInfo& model, std::span<const Id128> keys, std::span<const std::vector<float>> vectors);
  Status record_run(const RunSummary& run);
  Status forget_rejects(const std::string& flow, const std::vector<std::string>& keys);

 private:
  // A segment that this knowledge base searches, as the writer keeps it.
  struct LiveSegment {
    std::int64_t id = 0;
    std::shared_ptr<const Segment> segment;
    Bitmap alive;
    bool changed = false;  // the alive bits are not yet in the truth
  };
  struct Base {
    std::int64_t id = 0;
    std::vector<LiveSegment> segments;
    std::unordered_map<std::uint64_t, std::pair<std::size_t, std::uint32_t>> places;  // chunk row -> segment, row
    bool placed = false;
  };
  // What one commit collects before it is written.
  struct Pending;

  explicit StoreWriter(StorePaths paths) : paths_(std::move(paths)) {}
  Status collect_garbage();
  Result<Base*> open_base(const std::string& name);
  Result<VectorWriter*> vector_writer(const ModelInfo& model);
  Result<std::int64_t> flow_id(const std::string& name);
  Result<std::int64_t> label_id(const Label& label);
  Result<std::int64_t> put_content(const DocumentUpsert& upsert);
  Result<std::int64_t> put_item(std::int64_t flow, const Item& item, const Sha256& version, const Id128& pipeline,
                                std::int64_t label, const Reject* reject);
  Status upsert(const ChangeSet& changes, const DocumentUpsert& upsert, std::int64_t content, Pending& pending);
  Status bury(std::int64_t doc, Pending& pending);
  Status bury_chunk(std::uint64_t row, Pending& pending);
  Status remove_document(std::int64_t item, Pending& pending);
  Status write_segment(Pending& pending);
  Status save_alive(Base& base);
  Status drop_contents(const std::vector<std::int64_t>& contents);
  Status merge_small(Base& base, std::size_t count_max);
  Status merge(Base& base, std::vector<std::size_t> which);
  void forget_caches();

  const StorePaths paths_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<Database> truth_, content_, memo_;
  std::unordered_map<std::string, Base> bases_;

  std::mutex vectors_mutex_;  // protects what follows
  std::unordered_map<Id128, std::unique_ptr<VectorWriter>> vectors_;

  std::mutex memo_mutex_;  // protects memo_ and what follows
  std::unique_ptr<Transaction> memo_transaction_;
};

}  // namespace naru
