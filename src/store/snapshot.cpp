#include "store/snapshot.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/trace.h"
#include "store/history.h"
#include "store/lexical/condition.h"
#include "store/lexical/row_text.h"
#include "store/lexical/segment_builder.h"
#include "store/vector/codes.h"
#include "store/vector/scan.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Decoded contents kept per snapshot: enough for the hits of a page and their neighbours.
constexpr std::size_t kContentsKept = 64;

// Documents whose names are looked up one by one to settle ties; for more, one pass over all documents is cheaper.
constexpr std::size_t kLookedUpMax = 1000;

constexpr std::uint32_t kNone = ~0U;  // no row

constexpr RowPlace kNowhere = {kNone, 0};

// The blocks that stand, whole or in part, in [start, end) of the document's text.
std::vector<ChunkBlock> blocks_of(const Document& document, const std::vector<std::uint64_t>& starts,
                                  std::uint64_t start, std::uint64_t end) {
  std::vector<ChunkBlock> blocks;
  const auto after = std::upper_bound(starts.begin(), starts.end(), start);
  const auto first = static_cast<std::size_t>(after - starts.begin());
  for (std::size_t i = first == 0 ? 0 : first - 1; i < starts.size() && starts[i] < end; ++i) {
    const Block& block = document.blocks[i];
    const std::uint64_t from = std::max(starts[i], start), to = std::min(starts[i] + block.text.size(), end);
    if (from < to) blocks.push_back({block.kind, from - start, to - start});
  }
  return blocks;
}

}  // namespace

Result<std::shared_ptr<const Snapshot>> StoreSnapshot::open(const StorePaths& paths, const std::string& base,
                                                            const Principal& principal, const Expression* filter,
                                                            std::optional<std::uint64_t> as_of) {
  const Span span("Store::open_snapshot");
  std::optional<Error> gone;  // the epoch, not a file
  using Opened = std::shared_ptr<StoreSnapshot>;  // none: no such knowledge base
  Result<Opened> opened = read_store(paths, [&](ReadView view) -> Result<Opened> {
    const std::vector<BaseEntry> bases = NARU_TRY(read_bases(*view.truth));
    const auto entry = std::find_if(bases.begin(), bases.end(), [&](const auto& one) { return one.name == base; });
    if (entry == bases.end()) return Opened();
    Opened snapshot(new StoreSnapshot());
    snapshot->read_ = std::move(view);
    snapshot->epoch_ = NARU_TRY(read_epoch(*snapshot->read_.truth));
    if (as_of) {
      const Status kept = check_kept(*snapshot->read_.truth, *as_of);
      if (!kept) gone = kept.error();
      if (gone) return Opened();
      if (*as_of < snapshot->epoch_) snapshot->past_ = as_of;
      snapshot->epoch_ = *as_of;
    }
    snapshot->documents_ = documents_at(snapshot->past_);
    NARU_TRY(snapshot->read_views(paths, *entry, principal, filter));
    return snapshot;
  });
  if (!opened && opened.error().code() == Code::not_found) {
    return Error(Code::corrupt, "a file of the store is gone: " + opened.error().describe() + "; run `naru verify`");
  }
  const Opened snapshot = NARU_TRY(std::move(opened));
  if (gone) return *gone;
  if (!snapshot) return Error(Code::not_found, fmt::format("there is no knowledge base \"{}\"", base));
  return std::shared_ptr<const Snapshot>(snapshot);
}

Status StoreSnapshot::read_views(const StorePaths& paths, const BaseEntry& base, const Principal& principal,
                                 const Expression* filter) {
  base_name_ = base.name;
  base_ = base.id;
  allowed_ = NARU_TRY(allowed_documents(principal, filter));
  std::vector<NamedSegment> segments = NARU_TRY(open_segments(read_, paths, base_));
  if (past_) NARU_TRY(go_back(*past_, segments));
  const std::int64_t model = past_ ? NARU_TRY(model_at(*read_.truth, base_, *past_)) : base.vectors;
  std::uint64_t embedded = 0;  // live rows that carry a vector
  for (NamedSegment& named : segments) {
    SegmentView view{std::move(named.segment), std::move(named.alive), {}};
    view.visible = view.alive;
    view.alive.each([&](std::size_t row) {
      const SegmentRow& entry = view.segment->row(row);
      embedded += model != 0 && entry.model == model ? 1 : 0;
      if (allowed_ && (entry.document >= allowed_->size() || !allowed_->test(entry.document))) view.visible.clear(row);
    });
    views_.push_back(std::move(view));
  }
  if (embedded == 0) return {};  // nothing that lives carries a vector: there is no vector leg
  for (const VectorEntry& entry : NARU_TRY(read_vectors(*read_.truth))) {
    if (entry.id != model) continue;
    model_ = entry;
    vectors_ = NARU_TRY(open_vector_index(paths, entry));
    exact_ = embedded < kCodedRowsMin || !has_codes(entry);
  }
  return {};
}

// `before` and `after` stand around the documents as they are, or were.
Result<Statement> StoreSnapshot::prepare_documents(std::string_view before, std::string_view after) const {
  return read_.truth->prepare(fmt::format("{} {} AS documents {}", before, documents_, after));
}

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

// What the row of a document says of one field of a filter.
std::vector<std::string> StoreSnapshot::field_values(const Statement& row, std::string_view name,
                                                     std::optional<Error>& damaged) const {
  if (name == "path") return {nfc(row.view(2))};
  if (name == "source") return {nfc(row.view(3))};
  if (name == "title") return {row.text(4)};
  if (name == "language") return {row.text(5)};
  if (name == "format") return {row.text(6)};
  if (name == "kb") return {base_name_};
  if (name == "date") return row.view(7).empty() ? std::vector<std::string>{} : std::vector{row.text(7)};
  if (!name.starts_with("meta.")) return {};
  std::vector<std::string> values;
  Result<Metadata> metadata = decode_metadata(row.view(8));
  if (!metadata) damaged = std::move(metadata).error();
  if (damaged) return values;
  for (auto& [key, value] : *metadata) {
    if (key == name.substr(5)) values.push_back(std::move(value));
  }
  return values;
}

// Documents that the principal may read and the filter keeps, by id; nothing where all are.
Result<std::optional<Bitmap>> StoreSnapshot::allowed_documents(const Principal& principal, const Expression* filter) {
  if (principal.is_owner() && filter == nullptr) return std::optional<Bitmap>{};
  Database& truth = *read_.truth;
  std::unordered_map<std::int64_t, bool> readable = NARU_TRY(read_readable_labels(truth, principal));
  Bitmap allowed(static_cast<std::size_t>(NARU_TRY(truth.value(
      "SELECT max(coalesce((SELECT max(id) FROM docs), 0), coalesce((SELECT max(doc) FROM generations), 0))"))) + 1);
  Statement rows = NARU_TRY(prepare_documents(
      "SELECT id, label, key, flow, title, language, format, date, metadata, coalesce(label_now, label) FROM",
      "WHERE base = ?"));
  rows.bind(base_);
  std::optional<Error> damaged;
  while (NARU_TRY(rows.step())) {
    if (!readable[rows.integer(1)] || !readable[rows.integer(9)]) continue;
    const FieldValues values = [&](std::string_view name) { return field_values(rows, name, damaged); };
    if (filter == nullptr || matches(*filter, values)) allowed.set(static_cast<std::size_t>(rows.integer(0)));
    if (damaged) return *damaged;
  }
  return std::optional<Bitmap>(std::move(allowed));
}

std::uint64_t StoreSnapshot::visible_rows() const {
  std::uint64_t sum = 0;
  for (const SegmentView& view : views_) sum += view.visible.count();
  return sum;
}

std::optional<ModelInfo> StoreSnapshot::embedder() const {
  return model_ ? std::optional(model_->model) : std::nullopt;
}

Result<TermStatistics> StoreSnapshot::statistics(std::span<const QueryTerm> terms) const {
  return term_statistics(views_, terms);
}

Result<std::vector<ScoredRow>> StoreSnapshot::lexical(std::span<const QueryTerm> terms,
                                                      const TermStatistics& statistics, const Bm25& bm25,
                                                      std::size_t k, const RowMask* rows) const {
  if (rows == nullptr) return best(bm25_top(views_, terms, statistics, bm25, k), k);
  std::vector<SegmentView> masked = views_;
  for (std::size_t v = 0; v < masked.size(); ++v) masked[v].visible.intersect(rows->views[v]);
  return best(bm25_top(masked, terms, statistics, bm25, k), k);
}

Result<TermStatistics> StoreSnapshot::visible_statistics(std::span<const QueryTerm> terms) const {
  std::vector<SegmentView> seen = views_;
  for (SegmentView& view : seen) view.alive = view.visible;
  return term_statistics(seen, terms);
}

Result<RowMask> StoreSnapshot::rows_where(const QueryNode& condition) const {
  return naru::rows_where(views_, condition);
}

Result<std::vector<ScoredRow>> StoreSnapshot::first_rows(const RowMask& rows, std::size_t k) const {
  std::vector<PlacedScore> unscored;
  for (std::uint32_t v = 0; v < rows.views.size(); ++v) {
    rows.views[v].each([&](std::size_t row) { unscored.push_back({{v, static_cast<std::uint32_t>(row)}, 0}); });
  }
  return best(std::move(unscored), k);
}

Result<std::vector<WordCount>> StoreSnapshot::find_words(std::string_view front,
                                                         const std::function<bool(std::string_view)>& wanted) const {
  return naru::find_words(views_, front, wanted);
}

Result<std::vector<ScoredRow>> StoreSnapshot::vector(std::span<const float> query, std::size_t k,
                                                     const RowMask* rows, VectorSearch how) const {
  if (!vectors_) return std::vector<ScoredRow>{};
  const VectorPlaces& index = vector_places();
  const Bitmap narrowed = rows == nullptr ? Bitmap() : vectors_of(index, *rows);
  const Bitmap& mask = rows == nullptr ? index.mask : narrowed;
  std::vector<PlacedScore> scores;
  const std::vector<RowScore> nearest =
      NARU_TRY(vectors_->search(mask, query, k, exact_ ? VectorSearch::exact : how));
  for (const RowScore& found : nearest) {
    // Equal texts share one vector.
    for (std::uint32_t i = index.first[found.row]; i != kNone; i = index.next[i]) {
      const RowPlace place = index.places[i];
      if (rows != nullptr && !rows->views[place.view].test(place.row)) continue;
      scores.push_back({place, static_cast<double>(found.score)});
    }
  }
  keep_top_with_ties(scores, k);
  return best(std::move(scores), k);
}

// Rows of the vector file that one of these rows has.
Bitmap StoreSnapshot::vectors_of(const VectorPlaces& index, const RowMask& rows) const {
  Bitmap mask(vectors_->rows().rows());
  for (const RowPlace& place : index.places) {
    if (rows.views[place.view].test(place.row)) mask.set(views_[place.view].segment->row(place.row).vector);
  }
  return mask;
}

const StoreSnapshot::VectorPlaces& StoreSnapshot::vector_places() const {
  const std::lock_guard lock(mutex_);
  if (vector_places_) return *vector_places_;
  VectorPlaces& index = vector_places_.emplace();
  const std::uint64_t count = vectors_->rows().rows();
  index.mask = Bitmap(count);
  index.first.assign(count, kNone);
  const auto model = static_cast<std::uint32_t>(model_->id);
  for (std::uint32_t v = 0; v < views_.size(); ++v) {
    views_[v].visible.each([&](std::size_t row) {
      const SegmentRow& entry = views_[v].segment->row(row);
      if (entry.model != model || entry.vector >= count) return;
      index.mask.set(entry.vector);
      index.next.push_back(index.first[entry.vector]);
      index.first[entry.vector] = static_cast<std::uint32_t>(index.places.size());
      index.places.push_back({v, static_cast<std::uint32_t>(row)});
    });
  }
  return index;
}

// Where a chunk row stands in the views; kNowhere: not visible here. The caller holds mutex_.
Result<RowPlace> StoreSnapshot::place_of(std::uint64_t row) const {
  const auto known = places_.find(row);
  if (known != places_.end()) return known->second;
  Statement doc = NARU_TRY(read_.truth->prepare("SELECT doc FROM chunks WHERE row = ?"));
  doc.bind(static_cast<std::int64_t>(row));
  if (!NARU_TRY(doc.step())) return kNowhere;
  const auto document = static_cast<std::uint32_t>(doc.integer(0));
  for (std::uint32_t v = 0; v < views_.size(); ++v) {
    const std::optional<std::uint32_t> found = views_[v].segment->find_row(document, row);
    if (found && views_[v].visible.test(*found)) return places_[row] = {v, *found};
  }
  return kNowhere;
}

Result<std::vector<RowPlace>> StoreSnapshot::places(std::span<const std::uint64_t> rows) const {
  const std::lock_guard lock(mutex_);
  std::vector<RowPlace> places;
  places.reserve(rows.size());
  for (const std::uint64_t row : rows) places.push_back(NARU_TRY(place_of(row)));
  return places;
}

Result<std::vector<double>> StoreSnapshot::lexical_scores(std::span<const QueryTerm> terms,
                                                          const TermStatistics& statistics, const Bm25& bm25,
                                                          std::span<const std::uint64_t> rows) const {
  return bm25_scores(views_, terms, statistics, bm25, NARU_TRY(places(rows)));
}

Result<std::vector<double>> StoreSnapshot::vector_scores(std::span<const float> query,
                                                         std::span<const std::uint64_t> rows) const {
  std::vector<double> scores(rows.size(), 0.0);
  if (!vectors_) return scores;
  const VectorRows& vectors = vectors_->rows();
  NARU_TRY(check_query(query, vectors.dims()));
  const std::vector<RowPlace> found = NARU_TRY(places(rows));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (found[i].view >= views_.size()) continue;
    const SegmentRow& entry = views_[found[i].view].segment->row(found[i].row);
    if (entry.model != model_->id || entry.vector >= vectors.rows()) continue;
    scores[i] = half_dot(vectors.row(entry.vector), query.data(), vectors.dims(), Instructions::best);
  }
  return scores;
}

// Cuts to k; ties are settled by document name and place, which only the truth knows.
Result<std::vector<ScoredRow>> StoreSnapshot::best(std::vector<PlacedScore> scores, std::size_t k) const {
  const std::lock_guard lock(mutex_);
  std::vector<Candidate> candidates;
  candidates.reserve(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const SegmentRow& entry = views_[scores[i].place.view].segment->row(scores[i].place.row);
    const bool tied = (i > 0 && scores[i - 1].score == scores[i].score) ||
                      (i + 1 < scores.size() && scores[i + 1].score == scores[i].score);
    candidates.push_back({{entry.chunk, scores[i].score}, scores[i].place, entry.document, tied, 0, 0});
  }
  NARU_TRY(settle_ties(candidates));
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    if (a.row.score != b.row.score) return a.row.score > b.row.score;
    return std::pair(a.rank, a.number) < std::pair(b.rank, b.number);
  });
  std::vector<ScoredRow> rows;
  for (std::size_t i = 0; i < std::min(k, candidates.size()); ++i) {
    places_[candidates[i].row.row] = candidates[i].place;
    rows.push_back(candidates[i].row);
  }
  return rows;
}

// The caller holds mutex_.
Status StoreSnapshot::settle_ties(std::vector<Candidate>& candidates) const {
  std::unordered_map<std::int64_t, std::size_t> tied;  // rows by document
  for (const Candidate& candidate : candidates) {
    if (candidate.tied) ++tied[candidate.document];
  }
  const std::unordered_map<std::int64_t, std::size_t> ranks = NARU_TRY(name_ranks(tied));
  std::unordered_map<std::uint64_t, std::size_t> numbers;  // by chunk row: place in its document
  for (const auto& [document, rows] : tied) {
    if (rows < 2) continue;
    const DocRow* doc = NARU_TRY(doc_row(document));
    for (std::size_t n = 0; n < doc->layout.size(); ++n) numbers[doc->layout[n]] = n;
  }
  for (Candidate& candidate : candidates) {
    if (!candidate.tied) continue;
    const auto rank = ranks.find(candidate.document);
    if (rank != ranks.end()) candidate.rank = rank->second;
    const auto number = numbers.find(candidate.row.row);
    if (number != numbers.end()) candidate.number = number->second;
  }
  return {};
}

// The order of these documents by flow and key. The caller holds mutex_.
Result<std::unordered_map<std::int64_t, std::size_t>> StoreSnapshot::name_ranks(
    const std::unordered_map<std::int64_t, std::size_t>& documents) const {
  std::unordered_map<std::int64_t, std::size_t> ranks;
  if (documents.size() > kLookedUpMax) {
    Statement rows = NARU_TRY(prepare_documents("SELECT id FROM", "WHERE base = ? ORDER BY flow, key"));
    rows.bind(base_);
    while (NARU_TRY(rows.step())) ranks.emplace(rows.integer(0), ranks.size());
    return ranks;
  }
  std::vector<std::pair<const DocRow*, std::int64_t>> named;
  for (const auto& [document, rows] : documents) named.emplace_back(NARU_TRY(doc_row(document)), document);
  std::sort(named.begin(), named.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first->flow, a.first->key) < std::tie(b.first->flow, b.first->key);
  });
  for (const auto& [doc, document] : named) ranks.emplace(document, ranks.size());
  return ranks;
}

// The caller holds mutex_.
Result<const StoreSnapshot::DocRow*> StoreSnapshot::doc_row(std::int64_t id) const {
  const auto known = docs_.find(id);
  if (known != docs_.end()) return &known->second;
  Statement row = NARU_TRY(prepare_documents(
      "SELECT flow, key, title, version, labels.json, content, layout FROM",
      "JOIN labels ON labels.id = documents.label WHERE documents.id = ?"));
  row.bind(id);
  if (!NARU_TRY(row.step())) return Error(Code::not_found, "the document is not there");
  DocRow doc;
  doc.flow = row.text(0);
  doc.key = row.text(1);
  doc.title = row.text(2);
  if (row.view(3).size() != 32) return Error(Code::corrupt, "the version of a document is damaged; run `naru verify`");
  doc.version = Sha256::from_bytes(row.view(3));
  doc.label = NARU_TRY(decode_label(row.text(4)));
  doc.content = row.integer(5);
  doc.layout = NARU_TRY(decode_rows(row.view(6)));
  return &docs_.emplace(id, std::move(doc)).first->second;
}

// The caller holds mutex_.
Result<std::shared_ptr<const StoreSnapshot::OpenContent>> StoreSnapshot::open_content(std::int64_t id) const {
  for (auto it = contents_.begin(); it != contents_.end(); ++it) {
    if (it->first != id) continue;
    contents_.splice(contents_.begin(), contents_, it);
    return contents_.front().second;
  }
  auto opened = std::make_shared<OpenContent>();
  opened->content = NARU_TRY(ContentReader(*read_.content).read(id));
  opened->text = document_text(opened->content.document);
  std::uint64_t at = 0;
  for (const Block& block : opened->content.document.blocks) {
    opened->block_starts.push_back(at);
    at += block.text.size() + kBlockSeparator.size();
  }
  contents_.emplace_front(id, std::move(opened));
  if (contents_.size() > kContentsKept) contents_.pop_back();
  return contents_.front().second;
}

// The caller holds mutex_.
Result<ChunkView> StoreSnapshot::view_of(const DocRow& doc, std::uint64_t row, std::size_t number) const {
  const std::shared_ptr<const OpenContent> content = NARU_TRY(open_content(doc.content));
  if (number >= content->content.slices.size()) {
    return Error(Code::corrupt, "a layout does not fit its text; run `naru verify`");
  }
  const ChunkSlice& slice = content->content.slices[number];
  ChunkView view;
  view.text = NARU_TRY(text_of(slice, content->text));
  view.row = row;
  view.knowledge_base = base_name_;
  view.flow = doc.flow;
  view.doc = doc.key;
  view.number = static_cast<std::uint32_t>(number);
  view.title = doc.title;
  view.text_start = slice.text_start;
  view.blocks = blocks_of(content->content.document, content->block_starts, slice.text_start, slice.text_end);
  view.heading_path = slice.heading_path;
  view.locator = slice.locator;
  view.label = doc.label;
  view.version = doc.version;
  Statement id = NARU_TRY(read_.truth->prepare("SELECT chunk_id FROM chunks WHERE row = ?"));
  id.bind(static_cast<std::int64_t>(row));
  if (NARU_TRY(id.step()) && id.view(0).size() == 16) view.chunk_id = Id128::from_bytes(id.view(0));
  return view;
}

// The document of a chunk row, and the row's place in it. The caller holds mutex_.
Result<std::pair<const StoreSnapshot::DocRow*, std::size_t>> StoreSnapshot::doc_of(std::uint64_t row) const {
  const RowPlace place = NARU_TRY(place_of(row));
  if (place.view >= views_.size()) return Error(Code::not_found, "there is no such chunk here");
  const DocRow* doc = NARU_TRY(doc_row(views_[place.view].segment->row(place.row).document));
  const auto it = std::find(doc->layout.begin(), doc->layout.end(), row);
  if (it == doc->layout.end()) return Error(Code::corrupt, "a live chunk is in no layout; run `naru verify`");
  return std::pair(doc, static_cast<std::size_t>(it - doc->layout.begin()));
}

Result<ChunkView> StoreSnapshot::chunk(std::uint64_t row) const {
  const std::lock_guard lock(mutex_);
  const auto [doc, number] = NARU_TRY(doc_of(row));
  return view_of(*doc, row, number);
}

Result<ChunkPlace> StoreSnapshot::chunk_place(std::uint64_t row) const {
  const std::lock_guard lock(mutex_);
  const auto [doc, number] = NARU_TRY(doc_of(row));
  return ChunkPlace{doc->flow, doc->key, static_cast<std::uint32_t>(number)};
}

// Documents of this name here, by flow; of the past perhaps some that were not there then.
Result<std::vector<std::int64_t>> StoreSnapshot::documents_named(const std::string& key) const {
  std::vector<std::int64_t> ids;
  Statement live = NARU_TRY(read_.truth->prepare("SELECT docs.id FROM flows CROSS JOIN items ON items.flow = flows.id "
                                                 "JOIN docs ON docs.id = items.id "
                                                 "WHERE items.key = ? AND docs.base = ? ORDER BY flows.name"));
  live.bind(key).bind(base_);
  while (NARU_TRY(live.step())) ids.push_back(live.integer(0));
  if (!past_) return ids;
  Statement past = NARU_TRY(read_.truth->prepare(
      "SELECT doc FROM generations WHERE key = ? AND base = ? AND born <= ? AND died > ? ORDER BY flow"));
  past.bind(key).bind(base_).bind(static_cast<std::int64_t>(epoch_)).bind(static_cast<std::int64_t>(epoch_));
  while (NARU_TRY(past.step())) ids.push_back(past.integer(0));
  return ids;
}

Result<DocumentView> StoreSnapshot::document(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  for (const std::int64_t id : NARU_TRY(documents_named(key))) {
    if (allowed_ && !allowed_->test(static_cast<std::size_t>(id))) continue;
    const Result<const DocRow*> there = doc_row(id);
    if (!there && there.error().code() == Code::not_found) continue;  // not yet then
    const DocRow* doc = NARU_TRY(there);
    const std::shared_ptr<const OpenContent> content = NARU_TRY(open_content(doc->content));
    DocumentView view;
    view.knowledge_base = base_name_;
    view.flow = doc->flow;
    view.doc = doc->key;
    view.version = doc->version;
    view.label = doc->label;
    view.document = content->content.document;
    view.document.uri = doc->key;
    for (std::size_t i = 0; i < doc->layout.size(); ++i) {
      view.chunks.push_back(NARU_TRY(view_of(*doc, doc->layout[i], i)));
    }
    return view;
  }
  return Error(Code::not_found, fmt::format("there is no document \"{}\" in {}", key, base_name_));
}

}  // namespace naru
