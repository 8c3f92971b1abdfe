// One segment from several, without rows that are not alive, without analysing again.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "naru/result.h"
#include "store/bitmap.h"
#include "store/lexical/segment.h"

namespace naru {

struct MergeInput {
  const Segment* segment = nullptr;
  const Bitmap* alive = nullptr;
};

// Rows are ordered by (document, chunk row), so equal inputs give equal bytes in whatever order they are named. Terms
// are merged as they are read: what is held in memory is the new file, one posting list, and some 40 bytes a row.
// `go_on` is asked between terms, where there is one; after a no the merge ends. cancelled: it said no.
Result<SegmentFile> merge_segments(std::span<const MergeInput> inputs, const std::string& folder,
                                   const std::function<bool()>& go_on = {});

}  // namespace naru
