// web (source): the pages of web sites, from start pages by their links, from sitemaps, from feeds (RSS, Atom).
//
// An item is a page, named by its address after redirects; one that names another page of the flow as its canonical
// one is left out for that. What is fetched is what a robot may (robots.txt, noindex, nofollow, Crawl-delay), one
// request at a time, with a pause, and only below the prefixes. Each address is looked at where it is connected to, at
// each redirect anew: one inside is refused, unless `allow_private` and the host stands in the configuration. A change
// is another content; servers are asked whether there is any (ETag, Last-Modified). A page that answers 404 or 410, or
// is linked from nowhere any more, is a deletion; one that fails (5xx, no answer, half of one) is as it was, and so is
// what only it links to; what a feed named stays. What strangers write is `external`, unless `trust` says otherwise.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "connector/shared/connector_options.h"
#include "connector/web/crawl.h"
#include "naru/registry.h"
#include "runtime/files.h"

namespace naru {

namespace {

using web::Answer;
using web::Asking;
using web::Fetched;
using web::Url;
using web::WebOptions;

constexpr std::uint64_t kListBytesMax = 50U << 20;  // of a sitemap, as sitemaps.org has it
constexpr std::size_t kListsShownMax = 50;          // that `discover` asks for
// A walk is good for so long: `naru run --watch` comes back after seconds for one page that failed, and a flow with a
// Keyed step looks twice a run.
constexpr double kFreshMs = 300'000;

class WebSource : public Source {
 public:
  WebSource(WebOptions options, Id128 identity)
      : options_(std::move(options)), identity_(identity), fetcher_(options_, system_clock()),
        memory_(web::Memory::read(options_.memory, identity_)) {}

  Result<Listing> poll(std::stop_token stop) override {
    const double fresh_ms = std::min(static_cast<double>(options_.poll_ms), kFreshMs);
    if (crawl_ && elapsed_ms(walked_ns_, system_clock().monotonic_ns()) < fresh_ms) return listing_;
    web::Fetcher fetcher(options_, system_clock());  // with robots.txt as it is now
    auto crawl = std::make_unique<web::Crawl>(options_, fetcher, memory_);
    listing_ = NARU_TRY(crawl->walk(stop));
    walked_ns_ = system_clock().monotonic_ns();
    memory_ = crawl->take_memory();
    memory_.index();
    crawl_ = std::move(crawl);
    NARU_TRY_AT(memory_.write(options_.memory, identity_), "remembering what was seen (`memory` names another file)");
    return listing_;
  }

  // io: what failed in the walk fails until the next one. It may pass, and is not to be asked for again at once.
  Result<ItemContent> read(const Item& item, std::stop_token stop) override {
    const web::Crawl::Page* page = page_of(item.key);
    if (page != nullptr && page->error) return Error(Code::io, page->error->describe());
    if (page != nullptr && page->place) return ItemContent{NARU_TRY(crawl_->bytes_of(*page)), page->item};
    const std::optional<Url> url = page != nullptr ? page->asked : web::parse_url(item.key);
    if (!url) return Error(Code::not_found, "the source no longer has it");
    Result<ItemContent> content = fetch_page(*url, item, stop);
    const Code code = content ? Code::internal : content.error().code();  // not_allowed: it was seen a moment ago
    const bool passes = code == Code::not_allowed || code == Code::unavailable;
    return passes ? Error(Code::io, content.error().describe()) : std::move(content);
  }

  // Without a walk: whoever opens an original asks for this page alone.
  Result<Item> find(const std::string& key, std::stop_token stop) override {
    if (const web::Crawl::Page* page = page_of(key); page != nullptr && !page->error) return page->item;
    const std::optional<Url> url = web::parse_url(key);
    if (!url || !may_be_asked_for(*url)) return Error(Code::not_found, key + " is not among what the flow takes");
    Item item;
    item.key = key;
    return NARU_TRY(fetch_page(*url, item, stop)).item;
  }

  std::vector<Finding> check(std::stop_token stop) override {
    std::vector<Finding> findings;
    for (const Url& url : options_.start) findings.push_back(check_one("page", url, stop));
    for (const Url& url : options_.lists) findings.push_back(check_one("list", url, stop));
    return findings;
  }

  // The pages that the flow begins with, and the sitemaps and feeds that the site and the flow name.
  Result<Discovery> discover(std::stop_token stop) override {
    std::vector<Url> lists = options_.lists;
    std::map<std::string, Found> found;
    for (const Url& url : options_.start) {
      const Fetched fetched = NARU_TRY(ask(url, options_.bytes_max, stop));
      const web::PageLinks page = web::read_page_links(fetched.response.body, fetched.place);
      Found& one = found[fetched.place.key()];
      one.kind = "page";
      one.count = static_cast<std::uint64_t>(std::count_if(page.links.begin(), page.links.end(),
                                                           [&](const Url& link) { return may_be_asked_for(link); }));
      one.bytes = fetched.response.body.size();
      lists.insert(lists.end(), page.feeds.begin(), page.feeds.end());
      for (const std::string& sitemap : NARU_TRY(fetcher_.robots_of(fetched.place, stop))->sitemaps()) {
        if (auto place = web::parse_url(sitemap)) lists.push_back(std::move(*place));
      }
    }
    std::set<std::string> asked;
    Discovery discovery;
    for (std::size_t at = 0; at < lists.size() && discovery.whole; ++at) {
      const Url url = lists[at];
      if (!asked.insert(url.text()).second) continue;
      discovery.whole = asked.size() <= kListsShownMax;
      if (discovery.whole) NARU_TRY(discover_list(url, lists, found, stop));
    }
    for (auto& [key, one] : found) {
      one.name = key;
      discovery.found.push_back(std::move(one));
    }
    return discovery;
  }

  Status wait_for_change(std::stop_token stop) override {
    system_clock().sleep_ms(options_.poll_ms, stop);
    return {};
  }

 private:
  const web::Crawl::Page* page_of(const std::string& key) const {
    if (!crawl_) return nullptr;
    const auto page = crawl_->pages().find(key);
    return page == crawl_->pages().end() ? nullptr : &page->second;
  }

  // Below the prefixes, or where a start page may have led on its own site.
  bool may_be_asked_for(const Url& url) const {
    const auto is_near = [&](const Url& start) { return web::is_same_site(start, url); };
    return options_.is_within(url) ||
           (!options_.own_prefixes && std::any_of(options_.start.begin(), options_.start.end(), is_near));
  }

  // One that must answer with a page. not_found: it is gone; not_allowed: robots.txt, or it leads elsewhere.
  Result<Fetched> ask(const Url& url, std::uint64_t bytes_max, const std::stop_token& stop) {
    Asking asking;
    asking.bytes_max = bytes_max;
    Fetched fetched = NARU_TRY(fetcher_.fetch(url, asking, stop));
    if (fetched.answer == Answer::page) return fetched;
    if (fetched.answer == Answer::disallowed) {
      return Error(Code::not_allowed, fetched.place.text() + " is not to be fetched: robots.txt");
    }
    return Error(Code::not_found, fmt::format("{} answers {}", fetched.place.text(), fetched.response.status));
  }

  Result<ItemContent> fetch_page(const Url& url, const Item& item, const std::stop_token& stop) {
    Fetched fetched = NARU_TRY(ask(url, options_.bytes_max, stop));
    if (!may_be_asked_for(fetched.place)) {
      return Error(Code::not_found, fmt::format("{} leads to {}", url.text(), fetched.place.text()));
    }
    ItemContent content{std::move(fetched.response.body), item};
    content.item.fingerprint = hash128(content.bytes).bytes();
    content.item.size_bytes = content.bytes.size();
    content.item.media_hint = web::media_of(fetched.header("content-type"), fetched.place);
    return content;
  }

  Finding check_one(const std::string& what, const Url& url, const std::stop_token& stop) {
    const bool is_list = what == "list";
    const Result<Fetched> fetched = ask(url, is_list ? kListBytesMax : options_.bytes_max, stop);
    if (!fetched) return {what, Verdict::missing, fetched.error().describe()};
    const std::string& body = fetched->response.body;
    if (is_list) {
      const web::PageList list = web::read_page_list(body, fetched->place);
      if (!list.is_list) return {what, Verdict::missing, url.text() + " is no sitemap and no feed"};
      return {what, Verdict::good, fmt::format("{} names {} pages and {} sitemaps", url.text(), list.pages.size(),
                                               list.lists.size())};
    }
    if (!may_be_asked_for(fetched->place)) {
      return {what, Verdict::missing, fmt::format("{} leads to {}, which is not below what the flow takes", url.text(),
                                                  fetched->place.text())};
    }
    return {what, Verdict::good, fmt::format("{} may be fetched as \"{}\": {} bytes, {}", fetched->place.text(),
                                             options_.agent, body.size(), fetched->header("content-type"))};
  }

  Status discover_list(const Url& url, std::vector<Url>& lists, std::map<std::string, Found>& found,
                       const std::stop_token& stop) {
    const Result<Fetched> fetched = ask(url, kListBytesMax, stop);
    if (!fetched) return fetched.error().code() == Code::cancelled ? fetched.error() : Status();
    const web::PageList list = web::read_page_list(fetched->response.body, fetched->place);
    if (!list.is_list) return {};
    Found& one = found[url.key()];
    one.kind = list.is_feed ? "feed" : "sitemap";
    one.count = list.pages.size();
    one.bytes = fetched->response.body.size();
    lists.insert(lists.end(), list.lists.begin(),
                 list.lists.begin() + static_cast<std::ptrdiff_t>(std::min(list.lists.size(), kListsShownMax)));
    return {};
  }

  const WebOptions options_;
  const Id128 identity_;  // of what decides which pages there are: a memory is of one
  web::Fetcher fetcher_;  // of single pages
  web::Memory memory_;
  std::unique_ptr<web::Crawl> crawl_;  // the last walk; null: there was none
  Listing listing_;                    // of it
  std::int64_t walked_ns_ = 0;
};

Descriptor describe() {
  OptionSpec trust = text_option("trust", "How far the text may be trusted: strangers wrote it.", "external");
  trust.choices = {"user", "tenant", "external"};
  Descriptor descriptor;
  descriptor.name = "web";
  descriptor.summary = "The pages of a web site, by links, sitemap or feed; robots.txt is obeyed.";
  descriptor.options = {
      list_option("start", "Pages to begin with; their links are followed."),
      list_option("sitemap", "Sitemaps, or indexes of them; `naru discover` shows those of a site."),
      list_option("feed", "RSS or Atom feeds: their entries are fetched, and stay when they leave the feed."),
      list_option("prefix", "Only addresses that begin with one of these; left out: the folders of `start`, the hosts "
                            "of `sitemap` and `feed`."),
      list_option("exclude", "No addresses whose path and query match one of these globs: *, **, ?, [a-z], {a,b}."),
      whole_option("depth", "So many links away from `start`; 0 follows none.", 3, "links", 0, 100),
      whole_option("max_pages", "More are not looked at, and that is said.", 1000, "pages", 1, 1'000'000),
      whole_option("max_bytes", "Larger pages are rejected.", std::int64_t{16} << 20, "bytes", 1, 1 << 30),
      whole_option("redirects", "How often an address may lead on.", 5, "redirects", 0, 20),
      whole_option("attempts", "How often a server that fails is asked.", 2, "times", 1, 10),
      whole_option("timeout_seconds", "How long an answer may take.", 60, "seconds", 1, 3600),
      whole_option("delay_ms", "The pause before the next request to the same server; Crawl-delay may make it longer.",
                   1000, "ms", 0, 600'000),
      text_option("user_agent", "As whom we ask; robots.txt is read for its first word.", "naru"),
      flag_option("allow_private", "The hosts named here may lie inside: on this machine or a private network.", false),
      optional_text("memory", "The file that remembers what was seen; left out: in the folder web beside the "
                              "configuration file."),
      whole_option("poll_seconds", "With --watch: walks so often.", 3600, "seconds", 1, 604'800),
      trust,
  };
  descriptor.examples = {
      "web: {start: ['https://example.com/docs/'], depth: 2, exclude: ['*.{jpg,png,zip}', '*print=*']}",
      "web: {sitemap: ['https://example.com/sitemap.xml'], max_pages: 20000, user_agent: 'naru (it@example.com)'}",
      "web: {start: ['http://intranet.example/규정/'], allow_private: true, delay_ms: 100}",
  };
  return descriptor;
}

// "web/example.com-0123abcd.jsonl"
std::string usual_memory(const WebOptions& options, const Id128& identity, const std::string& folder) {
  std::string host = (options.start.empty() ? options.lists : options.start).front().host;
  std::replace_if(host.begin(), host.end(), [](char c) { return c == ':' || c == '[' || c == ']'; }, '-');
  return join_path(folder, fmt::format("web/{}-{}.jsonl", host, identity.hex().substr(0, 8)));
}

Result<std::unique_ptr<Source>> make_web(const Options& options) {
  const auto mistake = [&](std::string_view what) {
    return Error(Code::invalid_argument, fmt::format("{}: {}", options.place.text(), what));
  };
  WebOptions made;
  std::string identity;
  for (const std::string name : {"start", "sitemap", "feed", "prefix"}) {
    const bool is_prefix = name == "prefix", is_page = name == "start";
    made.own_prefixes = is_prefix && !options.list(name).empty();
    if (made.own_prefixes) made.prefixes.clear();
    for (const std::string& text : options.list(name)) {
      const std::optional<Url> url = web::parse_url(text);
      if (!url) return mistake(fmt::format("`{}`: \"{}\" is no http or https address", name, text));
      identity += name + " " + url->text() + "\n";
      made.prefixes.push_back(is_prefix ? url->text() : is_page ? url->folder() : url->origin() + "/");
      if (!is_prefix) (is_page ? made.start : made.lists).push_back(*url);
    }
  }
  if (made.start.empty() && made.lists.empty()) return mistake("give `start`, `sitemap` or `feed`");
  made.exclude = NARU_TRY(globs_of(options, "exclude"));
  for (const std::string& glob : options.list("exclude")) identity += "exclude " + glob + "\n";
  made.depth = static_cast<std::uint32_t>(options.integer("depth"));
  made.redirects = static_cast<std::uint32_t>(options.integer("redirects"));
  made.attempts = static_cast<std::uint32_t>(options.integer("attempts"));
  made.pages_max = static_cast<std::uint64_t>(options.integer("max_pages"));
  made.bytes_max = static_cast<std::uint64_t>(options.integer("max_bytes"));
  made.delay_ms = options.integer("delay_ms");
  made.timeout_ms = options.integer("timeout_seconds") * 1000;
  made.poll_ms = options.integer("poll_seconds") * 1000;
  made.agent = options.text("user_agent");
  const bool named = !made.agent.empty() && made.agent.find_first_of("\r\n") == std::string::npos;
  if (!named) return mistake("`user_agent` is a name");
  made.allow_private = options.boolean("allow_private");
  const Id128 whose = hash128(identity + fmt::format("{} {}", made.depth, made.pages_max));
  made.memory = options.has("memory") ? NARU_TRY(file_to_write(options, "memory"))
                                      : usual_memory(made, whose, options.base_folder);
  return std::unique_ptr<Source>(std::make_unique<WebSource>(std::move(made), whose));
}

}  // namespace

void register_web(Registry& registry) { registry.add_source(describe(), make_web); }

}  // namespace naru
