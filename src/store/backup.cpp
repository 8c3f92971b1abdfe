#include "store/backup.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/json.h"
#include "runtime/clock.h"
#include "runtime/failpoint.h"
#include "runtime/files.h"
#include "runtime/random.h"
#include "runtime/trace.h"
#include "store/forget.h"
#include "store/read_view.h"
#include "store/verify.h"
#include "store/writer.h"

namespace naru {

namespace {

constexpr std::uint64_t kBackupVersion = 1;
constexpr std::string_view kManifest = "backup.json";
constexpr std::uint64_t kManifestBytesMax = 64ULL << 20;
constexpr std::size_t kFilesMax = 1'000'000;

// Names tried for the store that a restore puts aside.
constexpr int kKeptNamesMax = 1000;

struct BackupFile {
  std::string path;  // below the folder
  std::uint64_t bytes = 0;
  std::string sha256;
};

// A folder that is being made, and goes unless it is kept.
class HalfMade {
 public:
  explicit HalfMade(std::string path) : path_(std::move(path)) {}
  ~HalfMade() {
    if (!path_.empty()) (void)remove_tree(path_);
  }
  HalfMade(const HalfMade&) = delete;
  HalfMade& operator=(const HalfMade&) = delete;
  const std::string& path() const { return path_; }
  void keep() { path_.clear(); }

 private:
  std::string path_;
};

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Result<bool> is_empty_or_absent(const std::string& folder) {
  if (!file_exists(folder)) return true;
  if (!is_folder(folder)) return false;
  return NARU_TRY(list_folder(folder)).empty();
}

// ---- making one ----

class BackupWriter {
 public:
  BackupWriter(const StorePaths& from, std::string to) : from_(from), to_(std::move(to)) {}

  Result<BackupReport> write(const ReadView& view) {
    NARU_TRY(remove_tree(to_.root));
    for (const std::string& folder : {to_.root, to_.vectors, to_.segments}) NARU_TRY(make_folders(folder));
    names_ = {"truth.db", "content.db"};
    NARU_TRY(view.truth->copy_to(to_.truth));
    NARU_FAILPOINT("backup.after_truth");
    NARU_TRY(view.content->copy_to(to_.content));
    NARU_TRY(copy_segments(*view.truth));
    NARU_TRY(copy_vectors(*view.truth));
    report_.epoch = NARU_TRY(read_epoch(*view.truth));
    report_.created_ms = system_clock().unix_ms();
    NARU_FAILPOINT("backup.before_manifest");
    NARU_TRY(write_manifest());
    return report_;
  }

 private:
  // Segments never change and can be made anew, so two folders may share one.
  Status copy_segments(Database& truth) {
    Statement rows = NARU_TRY(truth.prepare("SELECT DISTINCT name FROM segments ORDER BY name"));
    while (NARU_TRY(rows.step())) {
      const std::string name = rows.text(0) + ".seg";
      NARU_TRY(link_or_copy_file(join_path(from_.segments, name), join_path(to_.segments, name)));
      names_.push_back("segments/" + name);
    }
    return {};
  }

  // What lies behind the committed rows is of a commit that is still to come.
  Status copy_vectors(Database& truth) {
    for (const VectorEntry& entry : NARU_TRY(read_vectors(truth))) {
      const std::string name = vector_file_name(entry.model);
      NARU_TRY(naru::copy_vectors(from_.vectors, name, entry.model.dims, entry.rows, to_.vectors));
      const auto rows = NARU_TRY(VectorRows::open(to_.vectors, name, entry.model.dims, entry.rows));
      for (std::uint64_t i = 0; i < rows->rows(); ++i) {
        if (rows->intact(i)) continue;
        return Error(Code::corrupt, fmt::format("vectors of {}: row {} is damaged; run `naru verify`, or try again if "
                                                "something was just forgotten", entry.model.name, i));
      }
      for (const char* suffix : {".f16", ".keys"}) names_.push_back("vectors/" + name + suffix);
    }
    return {};
  }

  Status write_manifest() {
    Json files = Json::array();
    for (const std::string& name : names_) {
      const std::string path = join_path(to_.root, name);
      NARU_TRY(sync_file(path));
      const MappedFile file = NARU_TRY(MappedFile::open(path));
      files.push_back({{"path", name}, {"bytes", file.bytes().size()}, {"sha256", sha256(file.bytes()).hex()}});
      report_.bytes += file.bytes().size();
    }
    report_.files = names_.size();
    for (const std::string& folder : {to_.vectors, to_.segments}) NARU_TRY(sync_folder(folder));
    const Json manifest = {{"naru_backup", kBackupVersion}, {"epoch", report_.epoch},
                           {"created_ms", report_.created_ms}, {"files", std::move(files)}};
    const std::string line = to_line(manifest);
    return write_file_durable(join_path(to_.root, kManifest), line + "\n" + sha256(line).hex() + "\n");
  }

  const StorePaths& from_;
  const StorePaths to_;
  std::vector<std::string> names_;
  BackupReport report_;
};

// The new folder in the place of the old one, which then lies where the new one was made and goes with that.
Status put_in_place(HalfMade& made, const std::string& place) {
  if (file_exists(place)) {
    NARU_TRY(exchange_files(made.path(), place));
  } else {
    NARU_TRY(rename_file(made.path(), place));
    made.keep();
  }
  NARU_FAILPOINT("backup.after_rename");
  return sync_folder(folder_name(place));
}

// ---- taking one back ----

// Nothing but what a backup has: a manifest that was tampered with must not write elsewhere.
bool is_backup_path(std::string_view path) {
  if (path == "truth.db" || path == "content.db") return true;
  for (const std::string_view folder : {"vectors/", "segments/"}) {
    if (!path.starts_with(folder)) continue;
    const std::string_view name = path.substr(folder.size());
    return !name.empty() && name.front() != '.' && name.find('/') == std::string_view::npos;
  }
  return false;
}

Result<std::pair<BackupReport, std::vector<BackupFile>>> read_manifest(const std::string& folder) {
  const Result<std::string> text = read_file(join_path(folder, kManifest), kManifestBytesMax);
  if (!text && text.error().code() == Code::not_found) {
    return Error(Code::not_found, fmt::format("{} is no backup: it has no {}", folder, kManifest));
  }
  const Error damaged(Code::corrupt, fmt::format("{} of the backup is damaged", kManifest));
  const std::string lines = NARU_TRY(text);
  const std::string_view line = std::string_view(lines).substr(0, lines.find('\n'));
  if (lines != std::string(line) + "\n" + sha256(line).hex() + "\n") return damaged;
  const Json manifest = NARU_TRY_AT(parse_json(line), join_path(folder, kManifest));
  BackupReport report;
  std::vector<BackupFile> files;
  try {
    // Throws where it is none: a fraction, or a number too large to be whole, may not be cast.
    const auto whole = [](const Json& number) { return number.get_ref<const Json::number_unsigned_t&>(); };
    const std::uint64_t version = whole(manifest.at("naru_backup"));
    if (version != kBackupVersion) {
      return Error(Code::unsupported, fmt::format("the backup has format {}, this naru reads {}", version,
                                                  kBackupVersion));
    }
    report.epoch = whole(manifest.at("epoch"));
    report.created_ms = static_cast<std::int64_t>(whole(manifest.at("created_ms")));
    for (const Json& entry : manifest.at("files")) {
      files.push_back({entry.at("path").get<std::string>(), whole(entry.at("bytes")),
                       entry.at("sha256").get<std::string>()});
      if (!is_backup_path(files.back().path) || files.size() > kFilesMax) return damaged;
    }
  } catch (const Json::exception&) {
    return damaged;
  }
  for (const std::string_view needed : {"truth.db", "content.db"}) {
    if (std::none_of(files.begin(), files.end(), [&](const auto& file) { return file.path == needed; })) return damaged;
  }
  report.files = files.size();
  for (const BackupFile& file : files) report.bytes += file.bytes;
  return std::pair(report, std::move(files));
}

Status copy_checked(const std::string& from, const StorePaths& to, const std::vector<BackupFile>& files) {
  for (const std::string& folder : {to.root, to.vectors, to.segments}) NARU_TRY(make_folders(folder));
  for (const BackupFile& entry : files) {
    const Result<MappedFile> file = MappedFile::open(join_path(from, entry.path));
    if (!file) return Error(Code::corrupt, "the backup lacks a file: " + file.error().describe());
    if (file->bytes().size() != entry.bytes || sha256(file->bytes()).hex() != entry.sha256) {
      return Error(Code::corrupt, fmt::format("{} of the backup is not what was backed up", entry.path));
    }
    const std::string path = join_path(to.root, entry.path);
    NARU_TRY(write_file(path, file->bytes()));
    NARU_TRY(sync_file(path));
  }
  for (const std::string& folder : {to.vectors, to.segments, to.root}) NARU_TRY(sync_folder(folder));
  return {};
}

Result<bool> has_something(const StorePaths& paths) {
  if (!file_exists(paths.truth)) return !NARU_TRY(is_empty_or_absent(paths.root)) && !file_exists(paths.lock);
  const std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths.truth, false));
  if (NARU_TRY(truth->value("PRAGMA user_version")) == 0) return false;
  return NARU_TRY(read_epoch(*truth)) > 0;
}

// What the store that is replaced had forgotten stays forgotten: a backup must not bring it back.
Result<std::uint64_t> carry_over_forgotten(const StorePaths& from, const StorePaths& to, StoreWriter& writer) {
  if (!file_exists(from.truth)) return std::uint64_t{0};
  const std::unique_ptr<Database> old = NARU_TRY(Database::open(from.truth, false));
  const std::shared_ptr<const Forgotten> forgotten = NARU_TRY(read_forgotten(*old));
  if (!forgotten) return std::uint64_t{0};
  std::vector<std::pair<std::string, std::string>> names;
  {
    const std::unique_ptr<Database> truth = NARU_TRY(Database::open(to.truth, false));
    NARU_TRY(keep_out(*old, *truth));
    Statement rows = NARU_TRY(truth->prepare(
        "SELECT flows.name, items.key FROM items JOIN flows ON flows.id = items.flow "
        "UNION SELECT flow, key FROM generations"));
    while (NARU_TRY(rows.step())) {
      if (forgotten->has_item(rows.view(0), rows.view(1))) names.emplace_back(rows.text(0), rows.text(1));
    }
  }
  for (const auto& [flow, key] : names) {
    const ForgetProof proof = NARU_TRY(writer.forget(flow, key));
    if (!proof.clean()) return Error(Code::internal, fmt::format("{} was forgotten and is still in the backup", key));
  }
  return names.size();
}

Result<std::string> name_for_kept(const std::string& root) {
  for (int i = 1; i <= kKeptNamesMax; ++i) {
    std::string name = fmt::format("{}.before-restore-{}", root, i);
    if (!file_exists(name)) return name;
  }
  return Error(Code::already_exists, fmt::format("{} stores from before a restore lie beside {}; remove some",
                                                 kKeptNamesMax, root));
}

}  // namespace

Result<BackupReport> back_up(const StorePaths& paths, const std::string& folder) {
  const Span span("Store::back_up");
  const std::string place = without_slash(NARU_TRY(absolute_path(folder)));
  const std::string store = without_slash(NARU_TRY(absolute_path(paths.root)));
  if (place == store || place.starts_with(store + "/")) {
    return Error(Code::invalid_argument, folder + " is the store or in it; name a folder elsewhere");
  }
  if (!NARU_TRY(is_empty_or_absent(place)) && !file_exists(join_path(place, kManifest))) {
    return Error(Code::already_exists, folder + " is there and is no backup; name an empty or a new folder");
  }
  if (!NARU_TRY(is_made(paths))) return Error(Code::not_found, "there is nothing to back up; `naru run` makes a store");
  NARU_TRY(make_folders(folder_name(place)));
  HalfMade made(fmt::format("{}.{}.partial", place, random_hex(4)));
  const BackupReport report = NARU_TRY_AT(
      read_store(paths, [&](ReadView view) { return BackupWriter(paths, made.path()).write(view); }),
      "backing up; an earlier backup there is as it was");
  NARU_TRY_AT(put_in_place(made, place), "backing up");
  return report;
}

Result<RestoreReport> restore_backup(const std::string& folder, const StorePaths& paths, bool replace) {
  const Span span("Store::restore_backup");
  RestoreReport report;
  std::vector<BackupFile> files;
  std::tie(report.backup, files) = NARU_TRY(read_manifest(folder));
  const bool replaces = NARU_TRY(has_something(paths));
  if (replaces && !replace) {
    return Error(Code::already_exists,
                 fmt::format("there is a store in {}; `--force` puts it aside, beside the new one", paths.root));
  }
  const std::string root = without_slash(NARU_TRY(absolute_path(paths.root)));
  NARU_TRY(make_folders(folder_name(root)));
  HalfMade made(fmt::format("{}.{}.restoring", root, random_hex(4)));
  const StorePaths copy(made.path());
  NARU_TRY_AT(copy_checked(folder, copy, files), "restoring; nothing was changed");
  {
    const auto writer = NARU_TRY_AT(StoreWriter::open(copy), "opening the copy of the backup; nothing was changed");
    if (replaces) report.forgotten = NARU_TRY(carry_over_forgotten(paths, copy, *writer));
  }
  const VerifyReport verified = NARU_TRY(verify_store(copy));
  if (!verified.ok) {
    return Error(Code::corrupt, fmt::format("the backup does not verify, and nothing was changed: {}",
                                            verified.problems.front()));
  }
  report.documents = verified.documents;
  report.chunks = verified.chunks;
  std::unique_ptr<FileLock> lock;
  if (file_exists(root)) {
    lock = NARU_TRY_AT(FileLock::acquire(paths.lock), "restoring; nothing was changed");
  }
  if (!replaces) {
    NARU_TRY(put_in_place(made, root));
    return report;
  }
  report.kept = NARU_TRY(name_for_kept(root));
  NARU_TRY(exchange_files(made.path(), root));
  const std::string old = made.path();
  made.keep();
  if (!rename_file(old, report.kept)) report.kept = old;  // it is whole there too
  NARU_TRY(sync_folder(folder_name(root)));
  return report;
}

}  // namespace naru
