// What would go if a document were forgotten: its rows, and the traces of what it alone holds.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_set>

#include "base/json.h"
#include "runtime/trace.h"
#include "store/forget.h"
#include "store/lexical/row_text.h"
#include "store/read_view.h"
#include "store/rooms.h"
#include "store/tuned_weights.h"
#include "store/vector/vector_file.h"

namespace naru {

namespace {

// A packed text may lie across pages of the database: it is looked for by a piece of each page's length.
constexpr std::size_t kPackedStep = 2048;

// The version of an empty file. Made when it is asked for: OpenSSL takes milliseconds to begin, at each start of the
// program and of its workers.
const std::string& version_of_nothing() {
  static const std::string version = sha256("").bytes();
  return version;
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
    traces.add_path(TraceKind::title, child.name);
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
      : paths_(paths), truth_(truth), content_(content), reader_(content), found_(found) {}

  Status run() {
    NARU_TRY(read_item());
    NARU_TRY(read_past());
    if (found_.docs.empty()) return Error(Code::not_found, fmt::format("there is no document {}", found_.key));
    for (const std::int64_t content : contents_) NARU_TRY(read_text(content));
    NARU_TRY(read_packs());
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
    const bool empty = version == version_of_nothing() || version.find_first_not_of('\0') == std::string::npos;
    if (shared || empty) return {};
    found_.version = version;
    found_.traces.add(TraceKind::id, version);
    return {};
  }

  // What history keeps of the name, also of documents that were deleted.
  Status read_past() {
    found_.traces.add_path(TraceKind::path, found_.key);
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
    if (found_.item != 0 || version.empty() || version == version_of_nothing()) return {};
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
    const Content content = NARU_TRY_AT(reader_.read(content_id), "the text of " + found_.key);
    add_document(found_.traces, content.document);
    const std::string text = document_text(content.document);
    const std::string name = indexed_name(content.document.format, found_.key);
    RowAnalyzer analyzer;
    for (const ChunkSlice& slice : content.slices) {
      const std::string_view part = NARU_TRY_AT(text_of(slice, text), found_.key);
      found_.traces.add(TraceKind::text, part);
      for (const PlacedTerms& field : analyzer.analyze({part, content.document.title, slice.heading_path, name})) {
        for (const std::string_view term : field.terms) terms_.emplace(term);
      }
    }
    Statement others = NARU_TRY(truth_.prepare("SELECT 1 FROM docs WHERE content = ? AND id <> ? LIMIT 1"));
    others.bind(content_id).bind(found_.item);
    if (NARU_TRY(others.step())) return {};
    own_contents_.push_back(content_id);
    return {};
  }

  // The packs that hold its text, as they stand in the file: a free page might still hold them. What stands there
  // also when the others are packed without it is no trace.
  Status read_packs() {
    constexpr std::size_t kFrameHead = 18;  // of zstd, at most: equal in many
    for (const Repacked& pack : NARU_TRY(plan_removal(content_, own_contents_))) {
      const std::string_view bytes = pack.before;
      for (std::size_t at = kFrameHead; at + kTraceBytesMax <= bytes.size(); at += kPackedStep) {
        const std::string_view piece = bytes.substr(at, kTraceBytesMax);
        if (pack.after.find(piece) == std::string::npos) found_.traces.add(TraceKind::text, piece);
      }
    }
    return {};
  }

  Status read_chunks() {
    std::set<std::pair<std::int64_t, std::int64_t>> own;  // model and vector
    for (const std::int64_t doc : found_.docs) {
      Statement rows = NARU_TRY(truth_.prepare("SELECT chunk_id, model, vector, died FROM chunks WHERE doc = ?"));
      rows.bind(doc);
      while (NARU_TRY(rows.step())) {
        ++(rows.is_null(3) ? found_.proof.chunks : found_.proof.dead_chunks);
        found_.traces.add(TraceKind::id, rows.view(0));
        own.emplace(rows.integer(1), rows.integer(2));
      }
    }
    Statement others = NARU_TRY(truth_.prepare("SELECT model, vector, doc FROM chunks WHERE died IS NULL"));
    while (!own.empty() && NARU_TRY(others.step())) {
      if (!has(found_.docs, others.integer(2))) own.erase({others.integer(0), others.integer(1)});
    }
    models_ = NARU_TRY(read_vectors(truth_));
    for (const VectorEntry& entry : models_) NARU_TRY(read_vectors_of(entry, own));
    return {};
  }

  Status read_vectors_of(const VectorEntry& entry, const std::set<std::pair<std::int64_t, std::int64_t>>& own) {
    const auto from = own.lower_bound({entry.id, 0}), to = own.lower_bound({entry.id + 1, 0});
    if (from == to) return {};
    const auto vectors = NARU_TRY(
        VectorRows::open(paths_.vectors, vector_file_name(entry.model), entry.model.dims, entry.rows));
    for (auto vector = from; vector != to; ++vector) {
      const auto row = static_cast<std::uint64_t>(vector->second);
      if (row >= entry.rows) continue;
      if (!vectors->erased(row)) found_.traces.add(TraceKind::vector, vectors->row_bytes(row));
      found_.traces.add(TraceKind::id, vectors->key(row).bytes());
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
    for (const TunedWeights& weights : NARU_TRY(read_tuned_weights(truth_))) {
      traces.drop_found_in(weights.set + "\n" + weights.embedder);
    }
    if (NARU_TRY(has_rooms(truth_))) {
      Statement people = NARU_TRY(truth_.prepare("SELECT DISTINCT person FROM rooms"));
      while (NARU_TRY(people.step())) traces.drop_found_in(people.view(0));
    }
    Statement contents = NARU_TRY(truth_.prepare("SELECT DISTINCT content FROM docs WHERE id <> ? ORDER BY content"));
    contents.bind(found_.item);
    while (NARU_TRY(contents.step())) {
      traces.drop_found_in(NARU_TRY_AT(reader_.plain(contents.integer(0)), "the text of another"));
    }
    return leave_other_vectors();
  }

  // History never keeps what is forgotten: where a document as it was held what only this one holds today, but for
  // single words, it goes too. What is left holds the rest of its own.
  Status leave_or_take_the_past_of_others() {
    std::unordered_set<std::int64_t> taken;  // generations
    NARU_TRY(each_past_of_others([&](const Statement& past, std::string_view held) {
      Traces::Counts found{};
      found_.traces.count_in(held, found);
      found[static_cast<std::size_t>(TraceKind::word)] = 0;
      const bool shares = std::any_of(found.begin(), found.end(), [](std::uint64_t count) { return count > 0; });
      const bool same = has(contents_, past.integer(1)) && past.integer(4) == 0;
      if (shares || same) taken.insert(past.integer(0));
    }));
    found_.generations.insert(found_.generations.end(), taken.begin(), taken.end());
    found_.proof.others_generations = taken.size();
    return each_past_of_others([&](const Statement& past, std::string_view held) {
      if (!taken.contains(past.integer(0))) found_.traces.drop_found_in(held);
    });
  }

  // Calls look(generation, all that it holds).
  template <class Look>
  Status each_past_of_others(Look look) {
    Statement past = NARU_TRY(truth_.prepare(
        "SELECT rowid, content, version, key || char(10) || title || char(10) || flow, "
        "content IN (SELECT content FROM docs WHERE id <> ?) FROM generations WHERE NOT (flow = ? AND key = ?) "
        "ORDER BY content"));
    past.bind(found_.item).bind(found_.flow).bind(found_.key);
    while (NARU_TRY(past.step())) {
      std::string held(NARU_TRY_AT(reader_.plain(past.integer(1)), "the past of another"));
      held += '\n' + past.text(3) + '\n' + past.text(2);
      look(past, held);
    }
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
  ContentReader reader_;
  Forgettable& found_;
  std::vector<std::int64_t> contents_;  // of today first
  std::vector<std::int64_t> own_contents_;  // those that no other document has
  std::string base_;
  std::unordered_set<std::string> terms_;
  std::vector<VectorEntry> models_;
};

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

}  // namespace naru
