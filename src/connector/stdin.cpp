// stdin: what is piped into one run: JSON lines, or lines of text.
//
// An item is a line: of JSON lines named by its id, of text by its number ("000000012"). It is read to its end before
// anything else happens. What is piped is the whole set, so that what is missing is a deletion, unless `append` says
// that it comes beside what was there. Nothing is left of it after the run: originals cannot be opened, and an item
// that passed over a failure comes back when it is piped again.
#include <fmt/format.h>

#include "connector/shared/connector_options.h"
#include "connector/shared/json_lines.h"
#include "connector/shared/row_document.h"
#include "naru/registry.h"
#include "record/value_json.h"
#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/standard_streams.h"
#include "text/unicode.h"

namespace naru {

namespace {

struct StdinOptions {
  bool text_lines = false, append = false;
  RowFields fields;
  JsonLinesOptions lines;
  std::uint64_t bytes_max = 0;
};

class StdinSource : public Source {
 public:
  explicit StdinSource(StdinOptions options) : options_(std::move(options)) {}

  // Looked at again it is what it was.
  Result<Listing> poll(std::stop_token stop) override {
    if (!bytes_) bytes_ = NARU_TRY(read_standard_input(options_.bytes_max, stop));
    rows_.clear();
    Listing listing;
    if (options_.text_lines) {
      add_text_lines(listing);
    } else {
      const auto read_at = [&](std::uint64_t offset, std::size_t size) -> Result<std::string> {
        return offset >= bytes_->size() ? std::string() : bytes_->substr(offset, size);
      };
      NARU_TRY(read_json_lines(read_at, options_.lines, stop, rows_, listing));
    }
    rows_.list("line", "jsonl", 0, listing);
    if (options_.append) listing.unreadable_prefixes.emplace_back();
    return listing;
  }

  Result<Item> find(const std::string&, std::stop_token) override {
    return Error(Code::not_found, "it was piped into a run, and nothing was kept of it but what the target has");
  }

  Result<ItemContent> read(const Item& item, std::stop_token) override {
    const KeyedRow* row = rows_.find(item.key);
    if (row == nullptr) return Error(Code::not_found, "the line is gone");
    std::string line = bytes_->substr(row->offset, row->size);
    if (options_.text_lines) line = to_json_line({{"text", Value(repair_utf8(line))}});
    return ItemContent{std::move(line), rows_.item(*row)};
  }

  std::optional<Result<Document>> direct_document(const ItemContent& content) override {
    return json_row_document(content, options_.fields, "jsonl");
  }

  std::optional<Result<Row>> direct_row(const ItemContent& content) override {
    return json_row(content);
  }

  // What is piped belongs to a run, and at a terminal it would be waited for.
  std::vector<Finding> check(std::stop_token) override {
    return {{"standard input", Verdict::good, "is read when a run begins"}};
  }

  // It has come to its end for good.
  Status wait_for_change(std::stop_token stop) override {
    while (system_clock().sleep_ms(kLongMs, stop)) continue;
    return {};
  }

 private:
  static constexpr std::int64_t kLongMs = 3'600'000;

  void add_text_lines(Listing& listing) {
    std::uint64_t number = 0;
    for (std::size_t at = 0; at < bytes_->size();) {
      const std::size_t end = std::min(bytes_->find('\n', at), bytes_->size());
      std::string_view line = std::string_view(*bytes_).substr(at, end - at);
      if (line.ends_with('\r')) line.remove_suffix(1);
      ++number;
      if (line.size() > options_.lines.line_bytes_max) {
        listing.rejects.push_back({fmt::format("line {}", number), std::string(code_name(Code::limit_exceeded)),
                                   fmt::format("the line has {} bytes, more than max_line_bytes ({})", line.size(),
                                               options_.lines.line_bytes_max)});
      } else if (!trim_white_space(line).empty()) {
        rows_.add({fmt::format("{:09}", number), at, line.size(), number, hash128(line)});
      }
      at = end + 1;
    }
  }

  const StdinOptions options_;
  std::optional<std::string> bytes_;
  KeyedRows rows_;
};

Descriptor describe() {
  OptionSpec format = text_option("format", "What is piped: JSON objects, one a line, or lines of text.", "jsonl");
  format.choices = {"jsonl", "lines"};
  Descriptor descriptor;
  descriptor.name = "stdin";
  descriptor.gives = PayloadKind::row;
  descriptor.summary = "What is piped into one run, a line a document.";
  descriptor.options = {
      format,
      text_option("id", "The field that names the document: a text or a number.", "_id"),
      text_option("text", "The field with the text.", "text"),
      text_option("title", "The field with the title, where there is one.", "title"),
      flag_option("append", "What earlier runs brought stays, even where it is not piped again.", false),
      whole_option("max_bytes", "More is refused: it is held while the run goes on.", std::int64_t{256} << 20, "bytes",
                   1, static_cast<double>(kReadBytesMax)),
      whole_option("max_line_bytes", "Longer lines are rejected.", std::int64_t{64} << 20, "bytes", 1, 1 << 30),
  };
  descriptor.examples = {"stdin: {format: jsonl, id: id}", "stdin: {format: lines, append: true}"};
  return descriptor;
}

Result<std::unique_ptr<Source>> make_stdin(const Options& options) {
  StdinOptions made;
  made.text_lines = options.text("format") == "lines";
  made.append = options.boolean("append");
  made.fields = {options.text("id"), made.text_lines ? "text" : options.text("text"), options.text("title")};
  made.lines = {options.text("id"), static_cast<std::uint64_t>(options.integer("max_line_bytes"))};
  made.bytes_max = static_cast<std::uint64_t>(options.integer("max_bytes"));
  return std::unique_ptr<Source>(std::make_unique<StdinSource>(std::move(made)));
}

}  // namespace

void register_stdin(Registry& registry) { registry.add_source(describe(), make_stdin); }

}  // namespace naru
