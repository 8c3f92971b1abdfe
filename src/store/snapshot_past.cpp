// The part of a snapshot that goes back to an earlier epoch: which rows of the segments lived then, and those that no
// segment has any more.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/files.h"
#include "runtime/trace.h"
#include "store/lexical/row_text.h"
#include "store/lexical/segment_builder.h"
#include "store/snapshot.h"

namespace naru {

// Which rows lived then. A row that died since may be in a segment still, without its bit; where no segment has it any
// more, it is indexed anew, from the text that history keeps.
Status StoreSnapshot::go_back(std::uint64_t epoch, std::vector<NamedSegment>& segments) {
  const Span span("StoreSnapshot::go_back");
  Database& truth = *read_.truth;
  Bitmap there(static_cast<std::size_t>(NARU_TRY(truth.value(
      "SELECT max(coalesce((SELECT max(id) FROM docs), 0), coalesce((SELECT max(doc) FROM generations), 0))"))) + 1);
  Statement documents = NARU_TRY(prepare_documents("SELECT id FROM", "WHERE base = ?"));
  documents.bind(base_);
  while (NARU_TRY(documents.step())) there.set(static_cast<std::size_t>(documents.integer(0)));
  std::uint64_t last = 0;  // chunk row that was born by then: rows are numbered as they are born
  {
    Statement born = NARU_TRY(truth.prepare("SELECT row FROM chunks WHERE born <= ? ORDER BY row DESC LIMIT 1"));
    born.bind(static_cast<std::int64_t>(epoch));
    if (NARU_TRY(born.step())) last = static_cast<std::uint64_t>(born.integer(0));
  }
  for (NamedSegment& named : segments) {
    const Bitmap alive = named.alive;
    alive.each([&](std::size_t i) {
      const SegmentRow& row = named.segment->row(i);
      const bool was_there = row.document < there.size() && there.test(row.document);
      if (!was_there || row.chunk > last) named.alive.clear(i);
    });
  }
  std::vector<SegmentRow> lost;  // in the order of a segment
  Statement dead = NARU_TRY(
      truth.prepare("SELECT doc, row, model, vector FROM chunks WHERE died > ? AND born <= ? ORDER BY doc, row"));
  dead.bind(static_cast<std::int64_t>(epoch)).bind(static_cast<std::int64_t>(epoch));
  while (NARU_TRY(dead.step())) {
    SegmentRow row;
    row.document = static_cast<std::uint32_t>(dead.integer(0));
    row.chunk = static_cast<std::uint64_t>(dead.integer(1));
    row.model = static_cast<std::uint32_t>(dead.integer(2));
    row.vector = static_cast<std::uint32_t>(dead.integer(3));
    if (row.document >= there.size() || !there.test(row.document)) continue;
    const bool found = std::any_of(segments.begin(), segments.end(), [&](NamedSegment& named) {
      const auto at = named.segment->find_row(row.document, row.chunk);
      if (at) named.alive.set(*at);
      return at.has_value();
    });
    if (!found) lost.push_back(row);
  }
  if (!lost.empty()) segments.push_back(NARU_TRY(index_rows(lost)));
  return {};
}

// A segment of the given rows, in a file that is gone when the snapshot is.
Result<NamedSegment> StoreSnapshot::index_rows(std::span<const SegmentRow> rows) {
  Span span("StoreSnapshot::index_rows");
  span.value("rows", rows.size());
  SegmentBuilder builder;
  RowAnalyzer analyzer;
  std::int64_t last = -1;
  std::unordered_map<std::uint64_t, std::size_t> numbers;  // places in the layout of the document `last`
  ContentReader contents(*read_.content);
  Content content;
  std::string text, name;
  for (const SegmentRow& row : rows) {
    if (row.document != last) {
      last = row.document;
      const DocRow* doc = NARU_TRY(doc_row(last));
      content = NARU_TRY_AT(contents.read(doc->content), doc->key);
      text = document_text(content.document);
      name = indexed_name(content.document.format, doc->key);
      numbers.clear();
      for (std::size_t n = 0; n < doc->layout.size(); ++n) numbers[doc->layout[n]] = n;
    }
    const auto number = numbers.find(row.chunk);
    const ChunkSlice* const slice = number != numbers.end() && number->second < content.slices.size()
                                        ? &content.slices[number->second] : nullptr;
    if (slice == nullptr) {
      return Error(Code::corrupt, fmt::format("chunk row {} of the past is not in its document; run `naru verify`",
                                              row.chunk));
    }
    const std::string_view part = NARU_TRY_AT(text_of(*slice, text), name);
    builder.add(row, analyzer.analyze({part, content.document.title, slice->heading_path, name}));
  }
  const TemporaryFolder folder = NARU_TRY(TemporaryFolder::make("naru-past-"));
  const SegmentFile file = NARU_TRY(builder.write(folder.path()));
  NamedSegment named;
  named.segment = NARU_TRY(Segment::open(folder.path(), file.name));
  named.alive = Bitmap(named.segment->rows(), true);
  return named;
}

}  // namespace naru
