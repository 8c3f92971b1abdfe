// naru-parquet: reads and writes Parquet for the connector `parquet` of naru, in a process of its own.
//
// It is linked with Arrow, naru is not; and it enters naru's sandbox before it looks at the first byte of the file on
// its standard input, so that a file that is damaged or hostile ends this process and nothing else
// (docs/decisions/0060-parquet.md). What it is asked and what it says: connector/parquet/messages.h.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <new>

#include "json_lines.h"
#include "read_file.h"
#include "runtime/files.h"
#include "runtime/sandbox.h"

namespace naru {
namespace {

constexpr int kStatusUsage = 64, kStatusFailed = 1;
// Beside the file itself, which is mapped: row groups are decoded in batches, a dictionary and a page at a time.
constexpr std::uint64_t kMemoryBytesMax = 2ULL << 30;
// One row group, or the ids of one file.
constexpr std::uint64_t kTimeMsMax = 1'800'000;

std::optional<std::vector<std::string>> columns_of(const Json& request) {
  if (!request.contains("columns")) return std::nullopt;
  return request["columns"].get<std::vector<std::string>>();
}

Status list(const ParquetFile& file, const Json& request, MessagesOut& out) {
  NARU_TRY(out.say(ParquetMessage::schema, to_line(file.schema())));
  for (int i = 0; i < file.groups(); ++i) {
    NARU_TRY(out.say(ParquetMessage::group, to_line(NARU_TRY(file.group(i)))));
    if (!request.contains("id")) continue;
    NARU_TRY(file.say_rows(i, request["id"].get<std::string>(), request["row_bytes_max"].get<std::size_t>(), out));
  }
  return {};
}

Status act(const std::string& operation, const Json& request, std::string_view input, MessagesOut& out) {
  if (operation == "types") return say_types(input, out);
  if (operation == "write") {
    const auto offset = request["offset"].get<std::size_t>(), size = request["size"].get<std::size_t>();
    if (offset > input.size() || size > input.size() - offset) return Error(Code::corrupt, "the lines end before");
    return say_parquet(input.substr(offset, size), request["columns"], out);
  }
  const ParquetFile file = NARU_TRY(ParquetFile::open(input, columns_of(request)));
  if (operation == "look") return out.say(ParquetMessage::schema, to_line(file.schema()));
  if (operation == "list") return list(file, request, out);
  if (operation == "rows") {
    return file.say_rows(request["group"].get<int>(), std::nullopt, request["row_bytes_max"].get<std::size_t>(), out);
  }
  return Error(Code::invalid_argument, "there is no operation " + operation);
}

// In the sandbox. Exceptions of Arrow, of Parquet's own reader and of memory end here.
Status act_without_exceptions(const std::string& operation, const Json& request, std::string_view input,
                              MessagesOut& out) {
  try {
    return act(operation, request, input, out);
  } catch (const std::bad_alloc&) {
    return Error(Code::limit_exceeded, "it takes more memory than one file may");
  } catch (const std::exception& error) {
    return Error(Code::corrupt, error.what());
  }
}

int in_child(Sandbox& sandbox, const std::string& operation, const Json& request, std::uint64_t file_bytes) {
  MessagesOut out;
  SandboxLimits limits;
  limits.memory_bytes_max = file_bytes + kMemoryBytesMax;
  limits.time_ms_max = kTimeMsMax;
  const Result<Sandbox::Entered> entered = sandbox.enter(limits, STDIN_FILENO, STDOUT_FILENO);
  const Status done = entered ? act_without_exceptions(operation, request, entered->input, out) : entered.error();
  const Status said = done ? out.say(ParquetMessage::end, "")
                           : out.say(ParquetMessage::error, std::string(code_name(done.error().code())) + " " +
                                                                done.error().describe());
  return said && out.flush() && done ? 0 : kStatusFailed;
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run(int count, char** arguments) {
  if (count != 3) return kStatusUsage;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // with whoever asks; and each of the forked ones with the one above it
  const Result<Json> request = parse_json(arguments[2]);
  const off_t file_bytes = lseek(STDIN_FILENO, 0, SEEK_END);
  if (!request || !request->is_object() || file_bytes < 0) return kStatusUsage;
  // An allocator in Arrow's library has started a thread by now; a forked process has one thread, as the sandbox asks.
  setenv("ARROW_DEFAULT_MEMORY_POOL", "system", 1);
  const pid_t alone = fork();
  if (alone < 0) return kStatusFailed;
  if (alone > 0) return wait_for(alone);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Sandbox sandbox = Sandbox::prepare();
  const int child = sandbox.fork();
  if (child < 0) _exit(kStatusFailed);
  if (child > 0) _exit(wait_for(child));
  _exit(in_child(sandbox, arguments[1], *request, static_cast<std::uint64_t>(file_bytes)));
}

}  // namespace
}  // namespace naru

int main(int count, char** arguments) { return naru::run(count, arguments); }
