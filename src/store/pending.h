// What one commit of the writer collects before it is written. Lives as long as the commit, in the writer's thread.
#pragma once

#include <unordered_map>
#include <vector>

#include "store/writer.h"

namespace naru {

struct StoreWriter::Pending {
  struct Born {
    SegmentRow row;
    const DocumentUpsert* document;
    const Chunk* chunk;  // of it
  };
  std::int64_t flow = 0, base = 0, model = 0, pipeline = 0;
  std::uint64_t epoch = 0, vector_rows = 0;
  VectorWriter* vectors = nullptr;
  std::vector<Born> born;
  std::vector<std::int64_t> old_contents;  // perhaps named by nothing any more
  std::unordered_map<Id128, std::int64_t> labels;  // rows by hash: most documents have the same
  Committed committed;
};

}  // namespace naru
