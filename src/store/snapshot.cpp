#include "store/snapshot.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/trace.h"
#include "store/history.h"
#include "store/lexical/condition.h"
#include "store/vector/codes.h"
#include "store/vector/scan.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Documents whose names are looked up one by one to settle ties; for more, one pass over all documents is cheaper.
constexpr std::size_t kLookedUpMax = 1000;

constexpr std::uint32_t kNone = ~0U;  // no row

constexpr RowPlace kNowhere = {kNone, 0};

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

}  // namespace naru
