#include "serve/flow_metrics.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

FlowRun run_of(std::string flow, std::string outcome) {
  FlowRun run;
  run.last.flow = std::move(flow);
  run.last.outcome = std::move(outcome);
  run.last.started_ms = 1'700'000'000'000;
  run.last.ended_ms = 1'700'000'002'500;
  run.last.seen = 12;
  run.last.added = 3;
  run.last.rejected = 1;
  run.last.chunks_removed = 4;
  run.last.embedded = 9;
  run.succeeded_ms = 1'699'999'000'000;
  return run;
}

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(FlowMetrics, SayWhatTheLastRunDidAndWhenOneWentWell) {
  const std::vector<FlowRun> flows = {run_of("handbook", "failed")};
  const std::string text = flow_metrics_text(&flows);
  for (const char* line : {
           "naru_flows_readable 1", "naru_flows_left_out 0", "# TYPE naru_flow_last_run_items gauge",
           R"(naru_flow_last_run_outcome{flow="handbook",outcome="failed"} 1)",
           R"(naru_flow_last_run_outcome{flow="handbook",outcome="done"} 0)",
           R"(naru_flow_last_run_seen_items{flow="handbook"} 12)",
           R"(naru_flow_last_run_items{flow="handbook",result="added"} 3)",
           R"(naru_flow_last_run_items{flow="handbook",result="rejected"} 1)",
           R"(naru_flow_last_run_items{flow="handbook",result="forgotten"} 0)",
           R"(naru_flow_last_run_chunks{flow="handbook",result="removed"} 4)",
           R"(naru_flow_last_run_embedded_texts{flow="handbook"} 9)",
           R"(naru_flow_last_run_duration_seconds{flow="handbook"} 2.5)",
           R"(naru_flow_last_run_end_timestamp_seconds{flow="handbook"} 1700000002.5)",
           R"(naru_flow_last_success_timestamp_seconds{flow="handbook"} 1699999000)",
       }) {
    EXPECT_TRUE(has(text, line)) << line << "\nis not in\n" << text;
  }
}

TEST(FlowMetrics, AStoreThatCannotBeReadIsToldAsSuch) {
  const std::string text = flow_metrics_text(nullptr);
  EXPECT_TRUE(has(text, "naru_flows_readable 0")) << text;
  EXPECT_EQ(text.find("flow="), std::string::npos) << text;
}

TEST(FlowMetrics, NamesAreEscapedAndNeverMoreThanTheLimit) {
  const std::vector<FlowRun> odd = {run_of("a\"b\\c\nd", "done")};
  EXPECT_TRUE(has(flow_metrics_text(&odd), R"(naru_flow_last_run_seen_items{flow="a\"b\\c\nd"} 12)"));
  std::vector<FlowRun> many;
  for (std::size_t i = 0; i < kFlowsMeasuredMax + 5; ++i) many.push_back(run_of("flow" + std::to_string(i), "done"));
  const std::string text = flow_metrics_text(&many);
  EXPECT_TRUE(has(text, "naru_flows_left_out 5"));
  EXPECT_EQ(text.find("flow=\"flow200\""), std::string::npos);
  EXPECT_NE(text.find("flow=\"flow199\""), std::string::npos);
}

}  // namespace
}  // namespace naru
