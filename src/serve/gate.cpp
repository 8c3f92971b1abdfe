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

constexpr std::string_view kCookie = "naru_session";
constexpr std::string_view kBearer = "Bearer ";

std::vector<std::string> hosts_at(std::uint16_t port) {
  std::vector<std::string> hosts;
  for (const char* name : {"127.0.0.1", "localhost", "[::1]"}) {
    hosts.push_back(fmt::format("{}:{}", name, port));
    if (port == 80) hosts.emplace_back(name);
  }
  return hosts;
}

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

Gate::Gate(KeyFile keys, std::uint16_t port, const Clock& clock)
    : keys_(std::move(keys)), clock_(clock), hosts_(hosts_at(port)) {}

std::optional<Denied> Gate::check_source(const HttpRequest& head) const {
  if (std::find(hosts_.begin(), hosts_.end(), head.host) == hosts_.end()) {
    return Denied{Denial::host, 421, fmt::format("the header Host must be {}", hosts_.front())};
  }
  if (!head.origin.empty() && head.origin != "http://" + head.host) {
    return Denied{Denial::origin, 403, "pages of other origins may not call this server"};
  }
  return std::nullopt;
}

Result<std::optional<Caller>> Gate::caller_of(const HttpRequest& head) {
  if (head.authorization.starts_with(kBearer)) {
    return keys_.caller_of(std::string_view(head.authorization).substr(kBearer.size()), clock_.unix_ms());
  }
  if (!head.authorization.empty()) return std::optional<Caller>();
  const std::string_view session = cookie_value(head.cookie, kCookie);
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
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}", kCookie, session, kSessionMs / 1000);
}

}  // namespace naru
