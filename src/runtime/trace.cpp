#include "runtime/trace.h"

#include <mutex>

#include "runtime/clock.h"

namespace naru {

namespace {

std::atomic<bool> tracing{false};
std::mutex mutex;
TraceSink sink;  // protected by mutex
thread_local int depth = 0;

}  // namespace

void set_trace_sink(TraceSink new_sink) {
  const std::lock_guard lock(mutex);
  sink = std::move(new_sink);
  tracing = static_cast<bool>(sink);
}

Span::Span(std::string_view name) : on_(tracing.load(std::memory_order_relaxed)) {
  if (!on_) return;
  record_.name = name;
  record_.depth = depth++;
  record_.start_ns = system_clock().monotonic_ns();
}

void Span::value(std::string_view key, std::string value) {
  if (on_) record_.values.emplace_back(key, std::move(value));
}

Span::~Span() {
  if (!on_) return;
  --depth;
  record_.end_ns = system_clock().monotonic_ns();
  const std::lock_guard lock(mutex);
  if (sink) sink(record_);
}

}  // namespace naru
