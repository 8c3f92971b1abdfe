// The knowledge base: durable truth (truth.db, content.db, vectors/), derived segments, and snapshots to read from.
//
// One Store per process and directory. A writer holds `.naru/writer.lock`; a second writer gets Code::timeout with
// the holder's process id. Any number of readers. StateStore and Target calls come from one thread; open_snapshot()
// from any. Files are written first, then the truth names them: what the truth does not name is garbage and is
// collected when a writer opens.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/expression.h"
#include "flow/state.h"
#include "naru/model.h"
#include "naru/record.h"
#include "naru/result.h"
#include "store/backup.h"
#include "store/bitmap.h"
#include "store/disk_state.h"
#include "store/document_list.h"
#include "store/forget.h"
#include "store/tuned_weights.h"
#include "store/vector/scan.h"
#include "text/analyzer.h"
#include "text/query_syntax.h"

namespace naru {

enum class Access : std::uint8_t { read, write };

struct KnowledgeBaseInfo {
  std::string name;
  std::uint64_t documents = 0, chunks = 0;
  std::optional<ModelInfo> embedder;  // of the rows that carry vectors (name, fingerprint, dims)
};

struct ScoredRow {
  std::uint64_t row = 0;  // chunk row of the truth
  double score = 0;
};

// Statistics of a query's terms over what lives; mergeable over knowledge bases, so that N of them score as one.
struct TermStatistics {
  std::uint64_t rows = 0;          // N
  std::array<std::uint64_t, kFields> total_length{};  // in terms; of the fields that are asked for, and the body
  std::vector<std::uint64_t> document_frequency;  // per query term, in its field
};

struct Bm25 {
  double k1 = 0.9, b = 0.4;  // docs/decisions/0003-analyzer.md
};

// A block of the document, or the part of it that stands in a chunk.
struct ChunkBlock {
  BlockKind kind = BlockKind::paragraph;
  std::uint64_t start = 0, end = 0;  // bytes in the chunk's text
};

// Where a chunk stands: what ranks equal scores, and all that a list of hits needs without their text.
struct ChunkPlace {
  std::string flow, doc;     // doc: the item's key
  std::uint32_t number = 0;  // place in its document, from 0
};

// A chunk as a reader sees it.
struct ChunkView {
  std::uint64_t row = 0;
  std::string knowledge_base, flow, doc;  // doc: the item's key
  std::uint32_t number = 0;               // place in its document, from 0
  Id128 chunk_id;
  std::string title, text;
  std::uint64_t text_start = 0;           // bytes in document_text()
  std::vector<ChunkBlock> blocks;         // in order
  std::vector<std::string> heading_path;
  Locator locator;
  Label label;
  Sha256 version;
};

// How far around a chunk is read: so many chunks to each side, or all that stand under the same headings.
struct ContextWanted {
  std::size_t chunks = 0;  // to each side
  bool section = false;
};

// More text than this is no surrounding of a passage: what lies further away is left out.
inline constexpr std::size_t kContextBytesMax = 16 << 10;

// A chunk with what stands around it in its document, as one piece of the document's text.
struct ChunkContext {
  std::uint32_t first = 0, last = 0;  // numbers of the chunks in it
  std::string text;
  std::uint64_t start = 0, end = 0;   // bytes of the chunk in `text`
  bool whole = true;                  // false: kContextBytesMax left out something that was asked for
};

struct DocumentView {
  std::string knowledge_base, flow, doc;
  Sha256 version;
  Label label;
  Document document;
  std::vector<ChunkView> chunks;
};

// Rows that a query's conditions leave, for both legs: a bitmap for each segment of the snapshot that made it.
struct RowMask {
  std::vector<Bitmap> views;

  std::uint64_t count() const {
    std::uint64_t rows = 0;
    for (const Bitmap& view : views) rows += view.count();
    return rows;
  }
  void intersect(const RowMask& other) {
    for (std::size_t i = 0; i < views.size(); ++i) views[i].intersect(other.views[i]);
  }
};

// A term of the index and how many visible rows have it.
struct WordCount {
  std::string term;
  std::uint64_t rows = 0;
};

// One pinned epoch of one knowledge base as one principal sees it through one filter: one visibility bitmap for both
// legs, made before scoring. Immutable; any thread.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  virtual std::uint64_t epoch() const = 0;
  virtual std::uint64_t visible_rows() const = 0;
  virtual std::optional<ModelInfo> embedder() const = 0;

  virtual Result<TermStatistics> statistics(std::span<const QueryTerm> terms) const = 0;
  // Over visible rows alone: what is printed of counts, never what scores are made of.
  virtual Result<TermStatistics> visible_statistics(std::span<const QueryTerm> terms) const = 0;
  // Visible rows for which a condition of the query language holds.
  virtual Result<RowMask> rows_where(const QueryNode& condition) const = 0;
  // The first k of them by document name and place, with the score 0: what meets a condition and has none of the words.
  virtual Result<std::vector<ScoredRow>> first_rows(const RowMask& rows, std::size_t k) const = 0;
  // Terms that begin with `front`, are wanted and stand in a visible row, in byte order: what is printed or guessed
  // from says nothing of what may not be read.
  virtual Result<std::vector<WordCount>> find_words(std::string_view front,
                                                    const std::function<bool(std::string_view)>& wanted) const = 0;
  // Best k by BM25, ties by document name then place. Only rows with a score above 0; only those of `rows`, if any.
  virtual Result<std::vector<ScoredRow>> lexical(std::span<const QueryTerm> terms, const TermStatistics& statistics,
                                                 const Bm25& bm25, std::size_t k,
                                                 const RowMask* rows = nullptr) const = 0;
  // Best k by inner product with unit `query`, scores exact over the f16 rows; ties as above.
  // Exact where asked to be, and in any case with the stub embedder and below kCodedRowsMin live rows.
  virtual Result<std::vector<ScoredRow>> vector(std::span<const float> query, std::size_t k,
                                                const RowMask* rows = nullptr,
                                                VectorSearch how = VectorSearch::fast) const = 0;
  // Exact scores of given rows, 0 where a row has none: for fusion.
  virtual Result<std::vector<double>> lexical_scores(std::span<const QueryTerm> terms, const TermStatistics& statistics,
                                                     const Bm25& bm25, std::span<const std::uint64_t> rows) const = 0;
  virtual Result<std::vector<double>> vector_scores(std::span<const float> query,
                                                    std::span<const std::uint64_t> rows) const = 0;

  virtual Result<ChunkView> chunk(std::uint64_t row) const = 0;            // not_found: not visible here
  virtual Result<ChunkContext> context(std::uint64_t row, const ContextWanted& wanted) const = 0;  // not_found as above
  virtual Result<ChunkPlace> chunk_place(std::uint64_t row) const = 0;     // the same without reading its text
  virtual Result<DocumentView> document(const std::string& doc) const = 0; // not_found: not there or not readable
};

// A name for an epoch: what lived then is kept as long as the tag is there.
struct Tag {
  std::string name;
  std::uint64_t epoch = 0;
  std::int64_t created_ms = 0;
};

// What of the past can be asked for: every epoch from `oldest` to `newest`, and those of tags.
struct HistoryInfo {
  std::uint64_t oldest = 0, newest = 0;
  std::uint64_t generations = 0, chunks = 0;  // kept though they live no more
  std::vector<Tag> tags;                      // by name
};

// A document as it was from the epoch `born` on until before `died`; that which lives has no end.
struct DocumentVersion {
  Sha256 version;
  std::uint64_t born = 0;
  std::optional<std::uint64_t> died;
  std::uint64_t kept_at = 0;            // an epoch at which it can be asked for
  std::optional<std::int64_t> born_ms;  // none: so long ago that it is not kept
  std::vector<std::string> tags;        // that keep it, by name
};

struct VerifyReport {
  bool ok = true;
  std::uint64_t documents = 0, chunks = 0, segments = 0, vectors = 0, orphans = 0;
  std::vector<std::string> problems;  // each names the row, file or document
};

class Store : public StateStore, public Target {
 public:
  // Creates the directory and its files when opened to write; not_found when opened to read and there is none.
  static Result<std::unique_ptr<Store>> open(const std::string& directory, Access access);

  // As they are, or as they were at an epoch; of the past `chunks` is not counted. Errors as of find_epoch().
  virtual Result<std::vector<KnowledgeBaseInfo>> knowledge_bases(
      const Principal& principal, std::optional<std::uint64_t> as_of = std::nullopt) = 0;
  virtual Result<std::shared_ptr<const Snapshot>> open_snapshot(
      const std::string& knowledge_base, const Principal& principal, const Expression* filter,
      std::optional<std::uint64_t> as_of = std::nullopt) = 0;
  // By flow and name, `count` of them from `after` on: see store/document_list.h.
  virtual Result<DocumentPage> documents(const Principal& principal, const std::optional<std::string>& after,
                                         std::size_t count) = 0;
  // An epoch by its number or by a tag. not_found: it is gone, or there is no such tag; invalid_argument: a number that
  // no epoch had.
  virtual Result<std::uint64_t> find_epoch(const std::string& epoch_or_tag) = 0;
  virtual Result<HistoryInfo> history() = 0;
  // Of the epoch of now, unless one is given; beside a writer if need be. already_exists, not_found.
  virtual Result<Tag> put_tag(const std::string& name, std::optional<std::uint64_t> epoch) = 0;
  virtual Status remove_tag(const std::string& name) = 0;
  // Weights of fusion that were chosen on a labelled set, by knowledge base; beside a writer if need be. Errors are
  // those of store/tuned_weights.h.
  virtual Result<std::vector<TunedWeights>> tuned_weights() = 0;
  virtual Status put_tuned_weights(const TunedWeights& weights) = 0;
  virtual Status remove_tuned_weights(const std::string& knowledge_base) = 0;
  // Of each flow the newest `each` of the runs that are kept, newest first.
  virtual Result<std::vector<RunSummary>> past_runs(std::size_t each) = 0;
  // Flows that had a document of this name and have not now, though history keeps it.
  virtual Result<std::vector<std::string>> past_flows(const std::string& key) = 0;
  // How a document was and is, newest first, as far as it is kept and to be read. A few hundred at most.
  virtual Result<std::vector<DocumentVersion>> versions(const std::string& flow, const std::string& key,
                                                        const Principal& principal) = 0;
  virtual Result<std::vector<std::pair<std::string, Reject>>> rejects() = 0;  // (flow, reject), sorted
  // What operators left out, likewise; flow/drop.h reads the codes.
  virtual Result<std::vector<std::pair<std::string, Reject>>> dropped() = 0;
  // For a replay: the next run looks at these again.
  virtual Status forget_rejects(const std::string& flow, const std::vector<std::string>& keys) = 0;
  // Canonical lines of `naru dump --json`, sorted by bytes.
  virtual Result<std::vector<std::string>> dump(const Principal& principal) = 0;
  virtual Result<VerifyReport> verify() = 0;
  // What was upgraded or mended by itself, for people: each is told once.
  virtual std::vector<std::string> take_notices() = 0;
  virtual Status repair() = 0;  // builds all segments anew from the truth; needs a store opened to write
  // Flows that have something here, whether or not the configuration still names them; and all of one taken away.
  virtual Result<std::vector<std::string>> flows() = 0;
  virtual Status drop_flow(const std::string& flow) = 0;
  // Keyed steps that were given something; and all of those taken away that are not among these.
  virtual Result<KeyedSteps> keyed_steps() = 0;
  virtual Status drop_keyed_tables(const KeyedSteps& but) = 0;
  virtual Result<DiskState> disk_state() = 0;  // whether it can be written to, by any process
  virtual Result<Json> disk_use() = 0;  // {"truth":bytes,"content":...,"vectors":...,"segments":...,"memo":...}
  // The committed state in another folder, while a writer goes on: see store/backup.h.
  virtual Result<BackupReport> back_up(const std::string& folder) = 0;
  // Forgetting one item of a flow, document or reject, and the way back. plan_forget() changes nothing.
  virtual Result<ForgetProof> plan_forget(const std::string& flow, const std::string& key) = 0;
  virtual Result<ForgetProof> forget(const std::string& flow, const std::string& key) = 0;
  virtual Result<bool> unforget(const std::string& flow, const std::string& key) = 0;  // false: it was not forgotten
  // Answers, so that `naru why` can trace them.
  virtual Status put_answer(const std::string& id, const Json& answer) = 0;
  virtual Result<Json> answer(const std::string& id, const Principal& principal) = 0;  // not_found
};

}  // namespace naru
