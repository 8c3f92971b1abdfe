// One merge of segments in a thread of its own, within a CPU budget, while the writer goes on.
//
// The thread reads immutable files and writes a new one; it touches neither the truth nor what the writer holds. The
// writer asks done(), takes the file by wait() and publishes it: until then the file is garbage like any other that the
// truth does not name. Made, asked and destroyed by one thread.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/thread.h"
#include "store/lexical/segment_merge.h"

namespace naru {

class BackgroundMerge {
 public:
  struct Input {
    std::shared_ptr<const Segment> segment;
    Bitmap alive;  // as it was when the merge began: rows that die meanwhile are in the new segment, and not alive
  };

  BackgroundMerge(std::vector<Input> inputs, std::string folder);  // begins at once
  // A merge that is not wanted any more stops at its next term.

  const std::vector<Input>& inputs() const { return inputs_; }
  bool done() const { return done_; }
  // From now on without a budget: somebody waits. corrupt, io, limit_exceeded: as merge_segments().
  Result<SegmentFile> wait();

 private:
  void run(const std::stop_token& stop);
  bool may_go_on(const std::stop_token& stop);

  const std::vector<Input> inputs_;
  const std::string folder_;
  std::atomic<bool> done_ = false, hurry_ = false;
  std::int64_t slice_began_ns_ = 0;              // the thread's
  std::optional<Result<SegmentFile>> result_;    // the thread's until it is joined
  Thread thread_;                                // last: it uses all others
};

}  // namespace naru
