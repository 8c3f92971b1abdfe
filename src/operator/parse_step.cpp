// parse: the bytes of an item become a Document, in the sandboxed worker.
//
// What comes out depends on the bytes, the extension and the options, and on nothing else: not even the item's name,
// so that a renamed or doubled file need not be parsed again. An item that its source already gave as a Document (a
// row of a jsonl file) passes through. The file is not named after its step, because register_parse is the
// folder parse/.
#include "naru/registry.h"
#include "record/children.h"
#include "runtime/trace.h"

namespace naru {

namespace {

class ParseStep : public Operator {
 public:
  ParseStep(const ParseService* service, WebText web_text, Id128 fingerprint)
      : service_(service), web_text_(web_text), fingerprint_(fingerprint) {}

  Result<Batch> process(Batch batch, WorkerState*, std::stop_token stop) const override {
    for (Record& record : batch) {
      if (std::holds_alternative<Document>(record.payload)) continue;
      if (service_ == nullptr) return Error(Code::unavailable, "there is no parser service");
      ParseInput input;
      input.bytes = record.bytes;
      input.media_hint = record.media_hint;
      input.web_text = web_text_;
      Span span("Parser::parse");  // of the child, as seen from here
      Document document = NARU_TRY(service_->parse(input, stop));
      span.value("format", document.format);
      span.value("blocks", document.blocks.size());
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
  const WebText web_text_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "parse";
  descriptor.summary = "Reads the formats that Naru knows into headings, paragraphs, lists and tables with places.";
  OptionSpec web_text;
  web_text.name = "web_text";
  web_text.summary = "Of a web page its main text, without menus, advertisements and footers, or the whole page.";
  web_text.choices = {"auto", "main", "whole"};
  web_text.fallback = "auto";
  descriptor.options = {web_text};
  descriptor.examples = {"parse", "parse: {web_text: main}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_parse(const Options& options, const OperatorContext& context) {
  const std::string& name = options.text("web_text");
  const WebText web_text = name == "main"    ? WebText::main_text
                           : name == "whole" ? WebText::whole_page
                                             : WebText::automatic;
  const std::string parsers = context.parse_service == nullptr ? "" : context.parse_service->fingerprint().hex();
  const Id128 fingerprint = hash128({"parse", std::to_string(describe().version), name, parsers});
  return std::unique_ptr<Operator>(std::make_unique<ParseStep>(context.parse_service, web_text, fingerprint));
}

}  // namespace

void register_parse_step(Registry& registry) { registry.add_operator(describe(), make_parse); }

}  // namespace naru
