// The snapshot: one knowledge base pinned at one epoch, as one principal sees it through one filter.
//
// It holds its own read transactions, so that nothing it names goes away while it lives; keep it for a question, not
// for an hour. All methods are safe from any thread: reads of the databases are serialised inside.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/lexical/bm25.h"
#include "store/read_view.h"
#include "store/store.h"

namespace naru {

class StoreSnapshot : public Snapshot {
 public:
  // Now, or as it was at an epoch. not_found: no such knowledge base, or that epoch is gone.
  static Result<std::shared_ptr<const Snapshot>> open(const StorePaths& paths, const std::string& base,
                                                      const Principal& principal, const Expression* filter,
                                                      std::optional<std::uint64_t> as_of);

  std::uint64_t epoch() const override { return epoch_; }
  std::uint64_t visible_rows() const override;
  std::optional<ModelInfo> embedder() const override;
  Result<TermStatistics> statistics(std::span<const QueryTerm> terms) const override;
  Result<TermStatistics> visible_statistics(std::span<const QueryTerm> terms) const override;
  Result<RowMask> rows_where(const QueryNode& condition) const override;
  Result<std::vector<ScoredRow>> first_rows(const RowMask& rows, std::size_t k) const override;
  Result<std::vector<WordCount>> find_words(std::string_view front,
                                            const std::function<bool(std::string_view)>& wanted) const override;
  Result<std::vector<ScoredRow>> lexical(std::span<const QueryTerm> terms, const TermStatistics& statistics,
                                         const Bm25& bm25, std::size_t k, const RowMask* rows) const override;
  Result<std::vector<ScoredRow>> vector(std::span<const float> query, std::size_t k,
                                        const RowMask* rows, VectorSearch how) const override;
  Result<std::vector<double>> lexical_scores(std::span<const QueryTerm> terms, const TermStatistics& statistics,
                                             const Bm25& bm25, std::span<const std::uint64_t> rows) const override;
  Result<std::vector<double>> vector_scores(std::span<const float> query,
                                            std::span<const std::uint64_t> rows) const override;
  Result<ChunkView> chunk(std::uint64_t row) const override;
  Result<ChunkContext> context(std::uint64_t row, const ContextWanted& wanted) const override;
  Result<ChunkPlace> chunk_place(std::uint64_t row) const override;
  Result<DocumentView> document(const std::string& doc) const override;

 private:
  // What a document row says, read once per document.
  struct DocRow {
    std::string flow, key, title;
    Sha256 version;
    Label label;
    std::int64_t content = 0;
    std::vector<std::uint64_t> layout;
  };
  // Which rows of the views have which row of the vector file: rows are numbered through all views.
  struct VectorPlaces {
    Bitmap mask;                               // rows of the file that a visible row has
    std::vector<std::uint32_t> first, next;    // by row of the file; by row of the views; kNone ends
    std::vector<RowPlace> places;              // by row of the views
  };
  // A row that may be among the best.
  struct Candidate {
    ScoredRow row;
    RowPlace place;
    std::int64_t document = 0;
    bool tied = false;               // with another: then rank and number decide
    std::size_t rank = 0, number = 0;  // of its document by name; in its document
  };
  // A content with its text put together once.
  struct OpenContent {
    Content content;
    std::string text;
    std::vector<std::uint64_t> block_starts;  // in text
  };

  StoreSnapshot() = default;
  Status read_views(const StorePaths& paths, const BaseEntry& base, const Principal& principal,
                    const Expression* filter);
  Status go_back(std::uint64_t epoch, std::vector<NamedSegment>& segments);
  Result<NamedSegment> index_rows(std::span<const SegmentRow> rows);
  Result<Statement> prepare_documents(std::string_view before, std::string_view after) const;
  Result<std::vector<std::int64_t>> documents_named(const std::string& key) const;
  std::vector<std::string> field_values(const Statement& row, std::string_view name,
                                        std::optional<Error>& damaged) const;
  Result<std::optional<Bitmap>> allowed_documents(const Principal& principal, const Expression* filter);
  Result<RowPlace> place_of(std::uint64_t row) const;
  Result<std::vector<RowPlace>> places(std::span<const std::uint64_t> rows) const;
  const VectorPlaces& vector_places() const;
  Bitmap vectors_of(const VectorPlaces& index, const RowMask& rows) const;
  Result<std::vector<ScoredRow>> best(std::vector<PlacedScore> scores, std::size_t k) const;
  Status settle_ties(std::vector<Candidate>& candidates) const;
  Result<std::unordered_map<std::int64_t, std::size_t>> name_ranks(
      const std::unordered_map<std::int64_t, std::size_t>& documents) const;
  Result<const DocRow*> doc_row(std::int64_t id) const;
  Result<std::pair<const DocRow*, std::size_t>> doc_of(std::uint64_t row) const;
  Result<std::shared_ptr<const OpenContent>> open_content(std::int64_t id) const;
  Result<ChunkView> view_of(const DocRow& doc, std::uint64_t row, std::size_t number) const;

  std::string base_name_;
  std::int64_t base_ = 0;
  std::uint64_t epoch_ = 0;
  std::optional<std::uint64_t> past_;  // epoch_, where it is not the newest
  std::string documents_;              // as a table expression: documents_at(past_)
  std::vector<SegmentView> views_;
  std::optional<Bitmap> allowed_;  // documents by id; none: all
  std::optional<VectorEntry> model_;
  std::shared_ptr<const VectorIndex> vectors_;
  bool exact_ = true;  // whatever is asked: contract.md

  mutable std::mutex mutex_;  // protects what follows
  mutable ReadView read_;
  mutable std::unordered_map<std::uint64_t, RowPlace> places_;  // of chunk rows that a leg returned
  mutable std::optional<VectorPlaces> vector_places_;           // never changes once it is there
  mutable std::unordered_map<std::int64_t, DocRow> docs_;
  mutable std::list<std::pair<std::int64_t, std::shared_ptr<const OpenContent>>> contents_;  // last used first
};

}  // namespace naru
