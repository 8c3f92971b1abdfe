#include "store/background_merge.h"

#include "runtime/clock.h"

namespace naru {

namespace {

// Of one core. Queries and commits keep the rest, also on a machine of two cores with both of them busy.
constexpr double kCpuShare = 0.5;

// A merge rests after each slice of work: short enough that nobody waits for it, long against waking up.
constexpr std::int64_t kSliceMs = 10;

}  // namespace

BackgroundMerge::BackgroundMerge(std::vector<Input> inputs, std::string folder)
    : inputs_(std::move(inputs)), folder_(std::move(folder)),
      thread_("merge", [this](const std::stop_token& stop) { run(stop); }) {}

void BackgroundMerge::run(const std::stop_token& stop) {
  slice_began_ns_ = system_clock().monotonic_ns();
  std::vector<MergeInput> inputs;
  for (const Input& input : inputs_) inputs.push_back({input.segment.get(), &input.alive});
  result_ = merge_segments(inputs, folder_, [&] { return may_go_on(stop); });
  done_ = true;
}

bool BackgroundMerge::may_go_on(const std::stop_token& stop) {
  if (stop.stop_requested() || hurry_) return !stop.stop_requested();
  const double worked = elapsed_ms(slice_began_ns_, system_clock().monotonic_ns());
  if (worked < kSliceMs) return true;
  const bool rested = system_clock().sleep_ms(static_cast<std::int64_t>(worked * (1 - kCpuShare) / kCpuShare), stop);
  slice_began_ns_ = system_clock().monotonic_ns();
  return rested;
}

Result<SegmentFile> BackgroundMerge::wait() {
  hurry_ = true;
  thread_.join();
  return *result_;
}

}  // namespace naru
