#include "store/segment_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "runtime/failpoint.h"
#include "runtime/files.h"
#include "runtime/trace.h"
#include "store/manifest.h"
#include "store/read_view.h"

namespace naru {

namespace {

// Segments of one size class before they are merged into one of the next: 8 keeps both the number of files that a query
// opens and the times that a posting is rewritten near log8 of the rows.
constexpr std::size_t kMergeFactor = 8;

// A segment with fewer live rows than this share of its rows is written anew after a run: its dead postings are read by
// every query and its lists must be decoded to count what lives.
constexpr double kLiveShareMin = 0.8;

// After a run that added at least this share of what lives, all segments become one: a merge costs about what adding
// those rows did, and a query then opens one file.
constexpr double kGrownShare = 0.25;

// More segments than these are not left behind: the writer then waits for the merge in the background, so that a query
// never opens more files.
constexpr std::size_t kSegmentsMax = 64;

std::size_t size_class(std::uint64_t rows) {
  std::size_t exponent = 0;
  for (; rows >= kMergeFactor; rows /= kMergeFactor) ++exponent;
  return exponent;
}

}  // namespace

Result<SegmentSet> SegmentSet::open(Database& truth, const std::string& folder, std::int64_t base,
                                    std::size_t inline_rows) {
  SegmentSet set(truth, folder, base, inline_rows);
  for (const SegmentEntry& entry : NARU_TRY(read_segments(truth, base))) {
    NamedSegment named = NARU_TRY(open_segment(folder, entry));
    Live live;
    live.id = named.id;
    live.segment = std::move(named.segment);
    live.alive = std::move(named.alive);
    set.segments_.push_back(std::move(live));
  }
  return set;
}

Status SegmentSet::bury(std::uint32_t document, std::uint64_t chunk) {
  for (Live& live : segments_) {
    const std::optional<std::uint32_t> row = live.segment->find_row(document, chunk);
    if (!row || !live.alive.test(*row)) continue;
    live.alive.clear(*row);
    live.changed = true;
    return {};
  }
  return Error(Code::corrupt, fmt::format("chunk row {} is in no segment; run `naru verify --repair`", chunk));
}

Status SegmentSet::add(const SegmentBuilder& builder) {
  Span span("SegmentSet::add");
  const SegmentFile file = NARU_TRY(builder.write(folder_));
  span.value("rows", file.rows);
  NARU_FAILPOINT("store.after_segment");
  segments_.push_back(NARU_TRY(publish(NARU_TRY(Segment::open(folder_, file.name)), Bitmap(file.rows, true))));
  added_rows_ += file.rows;
  return {};
}

Result<SegmentSet::Live> SegmentSet::publish(std::shared_ptr<const Segment> segment, Bitmap alive) {
  Span span("SegmentSet::publish");
  if (span.on()) span.value("segment", segment->name());
  Live live;
  live.segment = std::move(segment);
  live.alive = std::move(alive);
  const SegmentEntry entry{0, live.segment->name(), live.segment->rows(), live.alive.bytes()};
  live.id = NARU_TRY(put_segment(*truth_, base_, entry));
  return live;
}

Status SegmentSet::save() {
  for (Live& live : segments_) {
    if (!live.changed) continue;
    NARU_TRY(set_alive(*truth_, live.id, live.alive.bytes()));
    live.changed = false;
  }
  return {};
}

Status SegmentSet::clear() {
  Statement drop = NARU_TRY(truth_->prepare("DELETE FROM segments WHERE base = ?"));
  NARU_TRY(drop.bind(base_).run());
  give_up_merge();
  segments_.clear();
  return {};
}

// The segments of the first size class that has enough of them; none where no class has.
SegmentSet::Which SegmentSet::full_class() const {
  std::map<std::size_t, Which> classes;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (!segments_[i].merging) classes[size_class(segments_[i].alive.count())].push_back(i);
  }
  for (auto& [size, which] : classes) {
    if (which.size() >= kMergeFactor) return std::move(which);
  }
  return {};
}

Status SegmentSet::merge_full_classes() {
  if (background_ && (background_->done() || segments_.size() > kSegmentsMax)) NARU_TRY(publish_merge());
  for (Which which = full_class(); !which.empty(); which = full_class()) {
    if (rows_of(which) <= inline_rows_) {
      NARU_TRY(merge(which));
    } else if (!background_) {
      begin_merge(which);
    } else {
      return {};  // one at a time
    }
  }
  return {};
}

std::size_t SegmentSet::rows_of(const Which& which) const {
  std::size_t rows = 0;
  for (const std::size_t i : which) rows += segments_[i].alive.count();
  return rows;
}

Status SegmentSet::settle() {
  const bool grown = static_cast<double>(added_rows_) >= kGrownShare * static_cast<double>(live_rows());
  if (grown) give_up_merge();  // all become one
  if (background_) NARU_TRY(publish_merge());
  Which which;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const auto rows = static_cast<double>(segments_[i].segment->rows());
    const bool worn = static_cast<double>(segments_[i].alive.count()) < kLiveShareMin * rows;
    if (grown || worn) which.push_back(i);
  }
  const bool whole = which.size() == 1 && segments_[which[0]].alive.count() == segments_[which[0]].segment->rows();
  if (!which.empty() && !whole) NARU_TRY(merge(which));
  added_rows_ = 0;
  for (which = full_class(); !which.empty(); which = full_class()) NARU_TRY(merge(which));
  return {};
}

Result<std::uint64_t> SegmentSet::drop_dead() {
  const auto postings = [&] {
    std::uint64_t sum = 0;
    for (const Live& live : segments_) {
      for (std::size_t i = 0; i < live.segment->terms(); ++i) sum += live.segment->list(i).count();
    }
    return sum;
  };
  const auto has_dead = [](const Live& live) { return live.alive.count() < live.segment->rows(); };
  give_up_merge();
  const std::uint64_t before = postings();
  while (true) {
    const auto found = std::find_if(segments_.begin(), segments_.end(), has_dead);
    if (found == segments_.end()) break;
    NARU_TRY(merge({static_cast<std::size_t>(found - segments_.begin())}));
  }
  return before - postings();
}

std::uint64_t SegmentSet::live_rows() const {
  std::uint64_t sum = 0;
  for (const Live& live : segments_) sum += live.alive.count();
  return sum;
}

// ---- merging ----

Status SegmentSet::merge(const Which& which) {
  const Span span("SegmentSet::merge");
  if (rows_of(which) == 0) return replace(which, nullptr, {});
  std::vector<MergeInput> inputs;
  for (const std::size_t i : which) inputs.push_back({segments_[i].segment.get(), &segments_[i].alive});
  const SegmentFile file = NARU_TRY(merge_segments(inputs, folder_));
  return replace(which, NARU_TRY(Segment::open(folder_, file.name)), Bitmap(file.rows, true));
}

void SegmentSet::begin_merge(const Which& which) {
  std::vector<BackgroundMerge::Input> inputs;
  for (const std::size_t i : which) {
    segments_[i].merging = true;
    inputs.push_back({segments_[i].segment, segments_[i].alive});
  }
  background_ = std::make_unique<BackgroundMerge>(std::move(inputs), folder_);
}

// Waits where it is not done.
Status SegmentSet::publish_merge() {
  const Span span("SegmentSet::publish_merge");
  const std::unique_ptr<BackgroundMerge> merge = std::move(background_);
  Which which;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (std::exchange(segments_[i].merging, false)) which.push_back(i);
  }
  const SegmentFile file = NARU_TRY(merge->wait());
  const std::shared_ptr<const Segment> merged = NARU_TRY(Segment::open(folder_, file.name));
  return replace(which, merged, still_alive(*merged, which, merge->inputs()));
}

void SegmentSet::give_up_merge() {
  background_.reset();
  for (Live& live : segments_) live.merging = false;
}

// Which rows of a merged segment live: all that lived when the merge began but those that died since.
Bitmap SegmentSet::still_alive(const Segment& merged, const Which& which,
                               const std::vector<BackgroundMerge::Input>& began) const {
  Bitmap alive(merged.rows(), true);
  for (std::size_t n = 0; n < which.size(); ++n) {
    const Live& live = segments_[which[n]];
    began[n].alive.each([&](std::size_t i) {
      if (live.alive.test(i)) return;
      const SegmentRow& row = live.segment->row(i);
      if (const auto at = merged.find_row(row.document, row.chunk)) alive.clear(*at);
    });
  }
  return alive;
}

// Names `merged` instead of the segments that it was made of; null: nothing lived in them.
Status SegmentSet::replace(const Which& which, const std::shared_ptr<const Segment>& merged, Bitmap alive) {
  NARU_FAILPOINT("store.after_merge");
  std::optional<Live> made;
  {
    const auto transaction = NARU_TRY(Transaction::begin(*truth_));
    for (const std::size_t i : which) NARU_TRY(drop_segment(*truth_, segments_[i].id));
    if (merged) made = NARU_TRY(publish(merged, std::move(alive)));
    NARU_TRY(transaction->commit());
  }
  std::vector<std::string> gone;
  std::vector<Live> kept;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (std::find(which.begin(), which.end(), i) == which.end()) {
      kept.push_back(std::move(segments_[i]));
    } else if (!merged || segments_[i].segment->name() != merged->name()) {
      gone.push_back(segments_[i].segment->name());
    }
  }
  if (made) kept.push_back(std::move(*made));
  segments_ = std::move(kept);
  NARU_FAILPOINT("store.after_publish");
  for (const std::string& name : gone) NARU_TRY(remove_file(join_path(folder_, name + ".seg")));
  return {};
}

}  // namespace naru
