// One consistent read of the store: both databases in their own read transactions, and the files that they name.
//
// What a view names stays readable while it lives, though a writer commits: keep it for a question, not for an hour.
// A view belongs to one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "naru/result.h"
#include "store/bitmap.h"
#include "store/lexical/segment.h"
#include "store/truth.h"
#include "store/vector/vector_index.h"

namespace naru {

// A segment that the truth names, with the rows of it that live.
struct NamedSegment {
  std::int64_t id = 0;
  std::shared_ptr<const Segment> segment;
  Bitmap alive;
};

struct ReadView {
  std::unique_ptr<Database> truth, content;
  std::unique_ptr<Transaction> truth_read, content_read;
  static Result<ReadView> open(const StorePaths& paths);
};

// Is there a store that a writer has finished making? A kill may leave less; there is nothing in it then.
Result<bool> is_made(const StorePaths& paths);

// Was it made by an earlier naru, so that opening it to write brings it up to date?
Result<bool> is_upgradable(const StorePaths& paths);

// not_found: a file that the truth names is not there. corrupt: it is not what the truth says of it.
Result<NamedSegment> open_segment(const std::string& folder, const SegmentEntry& entry);
Result<std::vector<NamedSegment>> open_segments(const ReadView& view, const StorePaths& paths, std::int64_t base);
Result<std::shared_ptr<const VectorRows>> open_vectors(const StorePaths& paths, const VectorEntry& entry);
Result<std::shared_ptr<const VectorIndex>> open_vector_index(const StorePaths& paths, const VectorEntry& entry);

// Are this model's vectors coded? Those of the stub are compared exactly, however many: contract.md.
bool has_codes(const VectorEntry& entry);

// A writer may publish a merge between our reading a name and opening the file; a few tries settle it.
inline constexpr int kOpenTriesMax = 20;

// Calls read(ReadView) and calls it again with a newer view where it found a file gone.
template <class Read>
auto read_store(const StorePaths& paths, Read read) -> decltype(read(std::declval<ReadView>())) {
  for (int attempt = 1;; ++attempt) {
    auto result = read(NARU_TRY_AT(ReadView::open(paths), "opening the store " + paths.root));
    if (result || result.error().code() != Code::not_found || attempt == kOpenTriesMax) return result;
  }
}

}  // namespace naru
