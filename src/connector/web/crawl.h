// Crawl: one walk over the pages that a web source takes: what is there, what has gone, what could not be seen.
//
// One thread, one walk. What is remembered of the walk before (Memory) lets servers answer "not modified", and says
// what a page that fails led to. Nothing here depends on the order in which pages were found but what max_pages cuts.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "connector/web/fetcher.h"
#include "connector/web/memory.h"
#include "connector/web/page_links.h"
#include "naru/flow.h"
#include "runtime/spool.h"

namespace naru::web {

class Crawl {
 public:
  // All are borrowed and outlive it.
  Crawl(const WebOptions& options, Fetcher& fetcher, const Memory& before)
      : options_(options), fetcher_(fetcher), before_(before) {}

  // An error: nothing at all could be seen, so nothing is said of what was there.
  Result<Listing> walk(const std::stop_token& stop);

  // Afterwards, by key.
  struct Page {
    Item item;
    Url asked;                   // by which it was found
    std::string canonical;       // key of the page that it names as its own, or ""
    std::optional<Error> error;  // it could not be seen
    bool known = true;           // it was seen, now or before
    std::optional<std::uint64_t> place;  // of its bytes, where they are held
  };
  const std::map<std::string, Page>& pages() const { return pages_; }
  Result<std::string> bytes_of(const Page& page);  // of one that has a place
  Memory take_memory() { return std::move(seen_); }

 private:
  struct Step {
    Url url;
    std::uint32_t depth = 0;  // links that may still be followed from it
    bool named = false;       // by the configuration: what is wrong with it is said
  };
  Status walk_waiting(const std::stop_token& stop);
  Status look_at_lists(const std::stop_token& stop);
  Status look_at_remembered(const std::stop_token& stop);
  Status look_at_list(const Url& url, std::vector<Url>& lists, const std::stop_token& stop);
  Status look_at(const Step& step, const std::stop_token& stop);
  Status take(const Step& step, Fetched fetched, const Seen* known);
  Seen seen_of(const Fetched& fetched, const Url& place);
  void left_out(const Step& step, const Fetched& fetched);
  void failed(const Step& step, const Error& failure, const Seen* known);
  void follow(const Seen& seen, std::uint32_t depth);
  void add(Url url, std::uint32_t depth, bool named = false);
  void widen(const Step& step, const Url& place);
  void remember(const std::string& url, Seen seen);
  void keep_unseen();
  void leave_duplicates();
  bool may_be_here(const Step& step, const Url& place) const;
  void reject(std::string key, Code code, std::string message);

  const WebOptions& options_;
  Fetcher& fetcher_;
  const Memory& before_;
  Memory seen_;
  Listing listing_;
  std::vector<Step> waiting_;         // what was looked at, then what will be, in order
  std::size_t looked_ = 0;
  std::set<std::string> known_urls_;  // that wait or were looked at
  std::set<std::string> prefixes_;    // where start pages lead on the same site, beside those of the options
  std::map<std::string, Page> pages_;
  Spool spool_;
  Spool::Window window_;
  std::uint64_t held_bytes_ = 0, link_bytes_ = 0;
  std::vector<Error> failures_;
  bool some_failed_ = false;          // pages that may not fail the next time
  bool all_unknown_ = false;          // what is not listed may be there all the same
};

// "html", "pdf", …: of a Content-Type, else of the path.
std::string media_of(std::string_view type, const Url& url);

}  // namespace naru::web
