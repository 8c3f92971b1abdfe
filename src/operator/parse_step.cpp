// parse: the bytes of an item become a Document, in the sandboxed worker.
//
// What comes out depends on the bytes, the extension and the options, and on nothing else: not even the item's name,
// so that a renamed or doubled file need not be parsed again. An item that its source already gave as a Document (a
// row of a jsonl file) passes through. One that a rights management has wrapped is first opened by the site's own
// program, where one is named. The file is not named after its step, because register_parse is the folder parse/.
#include "base/json.h"
#include "naru/registry.h"
#include "operator/shared/decrypt.h"
#include "record/children.h"
#include "record/protection.h"
#include "runtime/trace.h"

namespace naru {

namespace {

// A program that asks a licence server answers within seconds; `decrypt_seconds` is for those that do not.
constexpr std::int64_t kDecryptSeconds = 30;
constexpr double kDecryptSecondsMax = 600;

struct ParseOptions {
  WebText web_text = WebText::automatic;
  std::vector<std::string> decrypt;  // empty: wrapped documents are refused
  std::uint64_t decrypt_ms_max = 0;
};

class ParseStep : public Operator {
 public:
  ParseStep(const ParseService* service, ParseOptions options, Id128 fingerprint)
      : service_(service), options_(std::move(options)), fingerprint_(fingerprint) {}

  Result<Batch> process(Batch batch, WorkerState*, std::stop_token stop) const override {
    for (Record& record : batch) {
      if (std::holds_alternative<Document>(record.payload)) continue;
      if (service_ == nullptr) return Error(Code::unavailable, "there is no parser service");
      const std::string_view vendor = options_.decrypt.empty() ? std::string_view() : protection_of(record.bytes);
      if (!vendor.empty()) {
        record.bytes = NARU_TRY(decrypt(record.bytes, vendor, options_.decrypt, options_.decrypt_ms_max, stop));
      }
      ParseInput input;
      input.bytes = record.bytes;
      input.media_hint = record.media_hint;
      input.web_text = options_.web_text;
      Span span("Parser::parse");  // of the child, as seen from here
      Document document = NARU_TRY(service_->parse(input, stop));
      span.value("format", document.format);
      span.value("blocks", document.blocks.size());
      if (!vendor.empty()) tell_decrypted(document, vendor, options_.decrypt[0]);
      adopt_children(document);
      document.uri = record.key;
      record.payload = std::move(document);
      record.bytes = {};
    }
    return batch;
  }

  Id128 fingerprint() const override { return fingerprint_; }

 private:
  const ParseService* const service_;
  const ParseOptions options_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "parse";
  descriptor.takes = {PayloadKind::bytes, PayloadKind::row};
  descriptor.gives = PayloadKind::document;
  descriptor.summary = "Reads the formats that Naru knows into headings, paragraphs, lists and tables with places.";
  OptionSpec web_text;
  web_text.name = "web_text";
  web_text.summary = "Of a web page its main text, without menus, advertisements and footers, or the whole page.";
  web_text.choices = {"auto", "main", "whole"};
  web_text.fallback = "auto";
  OptionSpec decrypt;
  decrypt.name = "decrypt";
  decrypt.type = OptionType::text_list;
  decrypt.summary = "Your own program, with its arguments, that opens what a rights management has encrypted: from its "
                    "standard input (or /dev/stdin as a file) to its standard output.";
  decrypt.optional = true;
  OptionSpec decrypt_seconds;
  decrypt_seconds.name = "decrypt_seconds";
  decrypt_seconds.type = OptionType::integer;
  decrypt_seconds.summary = "How long that program may take for one document.";
  decrypt_seconds.fallback = kDecryptSeconds;
  decrypt_seconds.unit = "seconds";
  decrypt_seconds.minimum = 1;
  decrypt_seconds.maximum = kDecryptSecondsMax;
  descriptor.options = {web_text, decrypt, decrypt_seconds};
  descriptor.examples = {"parse", "parse: {web_text: main}", "parse: {decrypt: [/opt/drm/open, --quiet]}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_parse(const Options& options, const OperatorContext& context) {
  const std::string& name = options.text("web_text");
  ParseOptions given;
  if (name == "main") given.web_text = WebText::main_text;
  if (name == "whole") given.web_text = WebText::whole_page;
  std::string fingerprinted = name;
  if (options.has("decrypt")) {
    given.decrypt = options.list("decrypt");
    given.decrypt_ms_max = static_cast<std::uint64_t>(options.integer("decrypt_seconds")) * 1000;
    if (given.decrypt.empty() || given.decrypt[0].empty()) {
      return Error(Code::invalid_argument, "decrypt names no program: decrypt: [PROGRAM, ARGUMENT]");
    }
    // Another program may open what this one did not; how long it may take changes no text.
    fingerprinted += Json(given.decrypt).dump();
  }
  const std::string parsers = context.parse_service == nullptr ? "" : context.parse_service->fingerprint().hex();
  const Id128 fingerprint = hash128({"parse", std::to_string(describe().version), fingerprinted, parsers});
  return std::unique_ptr<Operator>(
      std::make_unique<ParseStep>(context.parse_service, std::move(given), fingerprint));
}

}  // namespace

void register_parse_step(Registry& registry) { registry.add_operator(describe(), make_parse); }

}  // namespace naru
