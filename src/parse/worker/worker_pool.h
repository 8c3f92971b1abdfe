// WorkerPool: foreign bytes become Documents in a child process that may touch nothing (architecture.md §5).
//
// A zygote is started by exec of our own program with an empty environment before the first document; it forks one
// child a document, which enters the sandbox (runtime/sandbox.h), detects the format, parses and answers over a capped
// pipe. Whatever the child does ends as a Document or as one typed Error here; nothing parses foreign bytes in this
// process.
//
// Any number of threads may call parse() at once: each waits for one of `children_max` places. The pool owns the
// zygote and restarts it when it dies; the destructor ends both zygote and children. No thread is started.
//
// The program must call run_worker_if_asked (parse/worker/worker.h) first thing in main().
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "naru/registry.h"
#include "runtime/sandbox.h"

namespace naru {

struct WorkerOptions {
  std::string executable = "/proc/self/exe";  // a program whose main() calls run_worker_if_asked
  unsigned children_max = 0;                  // documents parsed at once; 0: as many as there are usable cores
  std::uint64_t input_bytes_max = 256ULL << 20;   // of one document; with its text it must fit into the child's memory
  std::uint64_t output_bytes_max = 128ULL << 20;  // of one encoded document: 60 novels
  std::uint64_t memory_bytes_max = 512ULL << 20;  // of one child, shared pages included
  std::uint64_t document_ms_max = 9'000;          // wall time of one document; the promise is 10 s with start and end
};

class WorkerPool : public ParseService {
 public:
  // Starts nothing yet. `registry` holds the parsers of register_parse; it is read here only.
  static Result<std::unique_ptr<WorkerPool>> open(const Registry& registry, WorkerOptions options = {});
  ~WorkerPool() override;

  // Starts the zygote now, without waiting for it, so that it warms up while the caller reads its first file. Without
  // this call the first parse() does it.
  void start() const;

  // unsupported: no parser reads this. corrupt: the bytes are damaged, or the child crashed on them. limit_exceeded:
  // too large, or more memory or output than a child may have. timeout: longer than `document_ms_max`. not_allowed:
  // a password is needed. cancelled: `stop` was requested; the child is dead. unavailable: no process can be started
  // here, or the sandbox does not hold.
  Result<Document> parse(const ParseInput& input, std::stop_token stop) const override;

  // Over the names and versions of all parsers.
  Id128 fingerprint() const override;

  // What holds on this machine, as a child found it: for `naru doctor`. unavailable: no child may run here, and why.
  Result<SandboxReport> sandbox(std::stop_token stop = {}) const;

 private:
  struct State;
  explicit WorkerPool(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace naru
