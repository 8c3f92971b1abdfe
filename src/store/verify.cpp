#include "store/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "flow/chunk_id.h"
#include "runtime/files.h"
#include "runtime/trace.h"
#include "store/lexical/row_text.h"
#include "store/read_view.h"
#include "store/vector/codes.h"

namespace naru {

namespace {

// Nobody reads more; what follows is only counted.
constexpr std::size_t kProblemsMax = 1000;

// Digests of analysed texts that are kept for the next document of the same content: 16 MiB of them.
constexpr std::size_t kDigestsMax = 1U << 20;

// A chunk that the truth says lives, and what was found of it.
struct LiveChunk {
  std::int64_t doc = 0, model = 0, vector = 0;
  Id128 id;
  std::string segment;  // where it stands; empty: nowhere yet
  RowDigest digest;     // as its postings say
  bool in_layout = false;
};

class Verifier {
 public:
  Verifier(const StorePaths& paths, ReadView view) : paths_(paths), view_(std::move(view)), contents_(*view_.content) {}

  Result<VerifyReport> run() {
    NARU_TRY(check_pages(*view_.truth, "truth.db"));
    NARU_TRY(check_pages(*view_.content, "content.db"));
    if (!report_.ok) return finish();  // what damaged pages say is not worth comparing
    NARU_TRY(check_analyzer());
    NARU_TRY(read_chunks());
    NARU_TRY(check_segments());
    NARU_TRY(check_vectors());
    NARU_TRY(check_documents());
    NARU_TRY(check_past());
    NARU_TRY(check_items());
    check_every_chunk_was_found();
    NARU_TRY(count_orphans());
    return finish();
  }

 private:
  void problem(std::string text) {
    report_.ok = false;
    if (++problems_ <= kProblemsMax) report_.problems.push_back(std::move(text));
  }

  VerifyReport finish() {
    if (problems_ > kProblemsMax) {
      report_.problems.push_back(fmt::format("and {} more", problems_ - kProblemsMax));
    }
    return std::move(report_);
  }

  Status check_pages(Database& database, std::string_view name) {
    const std::uint64_t before = problems_;
    NARU_TRY(database.each_damaged_page([&](const Error& error) { problem(error.message()); }));
    if (problems_ > before) return {};
    Statement check = NARU_TRY(database.prepare("PRAGMA quick_check"));
    while (true) {
      const Result<bool> row = check.step();
      if (!row && row.error().code() != Code::corrupt) return row.error();
      if (!row) problem(fmt::format("{}: {}", name, row.error().message()));
      if (!row || !*row) return {};
      if (check.view(0) != "ok") problem(fmt::format("{}: {}", name, check.view(0)));
    }
  }

  Status check_analyzer() {
    const IndexedBy by = NARU_TRY(read_indexed_by(*view_.truth));
    same_analyzer_ = by.analyzer == 0 || NARU_TRY(indexed_by_this_version(*view_.truth));  // 0: nothing was indexed
    if (!same_analyzer_) {
      problem(fmt::format("the segments are of analyzer version {} and format {}, this naru has {} and {}: the next "
                          "`naru run` builds them anew, `naru verify --repair` does it now", by.analyzer, by.segments,
                          kAnalyzerVersion, kSegmentVersion));
    }
    return {};
  }

  Status read_chunks() {
    Statement rows = NARU_TRY(
        view_.truth->prepare("SELECT row, doc, chunk_id, model, vector FROM chunks WHERE died IS NULL"));
    while (NARU_TRY(rows.step())) {
      LiveChunk& chunk = chunks_[static_cast<std::uint64_t>(rows.integer(0))];
      chunk.doc = rows.integer(1);
      if (rows.view(2).size() == 16) chunk.id = Id128::from_bytes(rows.view(2));
      chunk.model = rows.integer(3);
      chunk.vector = rows.integer(4);
    }
    report_.chunks = chunks_.size();
    return {};
  }

  // ---- segments: each live row is a live chunk of this knowledge base, once ----

  Status check_segments() {
    Statement bases = NARU_TRY(view_.truth->prepare("SELECT id, base FROM docs"));
    while (NARU_TRY(bases.step())) base_of_[bases.integer(0)] = bases.integer(1);
    Statement rows = NARU_TRY(view_.truth->prepare("SELECT base, name, rows, alive FROM segments ORDER BY id"));
    while (NARU_TRY(rows.step())) {
      ++report_.segments;
      const std::string name = rows.text(1);
      const SegmentEntry entry{0, name, static_cast<std::uint64_t>(rows.integer(2)), rows.text(3)};
      if (const Status whole = check_entry(entry); !whole) {
        problem(whole.error().message());
        continue;
      }
      named_files_.insert(name + ".seg");
      const Result<std::shared_ptr<const Segment>> segment = Segment::open(paths_.segments, name);
      if (!segment) {
        if (segment.error().code() == Code::not_found && file_may_be_merged(name)) return segment.error();
        problem(fmt::format("segment {}: {}", name, segment.error().describe()));
        continue;
      }
      check_segment(**segment, rows.integer(0), entry);
    }
    return {};
  }

  // A writer removes a segment's file after it published the merge: then the truth of now names it no more.
  bool file_may_be_merged(const std::string& name) const {
    const auto now = Database::open(paths_.truth, false);
    if (!now) return false;
    Result<Statement> find = (*now)->prepare("SELECT 1 FROM segments WHERE name = ?");
    if (!find) return false;
    const Result<bool> there = find->bind(name).step();
    return there && !*there;
  }

  void check_segment(const Segment& segment, std::int64_t base, const SegmentEntry& entry) {
    const Status digest = segment.check_digest();
    if (!digest) problem(digest.error().message());
    if (segment.rows() != entry.rows) {
      problem(fmt::format("segment {} has {} rows, the truth says {}", segment.name(), segment.rows(), entry.rows));
      return;
    }
    for (std::size_t i = 1; i < segment.rows(); ++i) {
      const SegmentRow &before = segment.row(i - 1), &here = segment.row(i);
      if (std::pair(before.document, before.chunk) < std::pair(here.document, here.chunk)) continue;
      problem(fmt::format("segment {}: row {} (chunk row {}) is out of order", segment.name(), i, here.chunk));
    }
    const Result<std::vector<RowDigest>> digests = segment.digests();
    if (!digests) problem(digests.error().message());
    const Bitmap alive = Bitmap::from_bytes(entry.alive, segment.rows());
    alive.each([&](std::size_t i) { check_row(segment, base, i, digests ? (*digests)[i] : RowDigest{}); });
  }

  void check_row(const Segment& segment, std::int64_t base, std::size_t i, const RowDigest& digest) {
    const SegmentRow& row = segment.row(i);
    const auto found = chunks_.find(row.chunk);
    if (found == chunks_.end()) {
      problem(fmt::format("segment {}: row {} lives, but chunk row {} does not", segment.name(), i, row.chunk));
      return;
    }
    LiveChunk& chunk = found->second;
    if (!chunk.segment.empty()) {
      problem(fmt::format("chunk row {} stands in segment {} and in segment {}", row.chunk, chunk.segment,
                          segment.name()));
      return;
    }
    chunk.segment = segment.name();
    chunk.digest = digest;
    const auto doc_base = base_of_.find(chunk.doc);
    const bool same = row.document == chunk.doc && row.model == chunk.model &&
                      (row.model == 0 || row.vector == chunk.vector) && lengths_agree(segment, i, digest) &&
                      doc_base != base_of_.end() && doc_base->second == base;
    if (same) return;
    problem(fmt::format("chunk row {}: segment {} says document {}, model {}, vector {}, {} terms ({} in its "
                        "postings), the truth document {}, model {}, vector {}",
                        row.chunk, segment.name(), row.document, row.model, row.vector, row.length, digest.lengths[0],
                        chunk.doc, chunk.model, chunk.vector));
  }

  static bool lengths_agree(const Segment& segment, std::size_t row, const RowDigest& digest) {
    for (std::size_t f = 0; f < kFields; ++f) {
      if (segment.length(static_cast<Field>(f), row) != digest.lengths[f]) return false;
    }
    return true;
  }

  // ---- vectors: each row has the checksum it was written with ----

  Status check_vectors() {
    for (const VectorEntry& entry : NARU_TRY(read_vectors(*view_.truth))) {
      const std::string name = vector_file_name(entry.model);
      named_vectors_.insert(name + ".f16");
      named_vectors_.insert(name + ".keys");
      named_vectors_.insert(name + ".codes");
      const Result<std::shared_ptr<const VectorRows>> rows = open_vectors(paths_, entry);
      if (!rows) {
        problem(fmt::format("vectors of {}: {}", entry.model.name, rows.error().describe()));
        continue;
      }
      vectors_[entry.id] = *rows;
      report_.vectors += (*rows)->rows();
      for (std::uint64_t i = 0; i < (*rows)->rows(); ++i) {
        const bool intact = (*rows)->intact(i), erased = (*rows)->erased(i);
        if (intact && erased && (*rows)->key(i) == Id128{}) --report_.vectors;
        if (intact || (erased && !is_named(entry.id, i))) continue;  // a forgetting that died may have left its key
        problem(fmt::format("vectors of {} ({}): row {} is damaged", entry.model.name, name, i));
      }
      NARU_TRY(check_codes(entry, **rows));
    }
    return {};
  }

  // Codes are made between commits: that there are none, or of fewer rows, is no damage.
  Status check_codes(const VectorEntry& entry, const VectorRows& rows) {
    const std::string name = vector_file_name(entry.model);
    const auto codes = VectorCodes::open(paths_.vectors, name, rows);
    if (!codes && codes.error().code() == Code::not_found) return {};
    if (!codes && codes.error().code() != Code::corrupt) return codes.error();
    const Status whole = codes ? (*codes)->check_digest() : Status(codes.error());
    if (!whole) problem(fmt::format("codes of {} ({}): {}", entry.model.name, name, whole.error().message()));
    if (!codes) return {};
    const Status centred = compare_codes(**codes, rows, [&](std::uint64_t row) {
      problem(fmt::format("codes of {} ({}): row {} is not coded as its vector is", entry.model.name, name, row));
    });
    if (!centred) problem(fmt::format("codes of {} ({}): {}", entry.model.name, name, centred.error().message()));
    return {};
  }

  bool is_named(std::int64_t model, std::uint64_t vector) const {
    return std::any_of(chunks_.begin(), chunks_.end(), [&](const auto& chunk) {
      return chunk.second.model == model && static_cast<std::uint64_t>(chunk.second.vector) == vector;
    });
  }

  // ---- documents: text, layout, and what the text says of each chunk ----

  Status check_documents() {
    Statement docs = NARU_TRY(view_.truth->prepare(
        "SELECT docs.id, docs.content, docs.layout, flows.name, items.key, items.version, items.reject_code, "
        "labels.json, bases.name FROM docs LEFT JOIN items ON items.id = docs.id "
        "LEFT JOIN flows ON flows.id = items.flow LEFT JOIN labels ON labels.id = items.label "
        "LEFT JOIN bases ON bases.id = docs.base"));
    while (NARU_TRY(docs.step())) {
      ++report_.documents;
      const std::int64_t id = docs.integer(0);
      used_contents_.insert(docs.integer(1));
      if (docs.is_null(3) || docs.is_null(4) || docs.is_null(7) || docs.is_null(8)) {
        problem(fmt::format("document row {} has no item, flow, label or knowledge base", id));
        continue;
      }
      const std::string doc = docs.text(4), where = fmt::format("document {} of flow {}", doc, docs.view(3));
      if (docs.view(5).size() != 32) problem(where + ": its version is damaged");
      if (!docs.view(6).empty()) problem(where + ": it is a reject and has a text");
      if (!decode_label(docs.view(7))) problem(where + ": its label is damaged");
      const Result<std::vector<std::uint64_t>> layout = decode_rows(docs.view(2));
      if (!layout) {
        problem(where + ": its layout is damaged");
        continue;
      }
      NARU_TRY(check_document(id, docs.integer(1), *layout, make_doc_id(docs.text(3), doc), doc, where));
    }
    return {};
  }

  Status check_document(std::int64_t id, std::int64_t content_id, const std::vector<std::uint64_t>& layout,
                        const Id128& doc_id, const std::string& key, const std::string& where) {
    const Result<Content> content = contents_.read_checked(content_id);
    if (!content) {
      problem(where + ": " + content.error().describe());
      return {};
    }
    if (content->slices.size() != layout.size()) {
      problem(fmt::format("{}: its text has {} chunks, its layout {}", where, content->slices.size(), layout.size()));
      return {};
    }
    const std::string text = document_text(content->document);
    std::vector<Chunk> chunks;
    for (const ChunkSlice& slice : content->slices) {
      const Result<std::string_view> slice_text = text_of(slice, text);
      if (!slice_text) {
        problem(where + ": a chunk lies outside its text");
        return {};
      }
      Chunk& chunk = chunks.emplace_back();
      chunk.heading_path = slice.heading_path;
      chunk.text = *slice_text;
    }
    assign_chunk_ids(doc_id, chunks);
    const std::vector<RowDigest>& digests = digests_of(content_id, content->document.title, chunks);
    const RowDigest name = digest_of_name(indexed_name(content->document.format, key));
    for (std::size_t n = 0; n < layout.size(); ++n) {
      const std::string chunk = fmt::format("{}, chunk {} (row {})", where, n, layout[n]);
      check_chunk(id, layout[n], chunks[n], sum_of(digests[n], name), chunk);
    }
    return {};
  }

  // What each row of the document has beside its content.
  RowDigest digest_of_name(const std::string& name) {
    return same_analyzer_ ? digest_of(analyzer_.analyze({{}, {}, {}, name})) : RowDigest{};
  }

  static RowDigest sum_of(RowDigest sum, const RowDigest& with) {
    sum.sum += with.sum;
    for (std::size_t f = 0; f < kFields; ++f) sum.lengths[f] += with.lengths[f];
    return sum;
  }

  // What the postings of these texts should be; analysed once for all documents of the same content.
  const std::vector<RowDigest>& digests_of(std::int64_t content_id, const std::string& title,
                                           const std::vector<Chunk>& chunks) {
    if (digests_kept_ > kDigestsMax) {
      digests_.clear();
      digests_kept_ = 0;
    }
    const auto [entry, made] = digests_.try_emplace(content_id);
    if (!made || !same_analyzer_) {
      entry->second.resize(chunks.size());
      return entry->second;
    }
    for (const Chunk& chunk : chunks) {
      entry->second.push_back(digest_of(analyzer_.analyze({chunk.text, title, chunk.heading_path, {}})));
    }
    digests_kept_ += chunks.size();
    return entry->second;
  }

  void check_chunk(std::int64_t doc, std::uint64_t row, const Chunk& chunk, const RowDigest& digest,
                   const std::string& where) {
    const auto found = chunks_.find(row);
    if (found == chunks_.end() || found->second.doc != doc) {
      problem(where + ": its layout names a chunk that does not live in it");
      return;
    }
    LiveChunk& live = found->second;
    if (live.in_layout) problem(where + ": its layout names it twice");
    live.in_layout = true;
    if (live.id != chunk.id) problem(where + ": its id is not that of its text");
    if (same_analyzer_ && !live.segment.empty() && live.digest != digest) {
      problem(fmt::format("{}: the postings in segment {} are not those of its text", where, live.segment));
    }
    if (live.model == 0) return;
    const auto vectors = vectors_.find(live.model);
    const auto vector = static_cast<std::uint64_t>(live.vector);
    if (vectors == vectors_.end() || vector >= vectors->second->rows()) {
      problem(where + ": its vector is missing");
    } else if (vectors->second->key(vector) != vector_key(chunk.text)) {
      problem(fmt::format("{}: vector row {} is not that of its text", where, vector));
    }
  }

  // What history keeps: each generation has its text, and a row for each of its chunks that lived as long.
  Status check_past() {
    Statement rows = NARU_TRY(view_.truth->prepare(
        "SELECT doc, born, died, flow, key, content, layout, label FROM generations"));
    while (NARU_TRY(rows.step())) {
      const std::string where = fmt::format("document {} of flow {} as it was from epoch {} to {}", rows.view(4),
                                            rows.view(3), rows.integer(1), rows.integer(2));
      used_contents_.insert(rows.integer(5));
      const Result<Content> content = contents_.read_checked(rows.integer(5));
      const Result<std::vector<std::uint64_t>> layout = decode_rows(rows.view(6));
      if (!content) {
        problem(where + ": " + content.error().describe());
        continue;
      }
      if (!layout || layout->size() != content->slices.size()) {
        problem(where + ": its layout does not fit its text");
        continue;
      }
      for (const std::uint64_t row : *layout) NARU_TRY(check_past_chunk(rows, row, where));
    }
    return {};
  }

  Status check_past_chunk(const Statement& generation, std::uint64_t row, const std::string& where) {
    Statement find = NARU_TRY(view_.truth->prepare("SELECT doc, born, died FROM chunks WHERE row = ?"));
    find.bind(static_cast<std::int64_t>(row));
    const bool there = NARU_TRY(find.step()) && find.integer(0) == generation.integer(0) &&
                       find.integer(1) <= generation.integer(1) &&
                       (find.is_null(2) || find.integer(2) >= generation.integer(2));
    if (!there) problem(fmt::format("{}: its chunk row {} is not kept", where, row));
    return {};
  }

  Status check_items() {
    Statement lost = NARU_TRY(view_.truth->prepare(
        "SELECT items.key FROM items LEFT JOIN docs ON docs.id = items.id "
        "WHERE docs.id IS NULL AND items.reject_code = ''"));
    while (NARU_TRY(lost.step())) {
      problem(fmt::format("item {}: it is neither a document nor a reject", lost.view(0)));
    }
    return {};
  }

  void check_every_chunk_was_found() {
    for (const auto& [row, chunk] : chunks_) {
      const std::string where = fmt::format("chunk row {} of document row {}", row, chunk.doc);
      if (chunk.segment.empty()) problem(where + " is in no segment");
      if (!chunk.in_layout) problem(where + " is in no layout");
    }
  }

  // ---- garbage: what the truth does not name; the next writer collects it ----

  Status count_orphans() {
    NARU_TRY(count_files(paths_.segments, named_files_));
    NARU_TRY(count_files(paths_.vectors, named_vectors_));
    for (const std::int64_t content : NARU_TRY(content_ids(*view_.content))) {
      report_.orphans += used_contents_.contains(content) ? 0 : 1;
    }
    return {};
  }

  Status count_files(const std::string& folder, const std::unordered_set<std::string>& named) {
    if (!is_folder(folder)) return {};
    for (const std::string& file : NARU_TRY(list_folder(folder))) report_.orphans += named.contains(file) ? 0 : 1;
    return {};
  }

  const StorePaths& paths_;
  const ReadView view_;
  ContentReader contents_;
  VerifyReport report_;
  std::uint64_t problems_ = 0;
  bool same_analyzer_ = true;
  RowAnalyzer analyzer_;
  std::unordered_map<std::uint64_t, LiveChunk> chunks_;      // by chunk row
  std::unordered_map<std::int64_t, std::int64_t> base_of_;   // by document
  std::unordered_map<std::int64_t, std::shared_ptr<const VectorRows>> vectors_;
  std::unordered_set<std::string> named_files_, named_vectors_;
  std::unordered_set<std::int64_t> used_contents_;
  std::unordered_map<std::int64_t, std::vector<RowDigest>> digests_;  // by content, in the order of its chunks
  std::size_t digests_kept_ = 0;
};

}  // namespace

Result<VerifyReport> verify_store(const StorePaths& paths) {
  const Span span("Store::verify");
  return read_store(paths, [&](ReadView view) { return Verifier(paths, std::move(view)).run(); });
}

}  // namespace naru
