// s3 (target): the rows, documents or passages that a flow makes as one object of JSON lines, in the order of the
// items' keys.
//
// The file that becomes the object is kept on this machine (`copy`, connector/shared/kept_file.h) and holds what the
// flow knows; after each run that changed it, it is put in the object's place, whole or not at all: large ones in
// parts. Each put is held to what was there when it was looked at, so that two who write, or somebody else's object,
// are noticed and nothing is written over unseen. The object says in its metadata whose it is and what it holds
// (x-amz-meta-naru-flow, x-amz-meta-naru-sha256): one that is right already is not sent again, whatever killed the run
// before. A lease (lease.h) lets one machine at a time write it.
#include <fmt/format.h>

#include <algorithm>

#include "base/sha256_stream.h"
#include "connector/s3/client.h"
#include "connector/s3/lease.h"
#include "connector/shared/connector_options.h"
#include "connector/shared/kept_target.h"
#include "connector/shared/markup_scan.h"
#include "runtime/files.h"
#include "runtime/random_access_file.h"

namespace naru {

namespace {

using s3::Call;
using s3::Pairs;

// What S3 allows: parts of 5 MiB at least, 10,000 at most.
constexpr std::uint64_t kPartBytesMin = 5U << 20, kPartsMax = 10'000;
constexpr std::size_t kReadBytes = 1U << 20;

struct S3TargetOptions {
  std::string key, copy;
  std::uint64_t part_bytes = 0;
  std::int64_t lease_seconds = 0;  // 0: no lease
};

std::string text_of(std::string_view xml, std::string_view element) {
  MarkupScan scan(xml, Markup::xml);
  bool inside = false;
  std::string text;
  for (MarkupScan::Kind kind = scan.next(); kind != MarkupScan::Kind::end; kind = scan.next()) {
    if (kind == MarkupScan::Kind::open) inside = scan.name() == element;
    if (kind == MarkupScan::Kind::close && inside) return text;
    if (kind == MarkupScan::Kind::text && inside) text += scan.text();
  }
  return "";
}

std::string xml_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '"' ? "&quot;" : std::string(1, c);
  return escaped;
}

class S3Target : public KeptTarget {
 public:
  S3Target(s3::Place place, S3TargetOptions options, const TargetContext& context)
      : KeptTarget(options.copy, context), client_(std::move(place)), options_(std::move(options)),
        flow_(s3::encode(context.flow, s3::Slash::encode)) {}

  // Before the copy says that it is the object's: another flow's, or nobody's, is not written over.
  Status begin() override {
    NARU_TRY(KeptTarget::begin());
    if (options_.lease_seconds > 0 && (!lease_ || lease_->lost())) {
      lease_.reset();
      lease_ = NARU_TRY(s3::Lease::take(client_.place(), {options_.key, s3::owner_here(options_.copy),
                                                          options_.lease_seconds}));
    }
    NARU_TRY(look());
    return {};
  }

  Status settle() override {
    NARU_TRY(KeptTarget::settle());
    const RandomAccessFile file = NARU_TRY(RandomAccessFile::open(options_.copy));
    const std::uint64_t size = NARU_TRY(file.stamp()).size;
    const std::string digest = NARU_TRY(digest_of(file));
    const Present present = NARU_TRY(look());
    if (present.digest == digest) return {};
    NARU_TRY(confirm_lease());
    const Pairs ours = {{"x-amz-meta-naru-flow", flow_}, {"x-amz-meta-naru-sha256", digest}};
    const Pairs condition = {present.etag.empty() ? std::pair<std::string, std::string>("if-none-match", "*")
                                                  : std::pair<std::string, std::string>("if-match", present.etag)};
    return size <= options_.part_bytes ? put(file, size, ours, condition) : put_in_parts(file, size, ours, condition);
  }

  // Whether it may be written is not tried: that would be writing.
  std::vector<Finding> check(const std::string& flow) override {
    const Result<Present> present = look();
    if (!present) return {{"target", Verdict::missing, present.error().describe()}};
    const std::string name = client_.name(options_.key);
    std::vector<Finding> findings = Target::check(flow);
    findings.push_back(check_lease());
    findings.insert(findings.begin(), {"object", Verdict::good,
                                       present->etag.empty() ? name + " does not exist yet; `naru run` makes it"
                                                             : name + " is this flow's"});
    return findings;
  }

 private:
  // The object as it is; no etag: there is none.
  struct Present {
    std::string etag, digest;
  };

  Status confirm_lease() { return lease_ ? lease_->confirm() : Status(); }

  // Tries a put that cannot hold, so that nothing is written.
  Finding check_lease() {
    if (options_.lease_seconds == 0) {
      return {"lease", Verdict::weaker, "`lease_seconds` is 0: see to it that one machine at a time runs this flow"};
    }
    const Result<bool> kept = s3::keeps_conditions(client_, options_.key);
    if (!kept) return {"lease", Verdict::missing, kept.error().describe()};
    if (*kept) return {"lease", Verdict::good, "the store keeps the conditions of puts: one machine at a time writes"};
    return {"lease", Verdict::weaker, "this store writes whatever the conditions of a put say, so a lease keeps nobody "
                                      "out: see to it that one machine at a time runs this flow"};
  }

  Result<Present> look() {
    Call call;
    call.method = "HEAD";
    call.key = options_.key;
    const Result<HttpClientResponse> found = client_.send(call, {});
    if (!found && found.error().code() == Code::not_found) return Present{};
    if (!found) return found.error();
    const auto header = [&](const char* name) {
      const auto it = found->headers.find(name);
      return it == found->headers.end() ? std::string() : it->second;
    };
    if (header("x-amz-meta-naru-flow") != flow_) {
      return Error(Code::already_exists, fmt::format("{} is there, and this flow did not write it: move it away, or "
                                                     "name another key", client_.name(options_.key)));
    }
    return Present{header("etag"), header("x-amz-meta-naru-sha256")};
  }

  static Result<std::string> digest_of(const RandomAccessFile& file) {
    Sha256Stream digest;
    for (std::uint64_t at = 0;; at += kReadBytes) {
      const std::string bytes = NARU_TRY(file.read_at(at, kReadBytes));
      digest.add(bytes);
      if (bytes.size() < kReadBytes) return digest.finish().hex();
    }
  }

  Status put(const RandomAccessFile& file, std::uint64_t size, Pairs headers, const Pairs& condition) {
    Call call;
    call.method = "PUT";
    call.key = options_.key;
    call.headers = std::move(headers);
    call.headers.insert(call.headers.end(), condition.begin(), condition.end());
    call.body = NARU_TRY(file.read_at(0, size));
    NARU_TRY(changed_meanwhile(client_.send(call, {})));
    return {};
  }

  Status put_in_parts(const RandomAccessFile& file, std::uint64_t size, Pairs headers, const Pairs& condition) {
    Call begin;
    begin.method = "POST";
    begin.key = options_.key;
    begin.query = {{"uploads", ""}};
    begin.headers = std::move(headers);
    const std::string upload = text_of(NARU_TRY(client_.send(begin, {})).body, "uploadid");
    if (upload.empty()) return Error(Code::unavailable, client_.name(options_.key) + ": no upload was begun");
    Status sent = send_parts(file, size, upload, condition);
    if (!sent) {  // what was sent is paid for until it is given up
      Call abort;
      abort.method = "DELETE";
      abort.key = options_.key;
      abort.query = {{"uploadId", upload}};
      (void)client_.send(abort, {});
    }
    return sent;
  }

  Status send_parts(const RandomAccessFile& file, std::uint64_t size, const std::string& upload,
                    const Pairs& condition) {
    const std::uint64_t part_bytes = std::max({options_.part_bytes, size / kPartsMax + 1, kPartBytesMin});
    std::string parts = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    for (std::uint64_t at = 0, number = 1; at < size; at += part_bytes, ++number) {
      Call call;
      call.method = "PUT";
      call.key = options_.key;
      call.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload}};
      call.body = NARU_TRY(file.read_at(at, part_bytes));
      const HttpClientResponse response = NARU_TRY(client_.send(call, {}));
      const auto etag = response.headers.find("etag");
      if (etag == response.headers.end()) return Error(Code::unavailable, "a part was taken without an ETag");
      parts += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", number, xml_text(etag->second));
    }
    NARU_TRY(confirm_lease());  // the parts may have taken long
    Call complete;
    complete.method = "POST";
    complete.key = options_.key;
    complete.query = {{"uploadId", upload}};
    complete.headers = condition;
    complete.body = parts + "</CompleteMultipartUpload>";
    const HttpClientResponse response = NARU_TRY(changed_meanwhile(client_.send(complete, {})));
    // An answer of 200 may still be an error: it is begun before the work is done.
    const std::string code = text_of(response.body, "code");
    if (!code.empty()) return Error(Code::unavailable, client_.name(options_.key) + ": " + code);
    return {};
  }

  Result<HttpClientResponse> changed_meanwhile(Result<HttpClientResponse> response) const {
    if (response || response.error().code() != Code::already_exists) return response;
    return Error(Code::unavailable, client_.name(options_.key) +
                                        " was changed by somebody else meanwhile: the next run looks again");
  }

  s3::S3Client client_;
  const S3TargetOptions options_;
  const std::string flow_;  // as metadata holds it
  std::unique_ptr<s3::Lease> lease_;  // null: to read, or none is wished for
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "s3";
  descriptor.summary = "Rows, documents or passages as one object of JSON lines in a bucket, kept equal to the source.";
  descriptor.options = s3::place_options();
  descriptor.options.push_back(text_option("key", "The object's key: out/corpus.jsonl."));
  descriptor.options.push_back(
      optional_text("copy", "The file on this machine that the object is made of; left out: s3/BUCKET/KEY beside the "
                            "configuration file. PATH.naru beside it is the flow's memory."));
  descriptor.options.push_back(whole_option("part_bytes", "Larger objects are sent in parts of so many bytes.",
                                            std::int64_t{16} << 20, "bytes", static_cast<double>(kPartBytesMin),
                                            1 << 30));
  descriptor.options.push_back(
      whole_option("lease_seconds", "So long after a run was killed another machine may write; while one runs, no "
                                    "other does. 0: no lease is taken.", 60, "seconds", 0,
                   static_cast<double>(s3::kLeaseSecondsMax)));
  descriptor.takes = {PayloadKind::row, PayloadKind::document, PayloadKind::chunk};
  descriptor.examples = {"s3: {bucket: corpora, key: out/말뭉치.jsonl, region: ap-northeast-2, access_key: AKIAEXAMPLE, "
                         "secret_key: secret}"};
  descriptor.guarantee = "each item exactly once: readers get the object of the last run or of this one, and the bytes "
                         "are those of a run from scratch";
  return descriptor;
}

Result<std::unique_ptr<Target>> make_s3(const Options& options, const TargetContext& context) {
  S3TargetOptions made;
  made.key = options.text("key");
  const std::string parts = "/" + made.key + "/";
  const bool plain = parts.find("//") == std::string::npos && parts.find("/./") == std::string::npos &&
                     parts.find("/../") == std::string::npos && made.key.find('\0') == std::string::npos;
  if (!plain) {
    return Error(Code::invalid_argument, options.place.text() + ": `key` is a path such as out/corpus.jsonl");
  }
  s3::Place place = NARU_TRY(s3::read_place(options));
  made.copy = options.has("copy") ? NARU_TRY(file_to_write(options, "copy"))
                                  : join_path(options.base_folder, "s3/" + place.bucket + "/" + made.key);
  made.lease_seconds = options.integer("lease_seconds");
  made.part_bytes = static_cast<std::uint64_t>(options.integer("part_bytes"));
  return std::unique_ptr<Target>(std::make_unique<S3Target>(std::move(place), std::move(made), context));
}

}  // namespace

void register_s3_target(Registry& registry) { registry.add_target(describe(), make_s3); }

}  // namespace naru
