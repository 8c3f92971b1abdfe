// For tests: a flow over a source and a store in memory, with steps small enough to be understood at a glance. One
// thread, except where Operator says otherwise.
#pragma once

#include <atomic>

#include "flow/chunk_id.h"
#include "flow/engine.h"
#include "flow/testing.h"

namespace naru::testing {

// Every line a block; a text with "broken" in it cannot be parsed.
class LineParser : public Operator {
 public:
  Result<Batch> process(Batch batch, WorkerState*, std::stop_token stop) const override {
    for (Record& record : batch) {
      ++parsed;
      if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
      if (record.bytes.find("broken") != std::string::npos) return Error(Code::corrupt, "broken bytes");
      Document document;
      for (std::size_t at = 0; at < record.bytes.size();) {
        const std::size_t end = std::min(record.bytes.find('\n', at), record.bytes.size());
        Block block;
        block.text = record.bytes.substr(at, end - at);
        block.locator.bytes = ByteRange{at, end};
        if (!block.text.empty()) document.blocks.push_back(std::move(block));
        at = end + 1;
      }
      record.payload = std::move(document);
      record.bytes.clear();
    }
    return batch;
  }
  Id128 fingerprint() const override { return hash128("lines" + std::to_string(version)); }
  mutable std::atomic<int> parsed = 0;
  int version = 1;
};

class BlockChunker : public Operator {
 public:
  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const override {
    Batch out;
    for (Record& record : batch) {
      std::vector<Chunk> chunks;
      std::uint64_t at = 0;
      for (const Block& block : std::get<Document>(record.payload).blocks) {
        Chunk chunk;
        chunk.text = block.text;
        chunk.text_start = at;
        chunk.text_end = at + block.text.size();
        chunk.locator = block.locator;
        at = chunk.text_end + kBlockSeparator.size();
        chunks.push_back(std::move(chunk));
      }
      assign_chunk_ids(make_doc_id(record.lineage.source, record.lineage.item), chunks);
      out.push_back(std::move(record));
      for (Chunk& chunk : chunks) out.emplace_back().payload = std::move(chunk);
    }
    return out;
  }
  Id128 fingerprint() const override { return hash128("blocks"); }
};

class CountingEmbedder : public Operator {
 public:
  Result<Batch> process(Batch batch, WorkerState*, std::stop_token stop) const override {
    if (unavailable) return Error(Code::unavailable, "the endpoint is down");
    for (Record& record : batch) {
      if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
      Chunk& chunk = std::get<Chunk>(record.payload);
      embedded[chunk.text]++;
      if (clock != nullptr) clock->sleep_ms(ms_per_text, {});
      chunk.vector = std::vector<float>{1, 0};
    }
    return batch;
  }
  Id128 fingerprint() const override { return hash128("embed"); }
  mutable std::map<std::string, int> embedded;
  bool unavailable = false;
  const Clock* clock = nullptr;  // moved by each text
  std::int64_t ms_per_text = 0;
};

struct Flow {
  Flow() {
    plan.name = "handbook";
    plan.knowledge_base = "kb";
    auto owned = std::make_unique<MemorySource>();
    source = owned.get();
    plan.source = std::move(owned);
    auto lines = std::make_unique<LineParser>();
    parser = lines.get();
    auto counting = std::make_unique<CountingEmbedder>();
    embedder = counting.get();
    plan.steps.push_back({"parse", std::move(lines)});
    plan.steps.push_back({"chunk", std::make_unique<BlockChunker>()});
    plan.steps.push_back({"embed", std::move(counting)});
    ModelInfo model;
    model.name = "test";
    model.dims = 2;
    plan.embedder = model;
  }
  Result<RunReport> run(RunOptions options = {}) {
    events.clear();
    FlowRunner runner(store, store, clock, [&](const FlowEvent& event) { events.push_back(event); });
    return runner.run(plan, options);
  }
  template <class T>
  std::vector<T> of() const {
    std::vector<T> found;
    for (const FlowEvent& event : events) {
      if (const T* is = std::get_if<T>(&event)) found.push_back(*is);
    }
    return found;
  }
  std::map<std::string, MemoryStore::Stored>& documents() { return store.stored["handbook"]; }

  ManualClock clock;
  MemoryStore store;
  FlowPlan plan;
  MemorySource* source = nullptr;
  LineParser* parser = nullptr;
  CountingEmbedder* embedder = nullptr;
  std::vector<FlowEvent> events;
};

}  // namespace naru::testing
