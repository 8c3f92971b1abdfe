#include "runtime/trace.h"

#include <mutex>

#include "runtime/clock.h"
#include "runtime/random.h"

namespace naru {

namespace {

std::atomic<bool> tracing{false};
std::mutex mutex;
TraceSink sink;  // protected by mutex
thread_local int depth = 0;
thread_local SpanPlace current;

// Never 0, and never twice in a process: SplitMix64 gives each of its states another number.
std::uint64_t new_id() {
  static std::atomic<std::uint64_t> state{system_entropy()};
  constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15ULL;  // its own
  const std::uint64_t id = Random(state.fetch_add(kStep, std::memory_order_relaxed)).next();
  return id != 0 ? id : 1;
}

}  // namespace

TraceSink set_trace_sink(TraceSink new_sink) {
  const std::lock_guard lock(mutex);
  std::swap(sink, new_sink);
  tracing = static_cast<bool>(sink);
  return new_sink;
}

SpanPlace open_span() { return current; }

void begin_below(const SpanPlace& place) { current = place; }

Span::Span(std::string_view name) : on_(tracing.load(std::memory_order_relaxed)) {
  if (!on_) return;
  record_.name = name;
  record_.depth = depth++;
  outer_ = current;
  record_.parent = outer_.span;
  if (outer_.span == 0) current = {new_id(), new_id(), 0};
  current.span = new_id();
  record_.at = current;
  record_.start_ns = system_clock().monotonic_ns();
}

void Span::value(std::string_view key, std::string value) {
  if (on_) record_.values.emplace_back(key, std::move(value));
}

Span::~Span() {
  if (!on_) return;
  --depth;
  current = outer_;
  record_.end_ns = system_clock().monotonic_ns();
  const std::lock_guard lock(mutex);
  if (sink) sink(record_);
}

}  // namespace naru
