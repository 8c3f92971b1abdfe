// naru mcp: the Model Context Protocol over standard input and output, for agents that start it themselves.
#include "serve/mcp.h"

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/engine_service.h"
#include "runtime/line_reader.h"
#include "serve/mcp_offer.h"

namespace naru {

namespace {

// A question with a page of text around it has some KiB.
constexpr std::size_t kLineBytesMax = 1024 * 1024;

Result<int> run(Invocation& invocation) {
  const Principal principal = NARU_TRY(invocation.principal());
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  EngineService service(*engine, invocation.output());
  const KnowledgeOffer offer(service, principal);
  const McpServer server(offer);
  const auto say = [&](const Json& message) {
    invocation.output().json(message);
    invocation.output().flush();
  };
  const McpWire wire{false, invocation.stop(), say};
  LineReader lines(kLineBytesMax);
  while (!invocation.output().broken()) {
    const std::optional<std::string> line = NARU_TRY(lines.next(invocation.stop()));
    if (!line) break;
    if (line->empty()) continue;
    const Result<Json> message = parse_json(*line);
    const std::optional<Json> reply = message ? server.handle(*message, wire)
                                              : McpServer::unreadable(message.error().message());
    if (reply) say(*reply);
  }
  return 0;
}

}  // namespace

void build_mcp(Syntax& syntax) {
  syntax.example("naru mcp -C ~/handbook")
      .example("naru mcp --as kim,staff")
      .runs([](Invocation& invocation) { return run(invocation); });
}

}  // namespace naru
