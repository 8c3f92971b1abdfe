// The part of a snapshot that reads documents: chunks and whole documents as their reader sees them, from the rows of
// the truth and the kept texts.
#include <fmt/format.h>

#include <algorithm>

#include "store/snapshot.h"

namespace naru {

namespace {

// Decoded contents kept per snapshot: enough for the hits of a page and their neighbours.
constexpr std::size_t kContentsKept = 64;

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

// What stands around slices[number], grown a slice to each side in turn, so that a limit leaves out what is furthest.
// Slices are in the order of the text and may overlap.
ChunkContext around(const std::vector<ChunkSlice>& slices, std::size_t number, const ContextWanted& wanted,
                    std::string_view text) {
  const ChunkSlice& own = slices[number];
  std::uint64_t start = own.text_start, end = own.text_end;
  ChunkContext context;
  const auto belongs = [&](std::size_t other) {
    return wanted.section ? slices[other].heading_path == own.heading_path
                          : std::max(other, number) - std::min(other, number) <= wanted.chunks;
  };
  const auto take = [&](std::size_t other) {
    const std::uint64_t from = std::min(start, slices[other].text_start), to = std::max(end, slices[other].text_end);
    if (to - from > kContextBytesMax || to > text.size()) return false;
    start = from;
    end = to;
    return true;
  };
  std::size_t first = number, last = number;
  for (bool up = true, down = true; up || down;) {
    up = up && first > 0 && belongs(first - 1);
    if (up && !take(first - 1)) context.whole = up = false;
    if (up) --first;
    down = down && last + 1 < slices.size() && belongs(last + 1);
    if (down && !take(last + 1)) context.whole = down = false;
    if (down) ++last;
  }
  context.first = static_cast<std::uint32_t>(first);
  context.last = static_cast<std::uint32_t>(last);
  context.text = text.substr(start, end - start);
  context.start = own.text_start - start;
  context.end = own.text_end - start;
  return context;
}

}  // namespace

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

Result<ChunkContext> StoreSnapshot::context(std::uint64_t row, const ContextWanted& wanted) const {
  const std::lock_guard lock(mutex_);
  const auto [doc, number] = NARU_TRY(doc_of(row));
  const std::shared_ptr<const OpenContent> content = NARU_TRY(open_content(doc->content));
  const std::vector<ChunkSlice>& slices = content->content.slices;
  if (number >= slices.size()) return Error(Code::corrupt, "a layout does not fit its text; run `naru verify`");
  NARU_TRY(text_of(slices[number], content->text));
  return around(slices, number, wanted, content->text);
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
