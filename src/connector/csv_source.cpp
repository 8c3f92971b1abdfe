// csv (source): the rows of a file of delimited text: CSV, TSV and their kin, also compressed with zstd (`.csv.zst`).
//
// An item is a row, named by the column `id`, or by its number where there is none ("000000012", so that rows stand in
// their order). Charset, delimiter and header are found as the csv parser finds them, unless said. What an item holds
// is the row as one JSON object, so that neither another charset nor another delimiter is a change, and another name
// of a column is one of every row. An empty cell is null, a quoted empty one an empty text, all else text as it
// stands. A row with fewer cells lacks fields; further cells are "column N". Each look reads the whole file, one row at
// a time; a row that is missing is a deletion, unless a quote that is never closed has swallowed what follows it: then
// all that is missing is unknown.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "connector/shared/connector_options.h"
#include "connector/shared/csv_format.h"
#include "connector/shared/keyed_rows.h"
#include "connector/shared/row_columns.h"
#include "connector/shared/row_document.h"
#include "connector/shared/row_file.h"
#include "connector/shared/source_file.h"
#include "naru/registry.h"
#include "record/value_json.h"
#include "runtime/files.h"
#include "text/charset.h"
#include "text/delimited.h"
#include "text/text_pieces.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kColumnsShown = 20;  // in a message
constexpr std::size_t kHeadBytes = 1U << 20;  // that say what kind of file it is

enum class Header : std::uint8_t { found, present, absent };

struct CsvOptions {
  std::string path, charset;
  RowFields fields;
  char delimiter = 0;  // 0: found
  Header header = Header::found;
  RowFeed feed;
  std::uint64_t bytes_max = 0, row_bytes_max = 0;
  std::int64_t poll_ms = 0;
};

struct PlacedPiece : TextPieces::Piece {
  std::size_t at = 0;     // where it is among the rows
  std::size_t begin = 0;  // where these begin in it
  std::uint64_t place_of(std::size_t row) const { return original_offset(row - at + begin); }
};

std::string column_name(std::size_t n) { return fmt::format("column {}", n + 1); }

// A name for each cell of the header, no two alike.
std::vector<std::string> names_of(const DelimitedRow& header) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (std::size_t n = 0; n < header.cells.size(); ++n) {
    std::string name = nfc(trim_white_space(header.cells[n]));
    if (name.empty()) name = column_name(n);
    std::string unique = name;
    for (int again = 2; !seen.insert(unique).second; ++again) unique = fmt::format("{} ({})", name, again);
    names.push_back(std::move(unique));
  }
  return names;
}

class CsvSource : public Source {
 public:
  explicit CsvSource(CsvOptions options) : options_(std::move(options)), changes_(options_.path) {}

  Result<Listing> poll(std::stop_token stop) override {
    Result<RowFile> file = RowFile::open(options_.path, options_.bytes_max, stop);
    if (!file && file.error().code() == Code::limit_exceeded) return std::move(file).error();  // that is no absence
    if (!file) return cannot_read(options_.path, file.error());
    file_ = std::move(*file);
    if (looks_binary(NARU_TRY(file_->read_at(0, kHeadBytes)))) {
      return cannot_read(options_.path, Error(Code::corrupt, options_.path + " is no text"));
    }
    rows_.clear();
    Listing listing;
    NARU_TRY_AT(read_rows(listing, stop), options_.path);
    const std::int64_t changed_ns = std::max<std::int64_t>(file_->stamp().ctime_ns, 0);
    NARU_TRY(rows_.list("row", "csv", static_cast<std::uint64_t>(changed_ns), options_.feed, listing));
    return listing;
  }

  Result<Item> find(const std::string& key, std::stop_token stop) override {
    const Result<FileStamp> stamp = stamp_of(options_.path);
    if (!file_ || !stamp || *stamp != file_->stamp()) NARU_TRY(poll(std::move(stop)));
    return rows_.find(key);
  }

  Result<ItemContent> read(const Item& item, std::stop_token) override {
    const KeyedRow row = NARU_TRY(KeyedRows::row_of(item));
    const std::string text = text_as(NARU_TRY(file_->read_at(row.offset, row.size)), charset_);
    DelimitedReader reader(text, delimiter_);
    DelimitedRow cells;
    reader.next(cells);
    std::string line = to_json_line(fields_of(cells));
    if (hash128(line) != row.hash) return changed_meanwhile();
    return KeyedRows::content_of(row, std::move(line), item);
  }

  std::optional<Result<Document>> direct_document(const ItemContent& content) override {
    return json_row_document(content, options_.fields, "csv");
  }

  std::optional<Result<Row>> direct_row(const ItemContent& content) override {
    Row row = NARU_TRY(json_row(content));
    const Result<KeyedRow> place = KeyedRows::row_of(content.item);
    if (place) row.locator.bytes = ByteRange{place->offset, place->offset + place->size};
    return row;
  }

  // The columns of its first rows (RowColumns says how many).
  Result<Discovery> discover(std::stop_token stop) override {
    const Listing listing = NARU_TRY(poll(stop));
    RowColumns columns(options_.fields.id);
    SpilledList<Item>::Reader items = listing.items.read();
    for (Item item; !columns.is_enough() && NARU_TRY(items.next(item));) {
      if (const Result<Fields> fields = fields_from_json(NARU_TRY(read(item, stop)).bytes)) columns.add(*fields);
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
  Status read_rows(Listing& listing, const std::stop_token& stop) {
    TextPieces pieces = NARU_TRY(TextPieces::open(
        [&](std::uint64_t offset, std::size_t bytes) { return file_->read_at(offset, bytes); }, options_.charset));
    charset_ = pieces.charset();
    PlacedPiece piece{NARU_TRY(pieces.next(kHeadBytes))};
    PlacedPiece before = piece;
    Dialect dialect = find_dialect(piece.decoded.text, unpacked_extension(options_.path));
    if (options_.delimiter != 0) dialect.delimiter = options_.delimiter;
    delimiter_ = dialect.delimiter;
    columns_.clear();
    piece.begin = dialect.begin;
    bool is_head = true;
    DelimitedStream reader(
        [&](std::size_t bytes) -> Result<std::string> {
          if (stop.stop_requested()) return Error(Code::cancelled, "stopped while reading");
          if (std::exchange(is_head, false)) return piece.decoded.text.substr(piece.begin);
          before = std::move(piece);
          piece = {NARU_TRY(pieces.next(bytes)), before.at + before.decoded.text.size() - before.begin};
          return piece.decoded.text;
        },
        delimiter_, options_.row_bytes_max);
    // Where a row begins is asked before it is read; it ends in the last piece, or just before that.
    const auto original = [&](std::size_t at) { return (at < piece.at ? before : piece).place_of(at); };
    std::uint64_t number = 0;
    DelimitedRow row;
    for (bool first = true;;) {
      const std::uint64_t begin = original(reader.at());
      if (!NARU_TRY(reader.next(row))) return {};
      if (is_blank(row) && !row.quoted.front()) continue;
      if (std::exchange(first, false)) {
        if (row.cells.empty()) return Error(Code::limit_exceeded, "the first row has more than max_row_bytes");
        const bool header = has_names(row);
        if (header) columns_ = names_of(row);
        NARU_TRY(check_columns(row.cells.size()));
        if (header) continue;
      }
      add_row(row, {"", begin, original(row.end) - begin, ++number, {}}, listing);
    }
  }

  // A row in which a column of the configuration stands is a header, whatever it looks like.
  bool has_names(const DelimitedRow& row) const {
    if (options_.header != Header::found) return options_.header == Header::present;
    if (is_header(row)) return true;
    const std::vector<std::string> names = names_of(row);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return name == options_.fields.id || name == options_.fields.text;
    });
  }

  // What the configuration names must be there, before every row is a reject.
  Status check_columns(std::size_t cells) const {
    std::vector<std::string> columns = columns_;
    for (std::size_t n = columns.size(); n < cells; ++n) columns.push_back(column_name(n));
    for (const std::string& name : {options_.fields.id, options_.fields.text, options_.feed.order,
                                    options_.feed.deleted}) {
      if (name.empty() || std::find(columns.begin(), columns.end(), name) != columns.end()) continue;
      if (columns.size() > kColumnsShown) columns.resize(kColumnsShown);
      return Error(Code::unavailable, fmt::format("{} has no column \"{}\", but {}: correct `id`, `text` or `header`",
                                                  options_.path, name, fmt::join(columns, ", ")));
    }
    return {};
  }

  // `found`: where it is, and its number.
  void add_row(const DelimitedRow& row, KeyedRow found, Listing& listing) {
    const auto reject = [&](Code code, std::string message) {
      listing.rejects.push_back({fmt::format("row {}", found.number), std::string(code_name(code)),
                                 std::move(message)});
    };
    if (row.open) {
      listing.unreadable_prefixes.push_back("");
      return reject(Code::corrupt, "a quote is opened in this row and never closed: what follows it cannot be told "
                                   "apart, and stays as it was");
    }
    if (row.end - row.start > options_.row_bytes_max) {
      return reject(Code::limit_exceeded, fmt::format("the row has {} bytes, more than max_row_bytes ({})",
                                                      row.end - row.start, options_.row_bytes_max));
    }
    const Fields fields = fields_of(row);
    found.key = fmt::format("{:09}", found.number);
    if (!options_.fields.id.empty()) {
      Result<std::string> named = row_key(fields, options_.fields.id);
      if (!named) return reject(named.error().code(), named.error().describe());
      found.key = std::move(*named);
    }
    found.hash = hash128(to_json_line(fields));
    if (const Value* deleted = find_field(fields, options_.feed.deleted)) found.deleted = says_deleted(*deleted);
    if (!options_.feed.order.empty()) {
      const Value* order = find_field(fields, options_.feed.order);
      const Result<std::uint64_t> read = order_of(order == nullptr ? Value() : *order);
      if (!read) {
        return reject(read.error().code(), "the field `" + options_.feed.order + "` (order) " + read.error().message());
      }
      found.order = *read;
    }
    rows_.add(found);
  }

  Fields fields_of(const DelimitedRow& row) const {
    Fields fields;
    for (std::size_t n = 0; n < row.cells.size(); ++n) {
      std::string name = n < columns_.size() ? columns_[n] : column_name(n);
      const bool null = row.cells[n].empty() && !row.quoted[n];
      fields.push_back({std::move(name), null ? Value() : Value(repair_utf8(row.cells[n]))});
    }
    return fields;
  }

  const CsvOptions options_;
  std::optional<RowFile> file_;  // as of the last look, with what follows
  std::string charset_;
  char delimiter_ = ',';
  std::vector<std::string> columns_;
  KeyedRows rows_;
  FileChanges changes_;
};

Descriptor describe() {
  OptionSpec header = text_option("header", "Whether the first row names the columns; auto: where it looks like it.",
                                  "auto");
  header.choices = {"auto", "yes", "no"};
  Descriptor descriptor;
  descriptor.name = "csv";
  descriptor.gives = PayloadKind::row;
  descriptor.summary = "The rows of a CSV or TSV file in any charset, one document a row.";
  descriptor.options = {
      text_option("path", "The file, .csv, .tsv or either with .zst; relative paths start at the configuration file."),
      optional_text("id", "The column that names the document; left out: its number, which moves with what is put in "
                          "before it."),
      optional_text("text", "The column with the text; left out: every column, as `name: value`."),
      text_option("title", "The column with the title, where there is one; it is searched too.", "title"),
      text_option("delimiter", "What stands between cells: one character, tab, or auto.", "auto"),
      header,
      optional_text("charset", "Where it cannot be told from the bytes: utf-8, cp949, …"),
      whole_option("max_bytes", "A larger file is refused, or one that unpacks to more.",
                   static_cast<std::int64_t>(RowFile::kBytesMax), "bytes", 1, 1e15),
      whole_option("max_row_bytes", "Longer rows are rejected.", std::int64_t{64} << 20, "bytes", 1, 1 << 30),
      whole_option("poll_seconds", "With --watch: looks at least so often.", 30, "seconds", 1, 86400),
  };
  for (OptionSpec& option : row_feed_options()) descriptor.options.push_back(std::move(option));
  descriptor.examples = {"csv: {path: prices.csv, id: code}",
                         "csv: {path: faq.tsv, id: 번호, text: 답변, title: 질문}",
                         "csv: {path: old.csv, delimiter: ';', header: no, charset: cp949}"};
  return descriptor;
}

Result<std::unique_ptr<Source>> make_csv(const Options& options) {
  CsvOptions made;
  made.path = NARU_TRY(path_of(options, "path"));
  made.fields = {text_or_empty(options, "id"), text_or_empty(options, "text"), options.text("title")};
  made.delimiter = NARU_TRY(delimiter_of(options, '\0'));
  const std::string& header = options.text("header");
  made.feed = row_feed_of(options);
  made.header = header == "yes" ? Header::present : header == "no" ? Header::absent : Header::found;
  made.charset = text_or_empty(options, "charset");
  made.bytes_max = static_cast<std::uint64_t>(options.integer("max_bytes"));
  made.row_bytes_max = static_cast<std::uint64_t>(options.integer("max_row_bytes"));
  made.poll_ms = options.integer("poll_seconds") * 1000;
  return std::unique_ptr<Source>(std::make_unique<CsvSource>(std::move(made)));
}

}  // namespace

void register_csv_source(Registry& registry) { registry.add_source(describe(), make_csv); }

}  // namespace naru
