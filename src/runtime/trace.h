// Trace spans: each stage of the two walks opens one of its own name, with the values that a reader would want to see.
//
// Off by default and then one relaxed load. A sink is set once (a test, --trace); it is called from the thread that
// closes the span.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace naru {

// Where a span lies: a trace is a tree of spans. All 0: nowhere.
struct SpanPlace {
  std::uint64_t trace_high = 0, trace_low = 0, span = 0;
};

struct SpanRecord {
  std::string name;  // "Flow::step"
  std::vector<std::pair<std::string, std::string>> values;
  std::int64_t start_ns = 0, end_ns = 0;  // monotonic
  int depth = 0;                          // within its thread
  SpanPlace at;
  std::uint64_t parent = 0;               // 0: it is the root of its trace
};

using TraceSink = std::function<void(const SpanRecord&)>;
TraceSink set_trace_sink(TraceSink sink);  // empty: off. The one that was before

// The innermost span that is open in this thread. What a thread does belongs to the span in which it was started, so
// Thread hands it on.
SpanPlace open_span();
void begin_below(const SpanPlace& place);  // in a thread that has no span open yet

class Span {
 public:
  explicit Span(std::string_view name);
  ~Span();
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;
  bool on() const { return on_; }
  void value(std::string_view key, std::string value);
  void value(std::string_view key, std::uint64_t number) {
    if (on_) value(key, std::to_string(number));
  }

 private:
  bool on_;
  SpanRecord record_;
  SpanPlace outer_;
};

}  // namespace naru
