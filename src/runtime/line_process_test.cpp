#include "runtime/line_process.h"

#include <gtest/gtest.h>

#include <csignal>

#include "runtime/clock.h"
#include "runtime/thread.h"

namespace naru {
namespace {

LineProcessOptions shell(const std::string& script, std::uint64_t timeout_ms = 20'000) {
  signal(SIGPIPE, SIG_IGN);
  LineProcessOptions options;
  options.arguments = {"sh", "-c", script};
  options.timeout_ms = timeout_ms;
  return options;
}

std::string said(const Result<std::string>& answer) {
  return answer ? *answer : std::string(code_name(answer.error().code())) + ": " + answer.error().message();
}

TEST(LineProcess, AnswersLineByLineAndLivesOn) {
  LineProcess process(shell("n=0; while read -r line; do n=$((n+1)); echo \"$n $line\"; done"));
  EXPECT_EQ(said(process.ask("one", {})), "1 one");
  EXPECT_EQ(said(process.ask("두 번째", {})), "2 두 번째");
  EXPECT_EQ(said(process.ask("", {})), "3 ");
}

TEST(LineProcess, ALongQuestionAndALongAnswerDoNotBlockEachOther) {
  LineProcess process(shell("cat"));
  const std::string line(3'000'000, 'x');
  EXPECT_EQ(said(process.ask(line, {})).size(), line.size());
  EXPECT_EQ(said(process.ask("short", {})), "short");
}

TEST(LineProcess, OneThatEndsSaysHowAndTheNextQuestionStartsAnother) {
  LineProcess process(shell("read -r line; test \"$line\" = bad && { echo 'oh no' >&2; exit 3; }; echo good"));
  EXPECT_EQ(said(process.ask("bad", {})), "io: it ended without an answer: exit status 3");
  EXPECT_EQ(process.complained(), "oh no\n");
  EXPECT_EQ(said(process.ask("x", {})), "good");
  EXPECT_EQ(said(process.ask("x", {})), "good") << "it has ended after its answer, and nobody is to blame";
}

TEST(LineProcess, OneThatHangsIsKilledWithWhatItStarted) {
  LineProcess process(shell("sleep 1000 & read -r line; sleep 1000", 200));
  EXPECT_EQ(said(process.ask("x", {})), "timeout: no answer within 200 ms");
}

TEST(LineProcess, MoreThanOneLineIsNoAnswer) {
  LineProcess process(shell("read -r line; printf 'one\\ntwo\\n'; sleep 1000"));
  EXPECT_TRUE(said(process.ask("x", {})).starts_with("corrupt: it said more than one line"));
}

TEST(LineProcess, AnEndlessAnswerIsCutOff) {
  LineProcessOptions options = shell("read -r line; while :; do printf xxxxxxxxxxxxxxxx; done");
  options.line_bytes_max = 1000;
  LineProcess process(options);
  EXPECT_EQ(said(process.ask("x", {})), "limit_exceeded: its answer is longer than 1000 bytes");
}

TEST(LineProcess, MemoryIsLimited) {
  LineProcessOptions options = shell("read -r line; head -c 200000000 /dev/zero | tail -c 200000000 | wc -c");
  options.memory_bytes_max = 64 << 20;
  LineProcess process(options);
  EXPECT_NE(said(process.ask("x", {})), "200000000");
}

TEST(LineProcess, OneThatIsNotThereIsUnavailable) {
  LineProcessOptions options;
  options.arguments = {"naru-no-such-program"};
  LineProcess process(options);
  EXPECT_EQ(process.ask("x", {}).error().code(), Code::unavailable);
}

TEST(LineProcess, StopsWhenAsked) {
  std::stop_source stop;
  LineProcess process(shell("sleep 1000"));
  Thread stopper("stopper", [&](std::stop_token) { stop.request_stop(); });
  EXPECT_EQ(process.ask("x", stop.get_token()).error().code(), Code::cancelled);
}

}  // namespace
}  // namespace naru
