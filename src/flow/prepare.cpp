#include "flow/prepare.h"

#include <algorithm>

#include "flow/chunk_id.h"
#include "flow/compare.h"
#include "runtime/trace.h"

namespace naru {

namespace {

constexpr std::string_view kMemoOf = "parse and chunk 1";
// In the place of a step, where the source itself says that there is nothing.
constexpr std::string_view kSourceStep = "source";

// Of text. What is larger waits on disk: as many items wait as threads were faster than the first of them.
constexpr std::uint64_t kHeldBytesMax = 1U << 20;

std::uint64_t size_of(const PreparedDocument& prepared, std::uint64_t item_bytes) {
  std::uint64_t bytes = prepared.rows.empty() ? 0 : item_bytes;
  for (const Block& block : prepared.document.blocks) bytes += block.text.size();
  for (const Chunk& chunk : prepared.chunks) bytes += chunk.text.size();
  return bytes;
}

// Null: it stays in memory, since no temporary file takes it.
std::unique_ptr<PreparedItem::Aside> set_aside(std::string_view bytes) {
  Result<ScratchFile> file = ScratchFile::make();
  if (!file || !file->append(bytes)) return nullptr;
  return std::make_unique<PreparedItem::Aside>(PreparedItem::Aside{std::move(*file), bytes.size()});
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
    : plan_(plan), state_(state), full_(full) {
  for (const FlowStep& step : plan.steps) step_fingerprints_.push_back(step.step->fingerprint());
  if (plan.made_before) {
    FlowTarget before;
    before.from = plan.made_before;
    before_fingerprint_ = hash128({kMemoOf, fingerprints_of(plan, steps_of_items(plan, before))});
  }
  for (std::size_t target = 0; target < plan.targets(); ++target) {
    const FlowTarget& to = plan.target_at(target);
    const std::string steps = fingerprints_of(plan, steps_of_items(plan, to));
    ways_.push_back({pipeline_fingerprint(plan, to), hash128({kMemoOf, steps})});
  }
}

StepStates Preparer::make_states() const {
  StepStates states;
  for (const FlowStep& step : plan_.steps) states.push_back(step.step->make_state());
  return states;
}

std::vector<PreparedItem> Preparer::prepare(ReadItem read, const StepStates& states, std::stop_token stop) {
  Span span("Preparer::prepare");
  span.value("item", read.item.key);
  const Sha256 version = read.error ? Sha256() : sha256(read.bytes);
  if (!read.error) span.value("version", version.hex());
  std::vector<PreparedItem> prepared;
  for (ReadItem::Wanted& wanted : read.wanted) prepared.push_back(start(read, wanted, version));
  if (read.error) return prepared;
  std::vector<PreparedItem*> unsettled;
  for (PreparedItem& item : prepared) {
    if (!is_settled(item)) unsettled.push_back(&item);
  }
  if (unsettled.empty()) return prepared;
  if (read.drop) {
    for (PreparedItem* item : unsettled) {
      item->kind = PreparedItem::Kind::drop;
      item->drop = make_drop(plan_.after_step.empty() ? kSourceStep : std::string_view(plan_.after_step), *read.drop);
    }
    return prepared;
  }
  work(read, version, states, std::move(stop), std::move(unsettled));
  span.value("chunks", prepared.front().chunks.size());
  return prepared;
}

PreparedItem Preparer::start(const ReadItem& read, ReadItem::Wanted& wanted, const Sha256& version) const {
  PreparedItem prepared;
  prepared.target = wanted.target;
  prepared.item = read.item;
  prepared.known = std::move(wanted.known);
  prepared.version = version;
  if (read.error && read.error->code() != Code::not_found) fail(prepared, *read.error);
  return prepared;
}

// Whether its bytes alone say what becomes of it.
bool Preparer::is_settled(PreparedItem& prepared) const {
  if (forgotten_ && forgotten_->has_version(prepared.version)) {
    prepared.kind = PreparedItem::Kind::forgotten;
    return true;
  }
  const KnownItem* known = prepared.known ? &*prepared.known : nullptr;
  const bool same_bytes = known != nullptr && known->version == prepared.version &&
                          known->pipeline == ways_[prepared.target].pipeline;
  if (!same_bytes || full_) return false;
  if (known->reject_code.empty()) {
    prepared.kind = PreparedItem::Kind::touch;
    return true;
  }
  if (is_drop(known->reject_code)) {
    prepared.kind = PreparedItem::Kind::drop;
    prepared.drop = drop_of(known->reject_code, known->reject_message);
    return true;
  }
  if (is_passing(known->reject_code)) return false;
  fail(prepared, known->reject_code, known->reject_message);
  return true;
}

// What the memo does not have is made, for all targets together.
void Preparer::work(ReadItem& read, const Sha256& version, const StepStates& states, std::stop_token stop,
                    std::vector<PreparedItem*> unsettled) {
  const bool memo = !read.direct;  // a document that needed no parser is cheaper made than fetched
  for (PreparedItem* item : unsettled) {
    const Id128& fingerprint = ways_[item->target].memo_fingerprint;
    item->memo_key = hash128({fingerprint.bytes(), version.bytes(), read.item.media_hint});
  }
  std::erase_if(unsettled, [&](PreparedItem* item) {
    std::optional<PreparedDocument> found = memo && !full_ ? from_memo(item->memo_key) : std::nullopt;
    if (found) finish(*item, std::move(*found));
    return found.has_value();
  });
  if (unsettled.empty()) return;
  std::vector<std::size_t> targets;
  for (const PreparedItem* item : unsettled) targets.push_back(item->target);
  std::vector<Result<PreparedDocument>> made = make(read, version, states, std::move(stop), std::move(targets));
  for (std::size_t i = 0; i < unsettled.size(); ++i) {
    PreparedItem& item = *unsettled[i];
    if (!made[i]) {
      fail(item, made[i].error());
      continue;
    }
    made[i]->document.uri.clear();  // the memo keeps no name: it must not outlive the item
    const bool is_kept = std::any_of(unsettled.begin(), unsettled.begin() + static_cast<std::ptrdiff_t>(i),
                                     [&](const PreparedItem* before) { return before->memo_key == item.memo_key; });
    if (memo && !is_kept) item.memo_value = std::make_shared<const std::string>(encode_memo(*made[i]));
    finish(item, std::move(*made[i]));
    if (!item.memo_value) continue;
    const std::lock_guard lock(mutex_);
    pending_[item.memo_key] = item.memo_value;
  }
}

std::vector<Result<PreparedDocument>> Preparer::make(ReadItem& read, const Sha256& version, const StepStates& states,
                                                     std::stop_token stop, std::vector<std::size_t> targets) {
  if (plan_.made_before && !read.direct) {
    const Id128 key = hash128({before_fingerprint_.bytes(), version.bytes(), read.item.media_hint});
    if (std::optional<PreparedDocument> before = from_memo(key)) {
      before->document.uri = read.item.key;
      return ItemSteps(plan_, states, std::move(targets)).work_from(*plan_.made_before, std::move(*before), stop);
    }
  }
  Result<Batch> records = records_of(read, version);
  if (!records) return std::vector<Result<PreparedDocument>>(targets.size(), records.error());
  return ItemSteps(plan_, states, std::move(targets)).work(std::move(*records), stop);
}

void Preparer::finish(PreparedItem& prepared, PreparedDocument made) const {
  prepared.kind = made.drop ? PreparedItem::Kind::drop : PreparedItem::Kind::upsert;
  prepared.bytes = size_of(made, prepared.item.size_bytes);
  if (made.rows.empty() && prepared.bytes > kHeldBytesMax) {
    prepared.aside = set_aside(prepared.memo_value ? *prepared.memo_value : encode_memo(made));
    if (prepared.aside) {
      prepared.aside->for_memo = prepared.memo_value != nullptr;
      prepared.memo_value.reset();
      return;
    }
  }
  fill(prepared, std::move(made));
}

Status Preparer::take_back(PreparedItem& prepared) const {
  if (!prepared.aside) return {};
  const std::unique_ptr<PreparedItem::Aside> aside = std::move(prepared.aside);
  std::string bytes(aside->size_bytes, '\0');
  NARU_TRY_AT(aside->file.read(0, bytes), prepared.item.key);
  std::optional<PreparedDocument> made = decode_memo(bytes);
  if (!made) return Error(Code::io, prepared.item.key + ": a temporary file has other bytes than it was given");
  if (aside->for_memo) prepared.memo_value = std::make_shared<const std::string>(std::move(bytes));
  fill(prepared, std::move(*made));
  return {};
}

void Preparer::fill(PreparedItem& prepared, PreparedDocument made) const {
  made.document.uri = prepared.item.key;
  assign_chunk_ids(make_doc_id(plan_.name, prepared.item.key), made.chunks);
  prepared.document = std::move(made.document);
  prepared.chunks = std::move(made.chunks);
  prepared.rows = std::move(made.rows);
  prepared.dropped_parts = std::move(made.dropped_parts);
  prepared.drop = std::move(made.drop);
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

// The item as it comes to the first steps.
Result<Batch> Preparer::records_of(ReadItem& read, const Sha256& version) const {
  Batch batch(1);
  if (read.direct) {
    batch = NARU_TRY(std::move(*read.direct));
  } else {
    batch.front().bytes = std::move(read.bytes);
  }
  for (Record& record : batch) {
    record.key = read.item.key;
    record.media_hint = read.item.media_hint;
    record.lineage = {plan_.name, read.item.key, version, step_fingerprints_};
    record.label = label_of(plan_, read.item);
  }
  return batch;
}

}  // namespace naru
