#include "connector/shared/sql_target.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/json.h"
#include "connector/shared/connector_options.h"
#include "connector/shared/record_json.h"
#include "connector/shared/row_document.h"
#include "flow/state.h"
#include "record/json.h"
#include "record/value_json.h"
#include "runtime/failpoint.h"

namespace naru {

namespace {

// Values of one statement: SQLite takes 32,766, PostgreSQL 65,535; half a thousand rows are enough to fill a packet.
constexpr std::size_t kParametersMax = 16'000, kRowsMax = 500;
// PostgreSQL cuts names at 63 bytes, and the longest of ours adds 11.
constexpr std::size_t kNameBytesMax = 50;

Value text(std::string_view value) { return Value(std::string(value)); }

Value json_value(const Json& json) {
  Result<Fields> fields = fields_from_json("{\"v\":" + to_line(json) + "}", LargeNumbers::as_text);
  return fields ? std::move((*fields)[0].value) : Value();
}

Value list_of(const std::vector<std::string>& texts) {
  ValueList list;
  for (const std::string& one : texts) list.emplace_back(one);
  return Value(std::move(list));
}

void add_label(const Label& label, Fields& fields) {
  fields.push_back({"access", list_of(label.access)});
  fields.push_back({"trust", text(trust_name(label.trust))});
}

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

Result<SqlTargetOptions> read_sql_target(const Options& options, const TargetContext& context) {
  SqlTargetOptions made;
  made.table = options.text("table");
  made.key = options.text("key");
  made.flow = context.flow;
  made.takes = context.takes;
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
  connection_ = NARU_TRY(dialect_.open(SqlUse::write));
  lease_ = NARU_TRY(dialect_.lease(*connection_, options_.table));
  return {};
}

Result<std::vector<KnownItem>> SqlTarget::known_items(const std::string& flow) {
  std::vector<KnownItem> known;
  if (!lease_ && dialect_.exists && !dialect_.exists()) return known;
  if (!connection_) connection_ = NARU_TRY(dialect_.open(SqlUse::read));
  const std::string items = options_.table + "_naru_items";
  if (NARU_TRY(connection_->columns_of(items)).empty()) {
    if (!lease_) connection_.reset();
    return known;
  }
  const Value named(flow);
  const auto rows = NARU_TRY(connection_->query(
      "SELECT key, fingerprint, version, version_order, pipeline, label, reject_code, reject_message FROM " +
          beside("items") + " WHERE flow = " + connection_->parameter(1), {&named, 1}));
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
  return known;
}

std::vector<Finding> SqlTarget::check(const std::string& flow) {
  if (dialect_.exists && !dialect_.exists()) {
    return {{"target", Verdict::good, "does not exist yet; `naru run` makes it"}};
  }
  const Result<std::unique_ptr<SqlConnection>> opened = dialect_.open(SqlUse::write);
  if (!opened) return {{"target", Verdict::missing, opened.error().describe()}};
  std::vector<Finding> findings = (*opened)->rights(options_.table);
  std::vector<Finding> more = Target::check(flow);
  std::move(more.begin(), more.end(), std::back_inserter(findings));
  return findings;
}

// ---- changes --------------------------------------------------------------------------------------------------

Result<std::vector<SqlTarget::Record>> SqlTarget::records_of(const DocumentUpsert& upsert) const {
  std::vector<Record> records;
  const Document& document = upsert.document;
  if (options_.takes == PayloadKind::row) {
    for (const Row& row : upsert.rows) {
      std::string id = NARU_TRY_AT(row_key(row.fields, options_.key), fmt::format("a row of \"{}\"", upsert.item.key));
      records.push_back({std::move(id), row.fields});
    }
  } else if (options_.takes == PayloadKind::document) {
    Fields fields = {
        {"id", text(upsert.item.key)},           {"title", text(document.title)},
        {"language", text(document.language)},   {"format", text(document.format)},
        {"version", text(upsert.version.hex())}, {"metadata", json_value(metadata_json(document.metadata))}};
    add_label(upsert.label, fields);
    fields.push_back({"text", Value(document_text(document))});
    records.push_back({upsert.item.key, std::move(fields)});
  }
  if (options_.takes != PayloadKind::chunk) return records;
  for (std::size_t n = 0; n < upsert.chunks.size(); ++n) {
    const Chunk& chunk = upsert.chunks[n];
    Fields fields = {{"id", text(chunk.id.hex())},         {"doc", text(upsert.item.key)},
                     {"n", Value(static_cast<std::int64_t>(n))}, {"title", text(document.title)},
                     {"language", text(document.language)}, {"heading_path", list_of(chunk.heading_path)},
                     {"locator", json_value(locator_to_json(chunk.locator))}, {"version", text(upsert.version.hex())}};
    add_label(upsert.label, fields);
    fields.push_back({"text", text(chunk.text)});
    records.push_back({chunk.id.hex(), std::move(fields)});
  }
  return records;
}

Result<SqlTarget::Work> SqlTarget::work_of(const ChangeSet& changes) const {
  Work work;
  std::map<std::string, std::string> owners;
  for (const DocumentUpsert& upsert : changes.upserts) {
    work.items.push_back(upsert.item.key);
    for (Record& record : NARU_TRY(records_of(upsert))) {
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
  const Status applied = in_transaction([&] { return change(changes, work, committed); });
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
  NARU_TRY(make_memory());
  NARU_TRY_AT(make_table(work), "the table " + options_.table);
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
      row.push_back(value == nullptr ? Value() : encoded ? dialect_.encode(type->second, *value) : *value);
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
    return connection_->run(fmt::format("UPDATE {} SET {} WHERE flow = {} AND key = {}", beside("items"), fields,
                                        connection_->parameter(n - 1), connection_->parameter(n)), values);
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

Status SqlTarget::make_memory() {
  if (has_memory_) return {};
  NARU_TRY(
      connection_->run("CREATE TABLE IF NOT EXISTS " + beside("items") +
                       " (flow text NOT NULL, key text NOT NULL, fingerprint text NOT NULL, version text NOT NULL, "
                       "version_order bigint NOT NULL, pipeline text NOT NULL, label text NOT NULL, "
                       "reject_code text NOT NULL, reject_message text NOT NULL, PRIMARY KEY (flow, key))"));
  NARU_TRY(connection_->run("CREATE TABLE IF NOT EXISTS " + beside("rows") +
                            " (flow text NOT NULL, item text NOT NULL, id text NOT NULL, "
                            "PRIMARY KEY (flow, item, id))"));
  const std::string table = options_.table.substr(options_.table.rfind('.') + 1);
  NARU_TRY(connection_->run("CREATE INDEX IF NOT EXISTS " + quoted(table + "_naru_by_id") + " ON " + beside("rows") +
                            " (id)"));
  NARU_TRY(connection_->run("CREATE TABLE IF NOT EXISTS " + beside("state") +
                            " (flow text PRIMARY KEY, epoch bigint NOT NULL)"));
  has_memory_ = true;
  return {};
}

SqlType SqlTarget::type_for(const std::string& name, const Value& value) const {
  if (options_.takes != PayloadKind::row) {
    if (name == "access" || name == "heading_path") return {SqlType::Kind::texts};
  }
  if (std::holds_alternative<bool>(value)) return {SqlType::Kind::boolean};
  if (std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value)) {
    return {SqlType::Kind::number};
  }
  return {value.list() != nullptr || value.map() != nullptr ? SqlType::Kind::json : SqlType::Kind::text};
}

Status SqlTarget::make_table(const Work& work) {
  if (types_.empty()) {
    for (const Column& column : NARU_TRY(connection_->columns_of(options_.table))) {
      types_[column.name] = dialect_.kind_of ? dialect_.kind_of(column) : SqlType();
    }
  }
  if (work.records.empty()) return {};
  // In the order of the fields, each with the type of the first value that says one.
  std::vector<std::pair<std::string, const Value*>> missing;
  for (const auto& [id, record] : work.records) {
    for (const NamedValue& field : record.fields) {
      if (types_.contains(field.name)) continue;
      const auto seen =
          std::find_if(missing.begin(), missing.end(), [&](const auto& one) { return one.first == field.name; });
      if (seen == missing.end()) {
        missing.emplace_back(field.name, &field.value);
      } else if (seen->second->is_null()) {
        seen->second = &field.value;
      }
    }
  }
  const bool is_new = types_.empty();
  std::string columns;
  for (const auto& [name, value] : missing) {
    const SqlType type = type_for(name, *value);
    const std::string written = fmt::format("{} {}", quoted(name), dialect_.type_of(type, name == key()));
    if (is_new) {
      columns += (columns.empty() ? "" : ", ") + written + (name == key() ? " PRIMARY KEY" : "");
    } else {
      NARU_TRY(connection_->run(fmt::format("ALTER TABLE {} ADD COLUMN {}", table(), written)));
    }
    types_[name] = type;
  }
  if (!is_new) return {};
  NARU_TRY(connection_->run(fmt::format("CREATE TABLE {} ({})", table(), columns)));
  return dialect_.after_create ? dialect_.after_create(*connection_, options_.table, types_) : Status();
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
