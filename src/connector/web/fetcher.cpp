#include "connector/web/fetcher.h"

#include <fmt/format.h>

#include <algorithm>

namespace naru::web {

namespace {

constexpr std::uint64_t kRobotsBytesMax = 4U << 20;  // more is no robots.txt; what is looked at is less
// So many in a row without an answer, or with one that says "not now": the site is down or wants to be left alone.
constexpr int kFailuresMax = 10;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string header_of(const HttpClientResponse& response, const char* name) {
  const auto found = response.headers.find(name);
  return found == response.headers.end() ? "" : found->second;
}

}  // namespace

std::string Fetched::header(const char* name) const { return header_of(response, name); }

bool WebOptions::is_within(const Url& url) const {
  const std::string text = url.text();
  return !is_excluded(url) && std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return text.starts_with(prefix); });
}

bool WebOptions::is_excluded(const Url& url) const {
  if (exclude.empty()) return false;
  const std::string key = url.key(), path = key.substr(std::min(url.origin().size() + 1, key.size()));
  return std::any_of(exclude.begin(), exclude.end(), [&](const Glob& glob) { return glob.matches(path); });
}

bool WebOptions::names_host(const Url& url) const {
  const auto names = [&](const Url& named) { return named.host == url.host; };
  return std::any_of(start.begin(), start.end(), names) || std::any_of(lists.begin(), lists.end(), names) ||
         std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& prefix) {
           const auto named = parse_url(prefix);
           return named && names(*named);
         });
}

Result<HttpClientResponse> Fetcher::send(const Url& url, const Seen* known, std::uint64_t bytes_max,
                                         const std::stop_token& stop) {
  Site& site = sites_[url.origin()];
  if (site.down) return *site.down;
  const std::int64_t wait_ms = std::max(options_.delay_ms, site.robots ? site.robots->delay_ms() : 0);
  if (site.asked_ns) {
    const auto gone_ms = static_cast<std::int64_t>(elapsed_ms(*site.asked_ns, clock_.monotonic_ns()));
    if (gone_ms < wait_ms && !clock_.sleep_ms(wait_ms - gone_ms, stop)) return Error(Code::cancelled, "stopped");
  }
  HttpClientRequest request;
  request.url = url.text();
  request.redirects_max = 0;  // each is a request of its own, looked at like the first
  request.path_as_is = true;
  request.public_only = !(options_.allow_private && options_.names_host(url));
  request.user_agent = options_.agent;
  request.timeout_ms = static_cast<std::uint32_t>(options_.timeout_ms);
  request.connect_timeout_ms = std::min(request.connect_timeout_ms, request.timeout_ms);
  request.body_bytes_max = bytes_max;
  if (known != nullptr && !known->etag.empty()) request.headers.emplace_back("If-None-Match", known->etag);
  if (known != nullptr && !known->modified.empty()) request.headers.emplace_back("If-Modified-Since", known->modified);
  HttpRetries retries;
  retries.attempts_max = static_cast<int>(options_.attempts);
  Result<HttpClientResponse> response = send_with_retries(http_, request, retries, clock_, stop);
  site.asked_ns = clock_.monotonic_ns();
  if (!response && response.error().code() == Code::timeout) {
    response = Error(Code::unavailable, response.error().describe());
  } else if (!response && response.error().code() == Code::not_allowed) {
    response = Error(Code::not_allowed, response.error().describe() + "; `allow_private: true` lets in the hosts that "
                                                                      "the configuration names, and no others");
  }
  const bool failed = response ? response->status == 429 || response->status == 503
                               : response.error().code() == Code::unavailable;
  site.failures = failed ? site.failures + 1 : 0;
  if (site.failures == kFailuresMax) {
    site.down = Error(Code::unavailable, fmt::format("{} did not answer {} times in a row: it is left alone in this "
                                                     "run", url.origin(), kFailuresMax));
  }
  return response;
}

// RFC 9309, section 2.3.1: redirects are followed, other hosts' too.
Result<HttpClientResponse> Fetcher::send_robots(const Url& url, const std::stop_token& stop) {
  Url place = url;
  place.path = "/robots.txt";
  place.query.clear();
  for (std::uint32_t hops = 0;; ++hops) {
    HttpClientResponse response = NARU_TRY(send(place, nullptr, kRobotsBytesMax, stop));
    if (response.status >= 500 || response.status == 429) {
      return Error(Code::unavailable, fmt::format("{} answers {}: nothing is fetched from this site until it answers",
                                                  place.text(), response.status));
    }
    const auto next = is_redirect(response.status) ? resolve_url(place, header_of(response, "location")) : std::nullopt;
    if (!next || hops >= options_.redirects) return response;
    place = *next;
  }
}

// No file means that all is allowed, a server that fails that nothing is.
Result<const Robots*> Fetcher::robots_of(const Url& url, const std::stop_token& stop) {
  Site& site = sites_[url.origin()];
  if (site.down) return *site.down;
  if (site.robots) return &*site.robots;
  Result<HttpClientResponse> response = send_robots(url, stop);
  if (!response) {
    if (response.error().code() != Code::cancelled) site.down = response.error();
    return std::move(response).error();
  }
  const bool there = response->status >= 200 && response->status < 300;
  site.robots = Robots::parse(there ? response->body : "", options_.agent);
  return &*site.robots;
}

Result<Fetched> Fetcher::fetch(const Url& url, const Asking& asking, const std::stop_token& stop) {
  Fetched fetched;
  Url& place = fetched.place;
  place = url;
  const auto as = [&](Answer answer) {
    fetched.answer = answer;
    return std::move(fetched);
  };
  for (std::uint32_t hops = 0;; ++hops) {
    const Robots* robots = NARU_TRY(robots_of(place, stop));
    if (!robots->allows(place.path + place.query)) return as(Answer::disallowed);
    // ETags are of one address: the one whose answer they came with.
    const bool same_place = asking.known != nullptr && asking.known->place == place.text();
    fetched.response = NARU_TRY(send(place, same_place ? asking.known : nullptr, asking.bytes_max, stop));
    const int status = fetched.response.status;
    if (status == 200 || status == 203) return as(Answer::page);
    if (status == 304 && same_place) return as(Answer::unchanged);
    if (status == 404 || status == 410) return as(Answer::gone);
    if (!is_redirect(status)) {
      // Of those that say "not you" the caller knows whether it was let in before.
      const bool passes = status < 400 || status >= 500 || status == 408 || status == 425 || status == 429;
      return Error(passes ? Code::unavailable : Code::not_allowed, fmt::format("{} answers {}", place.text(), status));
    }
    if (hops >= options_.redirects) {
      return Error(Code::limit_exceeded, fmt::format("{} leads on more than {} times", url.text(), options_.redirects));
    }
    const auto next = resolve_url(place, fetched.header("location"));
    if (!next) return Error(Code::unavailable, place.text() + " leads nowhere");
    if (place.scheme == "https" && next->scheme == "http") {
      return Error(Code::not_allowed, place.text() + " leads from https to http: " + next->text());
    }
    place = *next;
    if (asking.may_lead_to && !asking.may_lead_to(place)) return as(Answer::elsewhere);
  }
}

}  // namespace naru::web
