// The program's other life: as the zygote of the sandboxed worker, and as its children.
//
// main() of every program that opens a WorkerPool begins with
//   if (const std::optional<int> status = naru::run_worker_if_asked(argc, argv)) return *status;
// before it reads a file, an environment variable or a key, and before it starts a thread.
#pragma once

#include <memory>
#include <optional>

#include "naru/registry.h"
#include "runtime/zygote.h"

namespace naru {

// The hidden first argument that makes a program the worker.
inline constexpr const char* kWorkerArgument = "worker";

using RegisterParsers = void (*)(Registry& registry);

// Nothing: this process was started for something else. As the worker it does not come back: it ends when its parent is
// gone. An exit status: a person typed the argument. `more` registers parsers beside those of register_parse (tests).
std::optional<int> run_worker_if_asked(int argc, char** argv, RegisterParsers more = nullptr);

// Forks the worker at once, for a program whose one task is to parse: a second exec costs as much as a small document.
// Call it where run_worker_if_asked may be called, and before anything else. The first WorkerPool takes the worker;
// where it cannot be forked, the pool starts one as always.
void fork_worker(char** argv, RegisterParsers more = nullptr);
std::unique_ptr<Zygote> take_forked_worker();

}  // namespace naru
