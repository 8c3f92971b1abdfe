// naru test: holds flows to what `tests:` says that they make of an item; stores nothing.
#include <fmt/format.h>

#include <algorithm>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "flow/tap.h"
#include "record/value_json.h"
#include "runtime/files.h"
#include "text/unicode.h"

namespace naru {

namespace {

// What a person shows a test with.
constexpr std::uint64_t kFileBytesMax = 256U << 20;
constexpr std::size_t kShownColumns = 200;

std::string shown(std::string_view text) {
  return cut_to_columns(without_control(fold_white_space(text)), kShownColumns);
}

std::string lines_of(const std::vector<Fields>& rows) {
  std::string lines;
  for (const Fields& row : rows) lines += to_json_line(row) + "\n";
  return lines;
}

// All texts of what was made.
std::string text_of(const PreparedDocument& made) {
  std::string text;
  for (const Row& row : made.rows) text += to_json_line(row.fields) + "\n";
  for (const Chunk& chunk : made.chunks) text += chunk.text + "\n";
  if (made.rows.empty() && made.chunks.empty()) text = document_text(made.document);
  return text;
}

std::string what_was_made(const Result<PreparedDocument>& made) {
  if (!made) return fmt::format("a reject ({}): {}", code_name(made.error().code()), made.error().describe());
  if (made->drop) return fmt::format("dropped by {}: {} {}", made->drop->step, made->drop->reason, made->drop->detail);
  if (!made->rows.empty()) return fmt::format("{} rows: {}", made->rows.size(), shown(text_of(*made)));
  if (!made->chunks.empty()) return fmt::format("{} passages: {}", made->chunks.size(), shown(text_of(*made)));
  return "a document: " + shown(text_of(*made));
}

// What is not as it should be, each a line.
std::vector<std::string> compare(const FlowTest& test, const Result<PreparedDocument>& made) {
  std::vector<std::string> problems;
  const auto expected = [&](const std::string& what) {
    problems.push_back(fmt::format("expected {}, got {}", what, what_was_made(made)));
  };
  if (test.rejected) {
    if (made || (!test.rejected->empty() && code_name(made.error().code()) != *test.rejected)) {
      expected("a reject " + *test.rejected);
    }
    return problems;
  }
  if (test.dropped) {
    if (!made || !made->drop || (!test.dropped->empty() && made->drop->reason != *test.dropped)) {
      expected("a drop " + *test.dropped);
    }
    return problems;
  }
  if (!made || made->drop) {
    expected("that it is taken");
    return problems;
  }
  if (test.passages && made->chunks.size() != static_cast<std::uint64_t>(*test.passages)) {
    expected(fmt::format("{} passages", *test.passages));
  }
  if (test.rows) {
    std::vector<Fields> rows;
    for (const Row& row : made->rows) rows.push_back(row.fields);
    if (rows != *test.rows) expected("the rows " + shown(lines_of(*test.rows)));
  }
  const std::string text = text_of(*made);
  for (const std::string& part : test.contains) {
    if (text.find(part) == std::string::npos) expected(fmt::format("\"{}\" in it", part));
  }
  for (const std::string& part : test.lacks) {
    if (text.find(part) != std::string::npos) expected(fmt::format("no \"{}\" in it", part));
  }
  return problems;
}

Result<ItemContent> given(const FlowTest& test) {
  ItemContent content;
  content.item.key = test.item;
  content.item.media_hint = file_extension(test.item);
  if (test.row) content.bytes = to_json_line(*test.row);
  if (test.text) content.bytes = *test.text;
  if (test.file) content.bytes = NARU_TRY(read_file(*test.file, kFileBytesMax));
  content.item.size_bytes = content.bytes.size();
  return content;
}

Result<std::vector<std::string>> run_test(FlowPlan& plan, const FlowTest& test, std::stop_token stop) {
  const Tap tap = NARU_TRY(Tap::open(plan, test.step));
  const ItemContent content = NARU_TRY(given(test));
  const std::optional<Result<PreparedDocument>> made = tap.work(content, std::move(stop));
  if (!made) return std::vector<std::string>{"the source gives bytes: name a step"};
  return compare(test, *made);
}

Result<int> run(const std::vector<std::string>& flows, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru test`"));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::required));
  NARU_TRY(engine->check_flows(flows));
  NARU_TRY(engine->worker());  // its process starts before a document is in our memory
  Output& output = invocation.output();
  std::size_t passed = 0, failed = 0;
  for (const FlowConfig& flow : engine->config().flows) {
    if (!flows.empty() && std::find(flows.begin(), flows.end(), flow.name) == flows.end()) continue;
    if (flow.tests.empty()) continue;
    std::vector<FlowPlan> plans = NARU_TRY(engine->plans({flow.name}));
    for (const FlowTest& test : flow.tests) {
      const Result<std::vector<std::string>> ran = run_test(plans.front(), test, invocation.stop());
      if (!ran && ran.error().code() == Code::cancelled) return ran.error();
      const std::vector<std::string> problems = ran ? *ran : std::vector<std::string>{ran.error().describe()};
      ++(problems.empty() ? passed : failed);
      if (invocation.json()) {
        output.json({{"flow", flow.name}, {"test", test.name}, {"ok", problems.empty()}, {"problems", problems}});
        continue;
      }
      const std::string outcome = problems.empty() ? "ok    " : output.toned(Tone::strong, "FAILED");
      output.line(fmt::format("{} {}: {}", outcome, flow.name, test.name));
      for (const std::string& problem : problems) output.line(fmt::format("       {}: {}", test.place.text(), problem));
    }
  }
  if (passed + failed == 0) {
    output.note("no flow has tests; write `tests:` below one, as in the guide to steps");
  } else if (!invocation.json()) {
    output.line(fmt::format("{} passed, {} failed", passed, failed));
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace

void build_test(Syntax& syntax) {
  const auto flows = std::make_shared<std::vector<std::string>>();
  syntax.arguments("FLOW", *flows, "The flows to test; all where none is named.", Need::optional)
      .example("naru test                 all tests of naru.yaml; 1 where one fails")
      .example("naru test handbook --json")
      .runs([flows](Invocation& invocation) { return run(*flows, invocation); });
}

}  // namespace naru
