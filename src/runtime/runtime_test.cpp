// The small parts: queues, threads, clocks, random numbers, failpoints, spans, compression.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <set>

#include "runtime/clock.h"
#include "runtime/compress.h"
#include "runtime/failpoint.h"
#include "runtime/queue.h"
#include "runtime/random.h"
#include "runtime/shared_library.h"
#include "runtime/thread.h"
#include "runtime/trace.h"

namespace naru {
namespace {

// ---- queue --------------------------------------------------------------------------------------------------------

TEST(Queue, NeverHoldsMoreThanItsCapacityAndLosesNothing) {
  constexpr int kValues = 20'000;
  BoundedQueue<int> queue("test", 3);
  std::atomic<std::size_t> most{0};
  std::atomic<long> sum{0};
  {
    std::vector<Thread> threads;
    for (int c = 0; c < 2; ++c) {
      threads.emplace_back("consumer", [&](std::stop_token) {
        while (const auto value = queue.pop()) {
          sum += *value;
          most = std::max(most.load(), queue.size());
        }
      });
    }
    Thread producer("producer", [&](std::stop_token) {
      for (int i = 1; i <= kValues; ++i) EXPECT_TRUE(queue.push(i));
    });
    producer.join();
    queue.close();
  }
  EXPECT_EQ(sum, static_cast<long>(kValues) * (kValues + 1) / 2);
  EXPECT_LE(most, 3u);
}

TEST(Queue, KeepsOrderAndGivesWhatIsInsideAfterClosing) {
  BoundedQueue<std::string> queue("test", 2);
  EXPECT_TRUE(queue.push("a"));
  EXPECT_TRUE(queue.push("b"));
  queue.close();
  EXPECT_FALSE(queue.push("c"));
  EXPECT_EQ(queue.pop(), "a");
  EXPECT_EQ(queue.pop(), "b");
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(Queue, AStopEndsBothWaits) {
  BoundedQueue<int> queue("test", 1);
  std::stop_source stop;
  Thread waits_empty("pop", [&](std::stop_token) { EXPECT_EQ(queue.pop(stop.get_token()), std::nullopt); });
  stop.request_stop();
  waits_empty.join();
  std::stop_source other;
  ASSERT_TRUE(queue.push(1));
  Thread waits_full("push", [&](std::stop_token) { EXPECT_FALSE(queue.push(2, other.get_token())); });
  other.request_stop();
  waits_full.join();
  EXPECT_EQ(queue.size(), 1u);
}

TEST(Threads, AParallelForDoesEachIndexOnce) {
  std::vector<std::atomic<int>> hits(1000);
  parallel_for(hits.size(), 4, [&](std::size_t i) { ++hits[i]; });
  for (const auto& hit : hits) EXPECT_EQ(hit, 1);
  std::vector<std::size_t> order;
  parallel_for(5, 1, [&](std::size_t i) { order.push_back(i); });
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
  parallel_for(0, 4, [&](std::size_t) { ADD_FAILURE(); });
  EXPECT_GE(usable_cores(), 1u);
}

// ---- time and chance ----------------------------------------------------------------------------------------------

TEST(Clocks, AManualClockMovesOnlyBySleeping) {
  const ManualClock clock;
  const std::int64_t start = clock.unix_ms();
  EXPECT_EQ(clock.unix_ms(), start);
  EXPECT_TRUE(clock.sleep_ms(1500, {}));
  EXPECT_EQ(clock.unix_ms(), start + 1500);
  EXPECT_EQ(elapsed_ms(0, 2'500'000), 2.5);
}

TEST(Clocks, TheSystemsClockNeverGoesBackAndAStopEndsASleep) {
  const std::int64_t before = system_clock().monotonic_ns();
  EXPECT_TRUE(system_clock().sleep_ms(1, {}));
  EXPECT_GE(system_clock().monotonic_ns(), before + 1'000'000);
  std::stop_source stop;
  Thread stopper("stopper", [&](std::stop_token) { stop.request_stop(); });
  EXPECT_FALSE(system_clock().sleep_ms(3'600'000, stop.get_token()));
}

TEST(Random, RepeatsFromASeedAsPublished) {
  // The first values of SplitMix64 from seed 1234567, as printed with the reference implementation.
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317u);
  EXPECT_EQ(random.next(), 3203168211198807973u);
  EXPECT_EQ(random.next(), 9817491932198370423u);
}

TEST(Random, StaysInItsBounds) {
  Random random(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(random.below(7));
    const double unit = random.unit();
    EXPECT_GE(unit, 0);
    EXPECT_LT(unit, 1);
  }
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_EQ(*seen.rbegin(), 6u);
  EXPECT_EQ(random.below(0), 0u);
}

TEST(Random, TokensAreHexAndDiffer) {
  const std::string one = random_hex(16), two = random_hex(16);
  EXPECT_EQ(one.size(), 32u);
  EXPECT_EQ(one.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(one, two);
}

// ---- failpoints and spans -----------------------------------------------------------------------------------------

Status passes() {
  NARU_FAILPOINT("test.here");
  return {};
}

TEST(Failpoints, AreOffUnlessSetAndCountTheirHits) {
  EXPECT_TRUE(passes());
  set_failpoint("test.here", "error:3");
  EXPECT_TRUE(passes());
  EXPECT_TRUE(passes());
  EXPECT_EQ(passes().error().message(), "failpoint test.here");
  set_failpoint("test.here", "");
  EXPECT_TRUE(passes());
}

TEST(Failpoints, AbortAsACrashWould) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("NARU_FAILPOINTS", "other=error;test.here=abort", 1);
    load_failpoints_from_environment();
    (void)passes();
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

TEST(Spans, KnowTheirParentAlsoInThreadsThatWereStartedBelowIt) {
  std::vector<SpanRecord> told;
  set_trace_sink([&](const SpanRecord& span) { told.push_back(span); });
  {
    const Span outer("outer");
    Thread("child", [](std::stop_token) { const Span inner("inner"); }).join();
  }
  {
    const Span other("other");
  }
  EXPECT_TRUE(set_trace_sink({}));
  ASSERT_EQ(told.size(), 3u);
  const SpanRecord &inner = told[0], &outer = told[1], &other = told[2];
  EXPECT_EQ(outer.parent, 0u);
  EXPECT_EQ(inner.parent, outer.at.span);
  EXPECT_NE(inner.at.span, outer.at.span);
  EXPECT_EQ(inner.at.trace_high, outer.at.trace_high);
  EXPECT_EQ(inner.at.trace_low, outer.at.trace_low);
  EXPECT_EQ(other.parent, 0u);
  EXPECT_NE(other.at.trace_low, outer.at.trace_low);
}

TEST(Spans, AreToldInnermostFirstWithTheirValues) {
  std::vector<SpanRecord> told;
  set_trace_sink([&](const SpanRecord& span) { told.push_back(span); });
  {
    Span outer("Flow::step");
    outer.value("items", 3);
    const Span inner("Parser::parse");
    EXPECT_TRUE(inner.on());
  }
  set_trace_sink({});
  {
    const Span silent("Flow::step");
  }
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].name, "Parser::parse");
  EXPECT_EQ(told[0].depth, 1);
  EXPECT_EQ(told[1].depth, 0);
  EXPECT_EQ(told[1].values, (std::vector<std::pair<std::string, std::string>>{{"items", "3"}}));
  EXPECT_LE(told[1].start_ns, told[0].start_ns);
  EXPECT_GE(told[1].end_ns, told[0].end_ns);
}

// ---- compression --------------------------------------------------------------------------------------------------

TEST(Zstd, GivesBackWhatWasPackedAlsoInManyFrames) {
  const std::string text = std::string(300'000, 'a') + "end";
  EXPECT_EQ(zstd_decompress(zstd_compress(text), 1 << 20).value(), text);
  EXPECT_EQ(zstd_decompress(zstd_compress("one") + zstd_compress("two"), 100).value(), "onetwo");
  EXPECT_EQ(zstd_decompress(zstd_compress(""), 0).value(), "");
}

TEST(Zstd, ABombEndsAtTheLimit) {
  const std::string bomb = zstd_compress(std::string(64 << 20, '\0'));
  ASSERT_LT(bomb.size(), 10'000u);
  EXPECT_EQ(zstd_decompress(bomb, 1 << 20).error().code(), Code::limit_exceeded);
  EXPECT_EQ(zstd_decompress(zstd_compress("12345"), 4).error().code(), Code::limit_exceeded);
  EXPECT_TRUE(zstd_decompress(zstd_compress("12345"), 5));
}

TEST(Zstd, WhatIsCutOrBrokenIsCorrupt) {
  const std::string packed = zstd_compress(std::string(1000, 'a') + "b");
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const auto cut = zstd_decompress(packed.substr(0, size), 1 << 20);
    ASSERT_FALSE(cut) << size;
    EXPECT_EQ(cut.error().code(), Code::corrupt) << size;
  }
  EXPECT_EQ(zstd_decompress("not zstd at all", 100).error().code(), Code::corrupt);
  EXPECT_EQ(zstd_decompress(packed + "rest", 1 << 20).error().code(), Code::corrupt);
}

TEST(Compress, InflatesUpToTheEndTheDamageOrTheLimit) {
  using namespace std::string_view_literals;
  using End = Inflated::End;
  constexpr std::string_view kAbc = "\x4b\x4c\x4a\x06\x00"sv;  // "abc" with fixed codes
  const Inflated whole = inflate_raw(std::string(kAbc) + "next", 100);
  EXPECT_EQ(whole.bytes, "abc");
  EXPECT_EQ(whole.bytes_read, kAbc.size());
  EXPECT_EQ(whole.end, End::complete);
  EXPECT_EQ(inflate_raw(kAbc, 3).end, End::complete);
  EXPECT_EQ(inflate_raw(kAbc, 2).end, End::limit);
  EXPECT_EQ(inflate_raw(kAbc, 2).bytes, "ab");
  EXPECT_EQ(inflate_raw("", 100).end, End::damaged);
  EXPECT_EQ(inflate_raw(kAbc.substr(0, 3), 100).end, End::damaged);
  const Inflated stored = inflate_raw("\x00\x05\x00\xfa\xffhel"sv, 100);  // a stored block of 5 bytes, cut
  EXPECT_EQ(stored.bytes, "hel");
  EXPECT_EQ(stored.end, End::damaged);
}

// ---- libraries ----------------------------------------------------------------------------------------------------

TEST(SharedLibraries, AreOpenedByTheirWholePathOnly) {
  EXPECT_EQ(SharedLibrary::open("libm.so.6").error().code(), Code::invalid_argument);
  EXPECT_EQ(SharedLibrary::open("/nowhere/libx.so").error().code(), Code::unavailable);
}

}  // namespace
}  // namespace naru
