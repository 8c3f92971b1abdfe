// For tests of the store: documents made of paragraphs, change sets made of documents, and what a reader sees of them.
#pragma once

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "flow/chunk_id.h"
#include "model/stub.h"
#include "runtime/files.h"
#include "store/store.h"

namespace naru::testing {

// How many of something a long run asks for in the environment; `otherwise` in a test run.
inline std::uint64_t asked_for(const char* name, std::uint64_t otherwise) {
  const char* const asked = std::getenv(name);
  return asked == nullptr ? otherwise : std::strtoull(asked, nullptr, 10);
}

// A document by its paragraphs: each is a block and a chunk.
struct Page {
  std::vector<std::string> paragraphs;
  Label label;
  bool operator==(const Page&) const = default;
};
using Pages = std::map<std::string, Page>;  // by key

inline Item item_of(const std::string& key, const Page& page) {
  std::string bytes;
  for (const std::string& paragraph : page.paragraphs) bytes += paragraph + "\n\n";
  return {key, hash128(bytes).hex(), 0, bytes.size(), "txt"};
}

inline DocumentUpsert upsert_of(const std::string& flow, const std::string& key, const Page& page, bool embed = true) {
  DocumentUpsert upsert;
  upsert.item = item_of(key, page);
  upsert.version = sha256(upsert.item.fingerprint);
  upsert.label = page.label;
  upsert.document.uri = key;
  upsert.document.format = "text";
  upsert.document.language = "en";
  if (!page.paragraphs.empty()) upsert.document.title = page.paragraphs.front();
  std::size_t at = 0;
  for (const std::string& paragraph : page.paragraphs) {
    Block block;
    block.text = paragraph;
    block.locator.bytes = ByteRange{at, at + paragraph.size()};
    Chunk chunk;
    chunk.text = paragraph;
    chunk.text_start = at;
    chunk.text_end = at + paragraph.size();
    chunk.locator = block.locator;
    at = chunk.text_end + kBlockSeparator.size();
    upsert.document.blocks.push_back(std::move(block));
    upsert.chunks.push_back(std::move(chunk));
  }
  assign_chunk_ids(make_doc_id(flow, key), upsert.chunks);
  for (const Chunk& chunk : upsert.chunks) {
    upsert.vector_keys.push_back(embed ? std::optional(vector_key(chunk.text)) : std::nullopt);
  }
  return upsert;
}

// A flow over one store: says what should be, and changes what is.
class Desk {
 public:
  explicit Desk(std::string folder, std::string flow = "notes", std::string base = "kb")
      : folder_(std::move(folder)), flow_(std::move(flow)), base_(std::move(base)), embedder_(make_stub_embedder()) {
    open();
  }

  Store& store() { return *store_; }
  const std::string& folder() const { return folder_; }
  const std::string& flow() const { return flow_; }
  void set_base(std::string base) { base_ = std::move(base); }
  void set_embed(bool embed) { embed_ = embed; }
  void set_model(std::string name) { model_ = std::move(name); }  // the stub's vectors under another model's name
  bool is_open() const { return store_ != nullptr; }
  void close() { store_.reset(); }
  void open() { try_open().value(); }
  Status try_open() {
    close();
    store_ = NARU_TRY(Store::open(folder_, Access::write));
    return {};
  }

  ChangeSet change(const Pages& put, const std::vector<std::string>& removes = {}) const {
    ChangeSet changes;
    changes.flow = flow_;
    changes.knowledge_base = base_;
    changes.pipeline = hash128("pipeline");
    if (embed_) changes.embedder = model();
    for (const auto& [key, page] : put) changes.upserts.push_back(upsert_of(flow_, key, page, embed_));
    changes.removes = removes;
    return changes;
  }

  Result<Committed> apply(const ChangeSet& changes) {
    std::vector<std::string> texts;
    std::vector<Id128> keys;
    for (const DocumentUpsert& upsert : changes.upserts) {
      for (const Chunk& chunk : upsert.chunks) {
        if (!embed_) continue;
        texts.push_back(chunk.text);
        keys.push_back(vector_key(chunk.text));
      }
    }
    if (!texts.empty()) {
      const auto vectors = NARU_TRY(embedder_->embed(texts, TextRole::passage, {}));
      NARU_TRY(store_->put_vectors(model(), keys, vectors));
    }
    return store_->apply(changes);
  }

  Result<Committed> put(const Pages& pages) { return apply(change(pages)); }
  Result<Committed> remove(const std::vector<std::string>& keys) { return apply(change({}, keys)); }

  std::vector<std::string> dump() const { return *store_->dump(Principal::owner()); }

  std::shared_ptr<const Snapshot> snapshot(const Principal& principal = Principal::owner(),
                                           const Expression* filter = nullptr) const {
    return *store_->open_snapshot(base_, principal, filter);
  }

  // "doc#place score" of every hit, best first, scores to the last bit.
  std::vector<std::string> hits(const std::string& query, bool vector_leg = false,
                                const Principal& principal = Principal::owner(),
                                const Expression* filter = nullptr) const {
    const std::shared_ptr<const Snapshot> seen = snapshot(principal, filter);
    const std::vector<QueryTerm> terms = analyze_query(query);
    const std::vector<std::string> texts = {query};
    const std::vector<ScoredRow> rows =
        vector_leg ? *seen->vector(embedder_->embed(texts, TextRole::query, {})->front(), 10)
                   : *seen->lexical(terms, *seen->statistics(terms), Bm25{}, 10);
    std::vector<std::string> lines;
    for (const ScoredRow& row : rows) {
      const ChunkView chunk = *seen->chunk(row.row);
      lines.push_back(chunk.doc + "#" + std::to_string(chunk.number) + " " + std::to_string(row.score * 1e12));
    }
    return lines;
  }

  // Empty: everything equals the truth.
  std::string problems() const {
    std::string all;
    const Result<VerifyReport> report = store_->verify();
    if (!report) return report.error().describe();
    for (const std::string& problem : report->problems) all += problem + "\n";
    return report->ok ? all : all + "not ok";
  }

 private:
  ModelInfo model() const {
    ModelInfo info = embedder_->info();
    if (model_.empty()) return info;
    info.name = model_;
    info.fingerprint = hash128(model_);
    return info;
  }

  const std::string folder_, flow_;
  std::string base_, model_;
  bool embed_ = true;
  std::unique_ptr<Embedder> embedder_;
  std::unique_ptr<Store> store_;
};

}  // namespace naru::testing
