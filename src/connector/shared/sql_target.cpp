#include "connector/shared/sql_target.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/json.h"
#include "connector/shared/connector_options.h"
#include "flow/state.h"
#include "record/value_json.h"
#include "runtime/failpoint.h"

namespace naru {

namespace {

// Values of one statement: SQLite takes 32,766, PostgreSQL 65,535; half a thousand rows are enough to fill a packet.
constexpr std::size_t kParametersMax = 16'000, kRowsMax = 500;
// PostgreSQL cuts names at 63 bytes, and the longest of ours adds 11.
constexpr std::size_t kNameBytesMax = 50;

Value text(std::string_view value) { return Value(std::string(value)); }

// Of hashes that were kept as hex; "": one that equals nothing.
template <class Hash>
Hash hash_from(const std::string& digits, std::size_t size) {
  const std::string bytes = from_hex(digits);
  return bytes.size() == size ? Hash::from_bytes(bytes) : Hash();
}

std::string text_of(const Value& value) {
  if (const std::string* held = value.text()) return *held;
  std::string written;
  if (!value.is_null()) append_json(written, value);
  return written;
}

std::uint64_t whole_of(const Value& value) {
  const auto* whole = std::get_if<std::int64_t>(&value);
  return whole != nullptr ? static_cast<std::uint64_t>(*whole) : std::strtoull(text_of(value).c_str(), nullptr, 10);
}

}  // namespace

std::vector<OptionSpec> sql_target_options() {
  return {
      text_option("table", "The table; made where it is not there. The flow's memory is kept in tables beside it, "
                           "TABLE_naru_items and others."),
      text_option("key", "Of rows: the field that names a row, a text or a number, never twice.", "id"),
  };
}

Result<std::unique_ptr<SqlLease>> lease_of_session(bool locked, const std::string& table) {
  if (!locked) {
    return Error(Code::timeout, "another run writes the table " + table + "; try again when it is over");
  }
  return std::make_unique<SqlLease>();
}

Result<SqlTargetOptions> read_sql_target(const Options& options, const TargetContext& context) {
  SqlTargetOptions made;
  made.table = options.text("table");
  made.key = options.text("key");
  made.flow = context.flow;
  made.takes = context.takes;
  made.vectors = context.vectors;
  made.model = context.model;
  if (made.table.empty() || made.table.find_first_of("\"`[]") != std::string::npos) {
    return Error(Code::invalid_argument, options.place.text() + ": `table` is the name of a table, without quotation "
                                                                "marks: orders, or sales.orders");
  }
  if (made.table.size() > kNameBytesMax) {
    return Error(Code::invalid_argument,
                 fmt::format("{}: the name of `table` has {} bytes, more than {}: there are to be "
                             "tables beside it, with longer names",
                             options.place.text(), made.table.size(), kNameBytesMax));
  }
  if (made.key.empty()) return Error(Code::invalid_argument, options.place.text() + ": `key` is empty");
  return made;
}

// ---- what is known --------------------------------------------------------------------------------------------

std::string SqlTarget::table() const { return quoted_table(*connection_, options_.table); }
std::string SqlTarget::beside(std::string_view suffix) const {
  return quoted_table(*connection_, options_.table + "_naru_" + std::string(suffix));
}
std::string SqlTarget::key() const { return options_.takes == PayloadKind::row ? options_.key : "id"; }

Status SqlTarget::begin() {
  if (lease_) return {};
  changed_ = false;
  types_.clear();
  has_memory_ = false;
  // A session that fails here is ended at once: a server takes its time to let go of what the session held, and whoever
  // begins again would find the table written by another run.
  connection_.reset();
  Status begun = open_to_write();
  if (!begun) connection_.reset();
  return begun;
}

Status SqlTarget::open_to_write() {
  connection_ = NARU_TRY(dialect_.open(SqlUse::write));
  std::unique_ptr<SqlLease> lease = NARU_TRY(dialect_.lease(*connection_, options_.table));
  if (options_.vectors) {
    NARU_TRY(dialect_.vectors(*connection_, SqlUse::write));
    NARU_TRY(dialect_.vectors_fit(*connection_, options_.table, *options_.model));
  }
  lease_ = std::move(lease);
  return {};
}

Result<SpilledList<KnownItem>> SqlTarget::known_items(const std::string& flow) {
  std::vector<KnownItem> known;
  if (!lease_ && dialect_.exists && !dialect_.exists()) return SpilledList<KnownItem>();
  if (!connection_) connection_ = NARU_TRY(dialect_.open(SqlUse::read));
  const std::string items = options_.table + "_naru_items";
  if (NARU_TRY(connection_->columns_of(items)).empty()) {
    if (!lease_) connection_.reset();
    return SpilledList<KnownItem>();
  }
  const Value named(flow);
  const auto rows = NARU_TRY(connection_->query(
      "SELECT " + quoted("key") + ", fingerprint, version, version_order, pipeline, label, reject_code, reject_message "
      "FROM " + beside("items") + " WHERE flow = " + connection_->parameter(1), {&named, 1}));
  for (SqlRow row; NARU_TRY(rows->next(row)); row = {}) {
    if (row.problem) return std::move(*row.problem);
    KnownItem& item = known.emplace_back();
    item.key = text_of(row.cells[0]);
    item.fingerprint = from_hex(text_of(row.cells[1]));
    item.version = hash_from<Sha256>(text_of(row.cells[2]), 32);
    item.version_order = whole_of(row.cells[3]);
    item.pipeline = hash_from<Id128>(text_of(row.cells[4]), 16);
    item.label_hash = hash_from<Id128>(text_of(row.cells[5]), 16);
    item.reject_code = text_of(row.cells[6]);
    item.reject_message = text_of(row.cells[7]);
  }
  std::sort(known.begin(), known.end(), [](const KnownItem& a, const KnownItem& b) { return a.key < b.key; });
  SpilledList<KnownItem> sorted;
  for (const KnownItem& item : known) sorted.add(item);
  return sorted;
}

std::vector<Finding> SqlTarget::check(const std::string& flow) {
  if (dialect_.exists && !dialect_.exists()) {
    return {{"target", Verdict::good, "does not exist yet; `naru run` makes it"}};
  }
  const Result<std::unique_ptr<SqlConnection>> opened = dialect_.open(SqlUse::write);
  if (!opened) return {{"target", Verdict::missing, opened.error().describe()}};
  std::vector<Finding> findings = (*opened)->rights(options_.table);
  if (options_.vectors) {
    const Result<std::string> kept = dialect_.vectors(**opened, SqlUse::read);
    findings.push_back({"vectors", kept ? Verdict::good : Verdict::missing, kept ? *kept : kept.error().describe()});
  }
  std::vector<Finding> more = Target::check(flow);
  std::move(more.begin(), more.end(), std::back_inserter(findings));
  return findings;
}

// ---- changes --------------------------------------------------------------------------------------------------

Result<SqlTarget::Work> SqlTarget::work_of(const ChangeSet& changes) const {
  Work work;
  std::map<std::string, std::string> owners;
  for (const DocumentUpsert& upsert : changes.upserts) {
    work.items.push_back(upsert.item.key);
    for (SqlRecord& record : NARU_TRY(sql_records_of(upsert, options_.takes, options_.key))) {
      const auto [owner, fresh] = owners.try_emplace(record.id, upsert.item.key);
      if (!fresh && owner->second == upsert.item.key) {
        return Error(Code::already_exists, fmt::format("\"{}\" gives the row \"{}\" twice: `{}` must differ",
                                                       upsert.item.key, record.id, key()));
      }
      if (!fresh) work.looked_again.insert({owner->second, upsert.item.key});
      work.claims.emplace_back(upsert.item.key, record.id);
      std::string id = record.id;
      work.records.insert_or_assign(std::move(id), std::move(record));
    }
  }
  for (const ItemReject& reject : changes.rejects) work.items.push_back(reject.item.key);
  for (const std::string& removed : changes.removes) work.items.push_back(removed);
  return work;
}

SqlTarget::Texts SqlTarget::Work::ids() const {
  Texts ids;
  for (const auto& [id, record] : records) ids.push_back(id);
  return ids;
}

Result<Committed> SqlTarget::apply(const ChangeSet& changes) {
  Work work = NARU_TRY(work_of(changes));
  Committed committed;
  const bool tables_first = dialect_.tables_end_transactions;
  Status applied = tables_first ? make_tables(work) : Status();
  if (applied) {
    applied = in_transaction([&]() -> Status {
      if (!tables_first) NARU_TRY(make_tables(work));
      return change(changes, work, committed);
    });
  }
  if (!applied) {
    types_.clear();
    has_memory_ = false;
    if (applied.error().code() == Code::unavailable) {  // begin() opens another connection and asks for the lease
      lease_.reset();
      connection_.reset();
    }
    return applied.error();
  }
  changed_ = true;
  return committed;
}

Status SqlTarget::in_transaction(const std::function<Status()>& act) {
  NARU_TRY(connection_->run(dialect_.begin));
  Status done = act();
  if (done) done = connection_->run("COMMIT");
  if (!done) (void)connection_->run("ROLLBACK");
  return done;
}

Status SqlTarget::change(const ChangeSet& changes, Work& work, Committed& committed) {
  std::set<std::string> had;  // ids of records that these items gave before
  NARU_TRY(each_in("id", beside("rows"), "item", work.items, changes.flow,
                   [&](const std::vector<Value>& row) { had.insert(text_of(row[0])); }));
  NARU_TRY(delete_in(beside("rows"), "item", work.items, changes.flow));
  std::set<std::string> gone, replaced = had;
  for (const std::string& id : had) {
    if (!work.records.contains(id)) gone.insert(id);
  }
  // What these items no longer give goes, unless another item gives it too: that one is looked at again.
  NARU_TRY(each_in("item, id", beside("rows"), "id", Texts(gone.begin(), gone.end()), changes.flow,
                   [&](const std::vector<Value>& row) {
                     work.looked_again.insert(text_of(row[0]));
                     gone.erase(text_of(row[1]));
                     replaced.erase(text_of(row[1]));
                   }));
  NARU_TRY(take_over(work, replaced));
  if (!types_.empty()) NARU_TRY(delete_in(table(), key(), Texts(replaced.begin(), replaced.end()), ""));
  NARU_TRY(check_free(work, replaced));
  NARU_TRY(write_records(work));
  NARU_FAILPOINT("sql_target.before_items");
  NARU_TRY(write_items(changes, work));
  committed.epoch = NARU_TRY(count_epoch(changes.flow));
  for (const auto& [id, record] : work.records) committed.chunks_added += had.contains(id) ? 0 : 1;
  committed.chunks_removed = gone.size();
  return {};
}

Result<std::uint64_t> SqlTarget::count_epoch(const std::string& flow) {
  const Value named(flow);
  const auto state = NARU_TRY(all_rows(
      *connection_, fmt::format("SELECT epoch FROM {} WHERE flow = {}", beside("state"), connection_->parameter(1)),
      {&named, 1}));
  const std::uint64_t epoch = (state.empty() ? 0 : whole_of(state[0][0])) + 1;
  NARU_TRY(delete_in(beside("state"), "flow", {flow}, ""));
  NARU_TRY(insert(beside("state"), {"flow", "epoch"}, {{named, Value(static_cast<std::int64_t>(epoch))}}));
  return epoch;
}

// A record that another item of this flow gave is this item's from now on, and both are looked at again.
Status SqlTarget::take_over(Work& work, std::set<std::string>& replaced) {
  std::optional<Error> problem;
  std::map<std::string, std::string> contested;  // id, the other item
  NARU_TRY(each_in("id, flow, item", beside("rows"), "id", work.ids(), "", [&](const std::vector<Value>& row) {
    const std::string id = text_of(row[0]), flow = text_of(row[1]);
    if (flow != options_.flow) {
      problem = Error(Code::already_exists, fmt::format("the row \"{}\" of {} belongs to the flow {}", id,
                                                        options_.table, flow));
    }
    replaced.insert(id);
    contested[id] = text_of(row[2]);
  }));
  if (problem) return std::move(*problem);
  for (const auto& [item, id] : work.claims) {
    const auto other = contested.find(id);
    if (other == contested.end()) continue;
    work.looked_again.insert(other->second);
    work.looked_again.insert(item);
  }
  return {};
}

// What somebody else put into the table is never written over.
Status SqlTarget::check_free(const Work& work, const std::set<std::string>& replaced) {
  Texts fresh;
  for (const auto& [id, record] : work.records) {
    if (!replaced.contains(id)) fresh.push_back(id);
  }
  std::optional<Error> problem;
  NARU_TRY(each_in(quoted(key()), table(), key(), fresh, "", [&](const std::vector<Value>& row) {
    problem = Error(Code::already_exists, fmt::format("the row \"{}\" of {} is there, and this flow did not write it: "
                                                      "give the flow a table of its own", text_of(row[0]),
                                                      options_.table));
  }));
  return problem ? Status(std::move(*problem)) : Status();
}

Status SqlTarget::write_records(const Work& work) {
  if (work.records.empty()) return {};
  std::set<std::string> names;
  for (const auto& [id, record] : work.records) {
    for (const NamedValue& field : record.fields) names.insert(field.name);
  }
  const Texts columns(names.begin(), names.end());
  std::vector<std::vector<Value>> rows;
  for (const auto& [id, record] : work.records) {
    std::vector<Value>& row = rows.emplace_back();
    for (const std::string& name : columns) {
      const Value* value = find_field(record.fields, name);
      const auto type = types_.find(name);
      const bool encoded = value != nullptr && !value->is_null() && dialect_.encode && type != types_.end();
      if (encoded) {
        row.push_back(NARU_TRY_AT(dialect_.encode(type->second, *value), fmt::format("{} of \"{}\"", name, id)));
      } else {
        row.push_back(value == nullptr ? Value() : *value);
      }
    }
  }
  NARU_TRY_AT(insert(table(), columns, rows), "writing to " + options_.table);
  std::vector<std::vector<Value>> claims;
  for (const auto& [item, id] : work.claims) claims.push_back({text(options_.flow), text(item), text(id)});
  return insert(beside("rows"), {"flow", "item", "id"}, claims);
}

Status SqlTarget::write_items(const ChangeSet& changes, const Work& work) {
  std::vector<std::vector<Value>> rows;
  const auto add = [&](const Item& item, const Sha256& version, const Id128& label, const Reject& reject) {
    const bool again = work.looked_again.contains(item.key);
    rows.push_back({text(changes.flow), text(item.key), text(again ? "" : to_hex(item.fingerprint)),
                    text(again ? "" : version.hex()), Value(static_cast<std::int64_t>(item.version_order)),
                    text(changes.pipeline.hex()), text(label.hex()), text(reject.code), text(reject.message)});
  };
  for (const DocumentUpsert& upsert : changes.upserts) add(upsert.item, upsert.version, hash_label(upsert.label), {});
  for (const ItemReject& reject : changes.rejects) add(reject.item, reject.version, hash_label(Label{}), reject.reject);
  NARU_TRY(delete_in(beside("items"), "key", work.items, changes.flow));
  NARU_TRY(insert(beside("items"), {"flow", "key", "fingerprint", "version", "version_order", "pipeline", "label",
                                    "reject_code", "reject_message"}, rows));
  const auto update = [&](const std::string& fields, const std::vector<Value>& values) -> Status {
    const std::size_t n = values.size();
    return connection_->run(fmt::format("UPDATE {} SET {} WHERE flow = {} AND {} = {}", beside("items"), fields,
                                        connection_->parameter(n - 1), quoted("key"), connection_->parameter(n)),
                            values);
  };
  for (const Item& item : changes.touched) {
    NARU_TRY(update(fmt::format("fingerprint = {}, version_order = {}", connection_->parameter(1),
                                connection_->parameter(2)),
                    {text(to_hex(item.fingerprint)), Value(static_cast<std::int64_t>(item.version_order)),
                     text(changes.flow), text(item.key)}));
  }
  for (const auto& [key, label] : changes.relabels) {
    NARU_TRY(update("label = " + connection_->parameter(1),
                    {text(hash_label(label).hex()), text(changes.flow), text(key)}));
  }
  for (const std::string& item : work.looked_again) {
    NARU_TRY(update("fingerprint = '', version = ''", {text(changes.flow), text(item)}));
  }
  return {};
}

// Two items that give one record are an error of the source, said as long as it stands.
Status SqlTarget::settle() {
  Status settled;
  if (changed_) {
    const Value flow(options_.flow);
    const auto rows = NARU_TRY(all_rows(
        *connection_, fmt::format("SELECT id, min(item), max(item) FROM {} WHERE flow = {} GROUP BY id "
                                  "HAVING count(*) > 1 ORDER BY id LIMIT 1", beside("rows"), connection_->parameter(1)),
        {&flow, 1}));
    if (!rows.empty()) {
      settled = Error(Code::already_exists, fmt::format("\"{}\" and \"{}\" both give the row \"{}\" of {}: one of them "
                                                        "must have another `{}`",
                                                        text_of(rows[0][1]), text_of(rows[0][2]), text_of(rows[0][0]),
                                                        options_.table, key()));
    }
  }
  lease_.reset();
  connection_.reset();
  return settled;
}

// ---- tables ---------------------------------------------------------------------------------------------------

Status SqlTarget::make_tables(const Work& work) {
  NARU_TRY(make_memory());
  NARU_TRY_AT(make_table(work), "the table " + options_.table);
  return {};
}

Status SqlTarget::make_memory() {
  if (has_memory_) return {};
  const auto key_of = [&](const Texts& columns) {
    if (dialect_.index_of) return dialect_.index_of(columns);
    std::string names;
    for (const std::string& column : columns) names += (names.empty() ? "" : ", ") + quoted(column);
    return "PRIMARY KEY (" + names + ")";
  };
  const auto make = [&](std::string_view suffix, const std::string& columns) {
    return connection_->run(fmt::format("CREATE TABLE IF NOT EXISTS {} ({})", beside(suffix), columns));
  };
  const std::string exact = connection_->exact_text() + " NOT NULL";
  NARU_TRY(make("items", fmt::format("flow {0}, {1} {0}, fingerprint text NOT NULL, version text NOT NULL, "
                                     "version_order bigint NOT NULL, pipeline text NOT NULL, label text NOT NULL, "
                                     "reject_code text NOT NULL, reject_message text NOT NULL, {2}",
                                     exact, quoted("key"), key_of({"flow", "key"}))));
  const std::string by_id = dialect_.index_of ? ", " + dialect_.index_of({"id"}) : "";
  const std::string rows_key = key_of({"flow", "item", "id"});
  NARU_TRY(make("rows", fmt::format("flow {0}, item {0}, id {0}, {1}{2}", exact, rows_key, by_id)));
  if (by_id.empty()) {
    const std::string name = options_.table.substr(options_.table.rfind('.') + 1) + "_naru_by_id";
    NARU_TRY(connection_->run(fmt::format("CREATE INDEX IF NOT EXISTS {} ON {} (id)", quoted(name), beside("rows"))));
  }
  NARU_TRY(make("state", fmt::format("flow {0}, epoch bigint NOT NULL, {1}", exact, key_of({"flow"}))));
  has_memory_ = true;
  return {};
}

SqlType SqlTarget::type_for(const std::string& name, const Value& value) const {
  if (options_.takes != PayloadKind::row) {
    if (name == kAccessColumn || name == kHeadingPathColumn) return {SqlType::Kind::texts};
    if (name == kVectorColumn && options_.model) return {SqlType::Kind::vector, options_.model->dims};
  }
  if (std::holds_alternative<bool>(value)) return {SqlType::Kind::boolean};
  if (std::holds_alternative<double>(value)) return {SqlType::Kind::number};
  if (std::holds_alternative<std::int64_t>(value)) return {.kind = SqlType::Kind::number, .whole = true};
  return {value.list() != nullptr || value.map() != nullptr ? SqlType::Kind::json : SqlType::Kind::text};
}

Status SqlTarget::make_table(const Work& work) {
  if (types_.empty()) {
    for (const Column& column : NARU_TRY(connection_->columns_of(options_.table))) {
      types_[column.name] = dialect_.kind_of ? dialect_.kind_of(column) : SqlType();
    }
  }
  if (work.records.empty()) return {};
  // In the order of the fields, each with the type of the first value that says one; of numbers, of one with a point.
  std::vector<std::pair<std::string, const Value*>> missing;
  for (const auto& [id, record] : work.records) {
    for (const NamedValue& field : record.fields) {
      if (types_.contains(field.name)) continue;
      const auto seen =
          std::find_if(missing.begin(), missing.end(), [&](const auto& one) { return one.first == field.name; });
      if (seen == missing.end()) {
        missing.emplace_back(field.name, &field.value);
      } else if (seen->second->is_null() || (std::holds_alternative<std::int64_t>(*seen->second) &&
                                             std::holds_alternative<double>(field.value))) {
        seen->second = &field.value;
      }
    }
  }
  const bool is_new = types_.empty();
  std::string columns;
  for (const auto& [name, value] : missing) {
    const SqlType type = type_for(name, *value);
    const bool exact = name == key() && type.kind != SqlType::Kind::number;
    const std::string written = fmt::format("{} {}", quoted(name), exact ? connection_->key_text()
                                                                         : dialect_.type_of(type, name == key()));
    if (is_new) {
      columns += (columns.empty() ? "" : ", ") + written + (name == key() ? " PRIMARY KEY" : "");
    } else {
      NARU_TRY(connection_->run(fmt::format("ALTER TABLE {} ADD COLUMN {}", table(), written)));
    }
    types_[name] = type;
  }
  if (missing.empty()) return {};
  if (is_new) NARU_TRY(connection_->run(fmt::format("CREATE TABLE {} ({})", table(), columns)));
  return dialect_.index ? dialect_.index(*connection_, options_, types_) : Status();
}

// ---- statements -----------------------------------------------------------------------------------------------

std::string SqlTarget::parameters(std::size_t first, std::size_t count) const {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i > 0 ? ", " : "") + connection_->parameter(first + i);
  return text;
}

Status SqlTarget::each_in(const std::string& columns, const std::string& from, const std::string& column,
                          const Texts& values, const std::string& flow,
                          const std::function<void(const std::vector<Value>&)>& found) {
  for (std::size_t at = 0; at < values.size(); at += kRowsMax) {
    std::vector<Value> bound;
    const std::string condition = condition_in(column, values, at, flow, bound);
    const std::string sql = fmt::format("SELECT {} FROM {} WHERE {}", columns, from, condition);
    for (const std::vector<Value>& row : NARU_TRY(all_rows(*connection_, sql, bound))) found(row);
  }
  return {};
}

Status SqlTarget::delete_in(const std::string& from, const std::string& column, const Texts& values,
                            const std::string& flow) {
  for (std::size_t at = 0; at < values.size(); at += kRowsMax) {
    std::vector<Value> bound;
    const std::string condition = condition_in(column, values, at, flow, bound);
    NARU_TRY(connection_->run(fmt::format("DELETE FROM {} WHERE {}", from, condition), bound));
  }
  return {};
}

// For the values from `at` on, as many as go into one statement; `bound` are the parameters.
std::string SqlTarget::condition_in(const std::string& column, const Texts& values, std::size_t at,
                                    const std::string& flow, std::vector<Value>& bound) const {
  std::string condition;
  if (!flow.empty()) {
    bound.push_back(text(flow));
    condition = "flow = " + connection_->parameter(1) + " AND ";
  }
  const std::size_t first = bound.size() + 1, count = std::min(kRowsMax, values.size() - at);
  for (std::size_t i = 0; i < count; ++i) bound.push_back(text(values[at + i]));
  return fmt::format("{}{} IN ({})", condition, quoted(column), parameters(first, count));
}

Status SqlTarget::insert(const std::string& into, const Texts& columns, const std::vector<std::vector<Value>>& rows) {
  std::string names;
  for (const std::string& column : columns) names += (names.empty() ? "" : ", ") + quoted(column);
  const std::size_t rows_max = std::clamp<std::size_t>(kParametersMax / std::max<std::size_t>(columns.size(), 1), 1,
                                                       kRowsMax);
  for (std::size_t at = 0; at < rows.size(); at += rows_max) {
    std::string sql = fmt::format("INSERT INTO {} ({}) VALUES ", into, names);
    std::vector<Value> bound;
    for (std::size_t i = at; i < std::min(at + rows_max, rows.size()); ++i) {
      sql += fmt::format("{}({})", i > at ? ", " : "", parameters(bound.size() + 1, columns.size()));
      bound.insert(bound.end(), rows[i].begin(), rows[i].end());
    }
    NARU_TRY(connection_->run(sql, bound));
  }
  return {};
}

}  // namespace naru
