#include "store/truth.h"

#include <fmt/format.h>

#include <array>

#include "base/json.h"
#include "record/codec.h"
#include "record/date.h"
#include "runtime/files.h"
#include "store/disk_state.h"
#include "store/keyed_rows.h"
#include "store/lexical/segment.h"
#include "store/schema.h"
#include "text/analyzer.h"

namespace naru {

namespace {

constexpr std::uint64_t kChunksMax = 10'000'000;  // of one document

constexpr const char* kTruthSchema = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE bases(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, vectors INTEGER NOT NULL DEFAULT 0);
CREATE TABLE flows(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE labels(id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, json TEXT NOT NULL);
CREATE TABLE pipelines(id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE);
CREATE TABLE items(
  id INTEGER PRIMARY KEY AUTOINCREMENT, flow INTEGER NOT NULL, key TEXT NOT NULL, fingerprint BLOB NOT NULL,
  version BLOB NOT NULL, version_order INTEGER NOT NULL, pipeline INTEGER NOT NULL, label INTEGER NOT NULL,
  reject_code TEXT NOT NULL DEFAULT '', reject_message TEXT NOT NULL DEFAULT '');
CREATE UNIQUE INDEX items_by_key ON items(flow, key);
CREATE TABLE docs(
  id INTEGER PRIMARY KEY, base INTEGER NOT NULL, title TEXT NOT NULL, language TEXT NOT NULL, format TEXT NOT NULL,
  content INTEGER NOT NULL, layout BLOB NOT NULL, born INTEGER NOT NULL, date TEXT NOT NULL, metadata TEXT NOT NULL);
CREATE INDEX docs_by_content ON docs(content);
CREATE TABLE chunks(
  row INTEGER PRIMARY KEY AUTOINCREMENT, doc INTEGER NOT NULL, chunk_id BLOB NOT NULL, model INTEGER NOT NULL,
  vector INTEGER NOT NULL, born INTEGER NOT NULL, died INTEGER);
CREATE INDEX chunks_dead ON chunks(died) WHERE died IS NOT NULL;
CREATE TABLE segments(
  id INTEGER PRIMARY KEY, base INTEGER NOT NULL, name TEXT NOT NULL, rows INTEGER NOT NULL, alive BLOB NOT NULL);
CREATE TABLE vectors(
  id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE, model TEXT NOT NULL, dims INTEGER NOT NULL,
  rows INTEGER NOT NULL, english_only INTEGER NOT NULL);
CREATE TABLE epochs(epoch INTEGER PRIMARY KEY, unix_ms INTEGER NOT NULL);
CREATE TABLE runs(
  flow TEXT PRIMARY KEY, outcome TEXT NOT NULL, started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL,
  json TEXT NOT NULL);
CREATE TABLE answers(id TEXT PRIMARY KEY, created_ms INTEGER NOT NULL, json TEXT NOT NULL);
INSERT INTO meta(name, value) VALUES ('epoch', 0), ('analyzer', 0);
)sql";

// What schema 2 has beside the tables of schema 1: how it was, and by which name it is kept.
constexpr const char* kHistorySchema = R"sql(
CREATE TABLE generations(
  doc INTEGER NOT NULL, born INTEGER NOT NULL, died INTEGER NOT NULL, flow TEXT NOT NULL, key TEXT NOT NULL,
  version BLOB NOT NULL, label INTEGER NOT NULL, base INTEGER NOT NULL, title TEXT NOT NULL, language TEXT NOT NULL,
  format TEXT NOT NULL, content INTEGER NOT NULL, layout BLOB NOT NULL, date TEXT NOT NULL, metadata TEXT NOT NULL);
CREATE INDEX generations_by_doc ON generations(doc);
CREATE INDEX generations_by_content ON generations(content);
CREATE INDEX generations_by_key ON generations(key);
CREATE INDEX generations_by_death ON generations(died);
CREATE TABLE tags(name TEXT PRIMARY KEY, epoch INTEGER NOT NULL, created_ms INTEGER NOT NULL);
CREATE TABLE base_models(base INTEGER NOT NULL, epoch INTEGER NOT NULL, model INTEGER NOT NULL);
INSERT INTO meta(name, value) VALUES ('oldest', 0);
)sql";

// Documents that schema 1 knew get the columns that it lacked; their past was not kept, so history begins here.
constexpr const char* kUpgradeFrom1 = R"sql(
ALTER TABLE docs ADD COLUMN born INTEGER NOT NULL DEFAULT 0;
ALTER TABLE docs ADD COLUMN date TEXT NOT NULL DEFAULT '';
ALTER TABLE docs ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
UPDATE docs SET born = (SELECT value FROM meta WHERE name = 'epoch');
UPDATE meta SET value = (SELECT value FROM meta WHERE name = 'epoch') WHERE name = 'oldest';
DELETE FROM chunks WHERE died IS NOT NULL;
DELETE FROM epochs WHERE epoch < (SELECT value FROM meta WHERE name = 'epoch');
INSERT INTO base_models(base, epoch, model) SELECT id, 0, vectors FROM bases WHERE vectors <> 0;
)sql";

// Each pipeline is named once, and a document's chunks are found by its layout.
constexpr const char* kUpgradeFrom2 = R"sql(
CREATE TABLE pipelines(id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE);
INSERT INTO pipelines(fingerprint) SELECT DISTINCT pipeline FROM items;
UPDATE items SET pipeline = (SELECT id FROM pipelines WHERE fingerprint = items.pipeline);
DROP INDEX chunks_by_doc;
)sql";

// Younger than schema 1, and made where it lacks: who does not know these tables does nothing wrong without them.
constexpr const char* kForgottenSchema = R"sql(
CREATE TABLE IF NOT EXISTS secrets(name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS forgotten(item BLOB PRIMARY KEY, version BLOB NOT NULL, purged INTEGER NOT NULL);
)sql";

constexpr std::array<std::pair<std::string_view, std::uint64_t RunSummary::*>, 12> kRunCounts = {{
    {"seen", &RunSummary::seen},
    {"added", &RunSummary::added},
    {"changed", &RunSummary::changed},
    {"removed", &RunSummary::removed},
    {"unchanged", &RunSummary::unchanged},
    {"rejected", &RunSummary::rejected},
    {"chunks_added", &RunSummary::chunks_added},
    {"chunks_removed", &RunSummary::chunks_removed},
    {"embedded", &RunSummary::embedded},
    {"forgotten", &RunSummary::forgotten},
    {"dropped", &RunSummary::dropped},
    {"retries", &RunSummary::retries},
}};

// Written before there were any.
bool may_lack(std::string_view count) { return count == "forgotten" || count == "dropped" || count == "retries"; }

// What a filter may ask for of a document that schema 1 kept.
Status fill_metadata(Database& truth, Database& content) {
  ContentReader contents(content);
  Statement docs = NARU_TRY(truth.prepare("SELECT id, content FROM docs ORDER BY content"));
  while (NARU_TRY(docs.step())) {
    const Result<Content> kept = contents.read(docs.integer(1));
    if (!kept) continue;  // `verify` names it; the rest of the store is none the worse
    const Metadata& metadata = kept->document.metadata;
    Statement fill = NARU_TRY(truth.prepare("UPDATE docs SET date = ?, metadata = ? WHERE id = ?"));
    NARU_TRY(fill.bind(date_of(metadata)).bind(encode_metadata(metadata)).bind(docs.integer(0)).run());
  }
  return {};
}

Json run_to_json(const RunSummary& run) {
  Json json = Json::object();
  for (const auto& [name, field] : kRunCounts) json[std::string(name)] = run.*field;
  for (const auto& [name, count] : run.drops) {
    json["drops"].push_back({name.first, name.second, count.items, count.parts});
  }
  for (const RunSummary& one : run.targets) {
    json["targets"].push_back(run_to_json(one));
    json["targets"].back()["target"] = one.target;
  }
  return json;
}

Result<RunSummary> run_from_json(const Json& value) {
  RunSummary run;
  for (const auto& [name, field] : kRunCounts) {
    const auto found = value.is_object() ? value.find(std::string(name)) : value.end();
    if (may_lack(name) && found == value.end()) continue;
    if (found == value.end() || !found->is_number_unsigned()) return Error(Code::corrupt, "a run's record is damaged");
    run.*field = found->get<std::uint64_t>();
  }
  if (const auto drops = value.find("drops"); drops != value.end()) {
    for (const Json& drop : *drops) {
      const bool whole = drop.is_array() && drop.size() == 4 && drop[0].is_string() && drop[1].is_string() &&
                         drop[2].is_number_unsigned() && drop[3].is_number_unsigned();
      if (!whole) return Error(Code::corrupt, "a run's record is damaged");
      count_drop(run.drops, drop[0].get<std::string>(), drop[1].get<std::string>(),
                 {drop[2].get<std::uint64_t>(), drop[3].get<std::uint64_t>()});
    }
  }
  if (const auto targets = value.find("targets"); targets != value.end()) {
    for (const Json& target : *targets) {
      const auto name = target.is_object() ? target.find("target") : target.end();
      if (name == target.end() || !name->is_string()) return Error(Code::corrupt, "a run's record is damaged");
      run.targets.push_back(NARU_TRY(run_from_json(target)));
      run.targets.back().target = name->get<std::string>();
    }
  }
  return run;
}

}  // namespace

std::string encode_run(const RunSummary& run) { return to_line(run_to_json(run)); }

Result<RunSummary> decode_run(std::string_view json) { return run_from_json(NARU_TRY(parse_json(json))); }

std::string encode_metadata(const Metadata& metadata) {
  Json fields = Json::object();
  std::size_t count = 0;
  for (const auto& [name, value] : metadata) {
    if (value.size() > kMetadataBytesMax || name.size() > kMetadataBytesMax) continue;
    if (++count > kMetadataFieldsMax) break;
    Json& values = fields[name];
    if (values.is_null()) values = Json::array();
    values.push_back(value);
  }
  return to_line(fields);
}

Result<Metadata> decode_metadata(std::string_view json) {
  const Error damaged(Code::corrupt, "the metadata of a document is damaged; run `naru verify`");
  const Json fields = NARU_TRY(parse_json(json));
  if (!fields.is_object()) return damaged;
  Metadata metadata;
  for (const auto& [name, values] : fields.items()) {
    if (!values.is_array()) return damaged;
    for (const Json& value : values) {
      if (!value.is_string()) return damaged;
      metadata.emplace_back(name, value.get<std::string>());
    }
  }
  return metadata;
}

Status check_schema(std::int64_t truth, std::int64_t content) {
  if (truth != kTruthSchemaVersion) return other_schema(truth, kTruthSchemaVersion);
  if (content != kContentSchemaVersion) return other_schema(content, kContentSchemaVersion);
  return {};
}

StorePaths::StorePaths(std::string folder)
    : root(std::move(folder)),
      truth(join_path(root, "truth.db")),
      content(join_path(root, "content.db")),
      memo(join_path(root, "memo.db")),
      vectors(join_path(root, "vectors")),
      segments(join_path(root, "segments")),
      lock(join_path(root, "writer.lock")),
      stopped(join_path(root, "stopped")) {}

// After a sync that failed nobody knows what is on the disk: the kernel drops what it could not write, and the next
// sync would succeed without it.
Status may_write(const StorePaths& paths) {
  if (!sync_failed_below(paths.root)) return {};
  leave_word_of_stop(paths);
  return Error(Code::io, "the disk failed to keep what was written last, and nothing more is written to the store; "
                         "what was committed is safe. Look at the disk and its free space, then run again");
}

std::string encode_rows(const std::vector<std::uint64_t>& rows) {
  ByteWriter out;
  out.number(rows.size());
  for (const std::uint64_t row : rows) out.number(row);
  return out.take();
}

Result<std::uint64_t> count_rows(std::string_view bytes) {
  return ByteReader(bytes).number(std::min<std::uint64_t>(kChunksMax, bytes.size()));
}

Result<std::vector<std::uint64_t>> decode_rows(std::string_view bytes) {
  ByteReader in(bytes);
  const std::uint64_t count = NARU_TRY(in.number(std::min<std::uint64_t>(kChunksMax, bytes.size())));
  std::vector<std::uint64_t> rows;
  for (std::uint64_t i = 0; i < count; ++i) rows.push_back(NARU_TRY(in.number(~0ULL)));
  return rows;
}

std::string encode_label(const Label& label) {
  return to_line(Json{{"access", label.access}, {"trust", static_cast<int>(label.trust)}});
}

Result<Label> decode_label(std::string_view json) {
  const Json value = NARU_TRY(parse_json(json));
  Label label;
  try {
    label.access = value.at("access").get<std::vector<std::string>>();
    const Json& number = value.at("trust");
    if (!number.is_number_integer()) return Error(Code::corrupt, "a label is damaged: its trust is no whole number");
    const auto trust = number.get<std::int64_t>();
    if (trust < 0 || trust > static_cast<std::int64_t>(Trust::external)) {
      return Error(Code::corrupt, fmt::format("a label is damaged: there is no trust {}", trust));
    }
    label.trust = static_cast<Trust>(trust);
  } catch (const Json::exception& e) {
    return Error(Code::corrupt, fmt::format("a label is damaged: {}", e.what()));
  }
  return label;
}

Status prepare_truth(Database& truth, Database& content) {
  const auto change = [&](std::int64_t version) -> Status {
    if (version == 0) {
      NARU_TRY(truth.execute(kTruthSchema));
      return truth.execute(kHistorySchema);
    }
    if (version > 2) return other_schema(version, kTruthSchemaVersion);
    if (version == 1) {
      NARU_TRY(truth.execute(kHistorySchema));
      NARU_TRY(truth.execute(kUpgradeFrom1));
      NARU_TRY(fill_metadata(truth, content));
    }
    return truth.execute(kUpgradeFrom2);
  };
  NARU_TRY(prepare_schema(truth, kTruthSchemaVersion, change));
  NARU_TRY(truth.execute(kForgottenSchema));
  return truth.execute(kKeyedSchema);
}

Result<bool> prepare_page_sums(Database& truth, Database& content) {
  bool made = false;
  for (Database* database : {&content, &truth}) {
    made = !database->has_page_sums() || made;
    NARU_TRY(database->make_page_sums());
  }
  return made;
}

Result<SpilledList<KnownItem>> read_known_items(Database& truth, const std::string& flow) {
  SpilledList<KnownItem> items;
  Statement rows = NARU_TRY(truth.prepare(
      "SELECT items.key, items.fingerprint, version, version_order, pipelines.fingerprint, labels.hash, reject_code, "
      "reject_message FROM items JOIN flows ON flows.id = items.flow JOIN labels ON labels.id = items.label "
      "LEFT JOIN pipelines ON pipelines.id = items.pipeline WHERE flows.name = ? ORDER BY items.key"));
  rows.bind(flow);
  while (NARU_TRY(rows.step())) {
    const bool processed = !rows.is_null(4);  // not where a reject is to be looked at again
    const bool whole = rows.view(2).size() == 32 && (!processed || rows.view(4).size() == 16) &&
                       rows.view(5).size() == 16;
    if (!whole) return Error(Code::corrupt, "an item's row is damaged; run `naru verify`");
    KnownItem item;
    item.key = rows.text(0);
    item.fingerprint = rows.text(1);
    item.version = Sha256::from_bytes(rows.view(2));
    item.version_order = static_cast<std::uint64_t>(rows.integer(3));
    if (processed) item.pipeline = Id128::from_bytes(rows.view(4));
    item.label_hash = Id128::from_bytes(rows.view(5));
    item.reject_code = rows.text(6);
    item.reject_message = rows.text(7);
    items.add(item);
  }
  return items;
}

Result<std::unordered_map<std::int64_t, bool>> read_readable_labels(Database& truth, const Principal& principal) {
  std::unordered_map<std::int64_t, bool> readable;
  Statement rows = NARU_TRY(truth.prepare("SELECT id, json FROM labels"));
  while (NARU_TRY(rows.step())) {
    readable[rows.integer(0)] = principal.may_read(NARU_TRY(decode_label(rows.view(1))));
  }
  return readable;
}

Result<std::uint64_t> read_epoch(Database& truth) {
  return static_cast<std::uint64_t>(NARU_TRY(truth.value("SELECT value FROM meta WHERE name = 'epoch'")));
}

Result<IndexedBy> read_indexed_by(Database& truth) {
  IndexedBy by;
  by.analyzer = NARU_TRY(truth.value("SELECT value FROM meta WHERE name = 'analyzer'"));
  by.segments = NARU_TRY(truth.value("SELECT value FROM meta WHERE name = 'segments'"));
  return by;
}

Result<bool> indexed_by_this_version(Database& truth) {
  const IndexedBy by = NARU_TRY(read_indexed_by(truth));
  return by.analyzer == kAnalyzerVersion && by.segments == kSegmentVersion;
}

Status note_indexed_by_this_version(Database& truth) {
  Statement put = NARU_TRY(
      truth.prepare("INSERT OR REPLACE INTO meta(name, value) VALUES ('analyzer', ?), ('segments', ?)"));
  return put.bind(std::int64_t{kAnalyzerVersion}).bind(std::int64_t{kSegmentVersion}).run();
}

}  // namespace naru
