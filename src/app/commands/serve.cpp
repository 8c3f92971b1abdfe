// naru serve: the knowledge bases and models over HTTP until it is asked to stop: on this machine alone, or under TLS.
#include "serve/server.h"

#include <fmt/format.h>

#include <charconv>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/engine_intake.h"
#include "app/engine_service.h"
#include "app/telemetry/telemetry.h"
#include "app/words.h"
#include "runtime/files.h"
#include "runtime/usage.h"
#include "serve/dashboard.h"
#include "serve/site.h"

namespace naru {

namespace {

constexpr std::string_view kListenDefault = "127.0.0.1:8787";

// Files of the store, models and the program itself, beside the connections.
constexpr std::size_t kOtherDescriptors = 512;

// As many names as a certificate of one service has.
constexpr std::size_t kHostsMax = 64;

struct ServeFlags {
  std::optional<std::string> listen, certificate, key, hosts, print;
  bool behind_proxy = false;
};

// Whatever is wrong with where and how to listen is a mistake of the configuration, whoever made it.
Error refused(std::string message) { return configuration_error(Code::invalid_argument, std::move(message)); }

Status read_address(const std::string& text, ListenAt& at) {
  const std::size_t colon = text.rfind(':');
  at.address = text.substr(0, std::min(colon, text.size()));
  if (at.address == "localhost" || at.address.empty()) at.address = "127.0.0.1";
  if (at.address.starts_with('[') && at.address.ends_with(']')) {
    at.address = at.address.substr(1, at.address.size() - 2);
  }
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), at.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size()) {
    return refused(fmt::format("--listen {}: write it as 127.0.0.1:PORT; port 0 takes a free one", text));
  }
  return {};
}

// As it stands in a Host header. Browsers send small letters.
bool is_host(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.:[]") == std::string_view::npos;
}

bool is_loopback(const std::string& address) { return address == "127.0.0.1" || address == "::1"; }
bool is_any(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

Result<ListenAt> listen_at(const ServeFlags& flags) {
  ListenAt at;
  const std::string listen = flags.listen.value_or(std::string(kListenDefault));
  NARU_TRY(read_address(listen, at));
  if (flags.certificate.has_value() != flags.key.has_value()) return refused("--tls-cert and --tls-key go together");
  if (flags.certificate && flags.behind_proxy) {
    return refused("--behind-proxy says that TLS ends in front of Naru: leave out --tls-cert and --tls-key");
  }
  if (flags.certificate) at.tls = TlsFiles{*flags.certificate, *flags.key};
  if (flags.behind_proxy) at.wanted = Wanted::anywhere;
  if (is_loopback(at.address) || at.tls || flags.behind_proxy) return at;
  return configuration_error(
      Code::not_allowed,
      fmt::format("--listen {}: other machines could reach that in the clear; add --tls-cert and --tls-key, or "
                  "listen at 127.0.0.1 and use `ssh -L`; `docs/guides/serve.md` says more", listen));
}

// By which names clients may call: those of --host, and the address where it is one of its own.
Result<std::vector<std::string>> hosts_of(const ServeFlags& flags, const ListenAt& at) {
  std::vector<std::string> hosts = split_list(flags.hosts.value_or(""));
  if (hosts.size() > kHostsMax) return refused(fmt::format("--host: at most {} names", kHostsMax));
  for (const std::string& host : hosts) {
    if (!is_host(host)) {
      return refused(fmt::format("--host {}: write it as in a browser, without https:// and in small letters: "
                                 "naru.example.org, or naru.example.org:8443", host));
    }
  }
  const bool nameless = is_any(at.address) || (flags.behind_proxy && is_loopback(at.address));
  if (hosts.empty() && nameless) {
    return refused("by which name will clients call? say it with --host naru.example.org: other names are refused, so "
                   "that no page can reach Naru under a name of its own");
  }
  if (at.address != "127.0.0.1" && !is_any(at.address)) {
    hosts.push_back(at.address.find(':') == std::string::npos ? at.address : "[" + at.address + "]");
  }
  return hosts;
}

Result<std::unique_ptr<Server>> listen(const ListenAt& at, const ServerLimits& limits) {
  Result<std::unique_ptr<Server>> server = Server::listen(at, limits);
  if (server || server.error().code() == Code::io) return server;
  return configuration_error(server.error().code(), server.error().describe());
}

void say_where(const Entrance& entrance, const std::string& login, const std::string& token_file,
               Invocation& invocation) {
  const std::string base = entrance.base();
  Output& output = invocation.output();
  if (invocation.json()) {
    output.json({{"event", "serving"}, {"address", base}, {"port", entrance.port}, {"login", login},
                 {"token_file", token_file}});
  } else {
    output.line(fmt::format("{}  {}", output.toned(Tone::strong, "open once"), login));
    output.line(fmt::format("OpenAI base URL  {}/v1, with the key in {}", base, token_file));
  }
  output.flush();
}

Result<int> print(const std::string& what, Invocation& invocation) {
  if (what != "dashboard" && what != "alerts") {
    return Error(Code::invalid_argument, fmt::format("--print {}: there are dashboard and alerts", what));
  }
  invocation.output().text(what == "alerts" ? alert_rules() : dashboard_json());
  return 0;
}

Result<int> run(const ServeFlags& flags, Invocation& invocation) {
  if (flags.print) return print(*flags.print, invocation);
  NARU_TRY(invocation.require_owner("`naru serve`"));
  const ListenAt at = NARU_TRY(listen_at(flags));
  const std::vector<std::string> hosts = NARU_TRY(hosts_of(flags, at));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  const std::unique_ptr<SpanExport> spans = NARU_TRY(SpanExport::start(*engine));
  const ServerLimits limits;
  allow_descriptors(limits.connections + kOtherDescriptors);
  KeyFile keys(engine->config().store);
  NARU_TRY(keys.token());
  EngineService service(*engine, invocation.output());
  EngineIntake intake(*engine, invocation);
  const std::unique_ptr<Server> server = NARU_TRY(listen(at, limits));
  const Transport transport = at.tls ? Transport::tls : flags.behind_proxy ? Transport::proxied : Transport::plain;
  const Entrance entrance{server->port(), transport, hosts};
  NaruSite site(service, intake, std::move(keys), *server, entrance, invocation.stop());
  say_where(entrance, site.login_link(), join_path(engine->config().store, "serve/token"), invocation);
  server->run(site, invocation.stop());
  site.stop();
  return 0;
}

}  // namespace

void build_serve(Syntax& syntax) {
  const auto flags = std::make_shared<ServeFlags>();
  syntax
      .text("--listen", "ADDRESS:PORT", flags->listen,
            "Where; 127.0.0.1:8787 unless given. Port 0 takes a free one. Other addresses than this machine's own only "
            "with TLS.")
      .text("--tls-cert", "FILE", flags->certificate,
            "Speaks TLS (1.2 and 1.3) with this certificate and its chain, PEM.")
      .text("--tls-key", "FILE", flags->key, "The certificate's key, PEM, without a password.")
      .text("--host", "NAMES", flags->hosts,
            "Names by which clients may call, with commas between them, as they stand in a browser; the login link has "
            "the first. Names of this machine always may.")
      .flag("--behind-proxy", flags->behind_proxy,
            "A proxy in front speaks TLS: links and cookies are for https. The way from it to Naru must be private.")
      .example("naru serve")
      .text("--print", "WHAT", flags->print,
            "Prints and ends: `dashboard` for Grafana, or `alerts` for Prometheus, of the metrics that it has.")
      .example("naru serve --listen 127.0.0.1:0 --json")
      .example("naru serve --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem --host naru.example.org")
      .example("curl -H \"Authorization: Bearer $(cat .naru/serve/token)\" http://127.0.0.1:8787/v1/models")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
