// jsonl: one document a line of a JSONL file, also compressed with zstd (`.zst`).
//
// An item is a row, named by its id field; its version is the sha256 of the line without the newline. Each poll reads
// the file once and tells rows apart by the hash of their line, so a row that moved is no change and one that is
// missing is a deletion. Lines end at '\n' only: a text may hold U+2028. Offsets of locators are bytes in the UTF-8 of
// the text field.
#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "connector/shared/connector_options.h"
#include "connector/shared/row_columns.h"
#include "connector/shared/row_document.h"
#include "naru/registry.h"
#include "record/value_json.h"
#include "runtime/clock.h"
#include "runtime/compress.h"
#include "runtime/files.h"
#include "runtime/folder_watch.h"
#include "runtime/random_access_file.h"

namespace naru {

namespace {

// Read at once while looking for line ends.
constexpr std::size_t kReadBytes = 1U << 20;
constexpr std::int64_t kQuietMs = 200;

struct JsonlOptions {
  std::string path;
  RowFields fields;
  std::uint64_t line_bytes_max = 0;
  std::int64_t poll_ms = 0;
};

// The bytes of the file, wherever they are: on disk, or unpacked in memory.
class Content {
 public:
  static Result<Content> open(const std::string& path) {
    Content content;
    if (path.ends_with(".zst")) {
      const std::string packed = NARU_TRY(read_file(path));
      content.unpacked_ = NARU_TRY_AT(zstd_decompress(packed, kReadBytesMax), "unpacking " + path);
    }
    content.file_ = NARU_TRY(RandomAccessFile::open(path));
    content.stamp_ = NARU_TRY(content.file_->stamp());
    return content;
  }
  Result<std::string> read_at(std::uint64_t offset, std::size_t size) const {
    if (!unpacked_) return file_->read_at(offset, size);
    return offset >= unpacked_->size() ? std::string() : unpacked_->substr(offset, size);
  }
  const FileStamp& stamp() const { return stamp_; }

 private:
  std::optional<std::string> unpacked_;
  std::optional<RandomAccessFile> file_;
  FileStamp stamp_;
};

struct Line {
  std::string id;
  std::uint64_t offset = 0, size = 0, number = 0;
  Id128 hash;
};

Result<std::string> id_of(const Json& value, const std::string& field) {
  const auto found = value.is_object() ? value.find(field) : value.end();
  if (!value.is_object()) return Error(Code::invalid_argument, "the line is no JSON object");
  if (found == value.end()) return Error(Code::invalid_argument, "the field `" + field + "` (id) is missing");
  if (found->is_string() && !found->get_ref<const std::string&>().empty()) return found->get<std::string>();
  if (found->is_number()) return to_line(*found);
  return Error(Code::invalid_argument, "the field `" + field + "` (id) must be a text or a number");
}

class JsonlSource : public Source {
 public:
  explicit JsonlSource(JsonlOptions options) : options_(std::move(options)) {}

  Result<Listing> poll(std::stop_token stop) override {
    Result<Content> content = Content::open(options_.path);
    if (!content) return cannot_open(content.error());
    content_ = std::move(*content);
    rows_.clear();
    Listing listing;
    NARU_TRY(read_rows(listing, stop));
    keep_first_of_each(listing);
    listing.items.reserve(rows_.size());
    for (const Line& row : rows_) listing.items.push_back(item_of(row));
    return listing;
  }

  // Reads the file again only where it changed since.
  Result<Item> find(const std::string& key, std::stop_token stop) override {
    const Result<RandomAccessFile> file = RandomAccessFile::open(options_.path);
    const Result<FileStamp> stamp = file ? file->stamp() : Result<FileStamp>(file.error());
    if (!content_ || !stamp || *stamp != content_->stamp()) NARU_TRY(poll(std::move(stop)));
    const auto row = row_of(key);
    if (row == rows_.end()) return Error(Code::not_found, "the source no longer has it");
    return item_of(*row);
  }

  Result<ItemContent> read(const Item& item, std::stop_token) override {
    const auto row = row_of(item.key);
    if (row == rows_.end()) return Error(Code::not_found, "the row is gone");
    std::string line = NARU_TRY(content_->read_at(row->offset, row->size));
    if (hash128(line) != row->hash) {
      return Error(Code::unavailable, "the file changed while it was read; the next run tries again");
    }
    return ItemContent{std::move(line), item_of(*row)};
  }

  std::optional<Result<Document>> direct_document(const ItemContent& content) override {
    const Fields row = NARU_TRY(fields_from_json(content.bytes, LargeNumbers::as_text));
    Document document = NARU_TRY(row_document(row, options_.fields, "jsonl"));
    document.uri = content.item.key;
    return document;
  }

  std::optional<Result<Row>> direct_row(const ItemContent& content) override {
    Result<Fields> fields = fields_from_json(content.bytes);
    if (!fields) return std::move(fields).error();
    Row row{std::move(*fields), {}};
    const auto place = row_of(content.item.key);
    if (place != rows_.end()) row.locator.bytes = ByteRange{place->offset, place->offset + place->size};
    return row;
  }

  std::vector<Finding> check(std::stop_token) override {
    const Result<Content> content = Content::open(options_.path);
    if (!content) return {{"file", Verdict::missing, cannot_open(content.error()).describe()}};
    return {{"file", Verdict::good, fmt::format("{} can be read, {} bytes", options_.path, content->stamp().size)}};
  }

  // The fields of its first rows (RowColumns says how many) and their types.
  Result<Discovery> discover(std::stop_token stop) override {
    const Listing listing = NARU_TRY(poll(stop));
    RowColumns columns(options_.fields.id);
    for (const Item& item : listing.items) {
      if (columns.is_enough()) break;
      const ItemContent content = NARU_TRY(read(item, stop));
      if (const Result<Fields> fields = fields_from_json(content.bytes)) columns.add(*fields);
    }
    Found found;
    found.name = file_name(options_.path);
    found.kind = "file";
    found.count = listing.items.size() + listing.rejects.size();
    found.bytes = content_->stamp().size;
    found.columns = columns.take();
    return Discovery{{std::move(found)}, true};
  }

  Status wait_for_change(std::stop_token stop) override {
    if (!watch_) {
      Result<std::unique_ptr<FolderWatch>> opened = FolderWatch::open();
      if (!opened || !(*opened)->add(folder_name(options_.path))) {
        system_clock().sleep_ms(options_.poll_ms, stop);
        return {};
      }
      watch_ = std::move(*opened);
      return {};  // what changed before the watch was there is seen by one more poll
    }
    if (!NARU_TRY(watch_->wait(options_.poll_ms, stop))) return {};
    system_clock().sleep_ms(kQuietMs, stop);
    return {};
  }

 private:
  // A file that is not there, is none, or is not what its name says, is something that is needed and missing.
  Error cannot_open(const Error& error) const {
    if (is_folder(options_.path)) {
      return {Code::unavailable, options_.path + " is a folder, not a file: correct `path`"};
    }
    switch (error.code()) {
      case Code::not_found:
        return {Code::unavailable, "there is no file " + options_.path + ": put it there, or correct `path`"};
      case Code::invalid_argument:
      case Code::corrupt:
      case Code::limit_exceeded:
        return {Code::unavailable, error.describe() + ": put the right file there, or correct `path`"};
      default:
        return error;
    }
  }

  Status read_rows(Listing& listing, const std::stop_token& stop) {
    std::string pending;  // the line that is not whole yet
    std::uint64_t line_start = 0, line_bytes = 0, number = 1;
    for (std::uint64_t offset = 0;;) {
      if (stop.stop_requested()) return Error(Code::cancelled, "stopped while reading " + options_.path);
      const std::string bytes = NARU_TRY(content_->read_at(offset, kReadBytes));
      offset += bytes.size();
      std::string_view rest = bytes;
      while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        const std::string_view part = rest.substr(0, end);
        line_bytes += part.size();
        if (line_bytes <= options_.line_bytes_max) pending += part;
        if (end == std::string_view::npos) break;
        add_line(listing, pending, line_start, line_bytes, number++);
        line_start += line_bytes + 1;
        line_bytes = 0;
        pending.clear();
        rest.remove_prefix(end + 1);
      }
      if (bytes.size() < kReadBytes) break;
    }
    if (line_bytes > 0) add_line(listing, pending, line_start, line_bytes, number);
    return {};
  }

  void add_line(Listing& listing, const std::string& line, std::uint64_t offset, std::uint64_t size,
                std::uint64_t number) {
    const auto reject = [&](Code code, std::string message) {
      listing.rejects.push_back({fmt::format("line {}", number), std::string(code_name(code)), std::move(message)});
    };
    if (size > options_.line_bytes_max) {
      return reject(Code::limit_exceeded, fmt::format("the line has {} bytes, more than max_line_bytes ({})", size,
                                                      options_.line_bytes_max));
    }
    if (line.find_first_not_of(" \t\r") == std::string::npos) return;
    const Result<Json> value = parse_json(line);
    if (!value) return reject(value.error().code(), value.error().describe());
    Result<std::string> id = id_of(*value, options_.fields.id);
    if (!id) return reject(id.error().code(), id.error().describe());
    rows_.push_back({std::move(*id), offset, size, number, hash128(line)});
  }

  // Sorts by id; of rows with the same id the first stays and the others are rejects.
  void keep_first_of_each(Listing& listing) {
    std::sort(rows_.begin(), rows_.end(), [](const Line& a, const Line& b) {
      return a.id != b.id ? a.id < b.id : a.number < b.number;
    });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (kept > 0 && rows_[kept - 1].id == rows_[i].id) {
        listing.rejects.push_back({fmt::format("line {}", rows_[i].number),
                                   std::string(code_name(Code::already_exists)),
                                   fmt::format("the id \"{}\" is already in line {}: ids must differ", rows_[i].id,
                                               rows_[kept - 1].number)});
        continue;
      }
      if (kept != i) rows_[kept] = std::move(rows_[i]);
      ++kept;
    }
    rows_.resize(kept);
  }

  std::vector<Line>::const_iterator row_of(const std::string& id) const {
    const auto row = std::lower_bound(rows_.begin(), rows_.end(), id,
                                      [](const Line& a, const std::string& key) { return a.id < key; });
    return row != rows_.end() && row->id == id ? row : rows_.end();
  }

  Item item_of(const Line& row) const {
    Item item;
    item.key = row.id;
    item.fingerprint = row.hash.bytes();
    item.version_order = static_cast<std::uint64_t>(std::max<std::int64_t>(content_->stamp().ctime_ns, 0));
    item.size_bytes = row.size;
    item.media_hint = "jsonl";
    return item;
  }

  const JsonlOptions options_;
  std::optional<Content> content_;  // as of the last poll
  std::vector<Line> rows_;           // sorted by id
  std::unique_ptr<FolderWatch> watch_;
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
  descriptor.examples = {"jsonl: {path: corpus.jsonl, id: _id, text: text}",
                         "jsonl: {path: corpus.jsonl.zst, id: number, text: body, title: headline}"};
  return descriptor;
}

Result<std::unique_ptr<Source>> make_jsonl(const Options& options) {
  JsonlOptions made;
  made.path = NARU_TRY(path_of(options, "path"));
  made.fields = {options.text("id"), options.text("text"), options.text("title")};
  made.line_bytes_max = static_cast<std::uint64_t>(options.integer("max_line_bytes"));
  made.poll_ms = options.integer("poll_seconds") * 1000;
  return std::unique_ptr<Source>(std::make_unique<JsonlSource>(std::move(made)));
}

}  // namespace

void register_jsonl(Registry& registry) { registry.add_source(describe(), make_jsonl); }

}  // namespace naru
