// naru serve: the knowledge bases and models over HTTP, on this machine alone, until it is asked to stop.
#include "serve/server.h"

#include <fmt/format.h>

#include <charconv>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/engine_service.h"
#include "runtime/files.h"
#include "runtime/usage.h"
#include "serve/site.h"

namespace naru {

namespace {

constexpr std::string_view kListenDefault = "127.0.0.1:8787";

// Files of the store, models and the program itself, beside the connections.
constexpr std::size_t kOtherDescriptors = 512;

struct ServeFlags {
  std::optional<std::string> listen;
};

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

// What other machines could reach would need TLS, and the login of this form is for one person: that is a mistake of
// the configuration, whoever made it.
Result<Address> read_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  Address address{text.substr(0, std::min(colon, text.size())), 0};
  if (address.host == "localhost" || address.host.empty()) address.host = "127.0.0.1";
  if (address.host == "[::1]") address.host = "::1";
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size()) {
    return configuration_error(Code::invalid_argument,
                               fmt::format("--listen {}: write it as 127.0.0.1:PORT; port 0 takes a free one", text));
  }
  if (address.host != "127.0.0.1" && address.host != "::1") {
    return configuration_error(
        Code::not_allowed,
        fmt::format("--listen {}: other machines could reach that, and there is no TLS here; listen at 127.0.0.1 and "
                    "put what speaks TLS in front, or use `ssh -L`", text));
  }
  return address;
}

void say_where(const std::string& base, const std::string& login, const std::string& token_file,
               Invocation& invocation) {
  Output& output = invocation.output();
  if (invocation.json()) {
    output.json({{"event", "serving"}, {"address", base}, {"login", login}, {"token_file", token_file}});
  } else {
    output.line(fmt::format("{}  {}", output.toned(Tone::strong, "open once"), login));
    output.line(fmt::format("OpenAI base URL  {}/v1, with the key in {}", base, token_file));
  }
  output.flush();
}

Result<int> run(const ServeFlags& flags, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru serve`"));
  const Address address = NARU_TRY(read_address(flags.listen.value_or(std::string(kListenDefault))));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  const ServerLimits limits;
  allow_descriptors(limits.connections + kOtherDescriptors);
  KeyFile keys(engine->config().store);
  NARU_TRY(keys.token());
  EngineService service(*engine, invocation.output());
  const std::unique_ptr<Server> server = NARU_TRY(Server::listen(address.host, address.port, limits));
  NaruSite site(service, std::move(keys), *server, invocation.stop());
  say_where(server->address(), site.login_link(), join_path(engine->config().store, "serve/token"), invocation);
  server->run(site, invocation.stop());
  site.stop();
  return 0;
}

}  // namespace

void build_serve(Syntax& syntax) {
  const auto flags = std::make_shared<ServeFlags>();
  syntax
      .text("--listen", "ADDRESS:PORT", flags->listen,
            "Where; 127.0.0.1:8787 unless given. Port 0 takes a free one. Only addresses of this machine.")
      .example("naru serve")
      .example("naru serve --listen 127.0.0.1:0 --json")
      .example("curl -H \"Authorization: Bearer $(cat .naru/serve/token)\" http://127.0.0.1:8787/v1/models")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
