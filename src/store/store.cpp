#include "store/store.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/clock.h"
#include "runtime/files.h"
#include "store/answers.h"
#include "store/dump.h"
#include "store/history.h"
#include "store/read_view.h"
#include "store/run_history.h"
#include "store/snapshot.h"
#include "store/verify.h"
#include "store/writer.h"

namespace naru {

namespace {

Error read_only() { return {Code::internal, "the store was opened to read, and something wants to write"}; }

class DiskStore : public Store {
 public:
  DiskStore(StorePaths paths, std::unique_ptr<StoreWriter> writer, std::vector<std::string> notices)
      : paths_(std::move(paths)), writer_(std::move(writer)), notices_(std::move(notices)) {}

  // ---- StateStore and Target: the writer's ----

  Result<SpilledList<KnownItem>> known_items(const std::string& flow) override {
    if (writer_) return writer_->known_items(flow);
    if (!NARU_TRY(is_made(paths_))) return SpilledList<KnownItem>{};
    const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));
    return read_known_items(*truth, flow);
  }
  Result<std::optional<std::string>> memo_get(const Id128& key) override {
    if (!writer_) return std::optional<std::string>{};  // a cache: whoever only plans does without
    return writer_->memo_get(key);
  }
  Status memo_put(const Id128& key, std::string_view value) override {
    return writer_ ? writer_->memo_put(key, value) : read_only();
  }
  Result<std::vector<bool>> have_vectors(const ModelInfo& model, std::span<const Id128> keys) override {
    return writer_ ? writer_->have_vectors(model, keys) : read_have_vectors(model, keys);
  }
  Status put_vectors(const ModelInfo& model, std::span<const Id128> keys,
                     std::span<const std::vector<float>> vectors) override {
    return writer_ ? writer_->put_vectors(model, keys, vectors) : read_only();
  }
  Result<std::vector<std::vector<float>>> get_vectors(const ModelInfo& model, std::span<const Id128> keys) override {
    if (!writer_) return read_only();
    return writer_->get_vectors(model, keys);
  }
  Status keep_vectors(const ModelInfo& model) override {
    return writer_ ? writer_->keep_vectors(model) : read_only();
  }
  Status record_run(const RunSummary& run) override { return writer_ ? writer_->record_run(run) : read_only(); }
  Result<Committed> apply(const ChangeSet& changes) override {
    if (!writer_) return read_only();
    return writer_->apply(changes);
  }
  Status settle() override { return writer_ ? writer_->settle() : read_only(); }
  Status begin_together() override { return writer_ ? writer_->begin_together() : read_only(); }
  Status finish_together() override { return writer_ ? writer_->finish_together() : read_only(); }
  void abandon_together() override {
    if (writer_) writer_->abandon_together();
  }
  Status forget_rejects(const std::string& flow, const std::vector<std::string>& keys) override {
    return writer_ ? writer_->forget_rejects(flow, keys) : read_only();
  }

  std::vector<std::string> take_notices() override {
    return writer_ ? writer_->take_notices() : std::exchange(notices_, {});
  }
  Status repair() override { return writer_ ? writer_->repair() : read_only(); }
  Status drop_flow(const std::string& flow) override { return writer_ ? writer_->drop_flow(flow) : read_only(); }

  Result<std::unique_ptr<KeyedTable>> keyed_table(const std::string& flow, const std::string& step) override {
    if (writer_) return writer_->keyed_table(flow, step);
    std::unique_ptr<Database> truth;
    if (NARU_TRY(is_made(paths_))) truth = NARU_TRY(Database::open(paths_.truth, false));
    return open_keyed_table(paths_, nullptr, std::move(truth), flow, step);
  }
  Result<std::optional<Fitted>> fitted(const std::string& flow, const std::string& step) override {
    if (writer_) return writer_->fitted(flow, step);
    if (!NARU_TRY(is_made(paths_))) return std::optional<Fitted>();
    return read_fitted(*NARU_TRY(Database::open(paths_.truth, false)), flow, step);
  }
  Status keep_fitted(const std::string& flow, const std::string& step, const Fitted& fitted) override {
    return writer_ ? writer_->keep_fitted(flow, step, fitted) : read_only();
  }
  Result<KeyedSteps> keyed_steps() override {
    if (!NARU_TRY(is_made(paths_))) return KeyedSteps();
    const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));
    return read_keyed_steps(*truth);
  }
  Status drop_keyed_tables(const KeyedSteps& but) override {
    return writer_ ? writer_->drop_keyed_tables(but) : read_only();
  }

  Result<ForgetProof> forget(const std::string& flow, const std::string& key) override {
    if (!writer_) return read_only();
    return writer_->forget(flow, key);
  }
  Result<bool> unforget(const std::string& flow, const std::string& key) override {
    if (!writer_) return read_only();
    return writer_->unforget(flow, key);
  }

  // ---- reading: each call its own view ----

  Result<std::shared_ptr<const Forgotten>> forgotten() override {
    if (!NARU_TRY(is_made(paths_))) return std::shared_ptr<const Forgotten>();
    const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));
    return read_forgotten(*truth);
  }

  Result<ForgetProof> plan_forget(const std::string& flow, const std::string& key) override {
    return read_store(paths_, [&](ReadView view) -> Result<ForgetProof> {
      ForgetProof proof = NARU_TRY(find_forgettable(paths_, *view.truth, *view.content, flow, key)).proof;
      proof.dry_run = true;
      return proof;
    });
  }

  Result<std::vector<std::string>> flows() override {
    std::vector<std::string> names;
    if (!NARU_TRY(is_made(paths_))) return names;
    const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));
    Statement rows = NARU_TRY(truth->prepare("SELECT name FROM flows ORDER BY name"));
    while (NARU_TRY(rows.step())) names.push_back(rows.text(0));
    return names;
  }

  Result<std::vector<KnowledgeBaseInfo>> knowledge_bases(const Principal& principal,
                                                         std::optional<std::uint64_t> as_of) override {
    std::vector<KnowledgeBaseInfo> infos;
    if (!NARU_TRY(is_made(paths_))) return infos;
    const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));
    const auto read = NARU_TRY(Transaction::begin(*truth, "BEGIN"));
    if (as_of) NARU_TRY(check_kept(*truth, *as_of));
    const std::vector<VectorEntry> models = NARU_TRY(read_vectors(*truth));
    for (const BaseEntry& base : NARU_TRY(read_bases(*truth))) {
      KnowledgeBaseInfo info;
      info.name = base.name;
      NARU_TRY(as_of ? count_at(*truth, base.id, principal, *as_of, info) : count(*truth, base.id, principal, info));
      const std::int64_t model = as_of ? NARU_TRY(model_at(*truth, base.id, *as_of)) : base.vectors;
      if (info.documents == 0 && !principal.is_owner()) continue;  // its name is not theirs to know
      for (const VectorEntry& entry : models) {
        if (entry.id == model) info.embedder = entry.model;
      }
      infos.push_back(std::move(info));
    }
    return infos;
  }

  Result<DocumentPage> documents(const Principal& principal, const std::optional<std::string>& after,
                                 std::size_t count) override {
    if (!NARU_TRY(is_made(paths_))) return DocumentPage{};
    const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));
    const auto read = NARU_TRY(Transaction::begin(*truth, "BEGIN"));
    return list_documents(*truth, principal, after, count);
  }

  Result<std::shared_ptr<const Snapshot>> open_snapshot(const std::string& knowledge_base, const Principal& principal,
                                                        const Expression* filter,
                                                        std::optional<std::uint64_t> as_of) override {
    if (!NARU_TRY(is_made(paths_))) {
      return Error(Code::not_found, fmt::format("there is no knowledge base \"{}\"", knowledge_base));
    }
    return StoreSnapshot::open(paths_, knowledge_base, principal, filter, as_of);
  }

  // ---- history: see history.h ----

  Result<std::uint64_t> find_epoch(const std::string& text) override {
    if (!NARU_TRY(is_made(paths_))) return Error(Code::not_found, "nothing was ever taken in here");
    const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));
    return naru::find_epoch(*truth, text);
  }

  Result<HistoryInfo> history() override {
    HistoryInfo info;
    if (!NARU_TRY(is_made(paths_))) return info;
    const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));
    const auto read = NARU_TRY(Transaction::begin(*truth, "BEGIN"));
    info.oldest = NARU_TRY(oldest_epoch(*truth));
    info.newest = NARU_TRY(read_epoch(*truth));
    info.generations = static_cast<std::uint64_t>(NARU_TRY(truth->value("SELECT count(*) FROM generations")));
    info.chunks = static_cast<std::uint64_t>(
        NARU_TRY(truth->value("SELECT count(*) FROM chunks WHERE died IS NOT NULL")));
    info.tags = NARU_TRY(read_tags(*truth));
    return info;
  }

  Result<Tag> put_tag(const std::string& name, std::optional<std::uint64_t> epoch) override {
    Tag tag;
    NARU_TRY(change_truth([&](Database& truth) -> Status {
      tag = NARU_TRY(add_tag(truth, name, epoch));
      return {};
    }));
    return tag;
  }

  Status remove_tag(const std::string& name) override {
    return change_truth([&](Database& truth) { return drop_tag(truth, name); });
  }

  Result<std::vector<TunedWeights>> tuned_weights() override {
    if (!NARU_TRY(is_made(paths_))) return std::vector<TunedWeights>{};
    return read_tuned_weights(*NARU_TRY(Database::open(paths_.truth, false)));
  }

  Status put_tuned_weights(const TunedWeights& weights) override {
    return change_truth([&](Database& truth) { return keep_tuned_weights(truth, weights); });
  }

  Status remove_tuned_weights(const std::string& knowledge_base) override {
    return change_truth([&](Database& truth) { return drop_tuned_weights(truth, knowledge_base); });
  }

  Result<std::vector<RunSummary>> past_runs(std::size_t each) override {
    if (!NARU_TRY(is_made(paths_))) return std::vector<RunSummary>{};
    return read_runs(*NARU_TRY(Database::open(paths_.truth, false)), each);
  }

  Result<std::vector<std::string>> past_flows(const std::string& key) override {
    std::vector<std::string> flows;
    if (!NARU_TRY(is_made(paths_))) return flows;
    const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));
    Statement rows = NARU_TRY(truth->prepare("SELECT DISTINCT flow FROM generations WHERE key = ? ORDER BY flow"));
    rows.bind(key);
    while (NARU_TRY(rows.step())) flows.push_back(rows.text(0));
    return flows;
  }

  Result<std::vector<DocumentVersion>> versions(const std::string& flow, const std::string& key,
                                                const Principal& principal) override {
    if (!NARU_TRY(is_made(paths_))) return std::vector<DocumentVersion>{};
    const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));
    const std::unique_ptr<Transaction> still = NARU_TRY(Transaction::begin(*truth, "BEGIN"));
    return read_versions(*truth, flow, key, principal);
  }

  Result<std::vector<std::pair<std::string, Reject>>> rejects() override { return without_document(false); }
  Result<std::vector<std::pair<std::string, Reject>>> dropped() override { return without_document(true); }

  Result<std::vector<std::pair<std::string, Reject>>> without_document(bool dropped) {
    std::vector<std::pair<std::string, Reject>> rejects;
    if (!NARU_TRY(is_made(paths_))) return rejects;
    const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));
    Statement rows = NARU_TRY(truth->prepare(
        "SELECT flows.name, items.key, items.reject_code, items.reject_message FROM items "
        "JOIN flows ON flows.id = items.flow WHERE items.reject_code <> '' ORDER BY flows.name, items.key"));
    while (NARU_TRY(rows.step())) {
      if (is_drop(rows.view(2)) != dropped) continue;
      rejects.emplace_back(rows.text(0), Reject{rows.text(1), rows.text(2), rows.text(3)});
    }
    return rejects;
  }

  Result<std::vector<RunSummary>> last_runs() override {
    if (!NARU_TRY(is_made(paths_))) return std::vector<RunSummary>{};
    return read_last_runs(*NARU_TRY(Database::open(paths_.truth, false)));
  }

  Result<std::vector<std::string>> dump(const Principal& principal) override {
    if (!NARU_TRY(is_made(paths_))) return std::vector<std::string>{};
    return dump_store(paths_, principal);
  }

  Result<VerifyReport> verify() override {
    if (!NARU_TRY(is_made(paths_))) return VerifyReport{};
    return verify_store(paths_);
  }

  Result<DiskState> disk_state() override { return read_disk_state(paths_); }

  Result<Json> disk_use() override {
    const auto database_bytes = [](const std::string& path) {
      std::uint64_t sum = 0;
      for (const char* suffix : {"", "-wal", "-shm"}) sum += file_size(path + suffix).value_or(0);
      return sum;
    };
    return Json{{"truth", database_bytes(paths_.truth)},
                {"content", database_bytes(paths_.content)},
                {"vectors", folder_bytes(paths_.vectors)},
                {"segments", folder_bytes(paths_.segments)},
                {"memo", database_bytes(paths_.memo)}};
  }

  Result<BackupReport> back_up(const std::string& folder) override { return naru::back_up(paths_, folder); }

  // ---- answers: written by whoever asks, beside a writer if need be ----

  Status put_answer(const std::string& id, const Json& answer) override {
    if (!NARU_TRY(is_made(paths_))) return {};  // nothing was answered from here
    NARU_TRY(may_write(paths_));
    const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));
    const auto transaction = NARU_TRY(Transaction::begin(*truth));
    NARU_TRY(keep_answer(*truth, id, answer));
    return transaction->commit();
  }

  Result<Json> answer(const std::string& id, const Principal& principal) override {
    const Error none(Code::not_found, fmt::format("there is no answer {}", id));
    if (!NARU_TRY(is_made(paths_))) return none;
    const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));
    const auto read = NARU_TRY(Transaction::begin(*truth, "BEGIN"));
    std::optional<KeptAnswer> kept = NARU_TRY(read_answer(*truth, id, principal));
    if (!kept || !kept->readable) return none;
    return std::move(kept->json);
  }

 private:
  // Tags need no writer.
  Result<std::unique_ptr<Database>> open_truth_to_write() {
    NARU_TRY(may_write(paths_));
    std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));
    NARU_TRY(truth->execute("PRAGMA synchronous = FULL"));
    return truth;
  }
  // One transaction beside whoever writes documents; not_found: there is no truth yet.
  template <class Change>
  Status change_truth(Change change) {
    if (!NARU_TRY(is_made(paths_))) return Error(Code::not_found, "nothing was ever taken in here; `naru run` does it");
    const std::unique_ptr<Database> truth = NARU_TRY(open_truth_to_write());
    const auto transaction = NARU_TRY(Transaction::begin(*truth));
    NARU_TRY(change(*truth));
    return transaction->commit();
  }
  Result<std::vector<bool>> read_have_vectors(const ModelInfo& model, std::span<const Id128> keys) {
    std::vector<bool> have(keys.size(), false);
    if (!NARU_TRY(is_made(paths_))) return have;
    const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths_.truth, false));
    for (const VectorEntry& entry : NARU_TRY(read_vectors(*truth))) {
      if (entry.model.fingerprint != model.fingerprint) continue;
      const std::shared_ptr<const VectorRows> rows = NARU_TRY(open_vectors(paths_, entry));
      std::unordered_map<Id128, std::size_t> wanted;
      for (std::size_t i = 0; i < keys.size(); ++i) wanted[keys[i]] = i;
      for (std::uint64_t i = 0; i < rows->rows(); ++i) {
        const auto found = wanted.find(rows->key(i));
        if (found != wanted.end()) have[found->second] = true;
      }
    }
    return have;
  }

  // Documents and chunks of a knowledge base that the principal may read.
  static Status count(Database& truth, std::int64_t base, const Principal& principal, KnowledgeBaseInfo& info) {
    if (principal.is_owner()) {
      Statement docs = NARU_TRY(truth.prepare("SELECT count(*) FROM docs WHERE base = ?"));
      docs.bind(base);
      if (NARU_TRY(docs.step())) info.documents = static_cast<std::uint64_t>(docs.integer(0));
      for (const SegmentEntry& segment : NARU_TRY(read_segments(truth, base))) {
        info.chunks += Bitmap::from_bytes(segment.alive, segment.rows).count();
      }
      return {};
    }
    std::unordered_map<std::int64_t, bool> readable = NARU_TRY(read_readable_labels(truth, principal));
    Statement docs = NARU_TRY(truth.prepare(
        "SELECT items.label, docs.layout FROM docs JOIN items ON items.id = docs.id WHERE docs.base = ?"));
    docs.bind(base);
    while (NARU_TRY(docs.step())) {
      if (!readable[docs.integer(0)]) continue;
      ++info.documents;
      info.chunks += NARU_TRY(count_rows(docs.view(1)));
    }
    return {};
  }

  // Documents that there were and that the principal may read.
  static Status count_at(Database& truth, std::int64_t base, const Principal& principal, std::uint64_t epoch,
                         KnowledgeBaseInfo& info) {
    std::unordered_map<std::int64_t, bool> readable = NARU_TRY(read_readable_labels(truth, principal));
    Statement rows = NARU_TRY(truth.prepare(fmt::format(
        "SELECT label, coalesce(label_now, label), count(*) FROM {} WHERE base = ? GROUP BY 1, 2",
        documents_at(epoch))));
    rows.bind(base);
    while (NARU_TRY(rows.step())) {
      if (!readable[rows.integer(0)] || !readable[rows.integer(1)]) continue;
      info.documents += static_cast<std::uint64_t>(rows.integer(2));
    }
    return {};
  }

  const StorePaths paths_;
  const std::unique_ptr<StoreWriter> writer_;  // null: opened to read
  std::vector<std::string> notices_;           // of the upgrade before it was read
};

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::string& directory, Access access) {
  if (file_exists(directory) && !is_folder(directory)) {
    return Error(Code::invalid_argument,
                 directory + " is a file, and the store is a folder: move it away, or say another `store:`");
  }
  StorePaths paths(directory);
  std::unique_ptr<StoreWriter> writer;
  std::vector<std::string> notices;
  if (access == Access::write) {
    writer = NARU_TRY_AT(StoreWriter::open(paths), "opening the store " + directory);
  } else {
    if (!is_folder(directory)) {
      return Error(Code::not_found, fmt::format("there is no store {} yet; `naru run` makes it", directory));
    }
    if (NARU_TRY(is_upgradable(paths))) {
      notices = NARU_TRY_AT(StoreWriter::open(paths), "upgrading the store " + directory)->take_notices();
    }
    NARU_TRY_AT(is_made(paths), "opening the store " + directory);
  }
  return std::unique_ptr<Store>(std::make_unique<DiskStore>(std::move(paths), std::move(writer), std::move(notices)));
}

}  // namespace naru
