#include "parse/worker/worker.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/socket.h>

#include <exception>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "parse/worker/members.h"
#include "parse/pdf/pdfium.h"
#include "parse/worker/protocol.h"
#include "runtime/zygote.h"
#include "text/charset.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Ours, and read in the zygote itself: what a first document makes (tables, symbols found in libraries, a heap with
// room) is then there for every child, and not made in each.
constexpr std::string_view kExample = "# 예\n\nThis is an *example*, and it is short.\n\n- 예문은 짧다.\n";

constexpr int kNotForPeople = 2;  // exit status: somebody typed the hidden argument

class ParseTask : public ZygoteTask {
 public:
  explicit ParseTask(RegisterParsers more) {
    Registry registry;
    register_parse(registry);
    if (more != nullptr) more(registry);
    for (const auto& [name, entry] : registry.parsers()) parsers_.push_back(entry.make());
    warm_up_text();
  }

  void prepare(std::string_view bytes) override {
    const Result<WorkerRequest> request = decode_request(bytes);
    // Opening it takes longer than parsing a small file, so it waits for the first PDF. Where it cannot be opened, the
    // PDF parser says so.
    if (request && request->pdf) (void)pdfium();
    if (++requests_ == 2) read_example();  // who reads one document does not wait for it
  }

  std::string run(std::string_view bytes, const Result<Sandbox::Entered>& entered) override {
    if (!entered) return encode_answer(Result<Document>(entered.error()));
    const Result<WorkerRequest> request = decode_request(bytes);
    if (!request) return encode_answer(Result<Document>(request.error()));
    if (request->want == WorkerRequest::Want::sandbox) return encode_answer(entered->report);
    return answer(*request, entered->input);
  }

 private:
  void read_example() const {
    try {
      (void)encode_answer(parse_item(parsers_, {kExample, "unnamed..md", "md"}));
    } catch (const std::exception&) {  // then each child makes its own
    }
    malloc_trim(0);  // or each child would put our freed pieces together, and copy their pages for it
  }

  std::string answer(const WorkerRequest& request, std::string_view input) const {
    try {
      // The item's name stays outside; what it says of a compressed file's content is all that a parser needs.
      const std::string name = fmt::format("unnamed.{}.{}", request.inner_hint, request.media_hint);
      return encode_answer(parse_item(parsers_, {input, name, request.media_hint, request.web_text}));
    } catch (const std::bad_alloc&) {
      return encode_answer(Result<Document>(
          Error(Code::limit_exceeded, "it takes more memory than one document may have: split the file")));
    } catch (const std::exception& thrown) {
      return encode_answer(
          Result<Document>(Error(Code::internal, fmt::format("its parser failed: {}", thrown.what()))));
    }
  }

  std::vector<std::unique_ptr<Parser>> parsers_;
  std::uint64_t requests_ = 0;
};

Zygote* forked_worker = nullptr;  // until a pool takes it; it ends with this process in any case
RegisterParsers forked_parsers = nullptr;

void run_forked() {
  ParseTask task(forked_parsers);
  run_zygote(task);
}

// Descriptor 0 is the parent's socket.
bool has_parent_socket() {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(0, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

}  // namespace

std::optional<int> run_worker_if_asked(int argc, char** argv, RegisterParsers more) {
  if (argc != 2 || std::string_view(argv[1]) != kWorkerArgument) return std::nullopt;
  if (!has_parent_socket()) return kNotForPeople;
  ParseTask task(more);
  run_zygote(task);
}

void fork_worker(char** argv, RegisterParsers more) {
  forked_parsers = more;
  Result<std::unique_ptr<Zygote>> worker = Zygote::fork(argv, run_forked);
  if (worker) forked_worker = worker->release();
}

std::unique_ptr<Zygote> take_forked_worker() {
  return std::unique_ptr<Zygote>(std::exchange(forked_worker, nullptr));
}

}  // namespace naru
