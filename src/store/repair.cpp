// The part of the writer that builds every index anew from the truth: segments from texts, codes from vectors.
#include <algorithm>

#include "runtime/trace.h"
#include "store/writer.h"
#include "text/analyzer.h"

namespace naru {

namespace {

// Rows of one segment when all are built anew: bounds what is held in memory. settle() merges them.
constexpr std::size_t kRebuildRowsMax = 1U << 16;

}  // namespace

Status StoreWriter::repair() {
  NARU_TRY(may_write(paths_));
  forget_caches();
  const Span span("StoreWriter::repair");
  {
    const auto transaction = NARU_TRY(Transaction::begin(*truth_));
    for (const BaseEntry& base : NARU_TRY(read_bases(*truth_))) {
      Status rebuilt = rebuild(base.id);
      if (rebuilt) continue;
      forget_caches();
      return std::move(rebuilt).error().with("knowledge base " + base.name);
    }
    NARU_TRY(note_indexed_by_this_version(*truth_));
    NARU_TRY(transaction->commit());
  }
  for (auto& [base, segments] : segments_) NARU_TRY(segments.settle());
  NARU_TRY(code_vectors());
  return collect_garbage();
}

Status StoreWriter::rebuild(std::int64_t base) {
  SegmentSet segments = SegmentSet::none(*truth_, paths_.segments, base);
  NARU_TRY(segments.clear());
  SegmentBuilder builder;
  RowAnalyzer analyzer;
  ContentReader contents(*content_);
  Statement docs = NARU_TRY(truth_->prepare(
      "SELECT docs.id, docs.content, docs.layout, items.key FROM docs JOIN items ON items.id = docs.id "
      "WHERE docs.base = ? ORDER BY docs.id"));
  docs.bind(base);
  while (NARU_TRY(docs.step())) {
    const std::string key = docs.text(3);
    const Content content = NARU_TRY_AT(contents.read_checked(docs.integer(1)), key);
    NARU_TRY_AT(index_document(docs.integer(0), key, content, docs.view(2), analyzer, builder), key);
    if (builder.rows() < kRebuildRowsMax) continue;
    NARU_TRY(segments.add(builder));
    builder = {};
  }
  if (builder.rows() > 0) NARU_TRY(segments.add(builder));
  segments_.emplace(base, std::move(segments));
  return {};
}

Status StoreWriter::index_document(std::int64_t doc, const std::string& key, const Content& content,
                                   std::string_view layout_bytes, RowAnalyzer& analyzer, SegmentBuilder& builder) {
  const std::string name = indexed_name(content.document.format, key);
  const std::string text = document_text(content.document);
  const std::vector<std::uint64_t> layout = NARU_TRY(decode_rows(layout_bytes));
  if (layout.size() != content.slices.size()) return Error(Code::corrupt, "its layout does not fit its text");
  std::vector<std::pair<std::uint64_t, std::size_t>> rows;  // chunk row and place
  for (std::size_t n = 0; n < layout.size(); ++n) rows.emplace_back(layout[n], n);
  std::sort(rows.begin(), rows.end());
  for (const auto& [chunk, n] : rows) {
    const ChunkSlice& slice = content.slices[n];
    const std::string_view slice_text = NARU_TRY(text_of(slice, text));
    Statement find = NARU_TRY(truth_->prepare("SELECT model, vector FROM chunks WHERE row = ? AND died IS NULL"));
    find.bind(static_cast<std::int64_t>(chunk));
    if (!NARU_TRY(find.step())) return Error(Code::corrupt, "its layout names a chunk that does not live");
    SegmentRow row;
    row.chunk = chunk;
    row.document = static_cast<std::uint32_t>(doc);
    row.model = static_cast<std::uint32_t>(find.integer(0));
    row.vector = static_cast<std::uint32_t>(find.integer(1));
    builder.add(row, analyzer.analyze({slice_text, content.document.title, slice.heading_path, name}));
  }
  return {};
}

}  // namespace naru
