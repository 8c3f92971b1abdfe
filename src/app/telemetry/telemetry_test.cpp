#include <gtest/gtest.h>

#include <algorithm>

#include "app/telemetry/lineage_event.h"
#include "app/telemetry/otlp.h"
#include "app/telemetry/outbox.h"
#include "app/telemetry/post.h"

namespace naru {
namespace {

TEST(Otlp, IdsAreHexadecimalLargeNumbersTextsAndTextOfDocumentsIsLeftOut) {
  SpanRecord span;
  span.name = "Flow::step";
  span.at = {1, 0xabc, 0xdef};
  span.parent = 0x10;
  span.start_ns = 5;
  span.end_ns = 7;
  span.values = {{"flow", "handbook"}, {"chunks", "18446744073709551615"}, {"items", "3"}, {"sentence", "Kim, 5."}};
  const Json json = spans_to_otlp({span}, "naru", 1'700'000'000'000'000'000);
  const Json& of_resource = json["resourceSpans"][0];
  EXPECT_EQ(to_line(of_resource["resource"]["attributes"][0]),
            R"({"key":"service.name","value":{"stringValue":"naru"}})");
  EXPECT_EQ(of_resource["scopeSpans"][0]["scope"]["name"], "naru");
  EXPECT_EQ(to_line(of_resource["scopeSpans"][0]["spans"][0]),
            R"({"traceId":"00000000000000010000000000000abc","spanId":"0000000000000def","name":"Flow::step","kind":1,)"
            R"("startTimeUnixNano":"1700000000000000005","endTimeUnixNano":"1700000000000000007",)"
            R"("parentSpanId":"0000000000000010","attributes":[)"
            R"({"key":"naru.flow","value":{"stringValue":"handbook"}},)"
            R"({"key":"naru.items","value":{"intValue":"3"}}]})");
  span.parent = 0;
  EXPECT_FALSE(spans_to_otlp({span}, "naru", 0)["resourceSpans"][0]["scopeSpans"][0]["spans"][0].contains(
      "parentSpanId"));
}

TEST(Otlp, HeadersOfTheEnvironmentAreDecoded) {
  using Headers = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(read_otel_headers("api-key=a%20b, x = 1=2 ,nothing,=empty,last=%zz"),
            (Headers{{"api-key", "a b"}, {"x", "1=2"}, {"last", "%zz"}}));
  EXPECT_TRUE(read_otel_headers("").empty());
}

TEST(Passwords, AreNeverSaid) {
  EXPECT_EQ(without_credentials("https://kim:se@cret@h:8/a/b?token=1#x"), "https://h:8/a/b");
  EXPECT_EQ(without_credentials("https://h/a@b"), "https://h/a@b");
  EXPECT_EQ(without_credentials("host=db password=x"), "");
  EXPECT_EQ(without_passwords("at postgres://u:p@db/x and https://h/a@b: password=x y"),
            "at postgres://db/x and https://h/a@b: password=*** y");
}

NamedOptions named(std::string name, std::vector<std::pair<std::string, OptionValue>> values) {
  NamedOptions made;
  made.name = std::move(name);
  for (auto& [key, value] : values) made.options.set(key, std::move(value));
  return made;
}

TEST(Lineage, DatasetsAreNamedByTheSpecsRulesAndHoldNoSecret) {
  const auto of = [](const NamedOptions& one) { return datasets_of(one, "/home/kim", "flow"); };
  const std::string word = "text";
  using List = std::vector<LineageDataset>;
  EXPECT_EQ(of(named("folder", {{"path", std::string("docs")}})), (List{{"file", "/home/kim/docs"}}));
  EXPECT_EQ(of(named("sqlite", {{"path", std::string("/a.db")}, {"table", word}})), (List{{"file", "/a.db:text"}}));
  EXPECT_EQ(of(named("postgres", {{"url", std::string("postgresql://naru:secret@db/shop?x=1")}, {"table", word}})),
            (List{{"postgres://db:5432", "shop.text"}}));
  EXPECT_EQ(of(named("postgres", {{"url", std::string("host=db port=6 password=secret dbname=shop")}})),
            (List{{"postgres://db:6", "shop"}}));
  EXPECT_EQ(of(named("postgres", {{"url", std::string("host=db password='a host=secret'")}, {"table", word}})),
            (List{{"postgres", "text"}}));
  EXPECT_EQ(of(named("postgres", {{"url", std::string("${env:DATABASE}")}, {"table", word}})),
            (List{{"postgres", "text"}}));
  EXPECT_EQ(of(named("mariadb", {{"host", std::string("db")}, {"port", std::int64_t{3306}},
                                 {"database", std::string("shop")}, {"password", std::string("secret")},
                                 {"table", word}})),
            (List{{"mysql://db:3306", "shop.text"}}));
  EXPECT_EQ(of(named("s3", {{"bucket", std::string("b")}, {"key", std::string("out/a.jsonl")},
                            {"secret_key", std::string("secret")}})),
            (List{{"s3://b", "out/a.jsonl"}}));
  EXPECT_EQ(of(named("web", {{"start", std::vector<std::string>{"https://kim:pw@h/a/?q=1", "http://h2"}}})),
            (List{{"https://h", "/a/"}, {"http://h2", "/"}}));
  EXPECT_EQ(of(named("odbc", {{"connection", std::string("DSN=x;PWD=secret")}, {"table", word}})),
            (List{{"odbc", "text"}}));
  EXPECT_EQ(of(named("stdin", {})), (List{{"stdin", "flow"}}));
}

TEST(Lineage, EventsHaveWhatTheSpecRequiresAndCountsThatAreTrue) {
  const LineageJob job{"prod", "handbook", {{"file", "/docs"}}, {{"naru:/s", "a"}, {"file", "/o"}}, {"a", "jsonl o"}};
  const Json start = start_event(job, "id", 1'700'000'000'123);
  EXPECT_EQ(start["eventType"], "START");
  EXPECT_EQ(start["eventTime"], "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(start["schemaURL"], "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent");
  EXPECT_EQ(start["run"]["runId"], "id");
  EXPECT_EQ(start["job"]["namespace"], "prod");
  EXPECT_EQ(start["job"]["name"], "handbook");
  EXPECT_EQ(to_line(start["inputs"]), R"([{"namespace":"file","name":"/docs"}])");
  EXPECT_TRUE(start["producer"].get<std::string>().starts_with("urn:naru:"));

  RunSummary run{.flow = "handbook", .outcome = "done", .ended_ms = 1'700'000'000'000, .seen = 9};
  run.targets = {{.added = 2, .changed = 1, .target = "a"}, {.added = 4, .target = "jsonl o"}};
  const Json done = end_event(job, "id", run, nullptr);
  EXPECT_EQ(done["eventType"], "COMPLETE");
  EXPECT_FALSE(done["run"]["facets"].contains("errorMessage"));
  EXPECT_EQ(done["inputs"][0]["inputFacets"]["inputStatistics"]["rowCount"], 9);
  EXPECT_EQ(done["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"], 3);
  EXPECT_EQ(done["outputs"][1]["outputFacets"]["outputStatistics"]["rowCount"], 4);
  run.outcome = "held";
  EXPECT_EQ(end_event(job, "id", run, nullptr)["eventType"], "ABORT");
  run.outcome = "failed";
  const Error error(Code::unavailable, "cannot reach https://kim:pw@h/");
  const Json failed = end_event(job, "id", run, &error);
  EXPECT_EQ(failed["eventType"], "FAIL");
  EXPECT_EQ(failed["run"]["facets"]["errorMessage"]["message"], "cannot reach https://h/");
}

TEST(Lineage, IdsOfRunsAreUuidsOfVersion7) {
  const std::string id = new_run_id(0x0123'4567'89ab);
  ASSERT_EQ(id.size(), 36U);
  EXPECT_TRUE(id.starts_with("01234567-89ab-7")) << id;
  EXPECT_NE(std::string_view("89ab").find(id[19]), std::string_view::npos) << id;
  for (const std::size_t dash : {8, 13, 18, 23}) EXPECT_EQ(id[dash], '-') << id;
  EXPECT_NE(id, new_run_id(0x0123'4567'89ab));
}

// Were the end not bounded, this test would never come to its own.
TEST(Outbox, EndsInTimeAlthoughNobodyTakesAnything) {
  Outbox<int> outbox(
      "test", {.waiting_max = 4, .close_ms_max = 10},
      [](const std::vector<int>&, const std::stop_token& stop) -> Status {
        system_clock().sleep_ms(3'600'000, stop);
        return Error(Code::cancelled, "stopped");
      },
      [](const Error&) { ADD_FAILURE() << "being stopped is no failure of theirs"; });
  for (int i = 0; i < 100; ++i) outbox.put(i);  // never waits either
  EXPECT_EQ(outbox.close(), 100U);
}

TEST(Outbox, HandsOnInOrderSaysTheFirstFailureOnceAndCountsWhatIsLost) {
  std::vector<int> taken;
  int failures = 0;
  Outbox<int> outbox(
      "test", {.waiting_max = 100, .together_max = 3, .gather_ms = 1},
      [&](const std::vector<int>& values, const std::stop_token&) -> Status {
        EXPECT_LE(values.size(), 3U);
        for (const int value : values) {
          if (value % 2 == 0) return Error(Code::unavailable, "no even ones");
        }
        taken.insert(taken.end(), values.begin(), values.end());
        return {};
      },
      [&](const Error&) { ++failures; });
  for (const int value : {1, 3, 5, 7, 9, 11}) outbox.put(value);
  for (const int value : {2, 4, 6}) outbox.put(value);
  EXPECT_GE(outbox.close(), 3U);
  EXPECT_EQ(failures, 1);
  EXPECT_TRUE(std::is_sorted(taken.begin(), taken.end()));
}

}  // namespace
}  // namespace naru
