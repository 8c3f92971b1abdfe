// naru validate: every mistake of naru.yaml at once, with its place and what to do.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/engine.h"

namespace naru {

namespace {

Result<int> run(Invocation& invocation) {
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::required));
  // Sources are made, so that what only they can check (globs) is checked; nothing is read.
  for (const FlowConfig& flow : engine->config().flows) {
    const Result<std::unique_ptr<Source>> source = engine->source(flow);
    if (!source) return configuration_error(source.error().code(), source.error().describe());
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
