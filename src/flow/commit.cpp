#include "flow/commit.h"

#include "flow/chunk_id.h"
#include "runtime/failpoint.h"
#include "runtime/trace.h"

namespace naru {

namespace {

// A commit is durable and costs a sync and a segment, which holds each word again: as many documents as pay for it, as
// few as a person waits for. Large ones and those with new texts to embed come to the other limits first.
constexpr std::size_t kCommitDocumentsMax = 1024;
constexpr std::uint64_t kCommitBytesMax = 4U << 20;
constexpr std::size_t kCommitNewTextsMax = 256;
constexpr std::int64_t kCommitNsMax = 2'000'000'000;
// Keys alone are small: a folder that goes away is a few commits.
constexpr std::size_t kCommitKeysMax = 2048;
// What an embedder is given at once: enough to fill a model's batch, few enough that a stop is heard soon.
constexpr std::size_t kEmbedTextsMax = 64;
// What is embedded is durable after so many texts, or so much time: one large document can have many.
constexpr std::size_t kKeepTextsMax = 15 * kEmbedTextsMax;
constexpr std::int64_t kKeepNsMax = 1'000'000'000;
// Keys remembered within a run (about 32 bytes each); beyond, the store is asked again.
constexpr std::size_t kHaveVectorsMax = 2'000'000;

}  // namespace

Committer::Committer(const FlowPlan& plan, const FlowTarget& to, Preparer& preparer, StateStore& state, Target& target,
                     const Clock& clock, const EventSink& sink, RunProgress& progress, RunSummary& summary,
                     Retries& retries)
    : plan_(plan), to_(to), preparer_(preparer), state_(state), target_(target), clock_(clock), sink_(sink),
      progress_(progress), summary_(summary), retries_(retries), pipeline_(pipeline_fingerprint(plan, to)),
      label_hash_(hash_label(plan.label)) {
  for (const std::size_t step : steps_to(plan, to)) {
    if (plan.steps[step].name == "embed") embed_step_ = &plan.steps[step];
  }
}

Status Committer::add(PreparedItem item, std::stop_token stop) {
  open_if_empty();
  switch (item.kind) {
    case PreparedItem::Kind::skip:
    case PreparedItem::Kind::cancelled:
      return {};
    case PreparedItem::Kind::forgotten:  // what had its place before is gone from the source
      ++summary_.forgotten;
      return item.known ? remove(item.item.key) : Status();
    case PreparedItem::Kind::keep:
      ++summary_.rejected;
      if (sink_) sink_(RejectEvent{plan_.name, item.reject, false});
      return {};
    case PreparedItem::Kind::touch:
      if (item.known->label_hash != label_hash_of(item.item)) {
        changes_.relabels.emplace_back(item.item.key, label_of(plan_, item.item));
        ++summary_.changed;
      } else {
        ++summary_.unchanged;
      }
      changes_.touched.push_back(std::move(item.item));
      break;
    case PreparedItem::Kind::reject:
      ++summary_.rejected;
      if (sink_) sink_(RejectEvent{plan_.name, item.reject, false});
      if (item.known && item.known->reject_code.empty()) withdrawn_.push_back(item.item.key);
      changes_.rejects.push_back({std::move(item.item), item.version, std::move(item.reject)});
      break;
    case PreparedItem::Kind::drop:
      add_drop(std::move(item));
      break;
    case PreparedItem::Kind::upsert:
      add_upsert(std::move(item));
      break;
  }
  return is_full() ? flush(stop) : Status();
}

void Committer::add_upsert(PreparedItem item) {
  is_new_.push_back(!item.known.has_value());
  is_same_.push_back(item.known && item.known->reject_code.empty() && item.known->version == item.version &&
                     item.known->pipeline == pipeline_ && item.known->label_hash == label_hash_of(item.item));
  bytes_ += item.bytes;
  if (item.memo_value) memos_.emplace_back(item.memo_key, std::move(item.memo_value));
  for (const auto& [name, count] : item.dropped_parts) count_drop(summary_.drops, name.first, name.second, count);
  Label label = label_of(plan_, item.item);
  DocumentUpsert upsert{std::move(item.item), item.version, std::move(label), std::move(item.document),
                        std::move(item.chunks), {}, std::move(item.rows)};
  for (const Chunk& chunk : upsert.chunks) {
    if (embed_step_ == nullptr) {
      upsert.vector_keys.emplace_back();
      continue;
    }
    const Id128 key = vector_key(chunk.text);
    upsert.vector_keys.emplace_back(key);
    if (!have_vectors_.contains(key)) new_texts_.insert(key);
  }
  changes_.upserts.push_back(std::move(upsert));
  if (embed_step_ != nullptr) progress_.set_waiting(changes_.upserts.size());
}

void Committer::add_drop(PreparedItem item) {
  ++summary_.dropped;
  count_drop(summary_.drops, item.drop->step, item.drop->reason, {1, 0});
  if (item.memo_value) memos_.emplace_back(item.memo_key, std::move(item.memo_value));
  const std::string code = item.drop->code();
  if (item.known && item.known->reject_code.empty()) withdrawn_.push_back(item.item.key);
  const bool same = item.known && item.known->reject_code == code && item.known->reject_message == item.drop->detail;
  if (sink_ && !same) sink_(DropEvent{plan_.name, item.item.key, *item.drop});
  Reject reject{item.item.key, code, std::move(item.drop->detail)};
  changes_.rejects.push_back({std::move(item.item), item.version, std::move(reject)});
}

Status Committer::relabel(const Item& item) {
  open_if_empty();
  changes_.relabels.emplace_back(item.key, label_of(plan_, item));
  ++summary_.changed;
  return is_full() ? flush({}) : Status();
}

Status Committer::reject(const Reject& reject) {
  open_if_empty();
  ++summary_.rejected;
  if (sink_) sink_(RejectEvent{plan_.name, reject, false});
  ItemReject item;
  item.item.key = reject.key;
  item.reject = reject;
  changes_.rejects.push_back(std::move(item));
  return is_full() ? flush({}) : Status();
}

Status Committer::remove(const std::string& key) {
  open_if_empty();
  changes_.removes.push_back(key);
  ++summary_.removed;
  return is_full() ? flush({}) : Status();
}

Id128 Committer::label_hash_of(const Item& item) const {
  return item.access ? hash_label(label_of(plan_, item)) : label_hash_;
}

void Committer::open_if_empty() {
  if (changes_.upserts.empty() && changes_.rejects.empty() && changes_.removes.empty() && changes_.touched.empty() &&
      changes_.relabels.empty()) {
    opened_ns_ = clock_.monotonic_ns();
  }
}

bool Committer::is_full() const {
  if (changes_.upserts.size() >= kCommitDocumentsMax || bytes_ >= kCommitBytesMax) return true;
  if (new_texts_.size() >= kCommitNewTextsMax) return true;
  const std::size_t keys = changes_.rejects.size() + changes_.removes.size() + changes_.touched.size() +
                           changes_.relabels.size();
  if (keys >= kCommitKeysMax) return true;
  return clock_.monotonic_ns() - opened_ns_ >= kCommitNsMax;
}

bool Committer::is_empty() const {
  return changes_.upserts.empty() && changes_.rejects.empty() && changes_.removes.empty() && changes_.touched.empty() &&
         changes_.relabels.empty();
}

Status Committer::flush(std::stop_token stop) {
  if (is_empty()) return {};
  Span span("Committer::flush");
  for (const auto& [key, value] : memos_) {  // before texts are embedded, which can take long
    NARU_TRY(state_.memo_put(key, *value));
    preparer_.forget_memo(key);
  }
  memos_.clear();
  const Status embedded = embed(stop);
  if (!embedded) {
    if (embedded.error().code() != Code::cancelled) return embedded;
    drop_without_vectors();
  }
  if (is_empty()) return embedded;
  if (embed_step_ != nullptr && target_.wants_vectors()) NARU_TRY_AT(add_vectors(), "reading vectors");
  changes_.flow = plan_.name;
  changes_.knowledge_base = to_.knowledge_base;
  changes_.pipeline = pipeline_;
  changes_.embedder = to_.embedder;
  span.value("documents", changes_.upserts.size());
  span.value("removes", changes_.removes.size());
  NARU_FAILPOINT("flow.before_apply");
  const Committed committed = NARU_TRY_AT(apply(stop), "committing to " + to_.shown_name());
  NARU_FAILPOINT("flow.after_apply");
  tell(committed);
  changes_ = {};
  is_new_.clear();
  is_same_.clear();
  withdrawn_.clear();
  new_texts_.clear();
  bytes_ = 0;
  progress_.set_waiting(0);
  return embedded;
}

// What is tried again begins anew: whatever the target held for the run may be gone, a connection say.
Result<Committed> Committer::apply(const std::stop_token& stop) {
  bool again = false;
  return retries_.call(stop, [&]() -> Result<Committed> {
    if (std::exchange(again, true)) NARU_TRY(target_.begin());
    return target_.apply(changes_);
  });
}

void Committer::tell(const Committed& committed) {
  summary_.chunks_added += committed.chunks_added;
  summary_.chunks_removed += committed.chunks_removed;
  CommitEvent event;
  event.flow = plan_.name;
  if (plan_.targets() > 1) event.target = to_.shown_name();
  event.committed = committed;
  for (std::size_t i = 0; i < changes_.upserts.size(); ++i) {
    event.docs.emplace_back(changes_.upserts[i].item.key, changes_.upserts[i].version);
    ++(is_same_[i] ? summary_.unchanged : is_new_[i] ? summary_.added : summary_.changed);
  }
  event.removed = std::move(changes_.removes);
  event.removed.insert(event.removed.end(), withdrawn_.begin(), withdrawn_.end());
  if (sink_ && (!event.docs.empty() || !event.removed.empty())) sink_(event);
}

// The texts of the change set that no vector is known for, once each, in slices. It can take minutes, so each slice
// is told.
Status Committer::embed(std::stop_token stop) {
  if (embed_step_ == nullptr || new_texts_.empty()) return {};
  Span span("Committer::embed");
  if (have_vectors_.size() > kHaveVectorsMax) have_vectors_.clear();
  std::vector<Id128> keys;
  std::vector<std::string_view> texts;
  std::vector<std::size_t> documents;  // per text: the first that has it
  std::unordered_set<Id128> listed;
  for (std::size_t document = 0; document < changes_.upserts.size(); ++document) {
    const DocumentUpsert& upsert = changes_.upserts[document];
    for (std::size_t i = 0; i < upsert.chunks.size(); ++i) {
      const Id128 key = *upsert.vector_keys[i];
      if (have_vectors_.contains(key) || !listed.insert(key).second) continue;
      keys.push_back(key);
      texts.push_back(upsert.chunks[i].text);
      documents.push_back(document);
    }
  }
  const std::vector<bool> have = NARU_TRY(state_.have_vectors(*to_.embedder, keys));
  std::size_t missing = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (have[i]) {
      have_vectors_.insert(keys[i]);
      continue;
    }
    keys[missing] = keys[i];
    documents[missing] = documents[i];
    texts[missing++] = texts[i];
  }
  span.value("texts", missing);
  std::size_t kept = 0;
  std::int64_t kept_ns = clock_.monotonic_ns();
  for (std::size_t first = 0; first < missing; first += kEmbedTextsMax) {
    const std::size_t count = std::min(kEmbedTextsMax, missing - first);
    NARU_TRY(embed_slice(std::span(keys).subspan(first, count), std::span(texts).subspan(first, count), stop));
    const std::size_t next = first + count;
    const std::size_t whole = next < missing ? documents[next] : changes_.upserts.size();
    progress_.set_waiting(changes_.upserts.size() - whole);
    progress_.tell_if_due();
    const bool is_due = next - kept >= kKeepTextsMax || clock_.monotonic_ns() - kept_ns >= kKeepNsMax;
    if (next == missing || !is_due) continue;  // the last are durable with the documents
    NARU_TRY_AT(state_.keep_vectors(*to_.embedder), "keeping vectors");
    NARU_FAILPOINT("flow.kept_vectors");
    kept = next;
    kept_ns = clock_.monotonic_ns();
  }
  return {};
}

Status Committer::embed_slice(std::span<const Id128> keys, std::span<const std::string_view> texts,
                              std::stop_token stop) {
  if (stop.stop_requested()) return Error(Code::cancelled, "stopped while embedding");
  Batch batch(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Chunk chunk;
    chunk.text = texts[i];
    batch[i].payload = std::move(chunk);
  }
  batch = NARU_TRY_AT(embed_step_->step->process(std::move(batch), nullptr, stop), "embedding");
  std::vector<std::vector<float>> vectors;
  for (Record& record : batch) {
    Chunk* chunk = std::get_if<Chunk>(&record.payload);
    if (chunk == nullptr || !chunk->vector || chunk->vector->size() != to_.embedder->dims) {
      return Error(Code::internal, "the embedder gave a vector of another size than it promised");
    }
    vectors.push_back(std::move(*chunk->vector));
  }
  if (vectors.size() != keys.size()) return Error(Code::internal, "the embedder lost a text");
  NARU_TRY_AT(state_.put_vectors(*to_.embedder, keys, vectors), "keeping vectors");
  have_vectors_.insert(keys.begin(), keys.end());
  summary_.embedded += keys.size();
  return {};
}

// For a target that keeps vectors itself. They are kept here too, so that no other run pays for them again.
Status Committer::add_vectors() {
  NARU_TRY(state_.keep_vectors(*to_.embedder));
  for (DocumentUpsert& upsert : changes_.upserts) {
    std::vector<Id128> keys;
    for (const std::optional<Id128>& key : upsert.vector_keys) keys.push_back(*key);
    upsert.vectors = NARU_TRY(state_.get_vectors(*to_.embedder, keys));
  }
  return {};
}

// After a stop: what is whole is committed, the rest is the next run's.
void Committer::drop_without_vectors() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < changes_.upserts.size(); ++i) {
    const auto& keys = changes_.upserts[i].vector_keys;
    if (!std::all_of(keys.begin(), keys.end(), [&](const auto& key) { return !key || have_vectors_.contains(*key); }))
      continue;
    if (kept != i) changes_.upserts[kept] = std::move(changes_.upserts[i]);
    is_new_[kept] = is_new_[i];
    is_same_[kept++] = is_same_[i];
  }
  changes_.upserts.resize(kept);
}

}  // namespace naru
