// Robots: what a site's robots.txt lets us fetch (RFC 9309).
//
// Immutable after parse(); any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace naru::web {

class Robots {
 public:
  // The group of `agent`, a word, else that of everybody. What lies beyond the first 500 KiB is not looked at.
  static Robots parse(std::string_view text, std::string_view agent);

  // By the longest rule that matches; where two are as long, by the one that allows. `target`: path and query with
  // normal_escapes(), in which rules are compared too.
  bool allows(std::string_view target) const;
  // Crawl-delay, which the RFC does not have and sites use; kDelayMsMax at most.
  std::int64_t delay_ms() const { return delay_ms_; }
  const std::vector<std::string>& sitemaps() const { return sitemaps_; }  // as they stand there, of no group

  static constexpr std::int64_t kDelayMsMax = 60'000;  // a longer one would be a ban, and is said by Disallow

 private:
  struct Rule {
    std::string pattern;  // with * and $
    bool allow = false;
  };
  std::vector<Rule> rules_;
  std::vector<std::string> sitemaps_;
  std::int64_t delay_ms_ = 0;
};

}  // namespace naru::web
