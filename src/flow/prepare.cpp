#include "flow/prepare.h"

#include "flow/chunk_id.h"
#include "flow/compare.h"
#include "runtime/trace.h"

namespace naru {

namespace {

constexpr std::string_view kMemoOf = "parse and chunk 1";

std::uint64_t size_of(const PreparedDocument& prepared, std::uint64_t item_bytes) {
  std::uint64_t bytes = prepared.rows.empty() ? 0 : item_bytes;
  for (const Block& block : prepared.document.blocks) bytes += block.text.size();
  for (const Chunk& chunk : prepared.chunks) bytes += chunk.text.size();
  return bytes;
}

// An item on its way through the steps.
struct Passage {
  Batch batch;
  PreparedDocument made;
  bool has_document = false, is_cut = false;
};

// What the step just left out. A document, the bytes that would have become one, or the last of an item's rows stand
// for the item; chunks and other rows are parts of it.
void take_dropped(const std::string& step, Passage& passage) {
  PreparedDocument& made = passage.made;
  std::optional<Drop> last;
  std::erase_if(passage.batch, [&](const Record& record) {
    if (!record.drop) return false;
    last = make_drop(step, *record.drop);
    if (std::holds_alternative<Chunk>(record.payload) || std::holds_alternative<Row>(record.payload)) {
      count_drop(made.dropped_parts, last->step, last->reason, {0, 1});
    } else {
      made.drop = last;
    }
    return true;
  });
  if (last && passage.batch.empty() && !passage.is_cut && !made.drop) made.drop = std::move(last);
  if (made.drop) made.dropped_parts.clear();  // it has none any more
}

void keep_document(Record& record, Passage& passage) {
  passage.made.document = std::move(std::get<Document>(record.payload));
  passage.has_document = true;
}

// The document was cut: later steps work on its chunks alone.
void set_document_aside(Passage& passage) {
  passage.is_cut = true;
  std::erase_if(passage.batch, [&](Record& record) {
    if (!std::holds_alternative<Document>(record.payload)) return false;
    keep_document(record, passage);
    return true;
  });
}

Result<PreparedDocument> arrive(Passage passage) {
  for (Record& record : passage.batch) {
    if (std::holds_alternative<Document>(record.payload)) {
      keep_document(record, passage);
    } else if (Row* row = std::get_if<Row>(&record.payload)) {
      passage.made.rows.push_back(std::move(*row));
    } else if (Chunk* chunk = std::get_if<Chunk>(&record.payload)) {
      passage.made.chunks.push_back(std::move(*chunk));
    }
  }
  if (!passage.has_document && passage.made.rows.empty()) {
    return Error(Code::unsupported, "no step made a document of it: add `parse` to the flow's steps");
  }
  return std::move(passage.made);
}

// A failure that may pass must not take away what an item had; it is only noted where there was nothing before.
void fail(PreparedItem& prepared, std::string_view code, std::string message) {
  const bool had_document = prepared.known && prepared.known->reject_code.empty();
  prepared.kind = is_passing(code) && had_document ? PreparedItem::Kind::keep : PreparedItem::Kind::reject;
  prepared.reject = {prepared.item.key, std::string(code), std::move(message)};
}

void fail(PreparedItem& prepared, const Error& error) {
  if (error.code() == Code::cancelled) {
    prepared.kind = PreparedItem::Kind::cancelled;
    return;
  }
  fail(prepared, code_name(error.code()), error.describe());
}

}  // namespace

Preparer::Preparer(const FlowPlan& plan, StateStore& state, bool full)
    : plan_(plan), state_(state), full_(full), pipeline_(pipeline_fingerprint(plan)),
      label_hash_(hash_label(plan.label)) {
  std::string steps;
  for (const FlowStep& step : plan.steps) {
    step_fingerprints_.push_back(step.step->fingerprint());
    if (step.name != "embed") steps += step_fingerprints_.back().bytes();
  }
  memo_fingerprint_ = hash128({kMemoOf, steps});
}

Preparer::States Preparer::make_states() const {
  States states;
  for (const FlowStep& step : plan_.steps) states.push_back(step.step->make_state());
  return states;
}

PreparedItem Preparer::prepare(ReadItem read, const States& states, std::stop_token stop) {
  Span span("Preparer::prepare");
  span.value("item", read.item.key);
  PreparedItem prepared;
  prepared.item = read.item;
  prepared.known = std::move(read.known);
  if (read.error) {
    if (read.error->code() != Code::not_found) fail(prepared, *read.error);
    return prepared;
  }
  prepared.version = sha256(read.bytes);
  span.value("version", prepared.version.hex());
  if (forgotten_ && forgotten_->has_version(prepared.version)) {
    prepared.kind = PreparedItem::Kind::forgotten;
    return prepared;
  }
  const KnownItem* known = prepared.known ? &*prepared.known : nullptr;
  const bool same_bytes = known != nullptr && known->version == prepared.version && known->pipeline == pipeline_;
  if (same_bytes && !full_ && known->reject_code.empty()) {
    prepared.kind = PreparedItem::Kind::touch;
    return prepared;
  }
  if (same_bytes && !full_ && is_drop(known->reject_code)) {
    prepared.kind = PreparedItem::Kind::drop;
    prepared.drop = drop_of(known->reject_code, known->reject_message);
    return prepared;
  }
  if (same_bytes && !full_ && !is_passing(known->reject_code)) {
    fail(prepared, known->reject_code, known->reject_message);
    return prepared;
  }

  const Id128 memo_key = hash128(
      {memo_fingerprint_.bytes(), prepared.version.bytes(), read.item.media_hint});
  const bool memo = !read.direct;  // a document that needed no parser is cheaper made than fetched
  std::optional<PreparedDocument> found = memo && !full_ ? from_memo(memo_key) : std::nullopt;
  const bool from_cache = found.has_value();
  if (!found) {
    Result<PreparedDocument> made = process(read, prepared.version, states, stop);
    if (!made) {
      fail(prepared, made.error());
      return prepared;
    }
    found = std::move(*made);
  }
  prepared.kind = found->drop ? PreparedItem::Kind::drop : PreparedItem::Kind::upsert;
  prepared.bytes = size_of(*found, read.item.size_bytes);
  found->document.uri.clear();  // the memo keeps no name: it must not outlive the item
  if (memo && !from_cache) {
    prepared.memo_key = memo_key;
    prepared.memo_value = std::make_shared<const std::string>(encode_memo(*found));
    const std::lock_guard lock(mutex_);
    pending_[memo_key] = prepared.memo_value;
  }
  found->document.uri = read.item.key;
  assign_chunk_ids(make_doc_id(plan_.name, read.item.key), found->chunks);
  prepared.document = std::move(found->document);
  prepared.chunks = std::move(found->chunks);
  prepared.rows = std::move(found->rows);
  prepared.dropped_parts = std::move(found->dropped_parts);
  prepared.drop = std::move(found->drop);
  span.value("chunks", prepared.chunks.size());
  return prepared;
}

void Preparer::forget_memo(const Id128& key) {
  const std::lock_guard lock(mutex_);
  pending_.erase(key);
}

std::optional<PreparedDocument> Preparer::from_memo(const Id128& key) {
  std::shared_ptr<const std::string> value;
  {
    const std::lock_guard lock(mutex_);
    const auto it = pending_.find(key);
    if (it != pending_.end()) value = it->second;
  }
  if (value) return decode_memo(*value);
  const Result<std::optional<std::string>> stored = state_.memo_get(key);
  if (!stored || !*stored) return std::nullopt;  // a cache that cannot be read is an empty one
  return decode_memo(**stored);
}

Result<PreparedDocument> Preparer::process(ReadItem& read, const Sha256& version, const States& states,
                                           std::stop_token stop) const {
  Passage passage;
  Record& record = passage.batch.emplace_back();
  record.key = read.item.key;
  record.media_hint = read.item.media_hint;
  record.lineage = {plan_.name, read.item.key, version, step_fingerprints_};
  record.label = plan_.label;
  if (read.direct) {
    if (!*read.direct) return read.direct->error();
    record.payload = std::move(**read.direct);
  } else {
    record.bytes = std::move(read.bytes);
  }
  for (std::size_t i = 0; i < plan_.steps.size() && !passage.batch.empty(); ++i) {
    const FlowStep& step = plan_.steps[i];
    if (step.name == "embed") break;
    Span span("Operator::process");
    if (span.on()) span.value("step", step.name);
    passage.batch = NARU_TRY(step.step->process(std::move(passage.batch), states[i].get(), stop));
    take_dropped(step.name, passage);
    if (passage.made.drop) return std::move(passage.made);
    if (step.gives == PayloadKind::chunk) set_document_aside(passage);
  }
  return arrive(std::move(passage));
}

}  // namespace naru
