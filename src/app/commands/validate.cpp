// naru validate: every mistake of naru.yaml at once, with its place and what to do.
#include <fmt/format.h>

#include <sstream>

#include "app/commands/commands.h"
#include "app/engine.h"

namespace naru {

namespace {

// As a program reads them; a person has them on stderr.
Error in_json_too(Error error, Invocation& invocation) {
  if (!invocation.json() || !is_configuration_error(error)) return error;
  Json mistakes = Json::array();
  std::istringstream lines(said(error));
  for (std::string line; std::getline(lines, line);) mistakes.push_back(line);
  invocation.output().json({{"ok", false}, {"mistakes", std::move(mistakes)}});
  return error;
}

Result<int> run(Invocation& invocation) {
  Result<std::unique_ptr<Engine>> opened = Engine::open(invocation, Configured::required);
  if (!opened) return in_json_too(std::move(opened).error(), invocation);
  const std::unique_ptr<Engine> engine = std::move(*opened);
  const std::vector<std::string> mistakes = engine->mistakes();
  if (!mistakes.empty()) {
    Error error = configuration_error(Code::invalid_argument, fmt::format("{}", fmt::join(mistakes, "\n")));
    return in_json_too(std::move(error), invocation);
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
