#include "serve/gate.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/random.h"

namespace naru {

namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::int64_t kCodeMs = 15LL * 60 * 1000;          // to open a link that was just printed
constexpr std::int64_t kSessionMs = 12LL * 60 * 60 * 1000;  // a working day
constexpr std::size_t kCodesMax = 16, kSessionsMax = 64;    // of one person

// Under TLS the front tells browsers that no neighbour's name may set it, and that it goes by TLS alone.
constexpr std::string_view kCookie = "naru_session", kSecureCookie = "__Host-naru_session";
constexpr std::string_view kBearer = "Bearer ";

bool has_port(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  return colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
}

// As clients write a name: with the port; without it where a browser leaves it out, or where another program passes
// requests on.
std::vector<std::string> written(const std::vector<std::string>& names, const Entrance& entrance, bool bare_too) {
  std::vector<std::string> hosts;
  for (const std::string& name : names) {
    if (has_port(name) || bare_too) hosts.push_back(name);
    if (!has_port(name)) hosts.push_back(fmt::format("{}:{}", name, entrance.port));
  }
  return hosts;
}

bool is_default_port(const Entrance& entrance) { return entrance.port == (entrance.secure() ? 443 : 80); }

// Adds one; drops what has ended, then the oldest.
void keep(std::map<std::string, std::int64_t>& known, const std::string& secret, std::int64_t now, std::int64_t ends,
          std::size_t count_max) {
  std::erase_if(known, [&](const auto& entry) { return entry.second <= now; });
  while (known.size() >= count_max) {
    known.erase(std::min_element(known.begin(), known.end(),
                                 [](const auto& a, const auto& b) { return a.second < b.second; }));
  }
  known[sha256(secret).bytes()] = ends;
}

}  // namespace

std::string_view denial_code(Denial why) {
  switch (why) {
    case Denial::credentials: return "invalid_api_key";
    case Denial::route: return "not_found";
    case Denial::method: return "method_not_allowed";
    case Denial::content_type: return "unsupported_media_type";
    case Denial::busy: return "server_busy";
    case Denial::malformed: return "bad_request";
    case Denial::host:
    case Denial::origin:
    case Denial::scope: break;
  }
  return "not_allowed";
}

std::string Entrance::base() const {
  std::string host = hosts.empty() ? "127.0.0.1" : hosts.front();
  const bool bare = transport == Transport::proxied || is_default_port(*this);
  if (!has_port(host) && !bare) host += fmt::format(":{}", port);
  return fmt::format("{}://{}", scheme(), host);
}

Gate::Gate(KeyFile keys, Entrance entrance, const Clock& clock)
    : keys_(std::move(keys)),
      clock_(clock),
      entrance_(std::move(entrance)),
      local_(written({"127.0.0.1", "localhost", "[::1]"}, entrance_, is_default_port(entrance_))),
      hosts_(written(entrance_.hosts, entrance_, true)),
      cookie_(entrance_.secure() ? kSecureCookie : kCookie) {}

std::optional<Denied> Gate::check_source(const HttpRequest& head) const {
  const auto is_in = [&](const std::vector<std::string>& hosts) {
    return std::find(hosts.begin(), hosts.end(), head.host) != hosts.end();
  };
  if (!is_in(local_) && !is_in(hosts_)) {
    const std::string& ours = (hosts_.empty() ? local_ : hosts_).front();
    return Denied{Denial::host, 421, fmt::format("the header Host must be {}", ours)};
  }
  if (!head.origin.empty() && head.origin != fmt::format("{}://{}", entrance_.scheme(), head.host)) {
    return Denied{Denial::origin, 403, "pages of other origins may not call this server"};
  }
  return std::nullopt;
}

bool Gate::is_strict(const HttpRequest& head) const {
  if (head.host.starts_with("localhost")) return false;
  return entrance_.secure() && std::find(hosts_.begin(), hosts_.end(), head.host) != hosts_.end();
}

Result<std::optional<Caller>> Gate::caller_of(const HttpRequest& head) {
  if (head.authorization.starts_with(kBearer)) {
    return keys_.caller_of(std::string_view(head.authorization).substr(kBearer.size()), clock_.unix_ms());
  }
  if (!head.authorization.empty()) return std::optional<Caller>();
  const std::string_view session = cookie_value(head.cookie, cookie_);
  if (session.empty() || !logged_in(session)) return std::optional<Caller>();
  return std::optional<Caller>(KeyFile::owner());
}

bool Gate::logged_in(std::string_view session) {
  const auto found = sessions_.find(sha256(session).bytes());
  return found != sessions_.end() && found->second > clock_.unix_ms();
}

std::string Gate::new_login_code() {
  const std::string code = random_hex(kSecretBytes);
  keep(codes_, code, clock_.unix_ms(), clock_.unix_ms() + kCodeMs, kCodesMax);
  return code;
}

std::optional<std::string> Gate::log_in(const std::string& code) {
  const auto found = codes_.find(sha256(code).bytes());
  if (found == codes_.end()) return std::nullopt;
  const bool in_time = found->second > clock_.unix_ms();
  codes_.erase(found);
  if (!in_time) return std::nullopt;
  const std::string session = random_hex(kSecretBytes);
  keep(sessions_, session, clock_.unix_ms(), clock_.unix_ms() + kSessionMs, kSessionsMax);
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}", cookie_, session, kSessionMs / 1000,
                     entrance_.secure() ? "; Secure" : "");
}

}  // namespace naru
