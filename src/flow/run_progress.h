// RunProgress: how far a run is, told at most twice a second.
//
// Items count as done when nothing is left to be paid for them: one whose texts still wait for the embedder is not
// done, however quickly it was read. So `done` over the seconds is the rate of the whole run, and what is left can be
// foretold from it, although most of the time goes into texts and not into items. Belongs to one run and its thread.
#pragma once

#include <cstdint>
#include <string>

#include "flow/event.h"
#include "runtime/clock.h"

namespace naru {

class RunProgress {
 public:
  RunProgress(std::string flow, const Clock& clock, const EventSink& sink, const RunSummary& summary)
      : flow_(std::move(flow)), clock_(clock), sink_(sink), summary_(summary) {}

  void expect(std::uint64_t items) { total_ = items; }  // that have to be looked at
  void looked_at_one() { ++looked_at_; }
  void set_waiting(std::uint64_t items) { waiting_ = items; }  // of those looked at: not embedded yet
  void tell_if_due();

 private:
  const std::string flow_;
  const Clock& clock_;
  const EventSink& sink_;
  const RunSummary& summary_;
  std::uint64_t total_ = 0, looked_at_ = 0, waiting_ = 0;
  const std::int64_t started_ns_ = clock_.monotonic_ns();
  std::int64_t told_ns_ = started_ns_;
};

}  // namespace naru
