// naru validate: every mistake of naru.yaml at once, with its place and what to do.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/engine.h"

namespace naru {

namespace {

Result<int> run(Invocation& invocation) {
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::required));
  const std::vector<std::string> mistakes = engine->mistakes();
  if (!mistakes.empty()) {
    return configuration_error(Code::invalid_argument, fmt::format("{}", fmt::join(mistakes, "\n")));
  }
  if (invocation.json()) {
    invocation.output().json({{"ok", true}, {"flows", engine->config().flows.size()}});
    return 0;
  }
  const Config& config = engine->config();
  invocation.output().line(fmt::format("{} is right: {} flow(s)", config.file, config.flows.size()));
  return 0;
}

}  // namespace

void build_validate(Syntax& syntax) {
  syntax.example("naru validate")
      .example("naru validate --config staging.yaml")
      .runs([](Invocation& invocation) { return run(invocation); });
}

}  // namespace naru
