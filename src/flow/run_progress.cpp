#include "flow/run_progress.h"

namespace naru {

// A person sees that something happens.
constexpr std::int64_t kProgressNs = 500'000'000;

void RunProgress::tell_if_due() {
  const std::int64_t now = clock_.monotonic_ns();
  if (!sink_ || now - told_ns_ < kProgressNs) return;
  told_ns_ = now;
  sink_(ProgressEvent{flow_, looked_at_ - waiting_, total_, summary_.embedded,
                      static_cast<double>(now - started_ns_) / 1e9});
}

}  // namespace naru
