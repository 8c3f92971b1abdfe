// parquet (source): the rows of a Parquet file, or of all those below a folder.
//
// An item is a row, named by the column `id`, or by its number where there is none: "000000012" of a file,
// "part-1.parquet#000000012" of one in a folder. What an item holds is the row as one JSON object: whole numbers,
// numbers, booleans and texts as they are, decimals as texts, times in ISO 8601, bytes as base64, lists, structs and
// maps as JSON. A look reads the end of each file and the ids, and takes a hash of the bytes of each row group; a row
// whose group has the hash that it had is not looked at, so that a file that was copied, or got further row groups, is
// read no further, and a run that was killed goes on where it was, group by group. Of a group that changed all rows are
// decoded, and told apart by what they hold. A row that is missing is a deletion; below a file that cannot be read
// nothing is known, and nothing goes. Files are read by another program in a sandbox (docs/decisions/0060-parquet.md).
#include <fmt/format.h>

#include <algorithm>

#include "base/little_endian.h"
#include "connector/parquet/dataset.h"
#include "connector/parquet/program.h"
#include "connector/shared/connector_options.h"
#include "connector/shared/folder_walk.h"
#include "connector/shared/keyed_rows.h"
#include "connector/shared/row_document.h"
#include "connector/shared/source_file.h"
#include "naru/registry.h"
#include "record/value_json.h"
#include "runtime/files.h"

namespace naru {

namespace {

// Each file is a program that is started, at each look.
constexpr std::size_t kFilesMax = 100'000;

struct ParquetOptions {
  FolderOptions folder;  // its path may be a file
  RowFields fields;
  parquet::Dataset::Options read;
  std::int64_t poll_ms = 0;
};

struct File {
  std::string path, name;  // name: below the folder; "" where the path is the file
};

class ParquetSource : public Source {
 public:
  explicit ParquetSource(ParquetOptions options)
      : options_(std::move(options)), rows_of_files_(options_.read), changes_(options_.folder.path) {}

  Result<Listing> poll(std::stop_token stop) override {
    NARU_TRY(parquet::find_program());
    Listing listing;
    const std::vector<File> files = NARU_TRY(list_files(listing, stop));
    rows_.clear();
    rows_of_files_.clear();
    for (const File& file : files) {
      Status looked = look(file, listing, stop);
      if (looked) continue;
      const Code code = looked.error().code();
      if (code == Code::cancelled || code == Code::unsupported) return std::move(looked).error().with(file.path);
      if (file.name.empty()) return cannot_read(file.path, looked.error());
      listing.rejects.push_back({file.name, std::string(code_name(code)), looked.error().describe()});
      listing.unreadable_prefixes.push_back(options_.fields.id.empty() ? file.name + "#" : "");
    }
    NARU_TRY(rows_.list("row", "parquet", order_, {}, listing));
    return listing;
  }

  Result<Item> find(const std::string& key, std::stop_token stop) override {
    NARU_TRY(poll(std::move(stop)));
    return rows_.find(key);
  }

  Result<ItemContent> read(const Item& item, std::stop_token stop) override {
    const KeyedRow row = NARU_TRY(KeyedRows::row_of(item));
    ItemContent content{NARU_TRY(rows_of_files_.row(row.number, stop)), item};
    content.item.size_bytes = content.bytes.size();
    return content;
  }

  std::optional<Result<Document>> direct_document(const ItemContent& content) override {
    return json_row_document(content, options_.fields, "parquet");
  }

  std::optional<Result<Row>> direct_row(const ItemContent& content) override { return json_row(content); }

  std::vector<Finding> check(std::stop_token stop) override {
    std::vector<Finding> findings = {parquet::check_program()};
    if (findings[0].verdict == Verdict::missing) return findings;
    const Result<Discovery> discovery = discover(stop);
    if (!discovery) {
      findings.push_back({"files", Verdict::missing, discovery.error().describe()});
      return findings;
    }
    std::uint64_t rows = 0;
    for (const Found& found : discovery->found) rows += found.count.value_or(0);
    findings.push_back({"files", Verdict::good, fmt::format("{} can be read, {} rows", discovery->found.size(), rows)});
    return findings;
  }

  Result<Discovery> discover(std::stop_token stop) override {
    NARU_TRY(parquet::find_program());
    Listing listing;
    Discovery discovery;
    for (const File& file : NARU_TRY(list_files(listing, stop))) {
      if (discovery.found.size() >= kFoundMax) return discovery.whole = false, discovery;
      Found found = NARU_TRY_AT(parquet::Dataset::describe(file.path, options_.read.columns, stop), file.path);
      found.name = file.name.empty() ? file_name(file.path) : file.name;
      for (Column& column : found.columns) column.key = column.name == options_.fields.id;
      discovery.found.push_back(std::move(found));
    }
    return discovery;
  }

  Status wait_for_change(std::stop_token stop) override { return changes_.wait(options_.poll_ms, std::move(stop)); }

 private:
  Result<std::vector<File>> list_files(Listing& listing, const std::stop_token& stop) {
    const std::string& path = options_.folder.path;
    if (!is_folder(path)) {
      const Result<FileStamp> stamp = stamp_of(path);
      if (!stamp) return cannot_read(path, stamp.error());
      order_ = static_cast<std::uint64_t>(std::max<std::int64_t>(stamp->ctime_ns, 0));
      return std::vector<File>{{path, ""}};
    }
    Listing found = NARU_TRY(FolderWalk(options_.folder, nullptr, stop).list());
    std::vector<File> files;
    order_ = 0;
    NARU_TRY(found.items.each([&](const Item& item) {
      files.push_back({join_path(path, item.key), item.key});
      order_ = std::max(order_, item.version_order);
      return Status();
    }));
    if (files.size() > kFilesMax) {
      return Error(Code::limit_exceeded, fmt::format("{} has {} files, more than {}: choose by `include`", path,
                                                     files.size(), kFilesMax));
    }
    listing.rejects = std::move(found.rejects);
    listing.unreadable_prefixes = std::move(found.unreadable_prefixes);
    if (!options_.fields.id.empty() && !listing.unreadable_prefixes.empty()) listing.unreadable_prefixes = {""};
    return files;
  }

  // The rows of one file, all or none.
  Status look(const File& file, Listing& listing, const std::stop_token& stop) {
    std::vector<KeyedRow> found;
    std::vector<Reject> rejects;
    const std::size_t groups_before = rows_of_files_.groups().size();
    const auto take = [&](const parquet::Dataset::RowGroup& group, std::uint64_t number, std::string_view id) {
      Result<Fields> fields = fields_from_json(id, LargeNumbers::as_text);
      if (id.empty()) fields = Error(Code::limit_exceeded, "the id is longer than max_row_bytes or 64 KiB");
      Result<std::string> key = fields ? row_key(*fields, options_.fields.id) : fields.error();
      if (key) {
        found.push_back({std::move(*key), 0, 0, number, hash_of(group, number)});
      } else {
        rejects.push_back({row_name(file, group, number), std::string(code_name(key.error().code())),
                           key.error().describe()});
      }
    };
    NARU_TRY(rows_of_files_.look(file.path, take, stop));
    if (options_.fields.id.empty()) {
      const auto& groups = rows_of_files_.groups();
      for (std::size_t i = groups_before; i < groups.size(); ++i) {
        for (std::uint64_t number = groups[i].first; number < groups[i].first + groups[i].rows; ++number) {
          const std::uint64_t in_file = number - groups[i].first + groups[i].in_file + 1;
          const std::string prefix = file.name.empty() ? "" : file.name + "#";
          found.push_back({fmt::format("{}{:09}", prefix, in_file), 0, 0, number, hash_of(groups[i], number)});
        }
      }
    }
    for (const KeyedRow& row : found) rows_.add(row);
    std::move(rejects.begin(), rejects.end(), std::back_inserter(listing.rejects));
    return {};
  }

  // Which row of which group, wherever the file is.
  static Id128 hash_of(const parquet::Dataset::RowGroup& group, std::uint64_t number) {
    std::string place;
    put_le(place, number - group.first);
    return hash128({group.hash.bytes(), place});
  }

  static std::string row_name(const File& file, const parquet::Dataset::RowGroup& group, std::uint64_t number) {
    return fmt::format("{}row {}", file.name.empty() ? "" : file.name + " ",
                       number - group.first + group.in_file + 1);
  }

  const ParquetOptions options_;
  parquet::Dataset rows_of_files_;
  KeyedRows rows_;
  std::uint64_t order_ = 0;
  FileChanges changes_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "parquet";
  descriptor.gives = PayloadKind::row;
  descriptor.summary = "The rows of Parquet files, one document a row.";
  OptionSpec include = list_option("include", "Of a folder: patterns of the files that are read; left out: *.parquet.");
  descriptor.options = {
      text_option("path", "A file, or a folder of them; relative paths start at the configuration file."),
      optional_text("id", "The column that names the document; left out: its number in its file."),
      optional_text("text", "The column with the text; left out: every column, as `name: value`."),
      text_option("title", "The column with the title, where there is one; it is searched too.", "title"),
      list_option("columns", "The columns that are read, beside `id` and `text`; left out: all."),
      std::move(include),
      whole_option("max_row_bytes", "Larger rows are rejected.", std::int64_t{64} << 20, "bytes", 1, 1 << 30),
      whole_option("max_rows", "More are refused.", 20'000'000, "rows", 1,
                   4e9),
      whole_option("poll_seconds", "With --watch: looks at least so often.", 30, "seconds", 1, 86400),
  };
  descriptor.examples = {"parquet: {path: products.parquet, id: code}",
                         "parquet: {path: corpus/, id: 번호, text: 본문, columns: [title, year]}"};
  return descriptor;
}

Result<std::unique_ptr<Source>> make_parquet(const Options& options) {
  ParquetOptions made;
  made.folder.path = NARU_TRY(path_of(options, "path"));
  made.folder.include = NARU_TRY(globs_of(options, "include"));
  if (made.folder.include.empty()) made.folder.include.push_back(NARU_TRY(Glob::compile("*.parquet")));
  // What writers of such folders keep for themselves: _temporary/, _SUCCESS, _metadata.
  for (const char* pattern : {"_*", "**/_*/**"}) made.folder.exclude.push_back(NARU_TRY(Glob::compile(pattern)));
  made.folder.bytes_max = UINT64_MAX;
  made.fields = {text_or_empty(options, "id"), text_or_empty(options, "text"), options.text("title")};
  made.read.columns = options.list("columns");
  if (!made.read.columns.empty()) {
    for (const std::string& name : {made.fields.id, made.fields.text}) {
      const auto& columns = made.read.columns;
      if (!name.empty() && std::find(columns.begin(), columns.end(), name) == columns.end()) {
        made.read.columns.push_back(name);
      }
    }
  }
  made.read.id = made.fields.id;
  made.read.text = made.fields.text;
  made.read.row_bytes_max = static_cast<std::uint64_t>(options.integer("max_row_bytes"));
  made.read.rows_max = static_cast<std::uint64_t>(options.integer("max_rows"));
  made.poll_ms = options.integer("poll_seconds") * 1000;
  return std::unique_ptr<Source>(std::make_unique<ParquetSource>(std::move(made)));
}

}  // namespace

void register_parquet(Registry& registry) { registry.add_source(describe(), make_parquet); }

}  // namespace naru
