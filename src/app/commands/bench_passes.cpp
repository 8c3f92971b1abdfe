#include "app/commands/bench_passes.h"

#include <vector>

#include "retrieve/evaluate.h"
#include "runtime/clock.h"
#include "runtime/usage.h"

namespace naru {

namespace {

constexpr double kMedian = 0.5, kSlowest = 0.99;

}  // namespace

Result<Json> time_passes(std::size_t count, std::uint64_t passes, const std::stop_token& stop,
                         const std::function<Status(std::size_t i, Pass pass)>& ask) {
  std::vector<double> each, means, cpu_means;
  const double questions = static_cast<double>(count);
  for (std::uint64_t pass = 0; pass <= passes; ++pass) {
    const std::int64_t start = system_clock().monotonic_ns(), cpu_start = process_cpu_ns();
    for (std::size_t i = 0; i < count; ++i) {
      if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
      const std::int64_t asked = system_clock().monotonic_ns();
      NARU_TRY(ask(i, pass == 0 ? Pass::warm : Pass::counted));
      if (pass > 0) each.push_back(elapsed_ms(asked, system_clock().monotonic_ns()));
    }
    if (pass == 0) continue;
    means.push_back(elapsed_ms(start, system_clock().monotonic_ns()) / questions);
    cpu_means.push_back(elapsed_ms(cpu_start, process_cpu_ns()) / questions);
  }
  return Json{{"ms_mean", percentile(means, kMedian)}, {"ms_p50", percentile(each, kMedian)},
              {"ms_p99", percentile(each, kSlowest)},  {"ms_cpu", percentile(cpu_means, kMedian)}};
}

}  // namespace naru
