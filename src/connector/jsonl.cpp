// jsonl: one document a line of a JSONL file, also compressed with zstd (`.zst`).
//
// An item is a row, named by its id field; its version is the sha256 of the line without the newline. Each poll reads
// the file once and tells rows apart by the hash of their line, so a row that moved is no change and one that is
// missing is a deletion. Lines end at '\n' only: a text may hold U+2028. Offsets of locators are bytes in the UTF-8 of
// the text field.
#include <fmt/format.h>

#include <algorithm>

#include "connector/shared/connector_options.h"
#include "connector/shared/json_lines.h"
#include "connector/shared/row_columns.h"
#include "connector/shared/row_document.h"
#include "connector/shared/row_file.h"
#include "connector/shared/source_file.h"
#include "naru/registry.h"
#include "record/value_json.h"
#include "runtime/files.h"

namespace naru {

namespace {

struct JsonlOptions {
  std::string path;
  RowFields fields;
  JsonLinesOptions lines;
  std::int64_t poll_ms = 0;
};

class JsonlSource : public Source {
 public:
  explicit JsonlSource(JsonlOptions options)
      : options_(std::move(options)), changes_(options_.path) {}

  Result<Listing> poll(std::stop_token stop) override {
    Result<RowFile> file = RowFile::open(options_.path, RowFile::kBytesMax, stop);
    if (!file) return cannot_read(options_.path, file.error());
    file_ = std::move(*file);
    rows_.clear();
    Listing listing;
    const auto read_at = [&](std::uint64_t offset, std::size_t bytes) { return file_->read_at(offset, bytes); };
    NARU_TRY_AT(read_json_lines(read_at, options_.lines, stop, rows_, listing), options_.path);
    const std::int64_t changed_ns = std::max<std::int64_t>(file_->stamp().ctime_ns, 0);
    NARU_TRY(rows_.list("line", "jsonl", static_cast<std::uint64_t>(changed_ns), options_.lines.feed, listing));
    return listing;
  }

  // Reads the file again only where it changed since.
  Result<Item> find(const std::string& key, std::stop_token stop) override {
    const Result<FileStamp> stamp = stamp_of(options_.path);
    if (!file_ || !stamp || *stamp != file_->stamp()) NARU_TRY(poll(std::move(stop)));
    return rows_.find(key);
  }

  Result<ItemContent> read(const Item& item, std::stop_token) override {
    const KeyedRow row = NARU_TRY(KeyedRows::row_of(item));
    std::string line = NARU_TRY(file_->read_at(row.offset, row.size));
    if (hash128(line) != row.hash) return changed_meanwhile();
    return KeyedRows::content_of(row, std::move(line), item);
  }

  std::optional<Result<Document>> direct_document(const ItemContent& content) override {
    return json_row_document(content, options_.fields, "jsonl");
  }

  std::optional<Result<Row>> direct_row(const ItemContent& content) override {
    Row row = NARU_TRY(json_row(content));
    const Result<KeyedRow> place = KeyedRows::row_of(content.item);
    if (place) row.locator.bytes = ByteRange{place->offset, place->offset + place->size};
    return row;
  }

  std::vector<Finding> check(std::stop_token stop) override {
    const Result<RowFile> file = RowFile::open(options_.path, RowFile::kBytesMax, stop);
    if (!file) return {{"file", Verdict::missing, cannot_read(options_.path, file.error()).describe()}};
    return {{"file", Verdict::good, fmt::format("{} can be read, {} bytes", options_.path, file->stamp().size)}};
  }

  // The fields of its first rows (RowColumns says how many) and their types.
  Result<Discovery> discover(std::stop_token stop) override {
    const Listing listing = NARU_TRY(poll(stop));
    RowColumns columns(options_.fields.id);
    SpilledList<Item>::Reader items = listing.items.read();
    for (Item item; !columns.is_enough() && NARU_TRY(items.next(item));) {
      const ItemContent content = NARU_TRY(read(item, stop));
      if (const Result<Fields> fields = fields_from_json(content.bytes)) columns.add(*fields);
    }
    Found found;
    found.name = file_name(options_.path);
    found.kind = "file";
    found.count = listing.items.size() + listing.rejects.size();
    found.bytes = file_->stamp().size;
    found.columns = columns.take();
    return Discovery{{std::move(found)}, true};
  }

  Status wait_for_change(std::stop_token stop) override { return changes_.wait(options_.poll_ms, std::move(stop)); }

 private:
  const JsonlOptions options_;
  std::optional<RowFile> file_;  // as of the last poll
  KeyedRows rows_;
  FileChanges changes_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "jsonl";
  descriptor.gives = PayloadKind::row;
  descriptor.summary = "The rows of a JSONL file, one document a line.";
  descriptor.options = {
      text_option("path", "The file, .jsonl or .jsonl.zst; relative paths start at the configuration file."),
      text_option("id", "The field that names the document: a text or a number.", "_id"),
      text_option("text", "The field with the text.", "text"),
      text_option("title", "The field with the title, where a row has one; it is searched too.", "title"),
      whole_option("max_line_bytes", "Longer lines are rejected.", std::int64_t{64} << 20, "bytes", 1, 1 << 30),
      whole_option("poll_seconds", "With --watch: looks at least so often.", 30, "seconds", 1, 86400),
  };
  for (OptionSpec& option : row_feed_options()) descriptor.options.push_back(std::move(option));
  descriptor.examples = {"jsonl: {path: corpus.jsonl, id: _id, text: text}",
                         "jsonl: {path: changes.jsonl, id: id, append: true, order: at, deleted: gone}",
                         "jsonl: {path: corpus.jsonl.zst, id: number, text: body, title: headline}"};
  return descriptor;
}

Result<std::unique_ptr<Source>> make_jsonl(const Options& options) {
  JsonlOptions made;
  made.path = NARU_TRY(path_of(options, "path"));
  made.fields = {options.text("id"), options.text("text"), options.text("title")};
  made.lines = {options.text("id"), static_cast<std::uint64_t>(options.integer("max_line_bytes")),
                row_feed_of(options)};
  made.poll_ms = options.integer("poll_seconds") * 1000;
  return std::unique_ptr<Source>(std::make_unique<JsonlSource>(std::move(made)));
}

}  // namespace

void register_jsonl(Registry& registry) { registry.add_source(describe(), make_jsonl); }

}  // namespace naru
