// Target: where the results of a flow go. A knowledge base is one, a file another.
//
// Called from one thread, the engine's committing one. What a target promises after a kill at any moment stands in its
// Descriptor (`guarantee`). Labels go with what they belong to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "naru/discover.h"
#include "naru/model.h"
#include "naru/record.h"
#include "naru/result.h"
#include "naru/spilled_list.h"

namespace naru {

// What is known of one item of one flow after the last commit that touched it.
struct KnownItem {
  std::string key;
  std::string fingerprint;         // of the source: equal means "do not read"
  Sha256 version;                  // of the bytes last seen
  std::uint64_t version_order = 0;
  Id128 pipeline;                  // of all steps; another pipeline re-processes the item
  Id128 label_hash;                // of the Label: another label is a label-only change
  std::string reject_code;         // not empty: there is no document, it was rejected or dropped (flow/drop.h)
  std::string reject_message;
};

// A document with its chunks, or the rows of an item, ready to be reconciled with what the target holds of it.
struct DocumentUpsert {
  Item item;
  Sha256 version;
  Label label;
  Document document;
  std::vector<Chunk> chunks;               // in document order; Chunk::vector is not used here
  std::vector<std::optional<Id128>> vector_keys;  // per chunk: the key its vector was put under; none: not embedded
  std::vector<Row> rows;                   // where the flow makes rows; then there are neither document nor chunks
  std::vector<std::vector<float>> vectors = {};  // per chunk; only for a target that wants_vectors()
};

// An item without a document: a reject, or what an operator dropped (flow/drop.h says how that is written).
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

class Target {
 public:
  virtual ~Target() = default;
  // Before a run looks at it. timeout: somebody else writes it.
  virtual Status begin() { return {}; }
  // What the target has of a flow, by the last change set that was applied; sorted by key. It is the target that knows:
  // so cursor and effects move in one durable step, and whatever becomes of the one becomes of the other.
  virtual Result<SpilledList<KnownItem>> known_items(const std::string& flow) = 0;
  // Durable when it returns; idempotent: the same change set twice leaves the state of once.
  virtual Result<Committed> apply(const ChangeSet& changes) = 0;
  // Whether upserts are to have their vectors. Those of the knowledge base are the state store's already.
  virtual bool wants_vectors() const { return false; }
  // After the last change set of a run: a good moment for merging.
  virtual Status settle() { return {}; }
  // Between begin_together() and finish_together() change sets are applied as ever, and all of them become visible
  // with the latter; with abandon_together(), or where the program ends before, none ever does. Where finish_together()
  // fails the caller abandons it; after it, settle() does what was put off between.
  virtual Status begin_together() { return {}; }
  virtual Status finish_together() { return {}; }
  virtual void abandon_together() {}
  // `naru check`: whether it can be reached, and with what rights; writes nothing. Default: asks what it knows.
  virtual std::vector<Finding> check(const std::string& flow);
};

}  // namespace naru
