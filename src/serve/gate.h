// Gate: is this request for us, from a page of ours, and who sends it? In this order: Host, Origin, authentication.
//
// Host first: a name that a stranger's DNS points at this machine must not reach us (rebinding). Origin next: no other
// page may use the browser of somebody who is logged in. Then the token, an API key, or the cookie of a login. Belongs
// to the server's thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/clock.h"
#include "serve/http.h"
#include "serve/keys.h"

namespace naru {

// Why a request is not let in; the counter of metrics has the same names.
enum class Denial : std::uint8_t { host, origin, credentials, route, method, scope, content_type, busy, malformed };

// As an error of the API names it: "invalid_api_key", ...
std::string_view denial_code(Denial why);

struct Denied {
  Denial why = Denial::host;
  unsigned status = 403;
  std::string message;
};

enum class Transport : std::uint8_t {
  plain,
  tls,
  proxied,  // a proxy in front speaks TLS, at a port of its own
};

// How clients come here, as they write it in an address.
struct Entrance {
  std::uint16_t port = 0;
  Transport transport = Transport::plain;
  std::vector<std::string> hosts = {};  // beside the names of this machine: "naru.example.org", or with its own port

  bool secure() const { return transport != Transport::plain; }
  std::string_view scheme() const { return secure() ? "https" : "http"; }
  // Where a person would go: "https://naru.example.org".
  std::string base() const;
};

class Gate {
 public:
  Gate(KeyFile keys, Entrance entrance, const Clock& clock);

  // Host and Origin. None: it may go on.
  std::optional<Denied> check_source(const HttpRequest& head) const;
  // Whether browsers may be told to come by TLS alone: not where the name is that of every machine, which other
  // servers on it share.
  bool is_strict(const HttpRequest& head) const;
  // Who sends it. Nobody is no error here: a route may be open.
  Result<std::optional<Caller>> caller_of(const HttpRequest& head);

  // A code that logs in whoever comes with it first.
  std::string new_login_code();
  // The cookie for it; none: it was used, is too old, or never was.
  std::optional<std::string> log_in(const std::string& code);

 private:
  bool logged_in(std::string_view session);

  KeyFile keys_;
  const Clock& clock_;
  const Entrance entrance_;
  const std::vector<std::string> local_, hosts_;     // as clients write ours: of this machine, and given
  const std::string_view cookie_;                    // of a login
  std::map<std::string, std::int64_t> codes_;        // SHA-256 to the time when it ends
  std::map<std::string, std::int64_t> sessions_;
};

}  // namespace naru
