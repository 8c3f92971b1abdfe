// parquet (target): the rows, documents or passages that a flow makes, as a folder of Parquet files that Spark, DuckDB
// and others read: part-….parquet, and _manifest.json, which such readers pass over (docs/format/parquet-folder.md).
//
// What the flow holds is kept as JSON lines beside it (OUT.naru/rows, connector/shared/kept_file.h). After a run they
// are cut into parts by their keys (parts.h); parts that are as they were stay, the others are written by naru-parquet,
// and the folder takes the place of the one before at once: readers list the files of the last run or of this one, and
// all deletions are gone from them. Columns of rows have the narrowest type that holds all of what stands in them. A
// run that was killed leaves the one or the other; parts that it had written are not written again.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "connector/parquet/parts.h"
#include "connector/parquet/program.h"
#include "connector/shared/connector_options.h"
#include "connector/shared/kept_target.h"
#include "runtime/failpoint.h"
#include "runtime/files.h"
#include "runtime/random_access_file.h"

namespace naru {

namespace {

using parquet::Part;

constexpr std::uint64_t kFormat = 1;
constexpr std::string_view kMagic = "PAR1";  // how a Parquet file ends
constexpr std::string_view kManifest = "_manifest.json";
// Of the manifest: a part is about 300 bytes there.
constexpr std::uint64_t kManifestBytesMax = 1U << 30;

Json columns_of(PayloadKind takes) {
  const auto column = [](const char* name, const char* type) { return Json{{"name", name}, {"type", type}}; };
  if (takes == PayloadKind::document) {
    return {column("id", "text"),       column("title", "text"),   column("language", "text"),
            column("format", "text"),   column("version", "text"), column("metadata", "json"),
            column("access", "texts"),  column("trust", "text"),   column("text", "text")};
  }
  return {column("id", "text"),           column("doc", "text"),     column("n", "integer"), column("title", "text"),
          column("language", "text"),     column("heading_path", "texts"), column("locator", "json"),
          column("version", "text"),      column("access", "texts"), column("trust", "text"), column("text", "text")};
}

class ParquetTarget : public KeptTarget {
 public:
  ParquetTarget(std::string path, const TargetContext& context, std::uint64_t part_bytes)
      : KeptTarget(join_path(path + ".naru", "rows"), context), path_(std::move(path)), beside_(path_ + ".naru"),
        flow_(context.flow), takes_(context.takes), part_bytes_(part_bytes) {}

  Status begin() override {
    NARU_TRY(parquet::find_program());
    NARU_TRY(read_manifest());
    NARU_TRY(make_folders(beside_));
    return KeptTarget::begin();
  }

  Status settle() override {
    NARU_TRY(KeptTarget::settle());
    const Json columns = NARU_TRY(find_columns());
    std::vector<Part> parts = parquet::cut_into_parts(file(), part_bytes_, to_line(columns));
    if (columns.empty()) parts.clear();  // no row ever: no reader opens a file without columns
    const std::map<std::string, std::uint64_t> present = NARU_TRY(read_manifest());
    if (is_there(parts, present)) return remove_leftovers();
    NARU_TRY(remove_tree(next()));
    NARU_TRY(make_folders(next()));
    NARU_TRY(make_folders(written()));
    for (const Part& part : parts) {
      const std::string to = join_path(next(), part.file);
      const auto kept = present.find(part.file);
      if (kept != present.end() && size_of(join_path(path_, part.file)) == kept->second) {
        NARU_TRY(link_or_copy_file(join_path(path_, part.file), to));
        continue;
      }
      const std::string from = join_path(written(), part.file);
      if (!file_exists(from)) NARU_TRY_AT(write_part(part, columns, from), from);
      NARU_TRY(link_or_copy_file(from, to));
    }
    NARU_TRY(write_manifest(parts, columns));
    NARU_TRY(sync_folder(next()));
    NARU_FAILPOINT("parquet.before_exchange");
    NARU_TRY(is_folder(path_) ? exchange_files(next(), path_) : rename_file(next(), path_));
    NARU_TRY(sync_folder(folder_name(path_)));
    NARU_FAILPOINT("parquet.after_exchange");
    return remove_leftovers();
  }

  std::vector<Finding> check(const std::string& flow) override {
    std::vector<Finding> findings = {parquet::check_program()};
    if (const auto manifest = read_manifest(); !manifest) {
      findings.push_back({"folder", Verdict::missing, manifest.error().describe()});
      return findings;
    }
    for (Finding& finding : KeptTarget::check(flow)) findings.push_back(std::move(finding));
    return findings;
  }

 private:
  std::string next() const { return join_path(beside_, "next"); }
  std::string written() const { return join_path(beside_, "parts"); }

  static std::uint64_t size_of(const std::string& path) { return file_size(path).value_or(UINT64_MAX); }

  // The parts of the folder, with their sizes. already_exists: it is not this flow's.
  Result<std::map<std::string, std::uint64_t>> read_manifest() const {
    std::map<std::string, std::uint64_t> parts;
    if (!file_exists(path_)) return parts;
    const auto not_ours = [&](const std::string& why) {
      return Error(Code::already_exists, fmt::format("{} is there, and {}: move it away, or name another folder",
                                                     path_, why));
    };
    if (!is_folder(path_)) return not_ours("is no folder");
    const std::string manifest = join_path(path_, kManifest);
    if (!file_exists(manifest)) {
      if (NARU_TRY(list_folder(path_)).empty()) return parts;
      return not_ours("this flow did not write it");
    }
    const Json json = NARU_TRY_AT(parse_json(NARU_TRY(read_file(manifest, kManifestBytesMax))), manifest);
    if (parquet::number_at(json, "format") != kFormat) return not_ours("another naru wrote it");
    if (text_at(json, "flow") != flow_) return not_ours("the flow " + text_at(json, "flow") + " keeps it");
    const auto listed = json.find("parts");
    for (const Json& part : listed != json.end() ? *listed : Json::array()) {
      parts[text_at(part, "file")] = parquet::number_at(part, "bytes").value_or(0);
    }
    return parts;
  }

  bool is_there(const std::vector<Part>& parts, const std::map<std::string, std::uint64_t>& present) const {
    if (parts.size() != present.size() || !file_exists(join_path(path_, kManifest))) return false;
    for (const Part& part : parts) {
      const auto kept = present.find(part.file);
      if (kept == present.end() || size_of(join_path(path_, part.file)) != kept->second) return false;
    }
    return true;
  }

  Result<Json> find_columns() const {
    if (takes_ != PayloadKind::row) return columns_of(takes_);
    Json columns;
    const auto heard = [&](ParquetMessage kind, std::string_view payload) -> Status {
      if (kind == ParquetMessage::columns) columns = NARU_TRY(parse_json(payload));
      return {};
    };
    NARU_TRY(parquet::ask("types", Json::object(), file().path(), heard, {}));
    if (!columns.is_array()) return Error(Code::corrupt, "naru-parquet says no columns");
    return columns;
  }

  // Beside, synced, then under its name: what has it is whole.
  Status write_part(const Part& part, const Json& columns, const std::string& to) const {
    const std::string partial = to + ".partial";
    NARU_TRY(write_file(partial, ""));
    const auto heard = [&](ParquetMessage kind, std::string_view payload) -> Status {
      return kind == ParquetMessage::data ? append_file(partial, payload) : Status();
    };
    const Json request = {{"columns", columns}, {"offset", part.offset}, {"size", part.size}};
    NARU_TRY(parquet::ask("write", request, file().path(), heard, {}));
    const std::uint64_t size = NARU_TRY(file_size(partial));
    const RandomAccessFile written = NARU_TRY(RandomAccessFile::open(partial));
    if (NARU_TRY(written.read_at(size - std::min<std::uint64_t>(size, kMagic.size()), kMagic.size())) != kMagic) {
      return Error(Code::corrupt, "naru-parquet wrote no Parquet file");
    }
    NARU_TRY(sync_file(partial));
    return rename_file(partial, to);
  }

  Status write_manifest(const std::vector<Part>& parts, const Json& columns) const {
    Json listed = Json::array();
    std::uint64_t rows = 0;
    for (const Part& part : parts) {
      rows += part.rows;
      listed.push_back({{"file", part.file},
                        {"rows", part.rows},
                        {"bytes", NARU_TRY(file_size(join_path(next(), part.file)))},
                        {"first_key", part.first_key},
                        {"last_key", part.last_key}});
    }
    const Json manifest = {
        {"format", kFormat}, {"flow", flow_}, {"rows", rows}, {"columns", columns}, {"parts", listed}};
    return write_file_durable(join_path(next(), kManifest), to_line(manifest) + "\n");
  }

  Status remove_leftovers() const {
    NARU_TRY(remove_tree(next()));
    NARU_TRY(remove_tree(next() + ".exchanged"));  // where folders cannot be exchanged at once
    return remove_tree(written());
  }

  const std::string path_, beside_, flow_;
  const PayloadKind takes_;
  const std::uint64_t part_bytes_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "parquet";
  descriptor.summary = "Rows, documents or passages as a folder of Parquet files, kept equal to the source.";
  descriptor.options = {
      text_option("path", "The folder; relative paths start at the configuration file. PATH.naru beside it is the "
                          "flow's memory: all of the records as JSON lines."),
      whole_option("part_bytes", "About so many bytes of records, as JSON, to a file; a change writes the file anew "
                                 "that it lies in.", std::int64_t{64} << 20, "bytes", 1024, 1 << 30),
  };
  descriptor.takes = {PayloadKind::row, PayloadKind::document, PayloadKind::chunk};
  descriptor.examples = {"parquet: {path: passages}", "parquet: {path: out/prices, part_bytes: 268435456}"};
  descriptor.guarantee = "each item exactly once: readers list the files of the last run or of this one, and they are "
                         "those of a run from scratch";
  return descriptor;
}

Result<std::unique_ptr<Target>> make_parquet(const Options& options, const TargetContext& context) {
  std::string path = NARU_TRY(path_of(options, "path"));
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return std::unique_ptr<Target>(std::make_unique<ParquetTarget>(
      std::move(path), context, static_cast<std::uint64_t>(options.integer("part_bytes"))));
}

}  // namespace

void register_parquet_target(Registry& registry) { registry.add_target(describe(), make_parquet); }

}  // namespace naru
