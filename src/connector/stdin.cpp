// stdin: what is piped into one run: JSON lines, or lines of text.
//
// An item is a line: of JSON lines named by its id, of text by its number ("000000012"). It is read to its end before
// anything else happens, and set aside meanwhile, packed, in a temporary file where it is much. What is piped is the
// whole set, so that what is missing is a deletion, unless `append` says that it comes beside what was there. Nothing
// is left of it after the run: originals cannot be opened, and an item that passed over a failure comes back when it is
// piped again.
#include <fmt/format.h>

#include "connector/shared/connector_options.h"
#include "connector/shared/json_lines.h"
#include "connector/shared/row_document.h"
#include "naru/registry.h"
#include "record/value_json.h"
#include "runtime/clock.h"
#include "runtime/spool.h"
#include "runtime/standard_streams.h"
#include "text/unicode.h"

namespace naru {

namespace {

struct StdinOptions {
  bool text_lines = false;
  RowFields fields;
  JsonLinesOptions lines;
  std::uint64_t bytes_max = 0;
};

class StdinSource : public Source {
 public:
  explicit StdinSource(StdinOptions options) : options_(std::move(options)) {}

  // Looked at again it is what it was.
  Result<Listing> poll(std::stop_token stop) override {
    if (!is_claimed_) NARU_TRY(claim_standard_input());
    is_claimed_ = true;
    rows_.clear();
    Listing listing;
    const auto read_at = [&](std::uint64_t offset, std::size_t size) { return read_from(offset, size, stop); };
    NARU_TRY(options_.text_lines ? read_text_lines(read_at, stop, listing)
                                 : read_json_lines(read_at, options_.lines, stop, rows_, listing));
    NARU_TRY(rows_.list("line", "jsonl", 0, options_.lines.feed, listing));
    return listing;
  }

  Result<Item> find(const std::string&, std::stop_token) override {
    return Error(Code::not_found, "it was piped into a run, and nothing was kept of it but what the target has");
  }

  Result<ItemContent> read(const Item& item, std::stop_token) override {
    const KeyedRow row = NARU_TRY(KeyedRows::row_of(item));
    std::string line = NARU_TRY(spool_.read(row.offset, row.size, window_));
    if (options_.text_lines) line = to_json_line({{"text", Value(repair_utf8(line))}});
    return KeyedRows::content_of(row, std::move(line), item);
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

  // What was not piped yet is waited for and set aside.
  Result<std::string> read_from(std::uint64_t offset, std::size_t size, const std::stop_token& stop) {
    if (offset < spool_.size() || is_at_end_) return spool_.read(offset, size, window_);
    std::string bytes = NARU_TRY(read_standard_input(size, stop));
    is_at_end_ = bytes.empty();
    if (spool_.size() + bytes.size() > options_.bytes_max) {
      return Error(Code::limit_exceeded, fmt::format("standard input brings more than max_bytes ({})",
                                                     options_.bytes_max));
    }
    NARU_TRY(spool_.add(bytes));
    return bytes;
  }

  Status read_text_lines(const ReadAt& read_at, const std::stop_token& stop, Listing& listing) {
    const std::uint64_t bytes_max = options_.lines.line_bytes_max;
    return read_lines(read_at, bytes_max, stop, [&](const Line& line) {
      const std::string_view text = line.text;
      const std::uint64_t size = line.size - (text.ends_with('\r') ? 1 : 0);
      if (size > bytes_max) {
        listing.rejects.push_back({fmt::format("line {}", line.number), std::string(code_name(Code::limit_exceeded)),
                                   fmt::format("the line has {} bytes, more than max_line_bytes ({})", size,
                                               bytes_max)});
      } else if (!trim_white_space(text).empty()) {
        const std::string key = fmt::format("{:09}", line.number);
        rows_.add({key, line.offset, size, line.number, hash128(text.substr(0, size))});
      }
      return Status();
    });
  }

  const StdinOptions options_;
  bool is_claimed_ = false, is_at_end_ = false;
  Spool spool_;
  Spool::Window window_;
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
      whole_option("max_bytes", "More is refused: it is set aside, packed, while the run goes on.",
                   std::int64_t{256} << 30, "bytes", 1, 1e15),
      whole_option("max_line_bytes", "Longer lines are rejected.", std::int64_t{64} << 20, "bytes", 1, 1 << 30),
  };
  for (OptionSpec& option : row_feed_options()) descriptor.options.push_back(std::move(option));
  descriptor.examples = {"stdin: {format: jsonl, id: id}", "stdin: {format: lines, append: true}"};
  return descriptor;
}

Result<std::unique_ptr<Source>> make_stdin(const Options& options) {
  StdinOptions made;
  made.text_lines = options.text("format") == "lines";
  if (made.text_lines && row_feed_of(options).latest_counts()) {
    return Error(Code::invalid_argument,
                 options.place.text() + ": lines of text have no fields: neither `order` nor `deleted`");
  }
  made.fields = {options.text("id"), made.text_lines ? "text" : options.text("text"), options.text("title")};
  made.lines = {options.text("id"), static_cast<std::uint64_t>(options.integer("max_line_bytes")),
                row_feed_of(options)};
  made.bytes_max = static_cast<std::uint64_t>(options.integer("max_bytes"));
  return std::unique_ptr<Source>(std::make_unique<StdinSource>(std::move(made)));
}

}  // namespace

void register_stdin(Registry& registry) { registry.add_source(describe(), make_stdin); }

}  // namespace naru
