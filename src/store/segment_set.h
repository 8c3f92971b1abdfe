// The segments of one knowledge base as its writer keeps them: rows are added, buried and merged here, and every change
// is named in the truth by the caller's transaction.
//
// Invariants: 1. a live chunk row stands in exactly one segment with its alive bit set; 2. a file is durable before the
// truth names it, and is removed only after the truth names it no more; 3. rows of a segment are ordered by (document,
// chunk row). Belongs to the writer's thread. After an error of add() or save() the object no longer agrees with the
// truth: the writer drops it and opens it again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/background_merge.h"
#include "store/bitmap.h"
#include "store/lexical/segment_builder.h"
#include "store/sqlite.h"

namespace naru {

class SegmentSet {
 public:
  // Merged within a commit: some 30 ms of it.
  static constexpr std::size_t kInlineRows = 1U << 14;

  // Merges of up to `inline_rows` rows are done at once, larger ones beside the writer.
  static Result<SegmentSet> open(Database& truth, const std::string& folder, std::int64_t base,
                                 std::size_t inline_rows = kInlineRows);
  // Without looking at what is there: for building anew.
  static SegmentSet none(Database& truth, const std::string& folder, std::int64_t base) {
    return {truth, folder, base, kInlineRows};
  }

  // The row is no longer alive. corrupt: it is in no segment.
  Status bury(std::uint32_t document, std::uint64_t chunk);
  // Writes a segment and names it, within the caller's transaction.
  Status add(const SegmentBuilder& builder);
  // Writes the changed alive bits, within the caller's transaction.
  Status save();
  // Names no segment any more, within the caller's transaction: what follows builds them anew.
  Status clear();

  // Each of these is a transaction of its own, and does nothing where nothing is to be done.

  // After a commit. Small classes are merged at once; a large one begins to be merged in the background, and is
  // published by the first call that finds it done.
  Status merge_full_classes();
  // After a run, waiting for it: segments with many dead rows; everything, where this set grew by a good part of what
  // it holds. Nothing is merged in the background when it returns.
  Status settle();
  // Rewrites every segment in which a row is dead; how many postings went.
  Result<std::uint64_t> drop_dead();

 private:
  struct Live {
    std::int64_t id = 0;  // row of the truth
    std::shared_ptr<const Segment> segment;
    Bitmap alive;
    bool changed = false;  // the alive bits are not yet in the truth
    bool merging = false;  // in the background
  };
  using Which = std::vector<std::size_t>;  // places in segments_

  SegmentSet(Database& truth, std::string folder, std::int64_t base, std::size_t inline_rows)
      : truth_(&truth), folder_(std::move(folder)), base_(base), inline_rows_(inline_rows) {}
  Result<Live> publish(std::shared_ptr<const Segment> segment, Bitmap alive);
  Which full_class() const;
  std::size_t rows_of(const Which& which) const;
  Status merge(const Which& which);
  void begin_merge(const Which& which);
  Status publish_merge();
  void give_up_merge();
  Bitmap still_alive(const Segment& merged, const Which& which,
                     const std::vector<BackgroundMerge::Input>& began) const;
  Status replace(const Which& which, const std::shared_ptr<const Segment>& merged, Bitmap alive);
  std::uint64_t live_rows() const;

  Database* truth_;
  std::string folder_;
  std::int64_t base_;
  std::size_t inline_rows_;
  std::vector<Live> segments_;
  std::unique_ptr<BackgroundMerge> background_;  // of the segments that are `merging`; null: nothing is
  std::uint64_t added_rows_ = 0;  // since the last settle()
};

}  // namespace naru
