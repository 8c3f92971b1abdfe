// For tests: a state store and target in memory, and a source whose items are set by hand. One thread, except where
// StateStore says otherwise.
#pragma once

#include <map>
#include <mutex>

#include "flow/state.h"
#include "naru/flow.h"
#include "record/value_json.h"

namespace naru::testing {

class MemoryTable : public KeyedTable {
 public:
  Result<SpilledList<KnownItem>> known_items() override {
    SpilledList<KnownItem> items;
    for (const auto& [key, change] : changes) items.add(change.known);
    return items;
  }
  Status apply(std::span<const Change> given) override {
    for (const Change& change : given) {
      if (change.removed) {
        changes.erase(change.known.key);
      } else if (change.moved) {
        changes[change.known.key].known.fingerprint = change.known.fingerprint;
      } else {
        changes[change.known.key] = change;
      }
    }
    return {};
  }
  Status each_group(const VisitGroup& visit) override {
    std::map<std::string, Id128> found;
    for (const auto& [key, change] : changes) {
      for (std::size_t i = 0; i < change.rows.size(); ++i) {
        Id128& hash = found[change.rows[i].group];
        hash = hash128({hash.bytes(), key, std::to_string(i), change.rows[i].bytes});
      }
    }
    for (const auto& [name, hash] : found) NARU_TRY(visit({name, hash}));
    return {};
  }
  Status each_row(const std::string& group, const Visit& visit) override {
    for (const auto& [key, change] : changes) {
      for (const Row& row : change.rows) {
        if (row.group == group) NARU_TRY(visit(key, row.bytes));
      }
    }
    return {};
  }
  Status each_row_of(const std::string& item, const VisitRow& visit) override {
    const auto found = changes.find(item);
    if (found == changes.end()) return {};
    for (const Row& row : found->second.rows) NARU_TRY(visit(row));
    return {};
  }

  std::map<std::string, Change> changes;  // by item
};

// The table that a store lends.
class LentTable : public KeyedTable {
 public:
  LentTable(MemoryTable& table, int& fail) : table_(table), fail_(fail) {}
  Result<SpilledList<KnownItem>> known_items() override { return table_.known_items(); }
  Status apply(std::span<const Change> changes) override {
    if (fail_ > 0 && --fail_ == 0) return Error(Code::io, "the disk is full");
    return table_.apply(changes);
  }
  Status each_group(const VisitGroup& visit) override { return table_.each_group(visit); }
  Status each_row(const std::string& group, const Visit& visit) override { return table_.each_row(group, visit); }
  Status each_row_of(const std::string& item, const VisitRow& visit) override {
    return table_.each_row_of(item, visit);
  }

 private:
  MemoryTable& table_;
  int& fail_;
};

class MemoryStore : public StateStore, public Target {
 public:
  struct Stored {
    Sha256 version;
    std::vector<std::string> texts;
    std::vector<Id128> ids;
    Label label;
    bool operator==(const Stored&) const = default;
  };

  Result<SpilledList<KnownItem>> known_items(const std::string& flow) override {
    SpilledList<KnownItem> items;
    for (const auto& [key, item] : known[flow]) items.add(item);
    return items;
  }
  Result<std::optional<std::string>> memo_get(const Id128& key) override {
    const std::lock_guard lock(mutex_);
    const auto it = memo.find(key);
    if (it == memo.end()) return std::optional<std::string>();
    return std::optional<std::string>(it->second);
  }
  Status memo_put(const Id128& key, std::string_view value) override {
    const std::lock_guard lock(mutex_);
    memo[key] = value;
    return {};
  }
  Result<std::vector<bool>> have_vectors(const ModelInfo&, std::span<const Id128> keys) override {
    std::vector<bool> have;
    for (const Id128& key : keys) have.push_back(vectors.contains(key));
    return have;
  }
  Status put_vectors(const ModelInfo&, std::span<const Id128> keys,
                     std::span<const std::vector<float>> values) override {
    for (std::size_t i = 0; i < keys.size(); ++i) vectors[keys[i]] = values[i];
    return {};
  }
  Result<std::vector<std::vector<float>>> get_vectors(const ModelInfo&, std::span<const Id128> keys) override {
    std::vector<std::vector<float>> found;
    for (const Id128& key : keys) found.push_back(vectors.at(key));
    return found;
  }
  Status keep_vectors(const ModelInfo&) override {
    ++kept_vectors;
    return {};
  }
  Result<std::shared_ptr<const Forgotten>> forgotten() override { return forgotten_items; }
  Status record_run(const RunSummary& run) override {
    runs.push_back(run);
    return {};
  }
  Result<std::vector<RunSummary>> last_runs() override { return runs; }  // of tests with one flow, the first
  Result<Committed> apply(const ChangeSet& changes) override {
    if (fail_applies > 0 && --fail_applies == 0) return Error(Code::io, "the disk is full");
    ++applied;
    auto& items = known[changes.flow];
    auto& documents = stored[changes.flow];
    Committed committed;
    committed.epoch = ++epoch;
    const Id128 none = hash_label({});
    for (const DocumentUpsert& upsert : changes.upserts) {
      const Id128 label = hash_label(upsert.label);
      items[upsert.item.key] = {upsert.item.key, upsert.item.fingerprint, upsert.version, upsert.item.version_order,
                                changes.pipeline, label, "", ""};
      Stored document{upsert.version, {}, {}, upsert.label};
      for (const Row& row : upsert.rows) document.texts.push_back(to_json_line(row.fields));
      for (const Chunk& chunk : upsert.chunks) {
        document.texts.push_back(chunk.text);
        document.ids.push_back(chunk.id);
      }
      for (const auto& key : upsert.vector_keys) missing_vectors += key && !vectors.contains(*key) ? 1 : 0;
      committed.chunks_removed += documents[upsert.item.key].texts.size();
      committed.chunks_added += document.texts.size();
      documents[upsert.item.key] = std::move(document);
    }
    for (const ItemReject& reject : changes.rejects) {
      documents.erase(reject.item.key);
      items[reject.item.key] = {reject.item.key, reject.item.fingerprint, reject.version, reject.item.version_order,
                                changes.pipeline, none, reject.reject.code, reject.reject.message};
    }
    for (const std::string& key : changes.removes) {
      documents.erase(key);
      items.erase(key);
    }
    for (const Item& item : changes.touched) items[item.key].fingerprint = item.fingerprint;
    for (const auto& [key, label] : changes.relabels) {
      items[key].label_hash = hash_label(label);
      documents[key].label = label;
    }
    return committed;
  }
  Status settle() override { return ++settled, Status(); }
  Result<std::unique_ptr<KeyedTable>> keyed_table(const std::string& flow, const std::string& step) override {
    return std::unique_ptr<KeyedTable>(std::make_unique<LentTable>(tables[{flow, step}], fail_applies));
  }

  Result<std::optional<Fitted>> fitted(const std::string& flow, const std::string& step) override {
    const auto found = fits.find({flow, step});
    return found == fits.end() ? std::optional<Fitted>() : found->second;
  }
  Status keep_fitted(const std::string& flow, const std::string& step, const Fitted& fitted) override {
    fits[{flow, step}] = fitted;
    return {};
  }

  std::map<std::pair<std::string, std::string>, MemoryTable> tables;
  std::map<std::pair<std::string, std::string>, Fitted> fits;

  std::map<std::string, std::map<std::string, KnownItem>> known;  // by flow, by key
  std::map<std::string, std::map<std::string, Stored>> stored;
  std::map<Id128, std::string> memo;
  std::shared_ptr<Forgotten> forgotten_items;
  std::map<Id128, std::vector<float>> vectors;
  std::vector<RunSummary> runs;
  std::uint64_t epoch = 0;
  int applied = 0, settled = 0, missing_vectors = 0;
  int kept_vectors = 0;
  int fail_applies = 0;  // N: the N-th apply from now fails

 private:
  std::mutex mutex_;  // protects memo
};

// A listing as tests look at it.
struct Listed {
  Listed() = default;
  explicit Listed(const Listing& listing)
      : items(*listing.items.all()), rejects(listing.rejects), unreadable_prefixes(listing.unreadable_prefixes) {}
  std::vector<Item> items;
  std::vector<Reject> rejects;
  std::vector<std::string> unreadable_prefixes;
};

class MemorySource : public Source {
 public:
  struct File {
    std::string bytes;
    std::string fingerprint;
    std::optional<Error> error;  // of read()
    std::uint64_t order = 0;
  };
  void put(const std::string& key, std::string bytes) {
    files[key] = {std::move(bytes), std::to_string(++changes_), std::nullopt, 0};
  }
  Result<Listing> poll(std::stop_token) override {
    Listing listing = extra;
    for (const auto& [key, file] : files) {
      listing.items.add({key, file.fingerprint, file.order, file.bytes.size(), "txt"});
    }
    return listing;
  }
  Result<ItemContent> read(const Item& item, std::stop_token) override {
    ++reads;
    if (on_read) on_read(item.key);
    const auto it = files.find(item.key);
    if (it == files.end()) return Error(Code::not_found, "gone");
    if (it->second.error) return *it->second.error;
    return ItemContent{it->second.bytes, item};
  }

  std::map<std::string, File> files;
  Listing extra;  // rejects and unreadable prefixes
  int reads = 0;
  std::function<void(const std::string&)> on_read;

 private:
  int changes_ = 0;
};

}  // namespace naru::testing
