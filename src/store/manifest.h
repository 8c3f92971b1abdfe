// The manifest: which files the truth names, and what of them counts. Its rows are changed by deltas within the commit
// that they belong to, so that publishing a file is one transaction.
//
// What is read is whole: a row that no writer makes is refused as corrupt here, so that nobody behind allocates by a
// number or opens by a name that is damaged. docs/format/truth.md draws the tables.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "naru/model.h"
#include "naru/result.h"
#include "store/sqlite.h"

namespace naru {

// One knowledge base.
struct BaseEntry {
  std::int64_t id = 0;
  std::string name;
  std::int64_t vectors = 0;  // model of the newest rows, 0: nothing is embedded
};

// What the truth says of one segment.
struct SegmentEntry {
  std::int64_t id = 0;
  std::string name;
  std::uint64_t rows = 0;
  std::string alive;  // bytes of a Bitmap of that many rows
};

// One embedding model whose vectors are kept. `id` is what segment rows call `model`.
struct VectorEntry {
  std::int64_t id = 0;
  ModelInfo model;
  std::uint64_t rows = 0;  // committed
};

// More numbers in a vector than any embedder gives: a damaged count must not decide what is allocated.
inline constexpr std::uint32_t kDimsMax = 1U << 16;

// Ordered by name; the others by id. corrupt: a row that no writer makes.
Result<std::vector<BaseEntry>> read_bases(Database& truth);
Result<std::vector<SegmentEntry>> read_segments(Database& truth, std::int64_t base);
Result<std::vector<VectorEntry>> read_vectors(Database& truth);

// Deltas, each within the caller's transaction. put_… returns the id; `id` of the entry is not looked at.
Result<std::int64_t> put_segment(Database& truth, std::int64_t base, const SegmentEntry& entry);
Status set_alive(Database& truth, std::int64_t segment, const std::string& alive);
Status drop_segment(Database& truth, std::int64_t segment);
Result<std::int64_t> put_model(Database& truth, const VectorEntry& entry);  // or its rows, where the model is known

// Whether a segment's row of the manifest is one that a writer makes: for who tells of every wrong one.
Status check_entry(const SegmentEntry& entry);

}  // namespace naru
