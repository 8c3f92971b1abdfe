#include "connector/web/crawl.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/files.h"

namespace naru::web {

namespace {

constexpr std::size_t kListsMax = 1000;                // sitemaps of a walk, as many as an index is likely to name
constexpr std::uint64_t kListBytesMax = 50U << 20;     // of a sitemap, as sitemaps.org has it
constexpr std::uint64_t kHeldBytesMax = 4ULL << 30;    // on disk; what comes after is fetched again when it is read
constexpr std::uint64_t kLinkBytesMax = 256ULL << 20;  // of all pages together; what comes after is not remembered
constexpr std::size_t kSniffBytes = 1024;              // where a page without a type says that it is one

std::string lowered(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// The key of an address that was written down by text().
std::string key_of(const std::string& text) {
  const auto url = parse_url(text);
  return url ? url->key() : text;
}

}  // namespace

std::string media_of(std::string_view type, const Url& url) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kKnown = {{
      {"text/html", "html"}, {"application/xhtml+xml", "html"}, {"application/pdf", "pdf"}, {"text/markdown", "md"},
      {"text/csv", "csv"}, {"text/plain", "txt"}, {"application/json", "json"}, {"text/xml", "xml"},
      {"application/xml", "xml"}, {"application/zip", "zip"},
  }};
  const std::string plain = lowered(std::string(type.substr(0, type.find_first_of("; "))));
  const std::string of_path = file_extension(url.path);
  for (const auto& [name, extension] : kKnown) {
    // Servers say "text/plain" and "application/zip" of what has a format of its own: notes.md, report.docx.
    const bool vague = extension == "txt" || extension == "zip";
    if (plain == name) return vague && !of_path.empty() ? of_path : std::string(extension);
  }
  return of_path;
}

Result<std::string> Crawl::bytes_of(const Page& page) {
  return spool_.read(*page.place, page.item.size_bytes, window_);
}

Result<Listing> Crawl::walk(const std::stop_token& stop) {
  for (const Url& url : options_.start) add(url, options_.depth, true);
  NARU_TRY(walk_waiting(stop));
  NARU_TRY(look_at_lists(stop));
  NARU_TRY(walk_waiting(stop));
  if (some_failed_) NARU_TRY(look_at_remembered(stop));
  if (looked_ < waiting_.size()) {
    all_unknown_ = true;
    reject("(more pages)", Code::limit_exceeded,
           fmt::format("there are more pages than max_pages ({}): raise it, or give a `prefix`", options_.pages_max));
  }
  const bool any = std::any_of(pages_.begin(), pages_.end(), [](const auto& page) { return !page.second.error; });
  if (!any && !failures_.empty()) return failures_.front();
  if (!any) return Error(Code::not_found, "the site names no page that may be kept");
  keep_unseen();
  leave_duplicates();
  if (all_unknown_) listing_.unreadable_prefixes.emplace_back();
  for (const auto& [key, page] : pages_) listing_.items.add(page.item);
  std::erase_if(listing_.rejects, [&](const Reject& reject) { return pages_.contains(reject.key); });
  return std::move(listing_);
}

Status Crawl::walk_waiting(const std::stop_token& stop) {
  for (; looked_ < waiting_.size() && looked_ < options_.pages_max; ++looked_) {
    const Step step = waiting_[looked_];  // a copy: looking at it adds others
    NARU_TRY(look_at(step, stop));
  }
  return {};
}

// What failed may link to anything by now, so whatever has lost its links is asked itself before it is taken for gone.
Status Crawl::look_at_remembered(const std::stop_token& stop) {
  for (const auto& [asked, seen] : before_.pages) {
    for (const std::string& text : {asked, seen.place}) {
      if (auto url = parse_url(text)) add(std::move(*url), 0);
    }
  }
  return walk_waiting(stop);
}

// ---- what is to be looked at ----

bool Crawl::may_be_here(const Step& step, const Url& place) const {
  const std::string text = place.text();
  if (options_.is_within(place)) return true;
  if (options_.is_excluded(place)) return false;
  if (std::any_of(prefixes_.begin(), prefixes_.end(), [&](const auto& prefix) { return text.starts_with(prefix); })) {
    return true;
  }
  // https where http was written, or the one with "www.": the site says where it is.
  return step.named && !options_.own_prefixes && is_same_site(step.url, place);
}

// What lies beside a page to which a start page leads is what lies beside the start page.
void Crawl::widen(const Step& step, const Url& place) {
  if (step.named && !options_.own_prefixes && !options_.is_within(place)) prefixes_.insert(place.folder());
}

void Crawl::add(Url url, std::uint32_t depth, bool named) {
  Step step{std::move(url), depth, named};
  // One more than may be looked at says that there are more.
  if (waiting_.size() > options_.pages_max || (!named && !may_be_here(step, step.url))) return;
  if (known_urls_.insert(step.url.text()).second) waiting_.push_back(std::move(step));
}

void Crawl::follow(const Seen& seen, std::uint32_t depth) {
  if (depth == 0) return;
  for (const std::string& link : seen.links) {
    if (auto url = parse_url(link)) add(std::move(*url), depth - 1);
  }
}

// Sitemaps name what there is; a feed names what is new, so what has left one has not gone.
Status Crawl::look_at_lists(const std::stop_token& stop) {
  std::vector<Url> lists = options_.lists;
  std::set<std::string> seen;
  for (std::size_t at = 0; at < lists.size(); ++at) {
    const Url url = lists[at];
    if (!seen.insert(url.text()).second) continue;
    if (seen.size() > kListsMax) {
      all_unknown_ = true;
      reject("(more sitemaps)", Code::limit_exceeded, fmt::format("there are more than {} sitemaps", kListsMax));
      return {};
    }
    NARU_TRY(look_at_list(url, lists, stop));
  }
  return {};
}

Status Crawl::look_at_list(const Url& url, std::vector<Url>& lists, const std::stop_token& stop) {
  Asking asking;
  asking.bytes_max = kListBytesMax;
  const Result<Fetched> fetched = fetcher_.fetch(url, asking, stop);
  PageList list;
  std::optional<Error> error;
  if (!fetched) {
    error = fetched.error();
    if (error->code() == Code::cancelled) return *error;
  } else if (fetched->answer == Answer::disallowed) {
    error = Error(Code::not_allowed, url.text() + " is not to be fetched: robots.txt");
  } else if (fetched->answer != Answer::page) {
    error = Error(Code::unavailable, fmt::format("{} answers {}", url.text(), fetched->response.status));
  } else {
    list = read_page_list(fetched->response.body, fetched->place);
    if (!list.is_list) error = Error(Code::unavailable, url.text() + " is no sitemap and no feed");
    else if (!list.whole) error = Error(Code::unavailable, url.text() + " is cut off, or names too many pages");
  }
  if (error) {
    reject(url.key(), error->code(), error->describe());
    failures_.push_back(*error);
  }
  all_unknown_ = all_unknown_ || error || list.is_feed;
  for (const Url& page : list.pages) add(page, 0);
  if (lists.size() <= kListsMax) lists.insert(lists.end(), list.lists.begin(), list.lists.end());
  return {};
}

// ---- one page ----

Status Crawl::look_at(const Step& step, const std::stop_token& stop) {
  Asking asking;
  asking.known = before_.find(step.url.text());
  asking.bytes_max = options_.bytes_max;
  asking.may_lead_to = [&](const Url& place) { return may_be_here(step, place); };
  Result<Fetched> fetched = fetcher_.fetch(step.url, asking, stop);
  if (!fetched) {
    if (fetched.error().code() == Code::cancelled) return fetched.error();
    failed(step, fetched.error(), asking.known);
    return {};
  }
  const bool there = fetched->answer == Answer::page || fetched->answer == Answer::unchanged;
  if (there) return take(step, std::move(*fetched), asking.known);
  left_out(step, *fetched);
  return {};
}

Status Crawl::take(const Step& step, Fetched fetched, const Seen* known) {
  const Url place = fetched.place;
  widen(step, place);
  Seen seen = fetched.answer == Answer::unchanged ? *known : seen_of(fetched, place);
  known_urls_.insert(place.text());
  follow(seen, step.depth);
  const auto canonical = parse_url(seen.canonical);
  if (canonical) add(*canonical, step.depth);
  const std::string key = place.key();
  const auto there = pages_.find(key);
  if (seen.index && (there == pages_.end() || there->second.error)) {
    Page page;
    page.item.key = key;
    page.item.fingerprint = seen.hash.bytes();
    page.item.size_bytes = seen.size;
    page.item.media_hint = media_of(seen.type, place);
    page.asked = step.url;
    if (canonical) page.canonical = canonical->key();
    if (fetched.answer == Answer::page && held_bytes_ + seen.size <= kHeldBytesMax) {
      page.place = NARU_TRY(spool_.add(fetched.response.body));
      held_bytes_ += seen.size;
    }
    pages_.insert_or_assign(key, std::move(page));
  }
  remember(step.url.text(), std::move(seen));
  return {};
}

Seen Crawl::seen_of(const Fetched& fetched, const Url& place) {
  Seen seen;
  seen.place = place.text();
  seen.etag = fetched.header("etag");
  seen.modified = fetched.header("last-modified");
  seen.type = fetched.header("content-type");
  seen.size = fetched.response.body.size();
  seen.hash = hash128(fetched.response.body);
  PageLinks page;
  const std::string media = media_of(seen.type, place);
  const bool untold = media.empty() && fetched.response.body.find("<html") < kSniffBytes;
  if (media == "html" || untold) page = read_page_links(fetched.response.body, place);
  obey(fetched.header("x-robots-tag"), page);
  seen.index = page.index;
  const Step linked;  // as links are judged
  if (page.canonical && *page.canonical != place && may_be_here(linked, *page.canonical)) {
    seen.canonical = page.canonical->text();
  }
  if (!page.follow) return seen;
  for (const Url& link : page.links) {
    if (may_be_here(linked, link)) seen.links.push_back(link.text());
  }
  if (!page.whole) {
    reject(place.key() + " (more links)", Code::limit_exceeded,
           fmt::format("the page has more than {} links: the rest is not followed", kLinksMax));
  }
  return seen;
}

// Not there, or not to be taken: it is not listed. Of what the configuration names it is said.
void Crawl::left_out(const Step& step, const Fetched& fetched) {
  if (!step.named) return;
  Error error(Code::not_found, fmt::format("{} answers {}", fetched.place.text(), fetched.response.status));
  if (fetched.answer == Answer::disallowed) {
    error = Error(Code::not_allowed, step.url.text() + " is not to be fetched: robots.txt");
  } else if (fetched.answer == Answer::elsewhere) {
    error = Error(Code::not_allowed, fmt::format("{} leads to {}, which is not below what the flow takes: write that "
                                                 "address, or give a `prefix`", step.url.text(), fetched.place.text()));
  }
  reject(step.url.key(), error.code(), error.describe());
  failures_.push_back(std::move(error));
}

// It is as it was, and so is whatever its links led to.
void Crawl::failed(const Step& step, const Error& failure, const Seen* known) {
  failures_.push_back(failure);
  const std::string key = known != nullptr ? key_of(known->place) : step.url.key();
  // Who is not let in today was let in before, and an address that lies inside today did not: both may pass.
  const bool passes = known != nullptr && failure.code() == Code::not_allowed;
  const Error error = passes ? Error(Code::unavailable, failure.describe()) : failure;
  if (error.code() != Code::unavailable) return reject(key, error.code(), error.describe());
  some_failed_ = true;
  if (known == nullptr || known->index) {
    Page page;  // read() says why, and what the item had stays
    page.item.key = key;
    page.asked = step.url;
    page.error = error;
    page.known = known != nullptr;
    if (known != nullptr && !known->canonical.empty()) page.canonical = key_of(known->canonical);
    pages_.try_emplace(key, std::move(page));
  }
  if (known == nullptr) {
    // Whether it led to anything before only a whole memory says: it was not seen, and so did not.
    all_unknown_ = all_unknown_ || !before_.whole;
    return;
  }
  if (const auto place = parse_url(known->place)) widen(step, *place);
  follow(*known, step.depth);
  if (const auto canonical = parse_url(known->canonical)) add(*canonical, step.depth);
  remember(step.url.text(), *known);
}

// ---- when all was looked at ----

void Crawl::remember(const std::string& url, Seen seen) {
  for (const std::string& link : seen.links) link_bytes_ += link.size();
  if (link_bytes_ <= kLinkBytesMax) seen_.pages.insert_or_assign(url, std::move(seen));
}

// Where something was not looked at the memory keeps it: servers may be asked for changes alone another time, and a
// memory that was whole stays so. A target may have more than one that begins now, or that was cut.
void Crawl::keep_unseen() {
  seen_.whole = !all_unknown_;
  if (all_unknown_ && before_.whole && before_.pages.size() <= 2 * options_.pages_max) {
    std::set<std::string> looked_at;
    for (std::size_t at = 0; at < looked_; ++at) looked_at.insert(waiting_[at].url.text());
    for (const auto& [url, seen] : before_.pages) {
      if (!looked_at.contains(url)) remember(url, seen);
    }
    seen_.whole = true;
  }
  seen_.whole = seen_.whole && link_bytes_ <= kLinkBytesMax;
}

// A page that names another as its own is left out, if that one is here and stands for itself.
void Crawl::leave_duplicates() {
  std::vector<std::string> left;
  for (const auto& [key, page] : pages_) {
    if (page.canonical.empty() || page.canonical == key) continue;
    const auto own = pages_.find(page.canonical);
    if (own != pages_.end() && own->second.known && own->second.canonical.empty()) left.push_back(key);
  }
  for (const std::string& key : left) pages_.erase(key);
}

void Crawl::reject(std::string key, Code code, std::string message) {
  listing_.rejects.push_back({std::move(key), std::string(code_name(code)), std::move(message)});
}

}  // namespace naru::web
