// The worker as its users see it, with honest parsers and with a hostile one that only this program has. The program is
// its own worker (see main() at the end).
#include "parse/worker/worker_pool.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "parse/worker/hostile_testing.h"
#include "parse/worker/worker.h"
#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/subprocess.h"
#include "runtime/thread.h"
#include "runtime/zip_testing.h"

namespace naru {
namespace {

constexpr std::string_view kHonest = "# 제목\n\n본문이다.\n";
// A document may be late by this much before a test calls it hanging; no test asserts a speed.
constexpr std::int64_t kPatienceMs = 30'000;

std::unique_ptr<WorkerPool> open_pool(WorkerOptions options = {}) {
  Registry registry;
  register_parse(registry);
  Result<std::unique_ptr<WorkerPool>> pool = WorkerPool::open(registry, std::move(options));
  return pool ? std::move(*pool) : nullptr;
}

ParseInput input_of(std::string_view bytes, std::string hint = "") { return {bytes, "a/name", std::move(hint)}; }

Result<Document> act(const WorkerPool& pool, const std::string& word, std::stop_token stop = {}) {
  return pool.parse(input_of("HOSTILE:" + word), std::move(stop));
}

// In a process of its own that has begun with NARU_TEST_SECRET set and the argument `secret` and forks its worker: what
// children of that worker find out, a line each.
int ask_forked_worker(char** argv) {
  const char* const secret = getenv("NARU_TEST_SECRET");
  remember_strings(secret == nullptr ? "" : secret, argv[2]);
  fork_worker(argv, register_hostile);
  const auto pool = open_pool();
  std::size_t denied = 0;
  for (const std::string& attempt : escape_attempts()) {
    const Result<Document> document = act(*pool, attempt);
    const bool ended = !document && document.error().message().find("forbidden") != std::string::npos;
    denied += ended || (document && document->blocks.at(0).text == "denied") ? 1 : 0;
  }
  for (const char* word : {"remembered", "environment", "descriptors"}) {
    const Result<Document> document = act(*pool, word);
    std::cout << (document ? document->blocks.at(0).text : document.error().describe()) << "\n";
  }
  const std::string_view own = "hunter2";
  const bool still = secret != nullptr && secret == own && argv[2] == own;
  std::cout << denied << " of " << escape_attempts().size() << " denied, here they are " << (still ? "there" : "gone")
            << "\n";
  return 0;
}

// What the hostile parser found out, as text; or the error's code.
std::string found(const WorkerPool& pool, const std::string& word) {
  const Result<Document> document = act(pool, word);
  if (!document) return std::string(code_name(document.error().code()));
  return document->blocks.at(0).text;
}

// Waits until the condition holds; false: it never did.
template <class Condition>
bool eventually(Condition condition) {
  for (std::int64_t waited = 0; waited < kPatienceMs; waited += 5) {
    if (condition()) return true;
    system_clock().sleep_ms(5, {});
  }
  return false;
}

// Where a test gives a document little time, a busy machine may need another try.
void expect_honest(const WorkerPool& pool) {
  Result<Document> document = Error(Code::timeout, "");
  eventually([&] {
    document = pool.parse(input_of(kHonest, "md"), {});
    return document.has_value() || document.error().code() != Code::timeout;
  });
  ASSERT_TRUE(document.has_value()) << document.error().describe();
  EXPECT_EQ(document->format, "markdown");
  EXPECT_EQ(document->blocks.size(), 2U);
}

// The processes whose parent this is, zombies left out.
std::vector<int> children_of(int parent) {
  std::vector<int> children;
  for (const std::string& name : list_folder("/proc").value_or({})) {
    int process = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), process).ptr != name.data() + name.size()) continue;
    std::ifstream file("/proc/" + name + "/stat");
    std::string stat;
    std::getline(file, stat);
    const std::size_t end = stat.rfind(')');
    if (end == std::string::npos || end + 4 >= stat.size() || stat[end + 2] == 'Z') continue;
    int found = 0;
    std::from_chars(stat.data() + end + 4, stat.data() + stat.size(), found);
    if (found == parent) children.push_back(process);
  }
  return children;
}

int only_child_of(int parent) {
  std::vector<int> children;
  return eventually([&] { return (children = children_of(parent)).size() == 1; }) ? children[0] : 0;
}

TEST(WorkerPool, WhatACompressedFileHoldsHasItsNameAndItsParser) {
  std::string bytes("\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
  bytes += testing::deflated("one line\n");
  bytes.append(8, '\0');
  const auto pool = open_pool();
  ASSERT_NE(pool, nullptr);
  for (const auto& [uri, name, format] : {std::tuple("b/notes.md.gz", "notes.md", "markdown"),
                                          std::tuple("b/notes.json.gz", "notes.json", "json"),
                                          std::tuple("b/notes.gz", "notes", "text")}) {
    const Result<Document> document = pool->parse({bytes, uri, "gz"}, {});
    ASSERT_TRUE(document) << document.error().describe();
    ASSERT_EQ(document->children.size(), 1U);
    EXPECT_EQ(document->children[0].name, name);
    EXPECT_EQ(document->children[0].document.format, format);
  }
}

TEST(WorkerPool, ParsesInAnotherProcess) {
  const auto pool = open_pool();
  const Result<Document> document = pool->parse(input_of(kHonest, "md"), {});
  ASSERT_TRUE(document.has_value()) << document.error().describe();
  EXPECT_EQ(document->uri, "a/name");
  EXPECT_EQ(document->format, "markdown");
  ASSERT_EQ(document->blocks.size(), 2U);
  EXPECT_EQ(document->blocks[1].text, "본문이다.");
  EXPECT_NE(found(*pool, "process"), std::to_string(getpid()));
}

TEST(WorkerPool, HandsOnAParsersErrors) {
  const auto pool = open_pool();
  const Result<Document> picture = pool->parse(input_of("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "png"), {});
  ASSERT_FALSE(picture.has_value());
  EXPECT_EQ(picture.error().code(), Code::unsupported);
  EXPECT_NE(picture.error().message().find("PNG"), std::string::npos) << picture.error().message();
}

TEST(WorkerPool, TakesAnEmptyDocument) {
  const Result<Document> document = open_pool()->parse(input_of("", "txt"), {});
  ASSERT_TRUE(document.has_value()) << document.error().describe();
  EXPECT_FALSE(document->warnings.empty());
}

// Converters, tables and break rules that were not opened before the sandbox closed would fail inside it.
TEST(WorkerPool, ReadsEveryCharsetInsideTheSandbox) {
  const auto pool = open_pool();
  // "안녕하세요. 나루터입니다." twice over, so that a guess has something to go by.
  std::string cp949;
  for (int i = 0; i < 20; ++i) {
    cp949 += "\xbe\xc8\xb3\xe7\xc7\xcf\xbc\xbc\xbf\xe4. \xb3\xaa\xb7\xe7\xc5\xcd\xc0\xd4\xb4\xcf\xb4\xd9.\n\n";
  }
  const Result<Document> korean = pool->parse(input_of(cp949, "txt"), {});
  ASSERT_TRUE(korean.has_value()) << korean.error().describe();
  EXPECT_NE(korean->blocks.at(0).text.find("안녕하세요"), std::string::npos) << korean->blocks.at(0).text;
  const Result<Document> wide = pool->parse(input_of(std::string_view("\xff\xfeh\0i\0", 6), "txt"), {});
  ASSERT_TRUE(wide.has_value());
  EXPECT_EQ(wide->blocks.at(0).text, "hi");
}

TEST(Sandbox, HoldsItsFloorAndSaysWhatIsMissing) {
  const Result<SandboxReport> report = open_pool()->sandbox();
  ASSERT_TRUE(report.has_value()) << report.error().describe();
  EXPECT_TRUE(report->floor());
  EXPECT_EQ(report->address_space_limit, !kSanitized);
  const int held = report->user_namespace + report->network_namespace + report->ipc_namespace +
                   report->process_namespace + report->empty_root + (report->landlock_abi > 0);
  // Each part either holds or is named; the mount namespace and its empty root are one.
  EXPECT_GE(held + static_cast<int>(report->missing.size()), 6);
  for (const std::string& sentence : report->missing) RecordProperty("missing", sentence);
}

TEST(Sandbox, DeniesEveryEscape) {
  const auto pool = open_pool();
  const std::vector<std::string> attempts = escape_attempts();
  EXPECT_GE(attempts.size(), 60U);
  for (const std::string& attempt : attempts) {
    const Result<Document> document = act(*pool, attempt);
    if (document) {
      EXPECT_EQ(document->blocks.at(0).text, "denied") << attempt;
    } else {
      EXPECT_EQ(document.error().code(), Code::corrupt) << attempt;
      EXPECT_NE(document.error().message().find("forbidden"), std::string::npos)
          << attempt << ": " << document.error().message();
    }
  }
  EXPECT_FALSE(file_exists("/tmp/naru-hostile"));
  expect_honest(*pool);
}

TEST(Sandbox, InheritsNoSecretAndNoFile) {
  ASSERT_EQ(setenv("NARU_TEST_SECRET", "hunter2", 1), 0);
  const auto pool = open_pool();
  const std::string environment = found(*pool, "environment");
  EXPECT_EQ(environment.find("hunter2"), std::string::npos) << environment;
  EXPECT_TRUE(kSanitized || environment == "empty") << environment;
  EXPECT_EQ(found(*pool, "descriptors"), kSanitized ? "2 " : "");
  unsetenv("NARU_TEST_SECRET");
}

TEST(Sandbox, HoldsForAForkedWorkerToo) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  setenv("NARU_TEST_SECRET", "hunter2", 1);
  const auto asked = run_process({program, "forked", "hunter2"}, {}, {});
  unsetenv("NARU_TEST_SECRET");
  ASSERT_TRUE(asked.has_value()) << asked.error().describe();
  EXPECT_EQ(asked->exit_status, 0);
  const std::size_t all = escape_attempts().size();
  EXPECT_EQ(asked->output, fmt::format("'' ''\nempty\n{}\n{} of {} denied, here they are there\n",
                                       kSanitized ? "2 " : "", all, all));
}

TEST(WorkerPool, TurnsEveryBadEndIntoOneTypedError) {
  WorkerOptions options;
  options.memory_bytes_max = 128ULL << 20;
  options.output_bytes_max = 16ULL << 20;
  const auto pool = open_pool(options);
  const std::vector<std::pair<std::string, Code>> ends = {
      {"crash", Code::corrupt},     {"abort", Code::corrupt},   {"exit", Code::corrupt},
      {"exit-7", Code::corrupt},    {"stack", Code::corrupt},   {"throw", Code::internal},
      {"garbage", Code::corrupt},   {"half", Code::corrupt},    {"claim", Code::limit_exceeded},
      {"more", Code::corrupt},      {"kind", Code::corrupt},    {"payload", Code::corrupt},
      {"flood", Code::corrupt},     {"code", Code::corrupt},    {"endless", Code::limit_exceeded},
      {"terminal", Code::corrupt},  {"outside", Code::corrupt}, {"report", Code::corrupt},
      {"memory", Code::limit_exceeded}, {"close", Code::corrupt},
  };
  for (const auto& [word, code] : ends) {
    const Result<Document> document = act(*pool, word);
    ASSERT_FALSE(document.has_value()) << word;
    EXPECT_EQ(code_name(document.error().code()), code_name(code)) << word << ": " << document.error().message();
    EXPECT_FALSE(document.error().message().empty()) << word;
  }
  expect_honest(*pool);
}

TEST(WorkerPool, EndsADocumentThatTakesTooLong) {
  WorkerOptions options;
  options.document_ms_max = kSanitized ? 3000 : 1000;  // what an honest document never takes, on a busy machine either
  const auto pool = open_pool(options);
  expect_honest(*pool);
  for (const std::string word : {"loop", "sleep", "drip"}) {
    const Result<Document> document = act(*pool, word);
    ASSERT_FALSE(document.has_value()) << word;
    EXPECT_EQ(code_name(document.error().code()), "timeout") << word << ": " << document.error().message();
  }
  expect_honest(*pool);
}

// With new, which throws; the C way, which does not, is among the bad ends above.
TEST(WorkerPool, BoundsTheMemoryOfADocument) {
  WorkerOptions options;
  options.memory_bytes_max = 128ULL << 20;
  const auto pool = open_pool(options);
  const Result<Document> document = act(*pool, "allocate");
  ASSERT_FALSE(document.has_value());
  EXPECT_EQ(code_name(document.error().code()), "limit_exceeded") << document.error().message();
  expect_honest(*pool);
}

TEST(WorkerPool, KeepsControlCharactersFromTheTerminal) {
  const Result<Document> document = act(*open_pool(), "terminal");
  ASSERT_FALSE(document.has_value());
  EXPECT_EQ(document.error().message(), " ]0;owned   31m red next");
}

TEST(WorkerPool, RefusesWhatIsTooLargeBeforeItStartsAProcess) {
  WorkerOptions options;
  options.input_bytes_max = 10;
  options.executable = "/nowhere/at/all";
  const Result<Document> document = open_pool(options)->parse(input_of("more than ten bytes", "txt"), {});
  ASSERT_FALSE(document.has_value());
  EXPECT_EQ(document.error().code(), Code::limit_exceeded);
}

TEST(WorkerPool, SaysWhenNoProcessCanBeStarted) {
  for (const char* program : {"/nowhere/at/all", "/bin/false"}) {
    WorkerOptions options;
    options.executable = program;
    const Result<Document> document = open_pool(options)->parse(input_of("text", "txt"), {});
    ASSERT_FALSE(document.has_value()) << program;
    EXPECT_EQ(document.error().code(), Code::unavailable) << program << ": " << document.error().message();
  }
}

// The zygote is this user's second process and its child would be the third, which the limit forbids.
TEST(WorkerPool, SaysWhenNoMoreProcessesAreToBeHad) {
  const pid_t program = fork();
  ASSERT_GE(program, 0);
  if (program == 0) {
    constexpr int kNobody = 65534;  // the limit does not bind root
    const bool root = geteuid() == 0;
    const rlimit two{2, 2};
    if (root && (setgroups(0, nullptr) != 0 || setresuid(kNobody, kNobody, kNobody) != 0)) _exit(3);
    if (prctl(PR_SET_DUMPABLE, 1) != 0 || setrlimit(RLIMIT_NPROC, &two) != 0) _exit(3);
    const Result<Document> refused = open_pool()->parse(input_of(kHonest, "md"), {});
    if (refused) _exit(4);
    _exit(refused.error().code() == Code::unavailable ? 0 : 5);
  }
  int status = 0;
  ASSERT_EQ(waitpid(program, &status, 0), program);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 3) GTEST_SKIP() << "no other user to become here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(WorkerPool, StopsAtOnceWhenAsked) {
  const auto pool = open_pool();
  expect_honest(*pool);
  const int zygote = only_child_of(getpid());
  std::stop_source source;
  Result<Document> document = Error(Code::internal, "never came back");
  Thread parsing("parsing", [&](std::stop_token) { document = act(*pool, "sleep", source.get_token()); });
  ASSERT_TRUE(eventually([&] { return !children_of(zygote).empty(); }));
  source.request_stop();
  parsing.join();
  ASSERT_FALSE(document.has_value());
  EXPECT_EQ(document.error().code(), Code::cancelled);
  EXPECT_TRUE(eventually([&] { return children_of(zygote).empty(); }));
  expect_honest(*pool);
}

TEST(WorkerPool, WaitsForAPlaceAndHearsAStopThere) {
  WorkerOptions options;
  options.children_max = 1;
  const auto pool = open_pool(options);
  std::stop_source first, second;
  Thread sleeping("sleeping", [&](std::stop_token) { (void)act(*pool, "sleep", first.get_token()); });
  ASSERT_TRUE(eventually([&] {
    const std::vector<int> zygote = children_of(getpid());
    return zygote.size() == 1 && !children_of(zygote[0]).empty();
  }));
  Result<Document> waited = Error(Code::internal, "never came back");
  Thread waiting("waiting", [&](std::stop_token) { waited = pool->parse(input_of("x", "txt"), second.get_token()); });
  second.request_stop();
  waiting.join();
  EXPECT_EQ(waited.error().code(), Code::cancelled);
  first.request_stop();
  sleeping.join();
  expect_honest(*pool);
}

TEST(WorkerPool, ParsesFromManyThreads) {
  const auto pool = open_pool();
  std::atomic<int> good{0};
  parallel_for(64, 8, [&](std::size_t i) {
    if (i % 8 == 3) {
      if (!act(*pool, "crash")) ++good;
      return;
    }
    const std::string text = "document number " + std::to_string(i);
    const Result<Document> document = pool->parse(input_of(text, "txt"), {});
    if (document && document->blocks.at(0).text == text) ++good;
  });
  EXPECT_EQ(good, 64);
}

TEST(WorkerPool, StartsANewZygoteWhenOneDies) {
  const auto pool = open_pool();
  expect_honest(*pool);
  const int zygote = only_child_of(getpid());
  ASSERT_EQ(kill(zygote, SIGKILL), 0);
  expect_honest(*pool);
  EXPECT_NE(only_child_of(getpid()), zygote);
}

// The document was in the hands of the zygote that died, and not the reason: it is parsed again.
TEST(WorkerPool, ParsesAgainWhatAZygoteLost) {
  const auto pool = open_pool();
  expect_honest(*pool);
  const int zygote = only_child_of(getpid());
  ASSERT_EQ(kill(zygote, SIGSTOP), 0);
  Result<Document> document = Error(Code::internal, "never came back");
  Thread parsing("parsing", [&](std::stop_token) { document = pool->parse(input_of(kHonest, "md"), {}); });
  system_clock().sleep_ms(50, {});
  ASSERT_EQ(kill(zygote, SIGKILL), 0);
  parsing.join();
  EXPECT_TRUE(document.has_value()) << document.error().describe();
}

TEST(WorkerPool, GetsRidOfAZygoteThatDoesNotAnswer) {
  WorkerOptions options;
  options.document_ms_max = 200;
  const auto pool = open_pool(options);
  expect_honest(*pool);
  ASSERT_EQ(kill(only_child_of(getpid()), SIGSTOP), 0);
  const Result<Document> late = pool->parse(input_of(kHonest, "md"), {});
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code(), Code::timeout);
  expect_honest(*pool);
}

TEST(WorkerPool, LeavesNoDescriptorAndNoProcess) {
  const std::size_t before = list_folder("/proc/self/fd").value_or({}).size();
  {
    const auto pool = open_pool();
    for (int i = 0; i < 20; ++i) {
      expect_honest(*pool);
      (void)act(*pool, "crash");
      (void)act(*pool, "garbage");
    }
    const int zygote = only_child_of(getpid());
    EXPECT_TRUE(eventually([&] { return children_of(zygote).empty(); }));
  }
  EXPECT_EQ(list_folder("/proc/self/fd").value_or({}).size(), before);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);  // no child at all, not even a dead one
}

// The program that owns the pool dies without a word while a child works: zygote and child must not stay.
TEST(WorkerPool, LeavesNoOrphanWhenTheProgramIsKilled) {
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);  // orphans come to us
  const pid_t program = fork();
  ASSERT_GE(program, 0);
  if (program == 0) {
    (void)act(*open_pool(), "sleep");
    _exit(0);
  }
  const int zygote = only_child_of(program);
  ASSERT_NE(zygote, 0);
  const int child = only_child_of(zygote);
  ASSERT_NE(child, 0);
  ASSERT_EQ(kill(program, SIGKILL), 0);
  // Each of them ends and is reaped; then there is no child left to wait for.
  EXPECT_TRUE(eventually([] { return waitpid(-1, nullptr, WNOHANG) < 0; }));
  EXPECT_NE(kill(child, 0), 0);
  EXPECT_NE(kill(zygote, 0), 0);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST(WorkerPool, FingerprintsTheParsersAndTheirVersions) {
  const auto fingerprint = [](std::uint32_t version) {
    Registry registry;
    registry.add_parser({.name = "a", .version = version}, nullptr);
    registry.add_parser({.name = "b"}, nullptr);
    return (*WorkerPool::open(registry))->fingerprint();
  };
  EXPECT_EQ(fingerprint(1), fingerprint(1));
  EXPECT_NE(fingerprint(1), fingerprint(2));
}

TEST(Worker, IsNothingForPeople) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    execl("/proc/self/exe", "naru", kWorkerArgument, static_cast<char*>(nullptr));
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 2);
}

}  // namespace
}  // namespace naru

int main(int argc, char** argv) {
  if (const std::optional<int> status = naru::run_worker_if_asked(argc, argv, naru::register_hostile)) return *status;
  if (argc == 3 && std::string_view(argv[1]) == "forked") return naru::ask_forked_worker(argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
