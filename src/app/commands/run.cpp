// naru run: brings the knowledge base in step with the sources.
#include "app/commands/commands.h"
#include "app/run_flows.h"
#include "app/telemetry/telemetry.h"

namespace naru {

namespace {

struct RunFlags {
  RunRequest request;
  std::optional<std::uint64_t> limit;
  std::optional<std::string> metrics;
  std::optional<std::string> keys;
};

// "A..B"
Result<KeyRange> read_range(const std::string& text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos || text.size() == 2) {
    return Error(Code::invalid_argument,
                 "--keys is a range of documents, for example 2024-01..2024-06, 2024-01.. or ..2024-06");
  }
  return KeyRange{text.substr(0, dots), text.substr(dots + 2)};
}

Result<int> run(RunFlags& flags, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru run`"));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::required));
  flags.request.limit = flags.limit.value_or(0);
  if (flags.metrics) flags.request.metrics_file = invocation.path(*flags.metrics);
  const std::unique_ptr<SpanExport> spans = NARU_TRY(SpanExport::start(*engine));
  if (flags.keys) flags.request.keys = NARU_TRY(read_range(*flags.keys));
  return run_flows(*engine, flags.request, invocation);
}

}  // namespace

void build_run(Syntax& syntax) {
  const auto flags = std::make_shared<RunFlags>();
  RunRequest& request = flags->request;
  syntax.arguments("FLOW", request.flows, "The flows to run; all where none is named.", Need::optional)
      .flag("--watch", request.watch, "Go on, and run again whenever a source changes.")
      .flag("--full", request.full, "Read and process everything again, changed or not.")
      .number("--limit", "N", flags->limit, 1, UINT64_MAX, "At most so many changed documents; nothing is removed.")
      .text("--keys", "A..B", flags->keys, "Only documents whose names lie between these; nothing is removed.")
      .flag("--refit", request.refit, "Make anew what steps go by that are fitted to the corpus.")
      .flag("--accept-removals", request.accept_removals, "Remove what is missing although it is much.")
      .flag("--plan", request.plan, "Say first what `naru plan` says, and at the end what came of it.")
      .text("--metrics", "FILE", flags->metrics,
            "Writes what /metrics of `naru serve` says of flows into this file whenever one has ended, for the "
            "textfile collector of Prometheus' node exporter.")
      .example("naru run                       every flow once")
      .example("naru run handbook --watch      keep in step until Ctrl-C")
      .example("naru run logs --full --keys 2026-01..2026-03   process a range again")
      .example("naru run --json | jq .event    what is durable, a line a commit")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
