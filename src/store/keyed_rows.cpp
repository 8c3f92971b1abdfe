#include "store/keyed_rows.h"

#include "runtime/failpoint.h"

namespace naru {

const char* const kKeyedSchema = R"sql(
CREATE TABLE IF NOT EXISTS keyed_tables(
  id INTEGER PRIMARY KEY, flow TEXT NOT NULL, step TEXT NOT NULL, UNIQUE(flow, step));
CREATE TABLE IF NOT EXISTS keyed_items(
  id INTEGER PRIMARY KEY, keyed_table INTEGER NOT NULL, key TEXT NOT NULL, fingerprint BLOB NOT NULL,
  version BLOB NOT NULL, version_order INTEGER NOT NULL, pipeline BLOB NOT NULL, reject_code TEXT NOT NULL,
  reject_message TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS keyed_items_by_key ON keyed_items(keyed_table, key);
CREATE TABLE IF NOT EXISTS keyed_rows(
  id INTEGER PRIMARY KEY, keyed_table INTEGER NOT NULL, item INTEGER NOT NULL, place INTEGER NOT NULL,
  keyed_group TEXT NOT NULL, hash BLOB NOT NULL, bytes BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS keyed_rows_by_item ON keyed_rows(item);
CREATE INDEX IF NOT EXISTS keyed_rows_by_group ON keyed_rows(keyed_table, keyed_group, hash);
)sql";

namespace {

Status drop_item(Database& truth, std::int64_t item) {
  for (const char* sql : {"DELETE FROM keyed_rows WHERE item = ?", "DELETE FROM keyed_items WHERE id = ?"}) {
    Statement drop = NARU_TRY(truth.prepare(sql));
    NARU_TRY(drop.bind(item).run());
  }
  return {};
}

// Not in a store of a release that had no Keyed steps, which is opened to read.
Result<bool> are_there(Database& truth) {
  return NARU_TRY(truth.value("SELECT count(*) FROM sqlite_master WHERE name = 'keyed_tables'")) > 0;
}

class KeyedRows : public KeyedTable {
 public:
  KeyedRows(const StorePaths& paths, Database* truth, std::unique_ptr<Database> opened, std::string flow,
            std::string step)
      : paths_(paths), opened_(std::move(opened)), truth_(opened_ ? opened_.get() : truth), flow_(std::move(flow)),
        step_(std::move(step)) {}

  Result<SpilledList<KnownItem>> known_items() override {
    SpilledList<KnownItem> items;
    if (NARU_TRY(find()) == 0) return items;
    Statement rows = NARU_TRY(truth_->prepare(
        "SELECT key, fingerprint, version, version_order, pipeline, reject_code, reject_message FROM keyed_items "
        "WHERE keyed_table = ? ORDER BY key"));
    rows.bind(id_);
    while (NARU_TRY(rows.step())) {
      if (rows.view(2).size() != 32 || rows.view(4).size() != 16) {
        return Error(Code::corrupt, "a row of a Keyed step is damaged; run `naru verify`");
      }
      KnownItem item;
      item.key = rows.text(0);
      item.fingerprint = rows.text(1);
      item.version = Sha256::from_bytes(rows.view(2));
      item.version_order = static_cast<std::uint64_t>(rows.integer(3));
      item.pipeline = Id128::from_bytes(rows.view(4));
      item.reject_code = rows.text(5);
      item.reject_message = rows.text(6);
      items.add(item);
    }
    return items;
  }

  Status apply(std::span<const Change> changes) override {
    if (truth_ == nullptr || opened_) return Error(Code::internal, "a table that is only read");
    NARU_TRY(may_write(paths_));
    const auto transaction = NARU_TRY(Transaction::begin(*truth_));
    Statement make = NARU_TRY(truth_->prepare("INSERT OR IGNORE INTO keyed_tables(flow, step) VALUES (?, ?)"));
    NARU_TRY(make.bind(flow_).bind(step_).run());
    id_ = 0;
    NARU_TRY(find());
    for (const Change& change : changes) NARU_TRY_AT(apply(change), change.known.key);
    NARU_FAILPOINT("keyed.before_commit");
    NARU_TRY(transaction->commit());
    NARU_FAILPOINT("keyed.after_commit");
    return {};
  }

  Status each_group(const VisitGroup& visit) override {
    if (NARU_TRY(find()) == 0) return {};
    Statement rows = NARU_TRY(truth_->prepare(
        "SELECT keyed_group, hash FROM keyed_rows WHERE keyed_table = ? ORDER BY keyed_group, hash"));
    rows.bind(id_);
    std::optional<Group> group;
    while (NARU_TRY(rows.step())) {
      if (!group || group->name != rows.view(0)) {
        if (group) NARU_TRY(visit(*group));
        group = {rows.text(0), {}};
      }
      group->rows = hash128({group->rows.bytes(), rows.view(1)});
    }
    return group ? visit(*group) : Status();
  }

  Status each_row(const std::string& group, const Visit& visit) override {
    if (NARU_TRY(find()) == 0) return {};
    Statement rows = NARU_TRY(truth_->prepare(
        "SELECT keyed_items.key, keyed_rows.bytes FROM keyed_rows JOIN keyed_items ON keyed_items.id = keyed_rows.item "
        "WHERE keyed_rows.keyed_table = ? AND keyed_group = ? ORDER BY keyed_items.key, place"));
    rows.bind(id_).bind(group);
    while (NARU_TRY(rows.step())) NARU_TRY(visit(rows.view(0), rows.view(1)));
    return {};
  }

  Status each_row_of(const std::string& item, const VisitRow& visit) override {
    if (NARU_TRY(find()) == 0) return {};
    Statement rows = NARU_TRY(truth_->prepare(
        "SELECT keyed_group, bytes FROM keyed_rows JOIN keyed_items ON keyed_items.id = keyed_rows.item "
        "WHERE keyed_items.keyed_table = ? AND key = ? ORDER BY place"));
    rows.bind(id_).bind(item);
    while (NARU_TRY(rows.step())) NARU_TRY(visit({rows.text(0), std::string(rows.view(1))}));
    return {};
  }

 private:
  // The table's number; 0: it has nothing yet.
  Result<std::int64_t> find() {
    if (id_ != 0 || truth_ == nullptr || !NARU_TRY(are_there(*truth_))) return id_;
    Statement known = NARU_TRY(truth_->prepare("SELECT id FROM keyed_tables WHERE flow = ? AND step = ?"));
    known.bind(flow_).bind(step_);
    if (NARU_TRY(known.step())) id_ = known.integer(0);
    return id_;
  }

  Status apply(const Change& change) {
    const KnownItem& known = change.known;
    if (change.moved) {
      Statement move = NARU_TRY(truth_->prepare(
          "UPDATE keyed_items SET fingerprint = ?, version_order = ? WHERE keyed_table = ? AND key = ?"));
      move.blob(known.fingerprint).bind(static_cast<std::int64_t>(known.version_order));
      return move.bind(id_).bind(known.key).run();
    }
    NARU_TRY(remove(known.key));
    return change.removed ? Status() : put(change);
  }

  Status remove(const std::string& key) {
    std::int64_t item = 0;
    {
      Statement find_item = NARU_TRY(truth_->prepare("SELECT id FROM keyed_items WHERE keyed_table = ? AND key = ?"));
      find_item.bind(id_).bind(key);
      if (!NARU_TRY(find_item.step())) return {};
      item = find_item.integer(0);
    }
    return drop_item(*truth_, item);
  }

  Status put(const Change& change) {
    const KnownItem& known = change.known;
    Statement item = NARU_TRY(truth_->prepare(
        "INSERT INTO keyed_items(keyed_table, key, fingerprint, version, version_order, pipeline, reject_code, "
        "reject_message) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
    item.bind(id_).bind(known.key).blob(known.fingerprint).blob(known.version.bytes());
    item.bind(static_cast<std::int64_t>(known.version_order)).blob(known.pipeline.bytes());
    NARU_TRY(item.bind(known.reject_code).bind(known.reject_message).run());
    const std::int64_t id = truth_->last_row();
    for (std::size_t place = 0; place < change.rows.size(); ++place) {
      const Row& row = change.rows[place];
      Statement put = NARU_TRY(truth_->prepare(
          "INSERT INTO keyed_rows(keyed_table, item, place, keyed_group, hash, bytes) VALUES (?, ?, ?, ?, ?, ?)"));
      put.bind(id_).bind(id).bind(static_cast<std::int64_t>(place)).bind(row.group);
      put.blob(hash128({known.key, std::to_string(place), row.bytes}).bytes());
      NARU_TRY(put.blob(row.bytes).run());
    }
    return {};
  }

  const StorePaths& paths_;
  const std::unique_ptr<Database> opened_;
  Database* const truth_;
  const std::string flow_, step_;
  std::int64_t id_ = 0;
};

}  // namespace

std::unique_ptr<KeyedTable> open_keyed_table(const StorePaths& paths, Database* truth, std::unique_ptr<Database> opened,
                                             const std::string& flow, const std::string& step) {
  return std::make_unique<KeyedRows>(paths, truth, std::move(opened), flow, step);
}

Result<KeyedSteps> read_keyed_steps(Database& truth) {
  KeyedSteps steps;
  if (!NARU_TRY(are_there(truth))) return steps;
  Statement tables = NARU_TRY(truth.prepare("SELECT flow, step FROM keyed_tables"));
  while (NARU_TRY(tables.step())) steps.insert({tables.text(0), tables.text(1)});
  return steps;
}

Status drop_keyed_tables(Database& truth, const KeyedSteps& but) {
  std::vector<std::int64_t> gone;
  {
    Statement tables = NARU_TRY(truth.prepare("SELECT id, flow, step FROM keyed_tables"));
    while (NARU_TRY(tables.step())) {
      if (!but.contains({tables.text(1), tables.text(2)})) gone.push_back(tables.integer(0));
    }
  }
  if (gone.empty()) return {};
  const auto transaction = NARU_TRY(Transaction::begin(truth));
  for (const std::int64_t table : gone) {
    for (const char* sql : {"DELETE FROM keyed_rows WHERE keyed_table = ?",
                            "DELETE FROM keyed_items WHERE keyed_table = ?", "DELETE FROM keyed_tables WHERE id = ?"}) {
      Statement drop = NARU_TRY(truth.prepare(sql));
      NARU_TRY(drop.bind(table).run());
    }
  }
  return transaction->commit();
}

Status forget_keyed_item(Database& truth, const std::string& flow, const std::string& key) {
  std::vector<std::int64_t> items;
  {
    Statement find = NARU_TRY(truth.prepare(
        "SELECT keyed_items.id FROM keyed_items JOIN keyed_tables ON keyed_tables.id = keyed_items.keyed_table "
        "WHERE keyed_tables.flow = ? AND keyed_items.key = ?"));
    find.bind(flow).bind(key);
    while (NARU_TRY(find.step())) items.push_back(find.integer(0));
  }
  for (const std::int64_t item : items) NARU_TRY(drop_item(truth, item));
  return {};
}

}  // namespace naru
