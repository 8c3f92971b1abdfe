#include "store/forget.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/json.h"
#include "runtime/compress.h"
#include "runtime/failpoint.h"
#include "runtime/files.h"
#include "runtime/random.h"
#include "runtime/trace.h"
#include "store/lexical/row_text.h"
#include "store/vector/vector_file.h"
#include "store/pending.h"
#include "store/read_view.h"
#include "text/analyzer.h"

namespace naru {

namespace {

constexpr std::size_t kSecretBytes = 32;  // as much as the hash that it keys

// `.naru/` is two folders deep; what is deeper is none of ours.
constexpr int kFolderDepthMax = 8;

// A packed text may lie across pages of the database: it is looked for by a piece of each page's length.
constexpr std::size_t kPackedStep = 2048;

const std::string kNoBytes = sha256("").bytes();

void add_path(Traces& traces, TraceKind kind, const std::string& path) {
  traces.add(kind, path);
  traces.add(kind, file_name(path));
}

void add_document(Traces& traces, const Document& document) {
  traces.add(TraceKind::title, document.title);
  traces.add_words(document.title);
  for (const auto& [name, value] : document.metadata) traces.add_words(value);
  for (const std::string& warning : document.warnings) traces.add_words(warning);
  for (const Block& block : document.blocks) {
    traces.add(TraceKind::text, block.text);
    traces.add_words(block.text);
    for (const std::string& heading : block.heading_path) traces.add_words(heading);
  }
  for (const Document::Child& child : document.children) {
    add_path(traces, TraceKind::title, child.name);
    add_document(traces, child.document);
  }
}

bool names_document(const Json& answer, const std::string& base, const std::string& key) {
  for (const char* part : {"citations", "evidence"}) {
    const auto entries = answer.find(part);
    if (entries == answer.end() || !entries->is_array()) continue;
    for (const Json& entry : *entries) {
      if (!entry.is_object() || !entry.contains("doc") || entry["doc"] != key) continue;
      if (base.empty() || !entry.contains("kb") || entry["kb"] == base) return true;
    }
  }
  return false;
}

// One look at the store: everything that the document alone holds.
class Finder {
 public:
  Finder(const StorePaths& paths, Database& truth, Database& content, Forgettable& found)
      : paths_(paths), truth_(truth), content_(content), found_(found) {}

  Status run() {
    NARU_TRY(read_item());
    NARU_TRY(read_past());
    if (found_.docs.empty()) return Error(Code::not_found, fmt::format("there is no document {}", found_.key));
    for (const std::int64_t content : contents_) NARU_TRY(read_text(content));
    if (!contents_.empty()) NARU_TRY(read_chunks());
    NARU_TRY(leave_what_others_hold());
    NARU_TRY(leave_or_take_the_past_of_others());
    if (!contents_.empty()) NARU_TRY(read_terms());
    NARU_TRY(read_answers());
    found_.proof.segments_before = NARU_TRY(segment_names(truth_));
    found_.proof.terms = found_.terms.size();
    found_.proof.looked_for = found_.traces.kept();
    return {};
  }

 private:
  Status read_item() {
    Statement item = NARU_TRY(truth_.prepare(
        "SELECT items.id, items.version, items.reject_message, docs.content, bases.name, docs.title FROM items "
        "JOIN flows ON flows.id = items.flow LEFT JOIN docs ON docs.id = items.id "
        "LEFT JOIN bases ON bases.id = docs.base WHERE flows.name = ? AND items.key = ?"));
    item.bind(found_.flow).bind(found_.key);
    if (!NARU_TRY(item.step())) return {};
    found_.item = item.integer(0);
    found_.docs.push_back(found_.item);
    found_.has_document = !item.is_null(3);
    found_.proof.documents = found_.has_document ? 1 : 0;
    if (found_.has_document) contents_.push_back(item.integer(3));
    base_ = item.text(4);
    found_.traces.add_words(item.view(2));
    found_.traces.add(TraceKind::title, item.view(5));
    const std::string version = item.text(1);
    Statement others = NARU_TRY(truth_.prepare("SELECT 1 FROM items WHERE version = ? AND id <> ? LIMIT 1"));
    others.blob(version).bind(found_.item);
    const bool shared = NARU_TRY(others.step());
    const bool empty = version == kNoBytes || version.find_first_not_of('\0') == std::string::npos;
    if (shared || empty) return {};
    found_.version = version;
    found_.traces.add(TraceKind::id, version);
    return {};
  }

  // What history keeps of the name, also of documents that were deleted.
  Status read_past() {
    add_path(found_.traces, TraceKind::path, found_.key);
    Statement past = NARU_TRY(truth_.prepare(
        "SELECT rowid, doc, content, title, version FROM generations WHERE flow = ? AND key = ? ORDER BY rowid"));
    past.bind(found_.flow).bind(found_.key);
    std::string version;
    while (NARU_TRY(past.step())) {
      found_.generations.push_back(past.integer(0));
      if (!has(found_.docs, past.integer(1))) found_.docs.push_back(past.integer(1));
      if (!has(contents_, past.integer(2))) contents_.push_back(past.integer(2));
      found_.traces.add(TraceKind::title, past.view(3));
      found_.traces.add(TraceKind::id, past.view(4));
      version = past.text(4);
    }
    found_.proof.generations = found_.generations.size();
    if (found_.item != 0 || version.empty() || version == kNoBytes) return {};
    Statement others = NARU_TRY(truth_.prepare("SELECT 1 FROM items WHERE version = ? LIMIT 1"));
    others.blob(version);
    if (!NARU_TRY(others.step())) found_.version = version;
    return {};
  }

  static bool has(const std::vector<std::int64_t>& ids, std::int64_t id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  }

  // The document as it is kept, and the packed bytes themselves: a free page might still hold them.
  Status read_text(std::int64_t content_id) {
    const Content content = NARU_TRY_AT(read_content(content_, content_id), "the text of " + found_.key);
    add_document(found_.traces, content.document);
    const std::string text = document_text(content.document);
    const std::string name = indexed_name(content.document.format, found_.key);
    RowAnalyzer analyzer;
    for (const ChunkSlice& slice : content.slices) {
      if (slice.text_start > slice.text_end || slice.text_end > text.size()) {
        return Error(Code::corrupt, fmt::format("a chunk of {} lies outside its text; run `naru verify`", found_.key));
      }
      const std::string_view part = std::string_view(text).substr(slice.text_start, slice.text_end - slice.text_start);
      found_.traces.add(TraceKind::text, part);
      for (const PlacedTerms& field : analyzer.analyze({part, content.document.title, slice.heading_path, name})) {
        terms_.insert(field.terms.begin(), field.terms.end());
      }
    }
    Statement others = NARU_TRY(truth_.prepare("SELECT 1 FROM docs WHERE content = ? AND id <> ? LIMIT 1"));
    others.bind(content_id).bind(found_.item);
    if (NARU_TRY(others.step())) return {};
    Statement packed = NARU_TRY(content_.prepare("SELECT bytes FROM contents WHERE id = ?"));
    packed.bind(content_id);
    if (!NARU_TRY(packed.step())) return {};
    const std::string_view bytes = packed.view(0);
    constexpr std::size_t kFrameHead = 18;  // of zstd, at most: equal in many
    for (std::size_t at = kFrameHead; at < bytes.size(); at += kPackedStep) {
      if (bytes.size() - at >= kTraceBytesMax) found_.traces.add(TraceKind::text, bytes.substr(at));
    }
    return {};
  }

  Status read_chunks() {
    for (const VectorEntry& entry : NARU_TRY(read_vectors(truth_))) models_.push_back(entry);
    for (const std::int64_t doc : found_.docs) {
      Statement rows = NARU_TRY(truth_.prepare("SELECT chunk_id, model, vector, died FROM chunks WHERE doc = ?"));
      rows.bind(doc);
      while (NARU_TRY(rows.step())) {
        ++(rows.is_null(3) ? found_.proof.chunks : found_.proof.dead_chunks);
        found_.traces.add(TraceKind::id, rows.view(0));
        NARU_TRY(read_vector(rows.integer(1), rows.integer(2)));
      }
    }
    return {};
  }

  Status read_vector(std::int64_t model, std::int64_t row) {
    if (model == 0) return {};
    Statement others =
        NARU_TRY(truth_.prepare("SELECT doc FROM chunks WHERE model = ? AND vector = ? AND died IS NULL"));
    others.bind(model).bind(row);
    while (NARU_TRY(others.step())) {
      if (!has(found_.docs, others.integer(0))) return {};
    }
    for (const VectorEntry& entry : models_) {
      if (entry.id != model || static_cast<std::uint64_t>(row) >= entry.rows) continue;
      const auto vectors = NARU_TRY(
          VectorRows::open(paths_.vectors, vector_file_name(entry.model), entry.model.dims, entry.rows));
      const auto at = static_cast<std::uint64_t>(row);
      if (!vectors->erased(at)) found_.traces.add(TraceKind::vector, vectors->row_bytes(at));
      found_.traces.add(TraceKind::id, vectors->key(at).bytes());
    }
    return {};
  }

  // Of the document's terms, those that no live row of another document has.
  Status read_terms() {
    std::unordered_set<std::string> shared;
    Statement rows = NARU_TRY(truth_.prepare("SELECT name, alive FROM segments"));
    while (NARU_TRY(rows.step())) {
      const auto segment = NARU_TRY(Segment::open(paths_.segments, rows.text(0)));
      const Bitmap alive = Bitmap::from_bytes(rows.view(1), segment->rows());
      const auto others_have = [&](const Posting& posting) {
        const bool ours = segment->row(posting.row).document == static_cast<std::uint32_t>(found_.item);
        return alive.test(posting.row) && !ours;
      };
      for (const std::string& term : terms_) {
        for (std::size_t f = 0; f < kFields; ++f) {
          const std::vector<Posting> postings = segment->postings(term, static_cast<Field>(f));
          if (std::any_of(postings.begin(), postings.end(), others_have)) shared.insert(term);
        }
      }
    }
    for (const std::string& term : terms_) {
      if (!shared.contains(term)) found_.terms.push_back(term);
    }
    return {};
  }

  Status leave_what_others_hold() {
    Traces& traces = found_.traces;
    for (const char* sql :
         {"SELECT name FROM flows", "SELECT name FROM bases", "SELECT model FROM vectors", "SELECT name FROM tags",
          "SELECT key || char(10) || reject_message FROM items WHERE id <> ?",
          "SELECT version FROM items WHERE id <> ?", "SELECT title FROM docs WHERE id <> ?",
          "SELECT json FROM labels WHERE id IN (SELECT label FROM items WHERE id <> ?)"}) {
      Statement rows = NARU_TRY(truth_.prepare(sql));
      if (std::string_view(sql).ends_with("?") || std::string_view(sql).ends_with("?)")) rows.bind(found_.item);
      while (NARU_TRY(rows.step())) traces.drop_found_in(rows.view(0));
    }
    // Words that every store has, whatever was taken in: of the schema, of a run's record, of SQLite's own header.
    traces.drop_found_in("SQLite format 3");
    for (Database* database : {&truth_, &content_}) {
      Statement schema = NARU_TRY(database->prepare("SELECT name || char(10) || coalesce(sql, '') FROM sqlite_master"));
      while (NARU_TRY(schema.step())) traces.drop_found_in(schema.view(0));
    }
    Statement runs = NARU_TRY(truth_.prepare("SELECT outcome || char(10) || json FROM runs"));
    while (NARU_TRY(runs.step())) traces.drop_found_in(runs.view(0));
    Statement contents = NARU_TRY(truth_.prepare("SELECT DISTINCT content FROM docs WHERE id <> ?"));
    contents.bind(found_.item);
    while (NARU_TRY(contents.step())) {
      traces.drop_found_in(NARU_TRY_AT(read_plain_content(content_, contents.integer(0)), "the text of another"));
    }
    return leave_other_vectors();
  }

  // History never keeps what is forgotten: where a document as it was held what only this one holds today, but for
  // single words, it goes too. What is left holds the rest of its own.
  Status leave_or_take_the_past_of_others() {
    Statement past = NARU_TRY(truth_.prepare(
        "SELECT rowid, content, version, key || char(10) || title || char(10) || flow, "
        "content IN (SELECT content FROM docs WHERE id <> ?) FROM generations WHERE NOT (flow = ? AND key = ?)"));
    past.bind(found_.item).bind(found_.flow).bind(found_.key);
    std::vector<std::string> kept;
    while (NARU_TRY(past.step())) {
      std::string held = NARU_TRY_AT(read_plain_content(content_, past.integer(1)), "the past of another");
      held += '\n' + past.text(3) + '\n' + past.text(2);
      Traces::Counts found{};
      found_.traces.count_in(held, found);
      found[static_cast<std::size_t>(TraceKind::word)] = 0;
      const bool shares = std::any_of(found.begin(), found.end(), [](std::uint64_t count) { return count > 0; });
      const bool same = has(contents_, past.integer(1)) && past.integer(4) == 0;
      if (shares || same) {
        found_.generations.push_back(past.integer(0));
        ++found_.proof.others_generations;
      } else {
        kept.push_back(std::move(held));
      }
    }
    for (const std::string& held : kept) found_.traces.drop_found_in(held);
    return {};
  }

  // Different texts may have equal vectors.
  Status leave_other_vectors() {
    for (const VectorEntry& entry : models_) {
      const auto vectors = NARU_TRY(
          VectorRows::open(paths_.vectors, vector_file_name(entry.model), entry.model.dims, entry.rows));
      Statement rows = NARU_TRY(
          truth_.prepare("SELECT DISTINCT vector, doc FROM chunks WHERE model = ? AND died IS NULL"));
      rows.bind(entry.id);
      while (NARU_TRY(rows.step())) {
        if (has(found_.docs, rows.integer(1))) continue;
        const auto row = static_cast<std::uint64_t>(rows.integer(0));
        if (row < vectors->rows()) found_.traces.drop_found_in(vectors->row_bytes(row));
      }
    }
    return {};
  }

  // Answers that cite or show the document, and those with anything in them that only it held.
  Status read_answers() {
    Statement rows = NARU_TRY(truth_.prepare("SELECT id, json FROM answers"));
    while (NARU_TRY(rows.step())) {
      const Result<Json> answer = parse_json(rows.view(1));
      const bool names = !answer || names_document(*answer, base_, found_.key);
      if (names || found_.traces.is_in(rows.view(1))) found_.answers.push_back(rows.text(0));
    }
    found_.proof.answers = found_.answers.size();
    return {};
  }

  const StorePaths& paths_;
  Database& truth_;
  Database& content_;
  Forgettable& found_;
  std::vector<std::int64_t> contents_;  // of today first
  std::string base_;
  std::unordered_set<std::string> terms_;
  std::vector<VectorEntry> models_;
};

// Every file below a folder, names with '/'.
Status list_files(const std::string& folder, int depth, std::vector<std::string>& files) {
  if (depth > kFolderDepthMax) return Error(Code::limit_exceeded, fmt::format("{} is nested too deep", folder));
  for (const std::string& name : NARU_TRY(list_folder(folder))) {
    const std::string path = join_path(folder, name);
    if (is_folder(path)) {
      NARU_TRY(list_files(path, depth + 1, files));
    } else {
      files.push_back(path);
    }
  }
  return {};
}

}  // namespace

Result<Forgettable> find_forgettable(const StorePaths& paths, Database& truth, Database& content,
                                     const std::string& flow, const std::string& key) {
  const Span span("Store::find_forgettable");
  Forgettable found;
  found.flow = flow;
  found.key = key;
  NARU_TRY(Finder(paths, truth, content, found).run());
  return found;
}

Status look_for(const StorePaths& paths, Database& truth, Database& content, MemoFile& memo, const Forgettable& gone,
                ForgetProof& proof) {
  const Span span("Store::look_for");
  const auto look = [&](std::string_view bytes, const std::string& where) {
    Traces::Counts found{};
    gone.traces.count_in(bytes, found);
    bool any = false;
    for (std::size_t i = 0; i < found.size(); ++i) {
      proof.occurrences[i] += found[i];
      any = any || found[i] > 0;
    }
    if (any && std::find(proof.found_in.begin(), proof.found_in.end(), where) == proof.found_in.end()) {
      proof.found_in.push_back(where);
    }
  };
  std::vector<std::string> files;
  NARU_TRY(list_files(paths.root, 0, files));
  for (const std::string& path : files) {
    if (path.ends_with("-shm")) continue;
    const std::string where = path.substr(paths.root.size() + 1);
    ++proof.files;
    look("/" + where, where);
    const auto look_at = [&](std::string_view bytes) {
      proof.bytes += bytes.size();
      look(bytes, where);
    };
    if (path == paths.truth) {
      NARU_TRY(truth.each_piece(kTraceBytesMax - 1, look_at));
    } else if (path == paths.content) {
      NARU_TRY(content.each_piece(kTraceBytesMax - 1, look_at));
    } else if (path == paths.memo) {
      NARU_TRY(memo.each_piece(kTraceBytesMax - 1, look_at));
    } else {
      const MappedFile file = NARU_TRY(MappedFile::open(path));
      look_at(file.bytes());
    }
  }
  Statement contents = NARU_TRY(content.prepare("SELECT id FROM contents"));
  while (NARU_TRY(contents.step())) {
    const std::string plain = NARU_TRY(read_plain_content(content, contents.integer(0)));
    proof.unpacked_bytes += plain.size();
    look(plain, "content.db");
  }
  for (const std::string& name : NARU_TRY(segment_names(truth))) {
    const auto segment = NARU_TRY(Segment::open(paths.segments, name));
    std::uint64_t found = 0;
    for (const std::string& term : gone.terms) {
      bool there = false;
      for (std::size_t f = 0; f < kFields; ++f) there = there || segment->find(term, static_cast<Field>(f));
      found += there ? 1 : 0;
    }
    proof.terms_found += found;
    if (found > 0) proof.found_in.push_back("segments/" + name + ".seg");
  }
  return {};
}

Result<std::vector<std::string>> segment_names(Database& truth) {
  std::vector<std::string> names;
  Statement rows = NARU_TRY(truth.prepare("SELECT name FROM segments ORDER BY name"));
  while (NARU_TRY(rows.step())) names.push_back(rows.text(0));
  return names;
}

// ---- what is kept: keyed hashes ----

namespace {

Result<Forgotten> filled(Database& truth, std::string secret) {
  Forgotten forgotten(std::move(secret));
  Statement rows = NARU_TRY(truth.prepare("SELECT item, version FROM forgotten"));
  while (NARU_TRY(rows.step())) forgotten.add(rows.text(0), rows.text(1));
  return forgotten;
}

constexpr std::string_view kReadSecret = "SELECT value FROM secrets WHERE name = 'forgotten'";

}  // namespace

Result<Forgotten> open_forgotten(Database& truth) {
  {
    Statement make = NARU_TRY(truth.prepare("INSERT OR IGNORE INTO secrets(name, value) VALUES ('forgotten', ?)"));
    NARU_TRY(make.blob(random_hex(kSecretBytes)).run());
  }
  Statement secret = NARU_TRY(truth.prepare(kReadSecret));
  if (!NARU_TRY(secret.step())) return Error(Code::internal, "the secret of what is forgotten was not stored");
  return filled(truth, secret.text(0));
}

Result<std::shared_ptr<const Forgotten>> read_forgotten(Database& truth) {
  const auto none = std::shared_ptr<const Forgotten>();
  Statement made = NARU_TRY(truth.prepare("SELECT 1 FROM sqlite_master WHERE name = 'forgotten'"));
  if (!NARU_TRY(made.step())) return none;  // of an earlier naru, and only read until now
  Statement secret = NARU_TRY(truth.prepare(kReadSecret));
  if (!NARU_TRY(secret.step())) return none;
  return std::make_shared<const Forgotten>(NARU_TRY(filled(truth, secret.text(0))));
}

Status keep_out(Database& from, Database& to) {
  Statement secret = NARU_TRY(from.prepare(kReadSecret));
  if (!NARU_TRY(secret.step())) return {};
  const auto transaction = NARU_TRY(Transaction::begin(to));
  Statement own = NARU_TRY(to.prepare(kReadSecret));
  const bool has_own = NARU_TRY(own.step());
  if (has_own && own.view(0) != secret.view(0)) {
    if (NARU_TRY(to.value("SELECT count(*) FROM forgotten")) > 0) return {};
  }
  {
    Statement put = NARU_TRY(to.prepare("INSERT OR REPLACE INTO secrets(name, value) VALUES ('forgotten', ?)"));
    NARU_TRY(put.blob(secret.view(0)).run());
  }
  Statement rows = NARU_TRY(from.prepare("SELECT item, version, purged FROM forgotten"));
  while (NARU_TRY(rows.step())) {
    Statement put =
        NARU_TRY(to.prepare("INSERT OR IGNORE INTO forgotten(item, version, purged) VALUES (?, ?, ?)"));
    NARU_TRY(put.blob(rows.view(0)).blob(rows.view(1)).bind(rows.integer(2)).run());
  }
  return transaction->commit();
}

// ---- the writer's part ----

Result<ForgetProof> StoreWriter::forget(const std::string& flow, const std::string& key) {
  Span span("StoreWriter::forget");
  NARU_TRY(may_write(paths_));
  const Forgotten forgotten = NARU_TRY(open_forgotten(*truth_));
  Result<Forgettable> found = find_forgettable(paths_, *truth_, *content_, flow, key);
  const bool again = !found && found.error().code() == Code::not_found && forgotten.has_item(flow, key);
  if (!found && !again) return std::move(found).error();
  Forgettable gone;
  if (found) {
    gone = std::move(*found);
    const Status hidden = hide(gone, forgotten);
    if (!hidden) {
      forget_caches();
      return hidden.error();
    }
    NARU_FAILPOINT("forget.after_truth");
  } else {
    gone.proof.again = true;
    gone.proof.segments_before = NARU_TRY(segment_names(*truth_));
    add_path(gone.traces, TraceKind::path, key);
    NARU_TRY(keep_own_paths(gone.traces));
  }
  ForgetProof proof = std::move(gone.proof);
  proof.looked_for = gone.traces.kept();
  proof.digest = Sha256::from_bytes(forgotten.item_hash(flow, key)).hex();
  NARU_TRY_AT(purge(proof), "it is hidden from everyone; what is left of it goes when the command is run again");
  NARU_TRY(look_for(paths_, *truth_, *content_, *memo_, gone, proof));
  if (!proof.clean()) return proof;
  NARU_FAILPOINT("forget.before_done");
  NARU_TRY(truth_->execute("UPDATE forgotten SET purged = 1"));
  NARU_TRY(truth_->truncate_log());
  return proof;
}

// One transaction: the document is gone for every reader, its hash is there, and the purge is owed.
Status StoreWriter::hide(const Forgettable& gone, const Forgotten& forgotten) {
  Pending pending;
  const auto transaction = NARU_TRY(Transaction::begin(*truth_));
  pending.epoch = NARU_TRY(read_epoch(*truth_)) + 1;
  NARU_TRY(remove_document(gone.item, pending));
  for (const std::int64_t generation : gone.generations) {
    Statement drop = NARU_TRY(truth_->prepare("DELETE FROM generations WHERE rowid = ? RETURNING content"));
    drop.bind(generation);
    if (NARU_TRY(drop.step())) pending.old_contents.push_back(drop.integer(0));
  }
  for (const std::int64_t doc : gone.docs) {
    for (const char* sql : {"DELETE FROM chunks WHERE doc = ?", "DELETE FROM items WHERE id = ?"}) {
      Statement drop = NARU_TRY(truth_->prepare(sql));
      NARU_TRY(drop.bind(doc).run());
    }
  }
  // Dead rows that no generation that is left covers: of what went from the history of others.
  NARU_TRY(truth_->execute(
      "DELETE FROM chunks WHERE died IS NOT NULL AND NOT EXISTS (SELECT 1 FROM generations WHERE "
      "generations.doc = chunks.doc AND generations.born < chunks.died AND generations.died > chunks.born)"));
  NARU_TRY(truth_->execute("DELETE FROM labels WHERE id NOT IN (SELECT label FROM items) "
                           "AND id NOT IN (SELECT label FROM generations)"));
  for (const std::string& id : gone.answers) {
    Statement drop = NARU_TRY(truth_->prepare("DELETE FROM answers WHERE id = ?"));
    NARU_TRY(drop.bind(id).run());
  }
  {
    Statement keep =
        NARU_TRY(truth_->prepare("INSERT OR REPLACE INTO forgotten(item, version, purged) VALUES (?, ?, 0)"));
    keep.blob(forgotten.item_hash(gone.flow, gone.key));
    keep.blob(gone.version.empty() ? "" : forgotten.version_hash(Sha256::from_bytes(gone.version)));
    NARU_TRY(keep.run());
  }
  for (auto& [base, segments] : segments_) NARU_TRY(segments.save());
  NARU_TRY(advance_epoch(pending));
  NARU_FAILPOINT("forget.before_truth");
  NARU_TRY(transaction->commit());
  old_contents_.insert(old_contents_.end(), pending.old_contents.begin(), pending.old_contents.end());
  return {};
}

// The name alone is looked for when its document is long gone: others may bear it.
Status StoreWriter::keep_own_paths(Traces& traces) {
  for (const char* sql : {"SELECT key || char(10) || reject_message FROM items", "SELECT title FROM docs",
                          "SELECT key || char(10) || title FROM generations", "SELECT name FROM tags",
                          "SELECT name FROM flows", "SELECT name FROM bases"}) {
    Statement rows = NARU_TRY(truth_->prepare(sql));
    while (NARU_TRY(rows.step())) traces.drop_found_in(rows.view(0));
  }
  Statement contents = NARU_TRY(content_->prepare("SELECT id FROM contents"));
  while (NARU_TRY(contents.step())) {
    traces.drop_found_in(NARU_TRY(read_plain_content(*content_, contents.integer(0))));
  }
  return {};
}

// Needs no name: everything that nothing names goes, whosever it was. So it may be begun again at any time.
Status StoreWriter::purge(ForgetProof& proof) {
  const Span span("StoreWriter::purge");
  for (const BaseEntry& base : NARU_TRY(read_bases(*truth_))) {
    proof.postings += NARU_TRY(NARU_TRY(segments_of(base.id))->drop_dead());
  }
  NARU_FAILPOINT("forget.after_segments");
  const std::int64_t contents = NARU_TRY(content_->value("SELECT count(*) FROM contents"));
  NARU_TRY(collect_garbage());
  for (const std::string& folder : {paths_.segments, paths_.vectors}) NARU_TRY(sync_folder(folder));  // for good
  const std::int64_t left = NARU_TRY(content_->value("SELECT count(*) FROM contents"));
  proof.contents += static_cast<std::uint64_t>(contents - left);
  NARU_TRY(content_->scrub());
  NARU_FAILPOINT("forget.after_content");
  proof.vectors += NARU_TRY(erase_unnamed_vectors());
  NARU_FAILPOINT("forget.after_vectors");
  proof.memo += NARU_TRY(memo_->clear());
  NARU_FAILPOINT("forget.after_memo");
  NARU_TRY(truth_->scrub());
  proof.segments_after = NARU_TRY(segment_names(*truth_));
  return {};
}

namespace {

// Codes go before their rows do, so that none outlives its row however the forgetting ends; they are made anew from the
// rows that stay, centre and all.
Status remove_codes_of_erased(const VectorRows& rows, const std::string& folder, const std::string& name,
                              const Bitmap& named) {
  for (std::uint64_t i = 0; i < rows.rows(); ++i) {
    if (!named.test(i) && !rows.erased(i)) return remove_codes(folder, name);
  }
  return {};
}

}  // namespace

// Rows that no chunk names, alive or dead within the day. Their numbers stay: segments name the rows behind them.
Result<std::uint64_t> StoreWriter::erase_unnamed_vectors() {
  const std::lock_guard lock(vectors_mutex_);
  vectors_.clear();
  std::uint64_t erased = 0;
  for (const VectorEntry& entry : NARU_TRY(read_vectors(*truth_))) {
    Bitmap named(entry.rows, false);
    Statement rows = NARU_TRY(truth_->prepare("SELECT DISTINCT vector FROM chunks WHERE model = ?"));
    rows.bind(entry.id);
    while (NARU_TRY(rows.step())) {
      if (static_cast<std::uint64_t>(rows.integer(0)) < entry.rows) {
        named.set(static_cast<std::size_t>(rows.integer(0)));
      }
    }
    const std::string name = vector_file_name(entry.model);
    NARU_TRY(remove_codes_of_erased(*NARU_TRY(open_vectors(paths_, entry)), paths_.vectors, name, named));
    erased += NARU_TRY(erase_vectors(paths_.vectors, name, entry.model.dims, entry.rows, named));
  }
  NARU_TRY(code_vectors());
  return erased;
}

// What a forgetting that died still owes is done by whoever opens the store next.
Status StoreWriter::finish_forgetting() {
  if (NARU_TRY(truth_->value("SELECT count(*) FROM forgotten WHERE purged = 0")) == 0) return {};
  ForgetProof proof;
  const Status purged = purge(proof);
  if (!purged && purged.error().code() == Code::timeout) return {};  // someone reads: the next one tries again
  NARU_TRY(purged);
  return truth_->execute("UPDATE forgotten SET purged = 1");
}

Result<bool> StoreWriter::unforget(const std::string& flow, const std::string& key) {
  NARU_TRY(may_write(paths_));
  const Forgotten forgotten = NARU_TRY(open_forgotten(*truth_));
  if (!forgotten.has_item(flow, key)) return false;
  Statement drop = NARU_TRY(truth_->prepare("DELETE FROM forgotten WHERE item = ?"));
  NARU_TRY(drop.blob(forgotten.item_hash(flow, key)).run());
  return true;
}

}  // namespace naru
