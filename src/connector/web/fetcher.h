// Fetcher: asks web servers for pages, politely: as robots.txt lets us, with pauses, and never inside.
//
// One thread. Lives for one walk: robots.txt is read once in it, and a site that does not answer is left alone.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "connector/shared/glob.h"
#include "connector/web/memory.h"
#include "connector/web/robots.h"
#include "connector/web/url.h"
#include "naru/result.h"
#include "runtime/http.h"

namespace naru::web {

struct WebOptions {
  std::vector<Url> start, lists;      // pages; sitemaps and feeds
  std::vector<std::string> prefixes;  // of Url::text(): only pages below
  std::vector<Glob> exclude;          // of path and query, as Url::key() shows them
  bool own_prefixes = false;          // false: they follow from the addresses above
  std::uint32_t depth = 0, redirects = 0, attempts = 0;
  std::uint64_t pages_max = 0, bytes_max = 0;
  std::int64_t delay_ms = 0, poll_ms = 0, timeout_ms = 0;
  std::string agent;
  bool allow_private = false;  // of the hosts named above, and of no others
  std::string memory;          // the path of a file

  bool is_within(const Url& url) const;  // below a prefix, and not excluded
  bool is_excluded(const Url& url) const;
  bool names_host(const Url& url) const;  // in `start`, `lists` or `prefixes`
};

// What a server says of an address in so many words.
enum class Answer : std::uint8_t {
  page,        // with its body
  unchanged,   // 304: as Seen has it
  gone,        // 404, 410
  disallowed,  // by robots.txt: it was not asked for
  elsewhere,   // it leads to an address that the caller does not want; `place` is that
};

struct Fetched {
  Answer answer = Answer::page;
  Url place;  // after redirects
  HttpClientResponse response;

  std::string header(const char* name) const;  // "" where there is none
};

struct Asking {
  const Seen* known = nullptr;                 // may be null: what is asked for was not seen before
  std::uint64_t bytes_max = 0;                 // of a body
  std::function<bool(const Url&)> may_lead_to; // looked at for each redirect; none: anywhere
};

class Fetcher {
 public:
  // Both outlive it.
  Fetcher(const WebOptions& options, const Clock& clock) : options_(options), clock_(clock) {}

  // not_allowed: an address inside, https that leads to http, 403 and its like; unavailable: no answer, half of one,
  // any other status; limit_exceeded: too large, too many redirects; cancelled.
  Result<Fetched> fetch(const Url& url, const Asking& asking, const std::stop_token& stop);
  // not_allowed, unavailable: robots.txt cannot be read, so nothing of the site may be (RFC 9309, section 2.3.1.4).
  Result<const Robots*> robots_of(const Url& url, const std::stop_token& stop);

 private:
  struct Site {
    std::optional<Robots> robots;
    std::optional<Error> down;  // why nothing more is asked for
    int failures = 0;           // in a row
    std::optional<std::int64_t> asked_ns;
  };
  Result<HttpClientResponse> send(const Url& url, const Seen* known, std::uint64_t bytes_max,
                                  const std::stop_token& stop);
  Result<HttpClientResponse> send_robots(const Url& url, const std::stop_token& stop);

  const WebOptions& options_;
  const Clock& clock_;
  HttpClient http_;
  std::map<std::string, Site> sites_;  // by origin
};

}  // namespace naru::web
