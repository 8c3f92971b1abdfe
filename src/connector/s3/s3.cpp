// s3 (source): the objects of a bucket of Amazon S3 or of a store that speaks as it does (MinIO, Ceph, R2, NCP, …).
//
// An item is an object, named by its whole key in the bytes it has there; keys that end in '/' and hold nothing are
// what consoles show as folders, and are left out. A change is another ETag or size; the list says so, and nothing is
// read to see it. An object that is missing from a list that came to its end is a deletion; a list that breaks off is
// no list. Large objects are read in ranges, each held to the ETag of the first, so that one that changes between is
// read again by the next run and never half of two. What is refused for one object passes: a key that was mistyped or
// has run out takes no document away.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connector/s3/client.h"
#include "connector/shared/connector_options.h"
#include "connector/shared/folders_of.h"
#include "connector/shared/glob.h"
#include "connector/shared/sorted_items.h"
#include "naru/registry.h"
#include "runtime/clock.h"
#include "runtime/files.h"
#include "text/unicode.h"

namespace naru {

namespace {

using s3::Call;
using s3::Object;
using s3::Page;

// Asked for at once: what a broken connection costs.
constexpr std::uint64_t kRangeBytes = 16U << 20;
// 1000 keys each: more than a machine could hold.
constexpr std::uint64_t kPagesMax = 100'000;

struct S3Options {
  std::string prefix;
  std::vector<Glob> include, exclude;
  std::uint64_t bytes_max = 0;
  std::int64_t poll_ms = 0;
};

class S3Source : public Source {
 public:
  S3Source(s3::Place place, S3Options options) : client_(std::move(place)), options_(std::move(options)) {}

  Result<Listing> poll(std::stop_token stop) override {
    Listing listing;
    SortedItems sorted;  // most stores sort; one that does not, or lists a key on two pages, is put right here
    std::string next;
    for (std::uint64_t pages = 0;; ++pages) {
      if (pages == kPagesMax) {
        return Error(Code::limit_exceeded, fmt::format("{} has more than {} pages of keys: give a `prefix`",
                                                       client_.name(options_.prefix), kPagesMax));
      }
      Page page = NARU_TRY(read_page(next, stop));
      for (const Object& object : page.objects) add(object, sorted, listing);
      if (!page.truncated) break;
      if (page.next == next) return Error(Code::unavailable, client_.name("") + " lists the same page again and again");
      next = std::move(page.next);
    }
    std::string last;
    NARU_TRY(sorted.each([&](const Item& item) {
      if (item.key != std::exchange(last, item.key)) listing.items.add(item);
      return Status();
    }));
    return listing;
  }

  Result<ItemContent> read(const Item& item, std::stop_token stop) override {
    Result<ItemContent> content = read_whole(item, stop);
    if (content || content.error().code() == Code::not_found || content.error().code() == Code::limit_exceeded ||
        content.error().code() == Code::cancelled) {
      return content;
    }
    return Error(Code::unavailable, content.error().describe());
  }

  Result<Item> find(const std::string& key, std::stop_token stop) override {
    if (!key.starts_with(options_.prefix) || !is_wanted(key)) {
      return Error(Code::not_found, client_.name(key) + " is not among what the flow takes");
    }
    Call call;
    call.method = "HEAD";
    call.key = key;
    return item_of(key, NARU_TRY(client_.send(call, stop)));
  }

  // Lists one object and asks for its head: whoever may list may be one who may not read.
  std::vector<Finding> check(std::stop_token stop) override {
    const Result<Page> page = read_page("", stop, "1");
    if (!page) return {{"bucket", Verdict::missing, page.error().describe()}};
    std::vector<Finding> findings = {{"bucket", Verdict::good, client_.name(options_.prefix) + " can be listed"}};
    if (page->objects.empty()) {
      findings.push_back({"rights", Verdict::weaker, "there is no object, so reading was not tried"});
      return findings;
    }
    Call head;
    head.method = "HEAD";
    head.key = page->objects.front().key;
    const Result<HttpClientResponse> read = client_.send(head, stop);
    findings.push_back(read ? Finding{"rights", Verdict::good, "objects can be read"}
                            : Finding{"rights", Verdict::missing, read.error().describe()});
    return findings;
  }

  Result<Discovery> discover(std::stop_token stop) override {
    return folders_of(NARU_TRY(poll(std::move(stop))), options_.prefix);
  }

  Status wait_for_change(std::stop_token stop) override {
    system_clock().sleep_ms(options_.poll_ms, stop);
    return {};
  }

 private:
  // `keys_max`: of this page; "": as many as the store likes.
  Result<Page> read_page(const std::string& next, const std::stop_token& stop, const std::string& keys_max = "") {
    Call call;
    call.query = {{"list-type", "2"}, {"encoding-type", "url"}};
    if (!keys_max.empty()) call.query.emplace_back("max-keys", keys_max);
    if (!options_.prefix.empty()) call.query.emplace_back("prefix", options_.prefix);
    if (!next.empty()) call.query.emplace_back("continuation-token", next);
    const HttpClientResponse response = NARU_TRY(client_.send(call, stop));
    Result<Page> page = s3::read_page(response.body);
    if (!page) return Error(Code::unavailable, client_.name(options_.prefix) + ": " + page.error().describe());
    return page;
  }

  bool is_wanted(const std::string& key) const {
    const auto matches = [&](const Glob& glob) { return glob.matches(key); };
    if (!options_.include.empty() && std::none_of(options_.include.begin(), options_.include.end(), matches)) {
      return false;
    }
    return std::none_of(options_.exclude.begin(), options_.exclude.end(), matches);
  }

  void add(const Object& object, SortedItems& sorted, Listing& listing) const {
    if ((object.key.ends_with('/') && object.size == 0) || object.key.empty() || !is_wanted(object.key)) return;
    const auto reject = [&](Code code, std::string message) {
      listing.rejects.push_back({repair_utf8(object.key), std::string(code_name(code)), std::move(message)});
    };
    if (!is_valid_utf8(object.key)) return reject(Code::invalid_argument, "the key is no UTF-8");
    Item item;
    item.key = object.key;
    item.fingerprint = fingerprint(object.etag, object.size);
    item.version_order = static_cast<std::uint64_t>(std::max<std::int64_t>(object.modified_ms, 0));
    item.size_bytes = object.size;
    item.media_hint = file_extension(object.key);
    sorted.add(std::move(item));
  }

  static std::string fingerprint(const std::string& etag, std::uint64_t size) {
    return etag.empty() ? "" : fmt::format("{} {}", etag, size);
  }

  static std::string header(const HttpClientResponse& response, const char* name) {
    const auto found = response.headers.find(name);
    return found == response.headers.end() ? "" : found->second;
  }

  // Of the object as an answer describes it.
  static Item item_of(const std::string& key, const HttpClientResponse& response) {
    Item item;
    item.key = key;
    std::string size = header(response, "content-range");  // "bytes 0-9/443"
    size = size.empty() ? header(response, "content-length") : size.substr(size.find('/') + 1);
    for (const char c : size) {
      if (c < '0' || c > '9') break;
      item.size_bytes = item.size_bytes * 10 + static_cast<std::uint64_t>(c - '0');
    }
    item.fingerprint = fingerprint(header(response, "etag"), item.size_bytes);
    item.media_hint = file_extension(key);
    return item;
  }

  Result<ItemContent> read_whole(const Item& item, const std::stop_token& stop) {
    if (item.size_bytes > options_.bytes_max) {
      return Error(Code::limit_exceeded, fmt::format("the object has {} bytes, more than max_bytes ({})",
                                                     item.size_bytes, options_.bytes_max));
    }
    ItemContent content;
    std::string etag;
    std::uint64_t size = item.size_bytes;
    do {
      Call call;
      call.key = item.key;
      call.body_bytes_max = options_.bytes_max;
      const std::uint64_t from = content.bytes.size(), to = std::min(from + kRangeBytes, size);
      const bool in_ranges = size > kRangeBytes;
      if (in_ranges) call.headers.emplace_back("range", fmt::format("bytes={}-{}", from, to - 1));
      if (!etag.empty()) call.headers.emplace_back("if-match", etag);
      const HttpClientResponse response = NARU_TRY(client_.send(call, stop));
      if (from == 0) {
        content.item = item_of(item.key, response);
        content.item.version_order = item.version_order;
        etag = header(response, "etag");
        size = content.item.size_bytes;
      }
      const std::uint64_t expected = response.status == 206 ? std::min(to, size) - from : size;
      const bool same = header(response, "etag") == etag && (from == 0 || response.status == 206);
      if (response.body.size() != expected || !same) {
        return Error(Code::unavailable, fmt::format("{} gave {} of {} bytes, or changed while it was read; the next "
                                                    "run tries again", client_.name(item.key), response.body.size(),
                                                    expected));
      }
      content.bytes += response.body;
    } while (content.bytes.size() < size);
    return content;
  }

  s3::S3Client client_;
  const S3Options options_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "s3";
  descriptor.summary = "The objects of a bucket of S3 or of a store that speaks like it, below a prefix.";
  descriptor.options = s3::place_options();
  for (OptionSpec& spec : std::vector<OptionSpec>{
           optional_text("prefix", "Only keys that begin with it: 규정/."),
           list_option("include", "Only keys that match one of these globs: *, **, ?, [a-z], {a,b}."),
           list_option("exclude", "No keys that match one of these globs."),
           whole_option("max_bytes", "Larger objects are rejected without being read.", std::int64_t{256} << 20,
                        "bytes", 1, static_cast<double>(kReadBytesMax)),
           whole_option("poll_seconds", "With --watch: lists so often.", 300, "seconds", 1, 86400),
       }) {
    descriptor.options.push_back(std::move(spec));
  }
  descriptor.examples = {
      "s3: {bucket: handbook, region: ap-northeast-2, access_key: AKIAEXAMPLE, secret_key: secret}",
      "s3: {bucket: docs, prefix: 규정/, endpoint: 'https://minio.example.com:9000', exclude: ['**/tmp/**']}",
  };
  return descriptor;
}

Result<std::unique_ptr<Source>> make_s3(const Options& options) {
  S3Options made;
  made.prefix = text_or_empty(options, "prefix");
  made.include = NARU_TRY(globs_of(options, "include"));
  made.exclude = NARU_TRY(globs_of(options, "exclude"));
  made.bytes_max = static_cast<std::uint64_t>(options.integer("max_bytes"));
  made.poll_ms = options.integer("poll_seconds") * 1000;
  s3::Place place = NARU_TRY(s3::read_place(options));
  return std::unique_ptr<Source>(std::make_unique<S3Source>(std::move(place), std::move(made)));
}

}  // namespace

void register_s3(Registry& registry) { registry.add_source(describe(), make_s3); }

}  // namespace naru
