// The program's other life: as the zygote of the sandboxed worker, and as its children.
//
// main() of every program that opens a WorkerPool begins with
//   if (const std::optional<int> status = naru::run_worker_if_asked(argc, argv)) return *status;
// before it reads a file, an environment variable or a key, and before it starts a thread.
#pragma once

#include <optional>

#include "naru/registry.h"

namespace naru {

// The hidden first argument that makes a program the worker.
inline constexpr const char* kWorkerArgument = "worker";

using RegisterParsers = void (*)(Registry& registry);

// Nothing: this process was started for something else. As the worker it does not come back: it ends when its parent is
// gone. An exit status: a person typed the argument. `more` registers parsers beside those of register_parse (tests).
std::optional<int> run_worker_if_asked(int argc, char** argv, RegisterParsers more = nullptr);

}  // namespace naru
