#include <gtest/gtest.h>

#include <csignal>

#include "naru/registry.h"
#include "record/value_json.h"
#include "runtime/files.h"

namespace naru {
namespace {

// A program of a few lines of sh: `$line` is what it is asked, `$n` the number.
std::unique_ptr<Operator> make(const std::string& answer, std::int64_t seconds = 20) {
  signal(SIGPIPE, SIG_IGN);
  Registry registry;
  register_operator(registry);
  const std::string script = "while read -r line; do n=${line#*:}; n=${n%%,*}; " + answer + "; done";
  Options options;
  options.set("run", std::vector<std::string>{"sh", "-c", script});
  options.set("seconds", seconds);
  options.set("megabytes", std::int64_t{0});
  options.set("version", std::string("1"));
  return std::move(*registry.find_operator("program")->make(options, {}));
}

Record row(std::string_view json) {
  Record record;
  record.key = "k";
  Row made;
  made.fields = *fields_from_json(json);
  record.payload = std::move(made);
  return record;
}

// A line for each record: its fields, or "dropped: REASON"; or the error.
std::string run(const Operator& step, WorkerState& state, Batch batch) {
  const auto out = step.process(std::move(batch), &state, {});
  if (!out) return std::string(code_name(out.error().code())) + ": " + out.error().message();
  std::string lines;
  for (const Record& record : *out) {
    lines += record.drop ? "dropped: " + record.drop->reason : to_json_line(std::get<Row>(record.payload).fields);
    lines += '\n';
  }
  return lines;
}

std::string run(const std::string& answer, std::int64_t seconds = 20) {
  const auto step = make(answer, seconds);
  const auto state = step->make_state();
  return run(*step, *state, {row(R"({"a":1})")});
}

TEST(ProgramStep, SeesTheRecordAndGivesItsFields) {
  EXPECT_EQ(run(R"(echo "$line")"), "{\"a\":1}\n");
  EXPECT_EQ(run(R"(echo "{\"n\":$n,\"fields\":{\"b\":2}}")"), "{\"b\":2}\n");
}

TEST(ProgramStep, MakesRowsDropsAndRejects) {
  EXPECT_EQ(run(R"(echo "{\"n\":$n,\"rows\":[{\"b\":1},{\"b\":2}]}")"), "{\"b\":1}\n{\"b\":2}\n");
  EXPECT_EQ(run(R"(echo "{\"n\":$n,\"rows\":[]}")"), "");
  EXPECT_EQ(run(R"(echo "{\"n\":$n,\"drop\":\"spam\"}")"), "dropped: spam\n");
  EXPECT_EQ(run(R"(echo "{\"n\":$n,\"error\":\"no\"}")"), "invalid_argument: program sh: it refused: no");
}

TEST(ProgramStep, GarbageIsARejectAndTheNextRecordGetsANewProgram) {
  const auto step = make(R"(case "$line" in *bad*) echo garbage;; *) echo "$line";; esac)");
  const auto state = step->make_state();
  EXPECT_EQ(run(*step, *state, {row(R"({"a":"bad"})")}), "corrupt: program sh: it said no JSON object with \"n\":1");
  EXPECT_EQ(run(*step, *state, {row(R"({"a":1})")}), "{\"a\":1}\n");
}

// A program that is one line late would give each record the fields of the one before.
TEST(ProgramStep, AnAnswerToAnotherRecordIsNotTaken) {
  EXPECT_TRUE(run(R"(echo "{\"n\":77,\"fields\":{}}")").starts_with("corrupt:"));
  EXPECT_TRUE(run(R"(echo "{\"n\":$n}")").starts_with("corrupt:"));
  EXPECT_TRUE(run(R"(echo "{\"n\":$n,\"rows\":[1]}")").starts_with("corrupt:"));
}

TEST(ProgramStep, OneThatEndsOrHangsIsARejectThatSaysWhy) {
  EXPECT_EQ(run("echo 'no key' >&2; exit 2"), "io: program sh: it ended without an answer: exit status 2: no key");
  EXPECT_EQ(run("sleep 1000", 1), "timeout: program sh: no answer within 1000 ms");
}

TEST(ProgramStep, OfDocumentsTitleLanguageAndMetadataAreTaken) {
  const auto step = make(R"(echo "{\"n\":$n,\"fields\":{\"title\":\"T\",\"meta.tag\":\"x\",\"text\":\"no\"}}")");
  const auto state = step->make_state();
  Batch batch(1);
  Document document;
  document.blocks.resize(1);
  document.blocks[0].text = "as it was";
  batch[0].payload = document;
  batch = *step->process(std::move(batch), state.get(), {});
  const Document& made = std::get<Document>(batch[0].payload);
  EXPECT_EQ(made.title, "T");
  EXPECT_EQ(made.metadata, (Metadata{{"tag", "x"}}));
  EXPECT_EQ(made.blocks[0].text, "as it was");
}

}  // namespace
}  // namespace naru
