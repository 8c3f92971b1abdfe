// What a flow remembers and where its results go: StateStore and Target, implemented by store/ in one transaction.
//
// Called from the engine's committing thread only, except have_vectors and memo_get, which are safe from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "flow/forgotten.h"
#include "naru/model.h"
#include "naru/record.h"
#include "naru/result.h"

namespace naru {

// KnownItem::label_hash of a Label. The engine and the store both use this one.
Id128 hash_label(const Label& label);

// What is known of one item of one flow after the last commit that touched it.
struct KnownItem {
  std::string key;
  std::string fingerprint;         // of the source: equal means "do not read"
  Sha256 version;                  // of the bytes last seen
  std::uint64_t version_order = 0;
  Id128 pipeline;                  // of all steps; another pipeline re-processes the item
  Id128 label_hash;                // of the Label: another label is a label-only change
  std::string reject_code;         // not empty: the item is a reject
  std::string reject_message;
};

// A document with its chunks, ready to be reconciled with what the store holds of it.
struct DocumentUpsert {
  Item item;
  Sha256 version;
  Label label;
  Document document;
  std::vector<Chunk> chunks;               // in document order; Chunk::vector is not used here
  std::vector<std::optional<Id128>> vector_keys;  // per chunk: the key its vector was put under; none: not embedded
};

struct ItemReject {
  Item item;
  Sha256 version;  // of the bytes, where they could be read
  Reject reject;
};

// One durable step of one flow. Everything in it becomes visible together or not at all.
struct ChangeSet {
  std::string flow;
  std::string knowledge_base;
  Id128 pipeline;
  std::optional<ModelInfo> embedder;       // none: the flow embeds nothing
  std::vector<DocumentUpsert> upserts;     // in key order
  std::vector<ItemReject> rejects;         // a reject also removes what the item had before
  std::vector<std::string> removes;        // keys that are gone
  std::vector<Item> touched;               // same bytes, new fingerprint: only the cursor moves
  std::vector<std::pair<std::string, Label>> relabels;  // same bytes, new label
};

struct Committed {
  std::uint64_t epoch = 0;
  std::uint64_t chunks_added = 0, chunks_removed = 0;
};

// One line of `naru status`.
struct RunSummary {
  std::string flow;
  std::string outcome;  // "done", "held", "cancelled", "failed"
  std::int64_t started_ms = 0, ended_ms = 0;  // Unix time
  std::uint64_t seen = 0, added = 0, changed = 0, removed = 0, unchanged = 0, rejected = 0;
  std::uint64_t forgotten = 0;  // seen, and kept out because `naru forget` said so
  std::uint64_t chunks_added = 0, chunks_removed = 0, embedded = 0;
};

class StateStore {
 public:
  virtual ~StateStore() = default;
  virtual Result<std::vector<KnownItem>> known_items(const std::string& flow) = 0;  // sorted by key
  // A cache that may be lost at any time.
  virtual Result<std::optional<std::string>> memo_get(const Id128& key) = 0;
  virtual Status memo_put(const Id128& key, std::string_view value) = 0;
  // Vectors are paid for: content-addressed by (model, text) and kept. `keys` are H128(text).
  virtual Result<std::vector<bool>> have_vectors(const ModelInfo& model, std::span<const Id128> keys) = 0;
  virtual Status put_vectors(const ModelInfo& model, std::span<const Id128> keys,
                             std::span<const std::vector<float>> vectors) = 0;
  // What has been put is durable when it returns, though nothing names it yet.
  virtual Status keep_vectors(const ModelInfo& model) = 0;
  virtual Status record_run(const RunSummary& run) = 0;
  // What must not come back although the source still has it; null: nothing.
  virtual Result<std::shared_ptr<const Forgotten>> forgotten() { return std::shared_ptr<const Forgotten>(); }
};

class Target {
 public:
  virtual ~Target() = default;
  // Durable when it returns; idempotent: the same change set twice leaves the state of once.
  virtual Result<Committed> apply(const ChangeSet& changes) = 0;
  // After the last change set of a run: a good moment for merging.
  virtual Status settle() { return {}; }
  // Between begin_together() and finish_together() change sets are applied as ever, and all of them become visible
  // with the latter; with abandon_together(), or where the program ends before, none ever does. Where finish_together()
  // fails the caller abandons it; after it, settle() does what was put off between.
  virtual Status begin_together() { return {}; }
  virtual Status finish_together() { return {}; }
  virtual void abandon_together() {}
};

}  // namespace naru
