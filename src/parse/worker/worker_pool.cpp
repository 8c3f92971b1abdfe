#include "parse/worker/worker_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <variant>

#include "parse/shared/format_names.h"
#include "parse/worker/protocol.h"
#include "parse/worker/worker.h"
#include "runtime/clock.h"
#include "runtime/thread.h"
#include "runtime/zygote.h"

namespace naru {

namespace {

constexpr int kPollMs = 50;           // how late a stop may be noticed: a person does not see it
constexpr std::size_t kPieceBytes = 64 * 1024;  // what a pipe holds
constexpr int kExitMs = 500;          // from closing its output to its end: a process of 512 MB takes 0.1 s
constexpr int kReapMs = 2'000;        // a zygote that does not answer for so long is broken
constexpr int kStartsMax = 3;         // of the zygote for one document
constexpr int kForksMax = 6;          // tries while the machine is short of processes or memory
constexpr std::int64_t kForkWaitMs = 20;  // before the second try; doubled each time: 0.6 s together
constexpr std::uint64_t kTinyMemory = 64ULL << 20;  // less and not even the libraries fit
constexpr std::uint64_t kSanitizedScale = 4;  // a sanitizer's shadow, quarantine and checks
// Above this share of its memory a child that crashed is taken to have run out of it.
constexpr std::uint64_t kFullPercent = 80;

// Why a run gave no answer, and whether another try has sense.
struct Failure {
  enum class Again : std::uint8_t { no, new_zygote, later };
  Error error;
  Again again = Again::no;
};

Failure final(Error error) { return {std::move(error), Failure::Again::no}; }

std::string signal_text(int number) {
  switch (number) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGABRT:
      return "SIGABRT";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    case SIGTRAP:
      return "SIGTRAP";
    default:
      return fmt::format("signal {}", number);
  }
}

// How a child ended whose output has ended; it is killed if it goes on. Nothing: the zygote is gone or refused.
std::optional<ChildEnd> end_of(ZygoteChild& child) {
  std::optional<ChildEnd> end = child.wait(kExitMs);
  return end || child.error_number() != 0 ? end : child.kill(kReapMs);
}

}  // namespace

struct WorkerPool::State {
  WorkerOptions options;
  SandboxLimits limits;
  Id128 fingerprint;
  unsigned places_max = 1;

  std::mutex mutex;  // protects what follows
  std::condition_variable_any place_free;
  unsigned places_taken = 0;
  // Shared: a thread that replaces a dead zygote must not pull it from under the others.
  std::shared_ptr<const Zygote> zygote;

  Result<std::shared_ptr<const Zygote>> current() {
    const std::lock_guard lock(mutex);
    if (!zygote) zygote = take_forked_worker();
    if (!zygote) zygote = NARU_TRY(Zygote::start(options.executable, kWorkerArgument));
    return zygote;
  }

  void replace(const std::shared_ptr<const Zygote>& broken) {
    std::shared_ptr<const Zygote> ended;  // its end is waited for outside the lock
    const std::lock_guard lock(mutex);
    if (zygote == broken) ended = std::move(zygote);
  }

  Status take_place(std::stop_token stop) {
    std::unique_lock lock(mutex);
    const bool free = place_free.wait(lock, stop, [&] { return places_taken < places_max; });
    if (!free) return Error(Code::cancelled, "stopped");
    ++places_taken;
    return {};
  }

  void give_place() {
    const std::lock_guard lock(mutex);
    --places_taken;
    place_free.notify_one();
  }

  std::variant<AnswerReader, Failure> run_once(const Zygote& from, const WorkerRequest& request, std::string_view input,
                                               const std::stop_token& stop) const;
  Failure explain(const ZygoteChild& child, std::optional<ChildEnd> end) const;
  Error too_slow() const {
    return {Code::timeout, fmt::format("parsing it took more than {} ms: split the file", limits.time_ms_max)};
  }
  Error too_big() const {
    return {Code::limit_exceeded,
            fmt::format("parsing it takes more than {} MB of memory: split the file", limits.memory_bytes_max >> 20)};
  }
  Result<AnswerReader> run(const WorkerRequest& request, std::string_view input, const std::stop_token& stop);
};

// Why there is no answer although the child's output has ended.
Failure WorkerPool::State::explain(const ZygoteChild& child, std::optional<ChildEnd> end) const {
  if (!end && child.error_number() != 0) {
    const std::string reason = std::error_code(child.error_number(), std::generic_category()).message();
    return {Error(Code::unavailable, fmt::format("no parser process can be started: {}; try again when the machine has "
                                                 "more processes and memory to give", reason)),
            Failure::Again::later};
  }
  if (!end) {
    return {Error(Code::unavailable, "the parser process has gone away; try again"), Failure::Again::new_zygote};
  }
  const std::uint64_t full = limits.memory_bytes_max / 100 * kFullPercent;
  if (end->why == ChildEnd::Why::memory || (end->signal != 0 && end->peak_bytes >= full)) return final(too_big());
  if (end->why == ChildEnd::Why::asked) {
    return final(Error(Code::corrupt, "its parser closed its answer and went on: the file is hostile"));
  }
  if (end->signal == SIGXCPU || end->exit_status == 128 + SIGALRM) return final(too_slow());
  if (end->signal == SIGKILL) {  // none of ours: the limit of processor time, or a machine without memory
    if (end->cpu_ms >= limits.time_ms_max) return final(too_slow());
    return final(Error(Code::limit_exceeded, "the system killed its parser, probably for want of memory: free some, or "
                                             "run fewer at once"));
  }
  if (end->signal == SIGSYS) {
    return final(Error(Code::corrupt, "its parser asked the system for something forbidden and was stopped: the file "
                                      "is hostile, or this is a bug of the parser"));
  }
  if (end->signal != 0) {
    return final(Error(Code::corrupt, fmt::format("its parser crashed ({}): the file is damaged or hostile; other "
                                                  "files are not affected", signal_text(end->signal))));
  }
  return final(Error(Code::corrupt, fmt::format("its parser ended without an answer (status {}): the file is damaged "
                                                "or hostile", end->exit_status)));
}

std::variant<AnswerReader, Failure> WorkerPool::State::run_once(const Zygote& from, const WorkerRequest& request,
                                                               std::string_view input,
                                                               const std::stop_token& stop) const {
  const std::int64_t start_ns = system_clock().monotonic_ns();
  Result<ZygoteChild> child = from.run(encode_request(request), input, limits);
  if (!child) {
    const bool gone = child.error().code() == Code::unavailable;
    return Failure{child.error(), gone ? Failure::Again::new_zygote : Failure::Again::later};
  }
  AnswerReader answer(options.output_bytes_max);
  std::string piece;
  while (true) {
    switch (child->read(piece, kPieceBytes, kPollMs)) {
      case ZygoteChild::Event::bytes:
        if (Status added = answer.add(piece); !added) return final(added.error());
        if (answer.complete()) return answer;
        break;
      case ZygoteChild::Event::end:
        if (!answer.empty()) return answer;  // half an answer: it says so itself
        return explain(*child, end_of(*child));
      case ZygoteChild::Event::refused:
      case ZygoteChild::Event::lost:
        return explain(*child, std::nullopt);
      case ZygoteChild::Event::nothing:
        break;
    }
    const bool late = elapsed_ms(start_ns, system_clock().monotonic_ns()) > static_cast<double>(limits.time_ms_max);
    if (!late && !stop.stop_requested()) continue;
    const bool answered = child->kill(kReapMs).has_value();
    Error error = late ? too_slow() : Error(Code::cancelled, "stopped");
    // The document has had its time; but a zygote that cannot even kill must not get the next one.
    if (!answered) from.kill();
    return final(std::move(error));
  }
}

Result<AnswerReader> WorkerPool::State::run(const WorkerRequest& request, std::string_view input,
                                            const std::stop_token& stop) {
  NARU_TRY(take_place(stop));
  struct Place {
    State& state;
    ~Place() { state.give_place(); }
  } place{*this};
  int starts = 0;
  std::int64_t wait_ms = kForkWaitMs;
  for (int forks = 1;; ++forks) {
    const std::shared_ptr<const Zygote> from = NARU_TRY(current());
    std::variant<AnswerReader, Failure> done = run_once(*from, request, input, stop);
    if (AnswerReader* answer = std::get_if<AnswerReader>(&done)) return std::move(*answer);
    Failure& failure = std::get<Failure>(done);
    if (failure.again == Failure::Again::no || forks >= kForksMax) return std::move(failure.error);
    if (failure.again == Failure::Again::new_zygote) {
      replace(from);
      if (++starts >= kStartsMax) return std::move(failure.error);
      continue;
    }
    if (!system_clock().sleep_ms(wait_ms, stop)) return Error(Code::cancelled, "stopped");
    wait_ms *= 2;
  }
}

WorkerPool::WorkerPool(std::unique_ptr<State> state) : state_(std::move(state)) {}
WorkerPool::~WorkerPool() = default;

Result<std::unique_ptr<WorkerPool>> WorkerPool::open(const Registry& registry, WorkerOptions options) {
  if (options.memory_bytes_max < kTinyMemory) {
    return Error(Code::invalid_argument, fmt::format("a parser process needs at least {} MB", kTinyMemory >> 20));
  }
  auto state = std::make_unique<State>();
  const std::uint64_t scale = kSanitized ? kSanitizedScale : 1;
  state->limits = {options.memory_bytes_max * scale, options.document_ms_max * scale};
  state->places_max = std::min(options.children_max == 0 ? usable_cores() : options.children_max, Zygote::kChildrenMax);
  std::string parsers;
  for (const auto& [name, entry] : registry.parsers()) {
    parsers += fmt::format("{} {}\n", name, entry.descriptor.version);
  }
  state->fingerprint = hash128({"parsers", parsers});
  state->options = std::move(options);
  return std::unique_ptr<WorkerPool>(new WorkerPool(std::move(state)));
}

void WorkerPool::start() const { (void)state_->current(); }  // the first parse() tries again and says what is wrong

Result<Document> WorkerPool::parse(const ParseInput& input, std::stop_token stop) const {
  if (input.bytes.size() > state_->options.input_bytes_max) {
    return Error(Code::limit_exceeded, fmt::format("{} bytes are more than a parser takes ({}): split the file",
                                                   input.bytes.size(), state_->options.input_bytes_max));
  }
  const AnswerReader answer = NARU_TRY(state_->run(request_for(input), input.bytes, stop));
  Document document = NARU_TRY(answer.document(input.bytes.size()));
  document.uri = input.uri;
  if (document.format == "compressed" && document.children.size() == 1) {  // the child does not know the item's name
    document.children[0].name = document.children[0].document.uri = name_inside(input.uri);
  }
  return document;
}

Id128 WorkerPool::fingerprint() const { return state_->fingerprint; }

Result<SandboxReport> WorkerPool::sandbox(std::stop_token stop) const {
  WorkerRequest request;
  request.want = WorkerRequest::Want::sandbox;
  const AnswerReader answer = NARU_TRY(state_->run(request, {}, stop));
  return answer.sandbox();
}

}  // namespace naru
